/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The device tree for the kernel: the one that the entry names, patched by the
 * firmware if it offers to, or else the firmware's own. Either way it is a copy in memory of
 * our own, because firmware keeps its tree in memory of any type.
 */
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/proto/dt_fixup.h"
#include "lib/bytes.h"
#include "lib/string.h"

#define DT_MAGIC      0xd00dfeedu
#define DT_MAX_SIZE   (16 * 1024 * 1024u)
#define DT_FIXUP_ROOM (64 * 1024u) /* what fix-ups may add to a tree read from a file */

static EFI_STATUS allocate_tree(uint64_t size, uint64_t *ret_base)
{
	struct memory_request request = {.size = size, .type = HELION_MEM_MODULE, .efi_type = EfiLoaderData};
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

static EFI_STATUS copy_firmware_tree(struct boot *boot)
{
	const void *blob = boot->tables.firmware_tree;
	struct tree *tree = &boot->tree;
	uint64_t size = stated_size(blob);
	enum dt_error error = DT_ERROR_BLOB;
	EFI_STATUS status;

	if (size) {
		status = allocate_tree(size, &tree->phys);
		if (status != EFI_SUCCESS)
			return status;
		memcpy((void *)tree->phys, blob, size);
		tree->size = size;
		error = dt_open(&tree->dt, (const void *)tree->phys, size);
	}
	if (error != DT_OK) {
		print_warning("the firmware's device tree is not used: %s", dt_strerror(error));
		tree->phys = tree->size = 0;
	}
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

static EFI_STATUS load_file_tree(struct boot *boot)
{
	struct slice path = boot->entry.devicetree;
	struct tree *tree = &boot->tree;
	enum dt_error error;
	EFI_STATUS status;
	struct file file;
	uint64_t room, size;

	status = file_open(boot->root, path, &file);
	if (status != EFI_SUCCESS)
		return status;
	size = file.size;
	room = size + DT_FIXUP_ROOM;
	if (size < 40 || size > DT_MAX_SIZE)
		status = print_refusal(EFI_LOAD_ERROR, "%.*s is not a device tree", SLICE_ARGS(path));
	if (status == EFI_SUCCESS)
		status = allocate_tree(room, &tree->phys);
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
	boot->tree.phys = boot->tree.size = 0;
	if (!slice_is_empty(boot->entry.devicetree))
		return load_file_tree(boot);
	if (boot->tables.firmware_tree)
		return copy_firmware_tree(boot);
	return EFI_SUCCESS;
}

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
