/* SPDX-License-Identifier: BSD-2-Clause */
/* See seedfile.h. */
#include "bootloader/seedfile.h"

#include "bootloader/arch.h"
#include "bootloader/bli.h"
#include "bootloader/network.h"
#include "bootloader/print.h"
#include "lib/sha256.h"
#include "lib/string.h"

#define PATH L"\\loader\\random-seed"

enum { MAX_TOKEN = 512 };

static void warn(EFI_STATUS status, const char *what)
{
	print_warning("/loader/random-seed is not used, it cannot be %s: %s", what, status_text(status));
}

/* For reading and writing. Without a message if there is none: what is said of a read-only disk must not hide that. */
static EFI_STATUS open(EFI_FILE_PROTOCOL *root, EFI_FILE_PROTOCOL **ret)
{
	EFI_FILE_PROTOCOL *handle;
	EFI_STATUS status = root->Open(root, ret, PATH, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0), exists;

	if (status == EFI_SUCCESS || status == EFI_NOT_FOUND)
		return status;
	exists = root->Open(root, &handle, PATH, EFI_FILE_MODE_READ, 0);
	if (exists == EFI_SUCCESS)
		handle->Close(handle);
	if (exists != EFI_NOT_FOUND)
		warn(status, "opened for writing");
	return status;
}

/* ---- The machine's token ----------------------------------------------------------------------------------------- */

/* Its size; 0 if there is none. */
static size_t read_token(uint8_t token[MAX_TOKEN])
{
	EFI_GUID guid = BLI_VENDOR_GUID;
	UINTN size = MAX_TOKEN;

	return RT->GetVariable(L"LoaderSystemToken", &guid, NULL, &size, token) == EFI_SUCCESS ? size : 0;
}

bool seedfile_has_token(void)
{
	uint8_t token[MAX_TOKEN];
	size_t size = read_token(token);

	memset(token, 0, sizeof(token));
	return size >= SEEDFILE_MIN_SIZE;
}

/* ---- The hash ---------------------------------------------------------------------------------------------------- */

static void collect(struct sha256 *hash, const void *other, size_t other_size)
{
	uint64_t counter = arch_counter(), boots = 0;
	uint8_t token[MAX_TOKEN];
	EFI_TIME time;

	sha256_add(hash, token, read_token(token));
	memset(token, 0, sizeof(token));
	memset(&time, 0, sizeof(time));
	RT->GetTime(&time, NULL);
	BS->GetNextMonotonicCount(&boots);
	sha256_add(hash, other, other_size);
	sha256_add(hash, &time, sizeof(time));
	sha256_add(hash, &boots, sizeof(boots));
	sha256_add(hash, &counter, sizeof(counter));
}

/* Bytes that follow from the key, for one purpose. Neither they nor those for another purpose tell the key. */
static void derive(const uint8_t key[SHA256_SIZE], char purpose, uint8_t *ret, size_t size)
{
	uint8_t block[SHA256_SIZE];

	for (size_t at = 0, number = 0; at < size; at += sizeof(block), number++) {
		uint8_t label[2] = {(uint8_t)purpose, (uint8_t)number};
		struct sha256 hash;

		sha256_begin(&hash);
		sha256_add(&hash, key, SHA256_SIZE);
		sha256_add(&hash, label, sizeof(label));
		sha256_end(&hash, block);
		memcpy(ret + at, block, size - at < sizeof(block) ? size - at : sizeof(block));
	}
	memset(block, 0, sizeof(block));
}

/* ---- The file ---------------------------------------------------------------------------------------------------- */

static EFI_STATUS read(EFI_FILE_PROTOCOL *file, uint8_t content[SEEDFILE_MAX_SIZE + 1], size_t *ret_size)
{
	UINTN size = SEEDFILE_MAX_SIZE + 1;
	EFI_STATUS status = file->Read(file, &size, content);

	if (status != EFI_SUCCESS) {
		warn(status, "read");
		return status;
	}
	if (size < SEEDFILE_MIN_SIZE || size > SEEDFILE_MAX_SIZE) {
		print_warning("/loader/random-seed is not used: it must have %u to %u bytes", SEEDFILE_MIN_SIZE,
			      SEEDFILE_MAX_SIZE);
		return EFI_INVALID_PARAMETER;
	}
	*ret_size = size;
	return EFI_SUCCESS;
}

/* It has to be on the disk when this returns, not in some cache. */
static EFI_STATUS replace(EFI_FILE_PROTOCOL *file, uint8_t *content, size_t size)
{
	UINTN written = size;
	EFI_STATUS status = file->SetPosition(file, 0);

	if (status == EFI_SUCCESS)
		status = file->Write(file, &written, content);
	if (status == EFI_SUCCESS && written != size)
		status = EFI_VOLUME_FULL;
	if (status == EFI_SUCCESS)
		status = file->Flush(file);
	if (status != EFI_SUCCESS)
		warn(status, "replaced");
	return status;
}

bool seedfile_use(EFI_FILE_PROTOCOL *root, const void *other, size_t other_size, void *ret, size_t size)
{
	uint8_t content[SEEDFILE_MAX_SIZE + 1], key[SHA256_SIZE], result[SEEDFILE_MAX_RESULT];
	EFI_FILE_PROTOCOL *file;
	struct sha256 hash;
	EFI_STATUS status;
	size_t length = 0;

	if (network_is_root(root) || size > sizeof(result) || open(root, &file) != EFI_SUCCESS)
		return false;
	status = read(file, content, &length);
	if (status == EFI_SUCCESS) {
		sha256_begin(&hash);
		sha256_add(&hash, content, length);
		collect(&hash, other, other_size);
		sha256_end(&hash, key);
		derive(key, 'f', content, length);
		derive(key, 'r', result, size);
		status = replace(file, content, length);
	}
	file->Close(file);
	if (status == EFI_SUCCESS)
		memcpy(ret, result, size);
	memset(&hash, 0, sizeof(hash));
	memset(content, 0, sizeof(content));
	memset(key, 0, sizeof(key));
	memset(result, 0, sizeof(result));
	return status == EFI_SUCCESS;
}
