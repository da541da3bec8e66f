/* SPDX-License-Identifier: BSD-2-Clause */
/* A test of user/lib/child.h: how children end, and that nothing of them is left. Booted in place of init. */
#include "user/lib/helion.h"

static void run(const char *path, const char *arguments, int expected_error, int expected_status)
{
	struct helion_child child;
	int status = 0, error;

	HELION_MUST(helion_child_create(&child, path, arguments));
	HELION_MUST(helion_child_start(&child));
	error = helion_child_wait(&child, &status);
	if (error != expected_error || status != expected_status)
		helion_panic("%s %s: %s, status %d", path, arguments, helion_error_name(error), status);
	if (error == -HELION_ERR_FAULT)
		helion_assert(child.fault.what != 0 && child.fault.instruction != 0);
	HELION_MUST(helion_child_destroy(&child));
}

static void run_all(void)
{
	static char long_arguments[HELION_CHILD_ARGS + 1];
	struct helion_child child;

	run("/bin/hello", NULL, 0, 0);
	run("/bin/faulty", "faulty=other", 0, 3);
	run("/bin/faulty", "faulty=assert", 0, 1);
	run("/bin/faulty", "faulty=null", -HELION_ERR_FAULT, 0);
	run("/bin/faulty", "faulty=exec", -HELION_ERR_FAULT, 0);
	run("/bin/faulty", "faulty=write-text", -HELION_ERR_FAULT, 0);
	run("/bin/faulty", "faulty=stack", -HELION_ERR_FAULT, 0);
	memset(long_arguments, 'x', HELION_CHILD_ARGS);
	helion_assert(helion_child_create(&child, "/bin/hello", long_arguments) == -HELION_ERR_ARGUMENT);
	helion_assert(helion_child_create(&child, "/bin/none", NULL) == -HELION_ERR_MISSING);
	helion_assert(helion_child_create(&child, "/etc/motd", NULL) == -HELION_ERR_ARGUMENT);
	/* One that never ran. */
	HELION_MUST(helion_child_create(&child, "/bin/hello", NULL));
	HELION_MUST(helion_child_destroy(&child));
	/* And one that runs for ever. */
	HELION_MUST(helion_child_create(&child, "/bin/family", "run"));
	HELION_MUST(helion_child_start(&child));
	HELION_MUST(helion_child_destroy(&child));
}

int main(const struct helion_manifest *manifest)
{
	struct helion_memory_info before, after;
	struct helion_cspace_info slots_before, slots_after;

	while (option_find(manifest_cmdline(manifest), "run", NULL))
		helion_yield();
	run_all(); /* page tables of this address space stay */
	HELION_MUST(helion_memory_info(manifest->slot_memory, &before));
	HELION_MUST(helion_cspace_info(manifest->slot_cspace, &slots_before));
	run_all();
	HELION_MUST(helion_memory_info(manifest->slot_memory, &after));
	HELION_MUST(helion_cspace_info(manifest->slot_cspace, &slots_after));
	helion_assert(before.free == after.free && before.objects == after.objects);
	helion_assert(slots_before.free == slots_after.free);
	printf("family: nothing is left of the children\n");
	return 0;
}
