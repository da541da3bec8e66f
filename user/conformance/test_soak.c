/* SPDX-License-Identifier: BSD-2-Clause */
/* Random streams of system calls against a model, two for each CPU, while they are moved about. */
#include "user/conformance/conformance.h"
#include "user/conformance/model.h"

#define STREAMS_MAX 8u

static struct model models[STREAMS_MAX];

/* Priorities and CPUs change all the time. */
static void disturb(struct model *model, uint64_t *random)
{
	CHECK_CALL(helion_task_set_affinity(model->partner.task, draw(random) % ((1ull << world.cpus) - 1) + 1));
	CHECK_CALL(helion_task_set_priority(model->partner.task, draw(random) % 4 + 12, 16));
}

/* One round: streams from a seed, run to their ends; nothing of them stays. */
static void streams(uint64_t seed, uint64_t steps)
{
	unsigned count = 2 * world.cpus < STREAMS_MAX ? (unsigned)(2 * world.cpus) : STREAMS_MAX;
	uint64_t free = free_bytes(), objects = live_objects(), random = seed, left = count;
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), endpoint = make(HELION_TYPE_ENDPOINT);

	for (unsigned i = 0; i < count; i++) {
		model_create(&models[i], draw(&random), notification, endpoint);
		models[i].steps = steps;
		partner_start(&models[i].partner, model_run);
	}
	while (left > 0) {
		left = 0;
		sleep_for(MILLISECOND);
		for (unsigned i = 0; i < count; i++)
			left += !__atomic_load_n(&models[i].partner.finished, __ATOMIC_SEQ_CST);
		if (left > 0)
			disturb(&models[draw(&random) % count], &random);
	}
	for (unsigned i = 0; i < count; i++) {
		partner_join(&models[i].partner);
		if (models[i].wrong[0] != '\0')
			test_fail(__FILE__, __LINE__, "seed %lu, stream %u, step %lu: %s", seed, i, models[i].step,
				  models[i].wrong);
		partner_delete(&models[i].partner);
		destroy(models[i].owner);
	}
	delete (notification);
	delete (endpoint);
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_bytes(), free);
}

TEST_WITH(soak, a_round, .memory = 8 << 20, .seconds = 600)
{
	streams(world.seed, 300);
}

/* For `make soak`: rounds until soak=<seconds> have passed. */
TEST_WITH(soak, many_rounds, .memory = 8 << 20, .seconds = 1 << 30, .asked_for = true)
{
	uint64_t end = now() + world.soak * SECOND, seed = world.seed;

	do {
		printf("# soak: seed %lu\n", seed);
		streams(seed++, 500);
	} while (now() < end);
}
