/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/vspace.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/pages.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/window.h"
#include "lib/compiler.h"
#include "lib/string.h"

#define MAP_FLAGS (HELION_MAP_READ | HELION_MAP_WRITE | HELION_MAP_EXEC)

/* Budget of one step, in entries of page tables (lib/pagetable.h), and what a mapping takes from it besides. */
#define STEP_BUDGET   1024u
#define MAPPING_GOES  64u
#define MAPPING_STAYS 16u

/* -- Page tables from the Memory of the address space ------------------------ */

static uint64_t table_alloc(void *ctx)
{
	struct vspace *vspace = ctx;
	uint64_t phys = memory_alloc_pages(vspace->object.memory, 1, 0);

	if (phys) {
		arch_zero_pages(vm_direct(phys), HELION_PAGE_SIZE);
		/* Other CPUs go through it as soon as they see it. */
		atomic_thread_fence(memory_order_release);
	}
	return phys;
}

static void table_free(void *ctx, uint64_t phys)
{
	tlb_free_table(ctx, phys);
}

enum helion_error vspace_create(struct memory *memory, struct object **ret)
{
	struct vspace *vspace = memory_alloc_object(memory, MEMORY_CLASS(sizeof(*vspace)), HELION_TYPE_VSPACE);

	if (!vspace)
		return HELION_ERR_MEMORY;
	memory_zero_rest(vspace);
	vspace->tables = (struct pagetable){
		.levels = kernel_pagetable.levels,
		.max_leaf_level = kernel_pagetable.max_leaf_level,
		.alloc = table_alloc,
		.free = table_free,
		.direct = (uint64_t)vm_direct(0),
		.ctx = vspace,
	};
	cap_init(&vspace->window, CAP_IN_WINDOW, vspace);
	window_open(vspace);
	vspace->tables.root = table_alloc(vspace);
	if (!vspace->tables.root) {
		memory_free_object(&vspace->object);
		return HELION_ERR_MEMORY;
	}
	vm_share_kernel_half(vm_direct(vspace->tables.root));
	vspace->asid = tlb_asid_alloc();
	vspace->token = arch_vspace_token(vspace->tables.root, vspace->asid);
	*ret = &vspace->object;
	return HELION_OK;
}

/* -- Mapping records --------------------------------------------------------- */

static struct mapping *mapping_of(struct tree_node *node)
{
	return node ? tree_entry(node, struct mapping, node) : NULL;
}

static struct mapping *next_mapping(const struct mapping *mapping)
{
	return mapping_of(tree_next(&mapping->node));
}

static uint64_t start_of(const struct mapping *mapping)
{
	return mapping->node.key;
}

static uint64_t end_of(const struct mapping *mapping)
{
	return mapping->node.key + mapping->size;
}

/* Where an address is among the mappings. */
struct place {
	struct mapping *before; /* the last that begins below it */
	struct mapping *after;  /* the first that begins there or above */
};

static struct place place_of(const struct vspace *vspace, uint64_t virt)
{
	struct tree_node *before, *after;

	tree_around(&vspace->mappings, virt, &before, &after);
	return (struct place){mapping_of(before), mapping_of(after)};
}

/* First mapping that ends after the address; NULL when there is none. */
static struct mapping *mapping_from(const struct vspace *vspace, uint64_t virt)
{
	struct place place = place_of(vspace, virt);

	return place.before && end_of(place.before) > virt ? place.before : place.after;
}

static INLINE void mapping_init(struct mapping *mapping, struct vspace *vspace)
{
	mapping->vspace = vspace;
	cap_init(&mapping->pages, CAP_IN_MAPPING, mapping);
}

/* Storage of a record; NULL when there is no memory. */
static struct mapping *mapping_alloc(struct vspace *vspace)
{
	struct mapping *mapping = memory_alloc_class(vspace->object.memory, MEMORY_CLASS(sizeof(*mapping)));

	if (mapping)
		mapping_init(mapping, vspace);
	return mapping;
}

