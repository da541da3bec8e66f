/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/probes.h"

#include <helion/abi.h>

#include "lib/checked.h"
#include "lib/string.h"

#define ACPI HELION_ORIGIN_ACPI
#define TREE HELION_ORIGIN_DEVICE_TREE

const struct probe probes[] = {
	/* IA-PC HPET Specification 2.3.4: the counter's period in fs, at most 100 ns. */
	{ACPI, "HPET", "period of the counter", 4, 32, 0xf8000000, 0, false},
	/* PCI Local Bus Specification 3.0, 6.2.1: no device answers with all ones. */
	{ACPI, "MCFG", "vendor and device of 00:00.0", 0, 32, 0xffff, 0xffff, true},
	{TREE, "pcie@", "vendor and device of 00:00.0", 0, 32, 0xffff, 0xffff, true},
	{TREE, "pci@", "vendor and device of 00:00.0", 0, 32, 0xffff, 0xffff, true},
	/* GIC Architecture Specification, GICD_PIDR2: bits 7-4 are the version; both have it there. */
	{ACPI, "GIC distributor", "peripheral id 2", 0xffe8, 32, 0xff, 0, true},
	/* Arm PL011 Technical Reference Manual 3.3.19: part 0x011. */
	{TREE, "pl011@", "peripheral id 0", 0xfe0, 32, 0xff, 0x11, false},
	{TREE, "serial@7e201000", "peripheral id 0", 0xfe0, 32, 0xff, 0x11, false},
	{TREE, "pl031@", "peripheral id 0", 0xfe0, 32, 0xff, 0x31, false},
	/* Virtual I/O Device 1.2, 4.2.2: "virt". */
	{TREE, "virtio_mmio@", "magic", 0, 32, UINT32_MAX, 0x74726976, false},
	/* Goldfish RTC: the lower half of the time in ns. */
	{TREE, "rtc@", "time", 0, 32, UINT32_MAX, 0, true},
	/* BCM2835 ARM Peripherals 12.1: the free-running counter of 1 MHz. */
	{TREE, "timer@7e003000", "counter", 4, 32, UINT32_MAX, 0, true},
};

const size_t probe_count = sizeof(probes) / sizeof(probes[0]);

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool probe_matches(const struct probe *probe, const struct helion_record *record)
{
	const char *slash;

	if (record->origin != probe->origin || record->slot == 0 || record->type != HELION_TYPE_PAGES ||
	    (record->flags & HELION_RECORD_PORTS) || record->index != 0)
		return false;
	if (!range_fits(record->size, probe->offset, probe->bits / 8))
		return false;
	if (probe->origin != HELION_ORIGIN_DEVICE_TREE)
		return begins(record->name, probe->prefix);
	slash = strrchr(record->name, '/');
	return slash != NULL && begins(slash + 1, probe->prefix);
}

bool probe_accepts(const struct probe *probe, uint64_t value)
{
	return ((value & probe->mask) == probe->value) != probe->different;
}
