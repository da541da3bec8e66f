/* SPDX-License-Identifier: BSD-2-Clause */
/* What enters the kernel without a system call: faults, and the interrupt of a device. */
#include <arch/io.h>

#include "user/bench/bench.h"

/* -- Faults ------------------------------------------------------------------------------------------ */

/* No page is there, and none will be. */
#define NOWHERE 16u

static void fault_for_ever(void *argument)
{
	const struct bench_peer *peer = argument;

	for (;;)
		*(volatile uint64_t *)(uintptr_t)peer->info;
}

/* The handler lets the faulting instruction begin again, which faults again: an answer, a fault, a message. */
static void bench_fault(void)
{
	struct bench_peer *peer;
	uint64_t endpoint;

	if (!bench_wanted("fault"))
		return;
	endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	peer = bench_peer_create(true, fault_for_ever, endpoint, NOWHERE);
	MUST(helion_task_set_fault(peer->thread.task, endpoint));
	bench_peer_run(peer);
	MUST(bench_message(HELION_SYS_RECV, endpoint, 0));
	BENCH("fault", , bench_message(HELION_REPLY_RECV(endpoint), 0, 0), );
	bench_peer_end(peer);
	bench_delete(endpoint);
}

/* -- Interrupts -------------------------------------------------------------------------------------- */

/* QEMU's "edu" PCI function (QEMU, docs/specs/edu): interrupts when told to. */
#define EDU_NAME  "1234:11e8"
#define EDU_RAISE 0x60u
#define EDU_LOWER 0x64u

/* Configuration space (PCI Local Bus 3.0 §6.1, §6.8.1). */
#define PCI_COMMAND      0x04u
#define PCI_CAPABILITIES 0x34u
#define COMMAND_ENABLE   6u /* memory space, bus master */
#define CAPABILITY_MSI   0x05u
#define MSI_ENABLE       (1u << 16) /* in the word of the capability's header */
#define MSI_64           (1u << 23)

struct edu {
	struct vm_mapping registers, config;
	uint64_t handler;
};

static const struct helion_record *find(const char *part, uint32_t origin)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	size_t length = strlen(part);

	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (record->slot == 0 || record->type != HELION_TYPE_PAGES || record->index != 0 ||
		    record->origin != origin)
			continue;
		for (const char *name = record->name; *name != 0; name++)
			if (strncmp(name, part, length) == 0)
				return record;
	}
	return NULL;
}

static volatile uint32_t *at(const struct vm_mapping *mapping, uint32_t offset)
{
	return (volatile uint32_t *)((char *)mapping->address + offset);
}

/* Lets it send the message instead of raising its line. */
static void send_messages(const struct edu *edu, const struct helion_msi *msi)
{
	uint32_t offset = mmio_read32(at(&edu->config, PCI_CAPABILITIES)) & 0xfc, header;

	while (((header = mmio_read32(at(&edu->config, offset))) & 0xff) != CAPABILITY_MSI)
		offset = header >> 8 & 0xfc;
	mmio_write32(at(&edu->config, offset + 4), (uint32_t)msi->address);
	if (header & MSI_64)
		mmio_write32(at(&edu->config, offset + 8), (uint32_t)(msi->address >> 32));
	mmio_write32(at(&edu->config, offset + (header & MSI_64 ? 12 : 8)), (uint32_t)msi->data);
	mmio_write32(at(&edu->config, offset), header | MSI_ENABLE);
}

/* By its line where the manifest knows that, by messages otherwise. False: this machine has nothing of that. */
static bool edu_open(struct edu *edu)
{
	const struct helion_record *bar = find(EDU_NAME, HELION_ORIGIN_PCI), *ecam = find("MCFG", HELION_ORIGIN_ACPI);
	uint64_t memory = helion_process.memory, control = helion_process.manifest->slot_irq_control;
	uint64_t flags = HELION_MAP_READ | HELION_MAP_WRITE;
	struct helion_msi msi;

	if (ecam == NULL)
		ecam = find("/pcie@", HELION_ORIGIN_DEVICE_TREE);
	if (ecam == NULL)
		ecam = find("/pci@", HELION_ORIGIN_DEVICE_TREE);
	if (bar == NULL || ecam == NULL)
		return false;
	MUST(helion_pages_map(bar->slot, 0, HELION_PAGE_SIZE, flags, &edu->registers));
	MUST(helion_pages_map(ecam->slot, (uint64_t)(bar->detail & 0xffff) << 12, HELION_PAGE_SIZE, flags,
			      &edu->config));
	mmio_write32(at(&edu->config, PCI_COMMAND), mmio_read32(at(&edu->config, PCI_COMMAND)) | COMMAND_ENABLE);
	if (bar->irq != 0) {
		MUST(helion_device_irq(bar, &edu->handler));
	} else {
		if (helion_irq_control_claim_msi(control, memory, bar->detail, &msi) != HELION_OK)
			return false;
		edu->handler = msi.handler;
		send_messages(edu, &msi);
	}
	return true;
}

static void edu_close(struct edu *edu)
{
	bench_delete(edu->handler);
	MUST(helion_pages_unmap(&edu->registers));
	MUST(helion_pages_unmap(&edu->config));
}

/* From the write to the device's register until the task that waits for its interrupt runs. */
static inline uint64_t interrupt(const struct edu *edu, struct bench_peer *peer)
{
	uint64_t start;

	peer->ended = 0;
	start = arch_user_cycles();
	mmio_write32(at(&edu->registers, EDU_RAISE), 1);
	while (peer->ended == 0)
		;
	return peer->ended - start;
}

static void bench_interrupt(void)
{
	struct bench_peer *peer;
	uint64_t notification;
	struct edu edu;

	if (!bench_wanted("irq") || !edu_open(&edu))
		return;
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	MUST(helion_irq_handler_bind(edu.handler, notification, 1));
	peer = bench_peer_start_important(bench_wait_for_ever, notification);
	BENCH_ONE_WAY("irq", mmio_write32(at(&edu.registers, EDU_LOWER), 1);
		      MUST(helion_irq_handler_ack(edu.handler)), interrupt(&edu, peer));
	mmio_write32(at(&edu.registers, EDU_LOWER), 1);
	bench_peer_end(peer);
	edu_close(&edu);
	bench_delete(notification);
}

void bench_traps(void)
{
	bench_fault();
	bench_interrupt();
}
