/* SPDX-License-Identifier: BSD-2-Clause */
/* See bootcount.h. */
#include "bootloader/bootcount.h"

#include "lib/format.h"

bool bootcount_next_name(const struct bootentry_name *name, char *buffer, size_t capacity)
{
	unsigned left = name->left ? name->left - 1 : 0;
	unsigned done = name->done == UINT32_MAX ? UINT32_MAX : name->done + 1;
	size_t length;

	if (!name->is_counted)
		return false;
	length = fmt_snprintf(buffer, capacity, "%.*s+%u-%u%s", (int)name->id.length, name->id.start, left, done,
			      name->suffix);
	return length < capacity && length <= BOOTENTRY_MAX_NAME;
}
