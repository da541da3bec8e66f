/* SPDX-License-Identifier: BSD-2-Clause */
/* A second task, in this address space or in one with a copy of the program. */
#include "lib/cpio.h"
#include "lib/elf.h"
#include "user/bench/bench.h"

#include <arch/elf.h>

/* One program has at most this many segments; each is one Pages. */
#define SEGMENTS_MAX 8

/* What the one other address space was made of. */
static uint64_t segment_pages[SEGMENTS_MAX];
static unsigned segment_count;

static void load_segment(uint64_t vspace, const struct cpio_entry *file, const struct elf_segment *segment)
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
	MUST(helion_vspace_map(vspace, copy.pages, segment->address - in_page, 0, copy.size, flags));
	helion_assert(segment_count < SEGMENTS_MAX);
	segment_pages[segment_count++] = copy.pages;
}

uint64_t bench_vspace_create(void)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	uint64_t vspace = bench_create(HELION_TYPE_VSPACE, 0);
	struct cpio_entry file;
	struct elf_image image;

	helion_assert(cpio_find((const void *)manifest->initramfs, manifest->initramfs_size, "/init", &file) ==
		      CPIO_OK);
	helion_assert(elf_parse(file.data, file.size, ARCH_ELF_MACHINE, NULL, &image) == ELF_OK);
	for (uint32_t i = 0; i < image.segment_count; i++)
		load_segment(vspace, &file, &image.segments[i]);
	return vspace;
}

void bench_vspace_delete(uint64_t vspace)
{
	bench_delete(vspace);
	while (segment_count > 0)
		bench_delete(segment_pages[--segment_count]);
}

/* The same addresses in the other address space. */
static void share(uint64_t vspace, const struct vm_mapping *mapping)
{
	MUST(helion_vspace_map(vspace, mapping->pages, (uint64_t)(uintptr_t)mapping->address, 0, mapping->size,
			       HELION_MAP_READ | HELION_MAP_WRITE));
}

struct bench_peer *bench_peer_start(bool other_space, void (*function)(void *peer), uint64_t object, uint64_t info)
{
	struct helion_task_info state;
	struct bench_peer *peer;
	struct vm_mapping at;

	MUST(helion_pages_map_new(sizeof(*peer), &at));
	peer = at.address;
	peer->at = at;
	peer->object = object;
	peer->info = info;
	MUST(helion_thread_create(&peer->thread));
	if (other_space) {
		peer->vspace = bench_vspace_create();
		share(peer->vspace, &peer->at);
		share(peer->vspace, &peer->thread.stack);
		share(peer->vspace, &peer->thread.ipc);
		MUST(helion_task_configure(peer->thread.task, helion_process.cspace, peer->vspace,
					   peer->thread.ipc.pages));
	}
	MUST(helion_thread_start(&peer->thread, function, peer));
	for (int i = 0; i < 4; i++)
		helion_yield();
	MUST(helion_task_info(peer->thread.task, &state));
	helion_assert(state.state == HELION_TASK_WAITING || state.state == HELION_TASK_READY);
	return peer;
}

void bench_peer_end(struct bench_peer *peer)
{
	struct vm_mapping at = peer->at;
	uint64_t vspace = peer->vspace;

	MUST(helion_thread_destroy(&peer->thread));
	if (vspace != 0)
		bench_vspace_delete(vspace);
	MUST(helion_pages_release(&at));
}
