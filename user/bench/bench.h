/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operation costs, in ticks of the CPU's cycle counter: under QEMU's -icount, in instructions. docs/bench.md
 * says what is measured and how; scripts/bench runs this program and compares.
 *
 * Each operation runs bench_rounds times, warm. Reported is the median, less what reading the counter itself takes.
 */
#ifndef USER_BENCH_H
#define USER_BENCH_H

#include "user/lib/helion.h"

#define BENCH_ROUNDS 1000 /* at most */
#define BENCH_WARM   16

/* Rounds of the next operation: BENCH_ROUNDS, or fewer for what takes long. bench_report() sets it back. */
extern unsigned bench_rounds;

/* What BENCH() needs; not to be used otherwise. */
extern uint64_t bench_samples[BENCH_ROUNDS];
bool bench_wanted(const char *name);
void bench_report(const char *name, unsigned parts, int64_t status);

/*
 * scripts/where and the counting of costly instructions follow one round of each operation between these two: the
 * emulator's plugin knows their addresses.
 */
void bench_mark_begin(void);
void bench_mark_end(void);

/*
 * Measures `operation`, an expression whose value is 0 when it succeeded. `before` and `after` are statements that run
 * around each round and do not count. `parts`: what one round consists of, for costs per page. The operation is part of
 * the loop, so that a stub that the compiler can inline is measured inlined.
 */
#define BENCH_PARTS(name, parts, before, operation, after)                                  \
	do {                                                                                \
		int64_t status_ = 0;                                                        \
                                                                                            \
		if (!bench_wanted(name))                                                    \
			break;                                                              \
		for (unsigned round_ = 0; round_ < BENCH_WARM + bench_rounds; round_++) {   \
			uint64_t start_;                                                    \
                                                                                            \
			before;                                                             \
			start_ = arch_user_cycles();                                        \
			status_ |= (operation);                                             \
			bench_samples[round_ % bench_rounds] = arch_user_cycles() - start_; \
			after;                                                              \
		}                                                                           \
		before;                                                                     \
		bench_mark_begin();                                                         \
		status_ |= (operation);                                                     \
		bench_mark_end();                                                           \
		after;                                                                      \
		bench_report(name, parts, status_);                                         \
	} while (0)

#define BENCH(name, before, operation, after) BENCH_PARTS(name, 1, before, operation, after)

/* For an operation that ends in another task: `operation` returns how long it took. */
#define BENCH_ONE_WAY(name, before, operation)                                            \
	do {                                                                              \
		if (!bench_wanted(name))                                                  \
			break;                                                            \
		for (unsigned round_ = 0; round_ < BENCH_WARM + bench_rounds; round_++) { \
			before;                                                           \
			bench_samples[round_ % bench_rounds] = (operation);               \
		}                                                                         \
		before;                                                                   \
		bench_mark_begin();                                                       \
		(operation);                                                              \
		bench_mark_end();                                                         \
		bench_report(name, 1, 0);                                                 \
	} while (0)

/* Must succeed; says what failed and ends the program if not. */
#define MUST(call) bench_must((call), #call)
void bench_must(int64_t error, const char *what);

/* A message without words, inlined; its registers are zero. The status. */
static inline int64_t bench_message(uint64_t number, uint64_t cap, uint64_t info)
{
	struct arch_syscall_registers r = {.cap = cap, .info = info};

	arch_syscall(number, &r);
	return r.status;
}

/* -- A second task ---------------------------------------------------------------------------------- */

#define BENCH_SEGMENTS 8 /* most that the program has */

/* An address space with a copy of the program. */
struct bench_space {
	uint64_t vspace; /* slot, 0: none */
	uint64_t pages[BENCH_SEGMENTS];
	unsigned page_count;
};

/* Shared by both sides, at the same address in both address spaces. */
struct bench_peer {
	struct helion_thread thread;
	void (*function)(void *peer);
	struct bench_space space;
	uint64_t object;         /* slot of what it works with */
	uint64_t info;           /* of the messages it sends */
	uint64_t done;           /* slot of a notification that it signals when it has done its work */
	volatile bool ready, go; /* for work that begins when it is told to */
	volatile uint64_t began; /* counter value when it began */
	volatile uint64_t ended; /* counter value when something had happened */
	struct vm_mapping at;    /* where this structure lies */
};

/*
 * Makes a second task that will run function(peer). It has the program's CSpace; and its address space, or one of its
 * own with a copy of the program in it: global variables are not shared. bench_peer_run() starts it and lets it run
 * until it waits; bench_peer_start() is both.
 */
struct bench_peer *bench_peer_create(bool other_space, void (*function)(void *peer), uint64_t object, uint64_t info);
void bench_peer_run(struct bench_peer *peer);
struct bench_peer *bench_peer_start(bool other_space, void (*function)(void *peer), uint64_t object, uint64_t info);
void bench_peer_end(struct bench_peer *peer);

/*
 * A peer in another address space that is more important than this task: it runs as soon as it can. bench_wait_for_ever
 * is what it may do: waits for its object, a notification, notes when it runs, and waits again.
 */
struct bench_peer *bench_peer_start_important(void (*function)(void *peer), uint64_t object);
void bench_wait_for_ever(void *peer);

uint64_t bench_create(enum helion_type type, uint64_t size);
void bench_delete(uint64_t slot);

/* -- The operations, by group ------------------------------------------------------------------------ */

void bench_syscalls(void);
void bench_ipc(void);
void bench_memory(void);
void bench_objects(void);
void bench_waits(void);
void bench_traps(void);
void bench_restricted(void);

/* Timed, on several CPUs. */
void bench_pairs(void);

#endif
