/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/child.h"

#include <arch/elf.h>
#include <helion/manifest.h>

#include "lib/checked.h"
#include "lib/cpio.h"
#include "lib/elf.h"
#include "lib/string.h"
#include "user/lib/invoke.h"
#include "user/lib/ipc.h"
#include "user/lib/manifest.h"
#include "user/lib/self.h"
#include "user/lib/start.h"

/* Where things lie in a child: as in the first process. */
#define CHILD_MANIFEST   0x10000000ull
#define CHILD_BUFFER     HELION_CHILD_BUFFER
#define CHILD_STACK      HELION_CHILD_STACK
#define CHILD_STACK_SIZE 0x20000ull

#define READ_WRITE (HELION_RIGHT_READ | HELION_RIGHT_WRITE)

struct child_manifest {
	struct helion_manifest head;
	char cmdline[HELION_CHILD_ARGS];
	struct helion_record records[HELION_CHILD_GIFTS];
};

_Static_assert(sizeof(struct child_manifest) <= HELION_PAGE_SIZE, "one page");

/* -- Memory of the child -------------------------------------------------------------------------------------- */

/* Nothing but the child keeps what was made for it: its CSpace holds the only capability, as slot *ret_there. */
static int hand_over(struct helion_child *child, uint64_t slot, uint64_t *ret_there)
{
	uint64_t own = helion_process.cspace;
	int error = helion_cspace_grant(own, child->cspace, slot, READ_WRITE, 0, ret_there);
	int second = helion_cspace_delete(own, slot);

	return error < 0 ? error : second;
}

/* New Pages at `address` of the child, with the bytes of `data` from `offset` on. */
static int place(struct helion_child *child, uint64_t address, uint64_t size, uint64_t flags, const void *data,
		 uint64_t offset, uint64_t data_size)
{
	struct vm_mapping mapping;
	uint64_t pages, there;
	int error = helion_memory_create(child->memory, HELION_TYPE_PAGES, size, 0, &pages);

	if (error < 0)
		return error;
	if (data_size > 0) {
		error = helion_pages_map(pages, 0, size, HELION_MAP_READ | HELION_MAP_WRITE, &mapping);
		if (error < 0)
			return error;
		memcpy((char *)mapping.address + offset, data, data_size);
		error = helion_pages_unmap(&mapping);
		if (error < 0)
			return error;
	}
	error = helion_vspace_map(child->vspace, pages, address, 0, size, flags);
	return error < 0 ? error : hand_over(child, pages, &there);
}

static int load(struct helion_child *child, const struct cpio_entry *file)
{
	const struct elf_rules rules = {.max_span = HELION_CHILD_MEMORY, .allow_tls = true};
	struct elf_image image;
	int error = 0;

	if (elf_parse(file->data, file->size, ARCH_ELF_MACHINE, &rules, &image) || image.is_relocatable ||
	    image.base < HELION_PAGE_SIZE || image.base >= CHILD_MANIFEST || image.span > CHILD_MANIFEST - image.base)
		return -HELION_ERR_ARGUMENT;
	for (uint32_t i = 0; i < image.segment_count && error == 0; i++) {
		const struct elf_segment *segment = &image.segments[i];
		uint64_t start = align_down(segment->address, HELION_PAGE_SIZE);
		uint64_t end =
			align_down(segment->address + segment->memory_size + HELION_PAGE_SIZE - 1, HELION_PAGE_SIZE);
		uint64_t flags = HELION_MAP_READ;

		if (segment->flags & ELF_SEGMENT_WRITE)
			flags |= HELION_MAP_WRITE;
		if (segment->flags & ELF_SEGMENT_EXECUTE)
			flags |= HELION_MAP_EXEC;
		error = place(child, start, end - start, flags, (const char *)file->data + segment->file_offset,
			      segment->address - start, segment->file_size);
	}
	child->entry = image.entry;
	return error;
}

/* -- What it starts with -------------------------------------------------------------------------------------- */

static int make_objects(struct helion_child *child)
{
	static const struct {
		enum helion_type type;
		uint64_t size;
	} objects[] = {{HELION_TYPE_CSPACE, HELION_CHILD_SLOTS},
		       {HELION_TYPE_VSPACE, 0},
		       {HELION_TYPE_TASK, 0},
		       {HELION_TYPE_ENDPOINT, 0}};
	uint64_t *slots[] = {&child->cspace, &child->vspace, &child->task, &child->end};

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		int error = helion_memory_create(child->memory, objects[i].type, objects[i].size, 0, slots[i]);

		if (error < 0)
			return error;
	}
	return 0;
}

/* The task keeps the Pages of its IPC buffer, but the child's capability is what the mapping lives by. */
static int make_buffer(struct helion_child *child, uint64_t *ret_there)
{
	uint64_t pages;
	int error = helion_memory_create(child->memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &pages);

	if (error < 0)
		return error;
	error = helion_vspace_map(child->vspace, pages, CHILD_BUFFER, 0, HELION_PAGE_SIZE,
				  HELION_MAP_READ | HELION_MAP_WRITE);
	if (error < 0)
		return error;
	error = helion_task_configure(child->task, child->cspace, child->vspace, pages);
	return error < 0 ? error : hand_over(child, pages, ret_there);
}

