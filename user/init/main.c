/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/init.h"

#include "user/init/table.h"
#include "user/lib/helion.h"

void init_halt(void)
{
	uint64_t never, badges;

	if (!CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_NOTIFICATION, 0, 0, &never)))
		return;
	while (CHECK_CALL(helion_wait(never, &badges)))
		;
}

int main(const struct helion_manifest *manifest)
{
	const char *cmdline = manifest_cmdline(manifest);
	char size[16];
	unsigned failures;

	printf("\ninit: Helion on %s: %u CPUs, %s of RAM\n", ARCH_USER_NAME, (unsigned)manifest->cpus,
	       format_size(size, manifest->ram_total));
	printf("init: command line: %s\n", cmdline);
	show_manifest(manifest);
	test_accounts(manifest);
	test_memory(manifest);
	test_tasks();
	test_files(manifest);
	test_devices(manifest);
	test_cpus(manifest);
	show_phases(option_find(cmdline, "bench", NULL));
	run_tests(manifest);
	test_framebuffers(manifest);

	failures = check_failures();
	if (failures == 0) {
		printf("init: all checks passed\n");
		mark_success(manifest);
	} else {
		printf("init: FAILED: %u checks\n", failures);
	}
	if (option_find(cmdline, "init.halt", NULL)) {
		/* Who waits for this line finds the picture complete; drawn again, it is without the line as well. */
		draw_framebuffers();
		printf("init: halted\n");
		draw_framebuffers();
		init_halt();
	}
	return failures != 0;
}
