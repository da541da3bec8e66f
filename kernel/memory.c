/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/memory.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/pages.h"
#include "kernel/poison.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/string.h"

#define SLAB_HEADER 64u

_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "slab header");

void memory_init(struct memory *memory, uint64_t base, uint64_t size)
{
	memory->base = base;
	memory->pages = size / HELION_PAGE_SIZE;
	memory->live_objects = 0;
	memory->waits = false;
	list_init(&memory->objects);
	for (unsigned i = 0; i < MEMORY_CLASSES; i++)
		list_init(&memory->slabs[i]);
	pagepool_init(&memory->pool, base, memory->pages);
}

uint64_t memory_alloc_pages(struct memory *memory, uint64_t pages, uint64_t align)
{
	kernel_assert_exclusive();
	return pagepool_alloc(&memory->pool, pages, align);
}

void memory_free_pages(struct memory *memory, uint64_t phys, uint64_t pages)
{
	kernel_assert_exclusive();
	kassert(phys >= memory->base && (phys - memory->base) / HELION_PAGE_SIZE + pages <= memory->pages);
	pagepool_free(&memory->pool, phys, pages);
}

/* -- Small objects ---------------------------------------------------------- */

static struct slab *slab_new(struct memory *memory, uint8_t size_class)
{
	uint64_t phys = memory_alloc_pages(memory, 1, 0);
	struct slab *slab;

	if (!phys)
		return NULL;
	slab = vm_direct(phys);
	slab->used = slab->checked = 0;
	slab->size_class = size_class;
	slab->free = NULL;
	slab->fresh = HELION_PAGE_SIZE - MEMORY_CLASS_SIZE(size_class);
	poison((char *)slab + SLAB_HEADER, HELION_PAGE_SIZE - SLAB_HEADER);
	list_push_front(&memory->slabs[size_class], &slab->link);
	return slab;
}

void *memory_alloc_class(struct memory *memory, uint8_t size_class)
{
	void *storage = memory_alloc_quick(memory, size_class);

	return storage || !slab_new(memory, size_class) ? storage : memory_alloc_quick(memory, size_class);
}

void *memory_alloc_small(struct memory *memory, size_t size)
{
	void *storage = memory_alloc_class(memory, MEMORY_CLASS(size));

	if (storage)
		memset(storage, 0, size);
	return storage;
}

void *memory_small_of(const void *inside)
{
	struct slab *slab = memory_slab(inside);
	uint64_t size = MEMORY_CLASS_SIZE(slab->size_class);
	/* Storage stands in steps from the page's end. */
	uint64_t steps = (HELION_PAGE_SIZE - ((uint64_t)inside - (uint64_t)slab) + size - 1) / size;

	return (char *)slab + HELION_PAGE_SIZE - steps * size;
}

void memory_free_small(struct memory *memory, void *storage)
{
	struct slab *slab = memory_slab(storage);

	if (!slab->free && !slab->fresh)
		list_push_front(&memory->slabs[slab->size_class], &slab->link);
	*(void **)storage = slab->free;
	slab->free = storage;
	/* All but the link to the next. */
	poison((char *)storage + sizeof(void *), MEMORY_CLASS_SIZE(slab->size_class) - sizeof(void *));
	if (--slab->used == 0) {
		list_unlink(&slab->link);
		memory_free_pages(memory, vm_direct_phys(slab), 1);
	}
}

static inline __attribute__((always_inline)) struct object *alloc_object(struct memory *memory, uint8_t size_class,
									 uint64_t type)
{
	struct object *object = memory_alloc_quick(memory, size_class);

	if (!object)
		object = memory_alloc_class(memory, size_class);
	if (!object)
		return NULL;
	object_init(object, (enum helion_type)type);
	object->memory = memory;
	list_push_back(&memory->objects, &object->siblings);
	memory->live_objects++;
	return object;
}

void *memory_alloc_object(struct memory *memory, uint8_t size_class, enum helion_type type)
{
	return alloc_object(memory, size_class, type);
}

__attribute__((flatten)) void memory_free_object(struct object *object)
{
	struct memory *memory = object->memory;

	list_unlink(&object->siblings);
	memory->live_objects--;
	memory_free_small(memory, object);
	if (memory->live_objects == 0 && memory->waits)
		object_requeue(&memory->object);
}

/* -- The object ------------------------------------------------------------- */

bool memory_destroy(struct object *object)
{
	struct memory *memory = (struct memory *)object;
	struct list_node *node;

	for (unsigned i = 0; i < REAP_STEP && (node = list_first(&memory->objects)); i++)
		object_kill(list_entry(node, struct object, siblings));
	if (!list_is_empty(&memory->objects))
		return false;
	/* What was made from it is buried first; the last of that calls for this one again. */
	memory->waits = memory->live_objects != 0;
	if (memory->waits) {
		object_park(object);
		return false;
	}
	memory_free_pages(object->memory, memory->base, memory->pages);
	return true;
}

enum helion_error memory_alloc_both(struct memory *memory, uint8_t size_class, enum helion_type type, uint64_t pages,
				    uint64_t align, struct object **ret, uint64_t *ret_phys)
{
	*ret = alloc_object(memory, size_class, type);
	if (!*ret)
		return HELION_ERR_MEMORY;
	*ret_phys = memory_alloc_pages(memory, pages, align);
	if (*ret_phys)
		return HELION_OK;
	memory_free_object(*ret);
	return HELION_ERR_MEMORY;
}

