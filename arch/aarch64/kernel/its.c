/* SPDX-License-Identifier: BSD-2-Clause */
/* See its.h. Tables are cleaned out of the caches where they are written: whether the GIC sees those does not matter then. */
#include "its.h"

#include <arch/io.h>
#include "cache.h"
#include "gic.h"
#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/spinlock.h"
#include "kernel/vm.h"
#include "lib/checked.h"
#include "lib/string.h"

/* Registers of an ITS (§12.18). */
#define GITS_CTLR        0x0000
#define GITS_TYPER       0x0008
#define GITS_CBASER      0x0080
#define GITS_CWRITER     0x0088
#define GITS_CREADR      0x0090
#define GITS_BASER(n)    (0x0100 + 8 * (n))
#define GITS_TRANSLATER  0x10040
#define GITS_SIZE        0x10000 /* of what is mapped: the frame with TRANSLATER is for devices */
#define GITS_BASERS      8u
#define CTLR_ENABLED     1u
#define CTLR_QUIESCENT   (1u << 31)
#define CREADR_STALLED   1u
#define TYPER_PHYSICAL   1u
#define TYPER_ITT(t)     ((uint32_t)((t) >> 4 & 0xf) + 1)   /* bytes of an entry of a device's table */
#define TYPER_EVENTS(t)  ((uint32_t)((t) >> 8 & 0x1f) + 1)  /* bits */
#define TYPER_DEVICES(t) ((uint32_t)((t) >> 13 & 0x1f) + 1) /* bits */
#define TYPER_ADDRESS    (1u << 19)                         /* redistributors are named by their addresses */

/* In all registers that name memory: normal, inner write-back, inner shareable (§12.18.1). */
#define CACHED (7ull << 59 | 1ull << 10)
#define VALID  (1ull << 63)
/* GITS_BASERn. */
#define BASER_TYPE(b)     ((b) >> 56 & 7)
#define BASER_DEVICES     1
#define BASER_COLLECTIONS 4
#define BASER_ENTRY(b)    (((b) >> 48 & 0x1f) + 1)
#define BASER_64K         (2ull << 8)
#define BASER_PAGE(b)     (PAGE << 2 * ((b) >> 8 & 3)) /* bytes: 4, 16 or 64 KiB */
#define BASER_MAX_PAGES   256u

/* Redistributor (§12.11). */
#define GICR_CTLR         0x0000
#define GICR_TYPER        0x0008
#define GICR_PROPBASER    0x0070
#define GICR_PENDBASER    0x0078
#define GICR_CTLR_LPIS    1u
#define GICR_TYPER_LPIS   1u
#define GICR_TYPER_CPU(t) ((t) >> 8 & 0xffff)
#define GICR_CACHED       (7ull << 7 | 1ull << 10)
#define PENDBASER_IS_ZERO (1ull << 62)
#define GICD_TYPER_LPIS   (1u << 17)

/* Commands (§5.3). */
#define COMMAND_SYNC    0x05
#define COMMAND_MAPD    0x08
#define COMMAND_MAPC    0x09
#define COMMAND_MAPTI   0x0a
#define COMMAND_DISCARD 0x0f

enum {
	INTID_BITS = 14, /* the least with LPIs: 8192 of them */
	MESSAGES = 128,
	DEVICES = 64, /* that have messages */
	EVENT_BITS = 7,
	PAGE = 4096,
	BLOCK = 65536, /* how some tables have to be aligned */
	QUEUE_SIZE = PAGE,
	COMMAND_SIZE = 32,
	PROPERTIES_SIZE = (1 << INTID_BITS) - ITS_FIRST_LPI,
	PENDING_SIZE = (1 << INTID_BITS) / 8,
	ITT_ALIGNMENT = 256,
	WAIT_ROUNDS = 1000000,
};

/* An LPI's byte in the table of properties: its priority, and that it is enabled. Bit 1 is to be set (§6.1.1). */
#define PROPERTY (GIC_PRIORITY | 3u)

struct its {
	volatile void *frame;
	uint64_t translater; /* physical address */
	uint32_t id;         /* machine_its.id */
	uint32_t device_count;
	uint32_t itt_entry; /* bytes */
	bool wants_address;
	uint8_t *queue;
	uint32_t write; /* offset of the next command */
};

/* A device that has had a message, and keeps its table. */
struct device {
	struct its *its;
	uint32_t id;
};

