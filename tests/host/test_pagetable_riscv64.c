/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/pagetable.c with the page-table entries of riscv64. */
#include "../../arch/riscv64/include/arch/paging.h"
#include "../../lib/pagetable.c"

uint64_t riscv_pbmt = RV_PTE_PBMT_NC | RV_PTE_PBMT_IO;

#include "pagetable_tests.h"
