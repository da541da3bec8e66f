/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls against a small model of the capability state: what every call must say is known before it is
 * made. A stream has a CSpace, a Memory and an address space of its own and is run by a task of its own, so that several run
 * on several CPUs at once; what they have in common, a notification and an endpoint, only has results that may be.
 */
#ifndef USER_CONFORMANCE_MODEL_H
#define USER_CONFORMANCE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>

#include "user/conformance/partner.h"

#define MODEL_SLOTS  64u /* of the CSpace */
#define MODEL_THINGS 96u
#define MODEL_PAGES  32u /* of the address space, from MODEL_BASE */
#define MODEL_HELD \
	6u /* capabilities that a thing holds (a task while it is configured: old and new), or that are in a CSpace */
#define MODEL_BASE 0x400000ull

struct model_cap {
	int thing; /* index, negative: empty */
	uint64_t rights, badge;
};

struct model_thing {
	enum helion_type type; /* HELION_TYPE_NULL: none */
	int memory;            /* the thing that it was made from, negative for what the stream began with */
	uint64_t size;         /* bytes of Memory and Pages, slots of a CSpace */
	unsigned caps;         /* that name it, wherever they are */
	uint64_t pending;      /* badges of a Notification */
	uint64_t deadline;     /* of a Timer */
	struct model_cap held[MODEL_HELD];
	unsigned held_count;
};

struct model_page {
	int thing; /* Pages that are mapped here; negative: nothing */
	uint64_t rights, flags;
};

struct model {
	struct partner partner;
	uint64_t
		owner; /* slot of its Memory in the test's CSpace; destroying it ends all of it but the partner's task */
	uint64_t random;
	uint64_t steps;                  /* to do */
	uint64_t step;                   /* done; others may look */
	uint64_t cspace, memory, vspace; /* slots of its CSpace */
	uint64_t shared_notification, shared_endpoint;
	uint64_t first_free;   /* the slots below stay as they are */
	uint64_t base_objects; /* live objects of the Memory that are not in the model */
	struct model_cap slots[MODEL_SLOTS];
	struct model_thing things[MODEL_THINGS];
	struct model_page pages[MODEL_PAGES];
	char wrong[192]; /* what was not as it must be; empty if all was */
};

/* For the test's task: makes what a stream needs from the world's Memory. */
void model_create(struct model *model, uint64_t seed, uint64_t notification, uint64_t endpoint);

/* What its task does: `steps` calls. */
void model_run(struct partner *partner);

#endif
