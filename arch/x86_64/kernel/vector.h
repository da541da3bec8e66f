/* SPDX-License-Identifier: BSD-2-Clause */
/* Who uses which interrupt vector. */
#ifndef X86_64_KERNEL_VECTOR_H
#define X86_64_KERNEL_VECTOR_H

#define VECTOR_NMI           2
#define VECTOR_DOUBLE_FAULT  8
#define VECTOR_PAGE_FAULT    14
#define VECTOR_MACHINE_CHECK 18
#define VECTOR_EXCEPTIONS    32   /* exceptions are below */
#define VECTOR_PIC           0x20 /* 16 of them: the legacy controllers, which are masked, for their spurious ones */
#define VECTOR_LINE_FIRST    0x30 /* I/O APIC lines */
#define VECTOR_LINE_LAST     0xef
#define VECTOR_TIMER         0xf0
#define VECTOR_IPI           0xf1
#define VECTOR_APIC_ERROR    0xf2
#define VECTOR_SPURIOUS      0xff

#endif
