/* SPDX-License-Identifier: BSD-2-Clause */
/* How the platform code reaches physical memory while the kernel boots. */
#ifndef KERNEL_RESOURCES_H
#define KERNEL_RESOURCES_H

#include "platform/machine.h"

extern const struct machine_access resources_access;

#endif
