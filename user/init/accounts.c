/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/accounts.h"

#include <helion/abi.h>

#include "lib/checked.h"
#include "lib/format.h"
#include "user/lib/manifest.h"

static bool is_given(const struct helion_record *record)
{
	return record->slot != 0 && record->type == HELION_TYPE_MEMORY;
}

/* The sum that a record of RAM belongs to. */
static uint64_t *account_of(struct accounts *accounts, const struct helion_record *record)
{
	if (is_given(record))
		return &accounts->given;
	if (record->flags & (HELION_RECORD_INITRAMFS | HELION_RECORD_MODULE | HELION_RECORD_DEVICE_TREE))
		return &accounts->modules;
	if (record->flags & HELION_RECORD_BOOTCTX)
		return &accounts->loader;
	if (record->origin == HELION_ORIGIN_KERNEL)
		return &accounts->kernel;
	if (record->origin == HELION_ORIGIN_ACPI)
		return &accounts->firmware;
	if (record->origin == HELION_ORIGIN_BOOT)
		return &accounts->modules;
	if (record->origin != HELION_ORIGIN_MEMORY_MAP)
		return &accounts->other;
	switch (record->detail) {
	case HELION_MEM_KERNEL: return &accounts->kernel;
	case HELION_MEM_LOADER:
	case HELION_MEM_BOOTCTX: return &accounts->loader;
	case HELION_MEM_MODULE: return &accounts->modules;
	case HELION_MEM_ACPI_RECLAIM:
	case HELION_MEM_ACPI_NVS:
	case HELION_MEM_RUNTIME_CODE:
	case HELION_MEM_RUNTIME_DATA:
	case HELION_MEM_PERSISTENT:
	case HELION_MEM_RESERVED:
	case HELION_MEM_UNUSABLE: return &accounts->firmware;
	default: return &accounts->other;
	}
}

void accounts_sum(const struct helion_manifest *manifest, struct accounts *ret)
{
	*ret = (struct accounts){0};
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (!(record->flags & HELION_RECORD_RAM))
			continue;
		ret->total += record->size;
		*account_of(ret, record) += record->size;
	}
}

/* Whether the two records, of which at least one is RAM, may not share a byte. */
static bool must_be_apart(const struct helion_record *a, const struct helion_record *b)
{
	bool both_ram = a->flags & b->flags & HELION_RECORD_RAM;

	if ((a->flags | b->flags) & HELION_RECORD_PORTS)
		return false;
	return both_ram || is_given(a) || is_given(b);
}

static bool check_overlaps(const struct helion_manifest *manifest, char *why, size_t capacity)
{
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *a = manifest_record(manifest, i);

		if (!range_is_valid(a->base, a->size)) {
			fmt_snprintf(why, capacity, "record %u wraps around", (unsigned)i);
			return false;
		}
		for (uint64_t j = 0; j < i; j++) {
			const struct helion_record *b = manifest_record(manifest, j);

			if (must_be_apart(a, b) && range_overlaps(a->base, a->size, b->base, b->size)) {
				fmt_snprintf(why, capacity, "records %u and %u overlap at %#lx", (unsigned)j,
					     (unsigned)i, (unsigned long)(a->base > b->base ? a->base : b->base));
				return false;
			}
		}
	}
	return true;
}

bool accounts_check(const struct helion_manifest *manifest, const struct accounts *sums, char *why, size_t capacity)
{
	if (sums->total != manifest->ram_total) {
		fmt_snprintf(why, capacity, "the records have %lu bytes of RAM, the machine %lu",
			     (unsigned long)sums->total, (unsigned long)manifest->ram_total);
		return false;
	}
	if (sums->given != manifest->ram_given) {
		fmt_snprintf(why, capacity, "the records give %lu bytes of RAM, the manifest says %lu",
			     (unsigned long)sums->given, (unsigned long)manifest->ram_given);
		return false;
	}
	return check_overlaps(manifest, why, capacity);
}
