/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks: their states, and what happens to one that pulls the ground from under itself.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/arch.h"
#include "kernel/pages.h"
#include "kernel/task.h"
#include "kernel/vm.h"

#define MAIN (init->slot_memory)
/* Slots in the CSpace of a world that has one of its own. */
enum { CSPACE = 1, VSPACE, TASK, MEMORY };

static uint64_t state_of(uint64_t task)
{
	uint64_t ret[4];

	return sim_invoke(task, HELION_TASK_INFO, ret) ? UINT64_MAX : ret[0];
}

static int64_t start(uint64_t task, uint64_t entry, uint64_t stack, uint64_t tls)
{
	return sim_invoke(task, HELION_TASK_START, NULL, entry, stack, 0, tls);
}

static void states_follow_each_other(void)
{
	uint64_t task = sim_create(MAIN, HELION_TYPE_TASK, 0), top = 1ull << 47;

	CHECK_EQUAL(state_of(task), HELION_TASK_NEW);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_RESUME, NULL), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_STOP, NULL), -HELION_ERR_STATE);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, 0), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, init->slot_ipc_buffer), 0);
	CHECK_EQUAL(start(task, top, 0x1000, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(start(task, 0x1000, -1ull, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, top), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, 0), 0);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, 0), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, init->slot_ipc_buffer),
		    -HELION_ERR_STATE);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_STOP, NULL), 0);
	CHECK_EQUAL(state_of(task), HELION_TASK_STOPPED);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_RESUME, NULL), 0);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_RESUME, NULL), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_delete(task), 0);
}

static void tls_is_set_where_no_cpu_has_it(void)
{
	uint64_t task = sim_create(MAIN, HELION_TYPE_TASK, 0), top = 1ull << 47;
	const struct task *other = sim_object(task), *self = sim_current();

	CHECK_EQUAL(sim_invoke(task, HELION_TASK_TLS, NULL, top), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_TLS, NULL, 0x7000), 0);
	CHECK_EQUAL(other->regs.tls, 0x7000);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, init->slot_ipc_buffer), 0);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, 0x8000), 0);
	CHECK_EQUAL(sim_invoke(task, HELION_TASK_TLS, NULL, 0x9000), -HELION_ERR_STATE);
	CHECK_EQUAL(other->regs.tls, 0x8000);
	CHECK_EQUAL(sim_invoke(init->slot_task, HELION_TASK_TLS, NULL, 0xa000), 0);
	CHECK_EQUAL(self->regs.tls, 0xa000);
	CHECK_EQUAL(sim_delete(task), 0);
}

/* Whoever may only look at a CSpace or an address space must not get at what is in it by running a task there. */
static void configure_needs_rights_to_all_three(void)
{
	uint64_t task = sim_create(MAIN, HELION_TYPE_TASK, 0), pages = init->slot_ipc_buffer;
	uint64_t cspace = sim_copy(init->slot_cspace, HELION_RIGHT_READ, 0);
	uint64_t vspace = sim_copy(init->slot_vspace, HELION_RIGHT_READ, 0);
	uint64_t read = sim_copy(pages, HELION_RIGHT_READ, 0), write = sim_copy(pages, HELION_RIGHT_WRITE, 0);

	CHECK_EQUAL(sim_configure(task, cspace, init->slot_vspace, pages), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, vspace, pages), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, read), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, write), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_configure(task, init->slot_vspace, init->slot_cspace, pages), -HELION_ERR_TYPE);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, sim_record("device")->slot),
		    -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_configure(task, init->slot_cspace, init->slot_vspace, 0), -HELION_ERR_CAP);
	CHECK_EQUAL(start(task, 0x1000, 0x1000, 0), -HELION_ERR_STATE);
	CHECK_EQUAL(sim_delete(task), 0);
	CHECK_EQUAL(sim_delete(cspace), 0);
	CHECK_EQUAL(sim_delete(vspace), 0);
	CHECK_EQUAL(sim_delete(read), 0);
	CHECK_EQUAL(sim_delete(write), 0);
}

/* Memory that keeps its content is RAM to programs: the kernel has to reach it too. */
static void the_kernel_reaches_persistent_memory(void)
{
	uint64_t pages = sim_record("persistent memory")->slot, zero[4] = {0};
	struct sim_message read_log = {init->slot_system, HELION_SYSTEM_LOG_READ, 2, 1, {0, 16}, {pages}};
	uint64_t ret[4];

	CHECK(vm_is_direct(SIM_PERSISTENT, SIM_PERSISTENT_SIZE));
	CHECK_EQUAL(sim_call(&read_log, ret), 0);
	CHECK_EQUAL(sim_map(init->slot_vspace, pages, 0x70000000, 0, SIM_PERSISTENT_SIZE, HELION_MAP_READ), 0);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, 0x70000000, 16, zero, NULL), 0);
	CHECK_EQUAL(sim_invoke(init->slot_vspace, HELION_VSPACE_UNMAP, NULL, 0x70000000, SIM_PERSISTENT_SIZE), 0);
}