static enum helion_error create_memory(struct memory *from, uint64_t size, uint64_t align, struct object **ret)
{
	enum helion_error error;
	uint64_t phys;

	if (size == 0 || size % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	error = memory_alloc_both(from, MEMORY_CLASS(sizeof(struct memory)), HELION_TYPE_MEMORY,
				  size / HELION_PAGE_SIZE, align, ret, &phys);
	if (!error)
		memory_init((struct memory *)*ret, phys, size);
	return error;
}

/* Types of which every object is alike, and is made of its storage alone. */
static const struct plain {
	void (*init)(struct object *object); /* all but struct object */
	uint8_t size_class;
} plain[HELION_TYPE_COUNT] = {
	[HELION_TYPE_ENDPOINT] = {endpoint_init, MEMORY_CLASS(sizeof(struct endpoint))},
	[HELION_TYPE_NOTIFICATION] = {notification_init, MEMORY_CLASS(sizeof(struct notification))},
	[HELION_TYPE_TIMER] = {timer_init, MEMORY_CLASS(sizeof(struct timer))},
};

static enum helion_error create(struct memory *memory, uint64_t type, uint64_t size, uint64_t align,
				struct object **ret)
{
	if (align & (align - 1))
		return HELION_ERR_ALIGNMENT;
	switch (type) {
	case HELION_TYPE_MEMORY: return create_memory(memory, size, align, ret);
	case HELION_TYPE_PAGES: return pages_create(memory, size, align, ret);
	case HELION_TYPE_CSPACE: return align ? HELION_ERR_ARGUMENT : cspace_create(memory, size, ret);
	case HELION_TYPE_VSPACE: return size || align ? HELION_ERR_ARGUMENT : vspace_create(memory, ret);
	case HELION_TYPE_TASK: return size || align ? HELION_ERR_ARGUMENT : task_create(memory, ret);
	default: return HELION_ERR_ARGUMENT;
	}
}

/* -- Zeroing new Pages, in parts ------------------------------------------- */

/* So many bytes at once. */
#define ZERO_PART (8 * HELION_PAGE_SIZE)

/* Whether all is zero after this part. */
static bool zero_part(const struct pages *pages, uint64_t *done)
{
	uint64_t left = pages->size - *done, part = left < ZERO_PART ? left : ZERO_PART;

	arch_zero_pages((char *)vm_direct(pages->phys) + *done, part);
	*done += part;
	return part == left;
}

/* The next part of making Pages. Until the last one the task holds the only capability to them (task->making): they go with the task,
 * or with the Memory, and nobody has seen them. */
static enum helion_error make_pages(struct task *task, struct object *object)
{
	if (zero_part((struct pages *)object, &task->progress[0])) {
		task->progress[0] = 0;
		return HELION_OK;
	}
	if (!task->making.object)
		cap_set(&task->making, object, HELION_RIGHT_ALL, 0);
	return HELION_RESTART;
}

/* Pages of which a part has been zeroed. */
static enum helion_error go_on(struct invocation *inv, struct memory *memory)
{
	struct cap *making = &inv->task->making;
	struct object *object = making->object;
	enum helion_error error;

	/* What was begun has gone with the Memory that it was made from. */
	if (!object || object->dying || object->memory != memory)
		return HELION_ERR_MEMORY;
	error = make_pages(inv->task, object);
	if (error)
		return error;
	if (cspace_has_free(inv->cspace))
		inv->ret[0] = cspace_insert(inv->cspace, object, HELION_RIGHT_ALL, 0);
	else
		error = HELION_ERR_SLOTS;
	cap_clear(making);
	return error;
}

static __attribute__((noinline)) enum helion_error create_other(struct invocation *inv, struct memory *memory)
{
	struct object *object;
	enum helion_error error;

	if (inv->task->progress[0])
		return go_on(inv, memory);
	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	error = create(memory, inv->words[0], inv->words[1], inv->words[2], &object);
	if (!error && object->type == HELION_TYPE_PAGES)
		error = make_pages(inv->task, object);
	if (!error)
		inv->ret[0] = cspace_insert(inv->cspace, object, HELION_RIGHT_ALL, 0);
	return error;
}

static enum helion_error invoke_create(struct invocation *inv, struct memory *memory)
{
	uint64_t type = inv->words[0];
	struct object *object;

	if (type >= HELION_TYPE_COUNT || !plain[type].init || inv->words[1] | inv->words[2])
		return create_other(inv, memory);
	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	object = alloc_object(memory, plain[type].size_class, type);
	if (!object)
		return HELION_ERR_MEMORY;
	plain[type].init(object);
	inv->ret[0] = cspace_insert(inv->cspace, object, HELION_RIGHT_ALL, 0);
	return HELION_OK;
}

enum helion_error memory_invoke(struct invocation *inv)
{
	struct memory *memory = (struct memory *)inv->cap->object;

	if (__builtin_expect(inv->label == HELION_MEMORY_CREATE, 1))
		return invoke_create(inv, memory);
	switch (inv->label) {
	case HELION_MEMORY_INFO:
		inv->ret[0] = memory->base;
		inv->ret[1] = memory->pages * HELION_PAGE_SIZE;
		inv->ret[2] = memory_free_bytes(memory);
		inv->ret[3] = memory->live_objects;
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
