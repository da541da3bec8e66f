/* SPDX-License-Identifier: BSD-2-Clause */
/* What riscv64 supplies to the loader: see bootloader/arch.h. */
#include "bootloader/arch.h"
#include "bootloader/proto/riscv_boot.h"

#define SATP_SHIFT 60 /* RISC-V privileged architecture §12.1.11: MODE is 8 for Sv39, 9 Sv48, 10 Sv57 */

uint64_t riscv_pbmt;

static uint64_t satp_mode(unsigned levels)
{
	return (uint64_t)(levels + 5) << SATP_SHIFT;
}

uint64_t arch_counter(void)
{
	uint64_t value;

	__asm__ volatile("rdtime %0" : "=r"(value) : : "memory");
	return value;
}

uint64_t arch_counter_hz(const struct boot *boot)
{
	struct acpi_table table;
	struct acpi_rhct rhct;
	uint64_t hz;

	if (boot->tables.has_acpi && acpi_table_find(&boot->tables.acpi, "RHCT", 0, &table) == ACPI_OK &&
	    acpi_rhct_decode(&table, &rhct) == ACPI_OK)
		return rhct.timebase_frequency;
	if (boot->tree.phys && dt_timebase_frequency(&boot->tree.dt, &hz) == DT_OK)
		return hz;
	return 0;
}

/*
 * The seed CSR of Zkr traps in S-mode unless M-mode firmware opened it (mseccfg.SSEED),
 * and nothing tells whether it did. So it is not touched.
 */
bool arch_random(uint64_t *ret)
{
	(void)ret;
	return false;
}

EFI_STATUS arch_boot_cpu(const struct boot *boot, uint64_t *ret)
{
	EFI_GUID guid = RISCV_BOOT_PROTOCOL_GUID;
	struct riscv_boot_protocol *protocol;
	struct dt_chosen chosen;
	void *interface;
	UINTN hart;

	if (BS->LocateProtocol(&guid, NULL, &interface) == EFI_SUCCESS) {
		protocol = interface;
		if (protocol->get_boot_hart(protocol, &hart) == EFI_SUCCESS) {
			*ret = hart;
			return EFI_SUCCESS;
		}
	}
	if (boot->tree.phys && dt_chosen(&boot->tree.dt, &chosen) == DT_OK && chosen.has_boot_hart) {
		*ret = chosen.boot_hart;
		return EFI_SUCCESS;
	}
	return EFI_NOT_FOUND;
}

/* Every S-mode firmware runs on an SBI implementation, and those have a console. */
void arch_fallback_console(struct helion_console *ret)
{
	*ret = (struct helion_console){.type = HELION_CONSOLE_SBI};
}

/*
 * Whether the CPU has the mode: writing one that it has not leaves satp as it was. The firmware's translation
 * is interrupted, so this code must be mapped at its own address: one leaf of the root maps it.
 */
static bool mode_works(unsigned levels)
{
	static uint64_t root[512] __attribute__((aligned(4096)));
	unsigned shift = 12 + 9 * (levels - 1);
	uint64_t code, wanted = satp_mode(levels) | (uint64_t)root >> 12, before, after, status;

	__asm__ volatile("auipc %0, 0" : "=r"(code));
	if (code >> (shift + 8))
		return false;
	root[code >> shift] = arch_pte_leaf(code >> shift << shift, levels - 1, PT_READ | PT_WRITE | PT_EXEC);
	__asm__ volatile("csrrci %[status], sstatus, 2\n\t"
			 "sfence.vma\n\t"
			 "csrrw %[before], satp, %[wanted]\n\t"
			 "csrrw %[after], satp, %[before]\n\t"
			 "sfence.vma\n\t"
			 "csrw sstatus, %[status]"
			 : [status] "=&r"(status), [before] "=&r"(before), [after] "=&r"(after)
			 : [wanted] "r"(wanted)
			 : "memory");
	root[code >> shift] = 0;
	return after == wanted;
}

/*
 * Sv39 where it suffices: every CPU with paging has it and its walks are shortest. More
 * levels only where RAM is out of its reach.
 */
bool arch_paging_choose(uint64_t highest, unsigned *ret_levels, unsigned *ret_max_leaf)
{
	*ret_max_leaf = 2;
	for (unsigned levels = 3; levels <= 5; levels++) {
		*ret_levels = levels;
		if (highest < ARCH_DIRECT_MAP_SIZE(levels))
			return levels == 3 || mode_works(levels);
	}
	return false;
}

uint32_t arch_boot_flags(uint32_t wants)
{
	(void)wants;
	return 0;
}

void arch_sync_code(const void *start, size_t size)
{
	(void)start, (void)size;
	__asm__ volatile("fence rw, rw; fence.i" : : : "memory");
}

_Noreturn void arch_halt(void)
{
	__asm__ volatile("csrci sstatus, 2");
	for (;;)
		__asm__ volatile("wfi");
}

_Noreturn void arch_enter(const struct arch_jump *jump)
{
	register uint64_t a0 __asm__("a0") = jump->context;
	register uint64_t a1 __asm__("a1") = jump->entry;
	register uint64_t a2 __asm__("a2") = jump->stack;
	register uint64_t a3 __asm__("a3") = satp_mode(jump->levels) | jump->upper_root >> 12;
	register uint64_t a4 __asm__("a4") = jump->handover;

	__asm__ volatile("jr a4" : : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
	__builtin_unreachable();
}
