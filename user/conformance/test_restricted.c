/* SPDX-License-Identifier: BSD-2-Clause */
/* Restricted mode: in, out for every reason, with everything as it was. */
#include "user/conformance/foreign.h"

static const uint64_t after = (uint64_t)(uintptr_t)arch_foreign_after;

/* The test's own task is the host; its address space has a window. */
static struct host host;

static void begin(const void *code, uint64_t argument)
{
	attach_window();
	host_create(&host, world.task, NULL, NULL);
	host_load(&host, code, argument);
}

TEST(restricted, a_system_call_leaves)
{
	begin(arch_foreign_syscall, 0);
	host_run(&host, HELION_RESTRICTED_SYSCALL);
	CHECK_EQUAL(host.shared->registers.FOREIGN_PC, after);
}

/* Each is what it was; that x86's instruction for system calls changes two registers is for programs to see. */
TEST(restricted, a_system_call_leaves_registers_alone)
{
	struct helion_registers expected;
	uint64_t state = world.seed + 1, *words;

	begin(arch_foreign_syscall, 0);
	words = (uint64_t *)&host.shared->registers;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < HELION_REGISTERS_WORDS; i++)
			if (foreign_is_general(i))
				words[i] = draw(&state);
		host.shared->registers.FOREIGN_SP = draw(&state);
		host.shared->registers.FOREIGN_TLS = draw(&state) >> 32;
		host.shared->registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_syscall;
		expected = host.shared->registers;
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		for (unsigned i = 0; i < HELION_REGISTERS_WORDS; i++)
			if (foreign_is_general(i) && !foreign_syscall_changes(i))
				CHECK_EQUAL(words[i], ((uint64_t *)&expected)[i]);
		CHECK_EQUAL(host.shared->registers.FOREIGN_SP, expected.FOREIGN_SP);
		CHECK_EQUAL(host.shared->registers.FOREIGN_TLS, expected.FOREIGN_TLS);
		CHECK_EQUAL(host.shared->registers.FOREIGN_PC, after);
	}
}

TEST(restricted, goes_on_where_it_was)
{
	begin(arch_foreign_syscall, 0);
	for (uint64_t i = 0; i < 1000; i++) {
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.FOREIGN_RESULT, i);
	}
}

TEST(restricted, reads_and_writes_the_address_space)
{
	uint64_t word = 0x1122334455667788;

	begin(arch_foreign_load, (uint64_t)(uintptr_t)&word);
	host_run(&host, HELION_RESTRICTED_SYSCALL);
	CHECK_EQUAL(host.shared->registers.FOREIGN_RESULT, word);
	host_load(&host, arch_foreign_store, (uint64_t)(uintptr_t)&word);
	host.shared->registers.FOREIGN_RESULT = 5;
	host_run(&host, HELION_RESTRICTED_SYSCALL);
	CHECK_EQUAL(word, 5);
}

TEST(restricted, a_page_fault_is_told)
{
	uint64_t word = 77, nowhere = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE) + 8;

	begin(arch_foreign_load, nowhere);
	host_run(&host, HELION_RESTRICTED_EXCEPTION);
	CHECK_EQUAL(host.shared->fault.kind, PAGE_FAULT);
	CHECK_EQUAL(host.shared->fault.address, nowhere);
	CHECK_EQUAL(host.shared->fault.access, 0);
	CHECK_EQUAL(host.shared->registers.FOREIGN_PC, (uint64_t)(uintptr_t)arch_foreign_load);
	CHECK_EQUAL(host.shared->registers.FOREIGN_ARGUMENT, nowhere);
	/* Mended, it goes on. */
	host.shared->registers.FOREIGN_ARGUMENT = (uint64_t)(uintptr_t)&word;
	host_run(&host, HELION_RESTRICTED_SYSCALL);
	CHECK_EQUAL(host.shared->registers.FOREIGN_RESULT, 77);
}

