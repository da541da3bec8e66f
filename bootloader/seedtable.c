/* SPDX-License-Identifier: BSD-2-Clause */
/* See seedtable.h. */
#include "bootloader/seedtable.h"

#include "bootloader/print.h"
#include "bootloader/proto/linux_seed.h"
#include "lib/sha256.h"
#include "lib/string.h"

static EFI_GUID guid = LINUX_SEED_TABLE_GUID;

/* Ours, while it is installed; and the one that was there before. NULL: none. */
static struct linux_seed_table *installed, *earlier;

static struct linux_seed_table *current(void)
{
	for (UINTN i = 0; i < ST->NumberOfTableEntries; i++)
		if (memcmp(&ST->ConfigurationTable[i].VendorGuid, &guid, sizeof(guid)) == 0)
			return ST->ConfigurationTable[i].VendorTable;
	return NULL;
}

/* It may be needed once more, but not tell what this boot got of it. */
static void replace_by_digest(struct linux_seed_table *table)
{
	static const char label[] = "earlier seed";
	uint8_t digest[SHA256_SIZE];
	struct sha256 hash;

	if (!table || table->size > LINUX_SEED_MAX_SIZE)
		return;
	sha256_begin(&hash);
	sha256_add(&hash, label, sizeof(label));
	sha256_add(&hash, table->bytes, table->size);
	sha256_end(&hash, digest);
	memset(table->bytes, 0, table->size);
	if (table->size > sizeof(digest))
		table->size = sizeof(digest);
	memcpy(table->bytes, digest, table->size);
	memset(digest, 0, sizeof(digest));
}

static void wipe_and_free(struct linux_seed_table *table)
{
	memset(table->bytes, 0, table->size);
	table->size = 0;
	BS->FreePool(table);
}

void seedtable_install(struct boot *boot)
{
	bool is_usable;
	uint8_t seed[RANDOM_IMAGE_SEED];
	EFI_STATUS status;
	void *memory;

	earlier = current();
	is_usable = earlier && earlier->size <= LINUX_SEED_MAX_SIZE;
	if (!random_for_image(boot, is_usable ? earlier->bytes : NULL, is_usable ? earlier->size : 0, seed))
		return;
	status = BS->AllocatePool(EfiACPIReclaimMemory, sizeof(*installed) + sizeof(seed), &memory);
	if (status == EFI_SUCCESS) {
		installed = memory;
		installed->size = sizeof(seed);
		memcpy(installed->bytes, seed, sizeof(seed));
		status = BS->InstallConfigurationTable(&guid, installed);
		if (status == EFI_SUCCESS) {
			replace_by_digest(earlier);
		} else {
			wipe_and_free(installed);
			installed = NULL;
		}
	}
	memset(seed, 0, sizeof(seed));
	if (status != EFI_SUCCESS)
		print_warning("the kernel gets no random seed (memory, InstallConfigurationTable): %s",
			      status_text(status));
}

void seedtable_uninstall(void)
{
	struct linux_seed_table *table = installed;
	EFI_STATUS status = EFI_SUCCESS;

	/* Whoever has replaced it has freed it too, and hands on what was in it. */
	if (table && current() == table) {
		status = BS->InstallConfigurationTable(&guid, earlier);
		if (status != EFI_SUCCESS)
			print_error(status, "cannot take back the kernel's random seed (InstallConfigurationTable)");
		if (current() != table)
			wipe_and_free(table);
	}
	installed = NULL;
}
