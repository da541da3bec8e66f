/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector registers, and the TLS base: each task has its own, wherever it runs and whoever runs in between.
 *
 * Compiled for general registers only (mk/rules.mk), so that nothing but what stands here touches the others.
 */
#include "user/conformance/foreign.h"

/* The kernel's enum trap_kind + 1 of TRAP_FPU, as Task info has it. */
#define FAULT_FPU 6

/* A partner that has patterns in its registers; a: their seed, b: rounds that it has made, c: rounds that went wrong. */
struct artist {
	struct partner partner; /* first: it is found by it */
	size_t size;
	uint64_t rounds;
	char *own, *load, *store; /* states */
};

static struct artist artists[4];

static size_t state_size(void)
{
	uint64_t size = 0;

	CHECK_CALL(helion_system_fpu_info(world.system, &size));
	if (size == 0)
		test_skip("no floating-point unit");
	return size;
}

static void artist_create(struct artist *artist, uint64_t seed)
{
	size_t size = state_size(), step = (size + 63) & ~63ul;

	partner_create(&artist->partner);
	artist->partner.a = seed;
	artist->size = size;
	artist->rounds = 50;
	artist->own = map_new((3 * step + HELION_PAGE_SIZE - 1) & ~(HELION_PAGE_SIZE - 1ul), NULL);
	artist->load = artist->own + step;
	artist->store = artist->load + step;
}

static void paint(struct partner *partner)
{
	struct artist *artist = (struct artist *)partner;

	arch_fpu_store(artist->own, artist->size);
	for (uint64_t i = 0; i < artist->rounds; i++) {
		arch_fpu_pattern(artist->load, artist->size, partner->a + 100 * i);
		memset(artist->store, 0, artist->size);
		arch_fpu_load(artist->load, artist->size);
		helion_yield();
		arch_fpu_store(artist->store, artist->size);
		arch_fpu_load(artist->own, artist->size);
		partner->c += !arch_fpu_equal(artist->load, artist->store, artist->size);
		__atomic_fetch_add(&partner->b, 1, __ATOMIC_SEQ_CST);
	}
}

/* Paints once and leaves it. */
static void litter(struct partner *partner)
{
	struct artist *artist = (struct artist *)partner;

	arch_fpu_pattern(artist->load, artist->size, partner->a);
	arch_fpu_load(artist->load, artist->size);
	__atomic_store_n(&partner->b, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&partner->c, __ATOMIC_SEQ_CST))
		;
	arch_fpu_store(artist->store, artist->size);
}

/* What is in the registers when it begins. */
static void look(struct partner *partner)
{
	struct artist *artist = (struct artist *)partner;

	memset(artist->store, 0, artist->size);
	arch_fpu_store(artist->store, artist->size);
}

static bool is_clean(const struct artist *artist)
{
	arch_fpu_clean(artist->load, artist->size);
	return arch_fpu_equal(artist->load, artist->store, artist->size);
}

TEST(fpu, is_kept_while_others_use_it)
{
	for (unsigned i = 0; i < 4; i++)
		artist_create(&artists[i], i + 1);
	for (unsigned i = 0; i < 4; i++)
		partner_start(&artists[i].partner, paint);
	for (unsigned i = 0; i < 4; i++) {
		partner_join(&artists[i].partner);
		CHECK_EQUAL(artists[i].partner.b, 50);
		CHECK_EQUAL(artists[i].partner.c, 0);
	}
}

TEST_WITH(fpu, is_kept_from_cpu_to_cpu, .cpus = 2)
{
	struct partner *partner = &artists[0].partner;

	artist_create(&artists[0], 9);
	artists[0].rounds = 200;
	partner_start(partner, paint);
	for (uint64_t i = 0; __atomic_load_n(&partner->b, __ATOMIC_SEQ_CST) < 200; i++) {
		uint64_t before = __atomic_load_n(&partner->b, __ATOMIC_SEQ_CST);

		CHECK_CALL(helion_task_set_affinity(partner->task, 1ull << i % 2));
		EVENTUALLY(__atomic_load_n(&partner->b, __ATOMIC_SEQ_CST) > before || before >= 199);
	}
	partner_join(partner);
	CHECK_EQUAL(partner->c, 0);
}

