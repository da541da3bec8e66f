/* SPDX-License-Identifier: BSD-2-Clause */
/* Comparison of version strings. (UAPI Group, UAPI.10 Version Format Specification.) */
#ifndef HELION_LIB_VERSION_H
#define HELION_LIB_VERSION_H

#include "lib/slice.h"

/*
 * Less than 0 if `a` is older than `b`, 0 if both are equivalent, greater than 0 if `a` is newer. A total preorder on
 * all byte strings: characters that no version has (anything but ASCII letters, digits and ~ - ^ .) only separate.
 */
int version_compare(struct slice a, struct slice b);

#endif
