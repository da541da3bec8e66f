/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point state of tasks, on a unit that has one register.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/arch.h"
#include "kernel/fpu.h"
#include "kernel/task.h"

#define MAIN (init->slot_memory)

/* The register of the running task; 0 where it has none. */
static uint64_t value(void)
{
	uint64_t *reg = sim_fpu();

	CHECK(reg);
	return reg ? *reg : 0;
}

static void set(uint64_t number)
{
	uint64_t *reg = sim_fpu();

	CHECK(reg);
	if (reg)
		*reg = number;
}

static struct task *self(void)
{
	return sim_current();
}

static void each_task_has_its_own(void)
{
	struct sim_world a = sim_world(1 << 20, init->slot_cspace), b = sim_world(1 << 20, init->slot_cspace);
	struct task *main_task = self(), *task_a = sim_object(a.task), *task_b = sim_object(b.task);

	CHECK_EQUAL(value(), 0);
	set(11);
	CHECK(sim_switch(task_a));
	CHECK_EQUAL(value(), 0);
	set(22);
	/* One that never touches it is in between. */
	CHECK(sim_switch(task_b));
	CHECK(!task_b->fpu.used && !percpu_get()->fpu_on);
	CHECK(sim_switch(task_a));
	CHECK_EQUAL(value(), 22);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(value(), 11);
	CHECK_EQUAL(sim_destroy(a.memory), 0);
	CHECK_EQUAL(sim_destroy(b.memory), 0);
	CHECK_EQUAL(value(), 11);
}

/* The storage of a task that has gone, address and all, goes to the next one. */
static void nothing_is_inherited(void)
{
	struct sim_world a = sim_world(1 << 20, init->slot_cspace);
	struct task *main_task = self(), *task_a = sim_object(a.task);

	CHECK(sim_switch(task_a));
	set(33);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(sim_destroy(a.memory), 0);
	a = sim_world(1 << 20, init->slot_cspace);
	CHECK(sim_object(a.task) == task_a);
	CHECK(sim_switch(task_a));
	CHECK_EQUAL(value(), 0);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(sim_destroy(a.memory), 0);
}

static void another_reads_and_writes_it(void)
{
	struct sim_world a = sim_world(1 << 20, init->slot_cspace);
	struct task *main_task = self(), *task_a = sim_object(a.task);
	uint64_t state[SIM_FPU_SIZE / 8] = {1};

	/* Of a task that has none, of one that left, and of the running one. */
	CHECK(fpu_read(task_a, state));
	CHECK_EQUAL(state[0], 0);
	CHECK(sim_switch(task_a));
	set(44);
	CHECK(sim_switch(main_task));
	CHECK(fpu_read(task_a, state));
	CHECK_EQUAL(state[0], 44);
	set(55);
	CHECK(fpu_read(main_task, state));
	CHECK_EQUAL(state[0], 55);

	state[0] = 66 | SIM_FPU_RESERVED;
	CHECK(fpu_write(task_a, state));
	CHECK(sim_switch(task_a));
	CHECK_EQUAL(value(), 66);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(value(), 55);
	CHECK_EQUAL(sim_destroy(a.memory), 0);
}

static void it_can_be_denied(void)
{
	struct sim_world a = sim_world(1 << 20, init->slot_cspace);
	struct task *main_task = self(), *task_a = sim_object(a.task);
	uint64_t state[SIM_FPU_SIZE / 8] = {0};

	CHECK(sim_switch(task_a));
	set(77);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_FPU, NULL, 0), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_STOP, NULL), 0);
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_FPU, NULL, 2), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_FPU, NULL, 0), 0);
	CHECK(!fpu_read(task_a, state) && !fpu_write(task_a, state));
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_RESUME, NULL), 0);
	CHECK(sim_switch(task_a));
	CHECK(!sim_fpu());
	CHECK_EQUAL(task_a->state, HELION_TASK_FAULTED);
	CHECK_EQUAL(task_a->fault, TRAP_FPU + 1);
	/* Allowed again, it does not get back what it had. */
	CHECK(self() == main_task);
	CHECK_EQUAL(sim_invoke(a.task, HELION_TASK_FPU, NULL, 1), 0);
	CHECK_EQUAL(sim_start(a.task), 0);
	CHECK(sim_switch(task_a));
	CHECK_EQUAL(value(), 0);
	CHECK(sim_switch(main_task));
	CHECK_EQUAL(sim_destroy(a.memory), 0);
}

int main(void)
{
	sim_test_begin();
	TEST(each_task_has_its_own);
	TEST(nothing_is_inherited);
	TEST(another_reads_and_writes_it);
	TEST(it_can_be_denied);
	return tap_finish();
}
