/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of the ways into the kernel and out of it share; those of an architecture are in arch/<isa>/user/conformance. */
#ifndef USER_CONFORMANCE_ENTRY_H
#define USER_CONFORMANCE_ENTRY_H

#include "user/conformance/conformance.h"
#include "user/conformance/foreign.h"

/* enum trap_kind + 1 */
#define ENTRY_ALIGNMENT  3
#define ENTRY_BREAKPOINT 5
#define ENTRY_FPU        6
#define ENTRY_PROTECTION 7

/* First address that is not a user address. */
uint64_t entry_user_top(void);

/* Not user addresses: just beyond, of neither half, the kernel's. 0: there is no i-th. */
uint64_t entry_bad_address(unsigned i);

/* A partner that counts (partner_spin(), partner_count()), stopped while it ran; its registers. */
void entry_stop(struct partner *partner, void (*function)(struct partner *), struct helion_registers *ret);
/* Lets it count, and stops it again. */
void entry_go_on(struct partner *partner);

/* An instruction, or some, that shall fault, as bytes. */
struct entry_code {
	const char *code;
	size_t size;
};

/* Runs it in a task of its own, its first argument (as a function's) the address of memory that may be written; kind of the fault. */
uint64_t entry_fault_of(const struct entry_code *code);
/* Each of them must give the one fault. */
void entry_faults(const struct entry_code *codes, size_t count, uint64_t kind);

#endif
