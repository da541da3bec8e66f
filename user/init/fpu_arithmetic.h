/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs may compute: a sum that is exact in the default rounding mode, by the compiler's instructions. */
#ifndef USER_INIT_FPU_ARITHMETIC_H
#define USER_INIT_FPU_ARITHMETIC_H

#include <stdint.h>

/* The sum of 0.25 * i for i below 1000. */
#define FPU_ARITHMETIC 124875
uint64_t fpu_arithmetic(void);

#endif