static struct its units[MACHINE_ITS_MAX];
static uint32_t unit_count;
static struct device devices[DEVICES];
static uint32_t device_count;
static uint64_t tables; /* of the devices, DEVICES of them, physical */
static uint64_t table_size;
/* What each message is now; device: NULL for nothing yet. Event number i of its device is message i. */
static struct device *mapped[MESSAGES];
static uint64_t properties, pending[MACHINE_CPUS_MAX]; /* physical; the latter by redistributor */
static const struct machine *described;
static struct irq_chip *its_chip;
/* Guards all of the above, and the queues of commands. */
static struct spinlock its_lock = SPINLOCK_INIT(LOCK_IRQ);

/* What redistributors are called in commands, by CPU; and whether the CPU takes messages, as the first one does. */
static uint64_t cpu_addresses[MACHINE_CPUS_MAX], cpu_numbers[MACHINE_CPUS_MAX];
static bool takes_messages[MACHINE_CPUS_MAX];

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
	return align_down(value + alignment - 1, alignment);
}

static uint64_t read64(volatile void *frame, uint32_t offset)
{
	return mmio_read64((volatile char *)frame + offset);
}

static void write64(volatile void *frame, uint32_t offset, uint64_t value)
{
	mmio_write64((volatile char *)frame + offset, value);
}

/* Zeroed memory for good, in whole pages; its address is a multiple of `alignment`. What lies between such tables is for others. */
static uint64_t table_alloc(uint64_t size, uint64_t alignment)
{
	static uint64_t spare, spare_end;
	uint64_t base = align_up(spare, alignment);

	size = align_up(size, PAGE);
	if (base + size > spare_end) {
		uint64_t whole = align_up(size, BLOCK) + alignment - PAGE;

		spare = bootmem_alloc(whole / PAGE);
		spare_end = spare + whole;
		base = align_up(spare, alignment);
	}
	/* The larger of what is left before and behind it. */
	if (base - spare > spare_end - (base + size))
		spare_end = base;
	else
		spare = base + size;
	cache_clean_to_memory(vm_direct(base), size);
	return base;
}

/* ---- Commands ---------------------------------------------------------------------------------------------------- */

static bool wait_for_commands(const struct its *its)
{
	for (uint32_t i = 0; i < WAIT_ROUNDS; i++) {
		uint64_t read = read64(its->frame, GITS_CREADR);

		if (read & CREADR_STALLED)
			return false;
		if (read == its->write)
			return true;
	}
	return false;
}

/* Puts a command into the queue, which is never full: each caller waits until it is empty again. */
static void put(struct its *its, uint64_t first, uint64_t second, uint64_t third)
{
	uint64_t *command = (uint64_t *)(its->queue + its->write);

	command[0] = first;
	command[1] = second;
	command[2] = third;
	command[3] = 0;
	cache_clean_to_memory(command, COMMAND_SIZE);
	its->write = (its->write + COMMAND_SIZE) % QUEUE_SIZE;
}

static bool run(struct its *its)
{
	write64(its->frame, GITS_CWRITER, its->write);
	if (wait_for_commands(its))
		return true;
	kprintf("ITS at %#llx: it does not carry out commands\n",
		(unsigned long long)its->translater - GITS_TRANSLATER);
	return false;
}

/* How the ITS names a CPU's redistributor, in bits 50 to 16 (§5.3.1). */
static uint64_t target(const struct its *its, uint32_t cpu)
{
	return its->wants_address ? cpu_addresses[cpu] : cpu_numbers[cpu] << 16;
}

/* ---- Messages ---------------------------------------------------------------------------------------------------- */

static struct its *find_unit(uint32_t id)
{
	for (uint32_t i = 0; i < unit_count; i++)
		if (units[i].id == id)
			return &units[i];
	return NULL;
}

/* Which device of which ITS a PCI function is. */
static bool find_ids(uint32_t function, struct device *ret)
{
	uint32_t segment = function >> 16, number = function & 0xffff;

	for (uint32_t i = 0; i < described->msi_range_count; i++) {
		const struct machine_msi_range *range = &described->msi_ranges[i];

		if (range->segment != segment || number < range->first || number > range->last)
			continue;
		*ret = (struct device){find_unit(range->its), range->device + (number - range->first)};
		return ret->its && ret->id < ret->its->device_count;
	}
	return false;
}

/* The device, with a table of its own from the first time on; NULL if there is no room for another. */
static struct device *find_device(uint32_t function)
{
	struct device wanted, *device;

