/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The input is the machine's memory from address 4096 on, with the RSDP at its start. Checksums are made right: a
 * fuzzer does not find them, and the code behind them is what is of interest. That works on a copy of the range asked
 * for, in a block of exactly its size.
 */
#include <stdlib.h>

#include "lib/acpi.h"
#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

enum { START = 4096, MAX_BLOCKS = 4096 };

static const uint8_t *memory;
static size_t memory_size;
static void *blocks[MAX_BLOCKS];
static size_t block_count;

static void seal(uint8_t *data, size_t size, size_t at)
{
	data[at] = 0;
	uint8_t sum = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + data[i]);
	data[at] = (uint8_t)-sum;
}

static const void *map_memory(void *ctx, uint64_t physical, size_t length)
{
	(void)ctx;
	if (physical < START || !range_fits(memory_size, physical - START, length) || block_count == MAX_BLOCKS)
		return NULL;
	uint8_t *block = malloc(length);
	if (block == NULL)
		abort();
	memcpy(block, memory + (physical - START), length);
	blocks[block_count++] = block;
	if (physical == START && length >= 20) {
		memcpy(block, "RSD PTR ", 8);
		seal(block, 20, 8);
		if (length >= 36)
			seal(block, length, 32);
	} else if (length >= 36 && load_le32(block + 4) == length) {
		seal(block, length, 9);
	}
	return block;
}

static void take_range(void *ctx, const struct acpi_msi_range *range)
{
	(void)ctx;
	if (range->first > range->last || range->last > 0xffff)
		abort();
}

static void decode(const struct acpi_table *table)
{
	union {
		struct acpi_fadt fadt;
		struct acpi_spcr spcr;
		struct acpi_debug_port port;
		struct acpi_gtdt gtdt;
		struct acpi_rhct rhct;
		struct acpi_hpet hpet;
		struct acpi_mcfg_segment segment;
		struct acpi_sleep_type sleep;
	} any;
	struct acpi_madt madt;
	struct acpi_madt_entry entry;
	const char *isa;

	if (acpi_madt_open(table, &madt) == ACPI_OK) {
		struct acpi_iterator iterator = acpi_madt_begin(&madt);
		while (acpi_madt_next(&iterator, &entry) == ACPI_OK)
			continue;
		/* acpi_madt_open has promised that the walk meets no error. */
		if (acpi_madt_next(&iterator, &entry) != ACPI_END)
			abort();
	}
	acpi_fadt_decode(table, &any.fadt);
	acpi_spcr_decode(table, &any.spcr);
	acpi_gtdt_decode(table, &any.gtdt);
	acpi_hpet_decode(table, &any.hpet);
	acpi_rhct_decode(table, &any.rhct);
	for (uint32_t i = 0; i < 4; i++) {
		acpi_mcfg_segment_at(table, i, &any.segment);
		acpi_dbg2_port_at(table, i, &any.port);
		if (acpi_rhct_isa(table, i, &isa) == ACPI_OK && strlen(isa) > table->length)
			abort();
	}
	acpi_s5_decode(table, &any.sleep);
	acpi_iort_msi_ranges(table, take_range, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct acpi_access access = {.map = map_memory};
	struct acpi_tables tables;
	struct acpi_table table;
	struct acpi_sleep_type sleep;

	memory = data;
	memory_size = size;
	enum acpi_error error = acpi_open(&access, START, &tables);
	if (acpi_strerror(error) == NULL)
		abort();
	if (error == ACPI_OK) {
		for (uint32_t i = 0; i < tables.count && i < 32; i++)
			if (acpi_table_at(&tables, i, &table) == ACPI_OK)
				decode(&table);
		if (acpi_table_find(&tables, "DSDT", 0, &table) == ACPI_OK)
			decode(&table);
		if (tables.count <= 32)
			acpi_s5_find(&tables, &sleep);
	}
	while (block_count != 0)
		free(blocks[--block_count]);
	return 0;
}
