/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/model.h"

#include "lib/format.h"
#include "user/conformance/conformance.h"

#define MODEL_MEMORY (768u << 10)

/* Things that the stream begins with. */
enum { THING_MEMORY, THING_CSPACE, THING_VSPACE, THING_NOTIFICATION, THING_ENDPOINT, THINGS_FIXED };

/* -- What happens to the model ------------------------------------------------------------------- */

static void kill(struct model *m, int thing);

static void lose(struct model *m, int thing)
{
	if (thing >= 0 && --m->things[thing].caps == 0)
		kill(m, thing);
}

static void set_slot(struct model *m, uint64_t slot, int thing, uint64_t rights, uint64_t badge)
{
	m->slots[slot] = (struct model_cap){.thing = thing, .rights = rights, .badge = badge};
	m->things[thing].caps++;
}

static void clear_slot(struct model *m, uint64_t slot)
{
	int thing = m->slots[slot].thing;

	m->slots[slot].thing = -1;
	lose(m, thing);
}

static void clear_page(struct model *m, unsigned page)
{
	int thing = m->pages[page].thing;

	m->pages[page].thing = -1;
	lose(m, thing);
}

static void drop_held(struct model *m, struct model_thing *holder, unsigned i)
{
	int thing = holder->held[i].thing;

	holder->held[i] = holder->held[--holder->held_count];
	lose(m, thing);
}

/* All capabilities to it go, then what it held and what was made from it. */
static void kill(struct model *m, int thing)
{
	struct model_thing *dead = &m->things[thing];
	enum helion_type type = dead->type;

	/* Nothing of it is found again by what follows. */
	if (type == HELION_TYPE_NULL)
		return;
	dead->type = HELION_TYPE_NULL;
	for (uint64_t i = 0; i < MODEL_SLOTS; i++)
		if (m->slots[i].thing == thing)
			m->slots[i].thing = -1;
	for (unsigned i = 0; i < MODEL_PAGES; i++)
		if (m->pages[i].thing == thing)
			m->pages[i].thing = -1;
	for (unsigned i = 0; i < MODEL_THINGS; i++)
		for (unsigned j = m->things[i].held_count; j-- > 0;)
			if (m->things[i].held[j].thing == thing)
				m->things[i].held[j] = m->things[i].held[--m->things[i].held_count];
	while (dead->held_count > 0)
		drop_held(m, dead, dead->held_count - 1);
	for (unsigned i = 0; type == HELION_TYPE_MEMORY && i < MODEL_THINGS; i++)
		if (m->things[i].memory == thing)
			kill(m, (int)i);
}

/* -- What is drawn --------------------------------------------------------------------------------- */

static uint64_t below(struct model *m, uint64_t limit)
{
	return draw(&m->random) % limit;
}

/* A slot with a thing of this type; sometimes, and if there is none, any slot. */
static uint64_t some_slot(struct model *m, enum helion_type type)
{
	uint64_t start = below(m, MODEL_SLOTS);

	if (below(m, 16) != 0)
		for (uint64_t i = 0; i < MODEL_SLOTS; i++) {
			uint64_t slot = (start + i) % MODEL_SLOTS;

			if (m->slots[slot].thing >= 0 && m->things[m->slots[slot].thing].type == type)
				return slot;
		}
	return start;
}

/* A slot that may be taken away. */
static uint64_t loose_slot(struct model *m)
{
	return m->first_free + below(m, MODEL_SLOTS - m->first_free);
}

static uint64_t some_rights(struct model *m)
{
	return below(m, 3) ? HELION_RIGHT_ALL : below(m, HELION_RIGHT_ALL + 1);
}

static const struct model_cap *cap_at(const struct model *m, uint64_t slot)
{
	return slot < MODEL_SLOTS && m->slots[slot].thing >= 0 ? &m->slots[slot] : NULL;
}

