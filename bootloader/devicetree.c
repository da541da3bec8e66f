/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device tree for the kernel: the one that the entry names, or else the firmware's own; with the entry's overlays
 * applied, and then patched by the firmware if it is a file's and the firmware offers to. It is always a copy in
 * memory of our own, because firmware keeps its tree in memory of any type.
 */
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/proto/dt_fixup.h"
#include "lib/bytes.h"
#include "lib/devicetree_overlay.h"
#include "lib/string.h"

#define DT_MAGIC      0xd00dfeedu
#define DT_MAX_SIZE   (16 * 1024 * 1024u)
#define DT_FIXUP_ROOM (64 * 1024u) /* what fix-ups may add to a tree read from a file */

/* An EFI image finds its tree in memory that it keeps until it has read it. (EBBR 2.1 §4.3.) */
static EFI_STATUS allocate_tree(const struct boot *boot, uint64_t size, uint64_t *ret_base)
{
	bool is_for_image = slice_is_empty(boot->entry.helion_path);
	struct memory_request request = {
		.size = size,
		.type = HELION_MEM_MODULE,
		.efi_type = is_for_image ? EfiACPIReclaimMemory : EfiLoaderData,
	};
	EFI_STATUS status = memory_allocate(&request, ret_base);

	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for the device tree",
				   (unsigned long long)size);
	return EFI_SUCCESS;
}

/* The size that a tree's header states, 0 if there is no such header. */
static uint64_t stated_size(const void *blob)
{
	uint32_t size = load_be32((const uint8_t *)blob + 4);

	return load_be32(blob) == DT_MAGIC && size <= DT_MAX_SIZE ? size : 0;
}

/* ---- Overlays ---------------------------------------------------------------------------------------------------- */

struct overlays {
	uint64_t base[BOOTENTRY_MAX_OVERLAYS];
	uint64_t size[BOOTENTRY_MAX_OVERLAYS];
	uint64_t room; /* what they may add to a tree */
};

static EFI_STATUS read_overlays(const struct boot *boot, struct overlays *ret)
{
	ret->room = 0;
	for (uint32_t i = 0; i < boot->entry.overlay_count; i++) {
		struct slice path = boot->entry.overlays[i];
		EFI_STATUS status =
			file_load(boot->volume->root, path, HELION_MEM_LOADER, &ret->base[i], &ret->size[i]);

		if (status == EFI_SUCCESS)
			status = pin_check(boot, path, (const void *)ret->base[i], ret->size[i]);
		if (status != EFI_SUCCESS)
			return status;
		if (ret->size[i] > DT_MAX_SIZE)
			return print_refusal(EFI_LOAD_ERROR, "%.*s is not a device-tree overlay", SLICE_ARGS(path));
		ret->room += dt_overlay_room(ret->size[i]);
	}
	return EFI_SUCCESS;
}

static EFI_STATUS apply_overlays(const struct boot *boot, const struct overlays *overlays, uint64_t tree, uint64_t room)
{
	for (uint32_t i = 0; i < boot->entry.overlay_count; i++) {
		const char *reason = dt_overlay_apply((void *)tree, room, (void *)overlays->base[i], overlays->size[i]);

		if (reason)
			return print_refusal(EFI_LOAD_ERROR, "device-tree overlay %.*s cannot be applied: %s",
					     SLICE_ARGS(boot->entry.overlays[i]), reason);
	}
	return EFI_SUCCESS;
}

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

static EFI_STATUS copy_firmware_tree(struct boot *boot, const struct overlays *overlays)
{
	const void *blob = boot->tables.firmware_tree;
	struct tree *tree = &boot->tree;
	uint64_t size = stated_size(blob), room = size + overlays->room;
	enum dt_error error = DT_ERROR_BLOB;
	EFI_STATUS status;

	if (size) {
		status = allocate_tree(boot, room, &tree->phys);
		if (status != EFI_SUCCESS)
			return status;
		memcpy((void *)tree->phys, blob, size);
		error = dt_open(&tree->dt, (const void *)tree->phys, size);
	}
	if (error != DT_OK) {
		print_warning("the firmware's device tree is not used: %s", dt_strerror(error));
		tree->phys = tree->size = 0;
		return EFI_SUCCESS;
	}
	status = apply_overlays(boot, overlays, tree->phys, room);
	if (status != EFI_SUCCESS)
		return status;
	tree->size = stated_size((const void *)tree->phys);
	error = dt_open(&tree->dt, (const void *)tree->phys, tree->size);
	if (error != DT_OK)
		return print_refusal(EFI_LOAD_ERROR, "the firmware's device tree with overlays: %s",
				     dt_strerror(error));
	return EFI_SUCCESS;
}

