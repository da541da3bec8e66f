/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of a device at a task: QEMU's "edu" PCI function raises its line, and sends a message, when told to
 * (QEMU, docs/specs/edu). The test maps its registers and its configuration space from the manifest.
 */
#include "user/init/init.h"

#include <arch/io.h>

#include "user/lib/helion.h"

#define SECOND      1000000000ull
#define MILLISECOND 1000000ull

#define EDU_NAME "1234:11e8"

/* Registers of BAR 0. */
#define EDU_ID      0x00 /* 0xRRrr00ed */
#define EDU_STATUS  0x24
#define EDU_RAISE   0x60 /* bits of the interrupt status to set */
#define EDU_LOWER   0x64 /* and to clear */
#define EDU_SIZE    HELION_PAGE_SIZE
#define EDU_ID_MASK 0xffu
#define EDU_ID_EDU  0xedu

/* Configuration space (PCI Local Bus 3.0 §6.1, §6.8.1). */
#define PCI_COMMAND      0x04
#define PCI_CAPABILITIES 0x34
#define COMMAND_MEMORY   (1u << 1)
#define COMMAND_MASTER   (1u << 2)
#define CAPABILITY_MSI   0x05
#define MSI_ENABLE       (1u << 16) /* in the word of the capability's header */
#define MSI_QUEUES       (7u << 20)
#define MSI_64           (1u << 23)

struct edu {
	struct vm_mapping registers, config;
	const struct helion_record *record;
	uint64_t notification;
};

static uint32_t edu_read(const struct edu *edu, uint32_t offset)
{
	return mmio_read32((const volatile char *)edu->registers.address + offset);
}

static void edu_write(const struct edu *edu, uint32_t offset, uint32_t value)
{
	mmio_write32((volatile char *)edu->registers.address + offset, value);
}

static uint32_t config_read(const struct edu *edu, uint32_t offset)
{
	return mmio_read32((const volatile char *)edu->config.address + offset);
}

static void config_write(const struct edu *edu, uint32_t offset, uint32_t value)
{
	mmio_write32((volatile char *)edu->config.address + offset, value);
}

static bool mentions(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text; text++)
		if (strncmp(text, part, length) == 0)
			return true;
	return false;
}

static const struct helion_record *find(const struct helion_manifest *manifest, const char *part, uint32_t origin)
{
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (record->slot == 0 || record->type != HELION_TYPE_PAGES || record->index != 0)
			continue;
		if (record->origin == origin && mentions(record->name, part))
			return record;
	}
	return NULL;
}

/* Bus 0 only, which is where the device is put. */
static bool edu_open(const struct helion_manifest *manifest, struct edu *edu)
{
	const struct helion_record *bar = find(manifest, EDU_NAME, HELION_ORIGIN_PCI);
	const struct helion_record *ecam = find(manifest, "MCFG", HELION_ORIGIN_ACPI);

	*edu = (struct edu){0};
	if (!ecam)
		ecam = find(manifest, "/pcie@", HELION_ORIGIN_DEVICE_TREE);
	if (!ecam)
		ecam = find(manifest, "/pci@", HELION_ORIGIN_DEVICE_TREE);
	if (!check(bar && ecam, "the manifest has no edu device or no configuration space"))
		return false;
	edu->record = bar;
	if (!CHECK_CALL(helion_pages_map(bar->slot, 0, EDU_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, &edu->registers)))
		return false;
	if (!CHECK_CALL(helion_pages_map(ecam->slot, (uint64_t)(bar->detail & 0xffff) << 12, HELION_PAGE_SIZE,
					 HELION_MAP_READ | HELION_MAP_WRITE, &edu->config)))
		return false;
	config_write(edu, PCI_COMMAND, (config_read(edu, PCI_COMMAND) & 0xffff) | COMMAND_MEMORY | COMMAND_MASTER);
	CHECK((edu_read(edu, EDU_ID) & EDU_ID_MASK) == EDU_ID_EDU);
	return CHECK_CALL(
		helion_memory_create(helion_process.memory, HELION_TYPE_NOTIFICATION, 0, 0, &edu->notification));
}

static void edu_close(struct edu *edu)
{
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, edu->notification));
	CHECK_CALL(helion_pages_unmap(&edu->registers));
	CHECK_CALL(helion_pages_unmap(&edu->config));
}

/* Whether the badge arrives within a time. */
static bool arrives(const struct edu *edu, uint64_t ns, uint64_t badge)
{
	struct helion_system_info info = {0};
	uint64_t ready, badges = 0;
	int error;

	CHECK_CALL(helion_system_info(helion_process.system, &info));
	error = helion_poll(helion_process.ipc_buffer, &edu->notification, 1, info.time + ns, &ready);
	if (error == -HELION_ERR_TIMEOUT)
		return false;
	return CHECK_CALL(error) && CHECK_CALL(helion_nbwait(edu->notification, &badges)) &&
	       check(badges == badge, "badges %#lx instead of %#lx", badges, badge);
}

