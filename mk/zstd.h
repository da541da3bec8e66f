/* SPDX-License-Identifier: BSD-2-Clause */
/* For libzstd's decoder, included before its sources: there is no allocator, it works in memory that it is given. */
#ifndef MK_ZSTD_H
#define MK_ZSTD_H

#define ZSTD_DEPS_MALLOC
#define ZSTD_malloc(size)        ((void)(size), (void *)0)
#define ZSTD_calloc(count, size) ((void)(count), (void)(size), (void *)0)
#define ZSTD_free(memory)        ((void)(memory))

#define DEBUGLEVEL          0
#define DYNAMIC_BMI2        0
#define ZSTD_DISABLE_ASM    1
#define ZSTD_LEGACY_SUPPORT 0
#define ZSTD_NO_INTRINSICS  1
#define ZSTD_TRACE          0
#define ZSTDLIB_STATIC_API
#define ZSTDERRORLIB_VISIBLE

#endif