TEST(fpu, a_new_task_finds_nothing_of_another)
{
	artist_create(&artists[0], 3);
	artist_create(&artists[1], 4);
	partner_start(&artists[0].partner, litter);
	EVENTUALLY(__atomic_load_n(&artists[0].partner.b, __ATOMIC_SEQ_CST));
	partner_start(&artists[1].partner, look);
	partner_join(&artists[1].partner);
	CHECK(is_clean(&artists[1]));
	__atomic_store_n(&artists[0].partner.c, 1, __ATOMIC_SEQ_CST);
	partner_join(&artists[0].partner);
	CHECK(arch_fpu_equal(artists[0].load, artists[0].store, artists[0].size));
}

TEST(fpu, whoever_starts_again_begins_clean)
{
	artist_create(&artists[0], 3);
	artists[0].partner.c = 1;
	partner_start(&artists[0].partner, litter);
	partner_join(&artists[0].partner);
	partner_start(&artists[0].partner, look);
	partner_join(&artists[0].partner);
	CHECK(is_clean(&artists[0]));
}

TEST(fpu, whoever_is_denied_it_faults)
{
	struct partner *partner = &artists[0].partner;
	struct helion_task_info info;

	artist_create(&artists[0], 3);
	CHECK_CALL(helion_task_fpu(partner->task, false));
	partner_start(partner, look);
	partner_await(partner, HELION_TASK_FAULTED);
	CHECK_CALL(helion_task_info(partner->task, &info));
	CHECK_EQUAL(info.fault, FAULT_FPU);
	CHECK_CALL(helion_task_fpu(partner->task, true));
	partner_start(partner, look);
	partner_join(partner);
	CHECK(is_clean(&artists[0]));
}

TEST(fpu, a_state_is_read_and_written)
{
	struct partner *partner = &artists[0].partner;
	uint64_t pages, size;
	char *state;

	artist_create(&artists[0], 5);
	state = map_new((artists[0].size + HELION_PAGE_SIZE - 1) & ~(HELION_PAGE_SIZE - 1ul), &pages);
	partner_start(partner, litter);
	EVENTUALLY(__atomic_load_n(&partner->b, __ATOMIC_SEQ_CST));
	CHECK_ERROR(helion_task_read_fpu(partner->task, pages, &size), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_write_fpu(partner->task, pages), HELION_ERR_STATE);
	CHECK_CALL(helion_task_stop(partner->task));
	CHECK_CALL(helion_task_read_fpu(partner->task, pages, &size));
	CHECK_EQUAL(size, artists[0].size);
	CHECK(arch_fpu_equal(artists[0].load, state, size));
	/* Another one in its place. */
	arch_fpu_pattern(state, size, 77);
	CHECK_CALL(helion_task_write_fpu(partner->task, pages));
	__atomic_store_n(&partner->c, 1, __ATOMIC_SEQ_CST);
	CHECK_CALL(helion_task_resume(partner->task));
	partner_join(partner);
	CHECK(arch_fpu_equal(artists[0].store, state, size));
}

