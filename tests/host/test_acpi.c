/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/acpi.h"
#include "lib/bytes.h"

#include "tap.h"

/*
 * A machine's memory: pieces at physical addresses, each in a block of exactly its size. What is not in a piece
 * cannot be mapped.
 */
struct piece {
	uint64_t address;
	size_t size;
	uint8_t *data;
};

static struct piece pieces[32];
static unsigned piece_count;

static const void *map_piece(void *ctx, uint64_t physical, size_t length)
{
	CHECK(ctx == pieces);
	for (unsigned i = 0; i < piece_count; i++) {
		uint64_t offset = physical - pieces[i].address;
		if (physical >= pieces[i].address && offset <= pieces[i].size && length <= pieces[i].size - offset)
			return pieces[i].data + offset;
	}
	return NULL;
}

static const struct acpi_access access_to_pieces = {.map = map_piece, .ctx = pieces};

static void begin(void)
{
	while (piece_count != 0)
		free(pieces[--piece_count].data);
}

static uint8_t *add_piece(uint64_t address, size_t size)
{
	struct piece *piece = &pieces[piece_count++];
	*piece = (struct piece){.address = address, .size = size, .data = calloc(1, size)};
	return piece->data;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

/* Makes the sum of `size` bytes 0 by the byte at `at`. */
static void seal(uint8_t *data, size_t size, size_t at)
{
	data[at] = 0;
	uint8_t sum = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + data[i]);
	data[at] = (uint8_t)-sum;
}

/* A table of `size` bytes with a header; seal_table() when its fields are filled in. */
static uint8_t *add_table(uint64_t address, const char *signature, uint8_t revision, size_t size)
{
	uint8_t *data = add_piece(address, size);
	memcpy(data, signature, 4);
	store_le32(data + 4, (uint32_t)size);
	data[8] = revision;
	memcpy(data + 10, "OEMID ", 6);
	memcpy(data + 16, "OEMTABLE", 8);
	return data;
}

static void seal_table(uint8_t *data)
{
	seal(data, load_le32(data + 4), 9);
}

static uint8_t *add_rsdp(uint8_t revision, uint64_t rsdt, uint64_t xsdt)
{
	uint8_t *data = add_piece(0x1000, revision == 0 ? 20 : 36);
	memcpy(data, "RSD PTR ", 8);
	memcpy(data + 9, "OEMID ", 6);
	data[15] = revision;
	store_le32(data + 16, (uint32_t)rsdt);
	seal(data, 20, 8);
	if (revision != 0) {
		store_le32(data + 20, 36);
		store_le64(data + 24, xsdt);
		seal(data, 36, 32);
	}
	return data;
}

static struct acpi_tables tables;

static enum acpi_error open_tables(void)
{
	return acpi_open(&access_to_pieces, 0x1000, &tables);
}

/* RSDP → XSDT at 0x2000 → these tables. */
static uint8_t *add_xsdt(unsigned count, const uint64_t *addresses)
{
	uint8_t *xsdt = add_table(0x2000, "XSDT", 1, 36 + 8 * (size_t)count);
	for (unsigned i = 0; i < count; i++)
		store_le64(xsdt + 36 + 8 * i, addresses[i]);
	seal_table(xsdt);
	return xsdt;
}

static void simple_machine(void)
{
	begin();
	add_rsdp(2, 0, 0x2000);
	add_xsdt(3, (uint64_t[]){0x3000, 0x4000, 0x5000});
	seal_table(add_table(0x3000, "SSDT", 2, 40));
	seal_table(add_table(0x4000, "APIC", 3, 44));
	seal_table(add_table(0x5000, "SSDT", 2, 50));
}

static void tables_are_found(void)
{
	struct acpi_table table;
	simple_machine();
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK(tables.is_xsdt && tables.count == 3 && tables.revision == 2);
	CHECK_TEXT(tables.oem_id, "OEMID ");
	CHECK_EQUAL(acpi_table_at(&tables, 1, &table), ACPI_OK);
	CHECK_TEXT(table.signature, "APIC");
	CHECK_TEXT(table.oem_table_id, "OEMTABLE");
	CHECK(table.address == 0x4000 && table.length == 44 && table.revision == 3);
	CHECK_EQUAL(acpi_table_at(&tables, 3, &table), ACPI_END);
	CHECK_EQUAL(acpi_table_find(&tables, "SSDT", 1, &table), ACPI_OK);
	CHECK_EQUAL(table.address, 0x5000);
	CHECK_EQUAL(acpi_table_find(&tables, "SSDT", 2, &table), ACPI_ERROR_NOT_FOUND);
	CHECK_EQUAL(acpi_table_find(&tables, "MCFG", 0, &table), ACPI_ERROR_NOT_FOUND);
}

static void rsdt_of_acpi_1(void)
{
	struct acpi_table table;
	begin();
	add_rsdp(0, 0x2000, 0);
	uint8_t *rsdt = add_table(0x2000, "RSDT", 1, 36 + 4 + 3); /* with a rest */
	store_le32(rsdt + 36, 0x3000);
	seal_table(rsdt);
	seal_table(add_table(0x3000, "FACP", 1, 116));
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK(!tables.is_xsdt && tables.count == 1);
	CHECK_EQUAL(acpi_table_find(&tables, "FACP", 0, &table), ACPI_OK);
}