TEST(restricted, a_write_to_what_is_read_only_is_told)
{
	char *page = map_new(HELION_PAGE_SIZE, NULL);

	CHECK_CALL(helion_vspace_protect(world.vspace, (uint64_t)(uintptr_t)page, HELION_PAGE_SIZE, HELION_MAP_READ));
	begin(arch_foreign_store, (uint64_t)(uintptr_t)page);
	host_run(&host, HELION_RESTRICTED_EXCEPTION);
	CHECK_EQUAL(host.shared->fault.kind, PAGE_FAULT);
	CHECK_EQUAL(host.shared->fault.address, (uint64_t)(uintptr_t)page);
	CHECK_EQUAL(host.shared->fault.access, HELION_FAULT_WRITE | HELION_FAULT_PRESENT);
	CHECK_CALL(helion_vspace_protect(world.vspace, (uint64_t)(uintptr_t)page, HELION_PAGE_SIZE,
					 HELION_MAP_READ | HELION_MAP_WRITE));
	host_run(&host, HELION_RESTRICTED_SYSCALL);
}

TEST(restricted, an_illegal_instruction_is_told)
{
	begin(arch_foreign_illegal, 0);
	for (unsigned i = 0; i < 3; i++) {
		host_run(&host, HELION_RESTRICTED_EXCEPTION);
		CHECK_EQUAL(host.shared->fault.kind, ILLEGAL_INSTRUCTION);
		CHECK_EQUAL(host.shared->registers.FOREIGN_PC, (uint64_t)(uintptr_t)arch_foreign_illegal);
	}
}

TEST(restricted, a_jump_to_nowhere_is_told)
{
	uint64_t nowhere = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE);

	begin((const void *)(uintptr_t)nowhere, 0);
	host_run(&host, HELION_RESTRICTED_EXCEPTION);
	CHECK_EQUAL(host.shared->fault.kind, PAGE_FAULT);
	CHECK_EQUAL(host.shared->fault.address, nowhere);
	CHECK_EQUAL(host.shared->fault.access & HELION_FAULT_EXEC, HELION_FAULT_EXEC);
}

/* Nothing that foreign registers can be makes the kernel fault, or gives a right. */
TEST(restricted, registers_of_garbage)
{
	static const uint64_t odd[] = {0,     1,    2, 0xffff800000000000, 0x0000800000000000, 0x00007fffffffffff,
				       ~0ull, ~1ull};
	uint64_t state = world.seed, *words;
	int status;

	begin(arch_foreign_syscall, 0);
	words = (uint64_t *)&host.shared->registers;
	for (unsigned i = 0; i < 300; i++) {
		for (unsigned j = 0; j < HELION_REGISTERS_WORDS; j++)
			words[j] = draw(&state) % 3 ? draw(&state) : odd[draw(&state) % 8];
		if (i % 2)
			host.shared->registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_syscall;
		if (i % 4 < 3)
			host.shared->registers.FOREIGN_TLS = draw(&state) >> 32;
		status = (int)helion_task_enter_restricted(world.task);
		CHECK(status == HELION_RESTRICTED_SYSCALL || status == HELION_RESTRICTED_EXCEPTION ||
		      status == -HELION_ERR_ARGUMENT);
	}
	host_load(&host, arch_foreign_syscall, 0);
	host_run(&host, HELION_RESTRICTED_SYSCALL);
}

/* -- TLS and floating point -------------------------------------------------------------------- */

TEST(restricted, has_a_tls_base_of_its_own)
{
	uint64_t foreign = 0xf0, own = 0x0e;

	begin(arch_foreign_tls, 0);
	CHECK_CALL(helion_task_tls(world.task, (uint64_t)(uintptr_t)&own));
	host.shared->registers.FOREIGN_TLS = (uint64_t)(uintptr_t)&foreign;
	for (unsigned i = 0; i < 3; i++) {
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.FOREIGN_RESULT, 0xf0);
		CHECK_EQUAL(host.shared->registers.FOREIGN_TLS, (uint64_t)(uintptr_t)&foreign);
		host.shared->registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_tls;
		CHECK_EQUAL(arch_foreign_own_tls(), 0x0e);
	}
}

