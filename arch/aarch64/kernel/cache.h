/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AARCH64_CACHE_H
#define AARCH64_CACHE_H

#include <stddef.h>

/* Writes back, and drops, what data caches hold of [start, start + size), down to the point of coherency: where a
 * CPU whose MMU is off reads. */
void cache_clean_to_memory(const volatile void *start, size_t size);

#endif
