/* SPDX-License-Identifier: BSD-2-Clause */
/* For sources that are not ours (libfdt): all that they use of the C library's <stdlib.h>. */
unsigned long strtoul(const char *text, char **ret_end, int base);
