/* SPDX-License-Identifier: BSD-2-Clause */
/* See acpi.h. Tables of fixed layout: FADT, MCFG, SPCR, DBG2, GTDT, RHCT, HPET. */
#include "lib/acpi.h"

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

enum { GAS_SIZE = 12 };

/* The checks that all decoders begin with. */
static enum acpi_error check(const struct acpi_table *table, const char *signature, uint32_t minimum)
{
	if (strcmp(table->signature, signature) != 0)
		return ACPI_ERROR_TABLE_SIGNATURE;
	return table->length < minimum ? ACPI_ERROR_TABLE_SHORT : ACPI_OK;
}

static struct acpi_gas decode_gas(const uint8_t *data)
{
	return (struct acpi_gas){
		.space = data[0],
		.bit_width = data[1],
		.bit_offset = data[2],
		.access_size = data[3],
		.address = load_le64(data + 4),
	};
}

bool acpi_gas_registers(const struct acpi_gas *gas, uint8_t *ret_shift, uint8_t *ret_width)
{
	uint8_t shift = 0;

	if (gas->access_size >= 1)
		shift = gas->access_size - 1;
	else
		while (8u << shift < gas->bit_width)
			shift++;
	if (shift > 2)
		return false;
	*ret_shift = shift;
	*ret_width = (uint8_t)(1u << shift);
	return true;
}

/* ---- FADT (ACPI 6.5 §5.2.9) -------------------------------------------------------------------------------------- */

static struct acpi_gas gas_at(const struct acpi_table *table, uint32_t offset)
{
	if (table->length < offset + GAS_SIZE)
		return (struct acpi_gas){0};
	return decode_gas(table->data + offset);
}

/* A register block: the extended field if it is there and filled in, else the 32-bit port number. */
static struct acpi_gas block_at(const struct acpi_table *table, uint32_t extended, uint32_t legacy,
				uint32_t legacy_length)
{
	struct acpi_gas gas = gas_at(table, extended);
	if (gas.address != 0)
		return gas;
	uint32_t port = load_le32(table->data + legacy);
	if (port == 0)
		return (struct acpi_gas){0};
	uint8_t bytes = table->data[legacy_length];
	return (struct acpi_gas){
		.space = ACPI_SPACE_IO,
		.bit_width = bytes > 31 ? 0 : (uint8_t)(bytes * 8),
		.address = port,
	};
}

enum acpi_error acpi_fadt_decode(const struct acpi_table *table, struct acpi_fadt *ret)
{
	const uint8_t *data = table->data;
	enum acpi_error error = check(table, "FACP", 116);
	if (error != ACPI_OK)
		return error;

	*ret = (struct acpi_fadt){
		.facs = load_le32(data + 36),
		.dsdt = load_le32(data + 40),
		.sci_interrupt = load_le16(data + 46),
		.smi_command_port = load_le32(data + 48),
		.acpi_enable = data[52],
		.acpi_disable = data[53],
		.pm1a_event = block_at(table, 148, 56, 88),
		.pm1b_event = block_at(table, 160, 60, 88),
		.pm1a_control = block_at(table, 172, 64, 89),
		.pm1b_control = block_at(table, 184, 68, 89),
		.pm_timer = block_at(table, 208, 76, 91),
		.century = data[108],
		.iapc_flags = load_le16(data + 109),
		.flags = load_le32(data + 112),
		.reset_register = gas_at(table, 116),
		.sleep_control = gas_at(table, 244),
		.sleep_status = gas_at(table, 256),
	};
	if (table->length >= 132) {
		ret->reset_value = data[128];
		ret->arm_flags = load_le16(data + 129);
		ret->minor_revision = data[131];
	}
	if (table->length >= 148) {
		uint64_t facs = load_le64(data + 132);
		uint64_t dsdt = load_le64(data + 140);
		ret->facs = facs != 0 ? facs : ret->facs;
		ret->dsdt = dsdt != 0 ? dsdt : ret->dsdt;
	}
	return ACPI_OK;
}

/* ---- MCFG (PCI Firmware 3.3 §4.1.2) ------------------------------------------------------------------------------ */

enum acpi_error acpi_mcfg_segment_at(const struct acpi_table *table, uint32_t index, struct acpi_mcfg_segment *ret)
{
	const uint32_t start = 44, size = 16;
	enum acpi_error error = check(table, "MCFG", start);
	if (error != ACPI_OK)
		return error;
	if (index >= (table->length - start) / size)
		return ACPI_END;

