/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A UEFI firmware that is a few tables in a host program, for running the whole loader under sanitizers: boot and
 * runtime services, memory, a protocol database, a volume in memory, consoles. It is as strict as the specification
 * lets firmware be, notices every misuse, and can make any single call fail.
 *
 * A run happens in a child process, so that each begins with the loader as it was linked: firmware_run() builds the
 * machine, calls efi_main() and returns what came of it. Nothing of the child's memory remains.
 */
#ifndef TESTS_FIRMWARE_H
#define TESTS_FIRMWARE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

#include "bootloader/arch.h"
#include "bootloader/efi.h"

enum {
	FIRMWARE_MAX_CALLS = 4096,
	FIRMWARE_MAX_TEXT = 32 * 1024,
	FIRMWARE_MAX_LABEL = 96,
};

/* RAM, at the same addresses in the host process. */
#define FIRMWARE_RAM_BASE 0x20000000ull
#define FIRMWARE_RAM_SIZE 0x01000000ull

/* ---- A run ------------------------------------------------------------------------------------------------------- */

/* Makes calls fail: those from number `first` on, `count` of them. Calls are numbered from 1; first is 0 for none. */
struct firmware_fault {
	unsigned first, count;
	EFI_STATUS status;
};

enum firmware_end {
	FIRMWARE_CRASHED, /* a finding of a sanitizer, a signal, or a time limit */
	FIRMWARE_RETURNED,
	FIRMWARE_ENTERED, /* the kernel; firmware_kernel_check() has looked at everything it got */
	FIRMWARE_RESET,
	FIRMWARE_HALTED,
};

struct firmware_call {
	char name[32];
	char object[FIRMWARE_MAX_LABEL]; /* what it was for: path, protocol, variable */
	uint64_t size;                   /* bytes that it concerned; 0 where that says nothing */
};

struct firmware_result {
	enum firmware_end end;
	EFI_STATUS status; /* of efi_main() */
	unsigned calls;
	struct firmware_call trace[FIRMWARE_MAX_CALLS];
	unsigned images_started; /* by StartImage */
	unsigned exit_calls;     /* of ExitBootServices */
	uint64_t file_reads;     /* bytes that the volume's Read gave */
	uint32_t flags;          /* what the kernel got in the boot context; 0 if none was entered */
	uint64_t slide;
	uint8_t seed[HELION_SEED_SIZE];
	uint64_t withheld; /* bytes of RAM that the kernel may not use although the firmware would let it */
	unsigned framebuffer_count;
	struct helion_framebuffer framebuffers[8];
	uint8_t seed_file[64]; /* what \\loader\\random-seed begins with in the end */
	char console[FIRMWARE_MAX_TEXT];
	char violations[4096]; /* one a line: misuse of the firmware, leaks, wrong content; empty is good */
};

/* What a test's machine consists of; called in the child before efi_main(). */
typedef void (*firmware_setup)(void *ctx);

/* The result is valid until the next run. */
const struct firmware_result *firmware_run(firmware_setup setup, void *ctx, struct firmware_fault fault);

/* ---- What a setup can build -------------------------------------------------------------------------------------- */

/* Files of the volume that the loader was started from. Paths as "\\loader\\loader.conf"; the content is not copied. */
void firmware_add_file(const char *path, const void *content, size_t size);
void firmware_add_text(const char *path, const char *text);
void firmware_remove_file(const char *path);
/* Content of a file as it is now; NULL if there is none. */
const void *firmware_file(const char *path, size_t *ret_size);

/*
 * Another partition of the same disk, an extended boot loader partition: its files are those whose paths begin with
 * FIRMWARE_EXTENDED. It has a file system only after ConnectController, or not before a driver was started. (disk.c)
 */
#define FIRMWARE_EXTENDED "2:"
void firmware_add_extended(bool is_without_driver);
/* A driver was started, which stays. */
extern bool firmware_has_driver;

/* Protocols; *handle is made if it is NULL. */
void firmware_install(EFI_HANDLE *handle, EFI_GUID guid, void *interface);
/* What is installed now; NULL if nothing is. For images that were started: their calls are not the loader's. */
void *firmware_find(EFI_GUID guid);
void firmware_set_table(EFI_GUID guid, void *table);
void firmware_set_variable(const char *name, EFI_GUID guid, const void *value, size_t size);
/* Keys that somebody presses while the loader waits: a unit of UCS-2 each, or SCAN_* << 16. */
void firmware_press(uint32_t key);
/* The loader then comes from a server with the files of the volume (network.c): by PXE, or by HTTP with this URL. */
void firmware_serve_tftp(void);
void firmware_serve_http(const char *url);
void firmware_set_device_path(void *path);
/* Of the loader's own file, in its LoadedImage protocol; none at first. */
void firmware_set_file_path(void *path);
void firmware_load_options(const void *options, size_t size);