static void disturb(struct partner *partner)
{
	static _Alignas(64) char state[16384];
	uint64_t size = partner->a;

	for (;;) {
		arch_fpu_pattern(state, size, partner->b++);
		arch_fpu_load(state, size);
		helion_yield();
	}
}

/* Floating-point registers are the task's, whoever else runs. */
TEST(restricted, keeps_floating_point)
{
	struct partner partner;
	uint64_t size = 0;

	CHECK_CALL(helion_system_fpu_info(world.system, &size));
	if (size == 0)
		test_skip("no floating point");
	CHECK(size <= 16384);
	partner_create(&partner);
	partner.a = size;
	begin(arch_foreign_float, 0x123456789abcdef0);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	CHECK_CALL(helion_task_set_affinity(partner.task, 1));
	CHECK_CALL(helion_task_set_priority(partner.task, 16, 16));
	partner_start(&partner, disturb);
	host_run(&host, HELION_RESTRICTED_SYSCALL);
	for (unsigned i = 0; i < 20; i++) {
		helion_yield();
		host_load(&host, arch_foreign_float_read, 0);
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.FOREIGN_RESULT, 0x123456789abcdef0);
	}
	CHECK(partner.b > 0);
	CHECK_CALL(helion_task_stop(partner.task));
}

/* -- Other tasks ---------------------------------------------------------------------------------- */

/* A partner that runs foreign code until that makes no system call; b: how many it made, c: why it stopped. */
static void run_foreign(struct partner *partner)
{
	do {
		int64_t status = helion_task_enter_restricted(partner->task);

		partner->error = status < 0 ? (int)status : 0;
		partner->c = status < 0 ? 0 : (uint64_t)status;
		partner->b += partner->c == HELION_RESTRICTED_SYSCALL;
	} while (partner->error == 0 && partner->c == HELION_RESTRICTED_SYSCALL && partner->b < partner->a);
}

static void start(struct partner *partner, struct host *of, const void *code, uint64_t argument, uint64_t calls)
{
	partner_create(partner);
	partner->a = calls;
	host_create(of, partner->task, NULL, NULL);
	host_load(of, code, argument);
	partner_start(partner, run_foreign);
}

static volatile uint64_t counter;

TEST(restricted, a_kick_leaves)
{
	struct partner partner;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	EVENTUALLY(counter > 0);
	CHECK_CALL(helion_task_kick(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, HELION_RESTRICTED_KICK);
	CHECK_EQUAL(host.shared->registers.FOREIGN_ARGUMENT, (uint64_t)(uintptr_t)&counter);
}

TEST(restricted, a_kick_is_remembered)
{
	begin(arch_foreign_syscall, 0);
	CHECK_CALL(helion_task_kick(world.task));
	CHECK_CALL(helion_task_kick(world.task));
	host_run(&host, HELION_RESTRICTED_KICK);
	CHECK_EQUAL(host.shared->registers.FOREIGN_PC, (uint64_t)(uintptr_t)arch_foreign_syscall);
	host_run(&host, HELION_RESTRICTED_SYSCALL);
}

TEST(restricted, is_preempted_and_goes_on)
{
	struct partner partners[3];
	struct host hosts[3];
	static uint64_t counters[3];

	attach_window();
	for (unsigned i = 0; i < 3; i++) {
		counters[i] = 0;
		start(&partners[i], &hosts[i], arch_foreign_spin, (uint64_t)(uintptr_t)&counters[i], 1);
		CHECK_CALL(helion_task_set_affinity(partners[i].task, 1));
		CHECK_CALL(helion_task_set_slice(partners[i].task, MILLISECOND));
	}
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < 3; i++) {
			uint64_t count = __atomic_load_n(&counters[i], __ATOMIC_RELAXED);

			EVENTUALLY(__atomic_load_n(&counters[i], __ATOMIC_RELAXED) > count);
		}
	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_task_kick(partners[i].task));
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].c, HELION_RESTRICTED_KICK);
	}
}

