/* SPDX-License-Identifier: BSD-2-Clause */
/* See acpi.h. This file finds tables: RSDP, XSDT or RSDT, and what they list. (ACPI 6.5 §5.2.5 to §5.2.8.) */
#include "lib/acpi.h"

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

enum {
	RSDP_SIZE_1 = 20, /* of ACPI 1.0 */
	RSDP_SIZE_2 = 36,
	RSDP_MAX_SIZE = 4096,
	HEADER_SIZE = 36,
};

const char *acpi_strerror(enum acpi_error error)
{
	switch (error) {
	case ACPI_OK: return "no error";
	case ACPI_END: return "no further structure";
	case ACPI_ERROR_NO_ACCESS: return "the table's memory cannot be reached";
	case ACPI_ERROR_RSDP_SIGNATURE: return "the RSDP has no signature";
	case ACPI_ERROR_RSDP_CHECKSUM: return "the RSDP has a wrong checksum";
	case ACPI_ERROR_RSDP_EXTENDED_CHECKSUM: return "the RSDP has a wrong extended checksum";
	case ACPI_ERROR_RSDP_LENGTH: return "the RSDP has an impossible length";
	case ACPI_ERROR_ROOT_ADDRESS: return "the RSDP names neither an XSDT nor an RSDT";
	case ACPI_ERROR_ROOT_SIGNATURE: return "what the RSDP names is neither an XSDT nor an RSDT";
	case ACPI_ERROR_TABLE_COUNT: return "the XSDT or RSDT lists too many tables";
	case ACPI_ERROR_TABLE_ADDRESS: return "the table's address is 0";
	case ACPI_ERROR_TABLE_LENGTH: return "the table has an impossible length";
	case ACPI_ERROR_TABLE_CHECKSUM: return "the table has a wrong checksum";
	case ACPI_ERROR_TABLE_SIGNATURE: return "the table has another signature";
	case ACPI_ERROR_TABLE_SHORT: return "the table is too short for its fields";
	case ACPI_ERROR_STRUCTURE_LENGTH: return "a structure in the table has an impossible length or contents";
	case ACPI_ERROR_NOT_FOUND: return "there is no such table";
	case ACPI_ERROR_AML: return "the \\_S5_ object cannot be understood";
	}
	return "unknown error";
}

static uint8_t sum_of(const uint8_t *bytes, size_t length)
{
	uint8_t sum = 0;
	for (size_t i = 0; i < length; i++)
		sum = (uint8_t)(sum + bytes[i]);
	return sum;
}

static const uint8_t *map(const struct acpi_access *access, uint64_t physical, size_t length)
{
	if (!range_is_valid(physical, length))
		return NULL;
	return access->map(access->ctx, physical, length);
}

/* Copies an identifier of fixed size and ends it. */
static void copy_text(char *to, const uint8_t *from, size_t length)
{
	memcpy(to, from, length);
	to[length] = '\0';
}

enum acpi_error acpi_table_open(const struct acpi_access *access, uint64_t address, struct acpi_table *ret)
{
	if (address == 0)
		return ACPI_ERROR_TABLE_ADDRESS;
	const uint8_t *header = map(access, address, HEADER_SIZE);
	if (header == NULL)
		return ACPI_ERROR_NO_ACCESS;
	uint32_t length = load_le32(header + 4);
	if (length < HEADER_SIZE || length > ACPI_MAX_TABLE_SIZE)
		return ACPI_ERROR_TABLE_LENGTH;
	const uint8_t *data = map(access, address, length);
	if (data == NULL)
		return ACPI_ERROR_NO_ACCESS;
	if (sum_of(data, length) != 0)
		return ACPI_ERROR_TABLE_CHECKSUM;

	*ret = (struct acpi_table){.address = address, .data = data, .length = length, .revision = data[8]};
	copy_text(ret->signature, data, 4);
	copy_text(ret->oem_id, data + 10, 6);
	copy_text(ret->oem_table_id, data + 16, 8);
	return ACPI_OK;
}

/* Opens the XSDT or RSDT at `address` as the root. */
static enum acpi_error open_root(struct acpi_tables *tables, uint64_t address, bool is_xsdt)
{
	if (address == 0)
		return ACPI_ERROR_ROOT_ADDRESS;
	enum acpi_error error = acpi_table_open(&tables->access, address, &tables->root);
	if (error != ACPI_OK)
		return error;
	if (strcmp(tables->root.signature, is_xsdt ? "XSDT" : "RSDT") != 0)
		return ACPI_ERROR_ROOT_SIGNATURE;
	tables->is_xsdt = is_xsdt;
	/* A rest that is no complete entry does not count. */
	tables->count = (tables->root.length - HEADER_SIZE) / (is_xsdt ? 8 : 4);
	return tables->count > ACPI_MAX_TABLES ? ACPI_ERROR_TABLE_COUNT : ACPI_OK;
}