static void writecons_reads_only_what_is_mapped(void)
{
	uint64_t zero[4] = {0};

	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, 0, 1, zero, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, 0x400000, 5000, zero, NULL), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, -8ull, 16, zero, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, (1ull << 47) - 8, 16, zero, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, 0xffffffff80000000, 16, zero, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_map(init->slot_vspace, sim_record("device")->slot, 0x70000000, 0, 4096, HELION_MAP_READ), 0);
	CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, 0x70000000, 16, zero, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_invoke(init->slot_vspace, HELION_VSPACE_UNMAP, NULL, 0x70000000, 4096), 0);
}

/* -- The ground goes --------------------------------------------------------- */

/* What the task of a world does to itself; whether it is gone afterwards and not only stopped. */
struct suicide {
	uint64_t cap, label, word;
};

static const struct suicide suicides[] = {
	{CSPACE, HELION_CSPACE_DESTROY, CSPACE},
	{CSPACE, HELION_CSPACE_DESTROY, VSPACE},
	{CSPACE, HELION_CSPACE_DESTROY, TASK},
	{CSPACE, HELION_CSPACE_DESTROY, MEMORY},
};

static void a_task_destroys_what_it_stands_on(void)
{
	for (unsigned i = 0; i < sizeof(suicides) / sizeof(suicides[0]); i++) {
		struct sim_world world = sim_world(1 << 20, 0);
		struct task *task = sim_object(world.task);
		const struct suicide *suicide = &suicides[i];

		CHECK(sim_switch(task));
		sim_invoke(suicide->cap, suicide->label, NULL, suicide->word);
		CHECK(sim_current() == init_task);
		if (suicide->word < TASK) {
			CHECK_EQUAL(state_of(world.task), HELION_TASK_STOPPED);
			CHECK_EQUAL(sim_invoke(world.task, HELION_TASK_RESUME, NULL), -HELION_ERR_STATE);
			CHECK_EQUAL(start(world.task, 0x1000, 0x1000, 0), -HELION_ERR_STATE);
		} else {
			CHECK_EQUAL(sim_delete(world.task), -HELION_ERR_CAP);
		}
		sim_destroy(world.memory);
	}
}

static void a_task_that_nobody_names_is_gone(void)
{
	struct sim_world world = sim_world(1 << 20, 0);

	CHECK_EQUAL(sim_delete(world.task), 0);
	CHECK(sim_switch(sim_current() == init_task ? init_task : NULL));
	/* Still named by its own CSpace. */
	sim_tick();
	CHECK(sim_current() != init_task);
	CHECK_EQUAL(sim_invoke(CSPACE, HELION_CSPACE_DELETE, NULL, TASK), 0);
	CHECK(sim_current() == init_task);
	CHECK_EQUAL(sim_destroy(world.memory), 0);
}

static void the_buffer_goes_under_its_task(void)
{
	struct sim_world world = sim_world(1 << 20, 0);
	struct task *task = sim_object(world.task);
	struct sim_message map = {VSPACE, HELION_VSPACE_MAP, 4, 1, {0x1000, 0, 4096, HELION_MAP_READ}, {MEMORY}};

	CHECK_EQUAL(sim_destroy(world.buffer), 0);
	CHECK(task->ipc_buffer == NULL);
	CHECK(sim_switch(task));
	CHECK_EQUAL(sim_call(&map, NULL), -HELION_ERR_FAULT);
	CHECK_EQUAL(sim_invoke(MEMORY, HELION_MEMORY_INFO, NULL), 0);
	CHECK(sim_switch(init_task));
	CHECK_EQUAL(sim_destroy(world.memory), 0);
}

static void a_task_stops_itself(void)
{
	struct sim_world world = sim_world(1 << 20, 0);
	struct task *task = sim_object(world.task);

	CHECK(sim_switch(task));
	CHECK_EQUAL(sim_invoke(TASK, HELION_TASK_STOP, NULL), 0);
	CHECK(sim_current() == init_task);
	CHECK_EQUAL(state_of(world.task), HELION_TASK_STOPPED);
	/* With new ground under it, it runs on. */
	CHECK_EQUAL(sim_configure(world.task, init->slot_cspace, init->slot_vspace, init->slot_ipc_buffer), 0);
	CHECK_EQUAL(sim_destroy(world.cspace), 0);
	CHECK_EQUAL(sim_invoke(world.task, HELION_TASK_RESUME, NULL), 0);
	CHECK(sim_switch(task));
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_INFO, NULL), 0);
	CHECK(sim_switch(init_task));
	CHECK_EQUAL(sim_destroy(world.memory), 0);
}