/* Whatever is written, the kernel can load it. The task goes on; with exceptions that it has not masked it may fault. */
TEST(fpu, a_state_of_garbage)
{
	struct partner *partner = &artists[0].partner;
	uint64_t random = world.seed, pages, bytes;
	char *state;

	artist_create(&artists[0], 5);
	bytes = (artists[0].size + HELION_PAGE_SIZE - 1) & ~(HELION_PAGE_SIZE - 1ul);
	state = map_new(bytes, &pages);
	for (unsigned round = 0; round < 40; round++) {
		int error;

		for (uint64_t at = 0; at < bytes; at += 8) {
			uint64_t word = round == 0 ? UINT64_MAX : draw(&random);

			memcpy(state + at, &word, 8);
		}
		partner->b = partner->c = 0;
		partner_start(partner, litter);
		EVENTUALLY(__atomic_load_n(&partner->b, __ATOMIC_SEQ_CST));
		CHECK_CALL(helion_task_stop(partner->task));
		error = helion_task_write_fpu(partner->task, pages);
		CHECK(error == 0 || error == -HELION_ERR_ARGUMENT);
		__atomic_store_n(&partner->c, 1, __ATOMIC_SEQ_CST);
		CHECK_CALL(helion_task_resume(partner->task));
		EVENTUALLY(partner_state(partner) == HELION_TASK_STOPPED ||
			   partner_state(partner) == HELION_TASK_FAULTED);
	}
}

/* -- The TLS base --------------------------------------------------------------------------------- */

/* a: rounds, b: what it finds there, c: how often it found something else. */
static void read_tls(struct partner *partner)
{
	for (uint64_t i = 0; i < partner->a; i++) {
		partner->c += arch_foreign_own_tls() != partner->b;
		helion_yield();
	}
}

TEST(tls, each_task_has_its_own)
{
	static struct partner partners[4];
	uint64_t *words = map_new(HELION_PAGE_SIZE, NULL);

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&partners[i]);
		words[i] = 1000 + i;
		partners[i].tls = (uint64_t)(uintptr_t)&words[i];
		partners[i].a = 100;
		partners[i].b = 1000 + i;
	}
	for (unsigned i = 0; i < 4; i++)
		partner_start(&partners[i], read_tls);
	for (unsigned i = 0; i < 4; i++) {
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].c, 0);
	}
}

TEST_WITH(tls, goes_along_to_another_cpu, .cpus = 2)
{
	uint64_t *words = map_new(HELION_PAGE_SIZE, NULL);
	struct partner partner;

	partner_create(&partner);
	words[0] = 7;
	partner.tls = (uint64_t)(uintptr_t)words;
	partner.a = 2000;
	partner.b = 7;
	partner_start(&partner, read_tls);
	for (uint64_t i = 0; !__atomic_load_n(&partner.finished, __ATOMIC_SEQ_CST); i++)
		CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << i % 2));
	partner_join(&partner);
	CHECK_EQUAL(partner.c, 0);
}

/* Changes its own base and goes on with it. */
static void change_tls(struct partner *partner)
{
	const uint64_t words[1] = {partner->a};

	partner->error = helion_call_with(partner->buffer, partner->task, HELION_TASK_TLS, words, 1, NULL, 0, NULL, 0);
	partner->b = arch_foreign_own_tls();
	helion_yield();
	partner->c = arch_foreign_own_tls();
}

TEST(tls, can_be_changed)
{
	uint64_t *words = map_new(HELION_PAGE_SIZE, NULL);
	struct partner partner;

	partner_create(&partner);
	words[0] = 1;
	words[1] = 2;
	partner.tls = (uint64_t)(uintptr_t)words;
	partner.a = (uint64_t)(uintptr_t)(words + 1);
	partner_start(&partner, change_tls);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.b, 2);
	CHECK_EQUAL(partner.c, 2);
}

/* Whatever it is, the task faults at worst. */
TEST(tls, a_base_that_leads_nowhere)
{
	const uint64_t bases[] = {8,          1ull << 46,     1ull << 47,        1ull << 56,
				  1ull << 63, UINT64_MAX - 7, 0xffffffff80000000};
	struct partner partner;

	for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		int error;

		partner_create(&partner);
		error = helion_task_tls(partner.task, bases[i]);
		CHECK(error == 0 || error == -HELION_ERR_ARGUMENT);
		partner.tls = bases[i];
		partner.a = 1;
		if (error == 0) {
			partner_start(&partner, read_tls);
			partner_await(&partner, HELION_TASK_FAULTED);
		}
		partner_delete(&partner);
	}
}
