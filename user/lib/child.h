/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processes that this one starts: programs of the initramfs, each with an address space, a CSpace and a Memory of
 * its own. What a child gets is what its parent gives it: nothing of the machine by itself.
 *
 * Life cycle: helion_child_create → helion_child_give, as often as needed → helion_child_start → (runs) →
 * helion_child_wait → helion_child_destroy, which may also be called at any other time after the first.
 * Everything that a child consists of is made from its Memory and goes with it.
 *
 * Functions return 0 or a negative enum helion_error.
 */
#ifndef USER_LIB_CHILD_H
#define USER_LIB_CHILD_H

#include <stdint.h>

#include "user/lib/vm.h"

#define HELION_CHILD_MEMORY (4u << 20) /* bytes that helion_child_create() takes from helion_process.memory */
#define HELION_CHILD_SLOTS  256u
#define HELION_CHILD_GIFTS  20u   /* records in its manifest */
#define HELION_CHILD_ARGS   1024u /* bytes of its command line */

/* Addresses in a child, as a task is started with one argument only: that is the manifest. */
#define HELION_CHILD_BUFFER 0x1ff00000ull
#define HELION_CHILD_STACK  0x20000000ull /* top */

struct helion_child_fault {
	uint64_t what;        /* as helion_task_info() says, 0: none */
	uint64_t address;     /* that was touched */
	uint64_t instruction; /* address of the one that did */
};

struct helion_child {
	uint64_t memory, cspace, vspace, task; /* slots */
	uint64_t end;                          /* slot of the Endpoint that its end is told to */
	uint64_t entry;
	struct vm_mapping manifest;
	struct helion_child_fault fault; /* the one that ended it */
};

/*
 * Loads the program at `path` of the initramfs; `arguments` becomes what manifest_cmdline() gives it (may be null). On error
 * nothing is left behind. -HELION_ERR_MISSING: no such file, -HELION_ERR_ARGUMENT: no program for this machine, or too many arguments.
 */
int helion_child_create(struct helion_child *child, const char *path, const char *arguments);

/*
 * Gives it a copy of a capability before it starts, which it finds by the name with helion_given(). The badge of the copy is
 * `badge`, or that of the slot if 0. helion_child_give_device() gives all that a record of the own manifest says besides.
 */
int helion_child_give(struct helion_child *child, const char *name, uint64_t slot, uint64_t rights, uint64_t badge);
struct helion_record;
int helion_child_give_device(struct helion_child *child, const char *name, const struct helion_record *record,
			     uint64_t slot);

int helion_child_start(struct helion_child *child);

/*
 * Waits for its end and tells what its main returned or it passed to helion_exit(). -HELION_ERR_FAULT: a fault of its first thread
 * ended it, see child->fault. A child that stops its task itself, by the system call, does not end in this sense.
 */
int helion_child_wait(struct helion_child *child, int *ret_status);

/* Ends it wherever it is and takes everything back. */
int helion_child_destroy(struct helion_child *child);

/* In the child: the record, or the slot, of what was given by this name; null, or 0, if nothing was. */
const struct helion_record *helion_given_record(const char *name);
uint64_t helion_given(const char *name);

#endif
