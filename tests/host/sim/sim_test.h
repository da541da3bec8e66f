/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests on the simulated machine: after each, init runs, and free memory, free slots and objects are what they were. */
#ifndef TESTS_HOST_SIM_SIM_TEST_H
#define TESTS_HOST_SIM_SIM_TEST_H

#include "kernel/trap.h"
#include "tests/host/sim/sim.h"
#include "tests/host/tap.h"

static const struct helion_manifest *init;
static struct sim_state sim_before;

static inline void sim_test_begin(void)
{
	sim_boot(sim_context());
	init = sim_manifest();
	sim_before = sim_state();
}

static void (*sim_test_function)(void);

static inline void sim_test_run(void)
{
	struct sim_state after;

	sim_test_function();
	CHECK(sim_current() == init_task);
	after = sim_state();
	CHECK_EQUAL(after.free_bytes, sim_before.free_bytes);
	CHECK_EQUAL(after.objects, sim_before.objects);
	CHECK_EQUAL(after.free_slots, sim_before.free_slots);
	CHECK_EQUAL(after.mappings, sim_before.mappings);
	sim_before = after;
}

#define TEST(function) (sim_test_function = (function), tap_run(sim_test_run, #function))

#endif
