/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/table.h"

#include "lib/format.h"
#include "user/lib/manifest.h"
#include "user/lib/syscall.h"

const char table_heading[] = "slot  type              size  physical range             origin";

const char *format_size(char buffer[16], uint64_t bytes)
{
	static const char units[][4] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t whole = bytes, rest = 0;
	int unit = -1;

	while (whole >= 1024 && unit < 5) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (unit < 0)
		fmt_snprintf(buffer, 16, "%u bytes", (unsigned)bytes);
	else if (rest == 0 || whole >= 100)
		fmt_snprintf(buffer, 16, "%u %s", (unsigned)whole, units[unit]);
	else if (whole >= 10)
		fmt_snprintf(buffer, 16, "%u.%u %s", (unsigned)whole, (unsigned)(rest * 10 / 1024), units[unit]);
	else
		fmt_snprintf(buffer, 16, "%u.%02u %s", (unsigned)whole, (unsigned)(rest * 100 / 1024), units[unit]);
	return buffer;
}

size_t format_origin(char *buffer, size_t capacity, const struct helion_record *record)
{
	const char *name = record->name;
	uint32_t pci = record->detail;

	switch (record->origin) {
	case HELION_ORIGIN_KERNEL: return fmt_snprintf(buffer, capacity, "kernel%s%s", *name ? ": " : "", name);
	case HELION_ORIGIN_MEMORY_MAP:
		return fmt_snprintf(buffer, capacity, "memory map: %s",
				    *name ? name : memory_type_name(record->detail));
	case HELION_ORIGIN_BOOT: return fmt_snprintf(buffer, capacity, "boot: %s", name);
	case HELION_ORIGIN_ACPI: return fmt_snprintf(buffer, capacity, "ACPI %s", name);
	case HELION_ORIGIN_PCI:
		/* The kernel's name has the address in it. */
		if (*name != '\0')
			return fmt_snprintf(buffer, capacity, "PCI %s", name);
		return fmt_snprintf(buffer, capacity, "PCI %04x:%02x:%02x.%u BAR%u", pci >> 16, pci >> 8 & 0xff,
				    pci >> 3 & 0x1f, pci & 7, record->index);
	case HELION_ORIGIN_DEVICE_TREE:
		if (record->index != 0)
			return fmt_snprintf(buffer, capacity, "device tree %s reg %u", name, record->index);
		return fmt_snprintf(buffer, capacity, "device tree %s", name);
	default: return fmt_snprintf(buffer, capacity, "origin %u %s", record->origin, name);
	}
}

/* Physical addresses of less than 48 bits, all that is met in practice, take 12 digits. */
static void format_range(char *buffer, size_t capacity, const struct helion_record *record)
{
	if (record->size == 0)
		fmt_snprintf(buffer, capacity, "-");
	else if (record->flags & HELION_RECORD_PORTS)
		fmt_snprintf(buffer, capacity, "ports %04lx-%04lx", (unsigned long)record->base,
			     (unsigned long)(record->base + record->size - 1));
	else
		fmt_snprintf(buffer, capacity, "%012lx-%012lx", (unsigned long)record->base,
			     (unsigned long)(record->base + record->size - 1));
}

size_t table_row(char *buffer, size_t capacity, const struct helion_record *record)
{
	char slot[16], size[16], range[48], origin[TABLE_ROW - 128], irq[24] = "";
	const char *type = helion_type_name(record->type);

	if (record->slot != 0)
		fmt_snprintf(slot, sizeof(slot), "%lu", (unsigned long)record->slot);
	else
		fmt_snprintf(slot, sizeof(slot), "-");
	if (record->slot == 0)
		type = record->flags & HELION_RECORD_PORTS ? "ports" : "-";
	if (record->size == 0)
		fmt_snprintf(size, sizeof(size), "-");
	else if (record->flags & HELION_RECORD_PORTS)
		fmt_snprintf(size, sizeof(size), "%u", (unsigned)record->size);
	else
		format_size(size, record->size);
	format_range(range, sizeof(range), record);
	format_origin(origin, sizeof(origin), record);
	if (record->irq != 0)
		fmt_snprintf(irq, sizeof(irq), " irq %u", record->irq);
	return fmt_snprintf(buffer, capacity, "%4s  %-13s %9s  %-25s  %s%s%s", slot, type, size, range, origin, irq,
			    record->flags & HELION_RECORD_CONSOLE ? " (console)" : "");
}
