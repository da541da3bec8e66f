/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure parts of init: the manifest as a table, the accounts of RAM, options, and which registers are read. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#include "../../user/init/accounts.c"
#include "../../user/init/probes.c"
#include "../../user/init/table.c"
#include "../../user/lib/manifest.c"
#include "../../user/lib/names.c"

/* -- Manifests ------------------------------------------------------------------------- */

#define RECORDS_MAX 16

struct fake {
	struct helion_manifest header;
	/* Larger than this program's records, as those of a later kernel may be. */
	struct {
		struct helion_record record;
		uint64_t later;
	} records[RECORDS_MAX];
	char cmdline[64];
};

static struct fake fake;

static void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake.header.record_size = sizeof(fake.records[0]);
	fake.header.records = offsetof(struct fake, records);
	fake.header.cmdline = offsetof(struct fake, cmdline);
}

static struct helion_record *fake_add(uint32_t type, uint64_t slot, uint64_t base, uint64_t size, uint32_t flags,
				      uint32_t origin, uint32_t detail)
{
	struct helion_record *record = &fake.records[fake.header.record_count++].record;

	*record = (struct helion_record){.slot = slot,
					 .base = base,
					 .size = size,
					 .type = type,
					 .flags = flags,
					 .origin = origin,
					 .detail = detail};
	return record;
}

static struct helion_record *fake_map(uint64_t slot, uint64_t base, uint64_t size, uint32_t detail)
{
	return fake_add(slot ? HELION_TYPE_MEMORY : HELION_TYPE_NULL, slot, base, size, HELION_RECORD_RAM,
			HELION_ORIGIN_MEMORY_MAP, detail);
}

/* A machine of 16 MiB with a bit of everything. */
static void fake_machine(void)
{
	fake_reset();
	fake_map(5, 0x1000, 0x9f000, HELION_MEM_USABLE);
	fake_map(6, 0x100000, 0x700000, HELION_MEM_USABLE);
	fake_add(HELION_TYPE_NULL, 0, 0x800000, 0x300000, HELION_RECORD_RAM, HELION_ORIGIN_KERNEL, 0);
	fake_map(0, 0xb00000, 0x100000, HELION_MEM_KERNEL);
	fake_add(HELION_TYPE_PAGES, 7, 0xc00000, 0x200000, HELION_RECORD_RAM | HELION_RECORD_INITRAMFS,
		 HELION_ORIGIN_BOOT, HELION_MEM_MODULE);
	fake_map(0, 0xe00000, 0x10000, HELION_MEM_ACPI_RECLAIM);
	fake_map(0, 0xe10000, 0x1f0000, HELION_MEM_RESERVED);
	fake_add(HELION_TYPE_PAGES, 8, 0xfee00000, 0x1000, 0, HELION_ORIGIN_ACPI, 0);
	fake_add(HELION_TYPE_NULL, 0, 0x1000, 8, HELION_RECORD_PORTS, HELION_ORIGIN_PCI, 0);
	fake.header.ram_total = 0x9f000 + 0x700000 + 0x300000 + 0x100000 + 0x200000 + 0x200000;
	fake.header.ram_given = 0x9f000 + 0x700000;
}

static bool accounts_right(const char *expected)
{
	struct accounts sums;
	char why[128] = "";
	bool right;

	accounts_sum(&fake.header, &sums);
	right = accounts_check(&fake.header, &sums, why, sizeof(why));
	if (expected == NULL ? right : !right && strstr(why, expected) != NULL)
		return true;
	printf("# %s\n", why);
	return false;
}

static void test_accounts(void)
{
	struct accounts sums;

	fake_machine();
	accounts_sum(&fake.header, &sums);
	tap_ok(sums.total == fake.header.ram_total && sums.given == 0x79f000 && sums.kernel == 0x400000 &&
		       sums.modules == 0x200000 && sums.firmware == 0x200000 && sums.loader == 0 && sums.other == 0,
	       "each record counts towards one sum");
	tap_ok(sums.given + sums.kernel + sums.modules + sums.firmware == sums.total, "the sums are the total");
	tap_ok(accounts_right(NULL), "right accounts are right; ports are no memory");

	fake.header.ram_total += 4096;
	tap_ok(accounts_right("the machine"), "a missing page is noticed");
	fake_machine();
	fake.header.ram_given -= 4096;
	tap_ok(accounts_right("the manifest says"), "a wrong sum of what is given is noticed");

	fake_machine();
	fake.records[0].record.size += 0x61000;
	fake.records[1].record.size -= 0x61000;
	tap_ok(accounts_right("records 0 and 1 overlap at 0x100000"), "overlapping RAM is noticed");

	fake_machine();
	fake.records[7].record.base = 0x7ff000;
	tap_ok(accounts_right("records 1 and 7 overlap at 0x7ff000"), "a device inside of given RAM is noticed");
	fake.records[7].record.base = 0xe10000;
	tap_ok(accounts_right(NULL), "one in the firmware's RAM may be");
	fake.records[7].record.base = UINT64_MAX - 0xffe;
	tap_ok(accounts_right("wraps"), "a range that wraps is noticed");
	fake.records[7].record.base = UINT64_MAX - 0xfff;
	tap_ok(accounts_right(NULL), "one that ends at 2^64 is not one");
}

