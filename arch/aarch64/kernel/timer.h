/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AARCH64_TIMER_H
#define AARCH64_TIMER_H

#include <stdbool.h>

/* The timer's interrupt was taken: turns it off; false if it was not due, or set anew since. */
bool timer_acknowledge(void);

#endif
