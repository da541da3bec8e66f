/* SPDX-License-Identifier: BSD-2-Clause */
/* The window of an address space: what is shown there, where, and to whom. */
#include "user/conformance/foreign.h"

static struct host host;

static volatile uint64_t *word_at(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

/* New Pages with a word at their beginning. */
static uint64_t pages_with(uint64_t word)
{
	uint64_t pages;
	uint64_t *at = map_new(HELION_PAGE_SIZE, &pages);

	*at = word;
	return pages;
}

static void show(uint64_t window, uint64_t pages, uint64_t offset, uint64_t flags)
{
	CHECK_CALL(helion_vspace_map(window, pages, window_address() + offset, 0, HELION_PAGE_SIZE, flags));
}

/* What reading a word of the own address space gives; *ret_faults counts. */
static struct {
	struct host host;
	uint64_t faults;
} reader;

static void read_faulted(void)
{
	reader.faults++;
	reader.host.shared->exception.registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_read_failed;
	helion_task_exception_return(reader.host.task);
}

static void begin_reading(void)
{
	char *stack = map_new(4 * HELION_PAGE_SIZE, NULL);

	reader.faults = 0;
	host_create(&reader.host, world.task, arch_foreign_handler, stack + 4 * HELION_PAGE_SIZE);
	arch_foreign_handler_function = read_faulted;
}

#define NOTHING 0xdeadull

static uint64_t read_word(uint64_t address)
{
	uint64_t word;

	return arch_foreign_read((const uint64_t *)(uintptr_t)address, &word) == 0 ? word : NOTHING;
}

TEST(window, info_says_where)
{
	struct helion_vspace_info info;

	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	CHECK(info.window > (uint64_t)(uintptr_t)arch_foreign_load);
	CHECK(info.window_size >= 1ull << 30);
	CHECK_EQUAL(info.window % info.window_size, 0);
	CHECK(info.window + info.window_size < info.top);
	CHECK_EQUAL(info.has_window, 0);
	attach_window();
	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	CHECK_EQUAL(info.has_window, 1);
	CHECK_CALL(helion_vspace_detach_window(world.vspace));
	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	CHECK_EQUAL(info.has_window, 0);
}

/* Mapped before it was attached, and after. */
TEST(window, shows_what_is_mapped_in_it)
{
	uint64_t window = make(HELION_TYPE_VSPACE);

	show(window, pages_with(11), 0, HELION_MAP_READ);
	attach_window_to(world.vspace, window);
	CHECK_EQUAL(*word_at(window_address()), 11);
	show(window, pages_with(12), 0x40000000 - HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE);
	CHECK_EQUAL(*word_at(window_address() + 0x40000000 - HELION_PAGE_SIZE), 12);
}

TEST(window, is_not_there_for_restricted_code)
{
	uint64_t window = attach_window();

	show(window, pages_with(21), 0, HELION_MAP_READ);
	CHECK_EQUAL(*word_at(window_address()), 21);
	host_create(&host, world.task, NULL, NULL);
	for (unsigned i = 0; i < 3; i++) {
		host_load(&host, arch_foreign_load, window_address());
		host_run(&host, HELION_RESTRICTED_EXCEPTION);
		CHECK_EQUAL(host.shared->fault.kind, PAGE_FAULT);
		CHECK_EQUAL(host.shared->fault.address, window_address());
		/* And is there again. */
		CHECK_EQUAL(*word_at(window_address()), 21);
	}
}

/* What is taken away or changed is so at once, for tasks that have seen it. */
TEST(window, unmapping_takes_it_away)
{
	uint64_t window = attach_window();

	begin_reading();
	for (uint64_t i = 0; i < 10; i++) {
		show(window, pages_with(i), 0, HELION_MAP_READ);
		CHECK_EQUAL(read_word(window_address()), i);
		CHECK_CALL(helion_vspace_unmap(window, window_address(), HELION_PAGE_SIZE));
		CHECK_EQUAL(read_word(window_address()), NOTHING);
	}
	CHECK_EQUAL(reader.faults, 10);
}

TEST(window, destroying_pages_takes_them_away)
{
	uint64_t window = attach_window(), pages = pages_with(5);

	begin_reading();
	show(window, pages, 0x1000, HELION_MAP_READ);
	CHECK_EQUAL(read_word(window_address() + 0x1000), 5);
	destroy(pages);
	CHECK_EQUAL(read_word(window_address() + 0x1000), NOTHING);
}

TEST(window, detaching_takes_all_away)
{
	uint64_t window = attach_window();

	begin_reading();
	show(window, pages_with(6), 0, HELION_MAP_READ);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_EQUAL(read_word(window_address()), 6);
		CHECK_CALL(helion_vspace_detach_window(world.vspace));
		CHECK_EQUAL(read_word(window_address()), NOTHING);
		attach_window_to(world.vspace, window);
	}
	CHECK_EQUAL(read_word(window_address()), 6);
}

