/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share: slots of percpu.arch, and the functions behind kernel/arch.h. */
#ifndef RISCV_RISCV_H
#define RISCV_RISCV_H

#include "kernel/percpu.h"

/* percpu.arch: */
#define RISCV_SATP     0 /* satp of the kernel's own tables; a starting hart writes it */
#define RISCV_CONTINUE 1 /* where a starting hart goes on at its kernel address */
#define RISCV_IRQ_CONTEXT \
	2 /* what the interrupt controller's driver knows of this hart; 0: it gets no interrupts of devices */

/* Their offsets in struct percpu, for assembly. */
#define RISCV_PERCPU(slot) (PERCPU_ARCH + 8 * (slot))

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

#include "platform/machine.h"

struct trapframe;

/* vector.S: the trap vector, and what it calls (trap.c). */
extern const char riscv_trap_vector[];
void riscv_trap(struct trapframe *tf);
_Noreturn void riscv_stack_overflow(struct trapframe *tf);

/* entry.S: where SBI starts a hart, and where it arrives with address translation on. */
extern const char riscv_secondary_entry[], riscv_secondary_continue[];
/* Ends of the boot hart's stack. */
extern char boot_stack[], boot_stack_top[];

/* probe.S: whether this hart has the register. */
bool riscv_probe_senvcfg(void);
bool riscv_probe_stimecmp(void);
/* Whether the address can be read, of 8 bytes. */
bool riscv_probe_read(uint64_t virt);
/* Whether it has double precision; sstatus.FS is not 0. */
bool riscv_probe_double(void);
/* Whether it has vectors; sstatus.VS is not 0. */
bool riscv_probe_vectors(void);

/* fpustate.S: between the registers and a struct arch_fpu. The unit is on. */
void riscv_fpu_save(void *area);
void riscv_fpu_load(const void *area);
void riscv_vector_save(void *area);
void riscv_vector_load(const void *area);

/* Self-test: what is mapped as device registers or as a framebuffer says so to the hart. Where there is Svpbmt. */
bool riscv_memory_types_hold(void);

/* satp for a root table, ASID 0. Valid after arch_paging_load() on the boot hart. */
uint64_t riscv_satp(uint64_t root);

/* irq.c: an interrupt, cause without its top bit. */
void riscv_interrupt(uint64_t cause);

/* power.c: maps the test device while there is memory for it. */
void riscv_power_init(const struct machine *machine);

#endif
#endif
