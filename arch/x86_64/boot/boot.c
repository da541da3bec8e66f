/* SPDX-License-Identifier: BSD-2-Clause */
/* What x86_64 supplies to the loader: see bootloader/arch.h. */
#include "bootloader/arch.h"

#define CR4_PAE        (1ull << 5)
#define CR4_PGE        (1ull << 7)
#define CR4_OSFXSR     (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_LA57       (1ull << 12)
#define CR4_SMEP       (1ull << 20)
#define CR4_SMAP       (1ull << 21)

#define COM1 0x3f8

struct cpuid {
	uint32_t a, b, c, d;
};

static struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(subleaf));
	return r;
}

/* A leaf beyond the highest one reads as another leaf: give zeros instead. */
static struct cpuid cpuid_checked(uint32_t leaf, uint32_t subleaf)
{
	if (cpuid(leaf & 0x80000000u, 0).a < leaf)
		return (struct cpuid){0};
	return cpuid(leaf, subleaf);
}

static uint64_t read_cr4(void)
{
	uint64_t value;

	__asm__ volatile("mov %%cr4, %0" : "=r"(value));
	return value;
}

static uint8_t port_in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void port_out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

uint64_t arch_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* Intel SDM vol. 2A, CPUID leaf 15h: the crystal's frequency and its ratio to the TSC's. */
uint64_t arch_counter_hz(const struct boot *boot)
{
	struct cpuid r = cpuid_checked(0x15, 0);

	(void)boot;
	return r.a && r.b && r.c ? (uint64_t)r.c * r.b / r.a : 0;
}

/* RDSEED, else RDRAND; the 64-bit forms, because the shorter ones are broken on some processors (Zen 5). */
bool arch_random(uint64_t *ret)
{
	bool has_rdseed = cpuid_checked(7, 0).b & 1u << 18;
	bool has_rdrand = cpuid(1, 0).c & 1u << 30;
	uint64_t value;
	uint8_t good;

	for (int i = 0; has_rdseed && i < 64; i++) {
		__asm__ volatile("rdseed %0; setc %1" : "=r"(value), "=qm"(good) : : "cc");
		if (good) {
			*ret = value;
			return true;
		}
		__asm__ volatile("pause");
	}
	for (int i = 0; has_rdrand && i < 16; i++) {
		__asm__ volatile("rdrand %0; setc %1" : "=r"(value), "=qm"(good) : : "cc");
		/* All ones is what broken implementations return for ever. */
		if (good && value != UINT64_MAX) {
			*ret = value;
			return true;
		}
	}
	return false;
}

/* The x2APIC id, which is also valid while the APIC is in its older mode. */
EFI_STATUS arch_boot_cpu(const struct boot *boot, uint64_t *ret)
{
	struct cpuid topology = cpuid_checked(0x0b, 0);

	(void)boot;
	*ret = topology.b & 0xffff ? topology.d : cpuid(1, 0).b >> 24;
	return EFI_SUCCESS;
}

/* COM1, if something at its address keeps what is written to the scratch register. */
void arch_fallback_console(struct helion_console *ret)
{
	uint8_t before = port_in(COM1 + 7);

	port_out(COM1 + 7, 0xa5);
	if (port_in(COM1 + 7) == 0xa5) {
		port_out(COM1 + 7, 0x5a);
		if (port_in(COM1 + 7) == 0x5a)
			*ret = (struct helion_console){.type = HELION_CONSOLE_16550_PORT,
						       .base = COM1,
						       .size = 8,
						       .reg_width = 1};
		port_out(COM1 + 7, before);
	}
}

/* The number of levels cannot be changed in long mode: it stays as the firmware chose it. */
bool arch_paging_choose(uint64_t highest, unsigned *ret_levels, unsigned *ret_max_leaf)
{
	unsigned levels = read_cr4() & CR4_LA57 ? 5 : 4;

	*ret_levels = levels;
	*ret_max_leaf = cpuid_checked(0x80000001u, 0).d & 1u << 26 ? 2 : 1;
	return highest < ARCH_DIRECT_MAP_SIZE(levels);
}

uint32_t arch_boot_flags(uint32_t wants)
{
	(void)wants;
	return 0;
}

/* Instruction fetch is coherent with stores. */
void arch_sync_code(const void *start, size_t size)
{
	(void)start, (void)size;
}

_Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

_Noreturn void arch_enter(const struct arch_jump *jump)
{
	struct cpuid features = cpuid_checked(7, 0);
	uint64_t cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	uint64_t *stack = (uint64_t *)jump->stack;

	if (jump->levels == 5)
		cr4 |= CR4_LA57;
	if (features.b & 1u << 7)
		cr4 |= CR4_SMEP;
	if (features.b & 1u << 20)
		cr4 |= CR4_SMAP;

	register uint64_t r8 __asm__("r8") = jump->upper_root;
	register uint64_t r9 __asm__("r9") = ARCH_PAT;
	register uint64_t r10 __asm__("r10") = cr4;

	/* The stack looks as after a call: aligned, and with room for a return address, which is 0. */
	__asm__ volatile("jmp *%0"
			 :
			 : "a"(jump->handover), "D"(jump->context), "S"(jump->entry), "d"(stack - 1), "r"(r8), "r"(r9),
			   "r"(r10)
			 : "memory");
	__builtin_unreachable();
}
