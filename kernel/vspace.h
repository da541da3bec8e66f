/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VSpace: an address space. Its page tables and its mapping records come from
 * the Memory that it was made from.
 *
 * A mapping record remembers one range of one Pages object and holds a
 * capability to it, so that destroying the Pages removes every mapping of them.
 * Records never overlap, and what they cover is what the page tables map: so they also
 * say which tables become empty.
 *
 * What takes long is done in steps (struct map_request, HELION_RESTART), each of which leaves records and tables in
 * agreement: a mapping grows from its beginning while it is made, and shrinks from there while it goes.
 *
 * Invocations: VSPACE_MAP, _UNMAP, _PROTECT, _QUERY. Lock: exclusive.
 */
#ifndef KERNEL_VSPACE_H
#define KERNEL_VSPACE_H

#include <stdatomic.h>

#include "kernel/object.h"
#include "lib/pagetable.h"
#include "lib/tree.h"

struct vspace {
	struct object object;
	struct pagetable tables;
	struct tree mappings;          /* struct mapping.node */
	uint64_t open_base, open_size; /* part of it where a mapping need only be free, see window_open() */
	/* The one that was added last, or that was before one which went since. NULL: none is known. */
	struct mapping *recent;
	uint16_t asid;  /* 0 when none, see kernel/tlb.h */
	uint64_t token; /* what a CPU loads to use it: root table and ASID, as arch_vspace_token() makes it */
	uint64_t restricted_token; /* the same without its window; 0: it never had one */
	uint64_t full_root; /* physical: the root table with the window's entry, see kernel/window.h; 0: none yet */
	uint16_t restricted_asid;
	uint32_t window_of;    /* address spaces whose window it is */
	struct cap window;     /* VSpace that is its window; holder_kind CAP_IN_WINDOW, holder is this VSpace */
	_Atomic uint64_t cpus; /* that may remember translations of it, a bit each */
};

struct mapping {
	struct cap pages;      /* holder_kind CAP_IN_MAPPING, holder is this record */
	struct tree_node node; /* key: its first address, a multiple of the page size */
	struct vspace *vspace;
	uint64_t size;   /* multiple of the page size */
	uint64_t offset; /* of its first byte in the Pages */
};

struct pages;

enum helion_error vspace_create(struct memory *memory, struct object **ret);

/* Part of some Pages that is to be mapped, and how far that is. */
struct map_request {
	struct pages *pages;
	uint64_t virt, offset, size;
	uint64_t flags;  /* HELION_MAP_* */
	uint8_t rights;  /* to the Pages */
	uint64_t mapped; /* bytes so far; the other three as well are 0 at first */
	uint64_t synced; /* bytes that can be executed as they were written */
	uint64_t error;  /* why what is mapped so far is taken back */
};

/* The next step; HELION_RESTART: there is more to do. The range must be inside the Pages and inside user space, and free. All of it
 * is mapped in the end, or nothing. */
enum helion_error vspace_map(struct vspace *vspace, struct map_request *request);

/* Whether nothing is mapped in [virt, virt + size). */
bool vspace_is_empty(const struct vspace *vspace, uint64_t virt, uint64_t size);

/* Physical address behind [virt, virt + size) if that is mapped readable; *ret_run is how many bytes are contiguous. */
bool vspace_resolve(struct vspace *vspace, uint64_t virt, uint64_t *ret_phys, uint64_t *ret_run);

struct invocation;
enum helion_error vspace_invoke(struct invocation *inv);

#endif
