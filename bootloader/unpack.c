/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compressed files: recognised by their first bytes, read to memory and decoded there before anything looks at them.
 * What a pin is for, and what is measured and started, is the content that comes out.
 */
#include <helion/bootctx.h>

#include "bootloader/decompress.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "lib/string.h"

/* Nobody boots from more; a file that claims to be larger is made to do harm. */
#define LIMIT (16ull << 30)

static bool reserve(struct decompress_output *output, uint64_t capacity)
{
	struct memory_request request = {.size = capacity, .type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	EFI_STATUS *status = output->ctx;
	uint64_t base;

	*status = memory_allocate(&request, &base);
	if (*status != EFI_SUCCESS)
		return false;
	if (output->data) {
		memcpy((void *)base, output->data, output->size);
		memory_free((uint64_t)output->data);
	}
	output->data = (uint8_t *)base;
	output->capacity = capacity;
	return true;
}

static EFI_STATUS report(const struct file *file, enum decompress_format format, enum decompress_error error,
			 EFI_STATUS memory_status)
{
	const char *name = decompress_format_name(format);

	if (error == DECOMPRESS_ERROR_NO_MEMORY && memory_status != EFI_SUCCESS)
		return print_error(memory_status, "cannot get memory to decompress %.*s (%s)", SLICE_ARGS(file->name),
				   name);
	return print_refusal(error == DECOMPRESS_ERROR_CHECKSUM ? EFI_CRC_ERROR : EFI_LOAD_ERROR,
			     "cannot decompress %.*s (%s): %s", SLICE_ARGS(file->name), name,
			     decompress_strerror(error));
}

/* Decodes what the file holds and makes that its content. */
static EFI_STATUS decode(struct file *file, enum decompress_format format)
{
	EFI_STATUS memory_status = EFI_SUCCESS;
	struct decompress_output output = {.limit = LIMIT, .reserve = reserve, .ctx = &memory_status};
	enum decompress_error error = decompress(format, file->content, file->size, &output);

	memory_free((uint64_t)file->content);
	file->content = NULL;
	if (error == DECOMPRESS_OK && output.size) {
		print_info("%.*s: %llu bytes of %s are %llu bytes", SLICE_ARGS(file->name),
			   (unsigned long long)file->size, decompress_format_name(format),
			   (unsigned long long)output.size);
		memory_trim((uint64_t)output.data, output.size);
		file->content = output.data;
		file->size = output.size;
		return EFI_SUCCESS;
	}
	if (output.data)
		memory_free((uint64_t)output.data);
	if (error == DECOMPRESS_OK)
		return print_refusal(EFI_END_OF_FILE, "the content of %.*s (%s) is empty", SLICE_ARGS(file->name),
				     decompress_format_name(format));
	return report(file, format, error, memory_status);
}

EFI_STATUS file_unpack(struct file *file)
{
	enum decompress_format format;
	uint8_t head[DECOMPRESS_HEAD];
	EFI_STATUS status;

	if (file->size < sizeof(head))
		return EFI_SUCCESS;
	status = file_read(file, 0, head, sizeof(head));
	if (status != EFI_SUCCESS)
		return status;
	format = decompress_format(head);
	if (format == DECOMPRESS_NONE)
		return EFI_SUCCESS;
	status = file_hold(file);
	return status == EFI_SUCCESS ? decode(file, format) : status;
}