static void mapping_storage_free(struct mapping *mapping)
{
	memory_free_small(mapping->vspace->object.memory, mapping);
}

/* Puts a record, whose range is set, behind `before` (NULL: it is the first). */
static INLINE void mapping_add(struct mapping *mapping, struct mapping *before, struct pages *pages, uint8_t rights)
{
	cap_set(&mapping->pages, &pages->object, rights, 0);
	pages->mappings++;
	mapping->vspace->recent = mapping;
	tree_insert_after(&mapping->vspace->mappings, before ? &before->node : NULL, &mapping->node);
}

static void mapping_free(struct mapping *mapping)
{
	((struct pages *)mapping->pages.object)->mappings--;
	cap_clear(&mapping->pages);
	if (mapping->vspace->recent == mapping)
		mapping->vspace->recent = mapping_of(tree_previous(&mapping->node));
	tree_remove(&mapping->vspace->mappings, &mapping->node);
	mapping_storage_free(mapping);
}

/*
 * Takes as much of a mapping away, from its beginning, as the budget allows; when nothing is left of it, it is gone. Up
 * to `floor` from there downwards, and from its end up to the mapping `after` it, nothing is mapped. Returns how many bytes went.
 * Mappings end where leaves do, so nothing has to be split and this cannot fail.
 */
static uint64_t mapping_shrink(struct mapping *mapping, uint64_t floor, const struct mapping *after, unsigned *budget)
{
	struct vspace *vspace = mapping->vspace;
	uint64_t ceiling = after ? start_of(after) : vm_user_top;
	uint64_t size = pagetable_unmap(&vspace->tables, start_of(mapping), mapping->size, floor, ceiling - 1, budget);

	mapping->node.key += size;
	mapping->offset += size;
	mapping->size -= size;
	if (mapping->size == 0) {
		mapping_free(mapping);
		*budget -= *budget < MAPPING_GOES ? *budget : MAPPING_GOES;
	}
	return size;
}

/* What CPUs remember of this range is out of date. */
static void changed(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	window_sync(vspace, virt, size);
	tlb_note(vspace, virt, size);
}

bool mapping_cap_lost(struct cap *cap)
{
	struct mapping *mapping = cap->holder, *before = mapping_of(tree_previous(&mapping->node));
	struct vspace *vspace = mapping->vspace;
	uint64_t virt = start_of(mapping), size = mapping->size;
	uint64_t went = mapping_shrink(mapping, before ? end_of(before) : 0, next_mapping(mapping), &object_budget);

	changed(vspace, virt, went);
	return went == size;
}

bool vspace_destroy(struct object *object)
{
	struct vspace *vspace = (struct vspace *)object;
	struct mapping *mapping;

	if (vspace->token) {
		window_destroy(vspace);
		tlb_note_end(vspace);
		/* From here on nobody walks through its tables. */
		tlb_commit();
		vspace->token = 0;
		atomic_store_explicit(&vspace->cpus, 0, memory_order_relaxed);
	}
	while ((mapping = mapping_of(tree_first(&vspace->mappings)))) {
		if (object_budget == 0)
			return false;
		mapping_shrink(mapping, 0, next_mapping(mapping), &object_budget);
	}
	if (vspace->tables.keeps_top)
		pagetable_free_top(&vspace->tables, ARCH_SPLIT_ROOTS ? PT_ENTRIES : PT_ENTRIES / 2);
	table_free(vspace, vspace->tables.root);
	return true;
}

/* -- Operations --------------------------------------------------------------- */

