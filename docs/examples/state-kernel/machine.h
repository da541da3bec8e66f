/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs by architecture: console output that needs no memory, the end, and the registers that the protocol states. */
#ifndef STATE_MACHINE_H
#define STATE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/bootctx.h>

/* One statement about a register: (value & mask) == expected. */
struct register_check {
	const char *name;
	uint64_t value, mask, expected;
};

#if defined(__x86_64__)
#define ARCHITECTURE HELION_ARCH_X86_64
#define STACK_REST   8 /* the stack pointer modulo 16 */

static inline void port_out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
static inline uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}
static inline void firmware_put(char c)
{
	(void)c;
}
static inline void machine_end(const struct helion_bootctx *ctx, bool good)
{
	(void)ctx;
	port_out(0xf4, good ? 0x10 : 0x01);
}

static inline uint64_t read_msr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
	return (uint64_t)high << 32 | low;
}

#define READ(instruction)                                         \
	({                                                        \
		uint64_t read_value;                              \
		__asm__ volatile(instruction : "=r"(read_value)); \
		read_value;                                       \
	})

extern uint64_t flags_register;

static inline unsigned machine_checks(const struct helion_bootctx *ctx, struct register_check *ret)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) gdt, idt;
	uint64_t la57 = ctx->paging_levels == 5 ? 1u << 12 : 0, optional = 1u << 20 | 1u << 21; /* SMEP, SMAP */
	unsigned n = 0;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	ret[n++] = (struct register_check){"RFLAGS", flags_register, ~0ull, 2};
	ret[n++] = (struct register_check){"CS", READ("mov %%cs, %0"), 0xffff, 8};
	ret[n++] = (struct register_check){"DS", READ("mov %%ds, %0"), 0xffff, 0x10};
	ret[n++] = (struct register_check){"ES", READ("mov %%es, %0"), 0xffff, 0x10};
	ret[n++] = (struct register_check){"SS", READ("mov %%ss, %0"), 0xffff, 0x10};
	ret[n++] = (struct register_check){"FS", READ("mov %%fs, %0"), 0xffff, 0};
	ret[n++] = (struct register_check){"GS", READ("mov %%gs, %0"), 0xffff, 0};
	ret[n++] = (struct register_check){"FS base", read_msr(0xc0000100), ~0ull, 0};
	ret[n++] = (struct register_check){"GS base", read_msr(0xc0000101), ~0ull, 0};
	ret[n++] = (struct register_check){"LDTR", READ("sldt %0"), 0xffff, 0};
	ret[n++] = (struct register_check){"GDTR in the hand-over page", gdt.base, ~0xfffull, ctx->handover_phys};
	ret[n++] = (struct register_check){"GDTR limit", gdt.limit, ~0ull, 23};
	ret[n++] = (struct register_check){"IDTR base", idt.base, ~0ull, 0};
	ret[n++] = (struct register_check){"IDTR limit", idt.limit, ~0ull, 0};
	ret[n++] = (struct register_check){"CR0", READ("mov %%cr0, %0"), ~0ull, 0x80010033};
	ret[n++] = (struct register_check){"CR3", READ("mov %%cr3, %0"), ~0ull, ctx->page_table_phys};
	ret[n++] = (struct register_check){"CR4", READ("mov %%cr4, %0"), ~optional, 0x6a0 | la57};
	ret[n++] = (struct register_check){"EFER", read_msr(0xc0000080), ~0ull, 0xd00};
	ret[n++] = (struct register_check){"PAT", read_msr(0x277), ~0ull, 0x0007010500070406};
	return n;
}

#elif defined(__aarch64__)
#define ARCHITECTURE HELION_ARCH_AARCH64
#define STACK_REST   0

