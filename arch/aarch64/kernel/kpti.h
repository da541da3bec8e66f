/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables for user mode that lack the kernel (against Meltdown, CVE-2017-5754), on processors that need them.
 *
 * User mode runs with a TTBR1 that leads to one page: the vectors and the ways out (kptientry.S). There TTBR1 is exchanged for
 * the kernel's and TTBR0 for one without entries, and back. The kernel's half is not global then, it belongs to an ASID
 * that no address space has; so the TLB forgets nothing. As the kernel reaches no memory by user addresses, it needs no
 * TTBR0 of its own for each address space: arch_vspace_switch() leaves that to the way out.
 *
 * Where the processor needs none of this nothing is executed for it: kpti_init() patches the switches and the ways out.
 *
 * kpti=on and kpti=off on the command line decide otherwise.
 */
#ifndef AARCH64_KPTI_H
#define AARCH64_KPTI_H

#include <stdbool.h>
#include <stdint.h>

/* Whether it is in use. Decided on the boot CPU by kpti_decide(), once, before the kernel's page tables are made. */
extern bool kpti_is_on;
void kpti_decide(void);

/* The boot CPU's kernel tables are loaded: makes those for user mode, and patches the kernel. */
void kpti_init(void);

/* On every CPU. One that needs it, where the boot CPU did not, stops: the boot CPU gives it up. */
void kpti_init_cpu(void);

/* Whether the tables hold the page and nothing else. */
bool kpti_check(void);

#endif
