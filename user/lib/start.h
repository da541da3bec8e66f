/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process: what it was started with, and how it ends.
 *
 * A program defines  int main(const struct helion_manifest *manifest).  What main returns becomes the status of helion_exit().
 */
#ifndef USER_LIB_START_H
#define USER_LIB_START_H

#include <stdint.h>

#include <helion/abi.h>
#include <helion/manifest.h>

#include "user/lib/syscall.h"

struct helion_process {
	const struct helion_manifest *manifest;
	struct helion_ipc_buffer *ipc_buffer; /* of the first thread */
	uint64_t stack_top;
	uint64_t first_counter;                /* arch_user_counter() at the first instruction */
	uint64_t cspace, vspace, task, system; /* slots; 0 for what it does not have */
	uint64_t parent; /* slot of the Endpoint that it tells its end to, 0: nobody asked (child.h) */
	uint64_t memory; /* slot of the Memory that the library takes from; the program may change it */
};

extern struct helion_process helion_process;

int main(const struct helion_manifest *manifest);

/* Ends the process: turns the machine off if it holds the System capability; tells its parent the status, if it has one,
 * and stops its task otherwise. */
_Noreturn void helion_exit(int status);

/* Prints where it stands and the message on a line of its own, and exits with status 1. */
#define helion_panic(...) helion_panic_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void helion_panic_at(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A call that must not fail: says what and why if it does. */
#define HELION_MUST(call)                                                                  \
	do {                                                                               \
		int helion_must_error = (call);                                            \
		if (helion_must_error < 0)                                                 \
			helion_panic("%s: %s", #call, helion_strerror(helion_must_error)); \
	} while (0)

/* A condition that must hold in any build; says where and which if it does not. */
#define helion_assert(condition)                                      \
	do {                                                          \
		if (!(condition))                                     \
			helion_panic("%s does not hold", #condition); \
	} while (0)

#endif
