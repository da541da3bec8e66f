/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing of the kernel is seen from outside: what another source defines is reached directly, not through a table. */
#ifndef __ASSEMBLER__
#pragma GCC visibility push(hidden)
#endif