static bool is(const struct model *m, const struct model_cap *cap, enum helion_type type)
{
	return cap != NULL && m->things[cap->thing].type == type;
}

static unsigned free_slots_in(const struct model *m)
{
	unsigned count = 0;

	for (uint64_t i = 1; i < MODEL_SLOTS; i++)
		count += m->slots[i].thing < 0;
	return count;
}

static int new_thing(struct model *m, enum helion_type type, int memory, uint64_t size)
{
	for (int i = 0; i < (int)MODEL_THINGS; i++)
		if (m->things[i].type == HELION_TYPE_NULL) {
			m->things[i] = (struct model_thing){.type = type, .memory = memory, .size = size};
			return i;
		}
	return -1;
}

/* -- Calls and what they must say ---------------------------------------------------------------------- */

#define EXPECT(m, condition, ...)                                                          \
	do {                                                                               \
		if (!(condition)) {                                                        \
			if ((m)->wrong[0] == '\0')                                         \
				fmt_snprintf((m)->wrong, sizeof((m)->wrong), __VA_ARGS__); \
			return;                                                            \
		}                                                                          \
	} while (0)

#define EXPECT_ERROR(m, found, expected, what)                                                    \
	EXPECT(m, (found) == -(expected), "%s gave %s, not %s", (what), helion_error_name(found), \
	       helion_error_name(expected))

static int call(struct model *m, uint64_t cap, uint64_t label, const uint64_t *words, size_t word_count,
		const uint64_t *caps, size_t cap_count, uint64_t *ret, size_t ret_count)
{
	return helion_call_with(m->partner.buffer, cap, label, words, word_count, caps, cap_count, ret, ret_count);
}

/* What invoking a slot must say before the object is asked: HELION_OK if it is asked. */
static int may_invoke(const struct model_cap *cap, uint64_t right)
{
	return cap == NULL ? HELION_ERR_CAP : !(cap->rights & right) ? HELION_ERR_RIGHTS : HELION_OK;
}

static void do_create(struct model *m)
{
	static const struct {
		enum helion_type type;
		uint64_t size;
	} kinds[] = {
		{HELION_TYPE_PAGES, 4096},   {HELION_TYPE_PAGES, 3 * 4096}, {HELION_TYPE_PAGES, 16 * 4096},
		{HELION_TYPE_MEMORY, 65536}, {HELION_TYPE_MEMORY, 32768},   {HELION_TYPE_CSPACE, 16},
		{HELION_TYPE_VSPACE, 0},     {HELION_TYPE_TASK, 0},         {HELION_TYPE_ENDPOINT, 0},
		{HELION_TYPE_TIMER, 0},      {HELION_TYPE_NOTIFICATION, 0}, {HELION_TYPE_NOTIFICATION, 0},
	};
	unsigned kind = (unsigned)below(m, sizeof(kinds) / sizeof(kinds[0]));
	uint64_t slot = below(m, 3) ? m->memory : some_slot(m, HELION_TYPE_MEMORY), result = 0, info[4];
	const struct model_cap *cap = cap_at(m, slot);
	int expected = may_invoke(cap, HELION_RIGHT_WRITE), error, thing;

	if (cap != NULL && !is(m, cap, HELION_TYPE_MEMORY))
		return;
	if (!expected && free_slots_in(m) == 0)
		expected = HELION_ERR_SLOTS;
	thing = expected ? -1 : new_thing(m, kinds[kind].type, cap->thing, kinds[kind].size);
	if (!expected && thing < 0)
		return;
	error = call(m, slot, HELION_MEMORY_CREATE, (uint64_t[]){kinds[kind].type, kinds[kind].size, 0}, 3, NULL, 0,
		     &result, 1);
	if (error == -HELION_ERR_MEMORY && !expected) {
		m->things[thing].type = HELION_TYPE_NULL;
		if (!(cap->rights & HELION_RIGHT_READ))
			return;
		/* It is full, or what is free lies in pieces. */
		error = call(m, slot, HELION_MEMORY_INFO, NULL, 0, NULL, 0, info, 4);
		EXPECT_ERROR(m, error, HELION_OK, "Memory info");
		EXPECT(m, info[2] < 8 * kinds[kind].size + (128 << 10), "create gave ERR_MEMORY with %lu bytes free",
		       info[2]);
		return;
	}
	EXPECT_ERROR(m, error, expected, "create");
	if (expected)
		return;
	EXPECT(m, result != 0 && result < MODEL_SLOTS && m->slots[result].thing < 0, "create gave slot %lu", result);
	set_slot(m, result, thing, HELION_RIGHT_ALL, 0);
}

