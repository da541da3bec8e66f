/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine for the portable kernel, inside a program of the developer's machine:
 * one CPU, RAM_SIZE bytes of RAM that begin at physical address 0, no devices.
 * The headers in include/arch stand in for an architecture's; page tables are
 * those of x86_64 and are walked by nobody but the kernel.
 *
 * sim_boot() goes the way of kernel_main() to the first task. From there a test
 * is the user code: it puts registers into the running task's trap frame and
 * enters the kernel at trap_syscall().
 */
#ifndef TESTS_HOST_SIM_H
#define TESTS_HOST_SIM_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>
#include <helion/bootctx.h>
#include <helion/invocations.h>
#include <helion/manifest.h>

#define SIM_RAM_SIZE (48ull << 20)

/* Where sim_context() puts things. */
#define SIM_LOW_END         0x9f000ull /* usable from 0 to here */
#define SIM_CONTEXT         0x100000ull
#define SIM_CONTEXT_SIZE    0x2000ull
#define SIM_MODULE          0x110000ull
#define SIM_MODULE_SIZE     0x4000ull
#define SIM_KERNEL          0x200000ull
#define SIM_KERNEL_VIRT     0xffffffff80000000ull
#define SIM_PERSISTENT      (40ull << 20)
#define SIM_PERSISTENT_SIZE (1ull << 20)
#define SIM_LINES           24u           /* of interrupts; none can be enabled */
#define SIM_MESSAGES        3u            /* behind them */
#define SIM_DEVICE          0xf0000000ull /* not RAM */

/* Writes a boot context, an initramfs with a program that does nothing, and clean RAM. Valid until the next call. */
struct helion_bootctx *sim_context(void);

/* Boots from sim_context(), or from what a test made of it. Once per program. */
void sim_boot(const struct helion_bootctx *ctx);

/* A pointer to physical memory. */
void *sim_memory(uint64_t phys);

/* What init was given. */
const struct helion_manifest *sim_manifest(void);
/* The first record with this name; NULL when there is none. */
const struct helion_record *sim_record(const char *name);

/* The running task; NULL when the machine idles. */
struct task *sim_current(void);

/* Runs until the kernel panics: the message, or NULL if it did not. */
const char *sim_panics(void (*function)(void *), void *argument);

/* What the next trap does: the slice of the running task is over. */
void sim_tick(void);
/* The running task takes an exception. */
struct trap_cause;
void sim_fault(const struct trap_cause *cause);

/* What the running task has in its only floating-point register, after a trap if the unit is off; NULL: that was a fault. */
#define SIM_FPU_SIZE     72ull
#define SIM_FPU_RESERVED (1ull << 63)
uint64_t *sim_fpu(void);

/* Whether the invariants are checked after each system call. They are, unless a set-up that is repeated for ever turns it off. */
extern bool sim_checks;

/* -- System calls of the running task ---------------------------------------- */

struct sim_message {
	uint64_t cap, label;
	unsigned words, caps;
	uint64_t word[HELION_MESSAGE_WORDS];
	uint64_t slot[HELION_MESSAGE_CAPS];
};

/* One entry into the kernel and the way out of it: the negative error, and the first words of the answer (ret may be NULL).
 * 0 also when the caller is gone. The kernel's invariants are checked before it returns. */
int64_t sim_system_call(uint64_t number, uint64_t cap, uint64_t info, const uint64_t word[4], uint64_t ret[4]);
int64_t sim_call(const struct sim_message *message, uint64_t ret[4]);

/* Invocations: sim_invoke(cap, HELION_CSPACE_DELETE, slot). Words only; *ret may be NULL. */
#define sim_invoke(cap, label, ret, ...)                                  \
	sim_invoke_words(cap, label, ret, (uint64_t[]){0, ##__VA_ARGS__}, \
			 sizeof((uint64_t[]){0, ##__VA_ARGS__}) / 8 - 1)
int64_t sim_invoke_words(uint64_t cap, uint64_t label, uint64_t ret[4], const uint64_t *words, unsigned count);

/* Those that a test needs all the time. Slots are of the running task's CSpace; 0: it failed. */
uint64_t sim_create(uint64_t memory, uint64_t type, uint64_t size);
uint64_t sim_copy(uint64_t slot, uint64_t rights, uint64_t badge);
int64_t sim_delete(uint64_t slot);
int64_t sim_destroy(uint64_t slot);
int64_t sim_map(uint64_t vspace, uint64_t pages, uint64_t virt, uint64_t offset, uint64_t size, uint64_t flags);
int64_t sim_configure(uint64_t task, uint64_t cspace, uint64_t vspace, uint64_t buffer);
int64_t sim_start(uint64_t task);

/* A Memory and a task made from it, which is started. It runs in the CSpace given, or in one of its own (0), whose slots 1 to 4
 * are then its CSpace, VSpace, Task and Memory. Slots of the running task, except for those. */
struct sim_world {
	uint64_t memory, cspace, vspace, buffer, task;
};
struct sim_world sim_world(uint64_t bytes, uint64_t cspace);
/* Puts a copy of a capability of init, which runs, into a free slot of another CSpace; 0: it failed. */
uint64_t sim_give(uint64_t cspace, uint64_t slot);

/* Lets others run until this task does; false when it never does. */
bool sim_switch(const struct task *task);
/* The object behind a slot of the running task. */
void *sim_object(uint64_t slot);

/* What has to be the same after a test. */
struct sim_state {
	uint64_t free_bytes, objects, free_slots, mappings;
};
struct sim_state sim_state(void);
/* Only free_bytes and objects, of one Memory. */
struct memory;
struct sim_state sim_state_of(const struct memory *memory);

#endif