static enum helion_error check_range(const struct vspace *vspace, uint64_t virt, uint64_t size)
{
	if (virt % HELION_PAGE_SIZE || size % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	/* The first page stays empty, so that a null pointer faults; and the last, so that no system call's instruction is followed
	 * by an address to which there is no return. */
	if (size == 0 || virt < HELION_PAGE_SIZE || virt >= vm_user_top - HELION_PAGE_SIZE ||
	    size > vm_user_top - HELION_PAGE_SIZE - virt)
		return HELION_ERR_ARGUMENT;
	return window_allows(vspace, virt, size) ? HELION_OK : HELION_ERR_ARGUMENT;
}

/* W^X holds for every mapping; write implies read. */
static enum helion_error check_flags(uint64_t flags, uint8_t rights, uint32_t kind)
{
	if ((flags & ~(uint64_t)MAP_FLAGS) || !(flags & HELION_MAP_READ))
		return HELION_ERR_ARGUMENT;
	if ((flags & HELION_MAP_WRITE) && (flags & HELION_MAP_EXEC))
		return HELION_ERR_ARGUMENT;
	if ((flags & HELION_MAP_EXEC) && kind != HELION_PAGES_RAM)
		return HELION_ERR_ARGUMENT;
	if (!(rights & HELION_RIGHT_READ) || ((flags & HELION_MAP_WRITE) && !(rights & HELION_RIGHT_WRITE)) ||
	    ((flags & HELION_MAP_EXEC) && !(rights & HELION_RIGHT_EXEC)))
		return HELION_ERR_RIGHTS;
	return HELION_OK;
}

static unsigned table_flags(uint32_t flags, uint32_t kind)
{
	unsigned result = PT_READ | PT_USER;

	if (flags & HELION_MAP_WRITE)
		result |= PT_WRITE;
	if (flags & HELION_MAP_EXEC)
		result |= PT_EXEC;
	if (kind == HELION_PAGES_DEVICE)
		result |= PT_DEVICE;
	else if (kind == HELION_PAGES_FRAMEBUFFER)
		result |= PT_WRITECOMBINE;
	return result;
}

/* Makes the part of the Pages visible to execution, a bounded amount at a time. Whether that was all. */
static bool sync_part(const struct pages *pages, uint64_t offset, uint64_t size, uint64_t *done)
{
	if (*done < size)
		*done += arch_icache_sync(vm_direct(pages->phys + offset + *done), size - *done);
	return *done >= size;
}

/* -- Map ----------------------------------------------------------------------- */

static enum helion_error check_map(const struct vspace *vspace, const struct map_request *request)
{
	const struct pages *pages = request->pages;
	enum helion_error error = check_range(vspace, request->virt, request->size);

	if (error)
		return error;
	if (request->offset % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	if (request->offset >= pages->size || request->size > pages->size - request->offset)
		return HELION_ERR_ARGUMENT;
	return check_flags(request->flags, request->rights, pages->kind);
}

/* Whether the mapping is what this request has mapped so far: others may have changed something meanwhile. */
static bool is_begun(const struct mapping *mapping, const struct map_request *request)
{
	return mapping && start_of(mapping) == request->virt && mapping->size == request->mapped &&
	       request->mapped < request->size && mapping->offset == request->offset &&
	       mapping->pages.object == &request->pages->object;
}

/* Takes the next part back of what is mapped so far. */
static enum helion_error map_undo(struct vspace *vspace, struct map_request *request, struct place place)
{
	unsigned budget = STEP_BUDGET;
	uint64_t went, virt = request->virt;

	went = mapping_shrink(place.after, place.before ? end_of(place.before) : 0, next_mapping(place.after), &budget);
	changed(vspace, virt, went);
	request->virt += went;
	request->offset += went;
	request->size -= went;
	request->mapped -= went;
	return request->mapped ? HELION_RESTART : (enum helion_error)request->error;
}

/* Maps the next part; `mapping` is what is mapped so far. */
static enum helion_error map_part(struct vspace *vspace, struct map_request *request, struct mapping *mapping,
				  struct mapping *before)
{
	uint64_t at = request->virt + request->mapped, phys = request->pages->phys + request->offset + request->mapped;
	struct mapping *made = mapping ? mapping : mapping_alloc(vspace);
	unsigned budget = STEP_BUDGET, flags;
	enum pagetable_error error;
	uint64_t part;

