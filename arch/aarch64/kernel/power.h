/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AARCH64_POWER_H
#define AARCH64_POWER_H

#include "platform/machine.h"

/* Maps the registers that the functions in power.c need, while that is still possible. */
void power_init(const struct machine *machine);

#endif
