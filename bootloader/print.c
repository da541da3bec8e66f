/* SPDX-License-Identifier: BSD-2-Clause */
/* See print.h. */
#include "bootloader/print.h"

#include <stdarg.h>
#include <stdint.h>

#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

enum {
	LINE_MAX = 512, /* bytes of a line */
	FORMAT_MAX =
		5 * 1024, /* bytes of a message before it is shortened: a line of a boot entry, and words around it */
};

static bool verbose;
static char last_error[PRINT_MAX_REASON];

void print_set_verbose(bool value)
{
	verbose = value;
}

bool print_is_verbose(void)
{
	return verbose;
}

/* One call of OutputString for a whole line: each call has a fixed cost in EDK2's console splitter. */
static void put_line(const char *prefix, const char *text, const char *reason)
{
	static char line[LINE_MAX];
	static CHAR16 wide[LINE_MAX + 3];
	size_t length;

	fmt_snprintf(line, sizeof(line), "%s%s%s%s", prefix, text, *reason ? ": " : "", reason);
	length = text_to_ucs2(line, wide, LINE_MAX);
	text_make_printable(wide);
	wide[length++] = '\r';
	wide[length++] = '\n';
	wide[length] = 0;
	if (ST->ConOut)
		ST->ConOut->OutputString(ST->ConOut, wide);
}

/* Leaves out the middle of what is too long: a path may have thousands of bytes, and the reason stands behind it. */
static void shorten(char *text)
{
	static const char gap[] = " ... ";
	size_t length = strlen(text), keep = LINE_MAX / 2 - 64;

	if (length <= 2 * keep + sizeof(gap))
		return;
	memcpy(text + keep, gap, sizeof(gap) - 1);
	memmove(text + keep + sizeof(gap) - 1, text + length - keep, keep + 1);
}

static void put_formatted(const char *prefix, bool is_error, const char *reason, const char *format, va_list arguments)
{
	static char text[FORMAT_MAX];

	fmt_vsnprintf(text, sizeof(text), format, arguments);
	shorten(text);
	if (is_error)
		fmt_snprintf(last_error, sizeof(last_error), "%s%s%s", text, *reason ? ": " : "", reason);
	put_line(prefix, text, reason);
}

void print_line(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("loader: ", false, "", format, arguments);
	va_end(arguments);
}

void print_info(const char *format, ...)
{
	va_list arguments;

	if (!verbose)
		return;
	va_start(arguments, format);
	put_formatted("loader: ", false, "", format, arguments);
	va_end(arguments);
}

EFI_STATUS print_error(EFI_STATUS status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("loader: error: ", true, status_text(status), format, arguments);
	va_end(arguments);
	return status;
}

EFI_STATUS print_refusal(EFI_STATUS status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("loader: error: ", true, "", format, arguments);
	va_end(arguments);
	return status;
}

void print_last_error(char *buffer, size_t capacity)
{
	fmt_snprintf(buffer, capacity, "%s", last_error);
	last_error[0] = '\0';
}

void print_warning(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put_formatted("loader: warning: ", false, "", format, arguments);
	va_end(arguments);
}

const char *status_text(EFI_STATUS status)
{
	switch (status) {
	case EFI_SUCCESS: return "success";
	case EFI_LOAD_ERROR: return "the file could not be loaded";
	case EFI_INVALID_PARAMETER: return "invalid parameter";
	case EFI_UNSUPPORTED: return "not supported";
	case EFI_BAD_BUFFER_SIZE: return "bad buffer size";
	case EFI_BUFFER_TOO_SMALL: return "buffer too small";
	case EFI_NOT_READY: return "not ready";
	case EFI_DEVICE_ERROR: return "the device reported an error";
	case EFI_WRITE_PROTECTED: return "write protected";
	case EFI_OUT_OF_RESOURCES: return "not enough memory";
	case EFI_VOLUME_CORRUPTED: return "the file system is corrupt";
	case EFI_VOLUME_FULL: return "the file system is full";
	case EFI_NO_MEDIA: return "no medium in the device";
	case EFI_MEDIA_CHANGED: return "the medium was changed";
	case EFI_NOT_FOUND: return "not found";
	case EFI_ACCESS_DENIED: return "access denied";
	case EFI_NO_RESPONSE: return "no response";
	case EFI_ICMP_ERROR: return "ICMP error";
	case EFI_TFTP_ERROR: return "TFTP error";
	case EFI_NO_MAPPING: return "no mapping";
	case EFI_TIMEOUT: return "timed out";
	case EFI_NOT_STARTED: return "not started";
	case EFI_ALREADY_STARTED: return "already started";
	case EFI_ABORTED: return "aborted";
	case EFI_PROTOCOL_ERROR: return "protocol error";
	case EFI_INCOMPATIBLE_VERSION: return "incompatible version";
	case EFI_SECURITY_VIOLATION: return "security violation";
	case EFI_CRC_ERROR: return "checksum error";
	case EFI_END_OF_MEDIA: return "end of the medium";
	case EFI_END_OF_FILE: return "unexpected end of the file";
	case EFI_INVALID_LANGUAGE: return "invalid language";
	case EFI_COMPROMISED_DATA: return "compromised data";
	case EFI_HTTP_ERROR: return "HTTP error";
	case LOADER_EFI_NETWORK_UNREACHABLE: return "the network cannot be reached";
	case LOADER_EFI_HOST_UNREACHABLE: return "the server cannot be reached";
	case LOADER_EFI_PORT_UNREACHABLE: return "nothing listens at the server's port";
	case LOADER_EFI_CONNECTION_FIN: return "the server has closed the connection";
	case LOADER_EFI_CONNECTION_RESET: return "the connection was reset";
	case LOADER_EFI_CONNECTION_REFUSED: return "the server refuses the connection";
	default: return EFI_ERROR(status) ? "unknown error" : "warning of the firmware";
	}
}