/* Of copy and grant, but for the target. */
static int may_copy(const struct model_cap *cap, uint64_t rights, uint64_t badge)
{
	if (cap == NULL)
		return HELION_ERR_CAP;
	if (rights & ~cap->rights)
		return HELION_ERR_RIGHTS;
	return badge && cap->badge && badge != cap->badge ? HELION_ERR_ARGUMENT : HELION_OK;
}

static void do_copy(struct model *m)
{
	uint64_t slot = below(m, MODEL_SLOTS + 2), rights = some_rights(m), badge = below(m, 4), result = 0;
	const struct model_cap *cap = cap_at(m, slot);
	int expected = may_copy(cap, rights, badge), error;

	if (!expected && free_slots_in(m) == 0)
		expected = HELION_ERR_SLOTS;
	error = call(m, m->cspace, HELION_CSPACE_COPY, (uint64_t[]){slot, rights, badge}, 3, NULL, 0, &result, 1);
	EXPECT_ERROR(m, error, expected, "copy");
	if (expected)
		return;
	EXPECT(m, result != 0 && result < MODEL_SLOTS && m->slots[result].thing < 0, "copy gave slot %lu", result);
	set_slot(m, result, cap->thing, rights, badge ? badge : cap->badge);
}

/* Into a CSpace that was made. */
static void do_grant(struct model *m)
{
	uint64_t slot = below(m, MODEL_SLOTS), rights = some_rights(m), badge = below(m, 4), result = 0;
	uint64_t to = some_slot(m, HELION_TYPE_CSPACE);
	const struct model_cap *cap = cap_at(m, slot), *target = cap_at(m, to);
	struct model_thing *cspace = target != NULL ? &m->things[target->thing] : NULL;
	int expected = target == NULL                           ? HELION_ERR_CAP
		       : !is(m, target, HELION_TYPE_CSPACE)     ? HELION_ERR_TYPE
		       : !(target->rights & HELION_RIGHT_WRITE) ? HELION_ERR_RIGHTS
								: may_copy(cap, rights, badge);
	int error;

	if (target != NULL && (target->thing == THING_CSPACE || cspace->held_count == 4))
		return;
	error = call(m, m->cspace, HELION_CSPACE_GRANT, (uint64_t[]){slot, rights, badge}, 3, &to, 1, &result, 1);
	EXPECT_ERROR(m, error, expected, "grant");
	if (expected)
		return;
	cspace->held[cspace->held_count++] =
		(struct model_cap){.thing = cap->thing, .rights = rights, .badge = badge ? badge : cap->badge};
	m->things[cap->thing].caps++;
}

static void do_move(struct model *m)
{
	uint64_t from = loose_slot(m), to = below(m, MODEL_SLOTS + 2);
	const struct model_cap *cap = cap_at(m, from);
	int expected = cap == NULL                    ? HELION_ERR_CAP
		       : to == 0 || to >= MODEL_SLOTS ? HELION_ERR_ARGUMENT
		       : m->slots[to].thing >= 0      ? HELION_ERR_OCCUPIED
						      : HELION_OK;
	int error = call(m, m->cspace, HELION_CSPACE_MOVE, (uint64_t[]){from, to}, 2, NULL, 0, NULL, 0);

	EXPECT_ERROR(m, error, expected, "move");
	if (expected)
		return;
	m->slots[to] = *cap;
	m->slots[from].thing = -1;
}

