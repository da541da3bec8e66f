/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests of restricted mode and of the window share. */
#ifndef USER_CONFORMANCE_FOREIGN_H
#define USER_CONFORMANCE_FOREIGN_H

#include <arch/foreign.h>

#include <helion/restricted.h>

#include "user/conformance/conformance.h"

/* enum trap_kind + 1, as exceptions of restricted code have it. */
#define PAGE_FAULT          1
#define ILLEGAL_INSTRUCTION 2

/* A task that may run foreign code, and what it shares with the kernel. */
struct host {
	uint64_t task, pages;
	struct helion_restricted *shared;
};

/* A new VSpace, attached to the program's own as its window. */
uint64_t attach_window(void);
/* The same for another address space. While a task of it runs elsewhere there is no way. */
void attach_window_to(uint64_t vspace, uint64_t window);

/* Where the window is. */
uint64_t window_address(void);

/* Gives a task the state for restricted mode; its own exceptions go to `entry` unless that is null. */
void host_create(struct host *host, uint64_t task, void (*entry)(void), void *stack_top);

/* Foreign code begins here, with an argument; everything else is zero. */
void host_load(struct host *host, const void *code, uint64_t argument);

/* The invoking task, which is the host's, enters; it must come out for this reason. */
void host_run(struct host *host, uint64_t reason);

#endif
