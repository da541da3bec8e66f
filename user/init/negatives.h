/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The negative matrix: every invocation of the list with every defect that its message can have. What is common to
 * all is generated from the list; values that are out of range come from a table. Pure: what is done with a case is
 * the caller's affair.
 */
#ifndef USER_INIT_NEGATIVES_H
#define USER_INIT_NEGATIVES_H

#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>

#include "user/lib/invoke.h"

/* What the cases are made with. */
struct negative_objects {
	uint64_t slot[HELION_TYPE_COUNT]; /* one of each type; 0: the machine has none, its cases are left out */
	uint64_t slots;                   /* size of the CSpace in slot[HELION_TYPE_CSPACE] */
	uint64_t read_only_pages;         /* a capability to Pages with HELION_RIGHT_READ alone */
	uint64_t configured_task;         /* slot[HELION_TYPE_TASK] is one that was not configured */
	uint64_t free_address;            /* nothing is mapped there in slot[HELION_TYPE_VSPACE], for 16 pages */
	uint64_t used_address;            /* one page is mapped there, read-write, and the next is free */
	uint64_t irq_lines;               /* of the machine; slot[HELION_TYPE_IRQ_HANDLER] has the last */
	uint64_t first_port, port_count;  /* of slot[HELION_TYPE_IOPORT] */
};

/* slot[HELION_TYPE_PAGES] has so many bytes. */
#define NEGATIVE_PAGES_SIZE 8192u

struct negative {
	const struct helion_invocation_info *invocation;
	const char *defect;
	uint64_t cap;
	uint32_t without; /* if not 0: to be invoked through a copy of `cap` that lacks this right */
	uint64_t label;
	uint64_t words[HELION_MESSAGE_WORDS];
	uint64_t caps[HELION_MESSAGE_CAPS];
	uint32_t word_count, cap_count;
	int expected; /* enum helion_error */
};

typedef void negative_fn(void *ctx, const struct negative *negative);

/* Calls fn for each case; *negative is valid during the call. */
void negatives_generate(const struct negative_objects *objects, negative_fn *fn, void *ctx);

#endif
