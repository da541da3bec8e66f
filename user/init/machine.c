/* SPDX-License-Identifier: BSD-2-Clause */
/* What init was given: the manifest, the accounts of RAM, the CPUs. */
#include "user/init/init.h"

#include "user/init/accounts.h"
#include "user/init/table.h"
#include "user/lib/helion.h"

void show_manifest(const struct helion_manifest *manifest)
{
	char row[TABLE_ROW];
	unsigned capabilities = 0;

	printf("%s\n", table_heading);
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		capabilities += record->slot != 0;
		table_row(row, sizeof(row), record);
		printf("%s\n", row);
	}
	printf("init: manifest: %u records, %u capabilities\n", (unsigned)manifest->record_count, capabilities);
}

/* A slot that the manifest names must hold what it says. */
static void check_record(const struct helion_record *record, unsigned index)
{
	enum helion_type type;
	int error;

	if (record->slot == 0)
		return;
	error = helion_identify(record->slot, &type, NULL, NULL);
	if (check(error == 0, "record %u, slot %lu: %s", index, record->slot, helion_strerror(error)))
		check(type == record->type, "record %u, slot %lu: is %s, not %s", index, record->slot,
		      helion_type_name(type), helion_type_name(record->type));
}

void test_accounts(const struct helion_manifest *manifest)
{
	struct accounts sums;
	char why[128];

	check_begin("accounts");
	accounts_sum(manifest, &sums);
	printf("init: ram total %lu given %lu kernel %lu loader %lu modules %lu firmware %lu other %lu\n",
	       (unsigned long)sums.total, (unsigned long)sums.given, (unsigned long)sums.kernel,
	       (unsigned long)sums.loader, (unsigned long)sums.modules, (unsigned long)sums.firmware,
	       (unsigned long)sums.other);
	if (!accounts_check(manifest, &sums, why, sizeof(why)))
		check(false, "%s", why);
	for (uint64_t i = 0; i < manifest->record_count; i++)
		check_record(manifest_record(manifest, i), (unsigned)i);
	check_end();
}

/* The kernel has no timer interrupts but those that somebody waits for. */
static void wait_for_tick(void)
{
	struct helion_system_info start, now = {0};
	struct helion_timer_info expired = {0};
	uint64_t timer;

	if (!CHECK_CALL(helion_system_info(helion_process.system, &start)) ||
	    !CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_TIMER, 0, 0, &timer)))
		return;
	CHECK_CALL(helion_timer_set(timer, start.time + 1000000, 0));
	while (expired.expirations == 0 && now.time < start.time + 5000000000) {
		if (!CHECK_CALL(helion_timer_info(timer, &expired)) ||
		    !CHECK_CALL(helion_system_info(helion_process.system, &now)))
			break;
		helion_yield();
	}
	check(now.ticks != start.ticks, "no timer interrupt in 5 seconds");
	check(now.time >= start.time + 1000000, "the clock stands still");
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, timer));
}

void test_cpus(const struct helion_manifest *manifest)
{
	static const char *const states[] = {"absent", "starting", "running", "failed"};
	struct helion_system_info info;
	struct helion_cpu_info cpu;
	uint64_t running = 0;

	check_begin("cpus");
	wait_for_tick();
	if (!CHECK_CALL(helion_system_info(helion_process.system, &info)))
		return;
	printf("cpu  hardware id  state     timer ticks  interrupts\n");
	for (uint64_t i = 0; i < info.cpus_present; i++) {
		if (!CHECK_CALL(helion_system_cpu_info(helion_process.system, i, &cpu)))
			continue;
		running += cpu.state == 2;
		printf("%3u  %11lx  %-8s  %11lu  %10lu\n", (unsigned)i, (unsigned long)cpu.hwid,
		       cpu.state < 4 ? states[cpu.state] : "?", (unsigned long)cpu.ticks,
		       (unsigned long)cpu.interrupts);
	}
	check(running == info.cpus_running, "%lu CPUs run, the kernel says %lu", running, info.cpus_running);
	check(manifest->cpus == info.cpus_running, "the manifest says %lu CPUs", manifest->cpus);
	printf("init: cpus running %lu present %lu\n", (unsigned long)info.cpus_running,
	       (unsigned long)info.cpus_present);
	check_end();
}