	if (!made)
		return HELION_ERR_MEMORY;
	flags = table_flags((uint32_t)request->flags, request->pages->kind);
	error = pagetable_map(&vspace->tables, at, phys, request->size - request->mapped, flags, &budget, &part);
	request->mapped += part;
	made->size = request->mapped;
	window_sync(vspace, at, request->size - (at - request->virt));
	arch_barrier();
	if (!mapping && part) {
		made->node.key = request->virt;
		made->offset = request->offset;
		mapping_add(made, before, request->pages, request->rights);
	} else if (!mapping) {
		mapping_storage_free(made);
	}
	if (error) {
		/* The processor may have walked the tables that were made and did not stay. */
		tlb_note(vspace, at, request->size - (at - request->virt));
		request->error = HELION_ERR_MEMORY;
		return request->mapped ? HELION_RESTART : HELION_ERR_MEMORY;
	}
	return request->mapped < request->size ? HELION_RESTART : HELION_OK;
}

/*
 * A page of RAM that is not to be executed, next to what was mapped last: what pagers do all the time. False: it is not
 * that, or something is wrong, and nothing has changed. Records and tables agree, so a free entry is room for a record.
 */
static INLINE bool map_page(struct vspace *vspace, const struct cap *cap, const uint64_t *words)
{
	uint64_t virt = words[0], offset = words[1], flags = words[3], rights = cap->rights, *entry, leaf;
	struct pages *pages = (struct pages *)cap->object;
	struct mapping *mapping, *before = vspace->recent;

	if ((virt | offset) % HELION_PAGE_SIZE || virt - vspace->open_base >= vspace->open_size ||
	    offset >= pages->size || (flags | HELION_MAP_WRITE) != (HELION_MAP_READ | HELION_MAP_WRITE) ||
	    (flags & ~rights) || pages->kind != HELION_PAGES_RAM)
		return false;
	if (!before || start_of(before) >= virt || (before->node.next && before->node.next->key < virt))
		return false;
	entry = pagetable_recent_entry(&vspace->tables, virt);
	if (!entry || arch_pte_present(*entry))
		return false;
	mapping = memory_alloc_quick(vspace->object.memory, MEMORY_CLASS(sizeof(*mapping)));
	if (!mapping)
		return false;
	leaf = pages->phys + offset;
	leaf = flags & HELION_MAP_WRITE ? arch_pte_leaf(leaf, 0, PT_READ | PT_USER | PT_WRITE)
					: arch_pte_leaf(leaf, 0, PT_READ | PT_USER);
	*entry = leaf;
	arch_barrier();
	mapping->size = HELION_PAGE_SIZE;
	mapping->offset = offset;
	mapping->node.key = virt;
	mapping_init(mapping, vspace);
	mapping_add(mapping, before, pages, (uint8_t)rights);
	return true;
}

_Static_assert(HELION_MAP_READ == HELION_RIGHT_READ && HELION_MAP_WRITE == HELION_RIGHT_WRITE,
	       "map_page compares them with each other");

enum helion_error vspace_map(struct vspace *vspace, struct map_request *request)
{
	enum helion_error error = check_map(vspace, request);
	struct mapping *mapping = NULL, *after;
	struct place place;

