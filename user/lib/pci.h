/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI functions as the manifest has them, and their configuration space. For a process whose CSpace has what the manifest names.
 *
 * Functions return 0 or a negative enum helion_error, and write results only on success.
 */
#ifndef USER_LIB_PCI_H
#define USER_LIB_PCI_H

#include <stdint.h>

#include <helion/manifest.h>

#include "user/lib/vm.h"

/*
 * The next record, from number *next on, of this BAR (memory, not ports) of a function in whose name this stands; *next is then
 * what is behind it. The name is "0000:00:03.0 class 010802 1b36:0010": address, class with programming interface, vendor and
 * device. Null: there is none.
 */
const struct helion_record *pci_find(const struct helion_manifest *manifest, const char *part, uint32_t bar,
				     uint64_t *next);

/* Maps the function's 4 KiB of configuration space. -HELION_ERR_MISSING: the machine has none in memory, or not for its bus. */
int pci_config_map(const struct helion_manifest *manifest, const struct helion_record *record, struct vm_mapping *ret);

/* A register of configuration space. */
static inline volatile uint32_t *pci_register(const struct vm_mapping *config, uint32_t offset)
{
	return (volatile uint32_t *)((char *)config->address + offset);
}

/* Lets the function answer at its memory and use its bus: it can then read and write all of the machine's memory. */
void pci_enable(const struct vm_mapping *config);

/* Takes its bus away again. */
void pci_disable_bus(const struct vm_mapping *config);

/* Offset of the capability with this id; 0: it has none. (PCI Local Bus 3.0 §6.7.) */
uint32_t pci_capability(const struct vm_mapping *config, uint8_t id);

#endif
