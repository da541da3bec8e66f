/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A plugin for QEMU's TCG: finds the longest stretch of instructions in the kernel, which runs with interrupts off.
 *
 *   -plugin longest.so,user=<address>,kernel=<address>,open=<address>[,open=<address>]...[,over=<number>],output=<path>
 *
 * A stretch begins when a CPU comes from code below `user`, which programs are, and ends when it gets back there, or to one
 * of the addresses `open`, where the kernel lets interrupts in. What lies between `user` and `kernel` is firmware that the kernel
 * called. What runs before the first program does not count. At the end the file gets, of the stretches longer than `over`, the
 * longest of each kind (those that spend most of their instructions at the same place), and then the longest of all: how many
 * addresses follow, how many there were of the kind, the number of instructions, then the addresses (of a long one the
 * first).
 */
#include "plugin.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int qemu_plugin_version = QEMU_PLUGIN_API;

#define CPUS_MAX       8
#define OPEN_MAX       32
#define ADDRESSES      (1u << 20)
#define KINDS_MAX      100u
#define KIND_ADDRESSES (1u << 16)
#define SAMPLES        64u
#define CODE_BYTES     512u

struct stretch {
	uint64_t count; /* instructions */
	uint64_t *addresses;
};

static struct cpu {
	bool user_ran;
	struct stretch now;
} cpus[CPUS_MAX];

static struct stretch longest;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t user, kernel, open_at[OPEN_MAX];
static unsigned open_count;
static FILE *file;
static bool armed;
static uint64_t over = UINT64_MAX;

/* Stretches longer than `over` that spend most in the same few hundred bytes of code. */
static struct kind {
	uint64_t code, times;
	struct stretch longest;
} kinds[KINDS_MAX];
static unsigned kind_count;

static void write_stretch(const struct stretch *stretch, uint64_t times, uint64_t most)
{
	uint64_t head[] = {stretch->count < most ? stretch->count : most, times, stretch->count};

	if (fwrite(head, sizeof(head), 1, file) != 1 ||
	    fwrite(stretch->addresses, sizeof(*stretch->addresses), head[0], file) != head[0])
		perror("longest: cannot write");
}

/* Where most of some addresses out of it are. */
static uint64_t code_of(const struct stretch *stretch)
{
	uint64_t kept = stretch->count < ADDRESSES ? stretch->count : ADDRESSES, best = 0;
	unsigned most = 0;

	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t code = stretch->addresses[kept * i / SAMPLES] / CODE_BYTES;
		unsigned count = 0;

		for (unsigned k = 0; k < SAMPLES; k++)
			count += stretch->addresses[kept * k / SAMPLES] / CODE_BYTES == code;
		if (count > most) {
			most = count;
			best = code;
		}
	}
	return best;
}

static void note_kind(const struct stretch *stretch)
{
	uint64_t code = code_of(stretch);
	struct kind *kind = kinds;

	while (kind < kinds + kind_count && kind->code != code)
		kind++;
	if (kind == kinds + kind_count) {
		if (kind_count == KINDS_MAX)
			kind--;
		else
			*kind = (struct kind){code, 0, {0, malloc(KIND_ADDRESSES * sizeof(uint64_t))}};
		kind_count = (unsigned)(kind - kinds) + 1;
	}
	kind->times++;
	if (stretch->count <= kind->longest.count)
		return;
	kind->longest.count = stretch->count;
	memcpy(kind->longest.addresses, stretch->addresses,
	       (stretch->count < KIND_ADDRESSES ? stretch->count : KIND_ADDRESSES) * sizeof(uint64_t));
}

static void stretch_ends(struct cpu *cpu)
{
	pthread_mutex_lock(&lock);
	if (cpu->now.count > over)
		note_kind(&cpu->now);
	if (cpu->now.count > longest.count) {
		struct stretch shorter = longest;

		longest = cpu->now;
		cpu->now = shorter;
	}
	pthread_mutex_unlock(&lock);
	cpu->now.count = 0;
}

static bool lets_interrupts_in(uint64_t address)
{
	for (unsigned i = 0; i < open_count; i++)
		if (address == open_at[i])
			return true;
	return false;
}

static void executed(unsigned index, void *argument)
{
	uint64_t address = (uint64_t)(uintptr_t)argument;
	struct cpu *cpu = &cpus[index % CPUS_MAX];

	if (address < user) {
		if (cpu->now.count > 0)
			stretch_ends(cpu);
		cpu->user_ran = true;
	} else if (cpu->user_ran) {
		if (lets_interrupts_in(address))
			stretch_ends(cpu);
		if (cpu->now.count < ADDRESSES)
			cpu->now.addresses[cpu->now.count] = address;
		cpu->now.count++;
	}
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	if (qemu_plugin_tb_vaddr(tb) >= kernel)
		armed = true;
	for (size_t i = 0; armed && i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

static void ended(qemu_plugin_id_t id, void *argument)
{
	(void)id;
	(void)argument;
	for (struct kind *kind = kinds; kind < kinds + kind_count; kind++)
		write_stretch(&kind->longest, kind->times, KIND_ADDRESSES);
	write_stretch(&longest, 1, ADDRESSES);
	if (fclose(file) != 0)
		perror("longest: cannot write");
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		const char *value = strchr(argv[i], '=');

		if (!value)
			continue;
		value++;
		if (strncmp(argv[i], "user=", 5) == 0)
			user = strtoull(value, NULL, 0);
		else if (strncmp(argv[i], "kernel=", 7) == 0)
			kernel = strtoull(value, NULL, 0);
		else if (strncmp(argv[i], "open=", 5) == 0 && open_count < OPEN_MAX)
			open_at[open_count++] = strtoull(value, NULL, 0);
		else if (strncmp(argv[i], "over=", 5) == 0)
			over = strtoull(value, NULL, 0);
		else if (strncmp(argv[i], "output=", 7) == 0)
			file = fopen(value, "wb");
	}
	longest.addresses = malloc(ADDRESSES * sizeof(uint64_t));
	for (unsigned i = 0; i < CPUS_MAX; i++)
		cpus[i].now.addresses = malloc(ADDRESSES * sizeof(uint64_t));
	if (!file || !user || !kernel || !longest.addresses || !cpus[CPUS_MAX - 1].now.addresses) {
		fprintf(stderr, "longest: needs user, kernel and an output that can be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