	if (error && !request->mapped)
		return error;
	place = place_of(vspace, request->virt);
	after = place.after;
	if (request->mapped) {
		mapping = place.after;
		if (!is_begun(mapping, request))
			return HELION_ERR_BUSY;
		after = next_mapping(mapping);
	}
	if ((after && start_of(after) < request->virt + request->size) ||
	    (place.before && end_of(place.before) > request->virt))
		error = HELION_ERR_OCCUPIED;
	if (mapping && (error || request->error)) {
		request->error = error ? error : request->error;
		return map_undo(vspace, request, place);
	}
	if (error)
		return error;
	if ((request->flags & HELION_MAP_EXEC) &&
	    !sync_part(request->pages, request->offset, request->size, &request->synced))
		return HELION_RESTART;
	return map_part(vspace, request, mapping, place.before);
}

/* All but a page next to what was mapped last, which a page elsewhere becomes. */
static __attribute__((noinline)) enum helion_error map_range(struct invocation *inv, struct vspace *vspace)
{
	const struct cap *cap = inv->caps[0];
	const uint64_t *words = inv->words;
	struct map_request request;
	enum helion_error error;

	if (cap->type != HELION_TYPE_PAGES)
		return HELION_ERR_TYPE;
	if (words[2] == HELION_PAGE_SIZE && !inv->task->begun) {
		pagetable_remember(&vspace->tables, words[0]);
		vspace->recent = place_of(vspace, words[0]).before;
		if (map_page(vspace, cap, words))
			return HELION_OK;
	}
	request = (struct map_request){
		.pages = (struct pages *)cap->object,
		.virt = words[0],
		.offset = words[1],
		.size = words[2],
		.flags = words[3],
		.rights = cap->rights,
		.mapped = inv->task->progress[0],
		.synced = inv->task->progress[1],
		.error = inv->task->progress[2],
	};
	error = vspace_map(vspace, &request);
	if (error != HELION_RESTART)
		return error;
	trapframe_set_word(&inv->task->regs, 0, request.virt);
	trapframe_set_word(&inv->task->regs, 1, request.offset);
	trapframe_set_word(&inv->task->regs, 2, request.size);
	inv->task->progress[0] = request.mapped;
	inv->task->progress[1] = request.synced;
	inv->task->progress[2] = request.error;
	return HELION_RESTART;
}

static enum helion_error invoke_map(struct invocation *inv, struct vspace *vspace)
{
	const struct cap *cap = inv->caps[0];

	if (cap->type == HELION_TYPE_PAGES && inv->words[2] == HELION_PAGE_SIZE && !inv->task->begun &&
	    map_page(vspace, cap, inv->words))
		return HELION_OK;
	return map_range(inv, vspace);
}

/* -- Unmap --------------------------------------------------------------------- */

/* Divides a mapping at an address, or one that lies across it; the new record is of what is behind. */
static void mapping_split(struct mapping *mapping, uint64_t virt, struct mapping *tail)
{
	uint64_t head_size = virt - start_of(mapping);

	tail->node.key = virt;
	tail->size = mapping->size - head_size;
	tail->offset = mapping->offset + head_size;
	mapping->size = head_size;
	mapping_add(tail, mapping, (struct pages *)mapping->pages.object, mapping->pages.rights);
}

/* Makes both ends of the range borders between leaves, all or nothing. */
static enum helion_error cut_leaves(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	if (pagetable_cut_cost(&vspace->tables, virt, size) > vspace->object.memory->pool.free)
		return HELION_ERR_MEMORY;
	kassert(pagetable_cut(&vspace->tables, virt, size) == PAGETABLE_OK);
	return HELION_OK;
}

/* The last mapping that begins below the address, where `first` is one that does. */
static struct mapping *last_below(struct mapping *first, uint64_t virt)
{
	return end_of(first) >= virt ? first : place_of(first->vspace, virt).before;
}

/*
 * Makes both ends of the range borders between mappings, too, of which `first` is the first that reaches into it. Mappings
 * always end where leaves do, so that removing a whole one needs no memory.
 */
static enum helion_error cut(struct vspace *vspace, struct mapping *first, uint64_t virt, uint64_t size)
{
	struct mapping *last = last_below(first, virt + size), *tails[2] = {NULL, NULL};
	bool wanted[2] = {start_of(first) < virt, end_of(last) > virt + size};
	enum helion_error error = HELION_OK;

