/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/log.h"

#include "kernel/arch.h"
#include "kernel/spinlock.h"
#include "kernel/task.h"
#include "lib/format.h"
#include "lib/string.h"

#define RING_SIZE 16384u /* power of two */
/* What is not shown yet: so much may be of programs, and of the kernel so much that a line still fits. */
#define USER_BACKLOG   (RING_SIZE / 2)
#define KERNEL_BACKLOG (RING_SIZE - 512u)
/* Characters that one step offers to each console. */
#define PART 32u

/* Guarded by `lock`. Position p of the log is ring[p % RING_SIZE]. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_LOG);
static char ring[RING_SIZE];
static uint64_t written;
_Atomic bool log_behind;

/* For whoever writes to consoles; nobody waits for it. */
static struct spinlock consoles_lock = SPINLOCK_INIT(LOCK_LOG);
static struct console *consoles;

static bool deferred;
static bool unlocked; /* a panic goes on without the locks */

static void take_lock(void)
{
	if (!unlocked)
		spin_lock(&lock);
}

static void drop_lock(void)
{
	if (!unlocked)
		spin_unlock(&lock);
}

/* ---- Consoles ---- */

static void show_part(struct console *console)
{
	char text[PART];
	uint64_t end = atomic_load(&console->shown);
	size_t length = log_read(&end, text, sizeof(text));

	if (length)
		atomic_store(&console->shown, end - length + console->write(console, text, length));
}

/* Characters that not all consoles have shown. */
static uint64_t backlog(void)
{
	uint64_t most = 0;

	take_lock();
	for (struct console *console = consoles; console; console = console->next)
		if (written - atomic_load(&console->shown) > most)
			most = written - atomic_load(&console->shown);
	atomic_store(&log_behind, most != 0);
	drop_lock();
	return most;
}

bool log_step(void)
{
	if (!log_is_behind() || (!unlocked && !spin_trylock(&consoles_lock)))
		return false;
	for (struct console *console = consoles; console; console = console->next)
		show_part(console);
	backlog();
	if (!unlocked)
		spin_unlock(&consoles_lock);
	return true;
}

void log_flush(void)
{
	while (log_is_behind())
		log_step();
}

void log_add_console(struct console *console)
{
	console->next = consoles;
	consoles = console;
	atomic_store(&log_behind, true);
	log_flush();
}

void log_defer(void)
{
	deferred = true;
}

/* ---- Writing and reading ---- */

static void put(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		ring[(written + i) % RING_SIZE] = text[i];
	written += length;
	atomic_store(&log_behind, true);
}

/* The running task, if there is one, will show what is written now. Before any lock: later it may be gone. */
static void begin(void)
{
	struct task *task = deferred ? percpu_get()->current : NULL;

	if (task)
		task->work |= WORK_LOG;
}

bool log_write(const char *text, size_t length)
{
	begin();
	if (deferred && backlog() > USER_BACKLOG)
		return false;
	take_lock();
	put(text, length);
	drop_lock();
	if (!deferred)
		log_flush();
	return true;
}

static void sink_write(void *ctx, const char *text, size_t length)
{
	(void)ctx;
	put(text, length);
}

void kvprintf(const char *format, va_list arguments)
{
	struct fmt_sink sink = {.write = sink_write};

	begin();
	while (deferred && backlog() > KERNEL_BACKLOG)
		log_step();
	take_lock();
	fmt_vprintf(&sink, format, arguments);
	drop_lock();
	if (!deferred)
		log_flush();
}

void kprintf(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	kvprintf(format, arguments);
	va_end(arguments);
}

/* The oldest position that is still in the ring. */
static uint64_t oldest(void)
{
	return written > RING_SIZE ? written - RING_SIZE : 0;
}

size_t log_read(uint64_t *position, char *buffer, size_t size)
{
	size_t count = 0;

	take_lock();
	if (*position < oldest())
		*position = oldest();
	while (count < size && *position < written) {
		size_t start = *position % RING_SIZE, run = size - count;

		if (run > written - *position)
			run = written - *position;
		if (run > RING_SIZE - start)
			run = RING_SIZE - start;
		memcpy(buffer + count, ring + start, run);
		*position += run;
		count += run;
	}
	drop_lock();
	return count;
}

uint64_t log_position(void)
{
	return written;
}

uint64_t log_last_lines(unsigned lines)
{
	uint64_t at = written;

	/* The newline at the very end closes the last line. */
	while (at > oldest() && (at == written || ring[(at - 1) % RING_SIZE] != '\n' || --lines > 0))
		at--;
	return at;
}

void log_break_lock(void)
{
	unlocked = true;
	deferred = false;
}
