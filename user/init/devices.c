/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a register of each device that is known here, through its capability. Which devices there are is taken
 * from the manifest; what to read of them, from a table. Only registers whose reading has no side effect.
 */
#include "user/init/init.h"

#include <arch/io.h>

#include "user/init/probes.h"
#include "user/init/table.h"
#include "user/lib/helion.h"

static uint64_t read_register(const volatile char *address, unsigned bits)
{
	switch (bits) {
	case 8: return mmio_read8(address);
	case 16: return mmio_read16(address);
	case 32: return mmio_read32(address);
	default: return mmio_read64(address);
	}
}

static void run_probe(const struct probe *probe, const struct helion_record *record)
{
	uint64_t in_page = record->base % HELION_PAGE_SIZE, value;
	uint64_t offset = in_page + probe->offset;
	char origin[TABLE_ROW];
	struct vm_mapping mapping;

	format_origin(origin, sizeof(origin), record);
	/* The one page that the register is in. */
	if (!check_call(helion_pages_map(record->slot, offset & ~(uint64_t)(HELION_PAGE_SIZE - 1), HELION_PAGE_SIZE,
					 HELION_MAP_READ, &mapping),
			origin))
		return;
	value = read_register((const volatile char *)mapping.address + offset % HELION_PAGE_SIZE, probe->bits);
	CHECK_CALL(helion_pages_unmap(&mapping));
	check(probe_accepts(probe, value), "%s: %s is %#lx", origin, probe->name, (unsigned long)value);
	printf("init: register of %s: %s is %#lx%s\n", origin, probe->name, (unsigned long)value,
	       probe_accepts(probe, value) ? ", as it should be" : "");
}

/* The real-time clock's seconds, by ports. */
static void test_ports(const struct helion_manifest *manifest)
{
	uint64_t ports, again, seconds = 0xff;

	if (manifest->slot_ioport_control == 0)
		return;
	if (!CHECK_CALL(
		    helion_ioport_control_claim(manifest->slot_ioport_control, helion_process.memory, 0x70, 2, &ports)))
		return;
	CHECK_ERROR(helion_ioport_control_claim(manifest->slot_ioport_control, helion_process.memory, 0x71, 1, &again),
		    HELION_ERR_OCCUPIED);
	CHECK_ERROR(helion_ioport_in(ports, 0x72, 8, &again), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_ioport_out(ports, 0x70, 8, 0x80));
	CHECK_CALL(helion_ioport_in(ports, 0x71, 8, &seconds));
	check((seconds & 15) < 10 && seconds >> 4 < 6, "the real-time clock's seconds are %#lx", seconds);
	printf("init: ports 70-71: the real-time clock's seconds are %02x\n", (unsigned)seconds);
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, ports));
}

void test_devices(const struct helion_manifest *manifest)
{
	unsigned found = 0;

	check_begin("devices");
	for (size_t p = 0; p < probe_count; p++) {
		for (uint64_t i = 0; i < manifest->record_count; i++) {
			const struct helion_record *record = manifest_record(manifest, i);

			if (!probe_matches(&probes[p], record))
				continue;
			run_probe(&probes[p], record);
			found++;
			break;
		}
	}
	if (found == 0)
		printf("init: register: no device that is known here\n");
	test_ports(manifest);
	check_end();
}