	if (!wanted[0] && !wanted[1])
		return HELION_OK;
	for (unsigned i = 0; i < 2 && !error; i++) {
		if (!wanted[i])
			continue;
		tails[i] = mapping_alloc(vspace);
		if (!tails[i])
			error = HELION_ERR_MEMORY;
	}
	if (!error)
		error = cut_leaves(vspace, virt, size);
	for (unsigned i = 0; i < 2 && error; i++)
		if (tails[i])
			mapping_storage_free(tails[i]);
	if (wanted[1] && !error)
		mapping_split(last, virt + size, tails[1]);
	if (wanted[0] && !error)
		mapping_split(first, virt, tails[0]);
	return error;
}

/* progress[0]: something was unmapped before. */
static enum helion_error unmap(struct invocation *inv, struct vspace *vspace)
{
	uint64_t virt = inv->words[0], size = inv->words[1], from, at, floor;
	enum helion_error error = check_range(vspace, virt, size);
	struct mapping *mapping;
	unsigned budget = STEP_BUDGET;
	struct place place;

	if (error)
		return error;
	place = place_of(vspace, virt);
	mapping = place.before && end_of(place.before) > virt ? place.before : place.after;
	if (!mapping || start_of(mapping) >= virt + size)
		return inv->task->progress[0] ? HELION_OK : HELION_ERR_MISSING;
	error = cut(vspace, mapping, virt, size);
	if (error)
		return error;
	floor = place.before ? end_of(place.before) : 0;
	if (mapping == place.before)
		mapping = next_mapping(mapping);
	from = at = start_of(mapping);
	while (budget && mapping && start_of(mapping) < virt + size) {
		struct mapping *after = next_mapping(mapping);

		at = start_of(mapping);
		at += mapping_shrink(mapping, floor, after, &budget);
		mapping = after;
	}
	changed(vspace, from, at - from);
	if (budget || at == virt + size)
		return HELION_OK;
	inv->task->progress[0] = 1;
	trapframe_set_word(&inv->task->regs, 0, at);
	trapframe_set_word(&inv->task->regs, 1, virt + size - at);
	return HELION_RESTART;
}

/* -- Protect ------------------------------------------------------------------- */

/* Whether the mapping, which is to be the one at the address, can be protected so. */
static enum helion_error check_protect(const struct mapping *mapping, uint64_t at, uint64_t flags)
{
	if (!mapping || start_of(mapping) > at)
		return HELION_ERR_MISSING;
	return check_flags(flags, mapping->pages.rights, ((struct pages *)mapping->pages.object)->kind);
}

/* Checks from an address on, a bounded part: *at becomes `end` when that was all; *synced is for the mapping there. */
static enum helion_error protect_check(struct vspace *vspace, uint64_t *at, uint64_t end, uint64_t flags,
				       uint64_t *synced)
{
	struct mapping *mapping = mapping_from(vspace, *at);

	for (unsigned budget = STEP_BUDGET / MAPPING_STAYS; *at < end && budget; budget--) {
		enum helion_error error = check_protect(mapping, *at, flags);
		uint64_t to;

		if (error)
			return error;
		to = end_of(mapping) < end ? end_of(mapping) : end;
		if ((flags & HELION_MAP_EXEC) &&
		    !sync_part((struct pages *)mapping->pages.object, mapping->offset + (*at - start_of(mapping)),
			       to - *at, synced))
			return HELION_OK;
		*synced = 0;
		*at = to;
		mapping = next_mapping(mapping);
	}
	return HELION_OK;
}

/* Changes from an address on, as much as the budget allows. Others may have changed something since it was checked. */
static enum helion_error protect_part(struct vspace *vspace, uint64_t *at, uint64_t end, uint64_t flags)
{
	struct mapping *mapping = mapping_from(vspace, *at);
	enum helion_error error = check_protect(mapping, *at, flags);
	unsigned budget = STEP_BUDGET / 2; /* the step may have checked the rest of the range before */
	uint64_t from = *at;

