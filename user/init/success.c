/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mark of success: when all checks have passed and the boot entry's tries are counted, /bin/bless is started for each disk
 * that it can drive, until it has found the entry's file and taken the counters off its name.
 */
#include "user/init/init.h"

#include <helion/bootctx.h>

#include "lib/bootentry.h"
#include "lib/format.h"
#include "lib/gpt.h"
#include "user/bless/bless.h"
#include "user/lib/helion.h"
#include "user/lib/pci.h"

#define NVME_CLASS "class 010802" /* PCI Code and ID Assignment: NVM Express */

struct booted {
	char partition[GPT_GUID_TEXT];
	char name[BOOTENTRY_MAX_NAME + 1]; /* of the entry's file */
	bool has_partition;
};

/* What the boot context says; false if it has no name of an entry. */
static bool read_context(const struct helion_bootctx *context, struct booted *ret)
{
	static const uint8_t none[GPT_GUID];
	const char *name = (const char *)context + context->entry_name.offset;

	if (context->magic != HELION_BOOTCTX_MAGIC || context->entry_name.count == 0)
		return false;
	ret->has_partition =
		context->header_size >= sizeof(*context) && memcmp(context->boot_partition, none, sizeof(none)) != 0;
	if (ret->has_partition)
		gpt_guid_to_text(context->boot_partition, ret->partition);
	return fmt_snprintf(ret->name, sizeof(ret->name), "%.*s", (int)context->entry_name.count, name) <
	       sizeof(ret->name);
}

static bool find_booted(const struct helion_manifest *manifest, struct booted *ret)
{
	struct vm_mapping mapping;
	bool found = false;

	for (uint64_t i = 0; i < manifest->record_count && !found; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (!(record->flags & HELION_RECORD_BOOTCTX) || record->slot == 0 ||
		    !CHECK_CALL(helion_pages_map(record->slot, 0, record->size, HELION_MAP_READ, &mapping)))
			continue;
		found = read_context(mapping.address, ret);
		CHECK_CALL(helion_pages_unmap(&mapping));
	}
	return found;
}

static int run_bless(const struct helion_record *registers, const struct booted *booted)
{
	char arguments[HELION_CHILD_ARGS];
	struct helion_child child;
	int error, status = BLESS_FAILED;

	fmt_snprintf(arguments, sizeof(arguments), "partition=%s file=\"/loader/entries/%s\"", booted->partition,
		     booted->name);
	error = helion_child_create(&child, "/bin/bless", arguments);
	if (error < 0)
		return error;
	error = helion_child_give_device(&child, "nvme", registers, registers->slot);
	if (error == 0)
		error = helion_child_start(&child);
	if (error == 0)
		error = helion_child_wait(&child, &status);
	CHECK_CALL(helion_child_destroy(&child));
	return error < 0 ? error : status;
}

/* Runs it on the disk with these registers, which may use the bus as long as that takes. */
static int bless(const struct helion_manifest *manifest, const struct helion_record *registers,
		 const struct booted *booted)
{
	struct vm_mapping config;
	int error = pci_config_map(manifest, registers, &config);

	if (error < 0)
		return error;
	pci_enable(&config);
	error = run_bless(registers, booted);
	pci_disable_bus(&config);
	CHECK_CALL(helion_pages_unmap(&config));
	return error;
}

/* Whether one of the disks has the file, and it is marked now; a disk that fails is not the last one. */
static bool bless_any(const struct helion_manifest *manifest, const struct booted *booted)
{
	const struct helion_record *registers;
	uint64_t next = 0;

	while ((registers = pci_find(manifest, NVME_CLASS, 0, &next)) != NULL) {
		int status = bless(manifest, registers, booted);

		if (status == BLESS_DONE)
			return true;
		if (status < 0)
			printf("init: %s: /bin/bless: %s\n", registers->name, helion_strerror(status));
	}
	return false;
}

void mark_success(const struct helion_manifest *manifest)
{
	static struct booted booted;
	struct bootentry_name parts;

	if (!find_booted(manifest, &booted) ||
	    bootentry_name_parse(slice_of(booted.name), ".conf", &parts) != BOOTENTRY_OK || !parts.is_counted)
		return;
	if (!booted.has_partition)
		printf("init: boot entry %s is not marked as good: it is on no partition of a GPT\n", booted.name);
	else if (bless_any(manifest, &booted))
		printf("init: boot entry %s is marked as good\n", booted.name);
	else
		printf("init: boot entry %s is not marked as good: there is no driver for the disk that it is on\n",
		       booted.name);
}
