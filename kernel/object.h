/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel objects and the capabilities that name them.
 *
 * An object knows every capability to it (there is no derivation graph). It
 * lives while there is one: deleting the last destroys it, destroying it nulls
 * all of them. Capabilities are held in three places: slots of a CSpace, a Task
 * (its CSpace, VSpace, IPC buffer, a Reply, a
 * bound notification), a timer or IRQ handler (its notification), and a mapping of an address space (its
 * Pages). All are struct cap and on the object's list.
 *
 * Life cycle: memory_alloc_object() -> object_init() -> cap_set() ... -> the last
 * cap_clear(), or object_destroy(), puts it on the reaper's list -> reap() calls
 * the type's destroy function, which gives its storage back. Objects die by that
 * list, never by recursion: a destroy function may clear capabilities of its own,
 * which only lengthens the list.
 *
 * Everything here is guarded by object_lock.
 */
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/abi.h>

#include "kernel/spinlock.h"
#include "lib/list.h"

extern struct spinlock object_lock;

struct memory;
struct cspace;

struct object {
	uint8_t type;              /* enum helion_type */
	uint8_t size_class;        /* of its storage in `memory`, see kernel/memory.h */
	bool dying;                /* on the reaper's list */
	bool permanent;            /* made by the kernel at boot, never destroyed */
	struct list_node caps;     /* struct cap.link; it dies when this becomes empty */
	struct list_node siblings; /* in memory->objects, or on the reaper's list while dying */
	struct memory *memory;     /* that its storage came from; NULL for permanent ones */
};

/* Who holds a capability: decides what happens when it is nulled. */
enum cap_holder { CAP_IN_CSPACE, CAP_IN_TASK, CAP_IN_MAPPING, CAP_IN_BINDING };

struct cap {
	struct object *object; /* NULL: empty */
	uint64_t badge;
	struct list_node link; /* in object->caps, or in cspace->free while the slot is empty */
	void *holder;          /* struct cspace, task or mapping */
	uint8_t rights;        /* HELION_RIGHT_* */
	uint8_t holder_kind;   /* enum cap_holder */
	uint16_t reserved0;
	uint32_t reserved1;
};

_Static_assert(sizeof(struct cap) == 48, "slots are sized by this");

void object_init(struct object *object, enum helion_type type);

/* Makes an empty cap name the object. Cannot fail. */
void cap_set(struct cap *cap, struct object *object, uint8_t rights, uint64_t badge);

/* Empties a cap; the object dies with its last one. Does not free a CSpace slot: cspace_delete() does. */
void cap_clear(struct cap *cap);

/* Every capability to the object becomes null, and it dies. Not for permanent objects. */
void object_destroy(struct object *object);

/* Every capability to the object becomes null, and it lives on: for an object whose storage is part of another. */
void object_null(struct object *object);

/* Nulls every capability to an object whose storage is part of another that dies: it is not buried itself. */
void object_forget(struct object *object);

/* Buries everything that has died. Called with object_lock held at the end of each operation. */
void object_reap(void);

/* For an object whose destroy function left it waiting for others to be gone: now they are, and it is called again. */
void object_requeue(struct object *object);

/* Supplied by each type. Called by object_reap() when no capability is left. */
void memory_destroy(struct object *object);
void pages_destroy(struct object *object);
void cspace_destroy(struct object *object);
void vspace_destroy(struct object *object);
void task_destroy(struct object *object);
void ioport_destroy(struct object *object);
void endpoint_destroy(struct object *object);
void notification_destroy(struct object *object);
void reply_destroy(struct object *object);
void timer_destroy(struct object *object);
void irq_handler_destroy(struct object *object);

/* Supplied by holders. Called when a capability they hold has been nulled by object_destroy(). */
void cspace_cap_lost(struct cap *cap);
void task_cap_lost(struct cap *cap);
void mapping_cap_lost(struct cap *cap);
void binding_cap_lost(struct cap *cap);

#endif
