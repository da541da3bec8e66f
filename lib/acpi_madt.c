/* SPDX-License-Identifier: BSD-2-Clause */
/* See acpi.h. The MADT: interrupt controllers and processors. (ACPI 6.5 §5.2.12; RISC-V structures as of ACPI 6.6.) */
#include "lib/acpi.h"

#include "lib/bytes.h"
#include "lib/string.h"

enum {
	MADT_SIZE = 44, /* of what stands before the structures */
	STRUCTURE_HEADER_SIZE = 2,
};

/* The length that the fields decoded here need; longer structures are of later revisions. 0 for unknown types. */
static uint8_t minimum_length(uint8_t type)
{
	switch (type) {
	case ACPI_MADT_LOCAL_APIC: return 8;
	case ACPI_MADT_IO_APIC: return 12;
	case ACPI_MADT_SOURCE_OVERRIDE: return 10;
	case ACPI_MADT_NMI_SOURCE: return 8;
	case ACPI_MADT_LOCAL_APIC_NMI: return 6;
	case ACPI_MADT_LOCAL_APIC_ADDRESS: return 12;
	case ACPI_MADT_LOCAL_X2APIC: return 16;
	case ACPI_MADT_LOCAL_X2APIC_NMI: return 12;
	case ACPI_MADT_GICC: return 76;
	case ACPI_MADT_GICD: return 24;
	case ACPI_MADT_GIC_MSI_FRAME: return 24;
	case ACPI_MADT_GICR: return 16;
	case ACPI_MADT_GIC_ITS: return 20;
	case ACPI_MADT_RINTC: return 20;
	case ACPI_MADT_IMSIC: return 16;
	case ACPI_MADT_APLIC: return 36;
	case ACPI_MADT_PLIC: return 36;
	default: return 0;
	}
}

static struct acpi_local_apic decode_local_apic(uint32_t uid, uint32_t id, uint32_t flags)
{
	return (struct acpi_local_apic){
		.processor_uid = uid,
		.apic_id = id,
		.is_enabled = (flags & 1) != 0,
		.is_online_capable = (flags & 2) != 0,
	};
}

static struct acpi_gicc decode_gicc(const uint8_t *data, uint8_t length)
{
	uint32_t flags = load_le32(data + 12);
	struct acpi_gicc gicc = {
		.cpu_interface_number = load_le32(data + 4),
		.processor_uid = load_le32(data + 8),
		.is_enabled = (flags & 1) != 0,
		.performance_edge = (flags & 2) != 0,
		.maintenance_edge = (flags & 4) != 0,
		.is_online_capable = (flags & 8) != 0,
		.parking_version = load_le32(data + 16),
		.performance_gsi = load_le32(data + 20),
		.parked_address = load_le64(data + 24),
		.base_address = load_le64(data + 32),
		.gicv_address = load_le64(data + 40),
		.gich_address = load_le64(data + 48),
		.maintenance_gsi = load_le32(data + 56),
		.gicr_base = load_le64(data + 60),
		.mpidr = load_le64(data + 68),
	};
	if (length >= 80) {
		gicc.efficiency_class = data[76];
		gicc.spe_gsi = load_le16(data + 78);
	}
	if (length >= 82)
		gicc.trbe_gsi = load_le16(data + 80);
	return gicc;
}

static struct acpi_rintc decode_rintc(const uint8_t *data, uint8_t length)
{
	uint32_t flags = load_le32(data + 4);
	struct acpi_rintc rintc = {
		.version = data[2],
		.is_enabled = (flags & 1) != 0,
		.is_online_capable = (flags & 2) != 0,
		.hart_id = load_le64(data + 8),
		.processor_uid = load_le32(data + 16),
	};
	if (length >= 36) {
		rintc.has_external = true;
		rintc.external_id = load_le32(data + 20);
		rintc.imsic_address = load_le64(data + 24);
		rintc.imsic_size = load_le32(data + 32);
	}
	return rintc;
}

static struct acpi_aplic decode_aplic(const uint8_t *data)
{
	struct acpi_aplic aplic = {
		.version = data[2],
		.id = data[3],
		.flags = load_le32(data + 4),
		.idc_count = load_le16(data + 16),
		.source_count = load_le16(data + 18),
		.gsi_base = load_le32(data + 20),
		.address = load_le64(data + 24),
		.size = load_le32(data + 32),
	};
	memcpy(aplic.hardware_id, data + 8, 8);
	return aplic;
}

static struct acpi_plic decode_plic(const uint8_t *data)
{
	struct acpi_plic plic = {
		.version = data[2],
		.id = data[3],
		.source_count = load_le16(data + 12),
		.max_priority = load_le16(data + 14),
		.flags = load_le32(data + 16),
		.size = load_le32(data + 20),
		.address = load_le64(data + 24),
		.gsi_base = load_le32(data + 32),
	};
	memcpy(plic.hardware_id, data + 4, 8);
	return plic;
}

static void decode_local_nmi(const uint8_t *data, struct acpi_local_nmi *ret)
{
	if (data[0] == ACPI_MADT_LOCAL_APIC_NMI) {
		ret->processor_uid = data[2];
		ret->all_processors = data[2] == UINT8_MAX;
		ret->flags = load_le16(data + 3);
		ret->lint = data[5];
	} else {
		ret->flags = load_le16(data + 2);
		ret->processor_uid = load_le32(data + 4);
		ret->all_processors = ret->processor_uid == UINT32_MAX;
		ret->lint = data[8];
	}
}

