/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GDT, TSS and IDT (Intel SDM vol. 3A §3.4.5, §6.14, §8.7). Each CPU has a GDT
 * and a TSS in its per-CPU data; all share one IDT, which is never changed after
 * descriptor_init().
 */
#include "descriptor.h"

#include "kernel/arch.h"
#include "percpu_x86.h"
#include "x86.h"

/* Order that SYSRET needs: user data just before user code (Intel SDM vol. 2B, SYSRET). */
#define SEGMENT_KERNEL_CODE 0x00af9b000000ffffull
#define SEGMENT_KERNEL_DATA 0x00cf93000000ffffull
#define SEGMENT_USER_DATA   0x00cff3000000ffffull
#define SEGMENT_USER_CODE   0x00affb000000ffffull

#define GATE_INTERRUPT 0x8e /* present, DPL 0, interrupts off on entry */
#define GATE_DPL3      0x60

#define EXCEPTION_STUB_SIZE 16
#define INTERRUPT_STUB_SIZE 8

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

extern const char exception_stubs[], interrupt_stubs[];

static struct gate idt[256] __attribute__((aligned(16)));

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
	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t stub = vector < 32 ? (uint64_t)exception_stubs + vector * EXCEPTION_STUB_SIZE
					    : (uint64_t)interrupt_stubs + (vector - 32) * INTERRUPT_STUB_SIZE;

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

static void fill_tss(struct percpu *cpu)
{
	struct tss *tss = &x86_percpu(cpu)->tss;

	*tss = (struct tss){
		/* Beyond the limit: user mode has no I/O ports. */
		.iomap = sizeof(struct tss),
	};
	for (unsigned i = 0; i < IST_COUNT; i++) {
		/* Above each stack stands the per-CPU pointer for paranoid_common; the slot keeps it aligned. */
		uint64_t top = x86_percpu(cpu)->ist_stacks + (i + 1) * IST_STACK_SIZE - 16;

		*(struct percpu **)top = cpu;
		tss->ist[i] = top;
	}
}

static void fill_gdt(struct percpu *cpu)
{
	uint64_t *gdt = x86_percpu(cpu)->gdt;
	uint64_t tss = (uint64_t)&x86_percpu(cpu)->tss;

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
	struct table_register gdtr = {sizeof(x86_percpu(cpu)->gdt) - 1, (uint64_t)x86_percpu(cpu)->gdt};
	struct table_register idtr = {sizeof(idt) - 1, (uint64_t)idt};

	fill_tss(cpu);
	fill_gdt(cpu);
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
