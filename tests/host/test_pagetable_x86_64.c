/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/pagetable.c with the page-table entries of x86_64. */
#include "../../arch/x86_64/include/arch/paging.h"
#include "../../lib/pagetable.c"
#include "pagetable_tests.h"
