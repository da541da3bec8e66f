/* SPDX-License-Identifier: BSD-2-Clause */
/* The instructions are the kernel's. */
#include "arch/riscv64/kernel/fpustate.S"
