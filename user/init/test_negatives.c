/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the negative matrix against the kernel: each case gives its error and changes nothing. */
#include "user/init/init.h"

#include "user/init/negatives.h"
#include "user/lib/helion.h"

#define FREE_ADDRESS 0x400000u
#define USED_ADDRESS 0x600000u

struct run {
	struct negative_objects objects;
	uint64_t memory; /* that everything was made from */
	unsigned cases;
};

/* What no case may change. */
struct state {
	struct helion_memory_info memory, parent;
	struct helion_cspace_info cspace;
	struct helion_task_info task, configured;
	struct helion_pages_info pages;
	struct helion_vspace_query query;
};

static void state_read(const struct run *run, struct state *ret)
{
	const struct negative_objects *objects = &run->objects;

	*ret = (struct state){0};
	CHECK_CALL(helion_memory_info(run->memory, &ret->memory));
	CHECK_CALL(helion_memory_info(helion_process.memory, &ret->parent));
	CHECK_CALL(helion_cspace_info(objects->slot[HELION_TYPE_CSPACE], &ret->cspace));
	CHECK_CALL(helion_task_info(objects->slot[HELION_TYPE_TASK], &ret->task));
	CHECK_CALL(helion_task_info(objects->configured_task, &ret->configured));
	CHECK_CALL(helion_pages_info(objects->slot[HELION_TYPE_PAGES], &ret->pages));
	CHECK_CALL(helion_vspace_query(objects->slot[HELION_TYPE_VSPACE], USED_ADDRESS, &ret->query));
}

static void run_case(void *ctx, const struct negative *n)
{
	struct run *run = ctx;
	struct state before, after;
	uint64_t cap = n->cap;
	int error;

	run->cases++;
	if (n->without != 0 &&
	    !CHECK_CALL(helion_cspace_copy(helion_process.cspace, cap, HELION_RIGHT_ALL & ~n->without, 0, &cap)))
		return;
	state_read(run, &before);
	error = helion_call(cap, n->label, n->words, n->word_count, n->caps, n->cap_count, NULL, 0);
	state_read(run, &after);
	check(error == -n->expected, "%s %s, %s: gave %s, not %s", n->invocation->type_name, n->invocation->name,
	      n->defect, helion_error_name(error), helion_error_name(n->expected));
	check(memcmp(&before, &after, sizeof(before)) == 0, "%s %s, %s: changed something", n->invocation->type_name,
	      n->invocation->name, n->defect);
	if (n->without != 0)
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, cap));
}

static bool create(struct run *run, enum helion_type type, uint64_t size, uint64_t *ret)
{
	return CHECK_CALL(helion_memory_create(run->memory, type, size, 0, ret));
}

static bool set_up(struct run *run, const struct helion_manifest *manifest)
{
	uint64_t *slot = run->objects.slot, used;
	struct helion_cspace_info cspace;

	/* All from a Memory of its own, so that destroying this one cleans up. */
	if (!CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_MEMORY, 1u << 20, 0, &run->memory)))
		return false;
	slot[HELION_TYPE_MEMORY] = run->memory;
	slot[HELION_TYPE_CSPACE] = helion_process.cspace;
	slot[HELION_TYPE_IRQ_CONTROL] = manifest->slot_irq_control;
	slot[HELION_TYPE_IOPORT_CONTROL] = manifest->slot_ioport_control;
	slot[HELION_TYPE_SYSTEM] = manifest->slot_system;
	if (!create(run, HELION_TYPE_PAGES, NEGATIVE_PAGES_SIZE, &slot[HELION_TYPE_PAGES]) ||
	    !create(run, HELION_TYPE_VSPACE, 0, &slot[HELION_TYPE_VSPACE]) ||
	    !create(run, HELION_TYPE_TASK, 0, &slot[HELION_TYPE_TASK]) ||
	    !create(run, HELION_TYPE_TASK, 0, &run->objects.configured_task) ||
	    !create(run, HELION_TYPE_ENDPOINT, 0, &slot[HELION_TYPE_ENDPOINT]) ||
	    !create(run, HELION_TYPE_NOTIFICATION, 0, &slot[HELION_TYPE_NOTIFICATION]) ||
	    !create(run, HELION_TYPE_TIMER, 0, &slot[HELION_TYPE_TIMER]) ||
	    !create(run, HELION_TYPE_PAGES, 4096, &used) ||
	    !CHECK_CALL(helion_irq_control_info(slot[HELION_TYPE_IRQ_CONTROL], &run->objects.irq_lines)) ||
	    !CHECK_CALL(helion_irq_control_claim(slot[HELION_TYPE_IRQ_CONTROL], run->memory, run->objects.irq_lines - 1,
						 false, false, &slot[HELION_TYPE_IRQ_HANDLER])))
		return false;
	run->objects.free_address = FREE_ADDRESS;
	run->objects.used_address = USED_ADDRESS;
	if (!CHECK_CALL(helion_vspace_map(slot[HELION_TYPE_VSPACE], used, USED_ADDRESS, 0, 4096,
					  HELION_MAP_READ | HELION_MAP_WRITE)) ||
	    !CHECK_CALL(helion_task_configure(run->objects.configured_task, helion_process.cspace,
					      slot[HELION_TYPE_VSPACE], used)) ||
	    !CHECK_CALL(helion_cspace_copy(helion_process.cspace, slot[HELION_TYPE_PAGES], HELION_RIGHT_READ, 0,
					   &run->objects.read_only_pages)) ||
	    !CHECK_CALL(helion_cspace_info(helion_process.cspace, &cspace)))
		return false;
	run->objects.slots = cspace.slots;
	if (slot[HELION_TYPE_IOPORT_CONTROL] == 0)
		return true;
	/* The ports of the real-time clock and its neighbours, harmless to read. */
	run->objects.first_port = 0x70;
	run->objects.port_count = 2;
	return CHECK_CALL(helion_ioport_control_claim(slot[HELION_TYPE_IOPORT_CONTROL], run->memory, 0x70, 2,
						      &slot[HELION_TYPE_IOPORT]));
}

void test_negatives(const struct helion_manifest *manifest)
{
	struct helion_memory_info before = {0}, after = {0};
	struct helion_cspace_info slots_before = {0}, slots_after = {0};
	struct run run = {0};

	CHECK_CALL(helion_memory_info(helion_process.memory, &before));
	CHECK_CALL(helion_cspace_info(helion_process.cspace, &slots_before));
	if (set_up(&run, manifest))
		negatives_generate(&run.objects, run_case, &run);
	if (run.memory != 0)
		CHECK_CALL(helion_cspace_destroy(helion_process.cspace, run.memory));
	CHECK_CALL(helion_memory_info(helion_process.memory, &after));
	CHECK_CALL(helion_cspace_info(helion_process.cspace, &slots_after));
	check(memcmp(&before, &after, sizeof(before)) == 0, "%lu bytes were free and %lu are now", before.free,
	      after.free);
	check(memcmp(&slots_before, &slots_after, sizeof(slots_before)) == 0, "%lu slots were free and %lu are now",
	      slots_before.free, slots_after.free);
	printf("init: negatives: %u cases\n", run.cases);
}