/* -- The table ------------------------------------------------------------------------- */

static bool size_is(uint64_t bytes, const char *expected)
{
	char buffer[16];

	if (strcmp(format_size(buffer, bytes), expected) == 0)
		return true;
	printf("# %s, not %s\n", buffer, expected);
	return false;
}

static bool row_is(const struct helion_record *record, const char *expected)
{
	char buffer[TABLE_ROW];

	if (table_row(buffer, sizeof(buffer), record) == strlen(expected) && strcmp(buffer, expected) == 0)
		return true;
	printf("# %s\n# %s\n", buffer, expected);
	return false;
}

static void test_table(void)
{
	struct helion_record record;
	char buffer[TABLE_ROW];

	tap_ok(size_is(0, "0 bytes") && size_is(1023, "1023 bytes") && size_is(1024, "1 KiB"), "sizes: units");
	tap_ok(size_is(1536, "1.50 KiB") && size_is(4095, "3.99 KiB") && size_is(15 << 20 | 1 << 19, "15.5 MiB"),
	       "sizes: fractions");
	tap_ok(size_is(1023ull << 30, "1023 GiB") && size_is(UINT64_MAX, "15.9 EiB") &&
		       size_is((1000ull << 20) + 5, "1000 MiB"),
	       "sizes: large ones");

	record = (struct helion_record){.slot = 12,
					.type = HELION_TYPE_MEMORY,
					.base = 0x40000000,
					.size = 0x1f000000,
					.origin = HELION_ORIGIN_MEMORY_MAP,
					.detail = HELION_MEM_USABLE};
	tap_ok(row_is(&record, "  12  Memory          496 MiB  000040000000-00005effffff  memory map: usable RAM"),
	       "memory");
	record = (struct helion_record){.slot = 3,
					.type = HELION_TYPE_PAGES,
					.base = 0xfebf0000,
					.size = 4096,
					.origin = HELION_ORIGIN_PCI,
					.detail = 0x1f << 3 | 2,
					.index = 5,
					.irq = 16,
					.name = "0000:00:1f.2 class 010601 BAR5"};
	tap_ok(row_is(&record, "   3  Pages             4 KiB  0000febf0000-0000febf0fff  PCI 0000:00:1f.2 class "
			       "010601 BAR5 irq 16"),
	       "a PCI device");
	record.flags = HELION_RECORD_PORTS;
	record.slot = 0;
	record.type = 0;
	record.base = 0x6060;
	record.size = 32;
	record.irq = 0;
	record.name[0] = '\0';
	tap_ok(row_is(&record, "   -  ports                32  ports 6060-607f            PCI 0000:00:1f.2 BAR5"),
	       "its ports");
	record = (struct helion_record){.slot = 4,
					.type = HELION_TYPE_PAGES,
					.base = 0x9000000,
					.size = 4096,
					.irq = 33,
					.flags = HELION_RECORD_CONSOLE,
					.origin = HELION_ORIGIN_DEVICE_TREE,
					.name = "/pl011@9000000"};
	tap_ok(row_is(&record, "   4  Pages             4 KiB  000009000000-000009000fff  device tree /pl011@9000000 "
			       "irq 33 (console)"),
	       "the console");
	record.index = 1;
	record.flags = 0;
	record.irq = 0;
	tap_ok(row_is(&record,
		      "   4  Pages             4 KiB  000009000000-000009000fff  device tree /pl011@9000000 reg 1"),
	       "a second range");
	record = (struct helion_record){.slot = 9,
					.type = HELION_TYPE_SYSTEM,
					.origin = HELION_ORIGIN_KERNEL,
					.name = "the machine"};
	tap_ok(row_is(&record, "   9  System                -  -                          kernel: the machine"),
	       "no range");
	memset(&record, 0xff, sizeof(record));
	memset(record.name, 'x', sizeof(record.name) - 1);
	record.name[sizeof(record.name) - 1] = '\0';
	tap_ok(table_row(buffer, sizeof(buffer), &record) < sizeof(buffer), "the longest row fits");
	record.origin = HELION_ORIGIN_PCI;
	tap_ok(table_row(buffer, sizeof(buffer), &record) < sizeof(buffer), "also of a PCI device");
	record.origin = HELION_ORIGIN_DEVICE_TREE;
	tap_ok(table_row(buffer, sizeof(buffer), &record) < sizeof(buffer), "also of the device tree");
}

