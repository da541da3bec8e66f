/* SPDX-License-Identifier: BSD-2-Clause */
/* For sources that are not ours: libfdt's environment header includes <stdlib.h>, but of what is compiled
 * (not fdt_overlay.c) nothing uses it. */
