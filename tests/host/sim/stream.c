/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls out of a stream of bytes. */
#include "tests/host/sim/stream.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/task.h"
#include "kernel/trap.h"
#include "tests/host/sim/sim.h"

#define WORLD_BYTES (8ull << 20)

struct stream {
	const uint8_t *bytes;
	size_t left;
};

/*
 * What the words of an invocation mean, a letter each: t type, s size, m size of a mapping, a alignment, c slot, e slot for a
 * capability, r rights, b badge, v address,
 * o offset, f flags, p port, w width. Those that are not here get any word.
 */
static const struct {
	uint8_t type, label;
	const char *words;
} meanings[] = {
	{HELION_TYPE_MEMORY, HELION_MEMORY_CREATE, "tsa"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_COPY, "crb"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_GRANT, "crb"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_MOVE, "ce"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_DELETE, "c"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_DESTROY, "c"},
	{HELION_TYPE_CSPACE, HELION_CSPACE_REVOKE, "cb"},
	{HELION_TYPE_VSPACE, HELION_VSPACE_MAP, "vomf"},
	{HELION_TYPE_VSPACE, HELION_VSPACE_UNMAP, "vm"},
	{HELION_TYPE_VSPACE, HELION_VSPACE_PROTECT, "vmf"},
	{HELION_TYPE_VSPACE, HELION_VSPACE_QUERY, "v"},
	{HELION_TYPE_TASK, HELION_TASK_START, "vvvv"},
	{HELION_TYPE_TASK, HELION_TASK_TLS, "v"},
	{HELION_TYPE_TASK, HELION_TASK_PRIORITY, "rr"},
	{HELION_TYPE_TASK, HELION_TASK_AFFINITY, "r"},
	{HELION_TYPE_IOPORT_CONTROL, HELION_IOPORT_CONTROL_CLAIM, "pw"},
	{HELION_TYPE_IOPORT, HELION_IOPORT_IN, "pw"},
	{HELION_TYPE_IOPORT, HELION_IOPORT_OUT, "pwr"},
	{HELION_TYPE_SYSTEM, HELION_SYSTEM_LOG_READ, "os"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct invocation_kind {
	uint8_t type, label, words, caps;
	uint32_t cap_types;
};

static const struct invocation_kind invocations[] = {
#define DESCRIBE(type, name, label, words, caps, ret, rights, errors, cost, doc) \
	{HELION_TYPE_##type, label, words, HELION_CAPS_COUNT(caps), caps},
	HELION_INVOCATIONS(DESCRIBE)};

static uint8_t next(struct stream *stream)
{
	if (stream->left == 0)
		return 0;
	stream->left--;
	return *stream->bytes++;
}

/* Small numbers (slots, types, flags), pages, large pages, powers of two, and the ends of everything. */
static uint64_t next_word(struct stream *stream)
{
	static const uint64_t odd[] = {UINT64_MAX,          UINT64_MAX - 4095,   1ull << 47, (1ull << 47) - 4096,
				       (1ull << 39) - 4096, (1ull << 30) - 4096, 4097,       0xffff800000000000,
				       1ull << 32 | 1,      0xffffffff,          65535};
	uint8_t byte = next(stream);

	if (byte < 96)
		return byte % 48;
	if (byte < 160)
		return (byte - 96) * 4096ull;
	if (byte < 176)
		return (byte - 160) * (2ull << 20);
	if (byte < 208)
		return (uint64_t)next(stream) << 12 | (byte & 1 ? 1ull << 30 : 0);
	if (byte < 240)
		return 1ull << ((byte - 208) * 2);
	return odd[byte % COUNT(odd)];
}

static uint64_t next_meant(struct stream *stream, char meaning)
{
	static const uint8_t types[] = {HELION_TYPE_PAGES,  HELION_TYPE_PAGES, HELION_TYPE_CSPACE, HELION_TYPE_VSPACE,
					HELION_TYPE_VSPACE, HELION_TYPE_TASK,  HELION_TYPE_MEMORY, HELION_TYPE_IOPORT};
	static const uint8_t flags[] = {HELION_MAP_READ, HELION_MAP_READ | HELION_MAP_WRITE,
					HELION_MAP_READ | HELION_MAP_EXEC, 7};
	uint8_t byte = next(stream);

	if (byte >= 240)
		return next_word(stream);
	switch (meaning) {
	case 't': return types[byte % COUNT(types)];
	case 's':
		/* 1 to 8 pages, or large pages, or a little of each. */
		return (byte % 8 + 1) * (byte < 200 ? 4096ull : 2ull << 20) - (byte % 16 == 0 ? 4096 : 0);
	case 'm': return byte < 160 ? (byte % 4 + 1) * 4096ull : byte < 220 ? 2ull << 20 : (byte % 16) * 4096ull;
	case 'a': return byte < 160 ? 0 : 2ull << 20;
	case 'c':
		for (unsigned i = 0; i < 16 && byte < 220 && !sim_object(byte % 64); i++)
			byte++;
		return byte % 64;
	case 'e': return byte % 64;
	case 'r': return byte < 120 ? HELION_RIGHT_ALL : byte & HELION_RIGHT_ALL;
	case 'b': return byte < 200 ? 0 : byte % 4;
	case 'v':
		return 0x200000ull + (byte & 0x30) * 0x20000ull + (byte & 0x0f) * 0x1000ull +
		       (byte >= 0xc0 ? (1ull << 39) - 0x404000 : 0);
	case 'o': return byte < 160 ? 0 : (byte & 3) * 4096ull;
	case 'f': return flags[byte % 4];
	case 'p': return byte % 64;
	case 'w': return 8u << byte % 3;
	default: return next_word(stream);
	}
}

/* The size of a thing depends on what it is. */
static void fit_create(uint64_t word[4])
{
	if (word[0] == HELION_TYPE_CSPACE)
		word[1] = 16u << (word[1] >> 12 & 3);
	else if (word[0] == HELION_TYPE_VSPACE || word[0] == HELION_TYPE_TASK)
		word[1] = 0;
	if (word[0] != HELION_TYPE_PAGES && word[0] != HELION_TYPE_MEMORY)
		word[2] = 0;
}

/* A slot whose capability is of this type, if there is one; now and then any slot. */
static uint64_t next_slot(struct stream *stream, uint8_t type)
{
	uint8_t byte = next(stream);

	for (unsigned i = 0; i < 64 && byte < 240; i++) {
		const struct object *object = sim_object((byte + i) % 64);

		if (object && object->type == type)
			return (byte + i) % 64;
	}
	return byte % 64;
}

/* Half of them make and map things; what destroys them is rarer. */
static const struct invocation_kind *next_kind(struct stream *stream)
{
	static const uint8_t map_label[6] = {HELION_VSPACE_MAP, HELION_VSPACE_MAP,   HELION_VSPACE_MAP,
					     HELION_VSPACE_MAP, HELION_VSPACE_UNMAP, HELION_VSPACE_PROTECT};
	uint8_t byte = next(stream);

	for (unsigned i = 0; i < COUNT(invocations) && byte < 110; i++) {
		const struct invocation_kind *kind = &invocations[i];

		if (byte < 50 ? kind->type == HELION_TYPE_MEMORY && kind->label == HELION_MEMORY_CREATE
			      : kind->type == HELION_TYPE_VSPACE && kind->label == map_label[(byte - 50) / 10])
			return kind;
	}
	return &invocations[next(stream) % COUNT(invocations)];
}

static void invoke(struct stream *stream)
{
	const struct invocation_kind *kind = next_kind(stream);
	struct sim_message message = {.label = kind->label, .words = kind->words, .caps = kind->caps};
	const char *words = "";
	uint8_t damage;

	for (unsigned i = 0; i < COUNT(meanings); i++)
		if (meanings[i].type == kind->type && meanings[i].label == kind->label)
			words = meanings[i].words;
	message.cap = next_slot(stream, kind->type);
	for (unsigned i = 0; i < kind->words; i++) {
		message.word[i] = next_meant(stream, *words);
		words += *words != '\0';
	}
	if (kind->type == HELION_TYPE_MEMORY && next(stream) < 240)
		fit_create(message.word);
	for (unsigned i = 0; i < kind->caps; i++)
		message.slot[i] = next_slot(stream, kind->cap_types >> 8 * i & 0xff);
	/* The first slots are what the task stands on. */
	if (kind->type == HELION_TYPE_CSPACE && kind->label >= HELION_CSPACE_DELETE && message.word[0] < 5 &&
	    next(stream) < 230)
		message.word[0] += 8;
	damage = next(stream);
	if (damage >= 250)
		message.words = next(stream);
	else if (damage >= 244)
		message.caps = next(stream);
	sim_call(&message, NULL);
}

static void step(struct stream *stream)
{
	static const uint64_t zero[4];
	const struct trap_cause cause = {.kind = next(stream) % TRAP_MACHINE_CHECK, .name = "fault"};
	uint8_t kind = next(stream);

	if (kind < 230)
		invoke(stream);
	else if (kind < 240)
		sim_tick();
	else if (kind < 244)
		sim_system_call(HELION_SYS_YIELD, 0, 0, zero, NULL);
	else if (kind < 250)
		sim_system_call(next(stream) % 16, next_word(stream), next(stream), zero, NULL);
	else if (kind < 252)
		sim_fault(&cause);
}

void sim_stream(const uint8_t *bytes, size_t size)
{
	struct stream stream = {bytes, size};
	struct sim_state before = sim_state(), after;
	struct sim_world world;

	sim_checks = false;
	world = sim_world(WORLD_BYTES, 0);
	sim_checks = true;
	sim_give(world.cspace, world.buffer);
	sim_give(world.cspace, sim_manifest()->slot_system);
	sim_give(world.cspace, sim_manifest()->slot_ioport_control);
	sim_give(world.cspace, sim_record("device")->slot);
	while (stream.left) {
		/* init only steps in when nobody else runs: it sets the task on its feet again, or begins anew. */
		if (sim_current() == init_task)
			sim_tick();
		if (sim_current() != init_task) {
			step(&stream);
			continue;
		}
		if (sim_configure(world.task, world.cspace, world.vspace, world.buffer) == 0 &&
		    sim_start(world.task) == 0)
			continue;
		sim_destroy(world.memory);
		world = sim_world(WORLD_BYTES, 0);
		next(&stream);
	}
	kassert(sim_switch(init_task));
	sim_destroy(world.memory);
	after = sim_state();
	kassert(after.free_bytes == before.free_bytes);
	kassert(after.objects == before.objects);
	kassert(after.free_slots == before.free_slots);
	kassert(after.mappings == before.mappings);
}
