/* SPDX-License-Identifier: BSD-2-Clause */
/* The generator of the negative matrix: complete, and every case is wrong in exactly one way. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#include "../../user/init/negatives.c"
#include "../../user/lib/invocation_list.c"

#define CASES_MAX 2048

static struct negative cases[CASES_MAX];
static size_t case_count;

static void collect(void *ctx, const struct negative *negative)
{
	(void)ctx;
	if (case_count == CASES_MAX)
		abort();
	cases[case_count++] = *negative;
}

static void generate(bool has_ports)
{
	struct negative_objects objects = {
		.slots = 4096,
		.read_only_pages = 20,
		.configured_task = 21,
		.free_address = 0x400000,
		.used_address = 0x600000,
		.first_port = 0x70,
		.port_count = 2,
	};

	for (uint64_t t = 1; t < HELION_TYPE_COUNT; t++)
		objects.slot[t] = t;
	if (!has_ports) {
		objects.slot[HELION_TYPE_IOPORT] = 0;
		objects.slot[HELION_TYPE_IOPORT_CONTROL] = 0;
	}
	case_count = 0;
	negatives_generate(&objects, collect, NULL);
}

static unsigned count(const struct helion_invocation_info *invocation, const char *defect)
{
	unsigned found = 0;

	for (size_t i = 0; i < case_count; i++)
		found += cases[i].invocation == invocation && strcmp(cases[i].defect, defect) == 0;
	return found;
}

static void test_complete(void)
{
	unsigned null = 0, rights = 0, words = 0, caps = 0, types = 0, too_many = 0;

	for (size_t i = 0; i < helion_invocation_count; i++) {
		const struct helion_invocation_info *invocation = &helion_invocation_list[i];

		null += count(invocation, "null capability") == 1;
		rights += count(invocation, "missing right") == (unsigned)__builtin_popcount(invocation->rights);
		words += count(invocation, "a word too few") == (invocation->words > 0);
		caps += count(invocation, "a capability too few") == (invocation->caps > 0);
		types += count(invocation, "wrong type in the message") == invocation->caps;
		too_many += count(invocation, "more words than a message has") == 1;
	}
	tap_ok(null == helion_invocation_count, "each invocation without a capability");
	tap_ok(rights == helion_invocation_count, "each without each right that it needs");
	tap_ok(words == helion_invocation_count && caps == helion_invocation_count, "each with a message too short");
	tap_ok(too_many == helion_invocation_count, "each with a message too long");
	tap_ok(types == helion_invocation_count, "each with a wrong type for each capability that it takes");
}

static bool is_wrong(const struct negative *n)
{
	bool form = n->word_count == n->invocation->words && n->cap_count == n->invocation->caps;
	bool known = n->label == n->invocation->label;

	if (n->expected <= 0 || n->expected >= HELION_ERR_COUNT)
		return false;
	if (n->expected == HELION_ERR_INVOCATION)
		return form && !known;
	if (n->expected == HELION_ERR_MESSAGE)
		return !form && known;
	return form && known;
}

static void test_cases(void)
{
	unsigned wrong = 0, unknown = 0;

	for (size_t i = 0; i < case_count; i++) {
		wrong += is_wrong(&cases[i]);
		for (size_t l = 0; l < helion_invocation_count; l++)
			unknown += cases[i].expected == HELION_ERR_INVOCATION &&
				   helion_invocation_list[l].type == cases[i].invocation->type &&
				   helion_invocation_list[l].label == cases[i].label;
	}
	tap_ok(wrong == case_count, "every case of %u is wrong in one way", (unsigned)case_count);
	tap_ok(unknown == 0, "labels that should be unknown are");
}

/* What every message can have, and what the list says of this one. */
static bool is_named(const struct negative *n)
{
	uint32_t named =
		HELION_E(CAP) | HELION_E(INVOCATION) | HELION_E(MESSAGE) | HELION_E(RIGHTS) | n->invocation->errors;

	if (n->invocation->caps > 0)
		named |= HELION_E(TYPE);
	return named >> n->expected & 1;
}

static void test_errors(void)
{
	unsigned named = 0;

	for (size_t i = 0; i < case_count; i++)
		named += is_named(&cases[i]);
	tap_ok(named == case_count, "every error is one that the list names");
}

static void test_capability_types(void)
{
	struct negative_objects objects = {0};
	struct generator generator = {&objects, collect, NULL};
	bool complete = true;

	for (uint64_t t = 1; t < HELION_TYPE_COUNT; t++)
		objects.slot[t] = t;
	for (size_t i = 0; i < helion_invocation_count; i++) {
		struct negative n = well_formed(&generator, &helion_invocation_list[i]);

		for (uint32_t c = 0; c < n.cap_count; c++)
			complete &= n.caps[c] != 0;
		for (uint32_t c = n.cap_count; c < HELION_MESSAGE_CAPS; c++)
			complete &= n.caps[c] == 0;
	}
	tap_ok(complete, "the types of all capabilities in messages are known");
}

static void test_no_ports(void)
{
	bool none = true;

	generate(false);
	for (size_t i = 0; i < case_count; i++)
		none &= cases[i].cap != HELION_TYPE_IOPORT && cases[i].cap != HELION_TYPE_IOPORT_CONTROL &&
			cases[i].invocation->type != HELION_TYPE_IOPORT;
	tap_ok(none && case_count > 100, "a machine without ports leaves their cases out");
}

int main(void)
{
	generate(true);
	test_complete();
	test_cases();
	test_errors();
	test_capability_types();
	test_no_ports();
	return tap_done();
}
