/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which UART the kernel shall use as its debug console: the one that ACPI's SPCR
 * names, else the first serial port of DBG2, else the device tree's stdout-path, else
 * what the architecture assumes.
 */
#include "bootloader/arch.h"
#include "bootloader/boot.h"
#include "bootloader/print.h"

/* Registers of each kind take less than a page. */
#define REGISTERS_SIZE 4096u

static bool from_acpi_16550(const struct acpi_gas *gas, struct helion_console *ret)
{
	if (gas->space == ACPI_SPACE_IO) {
		ret->type = HELION_CONSOLE_16550_PORT;
		ret->reg_shift = 0;
		ret->reg_width = 1;
		ret->size = 8;
		return true;
	}
	ret->type = HELION_CONSOLE_16550;
	return acpi_gas_registers(gas, &ret->reg_shift, &ret->reg_width);
}

static bool from_acpi(uint16_t interface, const struct acpi_gas *gas, struct helion_console *ret)
{
	struct helion_console console = {.base = gas->address, .size = REGISTERS_SIZE, .reg_shift = 2, .reg_width = 4};

	if (interface == ACPI_UART_SBI) {
		*ret = (struct helion_console){.type = HELION_CONSOLE_SBI};
		return true;
	}
	if (gas->address == 0)
		return false;
	switch (interface) {
	case ACPI_UART_16550:
	case ACPI_UART_16450:
	case ACPI_UART_16550_GAS:
		if (!from_acpi_16550(gas, &console))
			return false;
		break;
	case ACPI_UART_PL011:
	case ACPI_UART_SBSA:
	case ACPI_UART_SBSA_32BIT:
		console.type = HELION_CONSOLE_PL011;
		console.reg_shift = 0;
		break;
	case ACPI_UART_BCM2835: /* the address is that of the mini UART's 16550 registers */
		console.type = HELION_CONSOLE_16550;
		break;
	default: return false;
	}
	*ret = console;
	return true;
}

static bool find_spcr(const struct acpi_tables *acpi, struct helion_console *ret)
{
	struct acpi_table table;
	struct acpi_spcr spcr;

	return acpi_table_find(acpi, "SPCR", 0, &table) == ACPI_OK && acpi_spcr_decode(&table, &spcr) == ACPI_OK &&
	       from_acpi(spcr.interface_type, &spcr.address, ret);
}

static bool find_dbg2(const struct acpi_tables *acpi, struct helion_console *ret)
{
	struct acpi_debug_port port;
	struct acpi_table table;

	if (acpi_table_find(acpi, "DBG2", 0, &table) != ACPI_OK)
		return false;
	for (uint32_t i = 0; acpi_dbg2_port_at(&table, i, &port) == ACPI_OK; i++)
		if (port.port_type == 0x8000 && from_acpi(port.port_subtype, &port.address, ret))
			return true;
	return false;
}

/* What a device-tree node's compatible says of its registers. */
static const struct known_uart {
	const char *compatible;
	enum helion_console_type type;
	uint8_t reg_shift, reg_width; /* unless the node has reg-shift, reg-io-width */
} known_uarts[] = {
	{"arm,pl011", HELION_CONSOLE_PL011, 0, 4},
	{"arm,sbsa-uart", HELION_CONSOLE_PL011, 0, 4},
	{"brcm,bcm2835-aux-uart", HELION_CONSOLE_16550, 2, 4},
	{"sifive,uart0", HELION_CONSOLE_SIFIVE, 0, 4},
	{"snps,dw-apb-uart", HELION_CONSOLE_16550, 0, 1},
	{"ns16550a", HELION_CONSOLE_16550, 0, 1},
	{"ns16550", HELION_CONSOLE_16550, 0, 1},
};

static bool find_stdout(const struct tree *tree, struct helion_console *ret)
{
	const struct dt *dt = &tree->dt;
	struct dt_chosen chosen;
	struct dt_reg reg;

	if (!tree->phys || dt_chosen(dt, &chosen) != DT_OK || !chosen.has_stdout)
		return false;
	for (size_t i = 0; i < sizeof(known_uarts) / sizeof(known_uarts[0]); i++) {
		const struct known_uart *known = &known_uarts[i];
		uint32_t value;

		if (!dt_is_compatible(dt, &chosen.stdout_node, known->compatible))
			continue;
		if (dt_reg(dt, &chosen.stdout_node, 0, &reg) != DT_OK || !reg.is_translated || reg.size == 0)
			return false;
		*ret = (struct helion_console){.type = known->type,
					       .base = reg.address,
					       .size = reg.size,
					       .reg_shift = known->reg_shift,
					       .reg_width = known->reg_width};
		if (known->type != HELION_CONSOLE_16550)
			return true;
		if (dt_property_u32(dt, &chosen.stdout_node, "reg-shift", &value) == DT_OK && value <= 3)
			ret->reg_shift = (uint8_t)value;
		if (dt_property_u32(dt, &chosen.stdout_node, "reg-io-width", &value) == DT_OK &&
		    (value == 1 || value == 2 || value == 4))
			ret->reg_width = (uint8_t)value;
		return true;
	}
	return false;
}

void console_find(struct boot *boot)
{
	static const char *const names[] = {"none", "16550 at port", "16550", "PL011", "SiFive UART", "SBI"};
	struct helion_console *console = &boot->console;
	bool found = false;

	*console = (struct helion_console){.type = HELION_CONSOLE_NONE};
	if (boot->tables.has_acpi)
		found = find_spcr(&boot->tables.acpi, console) || find_dbg2(&boot->tables.acpi, console);
	if (!found)
		found = find_stdout(&boot->tree, console);
	if (!found)
		arch_fallback_console(console);
	print_info("console: %s 0x%llx", names[console->type], (unsigned long long)console->base);
}