/* Lets the firmware add what it knows (memory, boot hart, addresses of network cards). */
static EFI_STATUS fix_up(struct slice path, uint64_t base, uint64_t room)
{
	EFI_GUID guid = DT_FIXUP_PROTOCOL_GUID;
	struct dt_fixup_protocol *protocol;
	UINTN size = room;
	EFI_STATUS status;
	void *interface;

	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return EFI_SUCCESS;
	protocol = interface;
	status = protocol->fixup(protocol, (void *)base, &size, DT_FIXUP_APPLY | DT_FIXUP_RESERVE);
	if (status != EFI_SUCCESS)
		return print_error(status, "the firmware could not fix up the device tree %.*s", SLICE_ARGS(path));
	return EFI_SUCCESS;
}

static EFI_STATUS load_file_tree(struct boot *boot, const struct overlays *overlays)
{
	struct slice path = boot->entry.devicetree;
	struct tree *tree = &boot->tree;
	enum dt_error error;
	EFI_STATUS status;
	struct file file;
	uint64_t room, size;

	status = file_open(boot->volume->root, path, &file);
	if (status != EFI_SUCCESS)
		return status;
	size = file.size;
	room = size + overlays->room + DT_FIXUP_ROOM;
	if (size < 40 || size > DT_MAX_SIZE)
		status = print_refusal(EFI_LOAD_ERROR, "%.*s is not a device tree", SLICE_ARGS(path));
	if (status == EFI_SUCCESS)
		status = allocate_tree(boot, room, &tree->phys);
	if (status == EFI_SUCCESS)
		status = file_read(&file, 0, (void *)tree->phys, size);
	file_close(&file);
	if (status == EFI_SUCCESS)
		status = pin_check(boot, path, (const void *)tree->phys, size);
	if (status != EFI_SUCCESS)
		return status;

	memset((uint8_t *)tree->phys + size, 0, room - size);
	error = dt_open(&tree->dt, (const void *)tree->phys, size);
	if (error == DT_OK) {
		status = apply_overlays(boot, overlays, tree->phys, room);
		if (status != EFI_SUCCESS)
			return status;
		status = fix_up(path, tree->phys, room);
		if (status != EFI_SUCCESS)
			return status;
		error = dt_open(&tree->dt, (const void *)tree->phys, room);
	}
	if (error != DT_OK)
		return print_refusal(EFI_LOAD_ERROR, "device tree %.*s: %s", SLICE_ARGS(path), dt_strerror(error));
	tree->size = stated_size((const void *)tree->phys);
	return EFI_SUCCESS;
}

EFI_STATUS tree_load(struct boot *boot)
{
	struct overlays overlays;
	EFI_STATUS status = read_overlays(boot, &overlays);

	boot->tree.phys = boot->tree.size = 0;
	if (status != EFI_SUCCESS)
		return status;
	if (!slice_is_empty(boot->entry.devicetree))
		return load_file_tree(boot, &overlays);
	if (boot->tables.firmware_tree)
		status = copy_firmware_tree(boot, &overlays);
	if (status == EFI_SUCCESS && boot->entry.overlay_count && !boot->tree.phys)
		return print_refusal(EFI_NOT_FOUND, "there is no device tree that %.*s could be applied to",
				     SLICE_ARGS(boot->entry.overlays[0]));
	return status;
}

/* ---- For an EFI image -------------------------------------------------------------------------------------------- */

static EFI_GUID table_guid = EFI_DTB_TABLE_GUID;
static bool is_installed;

EFI_STATUS tree_install(struct boot *boot)
{
	EFI_STATUS status;

	if (slice_is_empty(boot->entry.devicetree) && boot->entry.overlay_count == 0)
		return EFI_SUCCESS;
	status = tree_load(boot);
	if (status != EFI_SUCCESS)
		return status;
	status = BS->InstallConfigurationTable(&table_guid, (void *)boot->tree.phys);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot hand the device tree to the kernel (InstallConfigurationTable)");
	is_installed = true;
	return EFI_SUCCESS;
}

void tree_uninstall(struct boot *boot)
{
	EFI_STATUS status;

	if (!is_installed)
		return;
	is_installed = false;
	status = BS->InstallConfigurationTable(&table_guid, (void *)boot->tables.firmware_tree);
	if (status != EFI_SUCCESS)
		print_error(status, "cannot put the firmware's device tree back (InstallConfigurationTable)");
}

/* ---- What it reserves -------------------------------------------------------------------------------------------- */

void tree_each_reserved(const struct tree *tree, void (*reserve)(void *ctx, uint64_t base, uint64_t size, bool no_map),
			void *ctx)
{
	struct dt_memory_iterator iterator = {.started = false};
	struct dt_reserved reserved;
	struct dt_memory range;

	if (!tree->phys)
		return;
	for (uint32_t i = 0; dt_memreserve(&tree->dt, i, &range) == DT_OK; i++)
		reserve(ctx, range.base, range.size, false);
	while (dt_reserved_next(&tree->dt, &iterator, &reserved) == DT_OK)
		if (!reserved.is_dynamic && reserved.range.size)
			reserve(ctx, reserved.range.base, reserved.range.size, reserved.no_map);
}