static void do_delete(struct model *m)
{
	uint64_t slot = loose_slot(m);
	const struct model_cap *cap = cap_at(m, slot);
	int error = call(m, m->cspace, HELION_CSPACE_DELETE, &slot, 1, NULL, 0, NULL, 0);

	EXPECT_ERROR(m, error, cap != NULL ? HELION_OK : HELION_ERR_CAP, "delete");
	if (cap != NULL)
		clear_slot(m, slot);
}

static void do_destroy(struct model *m)
{
	uint64_t slot = loose_slot(m);
	const struct model_cap *cap = cap_at(m, slot);
	int error;

	/* What the stream stands on stays. */
	if (cap != NULL && cap->thing < THINGS_FIXED)
		return;
	error = call(m, m->cspace, HELION_CSPACE_DESTROY, &slot, 1, NULL, 0, NULL, 0);
	EXPECT_ERROR(m, error, may_invoke(cap, HELION_RIGHT_DESTROY), "destroy");
	if (error == 0)
		kill(m, cap->thing);
}

static void do_revoke(struct model *m)
{
	uint64_t slot = loose_slot(m), badge = below(m, 4);
	const struct model_cap *cap = cap_at(m, slot);
	int expected = may_invoke(cap, HELION_RIGHT_DESTROY), error, thing;

	if (!expected && badge == 0)
		expected = HELION_ERR_ARGUMENT;
	error = call(m, m->cspace, HELION_CSPACE_REVOKE, (uint64_t[]){slot, badge}, 2, NULL, 0, NULL, 0);
	EXPECT_ERROR(m, error, expected, "revoke");
	if (expected)
		return;
	/* Until the last one is gone it is there to be compared with. */
	thing = cap->thing;
	m->things[thing].caps++;
	for (uint64_t i = 0; i < MODEL_SLOTS; i++)
		if (m->slots[i].thing == thing && m->slots[i].badge == badge)
			clear_slot(m, i);
	for (unsigned i = 0; i < MODEL_THINGS; i++)
		for (unsigned j = m->things[i].held_count; j-- > 0;)
			if (m->things[i].type == HELION_TYPE_CSPACE && m->things[i].held[j].thing == thing &&
			    m->things[i].held[j].badge == badge)
				drop_held(m, &m->things[i], j);
	lose(m, thing);
}

/* -- Address space --------------------------------------------------------------------------------------- */

static int check_flags(uint64_t flags, uint64_t rights)
{
	if (!(flags & HELION_MAP_READ) || ((flags & HELION_MAP_WRITE) && (flags & HELION_MAP_EXEC)))
		return HELION_ERR_ARGUMENT;
	return !(rights & HELION_RIGHT_READ) || ((flags & HELION_MAP_WRITE) && !(rights & HELION_RIGHT_WRITE)) ||
			       ((flags & HELION_MAP_EXEC) && !(rights & HELION_RIGHT_EXEC))
		       ? HELION_ERR_RIGHTS
		       : HELION_OK;
}

static uint64_t some_flags(struct model *m)
{
	static const uint64_t flags[] = {HELION_MAP_READ, HELION_MAP_READ | HELION_MAP_WRITE,
					 HELION_MAP_READ | HELION_MAP_EXEC, HELION_MAP_WRITE,
					 HELION_MAP_READ | HELION_MAP_WRITE | HELION_MAP_EXEC};

	return flags[below(m, 8) ? below(m, 3) : below(m, 5)];
}

static uint64_t address_of(uint64_t page)
{
	return MODEL_BASE + page * HELION_PAGE_SIZE;
}

