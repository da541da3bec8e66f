/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables that the firmware installed in its configuration table. UEFI 2.10 §4.6. */
#include "bootloader/boot.h"
#include "bootloader/print.h"
#include "lib/string.h"

static uint64_t find_table(const EFI_GUID *guid)
{
	for (UINTN i = 0; i < ST->NumberOfTableEntries; i++)
		if (memcmp(&ST->ConfigurationTable[i].VendorGuid, guid, sizeof(*guid)) == 0)
			return (uint64_t)ST->ConfigurationTable[i].VendorTable;
	return 0;
}

/* While boot services run, all memory is identity-mapped. */
static const void *map_identity(void *ctx, uint64_t physical, size_t length)
{
	(void)ctx;
	if (physical < EFI_PAGE_SIZE || physical + length < physical)
		return NULL;
	return (const void *)physical;
}

/* A root pointer that cannot be used is not handed on. */
static bool try_acpi(struct tables *tables, const EFI_GUID *guid)
{
	static const struct acpi_access access = {map_identity, NULL};
	uint64_t rsdp = find_table(guid);
	enum acpi_error error;

	if (!rsdp)
		return false;
	error = acpi_open(&access, rsdp, &tables->acpi);
	if (error != ACPI_OK) {
		print_warning("ACPI tables at 0x%llx are not used: %s", (unsigned long long)rsdp, acpi_strerror(error));
		return false;
	}
	tables->rsdp = rsdp;
	tables->has_acpi = true;
	return true;
}

void tables_find(struct tables *ret)
{
	static const EFI_GUID acpi2 = ACPI_20_TABLE_GUID, acpi1 = ACPI_TABLE_GUID;
	static const EFI_GUID smbios = SMBIOS_TABLE_GUID, smbios3 = SMBIOS3_TABLE_GUID, tree = EFI_DTB_TABLE_GUID;

	*ret = (struct tables){0};
	if (!try_acpi(ret, &acpi2))
		try_acpi(ret, &acpi1);
	ret->smbios = find_table(&smbios);
	ret->smbios3 = find_table(&smbios3);
	ret->firmware_tree = (const void *)find_table(&tree);
}
