/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every linear framebuffer that the firmware has set up, in the mode in which it
 * is. (UEFI 2.10 §12.9; EDID: §12.9.2.3.) No mode is changed: that flickers, and breaks idle heads.
 */
#include "bootloader/boot.h"
#include "bootloader/print.h"
#include "lib/string.h"

/* Position and width of a mask's bits; false unless they are one run. */
static bool decode_mask(uint32_t mask, uint8_t *ret_shift, uint8_t *ret_bits)
{
	unsigned shift, bits;

	if (mask == 0)
		return false;
	shift = (unsigned)__builtin_ctz(mask);
	bits = 32 - (unsigned)__builtin_clz(mask) - shift;
	if (mask >> shift != 0xffffffffu >> (32 - bits))
		return false;
	*ret_shift = (uint8_t)shift;
	*ret_bits = (uint8_t)bits;
	return true;
}

static bool decode_format(const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode, struct helion_framebuffer *ret)
{
	EFI_PIXEL_BITMASK masks;

	switch (mode->PixelFormat) {
	case PixelRedGreenBlueReserved8BitPerColor:
		masks = (EFI_PIXEL_BITMASK){0x0000ff, 0x00ff00, 0xff0000, 0xff000000};
		break;
	case PixelBlueGreenRedReserved8BitPerColor:
		masks = (EFI_PIXEL_BITMASK){0xff0000, 0x00ff00, 0x0000ff, 0xff000000};
		break;
	case PixelBitMask: masks = mode->PixelInformation; break;
	default: /* PixelBltOnly: no linear framebuffer */ return false;
	}
	if (!decode_mask(masks.RedMask, &ret->red_shift, &ret->red_bits) ||
	    !decode_mask(masks.GreenMask, &ret->green_shift, &ret->green_bits) ||
	    !decode_mask(masks.BlueMask, &ret->blue_shift, &ret->blue_bits))
		return false;

	/* The reserved mask may be zero (U-Boot's 16-bit modes): a pixel is as wide as its highest bit, in whole bytes. */
	uint32_t all = masks.RedMask | masks.GreenMask | masks.BlueMask | masks.ReservedMask;
	ret->bits_per_pixel = (uint8_t)((32 - __builtin_clz(all) + 7) / 8 * 8);
	return true;
}

static void read_edid(EFI_HANDLE handle, struct framebuffer *framebuffer)
{
	EFI_GUID active = EFI_EDID_ACTIVE_PROTOCOL_GUID, discovered = EFI_EDID_DISCOVERED_PROTOCOL_GUID;
	EFI_EDID_ACTIVE_PROTOCOL *edid;
	void *interface;

	if (BS->HandleProtocol(handle, &active, &interface) != EFI_SUCCESS &&
	    BS->HandleProtocol(handle, &discovered, &interface) != EFI_SUCCESS)
		return;
	edid = interface; /* both protocols have the same two fields */
	if (!edid->Edid || edid->SizeOfEdid == 0)
		return;
	framebuffer->edid_size = edid->SizeOfEdid < BOOT_MAX_EDID ? edid->SizeOfEdid : BOOT_MAX_EDID;
	memcpy(framebuffer->edid, edid->Edid, framebuffer->edid_size);
}

static bool is_known(const struct boot *boot, uint64_t phys)
{
	for (size_t i = 0; i < boot->framebuffer_count; i++)
		if (boot->framebuffers[i].info.phys == phys)
			return true;
	return false;
}

static void add(struct boot *boot, EFI_HANDLE handle, const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode)
{
	struct framebuffer *framebuffer = &boot->framebuffers[boot->framebuffer_count];
	struct helion_framebuffer info = {.phys = mode->FrameBufferBase};
	uint64_t stride, size;

	if (info.phys == 0 || is_known(boot, info.phys) || !mode->Info || !decode_format(mode->Info, &info))
		return;
	stride = (uint64_t)mode->Info->PixelsPerScanLine * (info.bits_per_pixel / 8);
	size = stride * mode->Info->VerticalResolution;
	if (size == 0 || stride > UINT32_MAX || mode->Info->HorizontalResolution > mode->Info->PixelsPerScanLine)
		return;

	info.width = mode->Info->HorizontalResolution;
	info.height = mode->Info->VerticalResolution;
	info.stride = (uint32_t)stride;
	info.size = mode->FrameBufferSize > size ? mode->FrameBufferSize : size;
	*framebuffer = (struct framebuffer){.info = info};
	read_edid(handle, framebuffer);
	boot->framebuffer_count++;
	print_info("framebuffer at 0x%llx: %u x %u, %u bits", (unsigned long long)info.phys, info.width, info.height,
		   info.bits_per_pixel);
}

void framebuffers_find(struct boot *boot)
{
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_HANDLE *handles;
	UINTN count;

	boot->framebuffer_count = 0;
	if (BS->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles) != EFI_SUCCESS)
		return;
	for (UINTN i = 0; i < count && boot->framebuffer_count < BOOT_MAX_FRAMEBUFFERS; i++) {
		EFI_GRAPHICS_OUTPUT_PROTOCOL *output;
		void *interface;

		if (BS->HandleProtocol(handles[i], &guid, &interface) != EFI_SUCCESS)
			continue;
		output = interface;
		if (output->Mode)
			add(boot, handles[i], output->Mode);
	}
	BS->FreePool(handles);
}