static void do_map(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_PAGES), page = below(m, MODEL_PAGES), count = below(m, 4) + 1;
	uint64_t offset = below(m, 3), flags = some_flags(m), size;
	const struct model_cap *cap = cap_at(m, slot);
	int expected, error;

	if (page + count > MODEL_PAGES)
		return;
	size = is(m, cap, HELION_TYPE_PAGES) ? m->things[cap->thing].size / HELION_PAGE_SIZE : 0;
	expected = cap == NULL                               ? HELION_ERR_CAP
		   : !is(m, cap, HELION_TYPE_PAGES)          ? HELION_ERR_TYPE
		   : offset >= size || count > size - offset ? HELION_ERR_ARGUMENT
							     : check_flags(flags, cap->rights);
	for (uint64_t i = page; !expected && i < page + count; i++)
		expected = m->pages[i].thing >= 0 ? HELION_ERR_OCCUPIED : HELION_OK;
	error = call(m, m->vspace, HELION_VSPACE_MAP,
		     (uint64_t[]){address_of(page), offset * HELION_PAGE_SIZE, count * HELION_PAGE_SIZE, flags}, 4,
		     &slot, 1, NULL, 0);
	/* Its records and tables come from the Memory that the rest is in. */
	if (error == -HELION_ERR_MEMORY && !expected)
		return;
	EXPECT_ERROR(m, error, expected, "map");
	for (uint64_t i = page; !expected && i < page + count; i++) {
		m->pages[i] = (struct model_page){.thing = cap->thing, .rights = cap->rights, .flags = flags};
		m->things[cap->thing].caps++;
	}
}

static void do_unmap(struct model *m)
{
	uint64_t page = below(m, MODEL_PAGES), count = below(m, 4) + 1, mapped = 0;
	int error;

	if (page + count > MODEL_PAGES)
		return;
	for (uint64_t i = page; i < page + count; i++)
		mapped += m->pages[i].thing >= 0;
	error = call(m, m->vspace, HELION_VSPACE_UNMAP, (uint64_t[]){address_of(page), count * HELION_PAGE_SIZE}, 2,
		     NULL, 0, NULL, 0);
	if (error == -HELION_ERR_MEMORY && mapped > 0)
		return;
	EXPECT_ERROR(m, error, mapped > 0 ? HELION_OK : HELION_ERR_MISSING, "unmap");
	for (uint64_t i = page; i < page + count; i++)
		if (m->pages[i].thing >= 0)
			clear_page(m, (unsigned)i);
}

static void do_protect(struct model *m)
{
	uint64_t page = below(m, MODEL_PAGES), count = below(m, 3) + 1, flags = some_flags(m);
	int expected = HELION_OK, error;

	if (page + count > MODEL_PAGES)
		return;
	for (uint64_t i = page; !expected && i < page + count; i++)
		expected = m->pages[i].thing < 0 ? HELION_ERR_MISSING : check_flags(flags, m->pages[i].rights);
	error = call(m, m->vspace, HELION_VSPACE_PROTECT,
		     (uint64_t[]){address_of(page), count * HELION_PAGE_SIZE, flags}, 3, NULL, 0, NULL, 0);
	if (error == -HELION_ERR_MEMORY && !expected)
		return;
	EXPECT_ERROR(m, error, expected, "protect");
	for (uint64_t i = page; !expected && i < page + count; i++)
		m->pages[i].flags = flags;
}

static void do_query(struct model *m)
{
	uint64_t page = below(m, MODEL_PAGES), address = address_of(page), ret[3] = {0};
	int error = call(m, m->vspace, HELION_VSPACE_QUERY, &address, 1, NULL, 0, ret, 3);

	EXPECT_ERROR(m, error, m->pages[page].thing >= 0 ? HELION_OK : HELION_ERR_MISSING, "query");
	EXPECT(m, error || ret[2] == m->pages[page].flags, "query gave flags %#lx, not %#lx", ret[2],
	       m->pages[page].flags);
}

/* -- Objects ------------------------------------------------------------------------------------------------ */

