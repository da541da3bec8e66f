/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/nvme.h"

#include <arch/io.h>

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"
#include "user/lib/invoke.h"
#include "user/lib/ipc.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

/* Registers. Base Specification, "Controller Properties". */
enum {
	CAPABILITIES = 0x00,
	INTERRUPT_MASK_SET = 0x0c,
	CONFIGURATION = 0x14,
	STATUS = 0x1c,
	ADMIN_SIZES = 0x24,
	ADMIN_SUBMISSION = 0x28,
	ADMIN_COMPLETION = 0x30,
	DOORBELLS = 0x1000,
};

#define CONFIGURATION_ENABLE   1u
#define CONFIGURATION_SHUTDOWN (1u << 14)
#define CONFIGURATION_ENTRIES  (6u << 16 | 4u << 20) /* log2 of their sizes: 64 and 16 bytes */
#define STATUS_READY           1u
#define STATUS_FATAL           2u
#define STATUS_SHUTDOWN        (3u << 2)
#define STATUS_IS_SHUT_DOWN    (2u << 2)

/* Commands. Base Specification, "Admin Command Set"; NVM Command Set, "I/O Commands". */
enum {
	ADMIN_CREATE_SUBMISSION = 0x01,
	ADMIN_CREATE_COMPLETION = 0x05,
	ADMIN_IDENTIFY = 0x06,
	IO_FLUSH = 0x00,
	IO_WRITE = 0x01,
	IO_READ = 0x02,
	IDENTIFY_NAMESPACE = 0,
	IDENTIFY_LIST = 2, /* of active namespaces */
};

enum {
	PAGES = 5,
	ENTRIES = 2,        /* of each queue, the least there can be: one command at a time */
	COMMAND_WORDS = 16, /* of 32 bits */
	COMPLETION_WORDS = 4,
	IO_QUEUE = 1,
	LARGEST_BAR = 64 << 10, /* of what is mapped */
	COMMAND_MS = 10000,
	TICK_NS = 1000000,
};

