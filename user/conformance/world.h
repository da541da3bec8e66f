/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The world of one test: a Memory, and made from it a CSpace, a task with stack and IPC buffer. The runner makes it,
 * starts the task, waits for its end, and destroys the Memory.
 */
#ifndef USER_CONFORMANCE_WORLD_H
#define USER_CONFORMANCE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>
#include <helion/manifest.h>

struct test;

/* What a test has. Slots are those of its own CSpace. */
struct world {
	uint64_t memory;                              /* everything that it makes comes from here */
	uint64_t cspace;                              /* its own */
	uint64_t vspace;                              /* the program's */
	uint64_t task;                                /* its own */
	uint64_t pages;                               /* begin with its IPC buffer */
	uint64_t system, irq_control, ioport_control; /* the last is 0 where there are no ports */
	uint64_t done;                                /* ends the test; for test_end() */
	uint64_t event;                               /* a Notification that partners signal when they end */
	struct helion_ipc_buffer *buffer;             /* of the test's task */
	const struct helion_manifest *manifest;
	const struct edu *edu; /* a device that interrupts when it is told to; NULL: there is none */
	uint64_t cpus;         /* running */
	uint64_t soak;         /* seconds that soak/many_rounds takes */
	uint64_t seed;         /* for what is random; the same in each run unless the command line says otherwise */
};

extern struct world world;

/* How a test ended. */
enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };
struct verdict {
	enum outcome outcome;
	char text[256]; /* why */
};

/* Once, before any test. */
void world_init(const struct helion_manifest *manifest);

/* Runs a test in a world of its own; checks that nothing is left of it. */
void world_run(const struct test *test, uint64_t seed, struct verdict *ret);

/* An unused range of the program's address space, page-aligned, for this test; the same addresses serve the next one. */
uint64_t world_address(uint64_t size, uint64_t alignment);

/* Nanoseconds of the monotonic clock. */
uint64_t now(void);

/* Waits for at least that many nanoseconds. */
void sleep_for(uint64_t duration);

#endif