TEST(restricted, is_stopped_and_resumed)
{
	struct partner partner;
	uint64_t count;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	EVENTUALLY(counter > 0);
	CHECK_CALL(helion_task_stop(partner.task));
	count = counter;
	sleep_for(3 * MILLISECOND);
	CHECK_EQUAL(counter, count);
	CHECK_CALL(helion_task_resume(partner.task));
	EVENTUALLY(counter > count);
	CHECK_CALL(helion_task_kick(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.c, HELION_RESTRICTED_KICK);
}

/* Two hosts at once, with system calls all the time: neither sees the other's registers. */
TEST(restricted, two_at_once)
{
	struct partner partners[2];
	struct host hosts[2];

	attach_window();
	for (unsigned i = 0; i < 2; i++)
		start(&partners[i], &hosts[i], arch_foreign_syscall, i + 100, 5000);
	for (unsigned i = 0; i < 2; i++)
		partner_join(&partners[i]);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_EQUAL(partners[i].error, 0);
		CHECK_EQUAL(partners[i].b, 5000);
		CHECK_EQUAL(hosts[i].shared->registers.FOREIGN_RESULT, 4999);
		CHECK_EQUAL(hosts[i].shared->registers.FOREIGN_ARGUMENT, i + 100);
	}
}

TEST_WITH(restricted, moves_between_cpus, .cpus = 2)
{
	struct partner partner;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	for (uint64_t i = 0; i < 20; i++) {
		uint64_t count;

		CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << i % world.cpus));
		count = counter;
		EVENTUALLY(counter > count);
	}
	CHECK_CALL(helion_task_kick(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.c, HELION_RESTRICTED_KICK);
}

TEST(restricted, begins_anew_when_started_again)
{
	struct partner partner;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	EVENTUALLY(counter > 0);
	CHECK_CALL(helion_task_stop(partner.task));
	host_load(&host, arch_foreign_illegal, 0);
	partner_start(&partner, run_foreign);
	partner_join(&partner);
	CHECK_EQUAL(partner.c, HELION_RESTRICTED_EXCEPTION);
}

TEST(restricted, ends_with_its_pages)
{
	struct partner partner;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	EVENTUALLY(counter > 0);
	CHECK_ERROR(helion_task_set_restricted(partner.task, host.pages, 0, 0), HELION_ERR_STATE);
	destroy(host.pages);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
	partner_start(&partner, run_foreign);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_STATE);
}

TEST(restricted, whose_task_is_deleted)
{
	struct partner partner;

	attach_window();
	counter = 0;
	start(&partner, &host, arch_foreign_spin, (uint64_t)(uintptr_t)&counter, 1);
	EVENTUALLY(counter > 0);
	delete (partner.task);
}

/* -- What cannot be -------------------------------------------------------------------------------- */

TEST(restricted, needs_a_state)
{
	attach_window();
	CHECK_ERROR((int)helion_task_enter_restricted(world.task), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_kick(world.task), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_exception_return(world.task), HELION_ERR_STATE);
}

TEST(restricted, needs_a_window)
{
	host_create(&host, world.task, NULL, NULL);
	CHECK_ERROR((int)helion_task_enter_restricted(world.task), HELION_ERR_STATE);
	attach_window();
	CHECK_CALL(helion_vspace_detach_window(world.vspace));
	CHECK_ERROR((int)helion_task_enter_restricted(world.task), HELION_ERR_STATE);
}

TEST(restricted, is_entered_by_oneself)
{
	struct partner partner;

	partner_create(&partner);
	attach_window();
	host_create(&host, partner.task, NULL, NULL);
	CHECK_ERROR((int)helion_task_enter_restricted(partner.task), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_exception_return(partner.task), HELION_ERR_ARGUMENT);
}

TEST(restricted, wants_pages_to_write)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);

	CHECK_ERROR(helion_task_set_restricted(world.task, world.memory, 0, 0), HELION_ERR_TYPE);
	CHECK_ERROR(helion_task_set_restricted(world.task, copy(pages, HELION_RIGHT_READ, 0), 0, 0), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_set_restricted(world.task, copy(pages, HELION_RIGHT_WRITE, 0), 0, 0),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_set_restricted(world.task, pages, 1ull << 62, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_set_restricted(world.task, pages, 0, 1ull << 62), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_task_set_restricted(world.task, pages, 0, 0));
}

