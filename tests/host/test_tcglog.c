/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs of a TPM: the sizes of their events, and what is wrong with those that have none. */
#include "lib/tcglog.h"

#include "lib/bytes.h"
#include "tap.h"

enum {
	SHA1 = 4,
	SHA256 = 11,
	OLD_HEADER = 32,
	DATA_SIZE = 28,             /* offset of the size of the first event's data */
	COUNT = OLD_HEADER + 24,    /* of the number of algorithms */
	ALGORITHMS = COUNT + 4,     /* of the first of them: identifier, size of a digest */
	FIRST = ALGORITHMS + 8 + 1, /* size of the first event with two algorithms and no vendor data */
};

static void store_le16(uint8_t *where, unsigned value)
{
	where[0] = (uint8_t)value;
	where[1] = (uint8_t)(value >> 8);
}

static uint8_t log[256];

/* A first event that announces SHA-1 and SHA-256. */
static void make_first(void)
{
	memset(log, 0, sizeof log);
	store_le32(log + 4, 3);
	store_le32(log + DATA_SIZE, FIRST - OLD_HEADER);
	memcpy(log + OLD_HEADER, "Spec ID Event03", 16);
	store_le32(log + COUNT, 2);
	store_le16(log + ALGORITHMS, SHA1);
	store_le16(log + ALGORITHMS + 2, 20);
	store_le16(log + ALGORITHMS + 4, SHA256);
	store_le16(log + ALGORITHMS + 6, 32);
}

/* Reads a copy of its first `room` bytes in a block of exactly that size. */
static uint64_t begin(uint64_t room, struct tcglog_algorithms *ret)
{
	uint8_t *copy = tap_copy(log, room);
	uint64_t size = tcglog_begin(copy, room, ret);

	free(copy);
	return size;
}

static uint64_t event_size(const uint8_t *event, uint64_t room)
{
	static const struct tcglog_algorithms algorithms = {2, {{SHA1, 20}, {SHA256, 32}}};
	uint8_t *copy = tap_copy(event, room);
	uint64_t size = tcglog_event_size(&algorithms, copy, room);

	free(copy);
	return size;
}

static void the_first_event(void)
{
	struct tcglog_algorithms algorithms;

	make_first();
	CHECK_EQUAL(begin(sizeof log, &algorithms), FIRST);
	CHECK_EQUAL(begin(FIRST, &algorithms), FIRST);
	CHECK_EQUAL(algorithms.count, 2);
	CHECK_EQUAL(algorithms.of[0].id, SHA1);
	CHECK_EQUAL(algorithms.of[0].size, 20);
	CHECK_EQUAL(algorithms.of[1].id, SHA256);
	CHECK_EQUAL(algorithms.of[1].size, 32);
	for (uint64_t room = 0; room < FIRST; room++)
		CHECK_EQUAL(begin(room, &algorithms), 0);
}

static void vendor_data_belongs_to_the_first_event(void)
{
	struct tcglog_algorithms algorithms;

	make_first();
	store_le32(log + DATA_SIZE, FIRST - OLD_HEADER + 7);
	CHECK_EQUAL(begin(sizeof log, &algorithms), FIRST + 7);
	CHECK_EQUAL(begin(FIRST + 6, &algorithms), 0);
}

static void what_is_no_first_event(void)
{
	static const struct {
		unsigned at;
		uint32_t value;
	} wrong[] = {
		{4, 4},                        /* another type */
		{OLD_HEADER + 12, 0x00003230}, /* "Spec ID Event02" */
		{OLD_HEADER + 12, 0x01333076}, /* no NUL */
		{DATA_SIZE, 0},
		{DATA_SIZE, 27}, /* no room for the number of algorithms */
		{DATA_SIZE, 35}, /* ... for the algorithms */
		{DATA_SIZE, 0xffffffff},
		{COUNT, 3},
		{COUNT, TCGLOG_MAX_ALGORITHMS + 1},
		{COUNT, 0x40000001}, /* times 4 is 4 in 32 bits */
	};
	struct tcglog_algorithms algorithms;

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		make_first();
		store_le32(log + wrong[i].at, wrong[i].value);
		if (!CHECK_EQUAL(begin(sizeof log, &algorithms), 0))
			printf("# case %zu\n", i);
	}
}

/* An event with digests of these algorithms, zeros, and `data` bytes. Returns its size. */
static uint64_t make_event(const uint16_t *ids, unsigned count, uint32_t data)
{
	uint64_t at = 12;

	memset(log, 0, sizeof log);
	store_le32(log, 9);
	store_le32(log + 4, 13);
	store_le32(log + 8, count);
	for (unsigned i = 0; i < count; i++) {
		store_le16(log + at, ids[i]);
		at += 2 + (ids[i] == SHA1 ? 20 : 32);
	}
	store_le32(log + at, data);
	return at + 4 + data;
}

static void events(void)
{
	static const uint16_t ids[] = {SHA256, SHA1};
	uint64_t size;

	for (unsigned count = 0; count <= 2; count++) {
		for (uint32_t data = 0; data < 20; data += 19) {
			size = make_event(ids, count, data);
			CHECK_EQUAL(event_size(log, sizeof log), size);
			CHECK_EQUAL(event_size(log, size), size);
			for (uint64_t room = 0; room < size; room++)
				CHECK_EQUAL(event_size(log, room), 0);
		}
	}
}

static void what_is_no_event(void)
{
	static const uint16_t unknown[] = {SHA256, 12};
	static const uint16_t known[] = {SHA256};

	make_event(unknown, 2, 0);
	CHECK_EQUAL(event_size(log, sizeof log), 0);
	make_event(known, 1, 0);
	store_le32(log + 8, TCGLOG_MAX_ALGORITHMS + 1);
	CHECK_EQUAL(event_size(log, sizeof log), 0);
	make_event(known, 1, 0);
	store_le32(log + 8, 0xffffffff);
	CHECK_EQUAL(event_size(log, sizeof log), 0);
	/* So long that it wraps around. */
	make_event(known, 1, 0);
	store_le32(log + 12 + 34, 0xffffffff);
	CHECK_EQUAL(event_size(log, sizeof log), 0);
}

/* Whoever walks a log always gets on: an event is never shorter than its header. */
static void an_event_has_a_size(void)
{
	CHECK_EQUAL(make_event(NULL, 0, 0), 16);
	CHECK_EQUAL(event_size(log, sizeof log), 16);
}

int main(void)
{
	RUN(the_first_event);
	RUN(vendor_data_belongs_to_the_first_event);
	RUN(what_is_no_first_event);
	RUN(events);
	RUN(what_is_no_event);
	RUN(an_event_has_a_size);
	return tap_finish();
}
