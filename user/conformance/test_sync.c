/* SPDX-License-Identifier: BSD-2-Clause */
/* The native library's mutex and condition variable (user/lib/sync.h). */
#include "user/conformance/conformance.h"

#define THREADS 4u

static void await_waiting(const struct helion_thread *thread)
{
	EVENTUALLY(task_state(thread->task) == HELION_TASK_WAITING);
}

static void run_all(struct helion_thread *threads, void (*function)(void *argument), void *argument)
{
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_CALL(helion_thread_run(&threads[i], function, argument));
}

static void join_all(struct helion_thread *threads)
{
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_CALL(helion_thread_join(&threads[i], NULL));
}

/* -- Mutex ---------------------------------------------------------------------------- */

TEST(mutex, is_taken_once)
{
	struct mutex mutex = MUTEX_INIT;

	mutex_lock(&mutex);
	CHECK(!mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	CHECK(mutex_trylock(&mutex));
	mutex_unlock(&mutex);
	CHECK_EQUAL(mutex.state, 0);
}

struct counter {
	struct mutex mutex;
	volatile uint64_t count;
	uint64_t rounds;
	bool yield; /* while it has the mutex, so that others come to wait */
};

static void count(void *argument)
{
	struct counter *counter = argument;

	for (uint64_t i = 0; i < counter->rounds; i++) {
		uint64_t value;

		mutex_lock(&counter->mutex);
		value = counter->count;
		if (counter->yield)
			helion_yield();
		counter->count = value + 1;
		mutex_unlock(&counter->mutex);
	}
}

TEST(mutex, excludes_others)
{
	struct counter counter = {.rounds = 3000};
	struct helion_thread threads[THREADS];

	run_all(threads, count, &counter);
	join_all(threads);
	CHECK_EQUAL(counter.count, THREADS * 3000);
	CHECK_EQUAL(counter.mutex.state, 0);
}

TEST(mutex, excludes_those_that_wait)
{
	struct counter counter = {.rounds = 200, .yield = true};
	struct helion_thread threads[THREADS];

	run_all(threads, count, &counter);
	join_all(threads);
	CHECK_EQUAL(counter.count, THREADS * 200);
	CHECK_EQUAL(counter.mutex.state, 0);
}

struct order {
	struct mutex mutex;
	unsigned next;
	uint64_t who[THREADS];
};

static void note(void *argument)
{
	struct order *order = argument;

	mutex_lock(&order->mutex);
	order->who[order->next++] = helion_self.wake_lock;
	mutex_unlock(&order->mutex);
}

TEST(mutex, first_come_first_served)
{
	struct order order = {.next = 0};
	struct helion_thread threads[THREADS];
	uint64_t expected[THREADS];

	mutex_lock(&order.mutex);
	for (unsigned i = 0; i < THREADS; i++) {
		CHECK_CALL(helion_thread_run(&threads[i], note, &order));
		expected[i] = threads[i].wake_lock;
		await_waiting(&threads[i]);
	}
	CHECK_EQUAL(order.next, 0);
	mutex_unlock(&order.mutex);
	join_all(threads);
	for (unsigned i = 0; i < THREADS; i++)
		CHECK_EQUAL(order.who[i], expected[i]);
}

/* -- Condition variable ------------------------------------------------------------------- */

struct gate {
	struct mutex mutex;
	struct cond cond;
	unsigned permits, passed; /* mutex */
	unsigned waiting;         /* mutex */
};

static void pass(void *argument)
{
	struct gate *gate = argument;

	mutex_lock(&gate->mutex);
	gate->waiting++;
	while (gate->permits == 0)
		cond_wait(&gate->cond, &gate->mutex);
	gate->permits--;
	gate->passed++;
	mutex_unlock(&gate->mutex);
}

static unsigned read_of(struct gate *gate, const unsigned *field)
{
	unsigned value;

	mutex_lock(&gate->mutex);
	value = *field;
	mutex_unlock(&gate->mutex);
	return value;
}

/* Until all threads are in the queue of the condition. */
static void await_all(struct gate *gate)
{
	EVENTUALLY(read_of(gate, &gate->waiting) == THREADS && gate->cond.count == THREADS);
}

TEST(cond, signal_wakes_one)
{
	struct gate gate = {.permits = 0};
	struct helion_thread threads[THREADS];

	run_all(threads, pass, &gate);
	await_all(&gate);
	for (unsigned i = 1; i <= THREADS; i++) {
		mutex_lock(&gate.mutex);
		/* There would be enough for all, but only one is woken. */
		gate.permits = THREADS;
		cond_signal(&gate.cond);
		mutex_unlock(&gate.mutex);
		EVENTUALLY(read_of(&gate, &gate.passed) == i);
		CHECK_EQUAL(gate.cond.count, THREADS - i);
	}
	join_all(threads);
}

TEST(cond, broadcast_wakes_all)
{
	struct gate gate = {.permits = 0};
	struct helion_thread threads[THREADS];

	run_all(threads, pass, &gate);
	await_all(&gate);
	mutex_lock(&gate.mutex);
	gate.permits = THREADS;
	cond_broadcast(&gate.cond);
	CHECK_EQUAL(gate.passed, 0);
	mutex_unlock(&gate.mutex);
	join_all(threads);
	CHECK_EQUAL(gate.passed, THREADS);
	CHECK_EQUAL(gate.permits, 0);
}

TEST(cond, without_waiters_nothing_is_remembered)
{
	struct gate gate = {.permits = 0};
	struct helion_thread thread;

	cond_signal(&gate.cond);
	cond_broadcast(&gate.cond);
	CHECK_CALL(helion_thread_run(&thread, pass, &gate));
	EVENTUALLY(gate.cond.count == 1);
	await_waiting(&thread);
	mutex_lock(&gate.mutex);
	gate.permits = 1;
	cond_signal(&gate.cond);
	mutex_unlock(&gate.mutex);
	CHECK_CALL(helion_thread_join(&thread, NULL));
}

/* A thread sleeps only if there is another one. */
static void make_sleeper(void)
{
	struct helion_thread thread;

	CHECK_CALL(helion_thread_create(&thread));
	CHECK_CALL(helion_thread_destroy(&thread));
}

TEST(cond, time_passes)
{
	struct gate gate = {.permits = 0};
	uint64_t deadline = now() + MILLISECOND;

	make_sleeper();
	mutex_lock(&gate.mutex);
	CHECK(!cond_wait_until(&gate.cond, &gate.mutex, deadline));
	CHECK(now() >= deadline);
	CHECK(!cond_wait_until(&gate.cond, &gate.mutex, 0));
	/* It has the mutex, and has left the queue. */
	CHECK(!mutex_trylock(&gate.mutex));
	mutex_unlock(&gate.mutex);
	CHECK_EQUAL(gate.cond.count, 0);
	cond_signal(&gate.cond);
}

static void open_gate(void *argument)
{
	struct gate *gate = argument;

	mutex_lock(&gate->mutex);
	gate->permits = 1;
	cond_signal(&gate->cond);
	mutex_unlock(&gate->mutex);
}

TEST(cond, woken_before_the_time)
{
	struct gate gate = {.permits = 0};
	struct helion_thread thread;

	CHECK_CALL(helion_thread_create(&thread));
	mutex_lock(&gate.mutex);
	CHECK_CALL(helion_thread_start(&thread, open_gate, &gate));
	while (gate.permits == 0)
		CHECK(cond_wait_until(&gate.cond, &gate.mutex, now() + 1000 * SECOND));
	mutex_unlock(&gate.mutex);
	CHECK_CALL(helion_thread_join(&thread, NULL));
}

/* -- A queue with room for two, which producers fill and consumers empty -------------------------- */

#define ITEMS 100u

struct queue {
	struct mutex mutex;
	struct cond not_empty, not_full;
	uint64_t items[2];
	unsigned count; /* mutex; the number of items */
	uint64_t sum;   /* mutex; of what was taken out */
	unsigned hurry; /* mutex; so many waits may still be given up at once */
};

static void wait_on(struct queue *queue, struct cond *cond)
{
	if (queue->hurry == 0) {
		cond_wait(cond, &queue->mutex);
		return;
	}
	queue->hurry--;
	cond_wait_until(cond, &queue->mutex, now() + 1000);
}

static void produce(struct queue *queue)
{
	for (uint64_t i = 1; i <= ITEMS; i++) {
		mutex_lock(&queue->mutex);
		while (queue->count == 2)
			wait_on(queue, &queue->not_full);
		queue->items[queue->count++] = i;
		cond_signal(&queue->not_empty);
		mutex_unlock(&queue->mutex);
	}
}

static void consume(struct queue *queue)
{
	for (uint64_t i = 1; i <= ITEMS; i++) {
		mutex_lock(&queue->mutex);
		while (queue->count == 0)
			wait_on(queue, &queue->not_empty);
		queue->sum += queue->items[--queue->count];
		cond_signal(&queue->not_full);
		mutex_unlock(&queue->mutex);
	}
}

struct worker {
	struct queue *queue;
	void (*work)(struct queue *queue);
};

static void work(void *argument)
{
	const struct worker *worker = argument;

	worker->work(worker->queue);
}

static void pass_items(unsigned hurry)
{
	struct queue queue = {.hurry = hurry};
	struct worker producer = {&queue, produce}, consumer = {&queue, consume};
	struct helion_thread threads[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		CHECK_CALL(helion_thread_run(&threads[i], work, i % 2 ? &consumer : &producer));
	join_all(threads);
	CHECK_EQUAL(queue.sum, THREADS / 2 * (ITEMS * (ITEMS + 1) / 2));
	CHECK_EQUAL(queue.count, 0);
	CHECK_EQUAL(queue.not_empty.count, 0);
	CHECK_EQUAL(queue.not_full.count, 0);
}

TEST(cond, producers_and_consumers)
{
	pass_items(0);
}

/* Time and signals come together: a signal to one who is giving up must not be lost to those who wait without end. */
TEST(cond, producers_and_consumers_in_a_hurry)
{
	pass_items(40);
}