	const uint8_t *data = table->data + start + index * size;
	*ret = (struct acpi_mcfg_segment){
		.address = load_le64(data),
		.segment = load_le16(data + 8),
		.bus_first = data[10],
		.bus_last = data[11],
	};
	/* Each bus has 1 MiB. */
	uint64_t end = ((uint64_t)ret->bus_last + 1) << 20;
	if (ret->bus_first > ret->bus_last || ret->address == 0 || !range_is_valid(ret->address, end))
		return ACPI_ERROR_STRUCTURE_LENGTH;
	return ACPI_OK;
}

/* ---- SPCR -------------------------------------------------------------------------------------------------------- */

static uint32_t decode_baud(uint8_t code)
{
	switch (code) {
	case 3: return 9600;
	case 4: return 19200;
	case 6: return 57600;
	case 7: return 115200;
	default: return 0;
	}
}

enum acpi_error acpi_spcr_decode(const struct acpi_table *table, struct acpi_spcr *ret)
{
	const uint8_t *data = table->data;
	enum acpi_error error = check(table, "SPCR", 80);
	if (error != ACPI_OK)
		return error;

	*ret = (struct acpi_spcr){
		.interface_type = data[36],
		.address = decode_gas(data + 40),
		.interrupt_type = data[52],
		.irq = data[53],
		.gsi = load_le32(data + 54),
		.baud = decode_baud(data[58]),
		.pci_device = load_le16(data + 64),
		.pci_vendor = load_le16(data + 66),
	};
	if (table->revision >= 3)
		ret->clock = load_le32(data + 76);
	if (table->revision >= 4 && table->length >= 84 && load_le32(data + 80) != 0)
		ret->baud = load_le32(data + 80);
	return ACPI_OK;
}

/* ---- DBG2 -------------------------------------------------------------------------------------------------------- */

enum acpi_error acpi_dbg2_port_at(const struct acpi_table *table, uint32_t index, struct acpi_debug_port *ret)
{
	const uint32_t device_size = 22;
	enum acpi_error error = check(table, "DBG2", 44);
	if (error != ACPI_OK)
		return error;
	if (index >= load_le32(table->data + 40))
		return ACPI_END;

	uint32_t offset = load_le32(table->data + 36);
	for (;;) {
		if (!range_fits(table->length, offset, device_size))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		const uint8_t *device = table->data + offset;
		uint16_t length = load_le16(device + 1);
		if (length < device_size || !range_fits(table->length, offset, length))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		if (index-- != 0) {
			offset += length;
			continue;
		}

		uint16_t registers = load_le16(device + 18);
		uint16_t sizes = load_le16(device + 20);
		if (device[3] == 0 || !range_fits(length, registers, GAS_SIZE) || !range_fits(length, sizes, 4))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		*ret = (struct acpi_debug_port){
			.port_type = load_le16(device + 12),
			.port_subtype = load_le16(device + 14),
			.address = decode_gas(device + registers),
			.size = load_le32(device + sizes),
		};
		return ACPI_OK;
	}
}

/* ---- GTDT (ACPI 6.5 §5.2.25) ------------------------------------------------------------------------------------- */

enum acpi_error acpi_gtdt_decode(const struct acpi_table *table, struct acpi_gtdt *ret)
{
	const uint8_t *data = table->data;
	enum acpi_error error = check(table, "GTDT", 80);
	if (error != ACPI_OK)
		return error;

	*ret = (struct acpi_gtdt){
		.counter_address = load_le64(data + 36),
		.secure_gsi = load_le32(data + 48),
		.secure_flags = load_le32(data + 52),
		.non_secure_gsi = load_le32(data + 56),
		.non_secure_flags = load_le32(data + 60),
		.virtual_gsi = load_le32(data + 64),
		.virtual_flags = load_le32(data + 68),
		.hypervisor_gsi = load_le32(data + 72),
		.hypervisor_flags = load_le32(data + 76),
	};
	if (table->revision >= 3 && table->length >= 104) {
		ret->hypervisor_virtual_gsi = load_le32(data + 96);
		ret->hypervisor_virtual_flags = load_le32(data + 100);
	}
	return ACPI_OK;
}

/* ---- RHCT -------------------------------------------------------------------------------------------------------- */