/* -- Exceptions of the task's own code ---------------------------------------------------------------- */

/* What a system that serves others does: reads their memory, and is told when there is none. */
static struct {
	struct host host;
	volatile uint64_t handled, kind, address, access;
} safe;

/* The handler: goes on behind the read, with an error. */
static void handler(void)
{
	uint64_t value;

	safe.handled++;
	safe.kind = safe.host.shared->exception.fault.kind;
	safe.address = safe.host.shared->exception.fault.address;
	safe.access = safe.host.shared->exception.fault.access;
	if (safe.handled > 3)
		arch_foreign_read((const uint64_t *)8, &value); /* a fault of the handler */
	safe.host.shared->exception.registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_read_failed;
	helion_task_exception_return(safe.host.task);
	test_fail(__FILE__, __LINE__, "the handler came back");
}

static void safe_begin(uint64_t task)
{
	char *stack = map_new(4 * HELION_PAGE_SIZE, NULL);

	safe.handled = 0;
	host_create(&safe.host, task, arch_foreign_handler, stack + 4 * HELION_PAGE_SIZE);
	arch_foreign_handler_function = handler;
}

TEST(restricted, a_read_that_is_safe)
{
	uint64_t word = 0x4711, value = 0, nowhere = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE);

	safe_begin(world.task);
	CHECK_EQUAL(arch_foreign_read(&word, &value), 0);
	CHECK_EQUAL(value, 0x4711);
	for (uint64_t i = 1; i <= 3; i++) {
		CHECK_EQUAL(arch_foreign_read((const uint64_t *)(uintptr_t)(nowhere + 8 * i), &value), 1);
		CHECK_EQUAL(safe.handled, i);
		CHECK_EQUAL(safe.kind, PAGE_FAULT);
		CHECK_EQUAL(safe.address, nowhere + 8 * i);
		CHECK_EQUAL(safe.access, 0);
	}
	CHECK_EQUAL(arch_foreign_read(&word, &value), 0);
}

static void read_twice(struct partner *partner)
{
	uint64_t value;

	for (unsigned i = 0; i < 10; i++)
		partner->b += (uint64_t)arch_foreign_read((const uint64_t *)8, &value);
}

TEST(restricted, a_fault_of_the_handler_is_none_for_it)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	safe_begin(partner.task);
	partner_start(&partner, read_twice);
	partner_await(&partner, HELION_TASK_FAULTED);
	CHECK_EQUAL(safe.handled, 4);
	CHECK_EQUAL(partner.b, 3);
	CHECK_CALL(helion_task_info(partner.task, &info));
	CHECK_EQUAL(info.fault, PAGE_FAULT);
	CHECK_EQUAL(info.fault_address, 8);
}

/* What the handler does: the page is there when the read is repeated. */
static void page_in(void)
{
	safe.handled++;
	CHECK_CALL(helion_vspace_map(world.vspace, safe.host.pages,
				     safe.host.shared->exception.fault.address & ~0xfffull, 0, HELION_PAGE_SIZE,
				     HELION_MAP_READ));
	helion_task_exception_return(safe.host.task);
	test_fail(__FILE__, __LINE__, "the handler came back");
}

TEST(restricted, a_pager)
{
	uint64_t value = 0, nowhere = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE);

	safe_begin(world.task);
	arch_foreign_handler_function = page_in;
	safe.host.shared->registers.FOREIGN_ARGUMENT = 0x1357;
	CHECK_EQUAL(arch_foreign_read((const uint64_t *)(uintptr_t)(nowhere + ((uintptr_t)&safe.host.shared->registers
										       .FOREIGN_ARGUMENT &
									       0xfff)),
				      &value),
		    0);
	CHECK_EQUAL(value, 0x1357);
	CHECK_EQUAL(safe.handled, 1);
	CHECK_CALL(helion_vspace_unmap(world.vspace, nowhere, HELION_PAGE_SIZE));
}