	if (!find_ids(function, &wanted))
		return NULL;
	for (uint32_t i = 0; i < device_count; i++)
		if (devices[i].its == wanted.its && devices[i].id == wanted.id)
			return &devices[i];
	if (device_count == DEVICES)
		return NULL;
	device = &devices[device_count];
	*device = wanted;
	put(device->its, COMMAND_MAPD | (uint64_t)device->id << 32, EVENT_BITS - 1,
	    VALID | (tables + device_count * table_size));
	device_count++;
	return device;
}

/* The message that an event was until now is dropped, also one that waits. */
static bool discard(uint32_t message)
{
	struct device *device = mapped[message];

	mapped[message] = NULL;
	if (!device)
		return true;
	put(device->its, COMMAND_DISCARD | (uint64_t)device->id << 32, message, 0);
	return run(device->its);
}

/* To this CPU, or else to the first one. */
static bool map(struct device *device, uint32_t message)
{
	uint32_t cpu = takes_messages[percpu_get()->index] ? percpu_get()->index : 0;

	put(device->its, COMMAND_MAPTI | (uint64_t)device->id << 32,
	    message | (uint64_t)(ITS_FIRST_LPI + message) << 32, cpu);
	put(device->its, COMMAND_SYNC, 0, target(device->its, cpu));
	if (!run(device->its))
		return false;
	mapped[message] = device;
	return true;
}

static bool message(uint32_t line, uint32_t function, uint64_t *ret_address, uint32_t *ret_data)
{
	uint32_t number = line - its_chip->message_first;
	struct device *device;
	bool is_mapped;

	spin_lock(&its_lock);
	device = find_device(function);
	is_mapped = device && discard(number) && map(device, number);
	if (is_mapped) {
		*ret_address = device->its->translater;
		*ret_data = number;
	}
	spin_unlock(&its_lock);
	return is_mapped;
}

uint32_t its_line(uint32_t intid)
{
	return its_chip->message_first + (intid - ITS_FIRST_LPI);
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

/* Devices that PCI functions can be, and no more than the ITS can tell apart. */
static uint32_t devices_of(const struct its *its, uint32_t bits)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < described->msi_range_count; i++) {
		const struct machine_msi_range *range = &described->msi_ranges[i];
		uint64_t end = (uint64_t)range->device + (range->last - range->first) + 1;

		if (range->its == its->id && end > count)
			count = end;
	}
	return (uint32_t)(count < 1ull << bits ? count : 1ull << bits);
}

/* Gives the ITS memory for a table of so many entries; fewer where it cannot be that large. Returns how many. */
static uint32_t set_table(struct its *its, uint32_t index, uint64_t baser, uint32_t count)
{
	uint64_t entry = BASER_ENTRY(baser), pages = (count * entry + BLOCK - 1) / BLOCK, value, bytes, page;

	if (pages > BASER_MAX_PAGES)
		pages = BASER_MAX_PAGES;
	if (pages == 0)
		pages = 1;
	value = VALID | CACHED | table_alloc(pages * BLOCK, BLOCK);
	bytes = pages * BLOCK;
	write64(its->frame, GITS_BASER(index), value | BASER_64K | (pages - 1));
	page = BASER_PAGE(read64(its->frame, GITS_BASER(index)));
	if (page != BLOCK) { /* the only size that this one knows */
		pages = bytes / page < BASER_MAX_PAGES ? bytes / page : BASER_MAX_PAGES;
		bytes = pages * page;
		write64(its->frame, GITS_BASER(index), value | (pages - 1));
	}
	return bytes / entry < count ? (uint32_t)(bytes / entry) : count;
}

static void set_tables(struct its *its, uint32_t device_bits)
{
	for (uint32_t i = 0; i < GITS_BASERS; i++) {
		uint64_t baser = read64(its->frame, GITS_BASER(i));

		if (BASER_TYPE(baser) == BASER_DEVICES)
			its->device_count = set_table(its, i, baser, devices_of(its, device_bits));
		else if (BASER_TYPE(baser) == BASER_COLLECTIONS)
			set_table(its, i, baser, MACHINE_CPUS_MAX);
	}
}

static bool stop(const struct its *its)
{
	gic_write(its->frame, GITS_CTLR, gic_read(its->frame, GITS_CTLR) & ~CTLR_ENABLED);
	for (uint32_t i = 0; i < WAIT_ROUNDS; i++)
		if (gic_read(its->frame, GITS_CTLR) & CTLR_QUIESCENT)
			return true;
	return false;
}