static void bad_rsdp(void)
{
	begin();
	CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	CHECK_EQUAL(acpi_open(&access_to_pieces, UINT64_MAX - 5, &tables), ACPI_ERROR_NO_ACCESS);
	simple_machine();
	pieces[0].data[0] ^= 1;
	CHECK_EQUAL(open_tables(), ACPI_ERROR_RSDP_SIGNATURE);
	simple_machine();
	pieces[0].data[8]++;
	CHECK_EQUAL(open_tables(), ACPI_ERROR_RSDP_CHECKSUM);
	simple_machine();
	pieces[0].data[32]++;
	CHECK_EQUAL(open_tables(), ACPI_ERROR_RSDP_EXTENDED_CHECKSUM);
	static const uint32_t lengths[] = {0, 20, 35, 4097, UINT32_MAX};
	for (size_t i = 0; i < 5; i++) {
		simple_machine();
		store_le32(pieces[0].data + 20, lengths[i]);
		CHECK_EQUAL(open_tables(), ACPI_ERROR_RSDP_LENGTH);
	}
	simple_machine();
	store_le32(pieces[0].data + 20, 37); /* longer than the memory */
	CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	begin();
	add_rsdp(2, 0, 0);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_ROOT_ADDRESS);
	begin();
	add_rsdp(2, 0, 0x2000);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	begin();
	add_rsdp(2, 0, UINT64_MAX - 3);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	/* Every truncation. */
	for (size_t size = 0; size < 36; size++) {
		simple_machine();
		pieces[0].data = realloc(pieces[0].data, size + 1);
		pieces[0].size = size;
		CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	}
}

static void bad_root(void)
{
	simple_machine();
	memcpy(pieces[1].data, "RSDT", 4);
	seal_table(pieces[1].data);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_ROOT_SIGNATURE);
	simple_machine();
	pieces[1].data[9]++;
	CHECK_EQUAL(open_tables(), ACPI_ERROR_TABLE_CHECKSUM);
	static const uint32_t lengths[] = {0, 35, ACPI_MAX_TABLE_SIZE + 1, UINT32_MAX};
	for (size_t i = 0; i < 4; i++) {
		simple_machine();
		store_le32(pieces[1].data + 4, lengths[i]);
		CHECK_EQUAL(open_tables(), ACPI_ERROR_TABLE_LENGTH);
	}
	simple_machine();
	store_le32(pieces[1].data + 4, 36 + 24 + 1);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_NO_ACCESS);
	begin();
	add_rsdp(2, 0, 0x2000);
	uint64_t *many = calloc(ACPI_MAX_TABLES + 1, 8);
	add_xsdt(ACPI_MAX_TABLES + 1, many);
	free(many);
	CHECK_EQUAL(open_tables(), ACPI_ERROR_TABLE_COUNT);
}

static void a_damaged_xsdt_falls_back_to_the_rsdt(void)
{
	simple_machine();
	uint8_t *rsdp = pieces[0].data;
	store_le32(rsdp + 16, 0x6000);
	seal(rsdp, 20, 8);
	seal(rsdp, 36, 32);
	pieces[1].data[9]++;
	CHECK_EQUAL(open_tables(), ACPI_ERROR_TABLE_CHECKSUM); /* there is no RSDT either */
	uint8_t *rsdt = add_table(0x6000, "RSDT", 1, 40);
	store_le32(rsdt + 36, 0x4000);
	seal_table(rsdt);
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK(!tables.is_xsdt && tables.count == 1);
}

static void one_bad_table_does_not_hide_others(void)
{
	struct acpi_table table;
	simple_machine();
	store_le64(pieces[1].data + 36, 0); /* the first SSDT's address */
	seal_table(pieces[1].data);
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK_EQUAL(acpi_table_at(&tables, 0, &table), ACPI_ERROR_TABLE_ADDRESS);
	CHECK_EQUAL(acpi_table_find(&tables, "SSDT", 0, &table), ACPI_OK);
	CHECK_EQUAL(table.address, 0x5000);
	simple_machine();
	pieces[3].data[9]++;
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK_EQUAL(acpi_table_find(&tables, "APIC", 0, &table), ACPI_ERROR_TABLE_CHECKSUM);
	CHECK_EQUAL(acpi_table_find(&tables, "SSDT", 1, &table), ACPI_OK);
	simple_machine();
	store_le32(pieces[3].data + 4, 20);
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK_EQUAL(acpi_table_find(&tables, "APIC", 0, &table), ACPI_ERROR_TABLE_LENGTH);
	simple_machine();
	store_le32(pieces[3].data + 4, 45);
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK_EQUAL(acpi_table_find(&tables, "APIC", 0, &table), ACPI_ERROR_NO_ACCESS);
}

/* ---- Single tables ----------------------------------------------------------------------------------------------- */

/* A table by itself, opened; the last piece is the table. */
static uint8_t *alone(const char *signature, uint8_t revision, size_t size)
{
	begin();
	return add_table(0x8000, signature, revision, size);
}

static struct acpi_table opened(void)
{
	struct acpi_table table = {0};
	seal_table(pieces[piece_count - 1].data);
	CHECK_EQUAL(acpi_table_open(&access_to_pieces, 0x8000, &table), ACPI_OK);
	return table;
}

static uint8_t madt_bytes[1024];
static size_t madt_size;

/* Appends a structure; the bytes behind type and length come from `fields`. */
static uint8_t *add_structure(uint8_t type, uint8_t length)
{
	uint8_t *at = madt_bytes + madt_size;
	memset(at, 0, length);
	at[0] = type;
	at[1] = length;
	madt_size += length;
	return at;
}

static struct acpi_table make_madt(void)
{
	uint8_t *data = alone("APIC", 5, 44 + madt_size);
	store_le32(data + 36, 0xfee00000);
	store_le32(data + 40, 1);
	memcpy(data + 44, madt_bytes, madt_size);
	return opened();
}

static struct acpi_madt madt;
static struct acpi_madt_entry found;

/* The first entry of this type. */
static bool find_entry(uint8_t type)
{
	struct acpi_iterator iterator = acpi_madt_begin(&madt);
	while (acpi_madt_next(&iterator, &found) == ACPI_OK)
		if (found.type == type)
			return true;
	return false;
}

