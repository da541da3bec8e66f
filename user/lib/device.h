/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a record of the manifest says about a device, made into capabilities that a driver can be given. For a process that has
 * IRQControl and IOPortControl, as the first one has. New objects are kept in helion_process.memory.
 *
 * Functions return 0 or a negative enum helion_error, and write results only on success.
 */
#ifndef USER_LIB_DEVICE_H
#define USER_LIB_DEVICE_H

#include <stdint.h>

#include <helion/manifest.h>

/* The record's Pages, or the IOPort of its ports, which nobody may have claimed. -HELION_ERR_MISSING: it has neither. */
int helion_device_registers(const struct helion_record *device, uint64_t *ret_slot);

/* The IRQHandler of its line, masked, triggered as the record says. -HELION_ERR_MISSING: it has no line. */
int helion_device_irq(const struct helion_record *device, uint64_t *ret_slot);

#endif
