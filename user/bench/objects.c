/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and deleting objects of each kind, through the library's functions. */
#include "user/bench/bench.h"

/* Each round makes one and deletes it, so storage is where it was in the round before. */
static void bench_object(const char *create, const char *delete, enum helion_type type, uint64_t size)
{
	uint64_t memory = helion_process.memory, cspace = helion_process.cspace, slot = 0;

	BENCH(create, , helion_memory_create(memory, type, size, 0, &slot), MUST(helion_cspace_delete(cspace, slot)));
	BENCH(delete, MUST(helion_memory_create(memory, type, size, 0, &slot)), helion_cspace_delete(cspace, slot), );
}

/* The objects that are not made from a Memory alone. */
static void bench_claims(void)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	uint64_t memory = helion_process.memory, cspace = helion_process.cspace, slot = 0, lines = 0;

	MUST(helion_irq_control_info(manifest->slot_irq_control, &lines));
	if (lines != 0) {
		uint64_t control = manifest->slot_irq_control, line = lines - 1;

		BENCH("create-irq-handler", , helion_irq_control_claim(control, memory, line, false, false, &slot),
		      MUST(helion_cspace_delete(cspace, slot)));
		BENCH("delete-irq-handler", MUST(helion_irq_control_claim(control, memory, line, false, false, &slot)),
		      helion_cspace_delete(cspace, slot), );
	}
	if (manifest->slot_ioport_control != 0) {
		uint64_t control = manifest->slot_ioport_control;

		BENCH("create-ioport", , helion_ioport_control_claim(control, memory, 0x80, 1, &slot),
		      MUST(helion_cspace_delete(cspace, slot)));
		BENCH("delete-ioport", MUST(helion_ioport_control_claim(control, memory, 0x80, 1, &slot)),
		      helion_cspace_delete(cspace, slot), );
	}
}

/* A capability more to an object that has others. */
static void bench_capability(void)
{
	uint64_t cspace = helion_process.cspace, memory = helion_process.memory, slot = 0;

	BENCH("copy", , helion_cspace_copy(cspace, memory, HELION_RIGHT_ALL, 0, &slot),
	      MUST(helion_cspace_delete(cspace, slot)));
	BENCH("delete-copy", MUST(helion_cspace_copy(cspace, memory, HELION_RIGHT_ALL, 0, &slot)),
	      helion_cspace_delete(cspace, slot), );
}

/* -- A task with an address space and a page of its own ------------------------------------------------ */

struct life {
	uint64_t vspace, task, pages, code;
};

static int64_t live(struct life *life)
{
	uint64_t memory = helion_process.memory, cspace = helion_process.cspace;
	int64_t status = 0;

	status |= helion_memory_create(memory, HELION_TYPE_VSPACE, 0, 0, &life->vspace);
	status |= helion_memory_create(memory, HELION_TYPE_TASK, 0, 0, &life->task);
	status |= helion_memory_create(memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &life->pages);
	status |= helion_vspace_map(life->vspace, life->code, HELION_PAGE_SIZE, 0, HELION_PAGE_SIZE,
				    HELION_MAP_READ | HELION_MAP_EXEC);
	status |= helion_task_configure(life->task, cspace, life->vspace, life->pages);
	status |= helion_task_start(life->task, HELION_PAGE_SIZE, 0, 0, 0);
	status |= helion_cspace_delete(cspace, life->task);
	status |= helion_cspace_delete(cspace, life->vspace);
	status |= helion_cspace_delete(cspace, life->pages);
	return status;
}

/* Made, given code and an IPC buffer, started and deleted before it ran. */
static void bench_life(void)
{
	struct life life;

	if (!bench_wanted("task-life"))
		return;
	life.code = bench_create(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	BENCH("task-life", , live(&life), );
	bench_delete(life.code);
}

/* -- Taking back what was given away under one badge ---------------------------------------------------- */

#define MANY_COPIES 1000u
#define GIVEN       7u /* the badge */

static void give_away(uint64_t notification, uint64_t cspace)
{
	uint64_t slot;

	for (unsigned i = 0; i < MANY_COPIES; i++)
		MUST(helion_cspace_grant(helion_process.cspace, cspace, notification, HELION_RIGHT_WRITE, GIVEN,
					 &slot));
}

static void bench_revoke(void)
{
	uint64_t notification, cspace;

	if (!bench_wanted("revoke-1000"))
		return;
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	cspace = bench_create(HELION_TYPE_CSPACE, MANY_COPIES + 24);
	bench_rounds = 20;
	BENCH("revoke-1000", give_away(notification, cspace),
	      helion_cspace_revoke(helion_process.cspace, notification, GIVEN), );
	bench_delete(cspace);
	bench_delete(notification);
}

/* -- Replies: the right to answer a call, moved to a slot ------------------------------------------------ */

static void call_for_ever(void *argument)
{
	struct bench_peer *peer = argument;
	uint64_t endpoint = peer->object;

	for (;;)
		bench_message(HELION_SYS_CALL, endpoint, 0);
}

static void bench_reply(void)
{
	uint64_t endpoint, cspace = helion_process.cspace, slot = 0;
	struct bench_peer *peer;

	if (!bench_wanted("store-reply"))
		return;
	endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	peer = bench_peer_start(true, call_for_ever, endpoint, 0);
	BENCH("store-reply", MUST(bench_message(HELION_SYS_RECV, endpoint, 0)),
	      helion_cspace_store_reply(cspace, &slot), MUST(bench_message(HELION_SYS_REPLY, slot, 0)));
	bench_peer_end(peer);
	bench_delete(endpoint);
}

void bench_objects(void)
{
	/* What keeps a slab of each size alive, so that making the first object of a size is not measured. */
	static const struct {
		const char *create, *delete;
		enum helion_type type;
		uint64_t size;
	} kinds[] = {
		{"create-memory", "delete-memory", HELION_TYPE_MEMORY, 64 * HELION_PAGE_SIZE},
		{"create-pages", "delete-pages", HELION_TYPE_PAGES, HELION_PAGE_SIZE},
		{"create-cspace", "delete-cspace", HELION_TYPE_CSPACE, 16},
		{"create-vspace", "delete-vspace", HELION_TYPE_VSPACE, 0},
		{"create-task", "delete-task", HELION_TYPE_TASK, 0},
		{"create-endpoint", "delete-endpoint", HELION_TYPE_ENDPOINT, 0},
		{"create-notification", "delete-notification", HELION_TYPE_NOTIFICATION, 0},
		{"create-timer", "delete-timer", HELION_TYPE_TIMER, 0},
	};
	uint64_t keep[sizeof(kinds) / sizeof(kinds[0])];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		keep[i] = bench_create(kinds[i].type, kinds[i].size);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		bench_object(kinds[i].create, kinds[i].delete, kinds[i].type, kinds[i].size);
	bench_claims();
	bench_capability();
	bench_life();
	bench_revoke();
	bench_reply();
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		bench_delete(keep[i]);
}
