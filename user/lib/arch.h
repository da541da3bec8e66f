/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an architecture supplies to user space: <arch/user.h>, the same names three times.
 *
 *   ARCH_USER_NAME                        "x86_64", "aarch64", "riscv64"
 *   void arch_syscall(number, registers)  [inline] enters the kernel once, see below
 *   int64_t arch_syscall_short(number, cap, info)
 *                                         [inline] the same without message words, neither in nor out: whatever the registers
 *                                         hold goes along, so not for messages to others. Returns the status
 *   uint64_t arch_user_counter(void)      [inline] the counter of the boot timestamps, readable without the kernel
 *   uint64_t arch_user_cycles(void)       [inline] the CPU's cycle counter, the finest there is (under QEMU's -icount:
 *                                         instructions); each CPU has its own. An aarch64 CPU without PMU faults.
 *   void arch_user_relax(void)            [inline] hint in a loop that waits
 *   ARCH_TLS_BELOW, ARCH_TLS_HEAD         whether thread-local storage lies below the TLS base or above it, and the
 *                                         bytes at the base that are not part of it
 *
 * and in arch/<isa>/user/:
 *   crt0.S      _start: reads the counter with its first instruction, then calls
 *               noreturn void helion_start_process(manifest, ipc_buffer, stack_top, counter);
 *               helion_thread_entry: where a task begins whose argument is the address of a struct helion_entry; calls
 *               noreturn void helion_thread_main(const struct helion_entry *)
 *   ticker.S    arch_ticker .. arch_ticker_end: position-independent code that touches no stack. Adds 1 to the
 *               64-bit word whose address is its argument and yields, for ever.
 *   foreign.S   pieces of code that restricted mode is tested with, see below and <arch/foreign.h>
 *   fpu.c       the three functions below that move a struct arch_fpu
 *   fputest.c   states for a test
 */
#ifndef USER_LIB_ARCH_H
#define USER_LIB_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registers of one system call, in and out (the table in <helion/abi.h>). */
struct arch_syscall_registers {
	uint64_t cap;      /* in: the capability, or the first argument */
	uint64_t info;     /* in and out: the info word, or the second argument */
	uint64_t words[4]; /* in and out */
	uint64_t badge;    /* out */
	int64_t status;    /* out: 0 or a negative enum helion_error */
};

#include <arch/user.h>

extern const char arch_ticker[], arch_ticker_end[];

/*
 * Foreign code. It has an argument and a result, each a register of <arch/foreign.h>, and uses neither a stack nor
 * anything else. What each of these does ends in arch_foreign_syscall, a system call; behind that, at
 * arch_foreign_after, the result is increased by 1 and the next system call made, for ever.
 */
extern const char arch_foreign_syscall[], arch_foreign_after[];
extern const char arch_foreign_load[];       /* result = *argument */
extern const char arch_foreign_store[];      /* *argument = result */
extern const char arch_foreign_tls[];        /* result = the first word at the TLS base */
extern const char arch_foreign_float[];      /* a floating-point register = argument */
extern const char arch_foreign_float_read[]; /* result = that register */
/* And these make no system call. */
extern const char arch_foreign_spin[];    /* increases *argument for ever */
extern const char arch_foreign_illegal[]; /* no instruction */

/* For the host: reads a word, 0; or, if the read faults and somebody lets it go on at arch_foreign_read_failed, gives 1. */
int arch_foreign_read(const uint64_t *from, uint64_t *to);
extern const char arch_foreign_read_failed[];
/* The first word at the TLS base. */
uint64_t arch_foreign_own_tls(void);
/*
 * Position-independent code, a function of one argument: invokes `task` with `info` and caps[0], which it stores to
 * *cap, reads *address to `value`, and invokes again with caps[1]. Uses no stack, as that may be elsewhere meanwhile.
 */
extern const char arch_window_code[], arch_window_code_end[];
struct arch_window_arguments {
	uint64_t task, info, caps[2];
	uint64_t *cap;
	const uint64_t *address;
	uint64_t value;
	int64_t status[2];
	uint64_t saved[2];
};
/* An exception entry, which calls this function. */
void arch_foreign_handler(void);
extern void (*arch_foreign_handler_function)(void);

/* What a task does that starts at helion_thread_entry; the function does not return. */
struct helion_entry {
	void (*function)(void *argument);
	void *argument;
};
void helion_thread_entry(void);

/*
 * The floating-point and vector registers of the calling task, all of them with their control words, to and from a
 * struct arch_fpu of `size` bytes, which is what helion_system_fpu_info() says. Aligned to 64 bytes; memory that is
 * saved to is zero before.
 */
void arch_fpu_store(void *state, size_t size);
void arch_fpu_load(const void *state, size_t size);

/* A state that is different for each seed in every register and in the control words; the state of a new task; whether two
 * states are the same to programs. For tests. */
void arch_fpu_pattern(void *state, size_t size, uint64_t seed);
void arch_fpu_clean(void *state, size_t size);
bool arch_fpu_equal(const void *a, const void *b, size_t size);

#endif
