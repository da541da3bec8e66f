/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT, TSS and IDT (Intel SDM vol. 3A §3.4.5, §6.14, §8.7). Each CPU has a GDT
 * and a TSS in its per-CPU data (kpti.h: in its struct entry_data); all share one IDT, which is never
 * changed after descriptor_init().
 */
#include "descriptor.h"

#include "kernel/arch.h"
#include "kernel/vm.h"
#include "kpti.h"
#include "percpu_x86.h"
#include "stubs.h"
#include "x86.h"

/* Order that SYSRET needs: user data just before user code (Intel SDM vol. 2B, SYSRET). */
#define SEGMENT_KERNEL_CODE 0x00af9b000000ffffull
#define SEGMENT_KERNEL_DATA 0x00cf93000000ffffull
#define SEGMENT_USER_DATA   0x00cff3000000ffffull
#define SEGMENT_USER_CODE   0x00affb000000ffffull

#define GATE_INTERRUPT 0x8e /* present, DPL 0, interrupts off on entry */
#define GATE_DPL3      0x60

struct gate {
	uint16_t offset0, selector;
	uint8_t ist, type;
	uint16_t offset1;
	uint32_t offset2, reserved;
};

_Static_assert(sizeof(struct gate) == 16, "layout");

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char exception_stubs[], interrupt_stubs[], kpti_exception_stubs[], kpti_interrupt_stubs[];

/* A page, which user mode may have without anything else. */
static struct gate idt[256] __attribute__((aligned(4096)));

const void *descriptor_idt(void)
{
	return idt;
}

static unsigned vector_ist(unsigned vector)
{
	switch (vector) {
	case 1: return IST_DEBUG;
	case 2: return IST_NMI;
	case 8: return IST_DOUBLE_FAULT;
	case 18: return IST_MACHINE_CHECK;
	default: return 0;
	}
}

void descriptor_init(void)
{
	uint64_t exceptions = (uint64_t)(kpti_root ? kpti_exception_stubs : exception_stubs);
	uint64_t interrupts = (uint64_t)(kpti_root ? kpti_interrupt_stubs : interrupt_stubs);

	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t stub = vector < 32 ? exceptions + vector * EXCEPTION_STUB_SIZE
					    : interrupts + (vector - 32) * INTERRUPT_STUB_SIZE;

		idt[vector] = (struct gate){
			.offset0 = (uint16_t)stub,
			.offset1 = (uint16_t)(stub >> 16),
			.offset2 = (uint32_t)(stub >> 32),
			.selector = X86_KERNEL_CS,
			.ist = (uint8_t)vector_ist(vector),
			/* INT3 is for everyone; INT n of any other vector is a protection fault. */
			.type = vector == 3 ? GATE_INTERRUPT | GATE_DPL3 : GATE_INTERRUPT,
		};
	}
}

static void fill_tss(struct percpu *cpu, struct tss *tss)
{
	*tss = (struct tss){
		/* Beyond the limit: user mode has no I/O ports. */
		.iomap = sizeof(struct tss),
	};
	for (unsigned i = 0; i < IST_COUNT; i++) {
		uint64_t end = x86_percpu(cpu)->ist_stacks + (i + 1) * IST_STACK_SIZE;
		struct entry_top *top = (struct entry_top *)end - 1;

		*top = (struct entry_top){cpu, kernel_pagetable.root};
		tss->ist[i] = (uint64_t)top;
	}
}

static void fill_gdt(uint64_t *gdt, uint64_t tss)
{
	gdt[X86_KERNEL_CS / 8] = SEGMENT_KERNEL_CODE;
	gdt[X86_KERNEL_SS / 8] = SEGMENT_KERNEL_DATA;
	gdt[X86_USER_SS / 8] = SEGMENT_USER_DATA;
	gdt[X86_USER_CS / 8] = SEGMENT_USER_CODE;
	/* Available 64-bit TSS. */
	gdt[GDT_TSS / 8] = (sizeof(struct tss) - 1) | (tss & 0xffffff) << 16 | 0x89ull << 40 | (tss >> 24 & 0xff) << 56;
	gdt[GDT_TSS / 8 + 1] = tss >> 32;
}

void descriptor_load(struct percpu *cpu)
{
	struct x86_percpu *own = x86_percpu(cpu);
	uint64_t *gdt = own->entry ? own->entry->gdt : own->gdt;
	struct tss *tss = own->entry ? &own->entry->tss : &own->tss;
	struct table_register gdtr = {sizeof(own->gdt) - 1, (uint64_t)gdt};
	struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

	fill_tss(cpu, tss);
	tss->rsp[0] = own->entry_stack;
	fill_gdt(gdt, (uint64_t)tss);
	__asm__ volatile("lgdt %0" : : "m"(gdtr) : "memory");
	__asm__ volatile("pushq %0\n\t"
			 "lea 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "mov %1, %%ss\n\t"
			 "mov %2, %%ds\n\t"
			 "mov %2, %%es\n\t"
			 "mov %2, %%fs\n\t"
			 "mov %2, %%gs"
			 :
			 : "i"(X86_KERNEL_CS), "r"(X86_KERNEL_SS), "r"(0)
			 : "rax", "memory");
	/* After the selectors: loading a null selector may clear the base. */
	arch_percpu_set(cpu);
	wrmsr(MSR_FS_BASE, 0);
	wrmsr(MSR_KERNEL_GS_BASE, 0);
	__asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
	__asm__ volatile("ltr %w0" : : "r"(GDT_TSS));
	__asm__ volatile("lldt %w0" : : "r"(0));
}