static void madt_of_a_pc(void)
{
	madt_size = 0;
	uint8_t *s = add_structure(ACPI_MADT_LOCAL_APIC, 8);
	s[2] = 1, s[3] = 2, s[4] = 1;
	s = add_structure(ACPI_MADT_IO_APIC, 12);
	s[2] = 9;
	store_le32(s + 4, 0xfec00000);
	store_le32(s + 8, 24);
	s = add_structure(ACPI_MADT_SOURCE_OVERRIDE, 10);
	s[3] = 9;
	store_le32(s + 4, 20);
	put16(s + 8, 0xd);
	s = add_structure(ACPI_MADT_NMI_SOURCE, 8);
	put16(s + 2, 5);
	store_le32(s + 4, 77);
	s = add_structure(ACPI_MADT_LOCAL_APIC_NMI, 6);
	s[2] = 0xff, s[3] = 5, s[5] = 1;
	s = add_structure(ACPI_MADT_LOCAL_APIC_ADDRESS, 12);
	store_le64(s + 4, UINT64_C(0x123450000));
	s = add_structure(ACPI_MADT_LOCAL_X2APIC, 16);
	store_le32(s + 4, 0x1ff);
	store_le32(s + 8, 2);
	store_le32(s + 12, 300);
	s = add_structure(ACPI_MADT_LOCAL_X2APIC_NMI, 12);
	put16(s + 2, 3);
	store_le32(s + 4, 300);
	s[8] = 1;
	add_structure(0x7f, 2); /* of no known type */

	struct acpi_table table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
	CHECK_EQUAL(madt.local_apic_address, UINT64_C(0x123450000));
	CHECK(madt.has_pic);
	CHECK(find_entry(ACPI_MADT_LOCAL_APIC) && found.local_apic.processor_uid == 1 &&
	      found.local_apic.apic_id == 2 && found.local_apic.is_enabled && !found.local_apic.is_online_capable);
	CHECK(find_entry(ACPI_MADT_IO_APIC) && found.io_apic.id == 9 && found.io_apic.address == 0xfec00000 &&
	      found.io_apic.gsi_base == 24);
	CHECK(find_entry(ACPI_MADT_SOURCE_OVERRIDE) && found.source_override.bus == 0 &&
	      found.source_override.source == 9 && found.source_override.gsi == 20 &&
	      found.source_override.flags == 0xd);
	CHECK(find_entry(ACPI_MADT_NMI_SOURCE) && found.nmi_source.flags == 5 && found.nmi_source.gsi == 77);
	CHECK(find_entry(ACPI_MADT_LOCAL_APIC_NMI) && found.local_nmi.all_processors && found.local_nmi.flags == 5 &&
	      found.local_nmi.lint == 1);
	CHECK(find_entry(ACPI_MADT_LOCAL_X2APIC) && found.local_apic.apic_id == 0x1ff &&
	      found.local_apic.processor_uid == 300 && !found.local_apic.is_enabled &&
	      found.local_apic.is_online_capable);
	CHECK(find_entry(ACPI_MADT_LOCAL_X2APIC_NMI) && !found.local_nmi.all_processors &&
	      found.local_nmi.processor_uid == 300 && found.local_nmi.lint == 1);
	CHECK(find_entry(0x7f) && found.raw_length == 2);
}

static void madt_of_arm(void)
{
	for (uint8_t length = 76; length <= 82; length = length == 76 ? 80 : (uint8_t)(length + 2)) {
		madt_size = 0;
		uint8_t *s = add_structure(ACPI_MADT_GICC, length);
		store_le32(s + 4, 1);
		store_le32(s + 8, 2);
		store_le32(s + 12, 1 | 4 | 8);
		store_le32(s + 20, 23);
		store_le64(s + 24, 0x1111);
		store_le64(s + 32, 0x2222);
		store_le64(s + 40, 0x3333);
		store_le64(s + 48, 0x4444);
		store_le32(s + 56, 25);
		store_le64(s + 60, 0x5555);
		store_le64(s + 68, UINT64_C(0x8100000003));
		if (length >= 80)
			s[76] = 7, put16(s + 78, 21);
		if (length >= 82)
			put16(s + 80, 22);
		struct acpi_table table = make_madt();
		CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
		CHECK(find_entry(ACPI_MADT_GICC));
		struct acpi_gicc *c = &found.gicc;
		CHECK(c->cpu_interface_number == 1 && c->processor_uid == 2 && c->is_enabled && c->is_online_capable &&
		      c->maintenance_edge && !c->performance_edge && c->performance_gsi == 23);
		CHECK(c->parked_address == 0x1111 && c->base_address == 0x2222 && c->gicv_address == 0x3333 &&
		      c->gich_address == 0x4444 && c->maintenance_gsi == 25 && c->gicr_base == 0x5555 &&
		      c->mpidr == UINT64_C(0x8100000003));
		CHECK_EQUAL(c->efficiency_class, length >= 80 ? 7 : 0);
		CHECK_EQUAL(c->spe_gsi, length >= 80 ? 21 : 0);
		CHECK_EQUAL(c->trbe_gsi, length >= 82 ? 22 : 0);
	}
	madt_size = 0;
	uint8_t *s = add_structure(ACPI_MADT_GICD, 24);
	store_le64(s + 8, 0x8000000);
	s[20] = 3;
	s = add_structure(ACPI_MADT_GIC_MSI_FRAME, 24);
	store_le64(s + 8, 0x8020000);
	store_le32(s + 16, 1);
	put16(s + 20, 64);
	put16(s + 22, 80);
	s = add_structure(ACPI_MADT_GICR, 16);
	store_le64(s + 4, 0x80a0000);
	store_le32(s + 12, 0xf60000);
	s = add_structure(ACPI_MADT_GIC_ITS, 20);
	store_le32(s + 4, 6);
	store_le64(s + 8, 0x8080000);
	struct acpi_table table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
	CHECK(find_entry(ACPI_MADT_GICD) && found.gicd.address == 0x8000000 && found.gicd.version == 3);
	CHECK(find_entry(ACPI_MADT_GIC_MSI_FRAME) && found.gic_msi_frame.address == 0x8020000 &&
	      found.gic_msi_frame.has_spi_range && found.gic_msi_frame.spi_count == 64 &&
	      found.gic_msi_frame.spi_base == 80);
	CHECK(find_entry(ACPI_MADT_GICR) && found.gicr.address == 0x80a0000 && found.gicr.length == 0xf60000);
	CHECK(find_entry(ACPI_MADT_GIC_ITS) && found.gic_its.id == 6 && found.gic_its.address == 0x8080000);
}

