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
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		bench_delete(keep[i]);
}
