/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the loader, on every console the firmware shows text on (ConOut).
 *
 * Printing is dear: through EDK2's graphical console a line costs millions of
 * instructions. So what is merely informative is printed only when the boot asks
 * for it ("verbose" on the command line). Nothing may be printed after the first
 * call of ExitBootServices.
 */
#ifndef BOOTLOADER_PRINT_H
#define BOOTLOADER_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/efi.h"
#include "lib/slice.h"

enum {
	PRINT_MAX_REASON = 256, /* bytes of a reason that is kept */
};

/* Turns print_info() on or off. Off at the start. */
void print_set_verbose(bool verbose);
bool print_is_verbose(void);

/* The formats are those of lib/format.h; text is UTF-8. Each ends the line itself. */
void print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Prints "error: <text>: <status in words>" and returns the status, so that a
 * function can end with `return print_error(status, "cannot ...")`.
 */
EFI_STATUS print_error(EFI_STATUS status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same where the text says the reason itself and the status would add nothing. */
EFI_STATUS print_refusal(EFI_STATUS status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copies the text of the last error, without "error: ", or an empty string if there was none; it is forgotten then. */
void print_last_error(char *buffer, size_t capacity);

/* The same for something that does not keep the boot from going on: "warning: <text>". */
void print_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A status as a phrase ("not found"). Never null. UEFI 2.10 Appendix D. */
const char *status_text(EFI_STATUS status);

/* Arguments for "%.*s". */
#define SLICE_ARGS(slice) (int)(slice).length, (slice).start ? (slice).start : ""

#endif
