/* SPDX-License-Identifier: BSD-2-Clause */
/* Power off and reset: semihosting for tests, PSCI, the Raspberry Pi's watchdog. */
#include "power.h"

#include "kernel/arch.h"
#include "kernel/options.h"
#include "kernel/vm.h"
#include "psci.h"

/* Power manager of the BCM2835 family. A write needs the password; the watchdog counts 1/65536 s. */
#define PM_RSTC            0x1c
#define PM_RSTS            0x20
#define PM_WDOG            0x24
#define PM_SIZE            0x28
#define PM_PASSWORD        0x5a000000u
#define PM_RSTC_CONFIG     0x30u
#define PM_RSTC_FULL_RESET 0x20u
/* Bits 0, 2, 4, 6, 8, 10 are the partition to boot from next; the firmware takes 63 as a request to halt. */
#define PM_RSTS_PARTITION 0x555u
#define PM_TICKS          10u

/* Semihosting for AArch32 and AArch64 (Arm, version 3.0): §6.7 SYS_EXIT, §6.8 SYS_EXIT_EXTENDED. */
#define SYS_EXIT                     0x18
#define SYS_EXIT_EXTENDED            0x20
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

static volatile char *pm; /* NULL on other machines */

void power_init(const struct machine *machine)
{
	if (machine->bcm_pm_base)
		pm = vm_map_device(machine->bcm_pm_base, PM_SIZE);
}

/* Without a debugger or emulator behind it HLT is an undefined instruction: only for who asked for it. */
static void semihosting_exit(uint64_t operation, int status)
{
	const uint64_t block[2] = {ADP_STOPPED_APPLICATION_EXIT, (uint64_t)(int64_t)status};
	register uint64_t w0 __asm__("x0") = operation;
	register const uint64_t *x1 __asm__("x1") = block;

	__asm__ volatile("hlt #0xf000" : "+r"(w0) : "r"(x1) : "memory");
}

static void watchdog_reset(bool halt)
{
	uint32_t status, control;

	if (!pm)
		return;
	status = mmio_read32(pm + PM_RSTS) & ~(PM_RSTS_PARTITION | 0xff000000u);
	mmio_write32(pm + PM_RSTS, PM_PASSWORD | status | (halt ? PM_RSTS_PARTITION : 0));
	mmio_write32(pm + PM_WDOG, PM_PASSWORD | PM_TICKS);
	control = mmio_read32(pm + PM_RSTC) & ~(PM_RSTC_CONFIG | 0xff000000u);
	mmio_write32(pm + PM_RSTC, PM_PASSWORD | control | PM_RSTC_FULL_RESET);
	/* It takes a moment. */
	for (uint64_t end = arch_timer_now() + 1000000000; arch_timer_now() < end;)
		arch_cpu_relax();
}

void arch_power_off(const struct machine *machine, int status)
{
	if (boot_option("exit", "qemu")) {
		semihosting_exit(SYS_EXIT_EXTENDED, status);
		semihosting_exit(SYS_EXIT, status);
	}
	psci_call(machine->psci, PSCI_SYSTEM_OFF, 0, 0, 0);
	watchdog_reset(true);
}

void arch_reset(const struct machine *machine)
{
	psci_call(machine->psci, PSCI_SYSTEM_RESET, 0, 0, 0);
	watchdog_reset(false);
}