static inline void port_out(uint16_t port, uint8_t value)
{
	(void)port, (void)value;
}
static inline uint8_t port_in(uint16_t port)
{
	(void)port;
	return 0xff;
}
static inline void firmware_put(char c)
{
	(void)c;
}
static inline void machine_end(const struct helion_bootctx *ctx, bool good)
{
	register uint64_t x0 __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */

	(void)good;
	if (ctx->flags & HELION_BOOT_WAS_EL2)
		__asm__ volatile("smc #0" : "+r"(x0) : : "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0) : : "memory");
}

#define READ(name)                                                    \
	({                                                            \
		uint64_t read_value;                                  \
		__asm__ volatile("mrs %0, " name : "=r"(read_value)); \
		read_value;                                           \
	})

/* In EL2 with E2H the names of EL1 mean the registers of EL2. */
static inline unsigned machine_checks(const struct helion_bootctx *ctx, struct register_check *ret)
{
	bool el2 = ctx->flags & HELION_BOOT_AT_EL2;
	unsigned n = 0;

	ret[n++] = (struct register_check){"CurrentEL", READ("CurrentEL"), ~0ull, el2 ? 8 : 4};
	ret[n++] = (struct register_check){"SPSel", READ("SPSel"), ~0ull, 1};
	ret[n++] = (struct register_check){"DAIF", READ("daif"), ~0ull, 0x3c0};
	ret[n++] = (struct register_check){"SCTLR", READ("sctlr_el1"), ~0ull, 0x30d0181d};
	ret[n++] = (struct register_check){"TTBR1", READ("ttbr1_el1"), ~0ull, ctx->page_table_phys};
	ret[n++] = (struct register_check){"TCR without IPS", READ("tcr_el1"), ~(7ull << 32), 0xb5103510};
	ret[n++] = (struct register_check){"MAIR", READ("mair_el1"), ~0ull, 0x4404ff};
	ret[n++] = (struct register_check){"CPACR.FPEN", READ("cpacr_el1"), 3ull << 20, 3ull << 20};
	ret[n++] =
		(struct register_check){"VBAR in the hand-over page", READ("vbar_el1"), ~0xfffull, ctx->handover_phys};
	if (el2)
		ret[n++] = (struct register_check){"HCR", READ("hcr_el2"), 1ull << 34 | 1ull << 31 | 1ull << 27,
						   1ull << 34 | 1ull << 31 | 1ull << 27};
	return n;
}

#else
#define ARCHITECTURE HELION_ARCH_RISCV64
#define STACK_REST   0

static inline uint64_t sbi(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1)
{
	register uint64_t a0 __asm__("a0") = arg0, a1 __asm__("a1") = arg1;
	register uint64_t a6 __asm__("a6") = function, a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
	return a0;
}
static inline void port_out(uint16_t port, uint8_t value)
{
	(void)port, (void)value;
}
static inline uint8_t port_in(uint16_t port)
{
	(void)port;
	return 0xff;
}
static inline void firmware_put(char c)
{
	sbi(1, 0, (uint8_t)c, 0);
}
static inline void machine_end(const struct helion_bootctx *ctx, bool good)
{
	(void)ctx;
	sbi(0x53525354, 0, 0, good ? 0 : 1); /* system reset: shutdown */
}

#define READ(name)                                                     \
	({                                                             \
		uint64_t read_value;                                   \
		__asm__ volatile("csrr %0, " name : "=r"(read_value)); \
		read_value;                                            \
	})

static inline unsigned machine_checks(const struct helion_bootctx *ctx, struct register_check *ret)
{
	uint64_t satp = (uint64_t)(ctx->paging_levels + 5) << 60 | ctx->page_table_phys >> 12;
	unsigned n = 0;

	ret[n++] = (struct register_check){"satp", READ("satp"), ~0ull, satp};
	ret[n++] = (struct register_check){"sstatus", READ("sstatus"), 0xde722, 0x20}; /* MXR SUM FS VS SPP SPIE SIE */
	ret[n++] = (struct register_check){"sie", READ("sie"), ~0ull, 0};
	ret[n++] = (struct register_check){"sscratch", READ("sscratch"), ~0ull, 0};
	ret[n++] = (struct register_check){"stvec in the hand-over page", READ("stvec"), ~0xfffull, ctx->handover_phys};
	ret[n++] = (struct register_check){"stvec mode", READ("stvec"), 3, 0};
	return n;
}
#endif

#endif
