/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends the run: power off and reset. Also called from a panic, so it waits for nothing and takes no lock. */
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/vm.h"

#include "trap.h"
#include "x86.h"

/* QEMU's isa-debug-exit ends it with status 2 * value + 1. */
#define EXIT_PORT    0xf4
#define EXIT_SUCCESS 0x10
#define EXIT_FAILURE 0x11

/* PM1 control register (ACPI 6.5 §4.8.3.2.1). */
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK  (7u << PM1_SLEEP_TYPE_SHIFT)
#define PM1_SLEEP_ENABLE     (1u << 13)

#define RESET_PORT     0xcf9 /* of the south bridge */
#define RESET_HARD     0x02
#define RESET_GO       0x06
#define KEYBOARD_PORT  0x64
#define KEYBOARD_RESET 0xfe

/* The clock may not be calibrated when a panic comes: a counter of 3 GHz is taken for granted. */
static void settle(unsigned microseconds)
{
	uint64_t start = arch_counter();

	while (arch_counter() - start < microseconds * 3000ull)
		arch_cpu_relax();
}

static void enter_sleep(uint16_t port, uint8_t type)
{
	uint32_t value = port_in16(port) & ~(PM1_SLEEP_TYPE_MASK | PM1_SLEEP_ENABLE);

	value |= (uint32_t)(type & 7) << PM1_SLEEP_TYPE_SHIFT;
	port_out16(port, (uint16_t)(value | PM1_SLEEP_ENABLE));
}

void arch_power_off(const struct machine *machine, int status)
{
	arch_irq_disable();
	if (status == 0 && trap_ignored_nmis()) {
		kprintf("kernel: %llu non-maskable interrupts were ignored\n", (unsigned long long)trap_ignored_nmis());
		log_flush();
	}
	if (boot_option("exit", "qemu")) {
		port_out8(EXIT_PORT, status == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
		settle(1000);
	}
	if (!machine->s5_valid || !machine->pm1a_control)
		return;
	__asm__ volatile("wbinvd" : : : "memory");
	enter_sleep(machine->pm1a_control, machine->s5_typ_a);
	if (machine->pm1b_control)
		enter_sleep(machine->pm1b_control, machine->s5_typ_b);
	settle(100000);
}

static void reset_by_acpi(const struct machine *machine)
{
	volatile void *target;

	if (!machine->reset_valid)
		return;
	switch (machine->reset_space) {
	case 0:
		target = vm_map_device(machine->reset_address, 1);
		if (target)
			mmio_write8(target, machine->reset_value);
		break;
	case 1: port_out8((uint16_t)machine->reset_address, machine->reset_value); break;
	}
	settle(10000);
}

void arch_reset(const struct machine *machine)
{
	static const struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) no_idt;

	arch_irq_disable();
	reset_by_acpi(machine);
	port_out8(RESET_PORT, RESET_HARD);
	settle(10);
	port_out8(RESET_PORT, RESET_GO);
	settle(10000);
	port_out8(KEYBOARD_PORT, KEYBOARD_RESET);
	settle(10000);
	/* With no table the exception becomes a double and then a triple fault, which is a reset. */
	__asm__ volatile("lidt %0; ud2" : : "m"(no_idt));
}
