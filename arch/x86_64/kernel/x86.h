/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions, model-specific registers and CPUID bits that the files of this folder share. */
#ifndef X86_64_KERNEL_X86_H
#define X86_64_KERNEL_X86_H

#define MSR_APIC_BASE         0x1b
#define MSR_TSC_ADJUST        0x3b
#define MSR_MTRRCAP           0xfe
#define MSR_ARCH_CAPABILITIES 0x10a
#define MSR_SYSENTER_CS       0x174
#define MSR_MCG_CAP           0x179
#define MSR_MCG_STATUS        0x17a
#define MSR_MTRR_PHYSBASE0    0x200
#define MSR_PAT               0x277
#define MSR_MTRR_DEF_TYPE     0x2ff
#define MSR_MC0_STATUS        0x401
#define MSR_MC0_ADDR          0x402
#define MSR_TSC_DEADLINE      0x6e0
#define MSR_X2APIC            0x800
#define MSR_EFER              0xc0000080
#define MSR_STAR              0xc0000081
#define MSR_LSTAR             0xc0000082
#define MSR_CSTAR             0xc0000083
#define MSR_SFMASK            0xc0000084
#define MSR_FS_BASE           0xc0000100
#define MSR_GS_BASE           0xc0000101
#define MSR_KERNEL_GS_BASE    0xc0000102

#define EFER_SCE (1 << 0)
#define EFER_LME (1 << 8)
#define EFER_NXE (1 << 11)

#define CR0_PE (1 << 0)
#define CR0_MP (1 << 1)
#define CR0_EM (1 << 2)
#define CR0_TS (1 << 3)
#define CR0_NE (1 << 5)
#define CR0_WP (1 << 16)
#define CR0_AM (1 << 18)
#define CR0_NW (1 << 29)
#define CR0_CD (1 << 30)
#define CR0_PG 0x80000000

#define CR4_DE         (1 << 3)
#define CR4_PAE        (1 << 5)
#define CR4_MCE        (1 << 6)
#define CR4_PGE        (1 << 7)
#define CR4_OSFXSR     (1 << 9)
#define CR4_OSXMMEXCPT (1 << 10)
#define CR4_UMIP       (1 << 11)
#define CR4_LA57       (1 << 12)
#define CR4_FSGSBASE   (1 << 16)
#define CR4_OSXSAVE    (1 << 18)
#define CR4_SMEP       (1 << 20)
#define CR4_SMAP       (1 << 21)

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

/* CPUID bits in use: leaf, register (0 eax, 1 ebx, 2 ecx, 3 edx) and bit in one number. */
#define CPUID_BIT(leaf, reg, bit) (((uint64_t)(leaf) << 32) | (reg) << 8 | (bit))
#define CPUID_X2APIC              CPUID_BIT(0x1, 2, 21)
#define CPUID_TSC_DEADLINE        CPUID_BIT(0x1, 2, 24)
#define CPUID_HYPERVISOR          CPUID_BIT(0x1, 2, 31)
#define CPUID_MCE                 CPUID_BIT(0x1, 3, 7)
#define CPUID_APIC                CPUID_BIT(0x1, 3, 9)
#define CPUID_MTRR                CPUID_BIT(0x1, 3, 12)
#define CPUID_MCA                 CPUID_BIT(0x1, 3, 14)
#define CPUID_PAT                 CPUID_BIT(0x1, 3, 16)
#define CPUID_FSGSBASE            CPUID_BIT(0x7, 1, 0)
#define CPUID_TSC_ADJUST          CPUID_BIT(0x7, 1, 1)
#define CPUID_SMEP                CPUID_BIT(0x7, 1, 7)
#define CPUID_SMAP                CPUID_BIT(0x7, 1, 20)
#define CPUID_UMIP                CPUID_BIT(0x7, 2, 2)
#define CPUID_ARCH_CAPABILITIES   CPUID_BIT(0x7, 3, 29)
#define CPUID_NX                  CPUID_BIT(0x80000001, 3, 20)
#define CPUID_1GB_PAGES           CPUID_BIT(0x80000001, 3, 26)

/* EBX of leaf 0: "Auth"enticAMD, "Hygo"nGenuine. */
#define CPUID_VENDOR_AMD   0x68747541
#define CPUID_VENDOR_HYGON 0x6f677948

struct cpuid {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid cpuid(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
	return r;
}

/* All zero when the CPU does not have the leaf: Intel's answer to a leaf too high is that of the highest. */
static inline struct cpuid cpuid_checked(uint32_t leaf, uint32_t subleaf)
{
	uint32_t highest = cpuid(leaf & 0xffff0000u, 0).eax;

	if ((highest & 0xffff0000u) != (leaf & 0xffff0000u) || highest < leaf)
		return (struct cpuid){0};
	return cpuid(leaf, subleaf);
}

static inline bool cpu_has(uint64_t feature)
{
	struct cpuid r = cpuid_checked((uint32_t)(feature >> 32), 0);
	const uint32_t registers[4] = {r.eax, r.ebx, r.ecx, r.edx};

	return registers[(feature >> 8) & 3] >> (feature & 31) & 1;
}

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

#define X86_CONTROL_REGISTER(name)                                                  \
	static inline uint64_t read_##name(void)                                    \
	{                                                                           \
		uint64_t value;                                                     \
		__asm__ volatile("mov %%" #name ", %0" : "=r"(value) : : "memory"); \
		return value;                                                       \
	}                                                                           \
	static inline void write_##name(uint64_t value)                             \
	{                                                                           \
		__asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");     \
	}

X86_CONTROL_REGISTER(cr0)
X86_CONTROL_REGISTER(cr2)
X86_CONTROL_REGISTER(cr3)
X86_CONTROL_REGISTER(cr4)

static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint16_t port_in16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t port_in32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void port_out16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void port_out32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

#endif
#endif