static int make_manifest(struct helion_child *child, const char *arguments)
{
	uint64_t own = helion_process.cspace, there[5];
	const uint64_t slots[] = {child->cspace, child->vspace, child->task, child->memory};
	struct child_manifest *m;
	uint64_t pages;
	int error = helion_memory_create(child->memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &pages);

	if (error < 0)
		return error;
	error = helion_pages_map(pages, 0, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, &child->manifest);
	if (error < 0)
		return error;
	error = helion_vspace_map(child->vspace, pages, CHILD_MANIFEST, 0, HELION_PAGE_SIZE, HELION_MAP_READ);
	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]) && error == 0; i++)
		error = helion_cspace_grant(own, child->cspace, slots[i], READ_WRITE, 0, &there[i]);
	if (error == 0)
		error = make_buffer(child, &there[4]);
	if (error < 0)
		return error;
	m = child->manifest.address;
	m->head = (struct helion_manifest){
		.magic = HELION_MANIFEST_MAGIC,
		.version = HELION_MANIFEST_VERSION,
		.record_size = sizeof(m->records[0]),
		.records = offsetof(struct child_manifest, records),
		.cpus = helion_process.manifest->cpus,
		.cmdline = offsetof(struct child_manifest, cmdline),
		.boot_clock_hz = helion_process.manifest->boot_clock_hz,
		.slot_cspace = (uint32_t)there[0],
		.slot_vspace = (uint32_t)there[1],
		.slot_task = (uint32_t)there[2],
		.slot_memory = (uint32_t)there[3],
		.slot_ipc_buffer = (uint32_t)there[4],
		.console_type = helion_process.manifest->console_type,
		.console_reg_shift = helion_process.manifest->console_reg_shift,
		.console_reg_width = helion_process.manifest->console_reg_width,
	};
	memcpy(m->cmdline, arguments, strlen(arguments) + 1);
	return helion_child_give(child, "parent", child->end, HELION_RIGHT_WRITE, 0);
}

static int make(struct helion_child *child, const struct cpio_entry *file, const char *arguments)
{
	int error = make_objects(child);

	if (error == 0)
		error = load(child, file);
	if (error == 0)
		error = place(child, CHILD_STACK - CHILD_STACK_SIZE, CHILD_STACK_SIZE,
			      HELION_MAP_READ | HELION_MAP_WRITE, NULL, 0, 0);
	if (error == 0)
		error = make_manifest(child, arguments);
	if (error == 0)
		error = helion_task_set_fault(child->task, child->end);
	return error;
}

int helion_child_create(struct helion_child *child, const char *path, const char *arguments)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	struct cpio_entry file;
	int error;

	*child = (struct helion_child){0};
	if (arguments == NULL)
		arguments = "";
	if (strlen(arguments) >= HELION_CHILD_ARGS)
		return -HELION_ERR_ARGUMENT;
	if (manifest->initramfs == 0 ||
	    cpio_find((const void *)(uintptr_t)manifest->initramfs, manifest->initramfs_size, path, &file) != CPIO_OK)
		return -HELION_ERR_MISSING;
	error = helion_memory_create(helion_process.memory, HELION_TYPE_MEMORY, HELION_CHILD_MEMORY, 0, &child->memory);
	if (error < 0)
		return error;
	error = make(child, &file, arguments);
	if (error < 0)
		helion_child_destroy(child);
	return error;
}

/* -- Between parent and child --------------------------------------------------------------------------------- */

static int add_record(struct helion_child *child, const char *name, struct helion_record record, uint64_t slot,
		      uint64_t rights, uint64_t badge)
{
	struct child_manifest *m = child->manifest.address;
	enum helion_type type;
	int error;

	if (m->head.record_count == HELION_CHILD_GIFTS || strlen(name) >= HELION_RECORD_NAME)
		return -HELION_ERR_ARGUMENT;
	error = helion_identify(slot, &type, NULL, NULL);
	if (error < 0)
		return error;
	error = helion_cspace_grant(helion_process.cspace, child->cspace, slot, rights, badge, &record.slot);
	if (error < 0)
		return error;
	record.type = type;
	memset(record.name, 0, sizeof(record.name));
	memcpy(record.name, name, strlen(name));
	m->records[m->head.record_count++] = record;
	return 0;
}

int helion_child_give(struct helion_child *child, const char *name, uint64_t slot, uint64_t rights, uint64_t badge)
{
	const struct helion_record record = {.origin = HELION_ORIGIN_KERNEL};

	return add_record(child, name, record, slot, rights, badge);
}

int helion_child_give_device(struct helion_child *child, const char *name, const struct helion_record *record,
			     uint64_t slot)
{
	return add_record(child, name, *record, slot, READ_WRITE, 0);
}

int helion_child_start(struct helion_child *child)
{
	return helion_task_start(child->task, child->entry, CHILD_STACK, CHILD_MANIFEST, 0);
}

int helion_child_wait(struct helion_child *child, int *ret_status)
{
	struct helion_message message;
	int error = helion_recv(helion_ipc_buffer(), child->end, &message);

	if (error < 0)
		return error;
	if (message.label == HELION_LABEL_FAULT) {
		child->fault = (struct helion_child_fault){message.words[0], message.words[1], message.words[2]};
		return -HELION_ERR_FAULT;
	}
	*ret_status = (int)message.words[0];
	return 0;
}

int helion_child_destroy(struct helion_child *child)
{
	int error = 0, second;

	/* The Pages go with the Memory: so its other threads do not miss their manifest before that. */
	if (child->manifest.address != NULL)
		error = helion_pages_unmap(&child->manifest);
	second = helion_cspace_destroy(helion_process.cspace, child->memory);
	*child = (struct helion_child){0};
	return error < 0 ? error : second;
}

const struct helion_record *helion_given_record(const char *name)
{
	const struct helion_manifest *manifest = helion_process.manifest;

	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (record->slot != 0 && strcmp(record->name, name) == 0)
			return record;
	}
	return NULL;
}

uint64_t helion_given(const char *name)
{
	const struct helion_record *record = helion_given_record(name);

	return record != NULL ? record->slot : 0;
}
