/* SPDX-License-Identifier: BSD-2-Clause */
/* The C end of helion_thread_entry. A file of its own, for programs that make tasks without the thread library. */
#include "user/lib/arch.h"

_Noreturn void helion_thread_main(const struct helion_entry *entry);

_Noreturn void helion_thread_main(const struct helion_entry *entry)
{
	entry->function(entry->argument);
	__builtin_trap();
}
