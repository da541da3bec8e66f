/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/negatives.h"

#include "lib/string.h"

#define HUGE_SLOT 0xffffffffffffull
#define LAST_PAGE 0xfffffffffffff000ull
#define READ      HELION_MAP_READ
#define WRITE     HELION_MAP_WRITE
#define EXEC      HELION_MAP_EXEC

struct generator {
	const struct negative_objects *objects;
	negative_fn *fn;
	void *ctx;
};

/* -- Generated from the list -------------------------------------------------------- */

/* A message of the right form, with words of 0. */
static struct negative well_formed(const struct generator *g, const struct helion_invocation_info *invocation)
{
	struct negative n = {
		.invocation = invocation,
		.cap = g->objects->slot[invocation->type],
		.label = invocation->label,
		.word_count = invocation->words,
		.cap_count = invocation->caps,
	};

	for (uint32_t c = 0; c < invocation->caps; c++)
		n.caps[c] = g->objects->slot[invocation->cap_types >> 8 * c & 0xff];
	return n;
}

static void emit(const struct generator *g, struct negative *n, const char *defect, int expected)
{
	n->defect = defect;
	n->expected = expected;
	g->fn(g->ctx, n);
}

static void invoked_capability(const struct generator *g, const struct helion_invocation_info *invocation)
{
	struct negative n = well_formed(g, invocation);

	n.cap = 0;
	emit(g, &n, "null capability", HELION_ERR_CAP);
	n.cap = g->objects->slots;
	emit(g, &n, "slot behind the last", HELION_ERR_CAP);
	n.cap = HUGE_SLOT;
	emit(g, &n, "slot out of range", HELION_ERR_CAP);

	n = well_formed(g, invocation);
	for (uint32_t bit = 1; bit & HELION_RIGHT_ALL; bit <<= 1) {
		if (!(invocation->rights & bit))
			continue;
		n.without = bit;
		emit(g, &n, "missing right", HELION_ERR_RIGHTS);
	}
}

static void size_of_message(const struct generator *g, const struct helion_invocation_info *invocation)
{
	struct negative n = well_formed(g, invocation);

	if (n.word_count > 0) {
		n.word_count--;
		emit(g, &n, "a word too few", HELION_ERR_MESSAGE);
	}
	n.word_count = HELION_MESSAGE_WORDS + 1;
	emit(g, &n, "more words than a message has", HELION_ERR_MESSAGE);
	n.word_count = 255;
	emit(g, &n, "255 words", HELION_ERR_MESSAGE);

	n = well_formed(g, invocation);
	if (n.cap_count > 0) {
		n.cap_count--;
		emit(g, &n, "a capability too few", HELION_ERR_MESSAGE);
	}
	n.cap_count = HELION_MESSAGE_CAPS + 1;
	emit(g, &n, "more capabilities than a message has", HELION_ERR_MESSAGE);
	n.cap_count = 255;
	emit(g, &n, "255 capabilities", HELION_ERR_MESSAGE);
}

static void carried_capabilities(const struct generator *g, const struct helion_invocation_info *invocation)
{
	for (uint32_t c = 0; c < invocation->caps; c++) {
		struct negative n = well_formed(g, invocation);

		n.caps[c] = 0;
		emit(g, &n, "null capability in the message", HELION_ERR_CAP);
		n.caps[c] = HUGE_SLOT;
		emit(g, &n, "slot out of range in the message", HELION_ERR_CAP);
		n.caps[c] = g->objects->slot[HELION_TYPE_SYSTEM];
		emit(g, &n, "wrong type in the message", HELION_ERR_TYPE);
		if (n.cap == well_formed(g, invocation).caps[c])
			continue;
		n.caps[c] = n.cap;
		emit(g, &n, "the object itself in the message", HELION_ERR_TYPE);
	}
}

