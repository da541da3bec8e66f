/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects and the capabilities that name them.
 *
 * An object knows every capability to it (there is no derivation graph). It
 * lives while there is one: deleting the last destroys it, destroying it nulls
 * all of them. Capabilities are held in: slots of a CSpace, a Task (its CSpace,
 * VSpace, IPC buffer, a bound notification, its fault endpoint), a timer or IRQ
 * handler (its notification), a mapping of an address space (its Pages), and an address
 * space (the VSpace that is its window). All
 * are struct cap and on the object's list. A revocation that is under way has a
 * place in that list, too.
 *
 * Life cycle: memory_alloc_object() -> object_init() -> cap_set() ... -> the last
 * cap_clear(), or object_kill(), puts it on the reaper's list -> object_reap()
 * nulls the capabilities that are left and calls the type's destroy function, which
 * gives its storage back. Both in steps of a bounded size: a destroy function does one
 * part and returns whether that was the last. Objects die by that list, never by
 * recursion: a destroy function may clear capabilities of its own, which only lengthens
 * the list. The system call that killed something goes on when the list is empty
 * (WORK_REAP), and interrupts are taken between the steps.
 *
 * A dying object serves nobody: its capabilities count as null (cspace_lookup()).
 *
 * All of this under the exclusive lock.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>

#include "kernel/spinlock.h"
#include "lib/list.h"

/* How many of anything one step works on. */
#define REAP_STEP 16u

/* What may still be done before the kernel takes interrupts, where the size of a step is not enough to say: in entries of page tables.
 * object_reap() stops when it is spent, and has it full again at its end; what was spent since then makes the next one shorter. */
#define REAP_BUDGET 1024u
extern unsigned object_budget;
#define REAP_WAKE 16u /* of it, for a task that goes on */
static inline void object_spend(unsigned cost)
{
	object_budget -= cost < object_budget ? cost : object_budget;
}

struct memory;
struct cspace;

struct object {
	uint8_t type;              /* enum helion_type */
	bool dying;                /* on the reaper's list, or waits to be put there again */
	bool permanent;            /* made by the kernel at boot, never destroyed */
	uint32_t cap_count;        /* capabilities on `caps`; it dies when there is none */
	struct list_node caps;     /* struct cap.link, and the cursors of revocations */
	struct list_node siblings; /* in memory->objects, or on the reaper's list while dying */
	struct memory *memory;     /* that its storage came from; NULL for permanent ones */
};

/* Who holds a capability: decides what happens when it is nulled. */
enum cap_holder { CAP_IN_CSPACE, CAP_IN_TASK, CAP_IN_MAPPING, CAP_IN_BINDING, CAP_IN_CURSOR, CAP_IN_WINDOW };

struct cap {
	struct object *object; /* NULL: empty */
	uint64_t badge;
	struct list_node link; /* in object->caps, or in cspace->free while the slot is empty */
	void *holder;          /* struct cspace, task or mapping */
	uint8_t rights;        /* HELION_RIGHT_* */
	uint8_t holder_kind;   /* enum cap_holder */
	uint8_t type;          /* of the object; HELION_TYPE_NULL: empty */
	uint8_t reserved;
	uint32_t slot; /* where it is in its CSpace */
};

_Static_assert(sizeof(struct cap) == 48, "slots are sized by this");

static inline void object_init(struct object *object, enum helion_type type)
{
	object->type = (uint8_t)type;
	object->dying = object->permanent = false;
	object->cap_count = 0;
	object->memory = NULL;
	list_init(&object->caps);
}

/* The object dies: the reaper nulls every capability to it. Not for permanent objects. */
void object_kill(struct object *object);

/* An empty capability of this holder. */
static inline void cap_init(struct cap *cap, enum cap_holder kind, void *holder)
{
	cap->object = NULL;
	cap->type = HELION_TYPE_NULL;
	cap->holder = holder;
	cap->holder_kind = (uint8_t)kind;
}

/* Makes an empty cap name the object. Cannot fail. */
static inline void cap_set(struct cap *cap, struct object *object, uint8_t rights, uint64_t badge)
{
	kernel_assert_exclusive();
	cap->object = object;
	cap->type = object->type;
	cap->rights = rights;
	cap->badge = badge;
	object->cap_count++;
	list_push_back(&object->caps, &cap->link);
}

/* Empties a cap; the object dies with its last one. Does not free a CSpace slot: cspace_delete() does. */
static inline void cap_clear(struct cap *cap)
{
	struct object *object = cap->object;

	kernel_assert_exclusive();
	if (!object)
		return;
	cap->object = NULL;
	cap->type = HELION_TYPE_NULL;
	list_unlink(&cap->link);
	if (--object->cap_count == 0)
		object_kill(object);
}

/* Objects that died and are not buried yet, by struct object.siblings. */
extern struct list_node object_dead;

/* Buries what has died, at most so many steps. True when there is more to do. */
bool object_reap(unsigned steps);

/* Whether something waits to be buried for which no task's system call will see to it: whoever killed it is gone itself. Then
 * every way out of the kernel does one step. May be read without a lock. */
extern bool object_orphans;

/* For a destroy function that waits for others to be gone: takes the object off the reaper's list, and puts it there again. */
void object_park(struct object *object);
void object_requeue(struct object *object);

/* How to destroy an object, by type. */
extern bool (*const object_destroy[HELION_TYPE_COUNT])(struct object *object);

/* Supplied by each type: the next part of destroying an object to which there is no capability. True: that was the last, its storage is
 * given back. */
bool memory_destroy(struct object *object);
bool pages_destroy(struct object *object);
bool cspace_destroy(struct object *object);
bool vspace_destroy(struct object *object);
bool task_destroy(struct object *object);
bool ioport_destroy(struct object *object);
bool endpoint_destroy(struct object *object);
bool notification_destroy(struct object *object);
bool reply_destroy(struct object *object);
bool timer_destroy(struct object *object);
bool irq_handler_destroy(struct object *object);

/* Supplied by holders: a capability they hold has been nulled. */
void cspace_cap_lost(struct cap *cap);
void task_cap_lost(struct cap *cap);
/* Nulls it itself, when the mapping is gone; until then false. */
bool mapping_cap_lost(struct cap *cap);
/* These null it themselves. */
void window_lost(struct cap *cap);
void revoke_cap_lost(struct cap *cap);

#endif
