/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NVMe disks, driven by polling: one command at a time, a page at most, through memory of the driver's own. Enough to read
 * tables and to change a sector; a server of disks would want more. (NVM Express Base Specification 2.0, NVM Command Set 1.0.)
 *
 * The process needs the function's BAR 0 and its Memory; whoever gives it the BAR has to let the function use its bus
 * (pci_enable). Nothing is claimed: the controller's interrupts are masked.
 *
 * Functions return 0 or a negative enum helion_error. -HELION_ERR_STATE: the controller is broken or refuses a command;
 * -HELION_ERR_TIMEOUT: it does not answer.
 */
#ifndef USER_LIB_NVME_H
#define USER_LIB_NVME_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/manifest.h>

#include "lib/disk.h"
#include "user/lib/vm.h"

/* Submission and completion queue, a page each. */
struct nvme_queue {
	uint64_t submissions, completions;          /* physical addresses */
	volatile void *submission, *completion;     /* where they are mapped */
	volatile void *submit_bell, *complete_bell; /* doorbells */
	uint32_t tail, head;
	bool phase; /* of the completions that are new */
};

struct nvme {
	struct vm_mapping registers, memory;
	struct nvme_queue admin, io;
	void *data; /* a page, and */
	uint64_t data_address;
	uint64_t timer,
		ticks; /* slots of a Timer and its Notification: once a millisecond while something is waited for */
	uint64_t timeout_ms; /* of starting and stopping */
	uint32_t namespace;  /* that `disk` is */
	struct disk disk;
};

/* Takes over the controller with these registers, a record that helion_given_record() or the manifest has, and starts it. */
int nvme_open(const struct helion_record *bar, struct nvme *ret);

/* Makes nvme->disk the first namespace with a number above `after`. -HELION_ERR_MISSING: there is none. */
int nvme_next(struct nvme *nvme, uint32_t after);

/* Stops the controller, which then uses no memory any more, and gives everything back. */
int nvme_close(struct nvme *nvme);

#endif