TEST(window, that_is_destroyed_is_gone)
{
	uint64_t window = attach_window();
	struct helion_vspace_info info;

	begin_reading();
	show(window, pages_with(7), 0, HELION_MAP_READ);
	CHECK_EQUAL(read_word(window_address()), 7);
	destroy(window);
	CHECK_EQUAL(read_word(window_address()), NOTHING);
	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	CHECK_EQUAL(info.has_window, 0);
	CHECK_ERROR(helion_vspace_detach_window(world.vspace), HELION_ERR_MISSING);
}

/* Foreign memory that is mapped while the window is there shows with and without it. */
TEST(window, mappings_beside_it_are_seen_by_both)
{
	uint64_t far = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE), pages = pages_with(31);

	attach_window();
	begin_reading();
	CHECK_CALL(helion_vspace_map(world.vspace, pages, far, 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	CHECK_EQUAL(read_word(far), 31);
	host_load(&reader.host, arch_foreign_load, far);
	host_run(&reader.host, HELION_RESTRICTED_SYSCALL);
	CHECK_EQUAL(reader.host.shared->registers.FOREIGN_RESULT, 31);
	CHECK_CALL(helion_vspace_unmap(world.vspace, far, HELION_PAGE_SIZE));
	CHECK_EQUAL(read_word(far), NOTHING);
	host_load(&reader.host, arch_foreign_load, far);
	host_run(&reader.host, HELION_RESTRICTED_EXCEPTION);
}

/* -- Two address spaces ------------------------------------------------------------------------------ */

/* What runs in the window: a page of code, which any address space with the window has. */
static uint64_t code_window(uint64_t *ret_function)
{
	uint64_t window = make(HELION_TYPE_VSPACE), pages, size = (uint64_t)(arch_window_code_end - arch_window_code);
	char *page = map_new(HELION_PAGE_SIZE, &pages);

	memcpy(page, arch_window_code, size);
	show(window, pages, 0, HELION_MAP_READ | HELION_MAP_EXEC);
	*ret_function = window_address();
	return window;
}

TEST(window, the_address_space_changes_under_it)
{
	uint64_t function, window = code_window(&function), other = make(HELION_TYPE_VSPACE), data, foreign;
	struct arch_window_arguments *arguments = map_new(HELION_PAGE_SIZE, &data);

	attach_window_to(world.vspace, window);
	attach_window_to(other, window);
	/* Above tables that the address space gets only now that it has a window. */
	show(window, data, 0x1000, HELION_MAP_READ | HELION_MAP_WRITE);
	foreign = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE);
	CHECK_CALL(helion_vspace_map(other, pages_with(0xa11e), foreign, 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	*arguments = (struct arch_window_arguments){
		.task = world.task,
		.info = HELION_INFO(HELION_TASK_SWITCH_VSPACE, 0, 1),
		.caps = {other, world.vspace},
		.cap = &((struct helion_ipc_buffer *)(uintptr_t)(window_address() + 0x2000))->caps[0],
		.address = (const uint64_t *)(uintptr_t)foreign,
	};
	/* The IPC buffer, too, is in the window. */
	show(window, world.pages, 0x2000, HELION_MAP_READ | HELION_MAP_WRITE);
	for (uint64_t i = 0; i < 10; i++) {
		arguments->value = 0;
		((void (*)(uint64_t))(uintptr_t)function)(window_address() + 0x1000);
		CHECK_EQUAL(arguments->status[0], 0);
		CHECK_EQUAL(arguments->status[1], 0);
		CHECK_EQUAL(arguments->value, 0xa11e);
	}
}

TEST(window, change_of_address_space_is_checked)
{
	struct partner partner;
	uint64_t other = make(HELION_TYPE_VSPACE);

	partner_create(&partner);
	CHECK_ERROR(helion_task_switch_vspace(partner.task, other), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_switch_vspace(world.task, world.memory), HELION_ERR_TYPE);
	CHECK_ERROR(helion_task_switch_vspace(world.task, copy(other, HELION_RIGHT_READ, 0)), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_task_switch_vspace(world.task, world.vspace));
}

/* -- What cannot be -------------------------------------------------------------------------------- */

TEST(window, must_be_a_vspace_that_may_be_changed)
{
	uint64_t window = make(HELION_TYPE_VSPACE), other = make(HELION_TYPE_VSPACE);

	CHECK_ERROR(helion_vspace_attach_window(other, world.memory), HELION_ERR_TYPE);
	CHECK_ERROR(helion_vspace_attach_window(other, copy(window, HELION_RIGHT_READ, 0)), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_vspace_attach_window(copy(other, HELION_RIGHT_READ, 0), window), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_vspace_attach_window(other, other), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_detach_window(other), HELION_ERR_MISSING);
}

TEST(window, is_no_window_of_a_window)
{
	uint64_t a = make(HELION_TYPE_VSPACE), b = make(HELION_TYPE_VSPACE), c = make(HELION_TYPE_VSPACE);

	CHECK_CALL(helion_vspace_attach_window(a, b));
	CHECK_ERROR(helion_vspace_attach_window(a, c), HELION_ERR_OCCUPIED);
	CHECK_ERROR(helion_vspace_attach_window(b, c), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_attach_window(c, a), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_detach_window(a));
	CHECK_CALL(helion_vspace_attach_window(b, c));
}

TEST(window, has_room_that_nothing_else_uses)
{
	uint64_t window = make(HELION_TYPE_VSPACE), other = make(HELION_TYPE_VSPACE), pages = pages_with(0);
	uint64_t outside = window_address() - HELION_PAGE_SIZE;

	CHECK_CALL(helion_vspace_map(other, pages, window_address(), 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	CHECK_ERROR(helion_vspace_attach_window(other, window), HELION_ERR_OCCUPIED);
	CHECK_CALL(helion_vspace_unmap(other, window_address(), HELION_PAGE_SIZE));
	CHECK_CALL(helion_vspace_map(window, pages, outside, 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	CHECK_ERROR(helion_vspace_attach_window(other, window), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_unmap(window, outside, HELION_PAGE_SIZE));
	CHECK_CALL(helion_vspace_attach_window(other, window));
	CHECK_ERROR(helion_vspace_map(other, pages, window_address(), 0, HELION_PAGE_SIZE, HELION_MAP_READ),
		    HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_map(window, pages, outside, 0, HELION_PAGE_SIZE, HELION_MAP_READ),
		    HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_map(other, pages, outside, 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	CHECK_CALL(helion_vspace_map(window, pages, window_address(), 0, HELION_PAGE_SIZE, HELION_MAP_READ));
}

TEST(window, costs_nothing_when_it_is_gone)
{
	uint64_t free = free_bytes();

	for (unsigned i = 0; i < 20; i++) {
		uint64_t window = make(HELION_TYPE_VSPACE), other = make(HELION_TYPE_VSPACE);

		CHECK_CALL(helion_vspace_attach_window(other, window));
		if (i % 3 == 0)
			CHECK_CALL(helion_vspace_detach_window(other));
		delete (i % 2 ? window : other);
		delete (i % 2 ? other : window);
		if (i == 0)
			free = free_bytes();
		CHECK_EQUAL(free_bytes(), free);
	}
}

static void read_for_ever(struct partner *partner)
{
	while (arch_foreign_read((const uint64_t *)(uintptr_t)partner->a, &partner->b) == 0)
		__atomic_fetch_add(&partner->c, 1, __ATOMIC_RELAXED);
}

/* Other CPUs see at once what a window has lost. */
TEST_WITH(window, is_taken_away_on_every_cpu, .cpus = 2)
{
	static struct partner partners[3];
	uint64_t window = attach_window();

	for (unsigned round = 0; round < 5; round++) {
		show(window, pages_with(round + 1), 0, HELION_MAP_READ);
		for (unsigned i = 0; i < 3; i++) {
			partner_create(&partners[i]);
			partners[i].a = window_address();
			partner_start(&partners[i], read_for_ever);
		}
		for (unsigned i = 0; i < 3; i++)
			EVENTUALLY(__atomic_load_n(&partners[i].c, __ATOMIC_RELAXED) > 0);
		CHECK_CALL(helion_vspace_unmap(window, window_address(), HELION_PAGE_SIZE));
		for (unsigned i = 0; i < 3; i++) {
			partner_await(&partners[i], HELION_TASK_FAULTED);
			CHECK_EQUAL(partners[i].b, round + 1);
			partner_delete(&partners[i]);
		}
	}
}