static void do_identify(struct model *m)
{
	uint64_t slot = below(m, MODEL_SLOTS + 2), rights = 0, badge = 0;
	const struct model_cap *cap = cap_at(m, slot);
	enum helion_type type = HELION_TYPE_NULL;
	int error = helion_identify(slot, &type, &rights, &badge);

	EXPECT_ERROR(m, error, cap != NULL ? HELION_OK : HELION_ERR_CAP, "identify");
	EXPECT(m, cap == NULL || (is(m, cap, type) && rights == cap->rights && badge == cap->badge),
	       "slot %lu holds type %u, rights %#lx, badge %lu", slot, type, rights, badge);
}

static void do_signal(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_NOTIFICATION);
	const struct model_cap *cap = cap_at(m, slot);
	int error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_NOTIFICATION) || cap->thing == THING_NOTIFICATION)
		return;
	error = helion_signal(slot);
	EXPECT_ERROR(m, error, may_invoke(cap, HELION_RIGHT_WRITE), "signal");
	if (error == 0)
		m->things[cap->thing].pending |= cap->badge ? cap->badge : 1;
}

static void do_wait(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_NOTIFICATION), badges = 0;
	const struct model_cap *cap = cap_at(m, slot);
	int expected = may_invoke(cap, HELION_RIGHT_READ), error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_NOTIFICATION) || cap->thing == THING_NOTIFICATION)
		return;
	if (!expected && m->things[cap->thing].pending == 0)
		expected = HELION_ERR_WOULD_BLOCK;
	error = helion_nbwait(slot, &badges);
	EXPECT_ERROR(m, error, expected, "nbwait");
	EXPECT(m, error || badges == m->things[cap->thing].pending, "nbwait gave %#lx, not %#lx", badges,
	       m->things[cap->thing].pending);
	if (error == 0)
		m->things[cap->thing].pending = 0;
}

/* Nobody is on the other side. */
static void do_endpoint(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_ENDPOINT);
	const struct model_cap *cap = cap_at(m, slot);
	struct helion_message message = {.label = 1, .word_count = below(m, 6)};
	bool sends = below(m, 2);
	int expected = may_invoke(cap, sends ? HELION_RIGHT_WRITE : HELION_RIGHT_READ), error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_ENDPOINT))
		return;
	error = sends ? helion_nbsend(m->partner.buffer, slot, &message)
		      : helion_nbrecv(m->partner.buffer, slot, &message);
	EXPECT_ERROR(m, error, expected ? expected : HELION_ERR_WOULD_BLOCK, sends ? "nbsend" : "nbrecv");
}

static void do_timer(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_TIMER), deadline = (1ull << 62) + below(m, 1000), info[2] = {0};
	const struct model_cap *cap = cap_at(m, slot);
	struct model_thing *timer;
	int error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_TIMER))
		return;
	timer = &m->things[cap->thing];
	if (below(m, 3) == 0) {
		error = call(m, slot, HELION_TIMER_CANCEL, NULL, 0, NULL, 0, NULL, 0);
		deadline = 0;
	} else {
		error = call(m, slot, HELION_TIMER_SET, (uint64_t[]){deadline, 0}, 2, NULL, 0, NULL, 0);
	}
	EXPECT_ERROR(m, error, may_invoke(cap, HELION_RIGHT_WRITE), "timer set");
	if (error == 0)
		timer->deadline = deadline;
	error = call(m, slot, HELION_TIMER_INFO, NULL, 0, NULL, 0, info, 2);
	EXPECT_ERROR(m, error, may_invoke(cap, HELION_RIGHT_READ), "timer info");
	EXPECT(m, error || info[0] == timer->deadline, "timer info gave %lu, not %lu", info[0], timer->deadline);
}