	/* Mappings end where leaves do. */
	if (!error && (start_of(mapping) < *at || end_of(last_below(mapping, end)) > end))
		error = cut_leaves(vspace, *at, end - *at);
	while (!error && budget) {
		const struct pages *pages = (const struct pages *)mapping->pages.object;
		uint64_t to = end_of(mapping) < end ? end_of(mapping) : end;

		*at += pagetable_protect(&vspace->tables, *at, to - *at, table_flags((uint32_t)flags, pages->kind),
					 &budget);
		if (*at == end)
			break;
		if (*at < to)
			continue;
		budget -= budget < MAPPING_STAYS ? budget : MAPPING_STAYS;
		mapping = next_mapping(mapping);
		error = check_protect(mapping, *at, flags);
	}
	tlb_note(vspace, from, *at - from);
	return error;
}

/* All is checked before anything changes. progress: how far it is checked; bytes that are synced behind that; how far it is changed. */
static enum helion_error protect(struct invocation *inv, struct vspace *vspace)
{
	uint64_t virt = inv->words[0], size = inv->words[1], flags = inv->words[2], end = virt + size;
	uint64_t *progress = inv->task->progress, checked = progress[0], synced = progress[1], done = progress[2];
	enum helion_error error = check_range(vspace, virt, size);

	if (error)
		return error;
	if (checked < virt || checked > end || done < virt || done >= end)
		checked = done = virt;
	if (checked < end)
		error = protect_check(vspace, &checked, end, flags, &synced);
	if (!error && checked == end)
		error = protect_part(vspace, &done, end, flags);
	if (error || done == end)
		return error;
	progress[0] = checked, progress[1] = synced, progress[2] = done;
	return HELION_RESTART;
}

/* -- The rest ------------------------------------------------------------------ */

static enum helion_error query(struct vspace *vspace, uint64_t virt, uint64_t *ret)
{
	struct pagetable_entry entry;

	if (virt >= vm_user_top || !pagetable_query(&vspace->tables, virt, &entry))
		return HELION_ERR_MISSING;
	ret[0] = virt & (entry.leaf_size - 1);
	ret[1] = entry.leaf_size;
	ret[2] = HELION_MAP_READ | (entry.flags & PT_WRITE ? HELION_MAP_WRITE : 0) |
		 (entry.flags & PT_EXEC ? HELION_MAP_EXEC : 0);
	return HELION_OK;
}

bool vspace_is_empty(const struct vspace *vspace, uint64_t virt, uint64_t size)
{
	const struct mapping *mapping = mapping_from(vspace, virt);

	return !mapping || (start_of(mapping) >= virt && start_of(mapping) - virt >= size);
}

bool vspace_resolve(struct vspace *vspace, uint64_t virt, uint64_t *ret_phys, uint64_t *ret_run)
{
	struct pagetable_entry entry;

	if (virt >= vm_user_top || !pagetable_query(&window_at(vspace, virt)->tables, virt, &entry) ||
	    (entry.flags & (PT_DEVICE | PT_WRITECOMBINE)))
		return false;
	*ret_phys = entry.phys;
	*ret_run = entry.leaf_size - (virt & (entry.leaf_size - 1));
	return true;
}

static __attribute__((noinline)) enum helion_error invoke_other(struct invocation *inv, struct vspace *vspace)
{
	switch (inv->label) {
	case HELION_VSPACE_UNMAP: return unmap(inv, vspace);
	case HELION_VSPACE_PROTECT: return protect(inv, vspace);
	case HELION_VSPACE_QUERY: return query(vspace, inv->words[0], inv->ret);
	case HELION_VSPACE_ATTACH_WINDOW: return window_attach(vspace, inv->caps[0]);
	case HELION_VSPACE_DETACH_WINDOW: return window_detach(vspace);
	case HELION_VSPACE_INFO:
		inv->ret[0] = vm_user_top;
		inv->ret[1] = window_base();
		inv->ret[2] = window_size();
		inv->ret[3] = vspace->window.object != NULL;
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}

enum helion_error vspace_invoke(struct invocation *inv)
{
	struct vspace *vspace = (struct vspace *)inv->cap->object;

	return inv->label == HELION_VSPACE_MAP ? invoke_map(inv, vspace) : invoke_other(inv, vspace);
}
