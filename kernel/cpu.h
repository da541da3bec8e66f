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

/* Waits for work: interrupts are taken only here. Returns when this CPU has a task to run. */
void cpu_idle(void);

/* Requests of another CPU, bits of percpu.pending. */
#define IPI_RESCHEDULE (1u << 0)
#define IPI_STOP       (1u << 1)

void cpu_request(struct percpu *cpu, uint32_t request);

#endif
