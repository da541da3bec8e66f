/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The init program: shows what the machine is, checks that the kernel does what it promises with all of it, and
 * turns the machine off. docs/user.md lists its lines and options. One file for each step.
 */
#ifndef USER_INIT_H
#define USER_INIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/manifest.h>

/* -- Checks (check.c) --------------------------------------------------------- */

/* Begins a step; check_end() prints "init: <step>: ok" if none of its checks failed, and returns whether. */
void check_begin(const char *step);
bool check_end(void);

/* Counts a failure and prints "init: FAILED: <step>: <text>" if `ok` is false. Returns ok. */
bool check(bool ok, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The result of an invocation must be 0, or a certain error (a positive enum helion_error). */
bool check_call(int error, const char *what);
bool check_error(int error, int expected, const char *what);

/* Failures so far. */
unsigned check_failures(void);

#define CHECK(condition)     check((condition), "%s", #condition)
#define CHECK_CALL(call)     check_call((call), #call)
#define CHECK_ERROR(call, e) check_error((call), (e), #call)

/* -- Steps --------------------------------------------------------------------- */

void show_manifest(const struct helion_manifest *manifest);
void test_accounts(const struct helion_manifest *manifest);
void test_memory(const struct helion_manifest *manifest);
void test_tasks(void);
void test_files(const struct helion_manifest *manifest);
void test_devices(const struct helion_manifest *manifest);
void test_framebuffers(const struct helion_manifest *manifest);
void test_cpus(const struct helion_manifest *manifest);
void show_phases(bool bench);
/* Takes the counters off the name of the boot entry's file, if it has some and its disk can be written (success.c). */
void mark_success(const struct helion_manifest *manifest);

/* init.test=<name>[,<name>...] (tests.c). */
void run_tests(const struct helion_manifest *manifest);
void test_negatives(const struct helion_manifest *manifest);
/* Messages, answers, signals, polls and timers (test_ipc.c). */
void test_ipc(const struct helion_manifest *manifest);
/* Floating-point and vector registers of tasks (test_fpu.c). */
void test_fpu(const struct helion_manifest *manifest);
/* The line and the message of a PCI device at a task (test_irq.c); QEMU's edu has to be there. */
void test_irq(const struct helion_manifest *manifest);
/* The kernel's log under a burst of lines (test_log.c); with init.halt it stays there. */
void test_log(const struct helion_manifest *manifest);
void test_all_memory(const struct helion_manifest *manifest);

/* Waits for ever, so that no CPU has anything to do (main.c). */
void init_halt(void);

/* Redraws the picture without a word, for the screenshot of a halted machine. */
void draw_framebuffers(void);

#endif