static void madt_of_riscv(void)
{
	madt_size = 0;
	uint8_t *s = add_structure(ACPI_MADT_RINTC, 36);
	s[2] = 1;
	store_le32(s + 4, 1);
	store_le64(s + 8, 5);
	store_le32(s + 16, 6);
	store_le32(s + 20, 0x01000003);
	store_le64(s + 24, 0x28000000);
	store_le32(s + 32, 0x1000);
	s = add_structure(ACPI_MADT_IMSIC, 16);
	put16(s + 8, 255);
	put16(s + 10, 63);
	s[12] = 1, s[13] = 2, s[14] = 3, s[15] = 24;
	s = add_structure(ACPI_MADT_APLIC, 36);
	s[3] = 2;
	memcpy(s + 8, "RSCV0002", 8);
	put16(s + 16, 4);
	put16(s + 18, 96);
	store_le32(s + 20, 8);
	store_le64(s + 24, 0xd000000);
	store_le32(s + 32, 0x8000);
	s = add_structure(ACPI_MADT_PLIC, 36);
	s[3] = 3;
	memcpy(s + 4, "RSCV0001", 8);
	put16(s + 12, 95);
	put16(s + 14, 7);
	store_le32(s + 20, 0x600000);
	store_le64(s + 24, 0xc000000);
	store_le32(s + 32, 16);
	struct acpi_table table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
	CHECK(find_entry(ACPI_MADT_RINTC) && found.rintc.is_enabled && found.rintc.hart_id == 5 &&
	      found.rintc.processor_uid == 6 && found.rintc.has_external && found.rintc.external_id == 0x01000003 &&
	      found.rintc.imsic_address == 0x28000000 && found.rintc.imsic_size == 0x1000);
	CHECK(find_entry(ACPI_MADT_IMSIC) && found.imsic.supervisor_ids == 255 && found.imsic.guest_ids == 63 &&
	      found.imsic.guest_index_bits == 1 && found.imsic.hart_index_bits == 2 &&
	      found.imsic.group_index_bits == 3 && found.imsic.group_index_shift == 24);
	CHECK(find_entry(ACPI_MADT_APLIC) && found.aplic.id == 2 && strcmp(found.aplic.hardware_id, "RSCV0002") == 0 &&
	      found.aplic.idc_count == 4 && found.aplic.source_count == 96 && found.aplic.gsi_base == 8 &&
	      found.aplic.address == 0xd000000 && found.aplic.size == 0x8000);
	CHECK(find_entry(ACPI_MADT_PLIC) && found.plic.id == 3 && strcmp(found.plic.hardware_id, "RSCV0001") == 0 &&
	      found.plic.source_count == 95 && found.plic.max_priority == 7 && found.plic.size == 0x600000 &&
	      found.plic.address == 0xc000000 && found.plic.gsi_base == 16);
	madt_size = 0;
	s = add_structure(ACPI_MADT_RINTC, 20);
	store_le64(s + 8, 9);
	table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
	CHECK(find_entry(ACPI_MADT_RINTC) && found.rintc.hart_id == 9 && !found.rintc.has_external);
}

static void madt_with_lying_lengths(void)
{
	static const struct {
		uint8_t type, minimum;
	} types[] = {
		{0, 8},   {1, 12},  {2, 10},  {3, 8},   {4, 6},   {5, 12},  {9, 16},  {10, 12}, {11, 76},
		{12, 24}, {13, 24}, {14, 16}, {15, 20}, {24, 20}, {25, 16}, {26, 36}, {27, 36},
	};
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		for (uint8_t length = 0; length <= types[i].minimum; length++) {
			/* Exactly at the end of the table. */
			madt_size = 0;
			add_structure(0x7f, 5);
			madt_bytes[5] = types[i].type;
			madt_bytes[6] = length;
			madt_size = 5 + (length < 2 ? 2u : length);
			struct acpi_table table = make_madt();
			CHECK_EQUAL(acpi_madt_open(&table, &madt),
				    length < types[i].minimum ? ACPI_ERROR_STRUCTURE_LENGTH : ACPI_OK);
		}
		/* Reaches beyond the table. */
		madt_size = 0;
		add_structure(types[i].type, types[i].minimum);
		madt_bytes[1]++;
		struct acpi_table table = make_madt();
		CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_ERROR_STRUCTURE_LENGTH);
	}
	/* Half a structure header. */
	madt_size = 1;
	struct acpi_table table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_ERROR_STRUCTURE_LENGTH);
	/* None at all. */
	madt_size = 0;
	table = make_madt();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_OK);
	CHECK_EQUAL(madt.local_apic_address, 0xfee00000);
	alone("APIC", 5, 43);
	table = opened();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_ERROR_TABLE_SHORT);
	alone("CIPA", 5, 44);
	table = opened();
	CHECK_EQUAL(acpi_madt_open(&table, &madt), ACPI_ERROR_TABLE_SIGNATURE);
}

static void put_gas(uint8_t *at, uint8_t space, uint8_t width, uint64_t address)
{
	at[0] = space;
	at[1] = width;
	store_le64(at + 4, address);
}

