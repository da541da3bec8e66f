/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/fpu_arithmetic.h"

uint64_t fpu_arithmetic(void)
{
	volatile double sum = 0, step = 0.25;

	for (int i = 0; i < 1000; i++)
		sum = sum + step * i;
	return (uint64_t)sum;
}
