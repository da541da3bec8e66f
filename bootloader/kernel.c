/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading the kernel: its headers first, then every segment straight from the
 * file into its place. Where it will run is decided here too.
 */
#include "bootloader/arch.h"
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "bootloader/trust.h"
#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

/* Kernels run in the last 2 GiB of the address space and begin in the first of them. */
#define KERNEL_AREA        0xffffffff80000000ull
#define KERNEL_SLIDE_RANGE 0x40000000ull
#define KERNEL_STEP        0x200000ull /* a large page: alignment in memory and step of the slide */

/* Room for headers that do not stand in the first page. */
static uint64_t header_buffer[16 * 1024 / 8];

static EFI_STATUS parse_headers(struct file *file, struct kernel *kernel)
{
	uint64_t length = file->size < ELF_HEADERS_SIZE ? file->size : ELF_HEADERS_SIZE;

	for (;;) {
		enum elf_error error;
		EFI_STATUS status = file_read(file, 0, header_buffer, length);

		if (status != EFI_SUCCESS)
			return status;
		error = elf_parse_headers(header_buffer, length, file->size, ARCH_BOOT_ELF_MACHINE, NULL,
					  &kernel->image);
		if (error == ELF_ERROR_HEADERS_BUFFER && kernel->image.headers_size > length &&
		    kernel->image.headers_size <= sizeof(header_buffer)) {
			length = kernel->image.headers_size;
			continue;
		}
		if (error == ELF_ERROR_MACHINE)
			return print_refusal(EFI_UNSUPPORTED, "kernel %.*s is for %s, this is " ARCH_BOOT_NAME,
					     SLICE_ARGS(file->name),
					     elf_machine_name(load_le16((uint8_t *)header_buffer + 18)));
		if (error != ELF_OK)
			return print_refusal(EFI_LOAD_ERROR, "kernel %.*s: %s", SLICE_ARGS(file->name),
					     elf_strerror(error));
		return EFI_SUCCESS;
	}
}

/* The segments follow each other in the image; all that the file does not fill is zeroed, and nothing twice. */
static EFI_STATUS read_segments(struct file *file, const struct kernel *kernel)
{
	const struct elf_image *image = &kernel->image;
	uint8_t *memory = (uint8_t *)kernel->phys;
	uint64_t filled = 0;

	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		uint64_t offset = elf_segment_offset(image, segment);
		EFI_STATUS status;

		memset(memory + filled, 0, offset - filled);
		filled = offset + segment->file_size;
		if (segment->file_size == 0)
			continue;
		status = file_read(file, segment->file_offset, memory + offset, segment->file_size);
		if (status != EFI_SUCCESS)
			return status;
	}
	memset(memory + filled, 0, image->span - filled);
	return EFI_SUCCESS;
}

/* Whether the command line asks for no slide, and may. */
static bool is_slide_unwanted(const struct boot *boot)
{
	if (!text_has_word(boot->cmdline, "nokaslr"))
		return false;
	if (!trust_is_enforced())
		return true;
	print_line("Secure Boot: nokaslr has no effect on where the kernel is loaded");
	return false;
}

/* Sets virt, slide and entry. */
static EFI_STATUS choose_address(struct boot *boot)
{
	struct kernel *kernel = &boot->kernel;
	const struct elf_image *image = &kernel->image;
	uint64_t step = image->alignment > KERNEL_STEP ? image->alignment : KERNEL_STEP;
	uint64_t virt = image->base;

	if (virt < KERNEL_AREA && image->is_relocatable)
		virt = KERNEL_AREA + virt % step;
	if (virt < KERNEL_AREA || virt - KERNEL_AREA + image->span > KERNEL_SLIDE_RANGE)
		return print_refusal(EFI_UNSUPPORTED, "kernel %.*s is linked at 0x%llx, outside of 0x%llx to 0x%llx",
				     SLICE_ARGS(kernel->path), (unsigned long long)image->base,
				     (unsigned long long)KERNEL_AREA,
				     (unsigned long long)(KERNEL_AREA + KERNEL_SLIDE_RANGE - 1));

	if (image->is_relocatable && !is_slide_unwanted(boot)) {
		uint64_t room = KERNEL_SLIDE_RANGE - (virt - KERNEL_AREA) - image->span;

		if (boot->flags & HELION_BOOT_SEED_ANY) {
			virt += boot->slide_random % (room / step + 1) * step;
			boot->flags |= HELION_BOOT_KASLR;
		} else {
			print_line("no source of random numbers: the kernel stays at its link address");
		}
	}
	kernel->virt = virt;
	kernel->slide = virt - image->base;
	kernel->entry = image->entry + kernel->slide;
	return EFI_SUCCESS;
}

