/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers that tell what a device is. Pure functions and data. */
#ifndef USER_INIT_PROBES_H
#define USER_INIT_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/manifest.h>

struct probe {
	uint32_t origin;    /* enum helion_origin of the record */
	const char *prefix; /* ACPI: its name begins so; device tree: the last part of its path begins so */
	const char *name;   /* of the register */
	uint32_t offset;    /* from the record's base */
	uint32_t bits;      /* 8, 16, 32, 64 */
	uint64_t mask;      /* of the bits that are compared */
	uint64_t value;     /* that they must have */
	bool different;     /* that they must not have */
};

extern const struct probe probes[];
extern const size_t probe_count;

/* Whether the record is a device of this kind, with a capability that covers the register. */
bool probe_matches(const struct probe *probe, const struct helion_record *record);

bool probe_accepts(const struct probe *probe, uint64_t value);

#endif