static volatile void *at(const struct nvme *nvme, uint32_t offset)
{
	return (volatile char *)nvme->registers.address + offset;
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

static int start_clock(struct nvme *nvme)
{
	uint64_t memory = helion_process.memory;
	int error = helion_memory_create(memory, HELION_TYPE_NOTIFICATION, 0, 0, &nvme->ticks);

	if (error == 0)
		error = helion_memory_create(memory, HELION_TYPE_TIMER, 0, 0, &nvme->timer);
	return error == 0 ? helion_timer_bind(nvme->timer, nvme->ticks, 1) : error;
}

/* Calls `is_over` until it says so or the time has gone by. Most is over before the first tick. */
static int wait_for(struct nvme *nvme, bool (*is_over)(struct nvme *nvme, const void *what), const void *what,
		    uint64_t timeout_ms)
{
	uint64_t badges;
	int error;

	for (unsigned i = 0; i < 100; i++) {
		if (is_over(nvme, what))
			return 0;
		helion_yield();
	}
	error = helion_timer_set(nvme->timer, 0, TICK_NS);
	for (uint64_t ms = 0; error == 0 && !is_over(nvme, what); ms++) {
		if (ms > timeout_ms)
			error = -HELION_ERR_TIMEOUT;
		else
			error = helion_wait(nvme->ticks, &badges);
	}
	helion_timer_cancel(nvme->timer);
	return error;
}

/* ---- Commands ---------------------------------------------------------------------------------------------------- */

static volatile uint32_t *completion(const struct nvme_queue *queue)
{
	return (volatile uint32_t *)queue->completion + queue->head * COMPLETION_WORDS;
}

static bool has_completion(struct nvme *nvme, const void *what)
{
	const struct nvme_queue *queue = what;

	(void)nvme;
	return (mmio_read32(completion(queue) + 3) >> 16 & 1) == queue->phase;
}

/* Has a command done that moves the data page, and waits until it is. */
static int run(struct nvme *nvme, struct nvme_queue *queue, const uint32_t command[COMMAND_WORDS])
{
	volatile uint32_t *entry = (volatile uint32_t *)queue->submission + queue->tail * COMMAND_WORDS;
	uint32_t status;
	int error;

	for (size_t i = 0; i < COMMAND_WORDS; i++)
		entry[i] = command[i];
	queue->tail = (queue->tail + 1) % ENTRIES;
	mmio_write32(queue->submit_bell, queue->tail);
	error = wait_for(nvme, has_completion, queue, COMMAND_MS);
	if (error < 0)
		return error;
	status = mmio_read32(completion(queue) + 3) >> 17;
	queue->head = (queue->head + 1) % ENTRIES;
	if (queue->head == 0)
		queue->phase = !queue->phase;
	mmio_write32(queue->complete_bell, queue->head);
	return status == 0 ? 0 : -HELION_ERR_STATE;
}

/* opcode, namespace, data (0: none), and the words from 10 on. */
static int command(struct nvme *nvme, struct nvme_queue *queue, uint32_t opcode, uint32_t namespace, uint64_t data,
		   const uint32_t words[3])
{
	const uint32_t all[COMMAND_WORDS] = {
		[0] = opcode, /* its identifier is always 0 */
		[1] = namespace, [6] = (uint32_t)data, [7] = (uint32_t)(data >> 32),
		[10] = words[0], [11] = words[1],      [12] = words[2],
	};

	return run(nvme, queue, all);
}

/* ---- The controller ---------------------------------------------------------------------------------------------- */

static void write64(const struct nvme *nvme, uint32_t offset, uint64_t value)
{
	/* Two halves are always allowed. */
	mmio_write32(at(nvme, offset), (uint32_t)value);
	mmio_write32(at(nvme, offset + 4), (uint32_t)(value >> 32));
}

static bool is_stopped(struct nvme *nvme, const void *what)
{
	(void)what;
	return !(mmio_read32(at(nvme, STATUS)) & STATUS_READY);
}

static bool is_ready(struct nvme *nvme, const void *what)
{
	(void)what;
	return (mmio_read32(at(nvme, STATUS)) & (STATUS_READY | STATUS_FATAL)) != 0;
}

static bool is_shut_down(struct nvme *nvme, const void *what)
{
	(void)what;
	return (mmio_read32(at(nvme, STATUS)) & STATUS_SHUTDOWN) == STATUS_IS_SHUT_DOWN;
}

static int stop(struct nvme *nvme)
{
	uint32_t configuration = mmio_read32(at(nvme, CONFIGURATION));

	/* What was enabled a moment ago must be ready before it may be disabled. */
	if (configuration & CONFIGURATION_ENABLE)
		wait_for(nvme, is_ready, NULL, nvme->timeout_ms);
	mmio_write32(at(nvme, CONFIGURATION), 0);
	return wait_for(nvme, is_stopped, NULL, nvme->timeout_ms);
}

static void place_queue(struct nvme *nvme, struct nvme_queue *queue, uint32_t number, uint64_t address, uint32_t stride)
{
	char *page = (char *)nvme->memory.address + 2ull * number * HELION_PAGE_SIZE;

	*queue = (struct nvme_queue){
		.submissions = address + 2ull * number * HELION_PAGE_SIZE,
		.completions = address + (2ull * number + 1) * HELION_PAGE_SIZE,
		.submission = page,
		.completion = page + HELION_PAGE_SIZE,
		.submit_bell = at(nvme, DOORBELLS + 2 * number * stride),
		.complete_bell = at(nvme, DOORBELLS + (2 * number + 1) * stride),
		.phase = true,
	};
}

static int start(struct nvme *nvme)
{
	const uint32_t sizes = ENTRIES - 1;
	int error = stop(nvme);

	if (error < 0)
		return error;
	mmio_write32(at(nvme, ADMIN_SIZES), sizes << 16 | sizes);
	write64(nvme, ADMIN_SUBMISSION, nvme->admin.submissions);
	write64(nvme, ADMIN_COMPLETION, nvme->admin.completions);
	mmio_write32(at(nvme, CONFIGURATION), CONFIGURATION_ENTRIES | CONFIGURATION_ENABLE);
	error = wait_for(nvme, is_ready, NULL, nvme->timeout_ms);
	if (error == 0 && (mmio_read32(at(nvme, STATUS)) & STATUS_FATAL))
		error = -HELION_ERR_STATE;
	if (error < 0)
		return error;
	mmio_write32(at(nvme, INTERRUPT_MASK_SET), UINT32_MAX);
	/* Physically contiguous, and without interrupts. */
	error = command(nvme, &nvme->admin, ADMIN_CREATE_COMPLETION, 0, nvme->io.completions,
			(const uint32_t[]){sizes << 16 | IO_QUEUE, 1, 0});
	if (error == 0)
		error = command(nvme, &nvme->admin, ADMIN_CREATE_SUBMISSION, 0, nvme->io.submissions,
				(const uint32_t[]){sizes << 16 | IO_QUEUE, IO_QUEUE << 16 | 1, 0});
	return error;
}

/* What the controller's capabilities allow; its registers and the memory are mapped. */
static int set_up(struct nvme *nvme)
{
	uint32_t low = mmio_read32(at(nvme, CAPABILITIES)), high = mmio_read32(at(nvme, CAPABILITIES + 4));
	uint32_t stride = 4u << (high & 15);
	uint64_t address;
	int error;

	nvme->timeout_ms = (uint64_t)((low >> 24) + 1) * 500;
	/* All ones: nothing is there. Pages of 4 KiB, the NVM command set. */
	if (low == UINT32_MAX || (high >> 16 & 15) != 0 || !(high & 1u << 5) ||
	    DOORBELLS + 4ull * stride > nvme->registers.size)
		return -HELION_ERR_UNSUPPORTED;
	error = helion_pages_phys(nvme->memory.pages, &address);
	if (error < 0)
		return error;
	place_queue(nvme, &nvme->admin, 0, address, stride);
	place_queue(nvme, &nvme->io, IO_QUEUE, address, stride);
	nvme->data = (char *)nvme->memory.address + (PAGES - 1) * HELION_PAGE_SIZE;
	nvme->data_address = address + (PAGES - 1) * HELION_PAGE_SIZE;
	return start(nvme);
}

int nvme_open(const struct helion_record *bar, struct nvme *ret)
{
	uint64_t size = bar->size < LARGEST_BAR ? bar->size : LARGEST_BAR;
	int error;

	*ret = (struct nvme){0};
	if (size <= DOORBELLS || size % HELION_PAGE_SIZE != 0)
		return -HELION_ERR_UNSUPPORTED;
	error = helion_pages_map(bar->slot, 0, size, HELION_MAP_READ | HELION_MAP_WRITE, &ret->registers);
	if (error == 0)
		error = helion_pages_map_new(PAGES * HELION_PAGE_SIZE, &ret->memory);
	if (error == 0)
		error = start_clock(ret);
	if (error == 0)
		error = set_up(ret);
	if (error < 0)
		nvme_close(ret);
	return error;
}

int nvme_close(struct nvme *nvme)
{
	uint64_t cspace = helion_process.cspace;
	int error = 0;

	/* Memory that a controller which does not stop could still write to is not given back. */
	if (nvme->admin.submission != NULL && is_ready(nvme, NULL)) {
		mmio_write32(at(nvme, CONFIGURATION),
			     CONFIGURATION_ENTRIES | CONFIGURATION_ENABLE | CONFIGURATION_SHUTDOWN);
		wait_for(nvme, is_shut_down, NULL, nvme->timeout_ms);
		error = stop(nvme);
	}
	if (error == 0 && nvme->memory.address != NULL)
		helion_pages_release(&nvme->memory);
	if (nvme->registers.address != NULL)
		helion_pages_unmap(&nvme->registers);
	if (nvme->timer != 0)
		helion_cspace_delete(cspace, nvme->timer);
	if (nvme->ticks != 0)
		helion_cspace_delete(cspace, nvme->ticks);
	*nvme = (struct nvme){0};
	return error;
}

/* ---- The disk ---------------------------------------------------------------------------------------------------- */

/* As many blocks at a time as a page holds; the data is where the command wants it before, or behind it. */
static bool transfer(struct nvme *nvme, uint32_t opcode, uint64_t first, uint32_t count, void *in, const void *out)
{
	uint32_t size = nvme->disk.block_size, most = HELION_PAGE_SIZE / size;

	while (count > 0) {
		uint32_t now = count < most ? count : most;

		if (out != NULL)
			memcpy(nvme->data, out, (size_t)now * size);
		if (command(nvme, &nvme->io, opcode, nvme->namespace, nvme->data_address,
			    (const uint32_t[]){(uint32_t)first, (uint32_t)(first >> 32), now - 1}) < 0)
			return false;
		if (in != NULL)
			memcpy(in, nvme->data, (size_t)now * size);
		in = in != NULL ? (char *)in + (size_t)now * size : NULL;
		out = out != NULL ? (const char *)out + (size_t)now * size : NULL;
		first += now;
		count -= now;
	}
	return true;
}

static bool disk_read(void *context, uint64_t first, uint32_t count, void *buffer)
{
	return transfer(context, IO_READ, first, count, buffer, NULL);
}

static bool disk_write(void *context, uint64_t first, uint32_t count, const void *buffer)
{
	return transfer(context, IO_WRITE, first, count, NULL, buffer);
}

static bool disk_flush(void *context)
{
	struct nvme *nvme = context;

	return command(nvme, &nvme->io, IO_FLUSH, nvme->namespace, 0, (const uint32_t[3]){0}) == 0;
}

static int identify(struct nvme *nvme, uint32_t namespace, uint32_t what)
{
	return command(nvme, &nvme->admin, ADMIN_IDENTIFY, namespace, nvme->data_address,
		       (const uint32_t[]){what, 0, 0});
}

/* NVM Command Set, "Identify Namespace Data Structure". */
static int describe(struct nvme *nvme, uint32_t namespace)
{
	const uint8_t *data = nvme->data;
	uint32_t format, shift;
	int error = identify(nvme, namespace, IDENTIFY_NAMESPACE);

	if (error < 0)
		return error;
	/* Bits 3:0 of FLBAS; 6:5 are for lists of more than 16 formats. */
	format = load_le32(data + 128 + 4 * ((data[26] & 15u) | (data[26] >> 1 & 0x30u)));
	shift = format >> 16 & 0xff;
	nvme->namespace = namespace;
	nvme->disk = (struct disk){
		.block_count = load_le64(data),
		.context = nvme,
		.read = disk_read,
		.write = disk_write,
		.flush = disk_flush,
	};
	/* Blocks with metadata would be transferred with it, or need a place for it. */
	if (shift < 9 || shift > 12 || (format & 0xffff) != 0 || nvme->disk.block_count == 0)
		return -HELION_ERR_UNSUPPORTED;
	nvme->disk.block_size = 1u << shift;
	return 0;
}

int nvme_next(struct nvme *nvme, uint32_t after)
{
	int error;

	/* Ascending numbers above that one; 0: the end. */
	do {
		error = identify(nvme, after, IDENTIFY_LIST);
		if (error < 0)
			return error;
		after = load_le32(nvme->data);
		if (after == 0)
			return -HELION_ERR_MISSING;
		error = describe(nvme, after);
	} while (error == -HELION_ERR_UNSUPPORTED);
	return error;
}
