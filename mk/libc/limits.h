/* SPDX-License-Identifier: BSD-2-Clause */
/* GCC's <limits.h> includes a C library's one behind it; a freestanding build has none, and needs nothing from it. */