/* Decodes a structure that is long enough for its type. */
static void decode(const uint8_t *data, struct acpi_madt_entry *ret)
{
	switch (data[0]) {
	case ACPI_MADT_LOCAL_APIC: ret->local_apic = decode_local_apic(data[2], data[3], load_le32(data + 4)); break;
	case ACPI_MADT_LOCAL_X2APIC:
		ret->local_apic = decode_local_apic(load_le32(data + 12), load_le32(data + 4), load_le32(data + 8));
		break;
	case ACPI_MADT_IO_APIC:
		ret->io_apic = (struct acpi_io_apic){
			.id = data[2],
			.address = load_le32(data + 4),
			.gsi_base = load_le32(data + 8),
		};
		break;
	case ACPI_MADT_SOURCE_OVERRIDE:
		ret->source_override = (struct acpi_source_override){
			.bus = data[2],
			.source = data[3],
			.gsi = load_le32(data + 4),
			.flags = load_le16(data + 8),
		};
		break;
	case ACPI_MADT_NMI_SOURCE:
		ret->nmi_source.flags = load_le16(data + 2);
		ret->nmi_source.gsi = load_le32(data + 4);
		break;
	case ACPI_MADT_LOCAL_APIC_NMI:
	case ACPI_MADT_LOCAL_X2APIC_NMI: decode_local_nmi(data, &ret->local_nmi); break;
	case ACPI_MADT_LOCAL_APIC_ADDRESS: ret->local_apic_address = load_le64(data + 4); break;
	case ACPI_MADT_GICC: ret->gicc = decode_gicc(data, ret->raw_length); break;
	case ACPI_MADT_GICD:
		ret->gicd = (struct acpi_gicd){
			.id = load_le32(data + 4),
			.address = load_le64(data + 8),
			.gsi_base = load_le32(data + 16),
			.version = data[20],
		};
		break;
	case ACPI_MADT_GIC_MSI_FRAME:
		ret->gic_msi_frame = (struct acpi_gic_msi_frame){
			.id = load_le32(data + 4),
			.address = load_le64(data + 8),
			.has_spi_range = (load_le32(data + 16) & 1) != 0,
			.spi_count = load_le16(data + 20),
			.spi_base = load_le16(data + 22),
		};
		break;
	case ACPI_MADT_GICR:
		ret->gicr.address = load_le64(data + 4);
		ret->gicr.length = load_le32(data + 12);
		break;
	case ACPI_MADT_GIC_ITS:
		ret->gic_its.id = load_le32(data + 4);
		ret->gic_its.address = load_le64(data + 8);
		break;
	case ACPI_MADT_RINTC: ret->rintc = decode_rintc(data, ret->raw_length); break;
	case ACPI_MADT_IMSIC:
		ret->imsic = (struct acpi_imsic){
			.version = data[2],
			.flags = load_le32(data + 4),
			.supervisor_ids = load_le16(data + 8),
			.guest_ids = load_le16(data + 10),
			.guest_index_bits = data[12],
			.hart_index_bits = data[13],
			.group_index_bits = data[14],
			.group_index_shift = data[15],
		};
		break;
	case ACPI_MADT_APLIC: ret->aplic = decode_aplic(data); break;
	case ACPI_MADT_PLIC: ret->plic = decode_plic(data); break;
	default: break;
	}
}

enum acpi_error acpi_madt_next(struct acpi_iterator *iterator, struct acpi_madt_entry *ret)
{
	uint32_t left = iterator->length - iterator->offset;
	if (left == 0)
		return ACPI_END;
	if (left < STRUCTURE_HEADER_SIZE)
		return ACPI_ERROR_STRUCTURE_LENGTH;
	const uint8_t *data = iterator->data + iterator->offset;
	uint8_t length = data[1];
	if (length < STRUCTURE_HEADER_SIZE || length > left || length < minimum_length(data[0]))
		return ACPI_ERROR_STRUCTURE_LENGTH;

	memset(ret, 0, sizeof *ret);
	ret->type = data[0];
	ret->raw = data;
	ret->raw_length = length;
	decode(data, ret);
	iterator->offset += length;
	return ACPI_OK;
}

struct acpi_iterator acpi_madt_begin(const struct acpi_madt *madt)
{
	return (struct acpi_iterator){.data = madt->table.data, .length = madt->table.length, .offset = MADT_SIZE};
}

enum acpi_error acpi_madt_open(const struct acpi_table *table, struct acpi_madt *ret)
{
	if (strcmp(table->signature, "APIC") != 0)
		return ACPI_ERROR_TABLE_SIGNATURE;
	if (table->length < MADT_SIZE)
		return ACPI_ERROR_TABLE_SHORT;

	*ret = (struct acpi_madt){
		.table = *table,
		.local_apic_address = load_le32(table->data + 36),
		.has_pic = (load_le32(table->data + 40) & 1) != 0,
	};
	struct acpi_iterator iterator = acpi_madt_begin(ret);
	struct acpi_madt_entry entry;
	enum acpi_error error;
	while ((error = acpi_madt_next(&iterator, &entry)) == ACPI_OK)
		if (entry.type == ACPI_MADT_LOCAL_APIC_ADDRESS)
			ret->local_apic_address = entry.local_apic_address;
	return error == ACPI_END ? ACPI_OK : error;
}
