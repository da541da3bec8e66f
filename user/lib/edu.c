/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/edu.h"

#include "lib/string.h"
#include "user/lib/manifest.h"

#define EDU_NAME "1234:11e8"

/* Register of BAR 0: 0xRRrr00ed. */
#define EDU_ID     0x00u
#define EDU_IS_EDU 0xedu

/* Configuration space (PCI Local Bus 3.0 §6.1, §6.8.1). */
#define PCI_COMMAND      0x04u
#define PCI_CAPABILITIES 0x34u
#define COMMAND_ENABLE   6u /* memory space, bus master */
#define CAPABILITY_MSI   0x05u
#define MSI_ENABLE       (1u << 16) /* in the word of the capability's header */
#define MSI_QUEUES       (7u << 20)
#define MSI_64           (1u << 23)

static volatile uint32_t *at(const struct vm_mapping *mapping, uint32_t offset)
{
	return (volatile uint32_t *)((char *)mapping->address + offset);
}

static const struct helion_record *find(const struct helion_manifest *manifest, const char *part, uint32_t origin)
{
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

int edu_open(const struct helion_manifest *manifest, struct edu *ret)
{
	const struct helion_record *bar = find(manifest, EDU_NAME, HELION_ORIGIN_PCI);
	const struct helion_record *ecam = find(manifest, "MCFG", HELION_ORIGIN_ACPI);
	uint64_t flags = HELION_MAP_READ | HELION_MAP_WRITE;
	int error;

	if (ecam == NULL)
		ecam = find(manifest, "/pcie@", HELION_ORIGIN_DEVICE_TREE);
	if (ecam == NULL)
		ecam = find(manifest, "/pci@", HELION_ORIGIN_DEVICE_TREE);
	if (bar == NULL || ecam == NULL)
		return -HELION_ERR_MISSING;
	ret->record = bar;
	error = helion_pages_map(bar->slot, 0, HELION_PAGE_SIZE, flags, &ret->registers);
	if (error < 0)
		return error;
	error = helion_pages_map(ecam->slot, (uint64_t)(bar->detail & 0xffff) << 12, HELION_PAGE_SIZE, flags,
				 &ret->config);
	if (error < 0) {
		helion_pages_unmap(&ret->registers);
		return error;
	}
	mmio_write32(at(&ret->config, PCI_COMMAND), mmio_read32(at(&ret->config, PCI_COMMAND)) | COMMAND_ENABLE);
	if ((mmio_read32(edu_register(ret, EDU_ID)) & 0xff) == EDU_IS_EDU)
		return 0;
	edu_close(ret);
	return -HELION_ERR_MISSING;
}

int edu_close(struct edu *edu)
{
	int error = helion_pages_unmap(&edu->registers), second = helion_pages_unmap(&edu->config);

	return error < 0 ? error : second;
}

int edu_use_message(const struct edu *edu, const struct helion_msi *msi)
{
	uint32_t offset = mmio_read32(at(&edu->config, PCI_CAPABILITIES)) & 0xfc, header = 0;

	while (offset != 0 && ((header = mmio_read32(at(&edu->config, offset))) & 0xff) != CAPABILITY_MSI)
		offset = header >> 8 & 0xfc;
	if (offset == 0)
		return -HELION_ERR_UNSUPPORTED;
	header &= ~(MSI_ENABLE | MSI_QUEUES);
	mmio_write32(at(&edu->config, offset), header);
	if (msi == NULL)
		return 0;
	mmio_write32(at(&edu->config, offset + 4), (uint32_t)msi->address);
	if (header & MSI_64)
		mmio_write32(at(&edu->config, offset + 8), (uint32_t)(msi->address >> 32));
	mmio_write32(at(&edu->config, offset + (header & MSI_64 ? 12 : 8)), (uint32_t)msi->data);
	mmio_write32(at(&edu->config, offset), header | MSI_ENABLE);
	return 0;
}