static void add_unit(const struct machine_its *found)
{
	struct its *its = &units[unit_count];
	uint64_t typer, queue;

	*its = (struct its){
		.frame = vm_map_device(found->base, GITS_SIZE),
		.translater = found->base + GITS_TRANSLATER,
		.id = found->id,
	};
	if (!its->frame)
		panic("ITS: registers at %#llx cannot be mapped", (unsigned long long)found->base);
	typer = read64(its->frame, GITS_TYPER);
	if (!(typer & TYPER_PHYSICAL) || TYPER_EVENTS(typer) < EVENT_BITS || !stop(its)) {
		kprintf("ITS at %#llx: not used, it cannot be stopped or has too few events\n",
			(unsigned long long)found->base);
		return;
	}
	its->itt_entry = TYPER_ITT(typer);
	its->wants_address = typer & TYPER_ADDRESS;
	set_tables(its, TYPER_DEVICES(typer));
	queue = table_alloc(QUEUE_SIZE, BLOCK);
	its->queue = vm_direct(queue);
	write64(its->frame, GITS_CBASER, VALID | CACHED | queue | (QUEUE_SIZE / PAGE - 1));
	write64(its->frame, GITS_CWRITER, 0);
	gic_write(its->frame, GITS_CTLR, gic_read(its->frame, GITS_CTLR) | CTLR_ENABLED);
	unit_count++;
	kprintf("ITS at %#llx: %u devices, %u messages\n", (unsigned long long)found->base, its->device_count,
		MESSAGES);
}

void its_init(const struct machine *machine, struct irq_chip *chip, uint32_t redistributors)
{
	volatile void *gicd = vm_map_device(machine->gicd_base, PAGE);
	uint32_t entry = 0;

	described = machine;
	its_chip = chip;
	chip->message_first = chip->count;
	if (boot_option("its", "off") || machine->its_count == 0 || machine->msi_range_count == 0 || !gicd ||
	    !(gic_read(gicd, GICD_TYPER) & GICD_TYPER_LPIS))
		return;
	for (uint32_t i = 0; i < machine->its_count; i++)
		add_unit(&machine->its[i]);
	if (unit_count == 0)
		return;
	for (uint32_t i = 0; i < unit_count; i++)
		entry = units[i].itt_entry > entry ? units[i].itt_entry : entry;
	table_size = ((uint64_t)entry << EVENT_BITS) + ITT_ALIGNMENT - 1;
	table_size -= table_size % ITT_ALIGNMENT;
	tables = table_alloc(DEVICES * table_size, PAGE);
	properties = table_alloc(PROPERTIES_SIZE, PAGE);
	memset(vm_direct(properties), PROPERTY, MESSAGES);
	cache_clean_to_memory(vm_direct(properties), MESSAGES);
	for (uint32_t i = 0; i < redistributors; i++)
		pending[i] = table_alloc(PENDING_SIZE, BLOCK);
	chip->message_count = MESSAGES;
	chip->message = message;
}

/* LPIs that the firmware has switched on would go on using its tables: they can be used only if they can be switched off. */
static bool start_lpis(uint32_t number, volatile void *frame)
{
	uint32_t ctlr = gic_read(frame, GICR_CTLR);

	if (!(read64(frame, GICR_TYPER) & GICR_TYPER_LPIS))
		return false;
	gic_write(frame, GICR_CTLR, ctlr & ~GICR_CTLR_LPIS);
	if (gic_read(frame, GICR_CTLR) & GICR_CTLR_LPIS)
		return false;
	write64(frame, GICR_PROPBASER, properties | GICR_CACHED | (INTID_BITS - 1));
	write64(frame, GICR_PENDBASER, pending[number] | GICR_CACHED | PENDBASER_IS_ZERO);
	gic_write(frame, GICR_CTLR, ctlr | GICR_CTLR_LPIS);
	return true;
}

void its_init_cpu(uint32_t number, volatile void *frame, uint64_t address)
{
	uint32_t cpu = percpu_get()->index;

	if (its_chip->message_count == 0)
		return;
	if (!start_lpis(number, frame)) {
		kprintf("GICv3: CPU %u takes no messages, its LPIs are missing, or on and cannot be switched off\n",
			cpu);
		if (cpu == 0)
			its_chip->message_count = 0;
		return;
	}
	spin_lock(&its_lock);
	takes_messages[cpu] = true;
	cpu_addresses[cpu] = address;
	cpu_numbers[cpu] = GICR_TYPER_CPU(read64(frame, GICR_TYPER));
	for (uint32_t i = 0; i < unit_count; i++) {
		put(&units[i], COMMAND_MAPC, 0, VALID | target(&units[i], cpu) | cpu);
		put(&units[i], COMMAND_SYNC, 0, target(&units[i], cpu));
		run(&units[i]);
	}
	spin_unlock(&its_lock);
}
