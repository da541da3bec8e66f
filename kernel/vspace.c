/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/vspace.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/pages.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/window.h"
#include "lib/string.h"

#define MAP_FLAGS (HELION_MAP_READ | HELION_MAP_WRITE | HELION_MAP_EXEC)

/* -- Page tables from the Memory of the address space ------------------------ */

static uint64_t table_alloc(void *ctx)
{
	struct vspace *vspace = ctx;
	uint64_t phys = memory_alloc_pages(vspace->object.memory, 1, 0);

	if (phys)
		memset(vm_direct(phys), 0, HELION_PAGE_SIZE);
	return phys;
}

static void table_free(void *ctx, uint64_t phys)
{
	struct vspace *vspace = ctx;

	memory_free_pages(vspace->object.memory, phys, 1);
}

static uint64_t *table_access(void *ctx, uint64_t phys)
{
	(void)ctx;
	return vm_direct(phys);
}

static uint64_t user_top(void)
{
	return ARCH_USER_TOP(kernel_pagetable.levels);
}

enum helion_error vspace_create(struct memory *memory, struct object **ret)
{
	struct vspace *vspace = memory_alloc_object(memory, sizeof(*vspace), HELION_TYPE_VSPACE);

	if (!vspace)
		return HELION_ERR_MEMORY;
	vspace->tables = (struct pagetable){
		.levels = kernel_pagetable.levels,
		.max_leaf_level = kernel_pagetable.max_leaf_level,
		.alloc = table_alloc,
		.free = table_free,
		.access = table_access,
		.ctx = vspace,
	};
	list_init(&vspace->mappings);
	cap_init(&vspace->window, CAP_IN_WINDOW, vspace);
	vspace->tables.root = table_alloc(vspace);
	if (!vspace->tables.root) {
		memory_free_object(&vspace->object);
		return HELION_ERR_MEMORY;
	}
	arch_vspace_init(vm_direct(vspace->tables.root), vm_direct(kernel_pagetable.root));
	vspace->asid = tlb_asid_alloc();
	vspace->token = arch_vspace_token(vspace->tables.root, vspace->asid);
	*ret = &vspace->object;
	return HELION_OK;
}

/* -- Mapping records --------------------------------------------------------- */

static struct mapping *next_mapping(struct vspace *vspace, struct list_node *node)
{
	return node == &vspace->mappings ? NULL : list_entry(node, struct mapping, link);
}

/* First record that ends after virt; NULL when there is none. */
static struct mapping *mapping_at_or_after(struct vspace *vspace, uint64_t virt)
{
	struct list_node *node;

	for (node = vspace->mappings.next; node != &vspace->mappings; node = node->next) {
		struct mapping *mapping = list_entry(node, struct mapping, link);

		if (mapping->virt + mapping->size > virt)
			return mapping;
	}
	return NULL;
}

/* Storage of a record; NULL when there is no memory. */
static struct mapping *mapping_alloc(struct vspace *vspace)
{
	uint8_t size_class;
	struct mapping *mapping = memory_alloc_small(vspace->object.memory, sizeof(*mapping), &size_class);

	if (!mapping)
		return NULL;
	mapping->size_class = size_class;
	mapping->vspace = vspace;
	cap_init(&mapping->pages, CAP_IN_MAPPING, mapping);
	return mapping;
}

/* Puts a record before `before` (NULL: at the end). */
static void mapping_add(struct mapping *mapping, struct mapping *before, struct pages *pages, uint8_t rights)
{
	cap_set(&mapping->pages, &pages->object, rights, 0);
	pages->mappings++;
	list_insert_before(before ? &before->link : &mapping->vspace->mappings, &mapping->link);
}

static void mapping_storage_free(struct mapping *mapping)
{
	memory_free_small(mapping->vspace->object.memory, mapping, mapping->size_class);
}

/* The Pages may be gone already (mapping_cap_lost). */
static void mapping_free(struct mapping *mapping)
{
	if (mapping->pages.object) {
		((struct pages *)mapping->pages.object)->mappings--;
		cap_clear(&mapping->pages);
	}
	list_remove(&mapping->link);
	mapping_storage_free(mapping);
}

/* What CPUs remember of this range is out of date. */
static void changed(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	window_sync(vspace, virt, size);
	tlb_note(vspace, virt, size);
}

bool mapping_cap_lost(struct cap *cap)
{
	struct mapping *mapping = cap->holder;

	/* A whole record ends where leaves end, so nothing has to be split and this cannot fail. */
	pagetable_unmap(&mapping->vspace->tables, mapping->virt, mapping->size);
	changed(mapping->vspace, mapping->virt, mapping->size);
	mapping_free(mapping);
	return true;
}

bool vspace_destroy(struct object *object)
{
	struct vspace *vspace = (struct vspace *)object;
	struct mapping *mapping;
	unsigned last = ARCH_SPLIT_ROOTS ? PT_ENTRIES : PT_ENTRIES / 2;

	window_destroy(vspace);
	tlb_note_end(vspace);
	while ((mapping = next_mapping(vspace, vspace->mappings.next)))
		mapping_free(mapping);
	pagetable_free_tables(&vspace->tables, 0, last);
	table_free(vspace, vspace->tables.root);
	memory_free_object(object);
	return true;
}

