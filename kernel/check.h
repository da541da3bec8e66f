/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_CHECK_H
#define KERNEL_CHECK_H

#include <helion/abi.h>

/*
 * What must hold between two system calls: every page of every Memory is either
 * free or belongs to exactly so many objects, mapping records and page tables as
 * there are; every capability is on the list of its object and where its holder
 * says; address spaces map what their records say and nothing else. Looks at
 * every object there is: for debug builds and tests. Needs the exclusive lock.
 *
 * NULL, or what does not hold.
 */
const char *check_invariants(void);

struct invocation;

/* On debug builds panics when the list of invocations does not name this error of an invocation. */
#if HELION_DEBUG
void check_error(const struct invocation *inv, enum helion_error error);
#else
static inline void check_error(const struct invocation *inv, enum helion_error error)
{
	(void)inv;
	(void)error;
}
#endif

#endif