static void fadt(void)
{
	struct acpi_fadt fadt;
	for (size_t size = 116; size <= 276; size += 4) {
		uint8_t *data = alone("FACP", 6, size);
		store_le32(data + 36, 0x111000);
		store_le32(data + 40, 0x222000);
		put16(data + 46, 9);
		store_le32(data + 48, 0xb2);
		data[52] = 2, data[53] = 3;
		store_le32(data + 56, 0x600);
		store_le32(data + 64, 0x604);
		store_le32(data + 76, 0x608);
		data[88] = 4, data[89] = 2, data[91] = 4;
		put16(data + 109, ACPI_IAPC_8042 | ACPI_IAPC_NO_VGA);
		store_le32(data + 112, ACPI_FADT_RESET_SUPPORTED);
		if (size >= 132) {
			put_gas(data + 116, 1, 8, 0xcf9);
			data[128] = 0xf;
			put16(data + 129, ACPI_ARM_PSCI_COMPLIANT | ACPI_ARM_PSCI_USE_HVC);
			data[131] = 5;
		}
		if (size >= 148)
			store_le64(data + 140, UINT64_C(0x333000000));
		if (size >= 184)
			put_gas(data + 172, 0, 16, 0xfeed0000);
		if (size >= 256)
			put_gas(data + 244, 0, 8, 0xfeed1000);
		struct acpi_table table = opened();
		CHECK_EQUAL(acpi_fadt_decode(&table, &fadt), ACPI_OK);
		CHECK_EQUAL(fadt.dsdt, size >= 148 ? UINT64_C(0x333000000) : 0x222000);
		CHECK_EQUAL(fadt.facs, 0x111000);
		CHECK(fadt.sci_interrupt == 9 && fadt.smi_command_port == 0xb2 && fadt.acpi_enable == 2);
		CHECK_EQUAL(fadt.iapc_flags, ACPI_IAPC_8042 | ACPI_IAPC_NO_VGA);
		CHECK_EQUAL(fadt.flags, ACPI_FADT_RESET_SUPPORTED);
		CHECK(fadt.pm1a_event.space == ACPI_SPACE_IO && fadt.pm1a_event.address == 0x600 &&
		      fadt.pm1a_event.bit_width == 32);
		CHECK_EQUAL(fadt.pm1a_control.address, size >= 184 ? 0xfeed0000 : 0x604);
		CHECK_EQUAL(fadt.pm1a_control.space, size >= 184 ? ACPI_SPACE_MEMORY : ACPI_SPACE_IO);
		CHECK_EQUAL(fadt.pm1b_control.address, 0);
		CHECK_EQUAL(fadt.pm_timer.address, 0x608);
		CHECK_EQUAL(fadt.reset_register.address, size >= 132 ? 0xcf9 : 0);
		CHECK_EQUAL(fadt.reset_value, size >= 132 ? 0xf : 0);
		CHECK_EQUAL(fadt.arm_flags, size >= 132 ? 3 : 0);
		CHECK_EQUAL(fadt.sleep_control.address, size >= 256 ? 0xfeed1000 : 0);
	}
	alone("FACP", 6, 115);
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_fadt_decode(&table, &fadt), ACPI_ERROR_TABLE_SHORT);
}

static void mcfg(void)
{
	struct acpi_mcfg_segment segment;
	uint8_t *data = alone("MCFG", 1, 44 + 32 + 7);
	store_le64(data + 44, 0xb0000000);
	data[44 + 11] = 255;
	store_le64(data + 60, UINT64_C(0x4000000000));
	put16(data + 68, 1);
	data[70] = 2, data[71] = 2;
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 0, &segment), ACPI_OK);
	CHECK(segment.address == 0xb0000000 && segment.segment == 0 && segment.bus_first == 0 &&
	      segment.bus_last == 255);
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 1, &segment), ACPI_OK);
	CHECK(segment.address == UINT64_C(0x4000000000) && segment.segment == 1 && segment.bus_first == 2);
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 2, &segment), ACPI_END);
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, UINT32_MAX, &segment), ACPI_END);
	data[70] = 3;
	table = opened();
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 1, &segment), ACPI_ERROR_STRUCTURE_LENGTH);
	store_le64(data + 44, UINT64_MAX - 0xfffff);
	table = opened();
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 0, &segment), ACPI_ERROR_STRUCTURE_LENGTH);
	store_le64(data + 44, 0);
	table = opened();
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 0, &segment), ACPI_ERROR_STRUCTURE_LENGTH);
	alone("MCFG", 1, 43);
	table = opened();
	CHECK_EQUAL(acpi_mcfg_segment_at(&table, 0, &segment), ACPI_ERROR_TABLE_SHORT);
}

/* ---- Power off --------------------------------------------------------------------------------------------------- */

static enum acpi_error sleep_type(const char *aml, size_t size, struct acpi_sleep_type *ret)
{
	memcpy(alone("DSDT", 2, 36 + size) + 36, aml, size);
	struct acpi_table table = opened();
	return acpi_s5_decode(&table, ret);
}

#define SLEEP_TYPE(aml) sleep_type(aml, sizeof aml - 1, &type)

