/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/conformance.h"

uint64_t make_from(uint64_t memory, enum helion_type type, uint64_t size)
{
	uint64_t slot = 0;

	CHECK_CALL(helion_memory_create(memory, type, size, 0, &slot));
	return slot;
}

uint64_t make_sized(enum helion_type type, uint64_t size)
{
	return make_from(world.memory, type, size);
}

uint64_t make(enum helion_type type)
{
	return make_sized(type, 0);
}

uint64_t copy(uint64_t slot, uint64_t rights, uint64_t badge)
{
	uint64_t result = 0;

	CHECK_CALL(helion_cspace_copy(world.cspace, slot, rights, badge, &result));
	return result;
}

uint64_t give(uint64_t cspace, uint64_t slot)
{
	uint64_t result = 0;

	CHECK_CALL(helion_cspace_grant(world.cspace, cspace, slot, rights_of(slot), 0, &result));
	return result;
}

void delete (uint64_t slot)
{
	CHECK_CALL(helion_cspace_delete(world.cspace, slot));
}

void destroy(uint64_t slot)
{
	CHECK_CALL(helion_cspace_destroy(world.cspace, slot));
}

void *map(uint64_t pages, uint64_t size, uint64_t flags)
{
	uint64_t address = world_address(size, HELION_PAGE_SIZE);

	CHECK_CALL(helion_vspace_map(world.vspace, pages, address, 0, size, flags));
	return (void *)(uintptr_t)address;
}

void *map_new(uint64_t size, uint64_t *ret_pages)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, size);

	if (ret_pages != NULL)
		*ret_pages = pages;
	return map(pages, size, HELION_MAP_READ | HELION_MAP_WRITE);
}

void unmap(void *address, uint64_t size)
{
	CHECK_CALL(helion_vspace_unmap(world.vspace, (uint64_t)(uintptr_t)address, size));
}

bool is_cap(uint64_t slot)
{
	return helion_identify(slot, NULL, NULL, NULL) == 0;
}

uint64_t rights_of(uint64_t slot)
{
	uint64_t rights = 0;

	CHECK_CALL(helion_identify(slot, NULL, &rights, NULL));
	return rights;
}

uint64_t badge_of(uint64_t slot)
{
	uint64_t badge = 0;

	CHECK_CALL(helion_identify(slot, NULL, NULL, &badge));
	return badge;
}

enum helion_type type_of(uint64_t slot)
{
	enum helion_type type = HELION_TYPE_NULL;

	CHECK_CALL(helion_identify(slot, &type, NULL, NULL));
	return type;
}

static struct helion_memory_info info_of(uint64_t memory)
{
	struct helion_memory_info info = {0};

	CHECK_CALL(helion_memory_info(memory, &info));
	return info;
}

uint64_t free_bytes_of(uint64_t memory)
{
	return info_of(memory).free;
}

uint64_t free_bytes(void)
{
	return free_bytes_of(world.memory);
}

uint64_t live_objects(void)
{
	return info_of(world.memory).objects;
}

uint64_t free_slots_of(uint64_t cspace)
{
	struct helion_cspace_info info = {0};

	CHECK_CALL(helion_cspace_info(cspace, &info));
	return info.free;
}

uint64_t free_slots(void)
{
	return free_slots_of(world.cspace);
}

uint64_t task_state(uint64_t task)
{
	struct helion_task_info info = {0};

	CHECK_CALL(helion_task_info(task, &info));
	return info.state;
}

void fill(struct helion_message *message, uint64_t label, unsigned words)
{
	*message = (struct helion_message){.label = label, .word_count = words};
	for (unsigned i = 0; i < words; i++)
		message->words[i] = label * 1000 + i;
}

bool filled(const struct helion_message *message, uint64_t label, unsigned words)
{
	bool same = message->label == label && message->word_count == words;

	for (unsigned i = 0; same && i < words; i++)
		same = message->words[i] == label * 1000 + i;
	return same;
}

int raw_call(uint64_t number, uint64_t first, uint64_t info, const uint64_t words[4])
{
	struct arch_syscall_registers r = {.cap = first, .info = info};

	if (words != NULL)
		memcpy(r.words, words, sizeof(r.words));
	arch_syscall(number, &r);
	return (int)r.status;
}

/* splitmix64 */
uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t flags_at(uint64_t vspace, uint64_t address)
{
	struct helion_vspace_query query;

	return helion_vspace_query(vspace, address, &query) == 0 ? query.flags : 0;
}

uint64_t mappings_of(uint64_t pages)
{
	struct helion_pages_info info = {0};

	CHECK_CALL(helion_pages_info(pages, &info));
	return info.mappings;
}

uint64_t end_of_user_space(void)
{
	struct helion_vspace_info info = {0};

	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	return info.top;
}

uint64_t now(void)
{
	struct helion_system_info info = {0};

	CHECK_CALL(helion_system_info(world.system, &info));
	return info.time;
}

void sleep_for(uint64_t duration)
{
	uint64_t timer = make(HELION_TYPE_TIMER), ready;

	CHECK_CALL(helion_timer_set(timer, now() + duration, 0));
	CHECK_CALL(helion_poll(world.buffer, &timer, 1, UINT64_MAX, &ready));
	delete (timer);
}
