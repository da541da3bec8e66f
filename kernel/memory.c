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

static const uint16_t class_size[MEMORY_CLASSES] = {64, 128, 256, 512, 1024};

#define SLAB_HEADER 64u

_Static_assert(sizeof(struct slab) <= SLAB_HEADER, "slab header");

void memory_init(struct memory *memory, uint64_t base, uint64_t size)
{
	memory->base = base;
	memory->pages = size / HELION_PAGE_SIZE;
	memory->live_objects = 0;
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

/* A free one keeps its link to the next. */
static void poison_small(const void *storage, uint8_t size_class)
{
	poison((const char *)storage + sizeof(void *), class_size[size_class] - sizeof(void *));
}

static struct slab *slab_new(struct memory *memory, uint8_t size_class)
{
	uint64_t phys = memory_alloc_pages(memory, 1, 0);
	uint16_t size = class_size[size_class];
	struct slab *slab;

	if (!phys)
		return NULL;
	slab = vm_direct(phys);
	slab->used = slab->checked = 0;
	slab->size_class = size_class;
	slab->free = NULL;
	for (uint32_t at = HELION_PAGE_SIZE - size; at >= SLAB_HEADER; at -= size) {
		void **storage = (void **)((char *)slab + at);

		*storage = slab->free;
		slab->free = storage;
		poison_small(storage, size_class);
	}
	list_push_front(&memory->slabs[size_class], &slab->link);
	return slab;
}

void *memory_alloc_raw(struct memory *memory, size_t size, uint8_t *ret_class)
{
	uint8_t size_class = 0;
	struct list_node *node;
	struct slab *slab;
	void *storage;

	/* Each is twice the one before. */
	if (size > class_size[0])
		size_class = (uint8_t)(__builtin_clzll(class_size[0] - 1) - __builtin_clzll(size - 1));
	node = list_first(&memory->slabs[size_class]);
	slab = node ? list_entry(node, struct slab, link) : slab_new(memory, size_class);
	if (!slab)
		return NULL;
	storage = slab->free;
	slab->free = *(void **)storage;
	slab->used++;
	if (!slab->free)
		list_remove(&slab->link);
	unpoison(storage, class_size[size_class]);
	*ret_class = size_class;
	return storage;
}

/* Of a multiple of 64 bytes, aligned to words. */
static void zero(void *storage, size_t size)
{
	uint64_t *word = storage;

	for (uint64_t *end = word + size / sizeof(*word); word != end; word += 8) {
		word[0] = word[1] = word[2] = word[3] = 0;
		word[4] = word[5] = word[6] = word[7] = 0;
	}
}

void *memory_alloc_small(struct memory *memory, size_t size, uint8_t *ret_class)
{
	void *storage = memory_alloc_raw(memory, size, ret_class);

	if (storage)
		zero(storage, class_size[*ret_class]);
	return storage;
}

void *memory_small_of(const void *inside)
{
	struct slab *slab = memory_slab(inside);
	uint64_t size = class_size[slab->size_class];
	/* Storage stands in steps from the page's end. */
	uint64_t steps = (HELION_PAGE_SIZE - ((uint64_t)inside - (uint64_t)slab) + size - 1) / size;

	return (char *)slab + HELION_PAGE_SIZE - steps * size;
}

void memory_free_small(struct memory *memory, void *storage, uint8_t size_class)
{
	struct slab *slab = memory_slab(storage);

	kassert(slab->size_class == size_class && slab->used > 0);
	if (!slab->free)
		list_push_front(&memory->slabs[size_class], &slab->link);
	*(void **)storage = slab->free;
	slab->free = storage;
	poison_small(storage, size_class);
	if (--slab->used == 0) {
		list_remove(&slab->link);
		memory_free_pages(memory, vm_direct_phys(slab), 1);
	}
}

void *memory_alloc_object(struct memory *memory, size_t size, enum helion_type type)
{
	uint8_t size_class;
	struct object *object = memory_alloc_small(memory, size, &size_class);

	if (!object)
		return NULL;
	object_init(object, type);
	object->size_class = size_class;
	object->memory = memory;
	list_push_back(&memory->objects, &object->siblings);
	memory->live_objects++;
	return object;
}

void memory_free_object(struct object *object)
{
	struct memory *memory = object->memory;

	list_remove(&object->siblings);
	memory->live_objects--;
	memory_free_small(memory, object, object->size_class);
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
		return true;
	}
	memory_free_pages(object->memory, memory->base, memory->pages);
	memory_free_object(object);
	return true;
}

static enum helion_error create_memory(struct memory *from, uint64_t size, uint64_t align, struct object **ret)
{
	uint64_t pages = size / HELION_PAGE_SIZE;
	struct memory *memory;
	uint64_t phys;

	if (size == 0 || size % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	memory = memory_alloc_object(from, sizeof(*memory), HELION_TYPE_MEMORY);
	if (!memory)
		return HELION_ERR_MEMORY;
	phys = memory_alloc_pages(from, pages, align);
	if (!phys) {
		memory_free_object(&memory->object);
		return HELION_ERR_MEMORY;
	}
	memory_init(memory, phys, size);
	*ret = &memory->object;
	return HELION_OK;
}

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
	case HELION_TYPE_ENDPOINT: return size || align ? HELION_ERR_ARGUMENT : endpoint_create(memory, ret);
	case HELION_TYPE_NOTIFICATION: return size || align ? HELION_ERR_ARGUMENT : notification_create(memory, ret);
	case HELION_TYPE_TIMER: return size || align ? HELION_ERR_ARGUMENT : timer_create(memory, ret);
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

	memset((char *)vm_direct(pages->phys) + *done, 0, part);
	*done += part;
	return part == left;
}

/* The next part of making an object. Until the last one the task holds the only capability to it (task->making): it goes with
 * the task, or with the Memory, and nobody has seen it. */
static enum helion_error make(struct invocation *inv, struct object *object)
{
	struct cap *making = &inv->task->making;

	if (object->type == HELION_TYPE_PAGES && !zero_part((struct pages *)object, &inv->progress[0])) {
		if (!making->object)
			cap_set(making, object, HELION_RIGHT_ALL, 0);
		return HELION_RESTART;
	}
	if (!cspace_has_free(inv->cspace)) {
		object_kill(object);
		return HELION_ERR_SLOTS;
	}
	inv->ret[0] = cspace_insert(inv->cspace, object, HELION_RIGHT_ALL, 0);
	cap_clear(making);
	return HELION_OK;
}

static enum helion_error invoke_create(struct invocation *inv, struct memory *memory)
{
	struct object *object = inv->task->making.object;
	enum helion_error error;

	if (inv->progress[0]) {
		/* What was begun has gone with the Memory that it was made from. */
		if (!object || object->dying || object->memory != memory)
			return HELION_ERR_MEMORY;
		return make(inv, object);
	}
	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	error = create(memory, inv->words[0], inv->words[1], inv->words[2], &object);
	return error ? error : make(inv, object);
}

enum helion_error memory_invoke(struct invocation *inv)
{
	struct memory *memory = (struct memory *)inv->cap->object;

	switch (inv->label) {
	case HELION_MEMORY_INFO:
		inv->ret[0] = memory->base;
		inv->ret[1] = memory->pages * HELION_PAGE_SIZE;
		inv->ret[2] = memory_free_bytes(memory);
		inv->ret[3] = memory->live_objects;
		return HELION_OK;
	case HELION_MEMORY_CREATE: return invoke_create(inv, memory);
	default: return HELION_ERR_INVOCATION;
	}
}
