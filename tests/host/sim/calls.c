/* SPDX-License-Identifier: BSD-2-Clause */
/* User code on the simulated machine. */
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/check.h"
#include "kernel/cspace.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/vspace.h"
#include "tests/host/sim/machine.h"
#include "tests/host/sim/sim.h"

bool sim_checks = true;

static void check(void)
{
	const char *problem;

	kernel_lock_shared(percpu_get());
	while (object_orphans)
		syscall_bury_orphans(percpu_get());
	kernel_unlock_shared(percpu_get());
	if (!sim_checks)
		return;
	kernel_lock_exclusive();
	problem = check_invariants();
	kernel_unlock_exclusive();
	if (problem)
		panic("%s", problem);
}

/* Storage that is free is poisoned (kernel/poison.h). */
static bool lives(const struct task *task)
{
	return !__asan_address_is_poisoned(&task->regs);
}

int64_t sim_system_call(uint64_t number, uint64_t cap, uint64_t info, const uint64_t word[4], uint64_t ret[4])
{
	struct task *task = sim_current();
	struct trapframe *tf = &task->regs;
	int64_t status = 0;

	/* Restricted code's system call leaves restricted mode, and no more. */
	while (lives(task) && sim_current() == task && task_is_restricted(task))
		sim_trap_syscall();
	if (sim_current() != task)
		return 0;
	tf->syscall = number;
	tf->cap = cap;
	tf->info = info;
	tf->status = 99;
	memcpy(tf->word, word, sizeof(tf->word));
	do {
		tf->restarted = false;
		sim_trap_syscall();
		check();
	} while (lives(task) && tf->restarted && sim_current() == task);
	if (lives(task)) {
		status = tf->status;
		if (ret)
			memcpy(ret, tf->word, sizeof(tf->word));
	}
	return status;
}

int64_t sim_call(const struct sim_message *message, uint64_t ret[4])
{
	struct task *task = sim_current();

	if (message->caps && task->ipc_buffer)
		memcpy(task->ipc_buffer->caps, message->slot, sizeof(message->slot));
	for (unsigned i = 4; task->ipc_buffer && i < message->words && i < HELION_MESSAGE_WORDS; i++)
		task->ipc_buffer->words[i] = message->word[i];
	return sim_system_call(HELION_SYS_CALL, message->cap,
			       HELION_INFO(message->label, message->words, message->caps), message->word, ret);
}

int64_t sim_invoke_words(uint64_t cap, uint64_t label, uint64_t ret[4], const uint64_t *words, unsigned count)
{
	struct sim_message message = {.cap = cap, .label = label, .words = count};

	memcpy(message.word, words + 1, count * sizeof(*words));
	return sim_call(&message, ret);
}

uint64_t sim_create(uint64_t memory, uint64_t type, uint64_t size)
{
	uint64_t ret[4];

	return sim_invoke(memory, HELION_MEMORY_CREATE, ret, type, size, 0) ? 0 : ret[0];
}

uint64_t sim_copy(uint64_t slot, uint64_t rights, uint64_t badge)
{
	uint64_t ret[4];

	return sim_invoke(sim_manifest()->slot_cspace, HELION_CSPACE_COPY, ret, slot, rights, badge) ? 0 : ret[0];
}

int64_t sim_delete(uint64_t slot)
{
	return sim_invoke(sim_manifest()->slot_cspace, HELION_CSPACE_DELETE, NULL, slot);
}

int64_t sim_destroy(uint64_t slot)
{
	return sim_invoke(sim_manifest()->slot_cspace, HELION_CSPACE_DESTROY, NULL, slot);
}

int64_t sim_map(uint64_t vspace, uint64_t pages, uint64_t virt, uint64_t offset, uint64_t size, uint64_t flags)
{
	return sim_call(&(struct sim_message){vspace, HELION_VSPACE_MAP, 4, 1, {virt, offset, size, flags}, {pages}},
			NULL);
}

int64_t sim_configure(uint64_t task, uint64_t cspace, uint64_t vspace, uint64_t buffer)
{
	return sim_call(&(struct sim_message){task, HELION_TASK_CONFIGURE, 0, 3, {0}, {cspace, vspace, buffer}}, NULL);
}

int64_t sim_start(uint64_t task)
{
	return sim_invoke(task, HELION_TASK_START, NULL, 0x400000, 0x800000, 0, 0);
}

struct sim_world sim_world(uint64_t bytes, uint64_t cspace)
{
	struct sim_world world = {.memory = sim_create(sim_manifest()->slot_memory, HELION_TYPE_MEMORY, bytes)};

	world.vspace = sim_create(world.memory, HELION_TYPE_VSPACE, 0);
	world.buffer = sim_create(world.memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	world.task = sim_create(world.memory, HELION_TYPE_TASK, 0);
	world.cspace = cspace ? cspace : sim_create(world.memory, HELION_TYPE_CSPACE, 64);
	if (!cspace) {
		sim_give(world.cspace, world.cspace);
		sim_give(world.cspace, world.vspace);
		sim_give(world.cspace, world.task);
		sim_give(world.cspace, world.memory);
	}
	if (sim_configure(world.task, world.cspace, world.vspace, world.buffer) || sim_start(world.task))
		panic("no world");
	return world;
}

uint64_t sim_give(uint64_t cspace, uint64_t slot)
{
	uint64_t rights[4], ret[4], zero[4] = {0};
	struct sim_message message = {sim_manifest()->slot_cspace, HELION_CSPACE_GRANT, 3, 1, {slot}, {cspace}};

	sim_system_call(HELION_SYS_IDENTIFY, slot, 0, zero, rights);
	message.word[1] = rights[0];
	return sim_call(&message, ret) ? 0 : ret[0];
}

bool sim_switch(const struct task *task)
{
	for (unsigned i = 0; i < 64 && sim_current() && sim_current() != task; i++)
		sim_tick();
	return sim_current() == task;
}

void *sim_object(uint64_t slot)
{
	struct cap *cap = cspace_lookup((struct cspace *)sim_current()->cspace.object, slot);

	return cap ? cap->object : NULL;
}

struct sim_state sim_state_of(const struct memory *memory)
{
	return (struct sim_state){.free_bytes = memory_free_bytes(memory), .objects = memory->live_objects};
}

struct sim_state sim_state(void)
{
	struct cspace *cspace = sim_object(sim_manifest()->slot_cspace);
	struct vspace *vspace = sim_object(sim_manifest()->slot_vspace);
	struct sim_state state = sim_state_of(sim_object(sim_manifest()->slot_memory));

	state.free_slots = cspace->free_count;
	for (struct tree_node *node = tree_first(&vspace->mappings); node; node = tree_next(node))
		state.mappings++;
	return state;
}