/* How often a level that stayed fired again, of three. */
static unsigned line_rounds(const struct edu *edu, uint64_t handler)
{
	struct helion_irq_handler_info info;
	unsigned again = 0;

	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(edu, MILLISECOND, 0x10));
		edu_write(edu, EDU_RAISE, 1u << i);
		CHECK(arrives(edu, 5 * SECOND, 0x10));
		CHECK(edu_read(edu, EDU_STATUS) == 1u << i);
		CHECK_CALL(helion_irq_handler_info(handler, &info));
		CHECK(info.fired && info.line == edu->record->irq);
		/* It is a level: acknowledged without being served it fires again. (Not with QEMU's PLIC, which sees edges.) */
		CHECK_CALL(helion_irq_handler_ack(handler));
		again += arrives(edu, 100 * MILLISECOND, 0x10);
		edu_write(edu, EDU_LOWER, 1u << i);
	}
	/* Masked, nothing comes until it is let through. */
	CHECK_CALL(helion_irq_handler_ack(handler));
	CHECK_CALL(helion_irq_handler_mask(handler));
	edu_write(edu, EDU_RAISE, 1);
	CHECK(!arrives(edu, 5 * MILLISECOND, 0x10));
	CHECK_CALL(helion_irq_handler_ack(handler));
	CHECK(arrives(edu, 5 * SECOND, 0x10));
	edu_write(edu, EDU_LOWER, 1);
	return again;
}

static void test_line(const struct edu *edu)
{
	uint64_t handler;
	unsigned again;

	if (edu->record->irq == 0) {
		printf("init: irq: the manifest knows no line of the device\n");
		return;
	}
	if (!CHECK_CALL(helion_device_irq(edu->record, &handler)))
		return;
	CHECK_CALL(helion_irq_handler_bind(handler, edu->notification, 0x10));
	again = line_rounds(edu, handler);
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, handler));
	printf("init: irq: line %u: ok, a level that stayed fired again %u times of 3\n", edu->record->irq, again);
}

/* Programs the function's MSI capability; 0 address: off. */
static bool program_message(const struct edu *edu, const struct helion_msi *msi)
{
	uint32_t at = config_read(edu, PCI_CAPABILITIES) & 0xfc, header = 0;

	while (at && ((header = config_read(edu, at)) & 0xff) != CAPABILITY_MSI)
		at = header >> 8 & 0xfc;
	if (!check(at != 0, "the device has no MSI capability"))
		return false;
	header &= ~(MSI_ENABLE | MSI_QUEUES);
	config_write(edu, at, header);
	config_write(edu, at + 4, (uint32_t)msi->address);
	if (header & MSI_64)
		config_write(edu, at + 8, (uint32_t)(msi->address >> 32));
	config_write(edu, at + (header & MSI_64 ? 12 : 8), (uint32_t)msi->data);
	if (msi->address)
		config_write(edu, at, header | MSI_ENABLE);
	return true;
}

static void message_rounds(const struct edu *edu, uint64_t handler)
{
	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(edu, MILLISECOND, 0x20));
		edu_write(edu, EDU_RAISE, 1);
		CHECK(arrives(edu, 5 * SECOND, 0x20));
		/* A message is an edge: acknowledged it does not come again by itself. */
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(!arrives(edu, MILLISECOND, 0x20));
		edu_write(edu, EDU_LOWER, 1);
		/* Not acknowledged, the second waits for that and is not lost. */
		edu_write(edu, EDU_RAISE, 1);
		CHECK(arrives(edu, 5 * SECOND, 0x20));
		edu_write(edu, EDU_LOWER, 1);
		edu_write(edu, EDU_RAISE, 1);
		CHECK(!arrives(edu, MILLISECOND, 0x20));
		CHECK_CALL(helion_irq_handler_ack(handler));
		CHECK(arrives(edu, 5 * SECOND, 0x20));
		edu_write(edu, EDU_LOWER, 1);
	}
}

static void test_message(const struct helion_manifest *manifest, const struct edu *edu)
{
	struct helion_msi msi = {0}, other = {0}, off = {0};
	int error = helion_irq_control_claim_msi(manifest->slot_irq_control, helion_process.memory, edu->record->detail,
						 &msi);

	if (error == -HELION_ERR_UNSUPPORTED) {
		printf("init: irq: this machine has no messages\n");
		return;
	}
	if (!CHECK_CALL(error))
		return;
	/* Each has a message of its own. */
	if (CHECK_CALL(helion_irq_control_claim_msi(manifest->slot_irq_control, helion_process.memory,
						    edu->record->detail, &other))) {
		CHECK(other.address != msi.address || other.data != msi.data);
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, other.handler));
	}
	CHECK_CALL(helion_irq_handler_bind(msi.handler, edu->notification, 0x20));
	if (program_message(edu, &msi)) {
		message_rounds(edu, msi.handler);
		program_message(edu, &off);
	}
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, msi.handler));
	printf("init: irq: message %#lx to %#lx: ok\n", msi.data, msi.address);
}

void test_irq(const struct helion_manifest *manifest)
{
	struct edu edu;

	if (!edu_open(manifest, &edu))
		return;
	test_line(&edu);
	test_message(manifest, &edu);
	edu_close(&edu);
}