/* Ways of real firmware, all off at first. */
struct firmware_quirks {
	unsigned stale_keys;    /* so many calls of ExitBootServices find that a handler has changed the map */
	unsigned stale_growth;  /* ... and taken so many pages here and there each time */
	bool map_read_fails;    /* GetMemoryMap fails after ExitBootServices was called once */
	bool page_zero;         /* the first allocation of pages gets page 0 */
	uint64_t largest_read;  /* a larger Read fails, and spoils the handle; 0: none does */
	uint64_t short_reads;   /* Read gives at most so much at once; 0: all */
	bool has_no_address;    /* DHCP does not answer */
	unsigned http_status;   /* of EFI_HTTP_STATUS_CODE: what the server answers for /helion/initrd; 0: with it */
	bool http_is_silent;    /* nothing that the server sends arrives */
	bool http_is_unsized;   /* there is no Content-Length */
	const char *truncated;  /* the file that ends halfway although its size says otherwise */
	bool has_no_console;    /* ConOut and ConIn are NULL */
	size_t descriptor_size; /* 0: 48 */
	bool zero_descriptors;  /* the map has descriptors of no pages */
	bool is_memory_high;    /* AllocatePages has nothing below 4 GiB: only without limit does it succeed */
	EFI_STATUS load_image;  /* what LoadImage returns with a handle, if not 0 */
};
extern struct firmware_quirks firmware_quirks;

/* What a started image does; returns its status. */
extern EFI_STATUS (*firmware_image_main)(EFI_HANDLE image, const void *content, size_t size);

/* What the kernel has to find: checked page by page through the page tables that it got. */
struct firmware_expected {
	const void *kernel; /* the ELF file */
	size_t kernel_size;
	const char *cmdline;
	struct {
		const char *name, *cmdline;
		const void *content; /* the whole module, with zeros between archives */
		size_t size;
	} modules[8];
	size_t module_count;
	const char *entry_name;
};
extern struct firmware_expected firmware_expected;

/* ---- For the parts of the firmware ------------------------------------------------------------------------------- */

/* Begins every call. True: the call shall do nothing and return *ret. `format` says what the call is for. */
bool firmware_call(EFI_STATUS *ret, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Bytes that the call just begun concerns. */
void firmware_call_size(uint64_t size);

#define FIRMWARE_CALL(name, ...)                                       \
	do {                                                           \
		EFI_STATUS fault_status;                               \
		if (firmware_call(&fault_status, (name), __VA_ARGS__)) \
			return fault_status;                           \
	} while (0)

void firmware_violation(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void firmware_end_run(enum firmware_end end);
const char *firmware_guid_name(const EFI_GUID *guid);
/* UTF-8 of a short UCS-2 text, in a buffer that the fourth next call overwrites. */
const char *firmware_utf8(const CHAR16 *text);
extern struct firmware_result *firmware_result;
extern EFI_SYSTEM_TABLE firmware_system_table;
extern EFI_BOOT_SERVICES firmware_boot_services;
extern EFI_RUNTIME_SERVICES firmware_runtime_services;
extern EFI_HANDLE firmware_image, firmware_device;

/* Set-up, and the search for leaks at the end, of each part. */
void firmware_memory_init(void);
void firmware_memory_leaks(void);
void firmware_handles_init(void);
void firmware_handles_leaks(void);
void firmware_volume_init(void);
/* Gives the device a file system of the files whose paths begin with this. */
void firmware_install_volume(EFI_HANDLE device, const char *prefix);
void firmware_volume_leaks(void);
void firmware_console_init(void);
void firmware_services_init(void);
void firmware_services_leaks(void);
bool firmware_key_waits(void);
void firmware_signal(EFI_EVENT event);
void firmware_network_leaks(void);
/* Pool that the loader has to free, without a call of its own; NULL if there is no more. */
void *firmware_pool(size_t size);
/* Whether a range is RAM that AllocatePages has given away. */
bool firmware_is_allocated(uint64_t base, uint64_t size);
/* True after the first call of ExitBootServices. */
extern bool firmware_is_exiting;
extern bool firmware_has_exited;

/* The kernel's point of view. */
_Noreturn void firmware_kernel_check(const struct arch_jump *jump);

#endif
