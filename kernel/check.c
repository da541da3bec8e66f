/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/check.h"

#if HELION_DEBUG

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/log.h"
#include "kernel/manifest.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/pages.h"
#include "kernel/task.h"
#include "kernel/poll.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "kernel/wait.h"
#include "lib/bitmap.h"
#include "lib/string.h"

/* The first thing that does not hold ends the check. */
#define REQUIRE(condition)                               \
	do {                                             \
		if (!(condition))                        \
			return "invariant: " #condition; \
	} while (0)

/* Pages that the objects of one Memory account for. */
struct account {
	struct memory *memory;
	uint64_t pages, objects;
};

static struct memory *memory_of(struct object *object)
{
	return (struct memory *)object;
}

static bool linked(const struct list_node *node)
{
	return node->next->previous == node && node->previous->next == node;
}

/* A small object counts its slab page when it is the first there, and forgets it again when it is the last. */
static const char *check_small(struct account *account, const void *storage)
{
	struct slab *slab = memory_slab(storage);
	struct memory *memory = account->memory;
	uint64_t page = vm_direct_phys(slab) / HELION_PAGE_SIZE - memory->base / HELION_PAGE_SIZE;

	REQUIRE(page < memory->pages);
	if (slab->checked == 0)
		account->pages++;
	if (++slab->checked == slab->used)
		slab->checked = 0;
	return NULL;
}

/* -- Capabilities ------------------------------------------------------------ */

static bool held(const struct cap *cap)
{
	const struct cspace *cspace = cap->holder;
	const struct task *task = cap->holder;
	const struct mapping *mapping = cap->holder;

	switch (cap->holder_kind) {
	case CAP_IN_CSPACE: return cap > cspace->slots && cap < cspace->slots + cspace->used;
	case CAP_IN_TASK:
		return cap == &task->cspace || cap == &task->vspace || cap == &task->buffer || cap == &task->bound ||
		       cap == &task->fault_endpoint || cap == &task->making ||
		       (task->restricted && cap == &task->restricted->pages);
	case CAP_IN_CURSOR: return cap == &task->cursor;
	case CAP_IN_WINDOW: return cap == &((const struct vspace *)cap->holder)->window;
	case CAP_IN_BINDING: return cap == &((const struct notification_binding *)cap->holder)->cap;
	case CAP_IN_MAPPING: return cap == &mapping->pages;
	default: return false;
	}
}

static const char *check_cap(const struct cap *cap)
{
	REQUIRE(linked(&cap->link));
	REQUIRE(held(cap));
	REQUIRE(cap->object->type > HELION_TYPE_NULL && cap->object->type < HELION_TYPE_COUNT);
	REQUIRE(cap->type == cap->object->type || cap->holder_kind == CAP_IN_CURSOR);
	REQUIRE(!cap->object->dying);
	REQUIRE(!(cap->rights & ~HELION_RIGHT_ALL));
	return NULL;
}

static const char *check_caps(struct object *object)
{
	const char *problem;
	uint32_t count = 0;

	list_for_each(node, &object->caps) {
		struct cap *cap = list_entry(node, struct cap, link);

		REQUIRE(cap->object == object);
		count += cap->holder_kind != CAP_IN_CURSOR;
		problem = check_cap(cap);
		if (problem)
			return problem;
	}
	REQUIRE(count == object->cap_count);
	return NULL;
}

/* -- Objects ----------------------------------------------------------------- */

