/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks the boot entry that was started as good, on an NVMe disk: takes the counters off the name of its file
 * (docs/loader.md, "Boot counting"). A process of its own, which has the disk and nothing else of the machine; init starts it
 * when its checks have passed. It is given
 *
 *   "nvme"                        the controller's registers; the function may use its bus
 *   partition=GUID file="PATH"    on the command line: the partition that the entry's file is on, and where it is there
 *
 * and ends with one of enum bless_status.
 */
#include "user/bless/bless.h"

#include "lib/bootentry.h"
#include "lib/fat.h"
#include "lib/format.h"
#include "lib/gpt.h"
#include "user/lib/helion.h"
#include "user/lib/nvme.h"

static struct nvme nvme;

/* The file's new name: its own without counters. False if it has none. */
static bool name_without_counters(struct slice path, char *buffer, size_t capacity)
{
	struct bootentry_name parts;
	size_t start = path.length;

	while (start > 0 && path.start[start - 1] != '/')
		start--;
	return bootentry_name_parse((struct slice){path.start + start, path.length - start}, ".conf", &parts) ==
		       BOOTENTRY_OK &&
	       parts.is_counted &&
	       fmt_snprintf(buffer, capacity, "%.*s%s", (int)parts.id.length, parts.id.start, parts.suffix) < capacity;
}

/* On the disk that nvme.disk is. */
static int mark(const uint8_t partition_guid[GPT_GUID], struct slice path, const char *name)
{
	static uint8_t buffer[GPT_BUFFER];
	static struct fat fat;
	struct gpt_partition partition;
	enum fat_error error;
	struct gpt gpt;

	if (gpt_open(&nvme.disk, buffer, &gpt) != GPT_OK || !gpt_find_guid(&gpt, partition_guid, &partition))
		return BLESS_ELSEWHERE;
	error = fat_open(&nvme.disk, partition.first, partition.count, &fat);
	if (error == FAT_OK)
		error = fat_rename(&fat, path, slice_of(name));
	if (error == FAT_OK)
		return BLESS_DONE;
	printf("bless: %.*s cannot be renamed to %s: %s\n", (int)path.length, path.start, name, fat_strerror(error));
	return BLESS_FAILED;
}

static int mark_on_any(const uint8_t partition[GPT_GUID], struct slice path, const char *name)
{
	int status = BLESS_ELSEWHERE, error;

	for (uint32_t number = 0; status == BLESS_ELSEWHERE; number = nvme.namespace) {
		error = nvme_next(&nvme, number);
		if (error == -HELION_ERR_MISSING)
			break;
		if (error < 0) {
			printf("bless: the disk does not say what it is: %s\n", helion_strerror(error));
			return BLESS_FAILED;
		}
		status = mark(partition, path, name);
	}
	return status;
}

int main(const struct helion_manifest *manifest)
{
	const struct helion_record *registers = helion_given_record("nvme");
	const char *cmdline = manifest_cmdline(manifest);
	char name[BOOTENTRY_MAX_NAME + 1];
	uint8_t partition[GPT_GUID];
	struct slice guid, path;
	int status, error;

	if (registers == NULL || !option_find(cmdline, "partition", &guid) || !option_find(cmdline, "file", &path) ||
	    !gpt_guid_from_text(guid.start, guid.length, partition) || !name_without_counters(path, name, sizeof(name)))
		helion_panic("this needs a disk, a partition and a counted boot entry, not \"%s\"", cmdline);
	error = nvme_open(registers, &nvme);
	if (error < 0) {
		printf("bless: cannot start the disk's controller: %s\n", helion_strerror(error));
		return BLESS_FAILED;
	}
	status = mark_on_any(partition, path, name);
	error = nvme_close(&nvme);
	if (error < 0)
		printf("bless: the disk's controller does not stop: %s\n", helion_strerror(error));
	return status;
}
