/* SPDX-License-Identifier: BSD-2-Clause */
/* A second task, in this address space or in one with a copy of the program. */
#include "lib/cpio.h"
#include "lib/elf.h"
#include "user/bench/bench.h"

#include <arch/elf.h>

/* A priority above that of the program. */
#define IMPORTANT 20u

static void load_segment(struct bench_space *space, const struct cpio_entry *file, const struct elf_segment *segment)
{
	uint64_t in_page = segment->address % HELION_PAGE_SIZE;
	uint64_t flags = HELION_MAP_READ;
	struct vm_mapping copy;

	if (segment->flags & ELF_SEGMENT_WRITE)
		flags |= HELION_MAP_WRITE;
	if (segment->flags & ELF_SEGMENT_EXECUTE)
		flags |= HELION_MAP_EXEC;
	MUST(helion_pages_map_new(in_page + segment->memory_size, &copy));
	memcpy((char *)copy.address + in_page, (const char *)file->data + segment->file_offset, segment->file_size);
	MUST(helion_pages_unmap(&copy));
	MUST(helion_vspace_map(space->vspace, copy.pages, segment->address - in_page, 0, copy.size, flags));
	helion_assert(space->page_count < BENCH_SEGMENTS);
	space->pages[space->page_count++] = copy.pages;
}

static void space_create(struct bench_space *space)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	const struct elf_rules rules = {.allow_tls = true};
	struct cpio_entry file;
	struct elf_image image;

	space->vspace = bench_create(HELION_TYPE_VSPACE, 0);
	helion_assert(cpio_find((const void *)manifest->initramfs, manifest->initramfs_size, "/init", &file) ==
		      CPIO_OK);
	helion_assert(elf_parse(file.data, file.size, ARCH_ELF_MACHINE, &rules, &image) == ELF_OK);
	for (uint32_t i = 0; i < image.segment_count; i++)
		load_segment(space, &file, &image.segments[i]);
}

static void space_delete(struct bench_space *space)
{
	bench_delete(space->vspace);
	while (space->page_count > 0)
		bench_delete(space->pages[--space->page_count]);
}

/* The same addresses in the other address space. */
static void share(uint64_t vspace, const struct vm_mapping *mapping)
{
	MUST(helion_vspace_map(vspace, mapping->pages, (uint64_t)(uintptr_t)mapping->address, 0, mapping->size,
			       HELION_MAP_READ | HELION_MAP_WRITE));
}

struct bench_peer *bench_peer_create(bool other_space, void (*function)(void *peer), uint64_t object, uint64_t info)
{
	struct bench_peer *peer;
	struct vm_mapping at;

	MUST(helion_pages_map_new(sizeof(*peer), &at));
	peer = at.address;
	peer->at = at;
	peer->function = function;
	peer->object = object;
	peer->info = info;
	MUST(helion_thread_create(&peer->thread));
	if (other_space) {
		space_create(&peer->space);
		share(peer->space.vspace, &peer->at);
		share(peer->space.vspace, &peer->thread.stack);
		share(peer->space.vspace, &peer->thread.ipc);
		MUST(helion_task_configure(peer->thread.task, helion_process.cspace, peer->space.vspace,
					   peer->thread.ipc.pages));
	}
	return peer;
}

void bench_peer_run(struct bench_peer *peer)
{
	struct helion_task_info state;

	MUST(helion_thread_start(&peer->thread, peer->function, peer));
	for (int i = 0; i < 4; i++)
		helion_yield();
	MUST(helion_task_info(peer->thread.task, &state));
	helion_assert(state.state == HELION_TASK_WAITING || state.state == HELION_TASK_READY);
}

struct bench_peer *bench_peer_start(bool other_space, void (*function)(void *peer), uint64_t object, uint64_t info)
{
	struct bench_peer *peer = bench_peer_create(other_space, function, object, info);

	bench_peer_run(peer);
	return peer;
}

void bench_peer_end(struct bench_peer *peer)
{
	struct vm_mapping at = peer->at;

	MUST(helion_thread_destroy(&peer->thread));
	if (peer->space.vspace != 0)
		space_delete(&peer->space);
	MUST(helion_pages_release(&at));
}

struct bench_peer *bench_peer_start_important(void (*function)(void *peer), uint64_t object)
{
	struct bench_peer *peer = bench_peer_create(true, function, object, 0);

	MUST(helion_task_set_priority(peer->thread.task, IMPORTANT, IMPORTANT));
	bench_peer_run(peer);
	return peer;
}

/* Where it has noted the time, the round that is followed ends. */
void bench_wait_for_ever(void *argument)
{
	struct bench_peer *peer = argument;
	uint64_t notification = peer->object;

	for (;;) {
		arch_syscall_short(HELION_SYS_WAIT, notification, 0);
		peer->ended = arch_user_cycles();
		bench_mark_end();
	}
}