/* The new ones are held before the old ones go, with which anything may go, even one of the new. */
static void hold(struct model *m, struct model_thing *task, const struct model_cap *const given[3])
{
	enum { OLD = 1, NEW };
	unsigned i;

	for (i = 0; i < task->held_count; i++)
		task->held[i].badge = OLD;
	for (i = 0; i < 3; i++) {
		task->held[task->held_count++] = (struct model_cap){.thing = given[i]->thing, .badge = NEW};
		m->things[given[i]->thing].caps++;
	}
	for (i = 0; i < task->held_count;) {
		if (task->held[i].badge == OLD) {
			drop_held(m, task, i);
			i = 0;
		} else {
			i++;
		}
	}
}

/* A task that is given spaces and a buffer holds them. */
static void do_configure(struct model *m)
{
	uint64_t slot = some_slot(m, HELION_TYPE_TASK);
	uint64_t caps[3] = {some_slot(m, HELION_TYPE_CSPACE), some_slot(m, HELION_TYPE_VSPACE),
			    some_slot(m, HELION_TYPE_PAGES)};
	static const enum helion_type types[3] = {HELION_TYPE_CSPACE, HELION_TYPE_VSPACE, HELION_TYPE_PAGES};
	const struct model_cap *cap = cap_at(m, slot), *given[3];
	int expected = may_invoke(cap, HELION_RIGHT_WRITE), error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_TASK))
		return;
	for (unsigned i = 0; i < 3; i++) {
		given[i] = cap_at(m, caps[i]);
		expected = expected ? expected : given[i] == NULL ? HELION_ERR_CAP : HELION_OK;
	}
	for (unsigned i = 0; i < 3 && !expected; i++)
		expected = !is(m, given[i], types[i]) ? HELION_ERR_TYPE : HELION_OK;
	for (unsigned i = 0; i < 3 && !expected; i++)
		if (!(given[i]->rights & HELION_RIGHT_WRITE) || (i == 2 && !(given[i]->rights & HELION_RIGHT_READ)))
			expected = HELION_ERR_RIGHTS;
	error = call(m, slot, HELION_TASK_CONFIGURE, NULL, 0, caps, 3, NULL, 0);
	EXPECT_ERROR(m, error, expected, "configure");
	if (expected)
		return;
	hold(m, &m->things[cap->thing], given);
}

static void do_info(struct model *m)
{
	uint64_t slot = below(m, 2) ? m->memory : some_slot(m, HELION_TYPE_MEMORY), info[4], objects = 0;
	const struct model_cap *cap = cap_at(m, slot);
	int error;

	if (cap == NULL || !is(m, cap, HELION_TYPE_MEMORY))
		return;
	error = call(m, slot, HELION_MEMORY_INFO, NULL, 0, NULL, 0, info, 4);
	EXPECT_ERROR(m, error, may_invoke(cap, HELION_RIGHT_READ), "Memory info");
	if (error)
		return;
	for (unsigned i = 0; i < MODEL_THINGS; i++)
		objects += m->things[i].type != HELION_TYPE_NULL && m->things[i].memory == cap->thing;
	if (cap->thing == THING_MEMORY)
		objects += m->base_objects;
	EXPECT(m, info[3] == objects, "Memory info gave %lu objects, not %lu", info[3], objects);
}

/* With what other streams use at the same time. */
static void do_shared(struct model *m)
{
	struct helion_message message = {.label = 2, .word_count = below(m, 12)};
	uint64_t badges;
	int error;

	switch (below(m, 4)) {
	case 0: error = helion_signal(m->shared_notification); break;
	case 1: error = helion_nbwait(m->shared_notification, &badges); break;
	case 2: error = helion_nbsend(m->partner.buffer, m->shared_endpoint, &message); break;
	default: error = helion_nbrecv(m->partner.buffer, m->shared_endpoint, &message); break;
	}
	EXPECT(m, error == 0 || error == -HELION_ERR_WOULD_BLOCK, "shared gave %s", helion_error_name(error));
}

/* -- The stream ------------------------------------------------------------------------------------------------ */

