/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program that goes wrong, to be booted in place of init: how the kernel ends when its first task does.
 * The option faulty=<kind> on the command line says how; without it, it reads address 0.
 */
#include "user/lib/helion.h"

static void read_null(void)
{
	*(volatile uint8_t *)0;
}

/* Not const, so that the compiler has to take the call for what it is. */
static uint64_t data[8] = {1};

static void execute_data(void)
{
	((void (*)(void))(uintptr_t)data)();
}

static void write_text(void)
{
	*(volatile uint8_t *)(uintptr_t)main = 0;
}

static void trap_instruction(void)
{
	__builtin_trap();
}

static uint64_t descend(volatile uint8_t *above)
{
	volatile uint8_t frame[1024];

	/* Never 0, which the compiler cannot know. */
	frame[0] = *above;
	return frame[0] == 0 ? 0 : descend(frame) + frame[0];
}

static void overflow_stack(void)
{
	volatile uint8_t frame[1] = {1};

	printf("%u\n", (unsigned)descend(frame));
}

static void stop_itself(void)
{
	helion_task_stop(helion_process.task);
}

static void assert_false(void)
{
	helion_assert(data[0] == 0);
}

static const struct {
	const char *name;
	void (*run)(void);
} kinds[] = {
	{"null", read_null},       {"exec", execute_data}, {"write-text", write_text}, {"trap", trap_instruction},
	{"stack", overflow_stack}, {"stop", stop_itself},  {"assert", assert_false},
};

int main(const struct helion_manifest *manifest)
{
	struct slice kind = slice_of("null");

	option_find(manifest_cmdline(manifest), "faulty", &kind);
	printf("faulty: %.*s\n", (int)kind.length, kind.start);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!slice_equals_text(kind, kinds[i].name))
			continue;
		kinds[i].run();
		printf("faulty: nothing happened\n");
		return 2;
	}
	/* Any other kind: simply ends with a status that is not success. */
	return 3;
}
