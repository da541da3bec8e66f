/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of a GICv3 (IHI 0069, chapters 5 and 6): an interrupt translation service (ITS) makes an interrupt of each message,
 * by tables that say for which device and event which one it is, and where it goes. These interrupts (LPIs) have INTIDs from
 * 8192 on, tables in memory in place of registers, and no level.
 */
#ifndef AARCH64_ITS_H
#define AARCH64_ITS_H

#include <stdbool.h>
#include <stdint.h>

#include "irq.h"

#define ITS_FIRST_LPI 8192u

/*
 * On the boot CPU, for a distributor that has LPIs and a machine with that many redistributors: takes the memory for the tables,
 * starts the ITSs, and fills in what the chip says of messages; nothing of it where there is none that can be used.
 */
void its_init(const struct machine *machine, struct irq_chip *chip, uint32_t redistributors);

/* On each CPU, whose redistributor is number `number`, with these registers at this physical address. */
void its_init_cpu(uint32_t number, volatile void *frame, uint64_t address);

/* The line that an LPI is; lines for messages begin where the chip says. */
uint32_t its_line(uint32_t intid);

#endif
