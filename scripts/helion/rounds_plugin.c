/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for QEMU's TCG: writes down the address of every instruction that runs between two marks.
 *
 *   -plugin rounds.so,begin=<address>,end=<address>,arm=<address>,output=<path>
 *
 * begin and end are the first instructions of two functions of the measured program. Nothing is looked at until code
 * at or above `arm` (the kernel) is there: before that, firmware may run at any address. The file is a sequence of
 * rounds: the number of instructions, then their addresses, each 8 bytes in the host's order. Only CPU 0 is followed.
 */
#include "plugin.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int qemu_plugin_version = QEMU_PLUGIN_API;

/* A longer round is cut: whoever reads the file sees from the number that there is no end. */
#define ROUND_MAX (1u << 24)

static uint64_t begin, end, arm;
static FILE *file;
static bool armed, recording;
static uint64_t *addresses;
static uint64_t count;

static void round_ends(void)
{
	recording = false;
	if (fwrite(&count, sizeof(count), 1, file) != 1 || fwrite(addresses, sizeof(*addresses), count, file) != count)
		perror("rounds: cannot write");
	fflush(file);
}

static void executed(unsigned cpu, void *argument)
{
	uint64_t address = (uint64_t)(uintptr_t)argument;

	if (cpu != 0)
		return;
	if (address == begin) {
		recording = true;
		count = 0;
	} else if (recording && address == end) {
		round_ends();
	} else if (recording && count < ROUND_MAX) {
		addresses[count++] = address;
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (qemu_plugin_tb_vaddr(tb) >= arm)
		armed = true;
	for (size_t i = 0; armed && i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		const char *value = strchr(argv[i], '=');

		if (!value)
			continue;
		value++;
		switch (argv[i][0]) {
		case 'b': begin = strtoull(value, NULL, 0); break;
		case 'e': end = strtoull(value, NULL, 0); break;
		case 'a': arm = strtoull(value, NULL, 0); break;
		case 'o': file = fopen(value, "wb"); break;
		default: break;
		}
	}
	addresses = malloc(ROUND_MAX * sizeof(*addresses));
	if (!file || !addresses || !begin || !end || !arm) {
		fprintf(stderr, "rounds: needs begin, end, arm and an output that can be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