/* -- Operations --------------------------------------------------------------- */

static enum helion_error check_range(const struct vspace *vspace, uint64_t virt, uint64_t size)
{
	if (virt % HELION_PAGE_SIZE || size % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	/* The first page stays empty, so that a null pointer faults; and the last, so that no system call's instruction is followed
	 * by an address to which there is no return. */
	if (size == 0 || virt < HELION_PAGE_SIZE || virt >= user_top() - HELION_PAGE_SIZE ||
	    size > user_top() - HELION_PAGE_SIZE - virt)
		return HELION_ERR_ARGUMENT;
	return window_allows(vspace, virt, size) ? HELION_OK : HELION_ERR_ARGUMENT;
}

/* W^X holds for every mapping; write implies read. */
static enum helion_error check_flags(uint32_t flags, uint8_t rights, uint32_t kind)
{
	if ((flags & ~(uint32_t)MAP_FLAGS) || !(flags & HELION_MAP_READ))
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

enum helion_error vspace_map(struct vspace *vspace, struct pages *pages, uint8_t rights, uint64_t virt, uint64_t offset,
			     uint64_t size, uint32_t flags)
{
	enum helion_error error = check_range(vspace, virt, size);
	struct mapping *after, *mapping;
	uint64_t done;

	if (error)
		return error;
	if (offset % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	if (offset >= pages->size || size > pages->size - offset)
		return HELION_ERR_ARGUMENT;
	error = check_flags(flags, rights, pages->kind);
	if (error)
		return error;
	after = mapping_at_or_after(vspace, virt);
	if (after && after->virt < virt + size)
		return HELION_ERR_OCCUPIED;
	mapping = mapping_alloc(vspace);
	if (!mapping)
		return HELION_ERR_MEMORY;
	mapping_add(mapping, after, pages, rights);
	mapping->virt = virt;
	mapping->size = size;
	mapping->offset = offset;
	if (pagetable_map(&vspace->tables, virt, pages->phys + offset, size, table_flags(flags, pages->kind), &done) !=
	    PAGETABLE_OK) {
		/* The processor may have walked these tables already. */
		pagetable_unmap(&vspace->tables, virt, done);
		changed(vspace, virt, size);
		mapping_free(mapping);
		return HELION_ERR_MEMORY;
	}
	window_sync(vspace, virt, size);
	if (flags & HELION_MAP_EXEC)
		arch_icache_sync(vm_direct(pages->phys + offset), size);
	arch_barrier();
	return HELION_OK;
}

/* The record that has bytes on both sides of the address; NULL when there is none. */
static struct mapping *mapping_across(struct vspace *vspace, uint64_t virt)
{
	struct mapping *mapping = mapping_at_or_after(vspace, virt);

	return mapping && mapping->virt < virt ? mapping : NULL;
}

/* Makes the address a border between records. `head` becomes the part before it. */
static void mapping_split(struct mapping *mapping, uint64_t virt, struct mapping *head)
{
	mapping_add(head, mapping, (struct pages *)mapping->pages.object, mapping->pages.rights);
	head->virt = mapping->virt;
	head->size = virt - mapping->virt;
	head->offset = mapping->offset;
	mapping->virt = virt;
	mapping->size -= head->size;
	mapping->offset += head->size;
}

/* Makes both ends of the range borders between leaves, all or nothing. */
static enum helion_error cut_leaves(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	if (pagetable_cut_cost(&vspace->tables, virt, size) > vspace->object.memory->pool.free)
		return HELION_ERR_MEMORY;
	kassert(pagetable_cut(&vspace->tables, virt, size) == PAGETABLE_OK);
	return HELION_OK;
}

/* The same between records too: a record always ends where a leaf does, so that removing a whole one needs no memory. */
static enum helion_error cut(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	const uint64_t ends[2] = {virt, virt + size};
	struct mapping *heads[2] = {NULL, NULL};
	enum helion_error error = HELION_OK;

	for (unsigned i = 0; i < 2 && !error; i++) {
		if (!mapping_across(vspace, ends[i]))
			continue;
		heads[i] = mapping_alloc(vspace);
		if (!heads[i])
			error = HELION_ERR_MEMORY;
	}
	if (!error)
		error = cut_leaves(vspace, virt, size);
	for (unsigned i = 0; i < 2; i++) {
		if (heads[i] && error)
			mapping_storage_free(heads[i]);
		else if (heads[i])
			mapping_split(mapping_across(vspace, ends[i]), ends[i], heads[i]);
	}
	return error;
}

static enum helion_error unmap(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	enum helion_error error = check_range(vspace, virt, size);
	struct mapping *mapping;

	if (error)
		return error;
	mapping = mapping_at_or_after(vspace, virt);
	if (!mapping || mapping->virt >= virt + size)
		return HELION_ERR_MISSING;
	error = cut(vspace, virt, size);
	if (error)
		return error;
	mapping = mapping_at_or_after(vspace, virt);
	kassert(pagetable_unmap(&vspace->tables, virt, size) == PAGETABLE_OK);
	changed(vspace, virt, size);
	while (mapping && mapping->virt < virt + size) {
		struct mapping *next = next_mapping(vspace, mapping->link.next);

		mapping_free(mapping);
		mapping = next;
	}
	return HELION_OK;
}

static enum helion_error protect(struct vspace *vspace, uint64_t virt, uint64_t size, uint32_t flags)
{
	enum helion_error error = check_range(vspace, virt, size);
	struct mapping *mapping, *first;
	uint64_t at = virt;

	if (error)
		return error;
	first = mapping_at_or_after(vspace, virt);
	for (mapping = first; mapping && at < virt + size; mapping = next_mapping(vspace, mapping->link.next)) {
		if (mapping->virt > at)
			break;
		error = check_flags(flags, mapping->pages.rights, ((struct pages *)mapping->pages.object)->kind);
		if (error)
			return error;
		at = mapping->virt + mapping->size;
	}
	if (at < virt + size)
		return HELION_ERR_MISSING;
	error = cut_leaves(vspace, virt, size);
	if (error)
		return error;
	for (mapping = first; mapping && mapping->virt < virt + size;
	     mapping = next_mapping(vspace, mapping->link.next)) {
		struct pages *pages = (struct pages *)mapping->pages.object;
		uint64_t from = mapping->virt > virt ? mapping->virt : virt;
		uint64_t to = mapping->virt + mapping->size;

		if (to > virt + size)
			to = virt + size;
		kassert(pagetable_protect(&vspace->tables, from, to - from, table_flags(flags, pages->kind)) ==
			PAGETABLE_OK);
		if (flags & HELION_MAP_EXEC)
			arch_icache_sync(vm_direct(pages->phys + mapping->offset + (from - mapping->virt)), to - from);
	}
	tlb_note(vspace, virt, size);
	return HELION_OK;
}

static enum helion_error query(struct vspace *vspace, uint64_t virt, uint64_t *ret)
{
	struct pagetable_entry entry;

	if (virt >= user_top() || !pagetable_query(&vspace->tables, virt, &entry))
		return HELION_ERR_MISSING;
	ret[0] = virt & (entry.leaf_size - 1);
	ret[1] = entry.leaf_size;
	ret[2] = HELION_MAP_READ | (entry.flags & PT_WRITE ? HELION_MAP_WRITE : 0) |
		 (entry.flags & PT_EXEC ? HELION_MAP_EXEC : 0);
	return HELION_OK;
}

bool vspace_is_empty(const struct vspace *vspace, uint64_t virt, uint64_t size)
{
	const struct mapping *mapping = mapping_at_or_after((struct vspace *)vspace, virt);

	return !mapping || mapping->virt - virt >= size;
}

bool vspace_resolve(struct vspace *vspace, uint64_t virt, uint64_t *ret_phys, uint64_t *ret_run)
{
	struct pagetable_entry entry;

	if (virt >= user_top() || !pagetable_query(&window_at(vspace, virt)->tables, virt, &entry) ||
	    (entry.flags & (PT_DEVICE | PT_WRITECOMBINE)))
		return false;
	*ret_phys = entry.phys;
	*ret_run = entry.leaf_size - (virt & (entry.leaf_size - 1));
	return true;
}

enum helion_error vspace_invoke(struct invocation *inv)
{
	struct vspace *vspace = (struct vspace *)inv->cap->object;
	const uint64_t *words = inv->words;

	switch (inv->label) {
	case HELION_VSPACE_MAP:
		if (inv->caps[0]->object->type != HELION_TYPE_PAGES)
			return HELION_ERR_TYPE;
		if (words[3] > UINT32_MAX)
			return HELION_ERR_ARGUMENT;
		return vspace_map(vspace, (struct pages *)inv->caps[0]->object, inv->caps[0]->rights, words[0],
				  words[1], words[2], (uint32_t)words[3]);
	case HELION_VSPACE_UNMAP: return unmap(vspace, words[0], words[1]);
	case HELION_VSPACE_PROTECT:
		if (words[2] > UINT32_MAX)
			return HELION_ERR_ARGUMENT;
		return protect(vspace, words[0], words[1], (uint32_t)words[2]);
	case HELION_VSPACE_QUERY: return query(vspace, words[0], inv->ret);
	case HELION_VSPACE_ATTACH_WINDOW: return window_attach(vspace, inv->caps[0]);
	case HELION_VSPACE_DETACH_WINDOW: return window_detach(vspace);
	case HELION_VSPACE_INFO:
		inv->ret[0] = user_top();
		inv->ret[1] = window_base();
		inv->ret[2] = window_size();
		inv->ret[3] = vspace->window.object != NULL;
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
