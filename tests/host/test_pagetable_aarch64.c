/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/pagetable.c with the page-table entries of aarch64. */
#include "../../arch/aarch64/include/arch/paging.h"
#include "../../lib/pagetable.c"

uint64_t a64_kernel_ng;

#include "pagetable_tests.h"
