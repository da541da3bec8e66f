/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPUs: starting them, and the life of one in the kernel. */
#ifndef KERNEL_CPU_H
#define KERNEL_CPU_H

#include <helion/bootctx.h>

#include "kernel/percpu.h"
#include "platform/machine.h"

/* Set by kernel_main; read-only afterwards. */
extern const struct helion_bootctx *boot_context;
extern struct machine machine;

/* Finds the boot CPU among those that the machine describes and numbers all. */
void cpu_init(void);
/* Starts every other CPU and waits until each runs or has failed. */
void cpu_start_all(void);
uint32_t cpu_running_count(void);

/* Waits for an interrupt and takes it. With no lock held. Returns at once when a task waits for this CPU. */
void cpu_idle(void);

/* Takes the interrupts that are pending, within work for a task that takes long. With no lock held. */
void cpu_take_interrupts(void);

/* Requests of another CPU, bits of percpu.pending. */
#define CPU_REQUEST_RESCHEDULE (1u << 0) /* look at the run queue */
#define CPU_REQUEST_STOP       (1u << 1) /* halt for good */
#define CPU_REQUEST_SYNC       (1u << 2) /* enter the kernel and leave the running task's registers where they can be seen */
#define CPU_REQUEST_FLUSH      (1u << 3) /* see kernel/tlb.h */

void cpu_request(struct percpu *cpu, uint32_t request);

/* Answers what others have asked for. For a CPU that spins for a lock, and for the interrupt that they send. */
void cpu_poll_requests(void);

/* Waits until another CPU has answered CPU_REQUEST_SYNC: it is in the kernel from then on until the exclusive lock, which
 * the caller holds, is given up. */
void cpu_sync(struct percpu *cpu);

#endif
