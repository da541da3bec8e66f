/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * QEMU's "edu" PCI function (QEMU, docs/specs/edu), which raises its line, or sends a message, when it is told to: what tests
 * and measurements of interrupts use. Found in the manifest; only on bus 0. For a process whose CSpace has what the
 * manifest names.
 *
 * Functions return 0 or a negative enum helion_error.
 */
#ifndef USER_LIB_EDU_H
#define USER_LIB_EDU_H

#include <stdint.h>

#include <arch/io.h>
#include <helion/manifest.h>

#include "user/lib/invoke.h"
#include "user/lib/vm.h"

struct edu {
	const struct helion_record
		*record; /* of its registers: irq is its line, 0 if nobody knows that; detail is for claim_msi */
	struct vm_mapping registers, config;
};

/* Maps its registers and its configuration space, and lets it use its bus. -HELION_ERR_MISSING: there is none. */
int edu_open(const struct helion_manifest *manifest, struct edu *ret);
int edu_close(struct edu *edu);

/* Registers of BAR 0. */
#define EDU_STATUS 0x24u
#define EDU_RAISE  0x60u
#define EDU_LOWER  0x64u

static inline volatile uint32_t *edu_register(const struct edu *edu, uint32_t offset)
{
	return (volatile uint32_t *)((char *)edu->registers.address + offset);
}

/* Sets and clears bits of its interrupt status: while there is one, it has its line up; when the first is set, it sends its message,
 * if it has one. */
static inline void edu_raise(const struct edu *edu, uint32_t bits)
{
	mmio_write32(edu_register(edu, EDU_RAISE), bits);
}

static inline void edu_lower(const struct edu *edu, uint32_t bits)
{
	mmio_write32(edu_register(edu, EDU_LOWER), bits);
}

static inline uint32_t edu_status(const struct edu *edu)
{
	return mmio_read32(edu_register(edu, EDU_STATUS));
}

/* What it sends instead of raising its line; NULL: it raises the line again. -HELION_ERR_UNSUPPORTED: it has no messages. */
int edu_use_message(const struct edu *edu, const struct helion_msi *msi);

#endif