/* -- Options --------------------------------------------------------------------------- */

static bool option_is(const char *cmdline, const char *name, const char *expected)
{
	struct slice value = {"untouched", 9};
	bool found = option_find(cmdline, name, &value);

	if (expected == NULL)
		return !found;
	return found && slice_equals_text(value, expected) && option_find(cmdline, name, NULL);
}

static void test_options(void)
{
	tap_ok(option_is("", "bench", NULL) && option_is("   ", "bench", NULL), "no options");
	tap_ok(option_is("bench", "bench", "") && option_is(" quiet bench ", "bench", ""), "a flag");
	tap_ok(option_is("benches xbench bench.x", "bench", NULL), "other words are others");
	tap_ok(option_is("init.test=negatives,bad-syscall x", "init.test", "negatives,bad-syscall"), "a value");
	tap_ok(option_is("a=1 a=2", "a", "2"), "the last one counts");
	tap_ok(option_is("a=", "a", "") && option_is("a==b", "a", "=b"), "empty and strange values");
	tap_ok(option_is("a=\"x y\" b", "a", "x y") && option_is("a=\"x bench y\"", "bench", NULL), "quoted values");
	tap_ok(option_is("a=\"x y", "a", "\"x y") && option_is("a=\"", "a", "\""), "quotes without an end");
}

/* -- Probes ---------------------------------------------------------------------------- */

static const struct probe *probe_for(uint32_t origin, const char *name, uint64_t size)
{
	struct helion_record record = {.slot = 1, .type = HELION_TYPE_PAGES, .size = size, .origin = origin};

	snprintf(record.name, sizeof(record.name), "%s", name);
	for (size_t i = 0; i < probe_count; i++) {
		if (probe_matches(&probes[i], &record))
			return &probes[i];
	}
	return NULL;
}

static void test_probes(void)
{
	const struct probe *probe = probe_for(HELION_ORIGIN_DEVICE_TREE, "/soc/virtio_mmio@10001000", 512);

	tap_ok(probe != NULL && probe_accepts(probe, 0x74726976) && !probe_accepts(probe, 0),
	       "virtio is known by its magic");
	probe = probe_for(HELION_ORIGIN_ACPI, "MCFG segment 0", 1 << 20);
	tap_ok(probe != NULL && probe_accepts(probe, 0x00081b36) && !probe_accepts(probe, UINT32_MAX),
	       "PCI: any device but none");
	tap_ok(probe_for(HELION_ORIGIN_DEVICE_TREE, "/pl011@9000000", 4096) != NULL, "a UART at the root");
	tap_ok(probe_for(HELION_ORIGIN_DEVICE_TREE, "/pl011@9000000", 0xfe0) == NULL, "a register behind the end");
	tap_ok(probe_for(HELION_ORIGIN_DEVICE_TREE, "/pl011@9000000/x", 4096) == NULL,
	       "the last part of the path counts");
	tap_ok(probe_for(HELION_ORIGIN_PCI, "HPET", 4096) == NULL, "the origin counts");
	tap_ok(probe_for(HELION_ORIGIN_DEVICE_TREE, "", 4096) == NULL, "a record without a name");
}

static void test_names(void)
{
	bool named = true;

	for (int e = 0; e < HELION_ERR_COUNT; e++)
		named &= strcmp(helion_strerror(e), "unknown error") != 0 &&
			 strcmp(helion_error_name(-e), "unknown error") != 0;
	tap_ok(named, "every error has a name");
	tap_ok(helion_strerror(-HELION_ERR_CAP) == helion_strerror(HELION_ERR_CAP), "of either sign");
	tap_ok(strcmp(helion_strerror(INT32_MIN), "unknown error") == 0 &&
		       strcmp(helion_strerror(HELION_ERR_COUNT), "unknown error") == 0,
	       "unknown ones are");
	named = true;
	for (uint32_t t = 0; t < HELION_TYPE_COUNT; t++)
		named &= strcmp(helion_type_name(t), "?") != 0;
	tap_ok(named && strcmp(helion_type_name(HELION_TYPE_COUNT), "?") == 0, "every type has a name");
}

int main(void)
{
	test_accounts();
	test_table();
	test_options();
	test_probes();
	test_names();
	return tap_done();
}