enum acpi_error acpi_open(const struct acpi_access *access, uint64_t rsdp_address, struct acpi_tables *ret)
{
	*ret = (struct acpi_tables){.access = *access};
	const uint8_t *rsdp = map(access, rsdp_address, RSDP_SIZE_1);
	if (rsdp == NULL)
		return ACPI_ERROR_NO_ACCESS;
	if (memcmp(rsdp, "RSD PTR ", 8) != 0)
		return ACPI_ERROR_RSDP_SIGNATURE;
	if (sum_of(rsdp, RSDP_SIZE_1) != 0)
		return ACPI_ERROR_RSDP_CHECKSUM;
	ret->revision = rsdp[15];
	copy_text(ret->oem_id, rsdp + 9, 6);
	uint64_t rsdt = load_le32(rsdp + 16);
	if (ret->revision < 2)
		return open_root(ret, rsdt, false);

	rsdp = map(access, rsdp_address, RSDP_SIZE_2);
	if (rsdp == NULL)
		return ACPI_ERROR_NO_ACCESS;
	uint32_t length = load_le32(rsdp + 20);
	if (length < RSDP_SIZE_2 || length > RSDP_MAX_SIZE)
		return ACPI_ERROR_RSDP_LENGTH;
	rsdp = map(access, rsdp_address, length);
	if (rsdp == NULL)
		return ACPI_ERROR_NO_ACCESS;
	if (sum_of(rsdp, length) != 0)
		return ACPI_ERROR_RSDP_EXTENDED_CHECKSUM;

	uint64_t xsdt = load_le64(rsdp + 24);
	if (xsdt == 0)
		return open_root(ret, rsdt, false);
	enum acpi_error error = open_root(ret, xsdt, true);
	if (error == ACPI_OK || rsdt == 0)
		return error;
	/* The XSDT is damaged. If the RSDT is no better, the XSDT's error is the one to tell. */
	return open_root(ret, rsdt, false) == ACPI_OK ? ACPI_OK : error;
}

static uint64_t address_at(const struct acpi_tables *tables, uint32_t index)
{
	const uint8_t *entries = tables->root.data + HEADER_SIZE;
	return tables->is_xsdt ? load_le64(entries + (size_t)index * 8) : load_le32(entries + (size_t)index * 4);
}

enum acpi_error acpi_table_at(const struct acpi_tables *tables, uint32_t index, struct acpi_table *ret)
{
	if (index >= tables->count)
		return ACPI_END;
	return acpi_table_open(&tables->access, address_at(tables, index), ret);
}

/* As acpi_table_find, among the tables that the root lists. */
static enum acpi_error find_listed(const struct acpi_tables *tables, const char *signature, uint32_t instance,
				   struct acpi_table *ret)
{
	for (uint32_t i = 0; i < tables->count; i++) {
		uint64_t address = address_at(tables, i);
		const uint8_t *header = address == 0 ? NULL : map(&tables->access, address, HEADER_SIZE);
		if (header == NULL || memcmp(header, signature, 4) != 0)
			continue;
		if (instance-- == 0)
			return acpi_table_open(&tables->access, address, ret);
	}
	return ACPI_ERROR_NOT_FOUND;
}

enum acpi_error acpi_table_find(const struct acpi_tables *tables, const char *signature, uint32_t instance,
				struct acpi_table *ret)
{
	if (strcmp(signature, "DSDT") != 0)
		return find_listed(tables, signature, instance, ret);

	struct acpi_table table;
	struct acpi_fadt fadt;
	if (instance != 0)
		return ACPI_ERROR_NOT_FOUND;
	enum acpi_error error = find_listed(tables, "FACP", 0, &table);
	if (error == ACPI_OK)
		error = acpi_fadt_decode(&table, &fadt);
	if (error == ACPI_OK)
		error = acpi_table_open(&tables->access, fadt.dsdt, ret);
	if (error == ACPI_OK && strcmp(ret->signature, "DSDT") != 0)
		error = ACPI_ERROR_TABLE_SIGNATURE;
	return error;
}
