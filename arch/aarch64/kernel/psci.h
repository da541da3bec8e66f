/* SPDX-License-Identifier: BSD-2-Clause */
/* Power State Coordination Interface (DEN 0022, §5). */
#ifndef AARCH64_PSCI_H
#define AARCH64_PSCI_H

#include <stdint.h>

#include "platform/machine.h"

#define PSCI_SYSTEM_OFF   0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_CPU_ON       0xc4000003u /* target MPIDR, physical entry address, its x0 */

#define PSCI_SUCCESS       0
#define PSCI_NOT_SUPPORTED (-1)

/* Calls the firmware by the conduit; PSCI_NOT_SUPPORTED when the machine has none. */
int64_t psci_call(enum machine_psci conduit, uint64_t function, uint64_t a, uint64_t b, uint64_t c);

#endif
