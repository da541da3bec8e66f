/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/edu.h"

#include "user/lib/pci.h"

#define EDU_NAME "1234:11e8"

/* Register of BAR 0: 0xRRrr00ed. */
#define EDU_ID     0x00u
#define EDU_IS_EDU 0xedu

/* Its configuration space. (PCI Local Bus 3.0 §6.8.1.) */
#define CAPABILITY_MSI 0x05u
#define MSI_ENABLE     (1u << 16) /* in the word of the capability's header */
#define MSI_QUEUES     (7u << 20)
#define MSI_64         (1u << 23)

int edu_open(const struct helion_manifest *manifest, struct edu *ret)
{
	uint64_t next = 0;
	const struct helion_record *bar = pci_find(manifest, EDU_NAME, 0, &next);
	int error;

	if (bar == NULL)
		return -HELION_ERR_MISSING;
	ret->record = bar;
	error = helion_pages_map(bar->slot, 0, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, &ret->registers);
	if (error < 0)
		return error;
	error = pci_config_map(manifest, bar, &ret->config);
	if (error < 0) {
		helion_pages_unmap(&ret->registers);
		return error;
	}
	pci_enable(&ret->config);
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
	uint32_t offset = pci_capability(&edu->config, CAPABILITY_MSI), header;

	if (offset == 0)
		return -HELION_ERR_UNSUPPORTED;
	header = mmio_read32(pci_register(&edu->config, offset)) & ~(MSI_ENABLE | MSI_QUEUES);
	mmio_write32(pci_register(&edu->config, offset), header);
	if (msi == NULL)
		return 0;
	mmio_write32(pci_register(&edu->config, offset + 4), (uint32_t)msi->address);
	if (header & MSI_64)
		mmio_write32(pci_register(&edu->config, offset + 8), (uint32_t)(msi->address >> 32));
	mmio_write32(pci_register(&edu->config, offset + (header & MSI_64 ? 12 : 8)), (uint32_t)msi->data);
	mmio_write32(pci_register(&edu->config, offset), header | MSI_ENABLE);
	return 0;
}
