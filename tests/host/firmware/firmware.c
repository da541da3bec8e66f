/* SPDX-License-Identifier: BSD-2-Clause */
/* See firmware.h: runs, and the bookkeeping of calls. */
#include "firmware.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	TIME_LIMIT = 60, /* seconds; a run takes milliseconds */
};

struct firmware_result *firmware_result;
struct firmware_quirks firmware_quirks;
struct firmware_expected firmware_expected;
EFI_STATUS (*firmware_image_main)(EFI_HANDLE image, const void *content, size_t size);

static struct firmware_fault fault;
static jmp_buf end_of_run;
static char load_options[512];

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system_table);

/* ---- Calls ------------------------------------------------------------------------------------------------------- */

static void append(char *buffer, size_t capacity, const char *format, va_list list)
{
	size_t used = strlen(buffer);

	vsnprintf(buffer + used, capacity - used, format, list);
}

void firmware_violation(const char *format, ...)
{
	size_t used = strlen(firmware_result->violations);
	va_list list;

	va_start(list, format);
	append(firmware_result->violations, sizeof(firmware_result->violations) - 1, format, list);
	va_end(list);
	used = strlen(firmware_result->violations);
	memcpy(firmware_result->violations + used, "\n", 2);
}

/* What UEFI up to 2.8 allows between the first ExitBootServices and the successful one; and runtime services ever after. */
static bool is_allowed(const char *name)
{
	if (strcmp(name, "ResetSystem") == 0)
		return true;
	return !firmware_is_exiting ||
	       (!firmware_has_exited && (strcmp(name, "GetMemoryMap") == 0 || strcmp(name, "ExitBootServices") == 0));
}

bool firmware_call(EFI_STATUS *ret, const char *name, const char *format, ...)
{
	unsigned number = ++firmware_result->calls;
	struct firmware_call *call;
	va_list list;

	if (number > FIRMWARE_MAX_CALLS) {
		firmware_violation("more than %d calls of the firmware", FIRMWARE_MAX_CALLS);
		firmware_end_run(FIRMWARE_CRASHED);
	}
	call = &firmware_result->trace[number - 1];
	snprintf(call->name, sizeof(call->name), "%s", name);
	va_start(list, format);
	vsnprintf(call->object, sizeof(call->object), format, list);
	va_end(list);
	if (!is_allowed(name))
		firmware_violation("%s %s after ExitBootServices was called", name, call->object);
	*ret = fault.status;
	/* What a message goes through has to work, or nobody could say what is broken. */
	if (fault.count > 1 && strcmp(name, "OutputString") == 0)
		return false;
	return fault.first && number >= fault.first && number - fault.first < fault.count;
}

void firmware_call_size(uint64_t size)
{
	firmware_result->trace[firmware_result->calls - 1].size = size;
}

_Noreturn void firmware_end_run(enum firmware_end end)
{
	firmware_result->end = end;
	longjmp(end_of_run, 1);
}

/* ---- Runs -------------------------------------------------------------------------------------------------------- */

void firmware_load_options(const void *options, size_t size)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_LOADED_IMAGE_PROTOCOL *image;
	void *interface;

	memcpy(load_options, options, size);
	firmware_boot_services.HandleProtocol(firmware_image, &guid, &interface);
	image = interface;
	image->LoadOptions = load_options;
	image->LoadOptionsSize = (UINT32)size;
}

static void build(firmware_setup setup, void *ctx)
{
	firmware_memory_init();
	firmware_services_init();
	firmware_handles_init();
	firmware_console_init();
	firmware_volume_init();
	setup(ctx);
	/* What building it has called does not count. */
	firmware_result->calls = 0;
}

static void run_child(firmware_setup setup, void *ctx)
{
	const void *content;
	size_t size;

	alarm(TIME_LIMIT);
	build(setup, ctx);
	if (setjmp(end_of_run) == 0) {
		firmware_result->status = efi_main(firmware_image, &firmware_system_table);
		firmware_result->end = FIRMWARE_RETURNED;
		firmware_memory_leaks();
		firmware_volume_leaks();
		firmware_network_leaks();
		firmware_services_leaks();
		firmware_handles_leaks();
	}
	content = firmware_file("\\loader\\random-seed", &size);
	if (content)
		memcpy(firmware_result->seed_file, content, size < 64 ? size : 64);
	/* The loader's memory is the firmware's, of which the sanitizer's own search for leaks knows nothing. */
	_exit(0);
}

const struct firmware_result *firmware_run(firmware_setup setup, void *ctx, struct firmware_fault with)
{
	int status;
	pid_t child;

	if (!firmware_result)
		firmware_result =
			mmap(NULL, sizeof(*firmware_result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (firmware_result == MAP_FAILED)
		abort();
	/* Most of it is the trace, which `calls` says the length of. */
	memset(firmware_result, 0, offsetof(struct firmware_result, trace));
	firmware_result->images_started = firmware_result->exit_calls = 0;
	firmware_result->file_reads = 0;
	firmware_result->flags = 0;
	firmware_result->slide = 0;
	firmware_result->framebuffer_count = 0;
	firmware_result->withheld = 0;
	memset(firmware_result->seed, 0, sizeof(firmware_result->seed));
	memset(firmware_result->seed_file, 0, sizeof(firmware_result->seed_file));
	firmware_result->console[0] = firmware_result->violations[0] = '\0';
	fault = with;
	fflush(NULL);
	child = fork();
	if (child == 0)
		run_child(setup, ctx);
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		firmware_result->end = FIRMWARE_CRASHED;
	return firmware_result;
}

/* ---- What the loader wants of an architecture --------------------------------------------------------------------- */

uint64_t arch_counter(void)
{
	static uint64_t ticks;

	return ticks += 1000;
}

uint64_t arch_counter_hz(const struct boot *boot)
{
	(void)boot;
	return 1000000000;
}

bool arch_random(uint64_t *ret)
{
	(void)ret;
	return false; /* so that random numbers have to come from where a call can fail */
}

/* riscv64 asks the firmware, so that this can fail. */
EFI_STATUS arch_boot_cpu(const struct boot *boot, uint64_t *ret)
{
	(void)boot;
	FIRMWARE_CALL("boot CPU", "%s", "");
	*ret = 3;
	return EFI_SUCCESS;
}

void arch_fallback_console(struct helion_console *ret)
{
	*ret = (struct helion_console){.type = HELION_CONSOLE_16550_PORT, .base = 0x3f8, .size = 8, .reg_width = 1};
}

bool arch_paging_choose(uint64_t highest, unsigned *ret_levels, unsigned *ret_max_leaf)
{
	*ret_levels = 4;
	*ret_max_leaf = 1;
	return highest < ARCH_DIRECT_MAP_SIZE(4);
}

uint32_t arch_boot_flags(uint32_t wants)
{
	(void)wants;
	return 0;
}

void arch_sync_code(const void *start, size_t size)
{
	(void)start, (void)size;
}

_Noreturn void arch_enter(const struct arch_jump *jump)
{
	firmware_kernel_check(jump);
}

_Noreturn void arch_halt(void)
{
	firmware_end_run(FIRMWARE_HALTED);
}

__asm__(".pushsection .rodata\n"
	".globl arch_handover_code, arch_handover_code_end\n"
	"arch_handover_code: .fill 64, 1, 0x90\n"
	"arch_handover_code_end: .byte 0\n"
	".popsection\n");
