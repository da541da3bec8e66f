/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measured boot: what is going to run is hashed into PCRs of the TPM, where it cannot be taken back, and into the
 * firmware's event log. docs/loader.md has the table of what goes where.
 */
#ifndef BOOTLOADER_MEASURE_H
#define BOOTLOADER_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "lib/slice.h"

enum {
	MEASURE_PCR_ENTRY = 8, /* the boot entry and the command line */
	MEASURE_PCR_FILES = 9, /* everything that it names */
};

/* Finds the TPM, if the firmware has one. */
void measure_begin(void);

bool measure_is_on(void);

/*
 * Extends a PCR with `size` bytes of any content and logs an event of type EV_IPL with the text "what name". Does nothing
 * without a TPM. Prints an error; the content must not be used then.
 */
EFI_STATUS measure(unsigned pcr, const void *content, uint64_t size, const char *what, struct slice name);

#endif