static void sleep_type_from_aml(void)
{
	struct acpi_sleep_type type = {9, 9};
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x06\x04\x00\x00\x00\x00"), ACPI_OK);
	CHECK(type.pm1a == 0 && type.pm1b == 0);
	CHECK_EQUAL(SLEEP_TYPE("junk\x08\\_S5_\x12\x08\x02\x0a\x05\x0a\x06\x00\x00junk"), ACPI_OK);
	CHECK(type.pm1a == 5 && type.pm1b == 6);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x09\x04\x0b\x07\x00\x01\x00\x00\x00"), ACPI_OK);
	CHECK(type.pm1a == 7 && type.pm1b == 1);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x0c\x02\x0c\x03\x00\x00\x00\x0c\x04\x00\x00\x00"), ACPI_OK);
	CHECK(type.pm1a == 3 && type.pm1b == 4);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x05\x01\x0b\x05\x04"), ACPI_OK); /* packed into one number */
	CHECK(type.pm1a == 5 && type.pm1b == 4);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x45\x00\x02\x01\x01"), ACPI_OK); /* length in two bytes */
	CHECK(type.pm1a == 1 && type.pm1b == 1);

	CHECK_EQUAL(SLEEP_TYPE(""), ACPI_ERROR_NOT_FOUND);
	CHECK_EQUAL(SLEEP_TYPE("_S5_\x12\x06\x04\x00\x00\x00\x00"), ACPI_ERROR_NOT_FOUND); /* not a definition */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S4_\x12\x06\x04\x00\x00\x00\x00"), ACPI_ERROR_NOT_FOUND);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_"), ACPI_ERROR_NOT_FOUND);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x0a\x05"), ACPI_ERROR_AML); /* not a package */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12"), ACPI_ERROR_AML);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x00\x02\x00\x00"), ACPI_ERROR_AML); /* length 0 */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x3f\x02\x00\x00"), ACPI_ERROR_AML); /* beyond the table */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\xcf\xff\xff\xff\x02\x00\x00"), ACPI_ERROR_AML);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\xc0"), ACPI_ERROR_AML);
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x02\x00"), ACPI_ERROR_AML);             /* no element */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x03\x02\x00\x00"), ACPI_ERROR_AML);     /* second one outside */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x04\x02\x0a\x08\x00"), ACPI_ERROR_AML); /* cut constant */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x05\x02\x0a\x08\x00"), ACPI_ERROR_AML); /* more than three bits */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x12\x06\x02\x0a\x05\x70\x00"), ACPI_ERROR_AML);
	/* A coincidence in front of the real one. */
	CHECK_EQUAL(SLEEP_TYPE("\x08_S5_\x00\x08_S5_\x12\x06\x04\x01\x01\x00\x00"), ACPI_OK);
}

static void sleep_type_of_a_machine(void)
{
	struct acpi_sleep_type type;
	for (int where = 0; where < 3; where++) {
		begin();
		add_rsdp(2, 0, 0x2000);
		add_xsdt(3, (uint64_t[]){0x3000, 0x4000, 0x5000});
		uint8_t *fadt = add_table(0x4000, "FACP", 6, 148);
		store_le64(fadt + 140, 0x6000);
		seal_table(fadt);
		static const uint64_t addresses[] = {0x6000, 0x3000, 0x5000};
		for (int i = 0; i < 3; i++) {
			uint8_t *aml = add_table(addresses[i], i == 0 ? "DSDT" : "SSDT", 2, 36 + 12);
			if (i == where)
				memcpy(aml + 36, "\x08_S5_\x12\x06\x04\x01\x02\x00\x00", 11);
			aml[36 + 8] = i == where ? 1 : 0;
			aml[36 + 9] = i == where ? 1 : 0;
			seal_table(aml);
		}
		CHECK_EQUAL(open_tables(), ACPI_OK);
		CHECK_EQUAL(acpi_s5_find(&tables, &type), ACPI_OK);
		CHECK(type.pm1a == 1 && type.pm1b == 1);
	}
	simple_machine();
	CHECK_EQUAL(open_tables(), ACPI_OK);
	CHECK_EQUAL(acpi_s5_find(&tables, &type), ACPI_ERROR_NOT_FOUND);
}

/* ---- Smaller tables ---------------------------------------------------------------------------------------------- */

static void spcr(void)
{
	struct acpi_spcr spcr;
	uint8_t *data = alone("SPCR", 2, 80);
	data[36] = ACPI_UART_PL011;
	put_gas(data + 40, 0, 32, 0x9000000);
	data[52] = 8;
	data[53] = 4;
	store_le32(data + 54, 33);
	data[58] = 7;
	put16(data + 64, 0xffff);
	put16(data + 66, 0xffff);
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_spcr_decode(&table, &spcr), ACPI_OK);
	CHECK(spcr.interface_type == ACPI_UART_PL011 && spcr.address.address == 0x9000000 && spcr.interrupt_type == 8 &&
	      spcr.irq == 4 && spcr.gsi == 33 && spcr.baud == 115200 && spcr.clock == 0 && spcr.pci_vendor == 0xffff);
	data = alone("SPCR", 4, 90);
	store_le32(data + 76, 48000000);
	store_le32(data + 80, 1500000);
	table = opened();
	CHECK_EQUAL(acpi_spcr_decode(&table, &spcr), ACPI_OK);
	CHECK(spcr.clock == 48000000 && spcr.baud == 1500000);
	alone("SPCR", 2, 79);
	table = opened();
	CHECK_EQUAL(acpi_spcr_decode(&table, &spcr), ACPI_ERROR_TABLE_SHORT);
}

static void dbg2(void)
{
	struct acpi_debug_port port;
	uint8_t *data = alone("DBG2", 0, 44 + 2 * 38);
	store_le32(data + 36, 44);
	store_le32(data + 40, 2);
	for (int i = 0; i < 2; i++) {
		uint8_t *device = data + 44 + 38 * i;
		put16(device + 1, 38);
		device[3] = 1;
		put16(device + 12, 0x8000);
		put16(device + 14, (uint16_t)(3 + i));
		put16(device + 18, 22);
		put16(device + 20, 34);
		put_gas(device + 22, 0, 32, 0x9000000 + (uint64_t)i);
		store_le32(device + 34, 0x1000);
	}
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 1, &port), ACPI_OK);
	CHECK(port.port_type == 0x8000 && port.port_subtype == 4 && port.address.address == 0x9000001 &&
	      port.size == 0x1000);
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 2, &port), ACPI_END);
	store_le32(data + 40, UINT32_MAX); /* more devices than there is room for */
	table = opened();
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 2, &port), ACPI_ERROR_STRUCTURE_LENGTH);
	CHECK_EQUAL(acpi_dbg2_port_at(&table, UINT32_MAX - 1, &port), ACPI_ERROR_STRUCTURE_LENGTH);
	put16(data + 44 + 38 + 18, 27); /* registers beyond the device */
	table = opened();
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 1, &port), ACPI_ERROR_STRUCTURE_LENGTH);
	put16(data + 45, 0);
	table = opened();
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 0, &port), ACPI_ERROR_STRUCTURE_LENGTH);
	store_le32(data + 36, UINT32_MAX);
	table = opened();
	CHECK_EQUAL(acpi_dbg2_port_at(&table, 0, &port), ACPI_ERROR_STRUCTURE_LENGTH);
}