/* Labels that a type does not have; once for each type. */
static void labels(const struct generator *g, const struct helion_invocation_info *invocation)
{
	static const uint64_t unknown[] = {0, 63, 0xffff, 1ull << 32};
	struct negative n = well_formed(g, invocation);

	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		n.label = unknown[i];
		emit(g, &n, "unknown label", HELION_ERR_INVOCATION);
	}
	/* The labels are numbers of 48 bits: one must not be taken for another because upper bits are lost. */
	n.label = invocation->label | 1ull << 8;
	emit(g, &n, "label + 256", HELION_ERR_INVOCATION);
	n.label = invocation->label | 1ull << 32;
	emit(g, &n, "label + 2^32", HELION_ERR_INVOCATION);
}

/* -- Values --------------------------------------------------------------------------- */

static const struct helion_invocation_info *find(uint32_t type, uint32_t label)
{
	for (size_t i = 0; i < helion_invocation_count; i++) {
		if (helion_invocation_list[i].type == type && helion_invocation_list[i].label == label)
			return &helion_invocation_list[i];
	}
	return NULL;
}

/* Four words are the most that any invocation has; those beyond the invocation's count are not used. */
static void value(const struct generator *g, uint32_t type, uint32_t label, const char *defect, int expected,
		  uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct negative n = well_formed(g, find(type, label));
	uint64_t words[4] = {a, b, c, d};

	if (n.cap == 0)
		return;
	memcpy(n.words, words, sizeof(words));
	emit(g, &n, defect, expected);
}

