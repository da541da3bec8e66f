/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions are the kernel's. */
#include "arch/aarch64/kernel/fpustate.S"
