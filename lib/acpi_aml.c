/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See acpi.h. The one thing taken from AML without interpreting it: Name(\_S5_, Package { ... }), whose elements are
 * the values that turn the machine off. (ACPI 6.5 §7.4.2, AML grammar §20.2.)
 *
 * Compilers emit the object as NameOp, the name, PackageOp and constants, so it is found by looking for those bytes.
 * Bytes that look so by chance but do not parse as such a package are passed over.
 */
#include "lib/acpi.h"

#include "lib/bytes.h"
#include "lib/string.h"

enum {
	HEADER_SIZE = 36,
	AML_ZERO = 0x00,
	AML_ONE = 0x01,
	AML_NAME = 0x08,
	AML_BYTE = 0x0a,
	AML_WORD = 0x0b,
	AML_DWORD = 0x0c,
	AML_QWORD = 0x0e,
	AML_PACKAGE = 0x12,
	AML_ROOT = '\\',
	MAX_SLEEP_TYPE = 7, /* the field has three bits */
};

struct aml {
	const uint8_t *at;
	const uint8_t *end;
};

static bool take_byte(struct aml *aml, uint8_t *ret)
{
	if (aml->at == aml->end)
		return false;
	*ret = *aml->at++;
	return true;
}

/* PkgLength (§20.2.4) counts itself. Sets the end of *aml to the end of the package; false if that is outside. */
static bool enter_package(struct aml *aml)
{
	const uint8_t *start = aml->at;
	uint8_t lead;
	if (!take_byte(aml, &lead))
		return false;
	uint32_t more = lead >> 6;
	uint32_t length = more == 0 ? lead & 0x3f : lead & 0x0f;
	for (uint32_t i = 0; i < more; i++) {
		uint8_t byte;
		if (!take_byte(aml, &byte))
			return false;
		length |= (uint32_t)byte << (4 + 8 * i);
	}
	if (length < 1 + more || length > (size_t)(aml->end - start))
		return false;
	aml->end = start + length;
	return true;
}

static bool take_constant(struct aml *aml, uint64_t *ret)
{
	uint8_t opcode;
	if (!take_byte(aml, &opcode))
		return false;
	size_t size;
	switch (opcode) {
	case AML_ZERO:
	case AML_ONE: *ret = opcode; return true;
	case AML_BYTE: size = 1; break;
	case AML_WORD: size = 2; break;
	case AML_DWORD: size = 4; break;
	case AML_QWORD: size = 8; break;
	default: return false;
	}
	if ((size_t)(aml->end - aml->at) < size)
		return false;
	*ret = 0;
	for (size_t i = 0; i < size; i++)
		*ret |= (uint64_t)aml->at[i] << (8 * i);
	aml->at += size;
	return true;
}

/* Parses what follows the name. */
static bool parse_package(struct aml aml, struct acpi_sleep_type *ret)
{
	uint8_t opcode, count;
	uint64_t a, b;
	if (!take_byte(&aml, &opcode) || opcode != AML_PACKAGE || !enter_package(&aml) || !take_byte(&aml, &count))
		return false;
	if (count == 0 || !take_constant(&aml, &a))
		return false;
	if (count == 1) {
		/* Some firmware packs both values into one number. */
		b = a >> 8 & 0xff;
		a &= 0xff;
	} else if (!take_constant(&aml, &b)) {
		return false;
	}
	if (a > MAX_SLEEP_TYPE || b > MAX_SLEEP_TYPE)
		return false;
	ret->pm1a = (uint8_t)a;
	ret->pm1b = (uint8_t)b;
	return true;
}

enum acpi_error acpi_s5_decode(const struct acpi_table *table, struct acpi_sleep_type *ret)
{
	if (strcmp(table->signature, "DSDT") != 0 && strcmp(table->signature, "SSDT") != 0)
		return ACPI_ERROR_TABLE_SIGNATURE;

	const uint8_t *start = table->data + HEADER_SIZE;
	const uint8_t *end = table->data + table->length;
	enum acpi_error error = ACPI_ERROR_NOT_FOUND;
	for (const uint8_t *at = start; end - at >= 6; at++) {
		if (*at != AML_NAME)
			continue;
		const uint8_t *name = at[1] == AML_ROOT ? at + 2 : at + 1;
		if (end - name < 5 || memcmp(name, "_S5_", 4) != 0)
			continue;
		if (parse_package((struct aml){name + 4, end}, ret))
			return ACPI_OK;
		error = ACPI_ERROR_AML;
	}
	return error;
}

enum acpi_error acpi_s5_find(const struct acpi_tables *tables, struct acpi_sleep_type *ret)
{
	struct acpi_table table;
	enum acpi_error first = acpi_table_find(tables, "DSDT", 0, &table);
	if (first == ACPI_OK)
		first = acpi_s5_decode(&table, ret);
	if (first == ACPI_OK)
		return ACPI_OK;

	for (uint32_t i = 0; i < tables->count; i++) {
		enum acpi_error error = acpi_table_find(tables, "SSDT", i, &table);
		if (error == ACPI_ERROR_NOT_FOUND)
			break;
		if (error == ACPI_OK && acpi_s5_decode(&table, ret) == ACPI_OK)
			return ACPI_OK;
	}
	return first;
}