static void gtdt(void)
{
	struct acpi_gtdt gtdt;
	uint8_t *data = alone("GTDT", 3, 104);
	store_le64(data + 36, UINT64_MAX);
	for (uint32_t i = 0; i < 4; i++) {
		store_le32(data + 48 + 8 * i, 26 + i);
		store_le32(data + 52 + 8 * i, 2);
	}
	store_le32(data + 96, 28);
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_gtdt_decode(&table, &gtdt), ACPI_OK);
	CHECK(gtdt.counter_address == UINT64_MAX && gtdt.secure_gsi == 26 && gtdt.non_secure_gsi == 27 &&
	      gtdt.virtual_gsi == 28 && gtdt.hypervisor_gsi == 29 && gtdt.virtual_flags == 2 &&
	      gtdt.hypervisor_virtual_gsi == 28);
	alone("GTDT", 2, 79);
	table = opened();
	CHECK_EQUAL(acpi_gtdt_decode(&table, &gtdt), ACPI_ERROR_TABLE_SHORT);
}

/* ---- IORT */

static struct acpi_msi_range ranges[8];
static uint32_t range_count;

static void take_range(void *ctx, const struct acpi_msi_range *range)
{
	CHECK(ctx == ranges);
	if (range_count < 8)
		ranges[range_count] = *range;
	range_count++;
}

static enum acpi_error read_iort(void)
{
	struct acpi_table table = opened();

	range_count = 0;
	memset(ranges, 0, sizeof(ranges));
	return acpi_iort_msi_ranges(&table, take_range, ranges);
}

static void put_node(uint8_t *at, uint8_t type, uint16_t length, uint32_t mappings, uint32_t offset)
{
	at[0] = type;
	put16(at + 1, length);
	store_le32(at + 8, mappings);
	store_le32(at + 12, offset);
}

static void put_mapping(uint8_t *at, uint32_t first, uint32_t more, uint32_t output, uint32_t node, uint32_t flags)
{
	store_le32(at, first);
	store_le32(at + 4, more);
	store_le32(at + 8, output);
	store_le32(at + 12, node);
	store_le32(at + 16, flags);
}

/*
 * At 48 a group of ITS 7, at 72 an SMMUv3 with two mappings, at 212 a root complex of segment 3 with two: functions 0 to 0xff to the
 * ITS, 0x100 to 0x2ff to the SMMU, of which that maps two parts.
 */
static uint8_t *make_iort(void)
{
	uint8_t *data = alone("IORT", 5, 288);

	store_le32(data + 36, 3);
	store_le32(data + 40, 48);
	put_node(data + 48, 0, 24, 0, 0);
	store_le32(data + 48 + 16, 1);
	store_le32(data + 48 + 20, 7);
	put_node(data + 72, 4, 140, 3, 80);
	put_mapping(data + 72 + 80, 0x1100, 0x7f, 0x2000, 48, 0);
	put_mapping(data + 72 + 100, 0x1180, 0xffff, 0x9000, 48, 0);
	put_mapping(data + 72 + 120, 0x1100, 0, 0x5555, 48, 1); /* its own */
	put_node(data + 212, 2, 76, 2, 36);
	store_le32(data + 212 + 28, 3);
	put_mapping(data + 212 + 36, 0, 0xff, 0x10000, 48, 0);
	put_mapping(data + 212 + 56, 0x100, 0x1ff, 0x1100, 72, 0);
	return data;
}

static bool range_is(uint32_t i, uint32_t first, uint32_t last, uint32_t device)
{
	return ranges[i].segment == 3 && ranges[i].first == first && ranges[i].last == last &&
	       ranges[i].device == device && ranges[i].its == 7;
}

static void iort(void)
{
	uint8_t *data;

	make_iort();
	CHECK_EQUAL(read_iort(), ACPI_OK);
	CHECK_EQUAL(range_count, 3);
	CHECK(range_is(0, 0, 0xff, 0x10000));
	CHECK(range_is(1, 0x100, 0x17f, 0x2000));
	CHECK(range_is(2, 0x180, 0x2ff, 0x9000));

	/* What cannot be: each is an error, and nothing is read that is not there. */
	data = make_iort();
	store_le32(data + 40, 47);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 40, 0xfffffff0);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 36, 4);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	CHECK_EQUAL(range_count, 3);
	data = make_iort();
	put16(data + 48 + 1, 0);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	put16(data + 212 + 1, 77);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 212 + 8, 3); /* more mappings than there is room for */
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 212 + 12, 0xffffffff);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 212 + 36 + 12, 280); /* no node */
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_iort();
	store_le32(data + 48 + 16, 0); /* a group of none */
	CHECK_EQUAL(read_iort(), ACPI_ERROR_STRUCTURE_LENGTH);
	/* A circle of SMMUs leads to nothing. */
	data = make_iort();
	store_le32(data + 72 + 80 + 12, 72);
	CHECK_EQUAL(read_iort(), ACPI_OK);
	CHECK_EQUAL(range_count, 2);
	/* Ids that wrap. */
	data = make_iort();
	put_mapping(data + 212 + 36, 0xfff0, 0xffffffff, 0xfffffff8, 48, 0);
	CHECK_EQUAL(read_iort(), ACPI_OK);
	CHECK(range_is(0, 0xfff0, 0xffff, 0xfffffff8));
	alone("IORT", 5, 47);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_TABLE_SHORT);
	alone("GTDT", 5, 288);
	CHECK_EQUAL(read_iort(), ACPI_ERROR_TABLE_SIGNATURE);
}