static const char *check_cspace(struct account *account, struct cspace *cspace)
{
	uint32_t free_count = 0, used = 0;
	const char *problem;

	account->pages += (cspace->count * sizeof(struct cap) + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
	REQUIRE(cspace->used >= 1 && cspace->used <= cspace->count && !cspace->slots[0].object);
	for (uint32_t i = 1; i < cspace->used; i++) {
		struct cap *cap = &cspace->slots[i];

		REQUIRE(cap->holder == cspace && cap->holder_kind == CAP_IN_CSPACE);
		if (!cap->object)
			continue;
		used++;
		problem = check_cap(cap);
		if (problem)
			return problem;
	}
	list_for_each(node, &cspace->free) {
		struct cap *cap = list_entry(node, struct cap, link);

		REQUIRE(cap->holder == cspace && !cap->object && linked(node));
		REQUIRE(++free_count < cspace->count);
	}
	REQUIRE(used + free_count + 1 == cspace->used);
	REQUIRE(free_count + cspace->count - cspace->used == cspace->free_count);
	return NULL;
}

static const char *check_pages(struct account *account, struct pages *pages)
{
	uint32_t mappings = 0;

	account->pages += pages->size / HELION_PAGE_SIZE;
	list_for_each(node, &pages->object.caps)
		mappings += list_entry(node, struct cap, link)->holder_kind == CAP_IN_MAPPING;
	REQUIRE(mappings == pages->mappings);
	REQUIRE(pages->kind == HELION_PAGES_RAM);
	return NULL;
}

static const char *check_fpu(struct account *account, const struct fpu *fpu)
{
	if (!fpu->area)
		return NULL;
	if (arch_fpu_size() <= MEMORY_SMALL_MAX)
		return check_small(account, fpu->area);
	account->pages += (arch_fpu_size() + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
	return NULL;
}

static const char *check_task(struct account *account, struct task *task)
{
	const struct pages *buffer = (const struct pages *)task->buffer.object;
	bool ready = task->state == HELION_TASK_READY, woken = task->work & WORK_POLL;
	const char *problem;
	bool running = cpus[task->cpu].current == task;
	bool faulted = task->wait_kind == WAIT_FAULT || task->wait_kind == WAIT_FAULT_REPLY;

	REQUIRE(linked(&task->run));
	REQUIRE(ready == (running || !list_is_empty(&task->run)));
	REQUIRE(!running || list_is_empty(&task->run));
	REQUIRE(list_is_empty(&task->run) || atomic_load(&cpus[task->cpu].queue.ready) >> task->priority & 1);
	REQUIRE(task->affinity >> task->cpu & 1 || running);
	REQUIRE(task->priority < PRIORITY_COUNT && task->priority >= task->base_priority);
	REQUIRE(!ready || (task->cspace.object && task->vspace.object));
	REQUIRE(!task->cspace.object || task->cspace.object->type == HELION_TYPE_CSPACE);
	REQUIRE(!task->vspace.object || task->vspace.object->type == HELION_TYPE_VSPACE);
	REQUIRE(task->ipc_buffer == (buffer ? vm_direct(buffer->phys) : NULL));
	REQUIRE((task->state == HELION_TASK_WAITING) == (task->wait_kind != WAIT_NONE && !woken));
	REQUIRE((task->wait_kind == WAIT_POLL) == (task->poll_set != NULL));
	REQUIRE(!woken || (ready && task->wait_kind == WAIT_POLL));
	REQUIRE(!task->reply_object.dying);
	REQUIRE(task->reply_object.cap_count <= 1);
	REQUIRE((task->wait_kind == WAIT_REPLY || task->wait_kind == WAIT_FAULT_REPLY) ==
		(task->server || task->reply_object.cap_count));
	REQUIRE(!task->server || (task->server->client == task && !task->reply_object.cap_count));
	REQUIRE(!task->client || task->client->server == task);
	REQUIRE(!faulted || task->fault);
	REQUIRE(!task->bound.object || ((const struct notification *)task->bound.object)->bound == task);
	REQUIRE(!task->fpu.used || (task->fpu.area && !task->fpu.denied));
	problem = check_fpu(account, &task->fpu);
	if (!problem && task->restricted)
		problem = check_small(account, task->restricted);
	if (problem || !task->poll_set)
		return problem;
	return check_small(account, task->poll_set);
}

/* What the page tables hold, without looking at the records. */
struct tables {
	uint64_t tables, empty, bytes;
};

/* Returns how many entries of the table are in use. */
static unsigned count_tables(const struct vspace *vspace, uint64_t phys, unsigned level, struct tables *ret)
{
	const uint64_t *table = vm_direct(phys);
	bool shared = level + 1 == vspace->tables.levels && !ARCH_SPLIT_ROOTS;
	unsigned used = 0;

	ret->tables++;
	for (unsigned i = 0; i < (shared ? PT_ENTRIES / 2 : PT_ENTRIES); i++) {
		if (!arch_pte_present(table[i]))
			continue;
		used++;
		if (arch_pte_is_leaf(table[i], level))
			ret->bytes += pagetable_leaf_size(level);
		else if (!count_tables(vspace, arch_pte_phys(table[i], level), level - 1, ret))
			ret->empty += !(vspace->tables.keeps_top && level + 1 == vspace->tables.levels);
	}
	return used;
}

/* The part of a root table that is not the address space's own is what all of them share, still. */
static bool has_kernel_half(uint64_t root)
{
	static uint64_t expected[PT_ENTRIES];

	if (ARCH_SPLIT_ROOTS)
		return true;
	vm_share_kernel_half(expected);
	return memcmp((uint64_t *)vm_direct(root) + PT_ENTRIES / 2, expected + PT_ENTRIES / 2, sizeof(expected) / 2) ==
	       0;
}

static const char *check_leaf(const struct mapping *mapping, const struct pagetable_entry *entry, uint64_t at)
{
	const struct pages *pages = (const struct pages *)mapping->pages.object;
	uint8_t rights = mapping->pages.rights;

	REQUIRE(entry->phys == pages->phys + mapping->offset + (at - mapping->node.key));
	REQUIRE(at % entry->leaf_size == 0 && entry->leaf_size <= mapping->node.key + mapping->size - at);
	REQUIRE(!(entry->flags & PT_WRITE) || !(entry->flags & PT_EXEC));
	REQUIRE(!(entry->flags & PT_WRITE) || (rights & HELION_RIGHT_WRITE));
	REQUIRE(!(entry->flags & PT_EXEC) || (rights & HELION_RIGHT_EXEC));
	REQUIRE((entry->flags & PT_USER) && (rights & HELION_RIGHT_READ));
	REQUIRE(!(entry->flags & PT_DEVICE) == (pages->kind != HELION_PAGES_DEVICE));
	REQUIRE(!(entry->flags & PT_WRITECOMBINE) == (pages->kind != HELION_PAGES_FRAMEBUFFER));
	return NULL;
}

static const char *check_mapping(struct vspace *vspace, struct mapping *mapping)
{
	const struct pages *pages = (const struct pages *)mapping->pages.object;
	struct pagetable_entry entry;
	const char *problem;

	REQUIRE(mapping->vspace == vspace && tree_contains(&mapping->node));
	REQUIRE(pages && pages->object.type == HELION_TYPE_PAGES);
	REQUIRE(mapping->offset + mapping->size <= pages->size);
	for (uint64_t at = mapping->node.key; at < mapping->node.key + mapping->size; at += entry.leaf_size) {
		REQUIRE(pagetable_query(&vspace->tables, at, &entry));
		problem = check_leaf(mapping, &entry, at);
		if (problem)
			return problem;
	}
	return check_cap(&mapping->pages);
}

/* Whether the table that is remembered is the one which serves its place. */
static bool is_recent_table(struct pagetable *pt)
{
	struct pagetable looked_up = *pt;

	if (!pt->recent_place)
		return true;
	looked_up.recent_place = 0;
	pagetable_remember(&looked_up, (pt->recent_place - 1) << (PT_PAGE_SHIFT + 9));
	return looked_up.recent_place == pt->recent_place && looked_up.recent == pt->recent;
}

static const char *check_vspace(struct account *account, struct vspace *vspace)
{
	struct tables tables = {0, 0, 0};
	uint64_t end = HELION_PAGE_SIZE, bytes = 0;
	const char *problem = NULL;

	for (struct tree_node *node = tree_first(&vspace->mappings); node; node = tree_next(node)) {
		struct mapping *mapping = tree_entry(node, struct mapping, node);

		REQUIRE(mapping->size > 0 && node->key >= end);
		end = node->key + mapping->size;
		bytes += mapping->size;
		if (!problem)
			problem = check_mapping(vspace, mapping);
		if (!problem)
			problem = check_small(account, mapping);
		if (problem)
			return problem;
	}
	REQUIRE(end <= vm_user_top);
	REQUIRE(!vspace->recent || (tree_contains(&vspace->recent->node) && vspace->recent->vspace == vspace));
	REQUIRE(is_recent_table(&vspace->tables));
	count_tables(vspace, vspace->tables.root, vspace->tables.levels - 1, &tables);
	account->pages += tables.tables + (vspace->full_root != 0);
	REQUIRE(tables.bytes == bytes && tables.empty == 0);
	REQUIRE(has_kernel_half(vspace->tables.root) && (!vspace->full_root || has_kernel_half(vspace->full_root)));
	return NULL;
}

static const char *check_object(struct account *account, struct object *object)
{
	const char *problem;

	REQUIRE(linked(&object->siblings));
	REQUIRE(object->memory == account->memory && !object->dying && !object->permanent);
	REQUIRE(!list_is_empty(&object->caps));
	account->objects++;
	problem = check_small(account, object);
	if (!problem)
		problem = check_caps(object);
	if (problem)
		return problem;
	switch (object->type) {
	case HELION_TYPE_MEMORY: account->pages += memory_of(object)->pages; return NULL;
	case HELION_TYPE_PAGES: return check_pages(account, (struct pages *)object);
	case HELION_TYPE_CSPACE: return check_cspace(account, (struct cspace *)object);
	case HELION_TYPE_VSPACE: return check_vspace(account, (struct vspace *)object);
	case HELION_TYPE_TASK: return check_task(account, (struct task *)object);
	case HELION_TYPE_IOPORT:
	case HELION_TYPE_ENDPOINT:
	case HELION_TYPE_NOTIFICATION:
	case HELION_TYPE_TIMER:
	case HELION_TYPE_IRQ_HANDLER: return NULL;
	default: return "invariant: an object of a type that is not made from a Memory";
	}
}

/* -- Memories ---------------------------------------------------------------- */

static const char *check_slabs(struct memory *memory)
{
	for (unsigned i = 0; i < MEMORY_CLASSES; i++)
		list_for_each(node, &memory->slabs[i]) {
			struct slab *slab = list_entry(node, struct slab, link);
			uint32_t count = 0;

			REQUIRE(linked(node) && slab->size_class == i && slab->used > 0 && slab->checked == 0);
			for (void *free = slab->free; free; free = *(void **)free)
				REQUIRE(memory_slab(free) == slab && ++count <= HELION_PAGE_SIZE / 64);
			REQUIRE(count > 0 || slab->fresh > 0);
		}
	return NULL;
}

/* Runs lie in the Memory, apart from each other, and the two trees have the same ones. */
static const char *check_pool(const struct memory *memory)
{
	const struct pagepool *pool = &memory->pool;
	uint64_t end = memory->base, pages = pool->aside_left, runs = 0, kept = 0;

	for (struct tree_node *node = tree_first(&pool->by_address); node; node = tree_next(node)) {
		const struct page_run *run = tree_entry(node, struct page_run, by_address);

		REQUIRE(node->key == vm_direct_phys(run) && run->by_size.key > 0 && tree_contains(&run->by_size));
		REQUIRE(node->key > end || node->key == memory->base);
		end = node->key + run->by_size.key * HELION_PAGE_SIZE;
		pages += run->by_size.key;
		runs++;
	}
	REQUIRE(end <= memory->base + memory->pages * HELION_PAGE_SIZE);
	for (struct tree_node *node = tree_first(&pool->by_size); node; node = tree_next(node))
		runs--;
	REQUIRE(runs == 0);
	for (uint64_t phys = pool->kept; phys; phys = *(uint64_t *)vm_direct(phys))
		REQUIRE(++kept <= pool->kept_count);
	REQUIRE(kept == pool->kept_count && pages + kept == pool->free);
	return NULL;
}

static const char *check_memory(struct memory *memory)
{
	struct account account = {.memory = memory};
	const char *problem = NULL;

	list_for_each(node, &memory->objects) {
		problem = check_object(&account, list_entry(node, struct object, siblings));
		if (problem)
			return problem;
	}
	REQUIRE(account.objects == memory->live_objects);
	problem = check_pool(memory);
	if (problem)
		return problem;
	REQUIRE(account.pages + memory->pool.free == memory->pages);
	return check_slabs(memory);
}

/* The next Memory that was made from one, or from what was made from it, in the order of a walk; NULL at the end. */
static struct memory *next_inside(struct memory *memory, const struct memory *top)
{
	struct list_node *node = memory->objects.next;

	for (;;) {
		while (node == &memory->objects) {
			if (memory == top)
				return NULL;
			node = memory->object.siblings.next;
			memory = memory->object.memory;
		}
		if (list_entry(node, struct object, siblings)->type == HELION_TYPE_MEMORY)
			return memory_of(list_entry(node, struct object, siblings));
		node = node->next;
	}
}

const char *check_invariants(void)
{
	const char *problem = NULL;
	struct memory *top;

	/* Page tables that wait for it count as neither free nor used. */
	tlb_commit();
	for (uint64_t i = 0; (top = manifest_memory(i)) && !problem; i++)
		for (struct memory *at = top; at && !problem; at = next_inside(at, top))
			problem = check_memory(at);
	return problem;
}

/* Those of the capabilities in a message are no less common than those of every message. */
#define ERRORS(type, name, label, words, caps, ret, rights, errors, cost, doc)       \
	case HELION_TYPE_##type << 8 | label:                                        \
		named = (errors) | ((caps) ? HELION_E(TYPE) | HELION_E(RIGHTS) : 0); \
		break;

void check_error(const struct invocation *inv, enum helion_error error)
{
	uint32_t type = inv->cap->type, named = 0;

	if (error == HELION_OK || error >= HELION_ERR_COUNT)
		return;
	switch (type << 8 | inv->label) {
		HELION_INVOCATIONS(ERRORS)
	default: break;
	}
	if (!(named >> error & 1))
		panic("invocation %u of type %u gave error %u", (unsigned)inv->label, type, error);
}

#endif
