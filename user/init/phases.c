/* SPDX-License-Identifier: BSD-2-Clause */
/* When each phase of the boot was reached. */
#include "user/init/init.h"

#include <helion/bootctx.h>

#include "user/lib/helion.h"

/* The number of init's own time stamp, which is not the kernel's. */
#define USER_ENTRY UINT32_MAX

static const struct {
	uint32_t number;
	const char *name, *text;
} phases[] = {
	{HELION_TIME_LOADER_ENTRY, "loader_entry", "loader begins"},
	{HELION_TIME_CONFIG, "config", "configuration read"},
	{HELION_TIME_KERNEL_LOADED, "kernel_loaded", "kernel loaded"},
	{HELION_TIME_FILES_READ, "files_read", "files read"},
	{HELION_TIME_EXIT_BEGIN, "exit_begin", "leaving boot services"},
	{HELION_TIME_EXIT_DONE, "exit_done", "boot services left"},
	{HELION_TIME_KERNEL_JUMP, "kernel_jump", "jump to the kernel"},
	{HELION_KTIME_ENTRY, "kernel_entry", "kernel begins"},
	{HELION_KTIME_PAGING, "kernel_paging", "own page tables"},
	{HELION_KTIME_MACHINE, "kernel_machine", "machine enumerated"},
	{HELION_KTIME_CPUS, "kernel_cpus", "CPUs started"},
	{HELION_KTIME_INIT, "kernel_init", "init loaded"},
	{USER_ENTRY, "user_entry", "first instruction of init"},
};

static bool read_phase(uint32_t number, struct helion_timestamp_info *ret)
{
	if (number != USER_ENTRY)
		return CHECK_CALL(helion_system_timestamp(helion_process.system, number, ret));
	/* The kernel's last one says how fast the counter runs. */
	if (!CHECK_CALL(helion_system_timestamp(helion_process.system, HELION_KTIME_INIT, ret)))
		return false;
	ret->ticks = helion_process.first_counter;
	return true;
}

/* Ticks as thousandths of a millisecond, without overflow for any boot that takes less than a year. */
static uint64_t microseconds(uint64_t ticks, uint64_t hz)
{
	return ticks / hz * 1000000 + ticks % hz * 1000000 / hz;
}

void show_phases(bool bench)
{
	struct helion_timestamp_info now;
	uint64_t start = 0, previous = 0;

	check_begin("phases");
	printf("phase                                  ticks         ms\n");
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (!read_phase(phases[i].number, &now) || now.ticks == 0)
			continue;
		if (start == 0)
			start = now.ticks;
		check(now.ticks >= previous, "%s is earlier than what was before it", phases[i].name);
		previous = now.ticks;
		if (now.hz != 0) {
			uint64_t us = microseconds(now.ticks - start, now.hz);
			printf("%-26s %16lu %6lu.%03u\n", phases[i].text, (unsigned long)(now.ticks - start),
			       (unsigned long)(us / 1000), (unsigned)(us % 1000));
		} else {
			printf("%-26s %16lu          ?\n", phases[i].text, (unsigned long)(now.ticks - start));
		}
	}
	for (size_t i = 0; bench && i < sizeof(phases) / sizeof(phases[0]); i++) {
		if (read_phase(phases[i].number, &now) && now.ticks != 0)
			printf("bench: %s.%s %lu %lu\n", ARCH_USER_NAME, phases[i].name, (unsigned long)now.ticks,
			       (unsigned long)now.hz);
	}
	check_end();
}
