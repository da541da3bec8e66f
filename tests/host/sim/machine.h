/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the parts of the simulation. */
#ifndef TESTS_HOST_SIM_MACHINE_H
#define TESTS_HOST_SIM_MACHINE_H

/* All of RAM zero, as far as the sanitizer is concerned too. */
void sim_clear_memory(void);

struct trapframe;

/* One system call of the running task, to the next task or to idling. */
void sim_trap_syscall(void);

/* kernel_exit(), to the next task or to idling. */
void sim_leave_kernel(void);

#endif
