/* SPDX-License-Identifier: BSD-2-Clause */
/* For sources that are not ours (libfdt): the C library's <string.h> is lib/string.h. */
#include "lib/string.h"