static void step(struct model *m)
{
	static void (*const kinds[])(struct model *) = {
		do_create, do_create, do_create, do_create,    do_create, do_copy,     do_copy,     do_copy,
		do_grant,  do_move,   do_delete, do_delete,    do_delete, do_destroy,  do_revoke,   do_map,
		do_map,    do_map,    do_unmap,  do_protect,   do_query,  do_query,    do_signal,   do_wait,
		do_timer,  do_shared, do_shared, do_configure, do_info,   do_identify, do_endpoint, do_identify,
	};

	kinds[below(m, sizeof(kinds) / sizeof(kinds[0]))](m);
}

/* Every slot and the number of free ones. */
static void audit(struct model *m)
{
	uint64_t info[2] = {0}, rights, badge;
	enum helion_type type;
	int error;

	for (uint64_t slot = 0; slot < MODEL_SLOTS; slot++) {
		const struct model_cap *cap = cap_at(m, slot);

		error = helion_identify(slot, &type, &rights, &badge);
		EXPECT(m, error == (cap != NULL ? 0 : -HELION_ERR_CAP), "slot %lu: %s", slot, helion_error_name(error));
		EXPECT(m, cap == NULL || (is(m, cap, type) && rights == cap->rights && badge == cap->badge),
		       "slot %lu holds type %u, rights %#lx, badge %lu", slot, type, rights, badge);
	}
	error = call(m, m->cspace, HELION_CSPACE_INFO, NULL, 0, NULL, 0, info, 2);
	EXPECT_ERROR(m, error, HELION_OK, "CSpace info");
	EXPECT(m, info[1] == free_slots_in(m), "%lu slots are free, not %u", info[1], free_slots_in(m));
}

void model_run(struct partner *partner)
{
	struct model *m = (struct model *)partner;

	while (m->step < m->steps && m->wrong[0] == '\0') {
		step(m);
		if (1)
			audit(m);
		__atomic_fetch_add(&m->step, 1, __ATOMIC_RELAXED);
	}
}

/* A thing that the stream has from the beginning, and may not destroy. The test holds a capability, too. */
static uint64_t begin_with(struct model *m, uint64_t cspace, uint64_t slot, int thing, enum helion_type type)
{
	const uint64_t rights = HELION_RIGHT_READ | HELION_RIGHT_WRITE;
	uint64_t source = copy(slot, rights, 0), result = give(cspace, source);

	delete (source);
	m->things[thing] = (struct model_thing){.type = type, .memory = -1, .caps = 1};
	set_slot(m, result, thing, rights, 0);
	return result;
}

void model_create(struct model *m, uint64_t seed, uint64_t notification, uint64_t endpoint)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, MODEL_MEMORY);
	uint64_t cspace = make_from(memory, HELION_TYPE_CSPACE, MODEL_SLOTS),
		 vspace = make_from(memory, HELION_TYPE_VSPACE, 0);

	memset(m, 0, sizeof(*m));
	m->owner = memory;
	partner_create_in(&m->partner, cspace);
	m->random = seed;
	m->base_objects = 2;
	for (unsigned i = 0; i < MODEL_SLOTS; i++)
		m->slots[i].thing = -1;
	for (unsigned i = 0; i < MODEL_PAGES; i++)
		m->pages[i].thing = -1;
	m->memory = begin_with(m, cspace, memory, THING_MEMORY, HELION_TYPE_MEMORY);
	m->cspace = begin_with(m, cspace, cspace, THING_CSPACE, HELION_TYPE_CSPACE);
	m->vspace = begin_with(m, cspace, vspace, THING_VSPACE, HELION_TYPE_VSPACE);
	m->shared_notification = begin_with(m, cspace, notification, THING_NOTIFICATION, HELION_TYPE_NOTIFICATION);
	m->shared_endpoint = begin_with(m, cspace, endpoint, THING_ENDPOINT, HELION_TYPE_ENDPOINT);
	m->first_free = m->shared_endpoint + 1;
}