#define VALUE(type, name, defect, error, a, b, c, d) \
	value(g, HELION_TYPE_##type, HELION_##type##_##name, defect, HELION_ERR_##error, a, b, c, d)

static void memory_values(const struct generator *g)
{
	VALUE(MEMORY, CREATE, "no type", ARGUMENT, HELION_TYPE_NULL, 4096, 0, 0);
	VALUE(MEMORY, CREATE, "type beyond the last", ARGUMENT, HELION_TYPE_COUNT, 4096, 0, 0);
	VALUE(MEMORY, CREATE, "type that nobody can make", ARGUMENT, HELION_TYPE_SYSTEM, 4096, 0, 0);
	VALUE(MEMORY, CREATE, "type + 2^32", ARGUMENT, 1ull << 32 | HELION_TYPE_PAGES, 4096, 0, 0);
	VALUE(MEMORY, CREATE, "Pages of odd size", ALIGNMENT, HELION_TYPE_PAGES, 4097, 0, 0);
	VALUE(MEMORY, CREATE, "Pages of all memory there could be", MEMORY, HELION_TYPE_PAGES, LAST_PAGE, 0, 0);
	VALUE(MEMORY, CREATE, "Pages of 1 EiB", MEMORY, HELION_TYPE_PAGES, 1ull << 60, 0, 0);
	VALUE(MEMORY, CREATE, "alignment 3", ALIGNMENT, HELION_TYPE_PAGES, 4096, 3, 0);
	VALUE(MEMORY, CREATE, "alignment 2^63", MEMORY, HELION_TYPE_PAGES, 4096, 1ull << 63, 0);
	VALUE(MEMORY, CREATE, "Memory of odd size", ALIGNMENT, HELION_TYPE_MEMORY, (1u << 20) + 1, 0, 0);
	VALUE(MEMORY, CREATE, "Memory of all memory there could be", MEMORY, HELION_TYPE_MEMORY, LAST_PAGE, 0, 0);
	VALUE(MEMORY, CREATE, "CSpace of 0 slots", ARGUMENT, HELION_TYPE_CSPACE, 0, 0, 0);
	VALUE(MEMORY, CREATE, "CSpace of 33 slots", ARGUMENT, HELION_TYPE_CSPACE, 33, 0, 0);
	VALUE(MEMORY, CREATE, "CSpace of 2^60 slots", ARGUMENT, HELION_TYPE_CSPACE, 1ull << 60, 0, 0);
	VALUE(MEMORY, CREATE, "aligned CSpace", ARGUMENT, HELION_TYPE_CSPACE, 64, 4096, 0);
	VALUE(MEMORY, CREATE, "VSpace with a size", ARGUMENT, HELION_TYPE_VSPACE, 4096, 0, 0);
	VALUE(MEMORY, CREATE, "Task with a size", ARGUMENT, HELION_TYPE_TASK, 1, 0, 0);
	VALUE(MEMORY, CREATE, "Endpoint with a size", ARGUMENT, HELION_TYPE_ENDPOINT, 1, 0, 0);
	VALUE(MEMORY, CREATE, "Reply, which nobody can make", ARGUMENT, HELION_TYPE_REPLY, 0, 0, 0);
	VALUE(MEMORY, CREATE, "IRQHandler, which is claimed", ARGUMENT, HELION_TYPE_IRQ_HANDLER, 0, 0, 0);
	VALUE(CSPACE, STORE_REPLY, "no request was received", MISSING, 0, 0, 0, 0);
	VALUE(TASK, UNBIND, "nothing is bound", MISSING, 0, 0, 0, 0);
	VALUE(TIMER, SET, "period too short", ARGUMENT, 0, 1, 0, 0);
	VALUE(TIMER, SET, "deadline beyond the clock", ARGUMENT, 1ull << 63, 0, 0, 0);
	VALUE(TIMER, SET, "period beyond the clock", ARGUMENT, 0, 1ull << 63, 0, 0);
	VALUE(TIMER, BIND, "badge 0", ARGUMENT, 0, 0, 0, 0);
	VALUE(IRQ_HANDLER, BIND, "badge 0", ARGUMENT, 0, 0, 0, 0);
	VALUE(IRQ_CONTROL, CLAIM, "line beyond the last", ARGUMENT, g->objects->irq_lines, 0, 0, 0);
	VALUE(IRQ_CONTROL, CLAIM, "line 2^32", ARGUMENT, 1ull << 32, 0, 0, 0);
	VALUE(IRQ_CONTROL, CLAIM, "neither edge nor level", ARGUMENT, 0, 2, 0, 0);
	VALUE(IRQ_CONTROL, CLAIM, "neither high nor low", ARGUMENT, 0, 0, 2, 0);
	VALUE(IRQ_CONTROL, CLAIM_MSI, "device 2^32", ARGUMENT, 1ull << 32, 0, 0, 0);
	VALUE(IRQ_CONTROL, CLAIM, "a line that is claimed", OCCUPIED, g->objects->irq_lines - 1, 0, 0, 0);
}

static void cspace_values(const struct generator *g)
{
	uint64_t pages = g->objects->slot[HELION_TYPE_PAGES], slots = g->objects->slots;

	VALUE(CSPACE, COPY, "from slot 0", CAP, 0, HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, COPY, "from behind the last slot", CAP, slots, HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, COPY, "from a slot out of range", CAP, pages | 1ull << 32, HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, COPY, "rights that the source lacks", RIGHTS, g->objects->read_only_pages,
	      HELION_RIGHT_READ | HELION_RIGHT_WRITE, 0, 0);
	VALUE(CSPACE, COPY, "rights that do not exist", RIGHTS, pages, 1ull << 32 | HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, GRANT, "from slot 0", CAP, 0, HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, GRANT, "from a slot out of range", CAP, pages | 1ull << 32, HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, GRANT, "rights that the source lacks", RIGHTS, g->objects->read_only_pages,
	      HELION_RIGHT_READ | HELION_RIGHT_WRITE, 0, 0);
	VALUE(CSPACE, GRANT, "rights that do not exist", RIGHTS, pages, 1ull << 32 | HELION_RIGHT_READ, 0, 0);
	VALUE(CSPACE, MOVE, "from slot 0", CAP, 0, slots - 1, 0, 0);
	VALUE(CSPACE, MOVE, "to slot 0", ARGUMENT, pages, 0, 0, 0);
	VALUE(CSPACE, MOVE, "to behind the last slot", ARGUMENT, pages, slots, 0, 0);
	VALUE(CSPACE, MOVE, "to a slot out of range", ARGUMENT, pages, HUGE_SLOT, 0, 0);
	VALUE(CSPACE, MOVE, "to an occupied slot", OCCUPIED, pages, g->objects->read_only_pages, 0, 0);
	VALUE(CSPACE, MOVE, "to where it is", OCCUPIED, pages, pages, 0, 0);
	VALUE(CSPACE, DELETE, "slot 0", CAP, 0, 0, 0, 0);
	VALUE(CSPACE, DELETE, "behind the last slot", CAP, slots, 0, 0, 0);
	VALUE(CSPACE, DELETE, "slot out of range", CAP, pages | 1ull << 32, 0, 0, 0);
	VALUE(CSPACE, DESTROY, "slot 0", CAP, 0, 0, 0, 0);
	VALUE(CSPACE, DESTROY, "slot out of range", CAP, pages | 1ull << 32, 0, 0, 0);
	VALUE(CSPACE, DESTROY, "a capability without the right", RIGHTS, g->objects->read_only_pages, 0, 0, 0);
}

static void map_values(const struct generator *g)
{
	uint64_t a = g->objects->free_address, used = g->objects->used_address, size = NEGATIVE_PAGES_SIZE;

	VALUE(VSPACE, MAP, "address not aligned", ALIGNMENT, a + 1, 0, 4096, READ);
	VALUE(VSPACE, MAP, "offset not aligned", ALIGNMENT, a, 8, 4096, READ);
	VALUE(VSPACE, MAP, "size not aligned", ALIGNMENT, a, 0, 100, READ);
	VALUE(VSPACE, MAP, "size 0", ARGUMENT, a, 0, 0, READ);
	VALUE(VSPACE, MAP, "the first page", ARGUMENT, 0, 0, 4096, READ);
	VALUE(VSPACE, MAP, "address of the kernel", ARGUMENT, 1ull << 63, 0, 4096, READ);
	VALUE(VSPACE, MAP, "the last page", ARGUMENT, LAST_PAGE, 0, 4096, READ);
	VALUE(VSPACE, MAP, "range that wraps", ARGUMENT, a, 0, LAST_PAGE, READ);
	VALUE(VSPACE, MAP, "offset behind the end", ARGUMENT, a, size, 4096, READ);
	VALUE(VSPACE, MAP, "end behind the end", ARGUMENT, a, 4096, size, READ);
	VALUE(VSPACE, MAP, "offset that wraps", ARGUMENT, a, LAST_PAGE, size, READ);
	VALUE(VSPACE, MAP, "no flags", ARGUMENT, a, 0, 4096, 0);
	VALUE(VSPACE, MAP, "writable only", ARGUMENT, a, 0, 4096, WRITE);
	VALUE(VSPACE, MAP, "writable and executable", ARGUMENT, a, 0, 4096, READ | WRITE | EXEC);
	VALUE(VSPACE, MAP, "unknown flag", ARGUMENT, a, 0, 4096, READ | 8);
	VALUE(VSPACE, MAP, "unknown flag above 32 bits", ARGUMENT, a, 0, 4096, READ | 1ull << 32);
	VALUE(VSPACE, MAP, "over what is there", OCCUPIED, used, 0, 4096, READ);
	VALUE(VSPACE, MAP, "half over what is there", OCCUPIED, used - 4096, 0, size, READ);
}

static void vspace_values(const struct generator *g)
{
	uint64_t a = g->objects->free_address, used = g->objects->used_address;

	VALUE(VSPACE, UNMAP, "address not aligned", ALIGNMENT, used + 1, 4096, 0, 0);
	VALUE(VSPACE, UNMAP, "size not aligned", ALIGNMENT, used, 4095, 0, 0);
	VALUE(VSPACE, UNMAP, "size 0", ARGUMENT, used, 0, 0, 0);
	VALUE(VSPACE, UNMAP, "address of the kernel", ARGUMENT, 1ull << 63, 4096, 0, 0);
	VALUE(VSPACE, UNMAP, "range that wraps", ARGUMENT, used, LAST_PAGE, 0, 0);
	VALUE(VSPACE, UNMAP, "nothing is there", MISSING, a, 4096, 0, 0);
	VALUE(VSPACE, PROTECT, "address not aligned", ALIGNMENT, used + 1, 4096, READ, 0);
	VALUE(VSPACE, PROTECT, "size not aligned", ALIGNMENT, used, 4095, READ, 0);
	VALUE(VSPACE, PROTECT, "size 0", ARGUMENT, used, 0, READ, 0);
	VALUE(VSPACE, PROTECT, "range that wraps", ARGUMENT, used, LAST_PAGE, READ, 0);
	VALUE(VSPACE, PROTECT, "nothing is there", MISSING, a, 4096, READ, 0);
	VALUE(VSPACE, PROTECT, "nothing is there in the second half", MISSING, used, 8192, READ, 0);
	VALUE(VSPACE, PROTECT, "no flags", ARGUMENT, used, 4096, 0, 0);
	VALUE(VSPACE, PROTECT, "writable and executable", ARGUMENT, used, 4096, READ | WRITE | EXEC, 0);
	VALUE(VSPACE, PROTECT, "unknown flag above 32 bits", ARGUMENT, used, 4096, READ | 1ull << 32, 0);
	VALUE(VSPACE, QUERY, "nothing is there", MISSING, a, 0, 0, 0);
	VALUE(VSPACE, QUERY, "address of the kernel", MISSING, 1ull << 63, 0, 0, 0);
}

static void task_values(const struct generator *g)
{
	struct negative n = well_formed(g, find(HELION_TYPE_TASK, HELION_TASK_START));

	VALUE(TASK, START, "not configured", STATE, 0x400000, 0x500000, 0, 0);
	VALUE(TASK, STOP, "never started", STATE, 0, 0, 0, 0);
	VALUE(TASK, RESUME, "never started", STATE, 0, 0, 0, 0);
	n.cap = g->objects->configured_task;
	n.words[0] = 1ull << 63;
	emit(g, &n, "entry in the kernel", HELION_ERR_ARGUMENT);
	n.words[0] = 0x400000;
	n.words[1] = LAST_PAGE;
	emit(g, &n, "stack in the kernel", HELION_ERR_ARGUMENT);
	n.words[1] = 0x500000;
	n.words[3] = 1ull << 63;
	emit(g, &n, "TLS in the kernel", HELION_ERR_ARGUMENT);
	VALUE(TASK, TLS, "TLS in the kernel", ARGUMENT, 1ull << 63, 0, 0, 0);
}

static void port_values(const struct generator *g)
{
	uint64_t first = g->objects->first_port, count = g->objects->port_count;

	VALUE(IOPORT_CONTROL, CLAIM, "no ports", ARGUMENT, 0x80, 0, 0, 0);
	VALUE(IOPORT_CONTROL, CLAIM, "port 65536", ARGUMENT, 65536, 1, 0, 0);
	VALUE(IOPORT_CONTROL, CLAIM, "beyond the last port", ARGUMENT, 0xffff, 2, 0, 0);
	VALUE(IOPORT_CONTROL, CLAIM, "range that wraps", ARGUMENT, 2, UINT64_MAX, 0, 0);
	VALUE(IOPORT_CONTROL, CLAIM, "port + 2^32", ARGUMENT, 1ull << 32 | 0x80, 1, 0, 0);
	VALUE(IOPORT_CONTROL, CLAIM, "claimed already", OCCUPIED, first + count - 1, 2, 0, 0);
	VALUE(IOPORT, IN, "width 7", ARGUMENT, first, 7, 0, 0);
	VALUE(IOPORT, IN, "width 64", ARGUMENT, first, 64, 0, 0);
	VALUE(IOPORT, IN, "port before the first", ARGUMENT, first - 1, 8, 0, 0);
	VALUE(IOPORT, IN, "port behind the last", ARGUMENT, first + count, 8, 0, 0);
	VALUE(IOPORT, IN, "half behind the last", ARGUMENT, first + count - 1, 16, 0, 0);
	VALUE(IOPORT, IN, "port + 2^32", ARGUMENT, 1ull << 32 | first, 8, 0, 0);
	VALUE(IOPORT, OUT, "width 0", ARGUMENT, first, 0, 0, 0);
	VALUE(IOPORT, OUT, "value wider than the port", ARGUMENT, first, 8, 256, 0);
	VALUE(IOPORT, OUT, "port behind the last", ARGUMENT, first + count, 8, 0, 0);
}

static void system_values(const struct generator *g)
{
	VALUE(SYSTEM, POWER_OFF, "code 256", ARGUMENT, 256, 0, 0, 0);
	VALUE(SYSTEM, POWER_OFF, "code 2^32", ARGUMENT, 1ull << 32, 0, 0, 0);
	VALUE(SYSTEM, CPU_INFO, "CPU 2^20", ARGUMENT, 1u << 20, 0, 0, 0);
	VALUE(SYSTEM, CPU_INFO, "CPU 2^32", ARGUMENT, 1ull << 32, 0, 0, 0);
	VALUE(SYSTEM, CPU_LOCKS, "CPU 2^20", ARGUMENT, 1u << 20, 0, 0, 0);
	VALUE(SYSTEM, CPU_LOCKS, "CPU 2^32", ARGUMENT, 1ull << 32, 0, 0, 0);
	VALUE(SYSTEM, LOG_READ, "more bytes than the Pages", ARGUMENT, 0, NEGATIVE_PAGES_SIZE + 1, 0, 0);
	VALUE(SYSTEM, LOG_READ, "2^64-1 bytes", ARGUMENT, 0, UINT64_MAX, 0, 0);
	VALUE(SYSTEM, TIMESTAMP, "between the loader's and the kernel's", ARGUMENT, HELION_KTIME_ENTRY - 1, 0, 0, 0);
	VALUE(SYSTEM, TIMESTAMP, "behind the last", ARGUMENT, HELION_KTIME_COUNT, 0, 0, 0);
	VALUE(SYSTEM, TIMESTAMP, "number + 2^32", ARGUMENT, 1ull << 32 | HELION_KTIME_ENTRY, 0, 0, 0);
}

/* Capabilities in the message that lack a right. */
static void carried_rights(const struct generator *g)
{
	struct negative n = well_formed(g, find(HELION_TYPE_VSPACE, HELION_VSPACE_MAP));

	n.caps[0] = g->objects->read_only_pages;
	n.words[0] = g->objects->free_address;
	n.words[2] = 4096;
	n.words[3] = READ | WRITE;
	emit(g, &n, "writable, by a read-only capability", HELION_ERR_RIGHTS);
	n.words[3] = READ | EXEC;
	emit(g, &n, "executable, by a read-only capability", HELION_ERR_RIGHTS);

	n = well_formed(g, find(HELION_TYPE_SYSTEM, HELION_SYSTEM_LOG_READ));
	n.caps[0] = g->objects->read_only_pages;
	n.words[1] = 16;
	emit(g, &n, "read-only Pages", HELION_ERR_RIGHTS);

	n = well_formed(g, find(HELION_TYPE_TASK, HELION_TASK_CONFIGURE));
	n.caps[2] = g->objects->read_only_pages;
	emit(g, &n, "read-only IPC buffer", HELION_ERR_RIGHTS);
}

void negatives_generate(const struct negative_objects *objects, negative_fn *fn, void *ctx)
{
	struct generator generator = {objects, fn, ctx}, *g = &generator;
	uint32_t last_type = HELION_TYPE_NULL;

	for (size_t i = 0; i < helion_invocation_count; i++) {
		const struct helion_invocation_info *invocation = &helion_invocation_list[i];

		if (objects->slot[invocation->type] == 0)
			continue;
		invoked_capability(g, invocation);
		size_of_message(g, invocation);
		carried_capabilities(g, invocation);
		if (invocation->type != last_type)
			labels(g, invocation);
		last_type = invocation->type;
	}
	memory_values(g);
	cspace_values(g);
	map_values(g);
	vspace_values(g);
	task_values(g);
	port_values(g);
	system_values(g);
	carried_rights(g);
}
