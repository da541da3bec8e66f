/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/pci.h"

#include <arch/io.h>

#include "lib/string.h"
#include "user/lib/invoke.h"
#include "user/lib/manifest.h"

/* PCI Local Bus 3.0 §6.1. */
#define PCI_COMMAND      0x04u
#define PCI_CAPABILITIES 0x34u
#define COMMAND_MEMORY   (1u << 1)
#define COMMAND_BUS      (1u << 2)
#define COMMAND_STATUS   0xffff0000u /* of which a one that is written clears a bit */
#define CONFIG_SIZE      256u
#define FIRST_CAPABILITY 0x40u

static bool contains(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text != '\0'; text++)
		if (strncmp(text, part, length) == 0)
			return true;
	return false;
}

/* The next one with Pages from this origin. */
static const struct helion_record *find(const struct helion_manifest *manifest, const char *part, uint32_t origin,
					uint32_t index, uint64_t *next)
{
	while (*next < manifest->record_count) {
		const struct helion_record *record = manifest_record(manifest, (*next)++);

		if (record->slot != 0 && record->type == HELION_TYPE_PAGES && record->origin == origin &&
		    record->index == index && contains(record->name, part))
			return record;
	}
	return NULL;
}

const struct helion_record *pci_find(const struct helion_manifest *manifest, const char *part, uint32_t bar,
				     uint64_t *next)
{
	return find(manifest, part, HELION_ORIGIN_PCI, bar, next);
}

/* Bus, device and function are an index into it. (PCI Firmware 3.3 §4.1.) */
static const struct helion_record *find_ecam(const struct helion_manifest *manifest)
{
	static const struct {
		const char *part;
		uint32_t origin;
	} places[] = {
		{"MCFG", HELION_ORIGIN_ACPI},
		{"/pcie@", HELION_ORIGIN_DEVICE_TREE},
		{"/pci@", HELION_ORIGIN_DEVICE_TREE},
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint64_t next = 0;
		const struct helion_record *record = find(manifest, places[i].part, places[i].origin, 0, &next);

		if (record != NULL)
			return record;
	}
	return NULL;
}

int pci_config_map(const struct helion_manifest *manifest, const struct helion_record *record, struct vm_mapping *ret)
{
	const struct helion_record *ecam = find_ecam(manifest);
	uint64_t offset = (uint64_t)(record->detail & 0xffff) << 12;

	if (ecam == NULL || record->detail >> 16 != 0 || offset >= ecam->size)
		return -HELION_ERR_MISSING;
	return helion_pages_map(ecam->slot, offset, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, ret);
}

void pci_enable(const struct vm_mapping *config)
{
	uint32_t command = mmio_read32(pci_register(config, PCI_COMMAND)) & ~COMMAND_STATUS;

	mmio_write32(pci_register(config, PCI_COMMAND), command | COMMAND_MEMORY | COMMAND_BUS);
}

void pci_disable_bus(const struct vm_mapping *config)
{
	uint32_t command = mmio_read32(pci_register(config, PCI_COMMAND)) & ~COMMAND_STATUS;

	mmio_write32(pci_register(config, PCI_COMMAND), command & ~COMMAND_BUS);
}

uint32_t pci_capability(const struct vm_mapping *config, uint8_t id)
{
	uint32_t offset = mmio_read32(pci_register(config, PCI_CAPABILITIES)) & 0xfc;

	/* There is no room for more of them: the list of a device that is broken may have no end. */
	for (uint32_t i = 0; i < (CONFIG_SIZE - FIRST_CAPABILITY) / 4 && offset >= FIRST_CAPABILITY; i++) {
		uint32_t header = mmio_read32(pci_register(config, offset));

		if ((header & 0xff) == id)
			return offset;
		offset = header >> 8 & 0xfc;
	}
	return 0;
}