static void describe_segments(struct kernel *kernel)
{
	const struct elf_image *image = &kernel->image;

	_Static_assert((int)ELF_SEGMENT_EXECUTE == (int)HELION_SEGMENT_EXEC, "same flags");
	_Static_assert((int)ELF_SEGMENT_WRITE == (int)HELION_SEGMENT_WRITE, "same flags");
	_Static_assert((int)ELF_SEGMENT_READ == (int)HELION_SEGMENT_READ, "same flags");
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		uint64_t start = align_down(segment->address, ELF_PAGE_SIZE);
		uint64_t end = align_down(segment->address + segment->memory_size - 1, ELF_PAGE_SIZE) + ELF_PAGE_SIZE;

		kernel->segments[i] = (struct helion_segment){
			.phys = kernel->phys + (start - image->base),
			.virt = kernel->virt + (start - image->base),
			.size = end - start,
			.flags = segment->flags,
		};
	}
}

/* What the kernel's notes say: the protocol version it needs, and its wishes. */
static EFI_STATUS read_notes(struct kernel *kernel)
{
	const void *memory = (const void *)kernel->phys, *data;
	unsigned major, minor;
	enum elf_error error;
	size_t size;

	error = elf_find_loaded_note(&kernel->image, memory, kernel->image.span, HELION_NOTE_OWNER,
				     HELION_NOTE_PROTOCOL, &data, &size);
	if (error != ELF_OK || size < 4)
		return print_refusal(EFI_UNSUPPORTED,
				     "kernel %.*s is not for the Helion boot protocol (ELF note \"" HELION_NOTE_OWNER
				     "\" type %d: %s)",
				     SLICE_ARGS(kernel->path), HELION_NOTE_PROTOCOL,
				     error != ELF_OK ? elf_strerror(error) : "too short");
	major = load_le16(data);
	minor = load_le16((const uint8_t *)data + 2);
	if (major != HELION_BOOTCTX_VERSION_MAJOR || minor > HELION_BOOTCTX_VERSION_MINOR)
		return print_refusal(EFI_INCOMPATIBLE_VERSION,
				     "kernel %.*s needs version %u.%u of the boot protocol, "
				     "this loader has %u.%u",
				     SLICE_ARGS(kernel->path), major, minor, HELION_BOOTCTX_VERSION_MAJOR,
				     HELION_BOOTCTX_VERSION_MINOR);

	kernel->wants = 0;
	error = elf_find_loaded_note(&kernel->image, memory, kernel->image.span, HELION_NOTE_OWNER, HELION_NOTE_FLAGS,
				     &data, &size);
	if (error == ELF_OK && size >= 4)
		kernel->wants = load_le32(data);
	return EFI_SUCCESS;
}

static EFI_STATUS allocate_image(struct kernel *kernel)
{
	struct memory_request request = {
		.size = kernel->image.span,
		.alignment = KERNEL_STEP,
		.type = HELION_MEM_KERNEL,
		.efi_type = EfiLoaderData,
	};
	EFI_STATUS status = memory_allocate(&request, &kernel->phys);

	if (status != EFI_SUCCESS) { /* large pages are worth having, not worth failing for */
		request.alignment = 0;
		status = memory_allocate(&request, &kernel->phys);
	}
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for the kernel %.*s",
				   (unsigned long long)kernel->image.span, SLICE_ARGS(kernel->path));
	return EFI_SUCCESS;
}

EFI_STATUS kernel_load(struct boot *boot)
{
	struct kernel *kernel = &boot->kernel;
	enum elf_error error;
	EFI_STATUS status;
	struct file file;

	kernel->path = boot->entry.helion_path;
	status = file_open(boot->volume->root, kernel->path, &file);
	if (status != EFI_SUCCESS)
		return status;
	status = file_unpack(&file);
	/* A kernel that is pinned is hashed as a file, before its segments are picked out of it. */
	if (status == EFI_SUCCESS && pin_is_set(boot, kernel->path)) {
		status = file_hold(&file);
		if (status == EFI_SUCCESS)
			status = pin_check(boot, kernel->path, file.content, file.size);
	}
	if (status == EFI_SUCCESS)
		status = parse_headers(&file, kernel);
	if (status == EFI_SUCCESS)
		status = choose_address(boot);
	if (status == EFI_SUCCESS)
		status = allocate_image(kernel);
	if (status == EFI_SUCCESS)
		status = read_segments(&file, kernel);
	file_close(&file);
	if (status != EFI_SUCCESS)
		return status;

	status = read_notes(kernel);
	if (status != EFI_SUCCESS)
		return status;
	error = elf_relocate(&kernel->image, (void *)kernel->phys, kernel->image.span, kernel->slide);
	if (error != ELF_OK)
		return print_refusal(EFI_LOAD_ERROR, "kernel %.*s: %s", SLICE_ARGS(kernel->path), elf_strerror(error));
	describe_segments(kernel);
	print_info("kernel %.*s: %llu bytes at 0x%llx, runs at 0x%llx (slide 0x%llx)", SLICE_ARGS(kernel->path),
		   (unsigned long long)kernel->image.span, (unsigned long long)kernel->phys,
		   (unsigned long long)kernel->virt, (unsigned long long)kernel->slide);
	return EFI_SUCCESS;
}