static uint8_t *make_rhct(void)
{
	uint8_t *data = alone("RHCT", 1, 56 + 16 + 12 + 12 + 12 + 8);
	store_le64(data + 40, 10000000);
	store_le32(data + 48, 4);
	store_le32(data + 52, 56);
	uint8_t *isa = data + 56;
	put16(isa + 2, 16);
	put16(isa + 6, 8);
	memcpy(isa + 8, "rv64gcv", 8);
	uint8_t *other = data + 72; /* of another type */
	put16(other, 2);
	put16(other + 2, 12);
	uint8_t *hart = data + 84;
	put16(hart, 65535);
	put16(hart + 2, 12);
	hart += 12;
	put16(hart, 65535);
	put16(hart + 2, 20);
	put16(hart + 6, 2);
	store_le32(hart + 8, 7);
	store_le32(hart + 12, 72);
	store_le32(hart + 16, 56);
	return data;
}

static void rhct(void)
{
	struct acpi_rhct rhct;
	const char *isa = NULL;
	uint8_t *data = make_rhct();
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_rhct_decode(&table, &rhct), ACPI_OK);
	CHECK(rhct.timebase_frequency == 10000000 && rhct.node_count == 4 && rhct.node_offset == 56);
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_OK);
	CHECK_TEXT(isa, "rv64gcv");
	CHECK_EQUAL(acpi_rhct_isa(&table, 0, &isa), ACPI_ERROR_NOT_FOUND); /* a hart without nodes */
	CHECK_EQUAL(acpi_rhct_isa(&table, 8, &isa), ACPI_ERROR_NOT_FOUND);

	data[56 + 8 + 7] = 'x'; /* no NUL */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_rhct();
	put16(data + 56 + 6, 9); /* the string beyond its node */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_rhct();
	put16(data + 56 + 2, 0); /* a node of length 0 */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_rhct();
	put16(data + 96 + 6, 3); /* more offsets than the node has */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_rhct();
	store_le32(data + 96 + 12, UINT32_MAX); /* an offset beyond the table */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 7, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	data = make_rhct();
	store_le32(data + 48, UINT32_MAX); /* more nodes than there are */
	table = opened();
	CHECK_EQUAL(acpi_rhct_isa(&table, 8, &isa), ACPI_ERROR_STRUCTURE_LENGTH);
	alone("RHCT", 1, 55);
	table = opened();
	CHECK_EQUAL(acpi_rhct_decode(&table, &rhct), ACPI_ERROR_TABLE_SHORT);
}

static void hpet(void)
{
	struct acpi_hpet hpet;
	uint8_t *data = alone("HPET", 1, 56);
	store_le32(data + 36, 0x8086a201);
	put_gas(data + 40, 0, 64, 0xfed00000);
	put16(data + 53, 0x80);
	struct acpi_table table = opened();
	CHECK_EQUAL(acpi_hpet_decode(&table, &hpet), ACPI_OK);
	CHECK(hpet.block_id == 0x8086a201 && hpet.address.address == 0xfed00000 && hpet.minimum_tick == 0x80);
	alone("HPET", 1, 55);
	table = opened();
	CHECK_EQUAL(acpi_hpet_decode(&table, &hpet), ACPI_ERROR_TABLE_SHORT);
}

static void registers_of_an_address(void)
{
	static const struct {
		struct acpi_gas gas;
		bool good;
		uint8_t shift, width;
	} cases[] = {
		{{.bit_width = 8, .access_size = 1}, true, 0, 1},   {{.bit_width = 32, .access_size = 3}, true, 2, 4},
		{{.bit_width = 32, .access_size = 1}, true, 0, 1},  {{.bit_width = 0, .access_size = 0}, true, 0, 1},
		{{.bit_width = 8, .access_size = 0}, true, 0, 1},   {{.bit_width = 16, .access_size = 2}, true, 1, 2},
		{{.bit_width = 32, .access_size = 0}, true, 2, 4},  {{.bit_width = 64, .access_size = 0}, false, 0, 0},
		{{.bit_width = 64, .access_size = 4}, false, 0, 0}, {{.bit_width = 8, .access_size = 255}, false, 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t shift = 99, width = 99;

		CHECK(acpi_gas_registers(&cases[i].gas, &shift, &width) == cases[i].good);
		CHECK(!cases[i].good || (shift == cases[i].shift && width == cases[i].width));
	}
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(acpi_strerror, ACPI_OK, ACPI_ERROR_AML);
}

int main(void)
{
	RUN(tables_are_found);
	RUN(rsdt_of_acpi_1);
	RUN(bad_rsdp);
	RUN(bad_root);
	RUN(a_damaged_xsdt_falls_back_to_the_rsdt);
	RUN(one_bad_table_does_not_hide_others);
	RUN(madt_of_a_pc);
	RUN(madt_of_arm);
	RUN(madt_of_riscv);
	RUN(madt_with_lying_lengths);
	RUN(fadt);
	RUN(mcfg);
	RUN(sleep_type_from_aml);
	RUN(sleep_type_of_a_machine);
	RUN(spcr);
	RUN(dbg2);
	RUN(gtdt);
	RUN(iort);
	RUN(rhct);
	RUN(hpet);
	RUN(registers_of_an_address);
	RUN(every_error_has_a_phrase);
	begin();
	return tap_finish();
}
