/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/start.h"

#include <stdarg.h>

#include "user/lib/child.h"
#include "user/lib/console.h"
#include "user/lib/invoke.h"
#include "user/lib/ipc.h"
#include "user/lib/self.h"
#include "user/lib/syscall.h"
#include "user/lib/tls.h"

struct helion_process helion_process;

_Noreturn void helion_start_process(uint64_t manifest_address, uint64_t ipc_buffer, uint64_t stack_top,
				    uint64_t counter);

/* Nothing that has thread-local variables works here, which is nearly everything. */
static _Noreturn void without_storage(void)
{
	static const char text[] =
		"panic: the manifest is of another version, or names no Task to set the TLS base of\n";

	helion_writecons(text, sizeof(text) - 1);
	__builtin_trap();
}

_Noreturn void helion_start_process(uint64_t manifest_address, uint64_t ipc_buffer, uint64_t stack_top,
				    uint64_t counter)
{
	const struct helion_manifest *manifest = (const struct helion_manifest *)manifest_address;

	helion_process = (struct helion_process){
		.manifest = manifest,
		.ipc_buffer = (struct helion_ipc_buffer *)(ipc_buffer != 0 ? ipc_buffer : HELION_CHILD_BUFFER),
		.stack_top = ipc_buffer != 0 ? stack_top : HELION_CHILD_STACK,
		.first_counter = counter,
	};
	if (manifest->magic == HELION_MANIFEST_MAGIC && manifest->version == HELION_MANIFEST_VERSION)
		helion_process.task = manifest->slot_task;
	if (helion_process.task == 0 || tls_start(helion_process.task) < 0)
		without_storage();
	helion_self.ipc_buffer = helion_process.ipc_buffer;
	helion_process.cspace = manifest->slot_cspace;
	helion_process.vspace = manifest->slot_vspace;
	helion_process.system = manifest->slot_system;
	helion_process.memory = manifest->slot_memory;
	helion_process.parent = helion_given("parent");
	helion_exit(main(manifest));
}

static void tell_parent(int status)
{
	const struct helion_message message = {.word_count = 1, .words = {(uint64_t)(int64_t)status}};

	/* If it cannot be told, it no longer wants to know. */
	if (helion_process.parent != 0)
		(void)helion_send(helion_ipc_buffer(), helion_process.parent, &message);
}

_Noreturn void helion_exit(int status)
{
	console_flush();
	tell_parent(status);
	if (helion_process.system != 0)
		helion_system_power_off(helion_process.system, (uint64_t)(uint32_t)status);
	for (;;) {
		if (helion_process.task != 0)
			helion_task_stop(helion_process.task);
		helion_yield();
	}
}

_Noreturn void helion_panic_at(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	printf("panic: %s:%d: ", file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	helion_exit(1);
}
