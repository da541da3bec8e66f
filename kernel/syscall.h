/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

struct percpu;
struct task;

/* Serves the system call of the running task. With the kernel locked shared, before and afterwards; the task may be gone then. */
void syscall_serve(struct percpu *cpu, struct task *task);

/* The next part of what is left to do before the running task goes on (task->work); takes interrupts afterwards. With no lock held. */
void syscall_work(struct percpu *cpu);

/* One step of what object_orphans tells of. With the kernel locked shared. */
void syscall_bury_orphans(struct percpu *cpu);

#endif
