/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELION_LIB_COMPILER_H
#define HELION_LIB_COMPILER_H

/* Part of whoever calls it, whatever the compiler thinks of its size: for ways whose instructions are counted. */
#define INLINE inline __attribute__((always_inline))

#endif