static void a_fault_stops_a_task(void)
{
	struct sim_world world = sim_world(1 << 20, 0);
	struct trap_cause cause = {.kind = TRAP_PAGE_FAULT, .name = "page fault", .address = 0x1234};
	struct task *task = sim_object(world.task);
	uint64_t ret[4];

	CHECK(sim_switch(task));
	sim_fault(&cause);
	CHECK(sim_current() == init_task);
	CHECK_EQUAL(sim_invoke(world.task, HELION_TASK_INFO, ret), 0);
	CHECK_EQUAL(ret[0], HELION_TASK_FAULTED);
	CHECK_EQUAL(ret[2], TRAP_PAGE_FAULT + 1);
	CHECK_EQUAL(ret[3], 0x1234);
	CHECK_EQUAL(sim_invoke(world.task, HELION_TASK_RESUME, NULL), -HELION_ERR_STATE);
	CHECK_EQUAL(start(world.task, 0x1000, 0x1000, 0), 0);
	CHECK(sim_switch(task));
	CHECK(sim_switch(init_task));
	CHECK_EQUAL(sim_destroy(world.memory), 0);
}

/* -- Ports ------------------------------------------------------------------- */

static int64_t claim(uint64_t memory, uint64_t first, uint64_t count, uint64_t *ret_slot)
{
	struct sim_message message = {
		init->slot_ioport_control, HELION_IOPORT_CONTROL_CLAIM, 2, 1, {first, count}, {memory}};
	uint64_t ret[4];
	int64_t status = sim_call(&message, ret);

	*ret_slot = ret[0];
	return status;
}

static void ports_are_claimed_once(void)
{
	uint64_t memory = sim_create(MAIN, HELION_TYPE_MEMORY, 1 << 20), port, other, ret[4];

	CHECK_EQUAL(claim(memory, 65536, 1, &port), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(claim(memory, 65535, 2, &port), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(claim(memory, 1, UINT64_MAX, &port), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(claim(memory, 1, 0, &port), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(claim(init->slot_system, 1, 1, &port), -HELION_ERR_TYPE);
	CHECK_EQUAL(claim(memory, 65532, 4, &port), 0);
	CHECK_EQUAL(claim(memory, 65000, 533, &other), -HELION_ERR_OCCUPIED);
	CHECK_EQUAL(claim(memory, 65000, 532, &other), 0);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_OUT, NULL, 65532, 32, 0x12345678), 0);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, ret, 65532, 32), 0);
	CHECK_EQUAL(ret[0], 0x12345678);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_OUT, NULL, 65535, 8, 0x100), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, NULL, 65535, 16), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, NULL, 65533, 32), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, NULL, -1ull, 16), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, NULL, 1ull << 32 | 65532, 16), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(port, HELION_IOPORT_IN, NULL, 65532, 1ull << 32 | 8), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_destroy(memory), 0);
	CHECK_EQUAL(claim(MAIN, 0, 65536, &port), 0);
	CHECK_EQUAL(sim_delete(port), 0);
}

/* -- The log ----------------------------------------------------------------- */

static void the_log_fills_only_what_it_says(void)
{
	uint64_t pages = sim_create(MAIN, HELION_TYPE_PAGES, 8192), read, ret[4];
	struct sim_message message = {init->slot_system, HELION_SYSTEM_LOG_READ, 2, 1, {0, 8192}, {pages}};
	const char *text = sim_memory(((struct pages *)sim_object(pages))->phys);

	CHECK_EQUAL(sim_call(&message, ret), 0);
	CHECK(ret[0] <= 4096 && ret[1] >= ret[0]);
	CHECK(ret[0] == 0 || text[ret[0] - 1] != 0);
	CHECK_EQUAL(text[ret[0]], 0);
	message.word[0] = UINT64_MAX;
	CHECK_EQUAL(sim_call(&message, ret), 0);
	CHECK_EQUAL(ret[0], 0);
	message.word[1] = 8193;
	CHECK_EQUAL(sim_call(&message, ret), -HELION_ERR_ARGUMENT);
	message.word[1] = 16;
	message.slot[0] = read = sim_copy(pages, HELION_RIGHT_READ, 0);
	CHECK_EQUAL(sim_call(&message, ret), -HELION_ERR_RIGHTS);
	message.slot[0] = sim_record("device")->slot;
	CHECK_EQUAL(sim_call(&message, ret), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_delete(read), 0);
	CHECK_EQUAL(sim_delete(pages), 0);
}

int main(void)
{
	sim_test_begin();
	TEST(states_follow_each_other);
	TEST(tls_is_set_where_no_cpu_has_it);
	TEST(configure_needs_rights_to_all_three);
	TEST(the_kernel_reaches_persistent_memory);
	TEST(writecons_reads_only_what_is_mapped);
	TEST(a_task_destroys_what_it_stands_on);
	TEST(a_task_that_nobody_names_is_gone);
	TEST(the_buffer_goes_under_its_task);
	TEST(a_task_stops_itself);
	TEST(a_fault_stops_a_task);
	TEST(ports_are_claimed_once);
	TEST(the_log_fills_only_what_it_says);
	return tap_finish();
}
