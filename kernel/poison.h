/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells the address sanitizer which storage is in use, where the kernel is built
 * with one (the tests on the developer's machine). Elsewhere it does nothing.
 */
#ifndef KERNEL_POISON_H
#define KERNEL_POISON_H

#include <stddef.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define poison(storage, size)   ASAN_POISON_MEMORY_REGION(storage, size)
#define unpoison(storage, size) ASAN_UNPOISON_MEMORY_REGION(storage, size)
#else
static inline void poison(const void *storage, size_t size)
{
	(void)storage;
	(void)size;
}

static inline void unpoison(const void *storage, size_t size)
{
	(void)storage;
	(void)size;
}
#endif

#endif