enum {
	RHCT_SIZE = 56,
	RHCT_NODE_ISA = 0,
	RHCT_NODE_HART = 65535,
	RHCT_NODE_HEADER_SIZE = 6,
	RHCT_HART_SIZE = 12,
	RHCT_ISA_SIZE = 8,
};

enum acpi_error acpi_rhct_decode(const struct acpi_table *table, struct acpi_rhct *ret)
{
	enum acpi_error error = check(table, "RHCT", RHCT_SIZE);
	if (error != ACPI_OK)
		return error;
	*ret = (struct acpi_rhct){
		.flags = load_le32(table->data + 36),
		.timebase_frequency = load_le64(table->data + 40),
		.node_count = load_le32(table->data + 48),
		.node_offset = load_le32(table->data + 52),
	};
	return ACPI_OK;
}

/* Checks that a node of at least `minimum` bytes stands at `offset`. */
static bool has_rhct_node(const struct acpi_table *table, uint64_t offset, uint32_t minimum, uint16_t *ret_length)
{
	if (!range_fits(table->length, offset, RHCT_NODE_HEADER_SIZE))
		return false;
	*ret_length = load_le16(table->data + offset + 2);
	return *ret_length >= minimum && *ret_length >= RHCT_NODE_HEADER_SIZE &&
	       range_fits(table->length, offset, *ret_length);
}

/* The ISA string among the nodes that a hart's node names. */
static enum acpi_error isa_of_hart(const struct acpi_table *table, const uint8_t *hart, uint16_t hart_length,
				   const char **ret_isa)
{
	uint32_t count = load_le16(hart + 6);
	if (!range_fits(hart_length, RHCT_HART_SIZE, (uint64_t)count * 4))
		return ACPI_ERROR_STRUCTURE_LENGTH;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t offset = load_le32(hart + RHCT_HART_SIZE + i * 4);
		uint16_t length;
		if (offset < RHCT_SIZE || !has_rhct_node(table, offset, 0, &length))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		const uint8_t *node = table->data + offset;
		if (load_le16(node) != RHCT_NODE_ISA)
			continue;
		if (length < RHCT_ISA_SIZE)
			return ACPI_ERROR_STRUCTURE_LENGTH;
		const char *isa = (const char *)node + RHCT_ISA_SIZE;
		uint16_t size = load_le16(node + 6);
		if (!range_fits(length, RHCT_ISA_SIZE, size) || strnlen(isa, size) == size)
			return ACPI_ERROR_STRUCTURE_LENGTH;
		*ret_isa = isa;
		return ACPI_OK;
	}
	return ACPI_ERROR_NOT_FOUND;
}

enum acpi_error acpi_rhct_isa(const struct acpi_table *table, uint32_t processor_uid, const char **ret_isa)
{
	struct acpi_rhct rhct;
	enum acpi_error error = acpi_rhct_decode(table, &rhct);
	if (error != ACPI_OK)
		return error;

	uint64_t offset = rhct.node_offset;
	if (offset < RHCT_SIZE)
		return ACPI_ERROR_STRUCTURE_LENGTH;
	/* Every node is at least its header long, so a count that lies ends in STRUCTURE_LENGTH. */
	for (uint32_t i = 0; i < rhct.node_count; i++) {
		uint16_t length;
		if (!has_rhct_node(table, offset, 0, &length))
			return ACPI_ERROR_STRUCTURE_LENGTH;
		const uint8_t *node = table->data + offset;
		if (load_le16(node) == RHCT_NODE_HART) {
			if (length < RHCT_HART_SIZE)
				return ACPI_ERROR_STRUCTURE_LENGTH;
			if (load_le32(node + 8) == processor_uid)
				return isa_of_hart(table, node, length, ret_isa);
		}
		offset += length;
	}
	return ACPI_ERROR_NOT_FOUND;
}

/* ---- HPET (IA-PC HPET 1.0a §3.2.4) ------------------------------------------------------------------------------- */

enum acpi_error acpi_hpet_decode(const struct acpi_table *table, struct acpi_hpet *ret)
{
	enum acpi_error error = check(table, "HPET", 56);
	if (error != ACPI_OK)
		return error;
	*ret = (struct acpi_hpet){
		.block_id = load_le32(table->data + 36),
		.address = decode_gas(table->data + 40),
		.number = table->data[52],
		.minimum_tick = load_le16(table->data + 53),
	};
	return ACPI_OK;
}
