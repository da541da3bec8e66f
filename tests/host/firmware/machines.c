/* SPDX-License-Identifier: BSD-2-Clause */
/* See machines.h. */
#include "machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/proto/dt_fixup.h"
#include "bootloader/proto/load_file2.h"
#include "bootloader/proto/memory_attribute.h"
#include "bootloader/proto/tcg2.h"
#include "bootloader/seedfile.h"
#include "firmware.h"
#include "lib/sha256.h"
#include "sample.h"

enum {
	SECOND_INITRD_SIZE = 4096,
	MODULE_SIZE = 12345,
};

size_t machine_initrd_size = 70000;

static uint8_t *initrd, *second_initrd, *module_bytes, *initramfs;
static char entry_text[2048];

static EFI_STATUS EFIAPI get_random(EFI_RNG_PROTOCOL *this, EFI_GUID *algorithm, UINTN size, UINT8 *bytes)
{
	(void)this, (void)algorithm;
	FIRMWARE_CALL("GetRNG", "%s", "");
	memset(bytes, 0x5c, size);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI change_attributes(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS base,
					   UINT64 length, UINT64 attributes)
{
	(void)this, (void)attributes;
	FIRMWARE_CALL("MemoryAttribute", "%s", "");
	if (base % EFI_PAGE_SIZE || length % EFI_PAGE_SIZE || !firmware_is_allocated(base, length))
		firmware_violation("memory attributes of what is no whole allocated page are changed");
	return EFI_SUCCESS;
}

/* ---- A TPM ------------------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI get_capability(struct tcg2_protocol *this, struct tcg2_capability *capability)
{
	(void)this;
	FIRMWARE_CALL("GetCapability", "%s", "");
	capability->has_tpm = 1;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI extend(struct tcg2_protocol *this, UINT64 flags, EFI_PHYSICAL_ADDRESS data, UINT64 size,
				struct tcg2_event *event)
{
	(void)this, (void)flags, (void)size;
	FIRMWARE_CALL("HashLogExtendEvent", "%s", (const char *)event->event);
	if (event->size < sizeof(*event) || event->header_size != 14 || event->header_version != 1 || event->pcr < 8 ||
	    event->pcr > 9 || !data || event->event[event->size - sizeof(*event) - 1] != '\0')
		firmware_violation("an event is malformed");
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_event_log(struct tcg2_protocol *this, UINT32 format, EFI_PHYSICAL_ADDRESS *ret_log,
				       EFI_PHYSICAL_ADDRESS *ret_last, BOOLEAN *ret_truncated)
{
	const uint8_t *last;

	(void)this, (void)format;
	FIRMWARE_CALL("GetEventLog", "%s", "");
	*ret_log = (uint64_t)sample_event_log(&last);
	*ret_last = (uint64_t)last;
	*ret_truncated = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI fix_up(struct dt_fixup_protocol *this, void *tree, UINTN *size, UINT32 flags)
{
	(void)this, (void)tree, (void)size, (void)flags;
	FIRMWARE_CALL("Fixup", "%s", "");
	return EFI_SUCCESS;
}

static void add_protocols(void)
{
	static EFI_GUID rng_guid = EFI_RNG_PROTOCOL_GUID, output_guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	static EFI_GUID edid_guid = EFI_EDID_ACTIVE_PROTOCOL_GUID, attribute_guid = MEMORY_ATTRIBUTE_PROTOCOL_GUID;
	static EFI_GUID tcg2_guid = TCG2_PROTOCOL_GUID, fixup_guid = DT_FIXUP_PROTOCOL_GUID;
	static EFI_RNG_PROTOCOL rng = {.GetRNG = get_random};
	static struct memory_attribute_protocol attributes = {.set = change_attributes, .clear = change_attributes};
	static struct tcg2_protocol tcg2 = {.get_capability = get_capability,
					    .get_event_log = get_event_log,
					    .hash_log_extend_event = extend};
	static struct dt_fixup_protocol fixup = {.fixup = fix_up};
	static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info = {.HorizontalResolution = 640,
							    .VerticalResolution = 480,
							    .PixelsPerScanLine = 640,
							    .PixelFormat = PixelBlueGreenRedReserved8BitPerColor};
	static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode = {.Info = &info,
							 .FrameBufferBase = 0xf0000000,
							 .FrameBufferSize = 640 * 480 * 4};
	static EFI_GRAPHICS_OUTPUT_PROTOCOL output = {.Mode = &mode};
	static UINT8 bytes[128] = {0, 0xff};
	static EFI_EDID_ACTIVE_PROTOCOL edid = {.SizeOfEdid = sizeof(bytes), .Edid = bytes};
	EFI_HANDLE screen = NULL, other = NULL;

	firmware_install(&screen, output_guid, &output);
	firmware_install(&screen, edid_guid, &edid);
	firmware_install(&other, rng_guid, &rng);
	firmware_install(&other, attribute_guid, &attributes);
	firmware_install(&other, tcg2_guid, &tcg2);
	firmware_install(&other, fixup_guid, &fixup);
}

static void pin(const char *path, const void *content, size_t size)
{
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT];

	sha256(content, size, digest);
	sha256_to_text(digest, text);
	snprintf(entry_text + strlen(entry_text), sizeof(entry_text) - strlen(entry_text), "sha256 %s %s\n", text,
		 path);
}

static void expect_module(const char *name, const char *cmdline, const void *content, size_t size)
{
	size_t i = firmware_expected.module_count++;

	firmware_expected.modules[i].name = name;
	firmware_expected.modules[i].cmdline = cmdline;
	firmware_expected.modules[i].content = content;
	firmware_expected.modules[i].size = size;
}

/* Files that all machines have. The initramfs is two archives, the second on a page of its own. */
static void add_files(void)
{
	size_t gap = -machine_initrd_size % EFI_PAGE_SIZE;

	firmware_quirks = (struct firmware_quirks){0};
	firmware_expected = (struct firmware_expected){.kernel = sample_kernel(), .kernel_size = SAMPLE_KERNEL_SIZE};
	initrd = sample_bytes(machine_initrd_size, 1);
	second_initrd = sample_bytes(SECOND_INITRD_SIZE, 2);
	module_bytes = sample_bytes(MODULE_SIZE, 3);
	initramfs = calloc(1, machine_initrd_size + gap + SECOND_INITRD_SIZE);
	memcpy(initramfs, initrd, machine_initrd_size);
	memcpy(initramfs + machine_initrd_size + gap, second_initrd, SECOND_INITRD_SIZE);
	firmware_add_file("\\helion\\kernel.elf", sample_kernel(), SAMPLE_KERNEL_SIZE);
	firmware_add_file("\\helion\\initrd", initrd, machine_initrd_size);
	firmware_add_file("\\helion\\second", second_initrd, SECOND_INITRD_SIZE);
	firmware_add_file("\\helion\\module", module_bytes, MODULE_SIZE);
}

static const char plain_entry[] = "title Plain\nhelion /helion/kernel.elf\ninitrd /helion/initrd\noptions a=b\n";

/* The least that boots. */
void machine_plain(void *ctx)
{
	(void)ctx;
	add_files();
	firmware_add_text("\\loader\\entries\\plain.conf", plain_entry);
	firmware_expected.cmdline = "a=b";
	firmware_expected.entry_name = "plain.conf";
	expect_module("/helion/initrd", "", initrd, machine_initrd_size);
}

/* The entry, and what it names, are on another partition, which the firmware has not needed yet. */
static void begin_extended(bool is_without_driver)
{
	add_files();
	firmware_remove_file("\\helion\\kernel.elf");
	firmware_remove_file("\\helion\\initrd");
	firmware_add_extended(is_without_driver);
	firmware_add_file(FIRMWARE_EXTENDED "\\helion\\kernel.elf", sample_kernel(), SAMPLE_KERNEL_SIZE);
	firmware_add_file(FIRMWARE_EXTENDED "\\helion\\initrd", initrd, machine_initrd_size);
	firmware_add_text(FIRMWARE_EXTENDED "\\loader\\entries\\plain.conf", plain_entry);
	firmware_expected.cmdline = "a=b";
	firmware_expected.entry_name = "plain.conf";
	expect_module("/helion/initrd", "", initrd, machine_initrd_size);
}

void machine_extended(void *ctx)
{
	(void)ctx;
	begin_extended(false);
}

void machine_driver(void *ctx)
{
	const uint8_t *driver;
	size_t size;

	(void)ctx;
	begin_extended(true);
	driver = sample_driver(&size);
	firmware_add_file("\\EFI\\systemd\\drivers\\some_x64.efi", driver, size);
	firmware_add_text("\\EFI\\systemd\\drivers\\some_aa64.efi", "for another architecture");
}

char machine_seed_file[SEEDFILE_MAX_SIZE + 2] = "nobody knows what is in this one";
size_t machine_seed_size = 32;

void machine_seed(void *ctx)
{
	machine_plain(ctx);
	firmware_add_file("\\loader\\random-seed", machine_seed_file, machine_seed_size);
}

void machine_pxe(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\entries.list", "\nplain.conf\r\n");
	firmware_serve_tftp();
}

void machine_http(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\entries.list", "plain.conf");
	firmware_serve_http("http://10.0.2.2:8000/EFI/BOOT/BOOTX64.EFI?x=y");
}

static void add_compressed(const char *path, uint8_t *(*compress)(const void *content, size_t size, size_t *ret_size))
{
	size_t size, compressed_size;
	const void *content = firmware_file(path, &size);
	const uint8_t *compressed = compress(content, size, &compressed_size);

	firmware_add_file(path, compressed, compressed_size);
}

void machine_compressed(void *ctx)
{
	(void)ctx;
	add_files();
	add_compressed("\\helion\\kernel.elf", sample_gzip);
	add_compressed("\\helion\\initrd", sample_zstd);
	add_compressed("\\helion\\second", sample_gzip);
	add_compressed("\\helion\\module", sample_zstd);
	snprintf(entry_text, sizeof(entry_text),
		 "helion /helion/kernel.elf\ninitrd /helion/initrd\ninitrd /helion/second\nmodule /helion/module\n");
	/* Pins are of what comes out. */
	pin("/helion/kernel.elf", sample_kernel(), SAMPLE_KERNEL_SIZE);
	pin("/helion/initrd", initrd, machine_initrd_size);
	pin("/helion/module", module_bytes, MODULE_SIZE);
	firmware_add_text("\\loader\\entries\\compressed.conf", entry_text);
	firmware_expected.cmdline = "";
	firmware_expected.entry_name = "compressed.conf";
	expect_module("/helion/initrd", "", initramfs,
		      machine_initrd_size + -machine_initrd_size % EFI_PAGE_SIZE + SECOND_INITRD_SIZE);
	expect_module("/helion/module", "", module_bytes, MODULE_SIZE);
}

/* Everything that an entry and a machine can have. */
void machine_full(void *ctx)
{
	static EFI_GUID vendor = {0x4a67b082, 0x0a4c, 0x41cf, {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}};
	const void *tree, *overlay;
	size_t tree_size, overlay_size;

	(void)ctx;
	add_files();
	add_protocols();
	tree = sample_tree(&tree_size);
	overlay = sample_overlay(&overlay_size);
	firmware_add_file("\\helion\\board.dtb", tree, tree_size);
	firmware_add_file("\\helion\\board.dtbo", overlay, overlay_size);
	firmware_add_text("\\loader\\loader.conf", "default full\ntimeout 0\n");
	firmware_load_options(L"verbose", sizeof(L"verbose"));
	firmware_set_variable("LoaderEntryOneShot", vendor, L"full.conf", sizeof(L"full.conf"));
	snprintf(entry_text, sizeof(entry_text),
		 "title Full\nversion 1\nhelion /helion/kernel.elf\ninitrd /helion/initrd\ninitrd /helion/second\n"
		 "module /helion/module some words\ndevicetree /helion/board.dtb\n"
		 "devicetree-overlay /helion/board.dtbo\noptions console=x\n");
	pin("/helion/kernel.elf", sample_kernel(), SAMPLE_KERNEL_SIZE);
	pin("/helion/initrd", initrd, machine_initrd_size);
	pin("/helion/module", module_bytes, MODULE_SIZE);
	pin("/helion/board.dtb", tree, tree_size);
	firmware_add_text("\\loader\\entries\\full+3.conf", entry_text);
	firmware_expected.cmdline = NULL;    /* without "verbose" where the load options cannot be had */
	firmware_expected.entry_name = NULL; /* whose counter says whether it could be renamed */
	expect_module("/helion/initrd", "", initramfs,
		      machine_initrd_size + -machine_initrd_size % EFI_PAGE_SIZE + SECOND_INITRD_SIZE);
	expect_module("/helion/module", "some words", module_bytes, MODULE_SIZE);
}

/* Two entries, the second good in any case. */
void machine_two(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\entries\\other.conf", plain_entry);
	firmware_expected.entry_name = NULL;
}

/* What a person may choose if there is nothing else. */
static EFI_STATUS shell_main(EFI_HANDLE handle, const void *content, size_t size)
{
	(void)handle, (void)content, (void)size;
	return EFI_SUCCESS;
}

/* A person edits the command line in the menu. */
void machine_menu(void *ctx)
{
	static const uint32_t keys[] = {2u << 16, 1u << 16, 'e', ' ', 'x', '\r'};

	machine_plain(ctx);
	firmware_add_file("\\shellx64.efi", module_bytes, MODULE_SIZE);
	firmware_image_main = shell_main;
	firmware_add_text("\\loader\\entries\\other.conf", plain_entry);
	firmware_add_text("\\loader\\loader.conf", "timeout 5\n");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		firmware_press(keys[i]);
	firmware_expected.entry_name = NULL;
	firmware_expected.cmdline = NULL; /* it matters elsewhere (test_menu.py); here that nothing is left over */
}

/* An EFI image with an initrd and a device tree. */
static EFI_STATUS image_main(EFI_HANDLE handle, const void *content, size_t size)
{
	EFI_GUID load_guid = LOAD_FILE2_PROTOCOL_GUID;
	struct load_file2_protocol *load;
	EFI_DEVICE_PATH_PROTOCOL end = {0x7f, 0xff, {4, 0}};
	UINTN room = 0;
	uint8_t *buffer;

	(void)handle;
	if (size != MODULE_SIZE || memcmp(content, module_bytes, size) != 0)
		firmware_violation("the image that was started is damaged");
	load = firmware_find(load_guid);
	if (!load) {
		firmware_violation("the image is offered no initrd");
		return EFI_LOAD_ERROR;
	}
	if (load->load_file(load, &end, 0, &room, NULL) != EFI_BUFFER_TOO_SMALL || room < machine_initrd_size)
		firmware_violation("the initrd has %llu bytes", (unsigned long long)room);
	buffer = malloc(room);
	if (load->load_file(load, &end, 0, &room, buffer) != EFI_SUCCESS ||
	    memcmp(buffer, initrd, machine_initrd_size) != 0)
		firmware_violation("the initrd that is offered is damaged");
	free(buffer);
	return EFI_SUCCESS;
}

void machine_linux_image(void *ctx)
{
	const void *tree;
	size_t tree_size;

	(void)ctx;
	add_files();
	add_protocols();
	tree = sample_tree(&tree_size);
	firmware_add_file("\\helion\\board.dtb", tree, tree_size);
	firmware_add_file("\\loader\\random-seed", machine_seed_file, machine_seed_size);
	firmware_add_text("\\loader\\entries\\linux.conf",
			  "linux /helion/module\ninitrd /helion/initrd\ndevicetree /helion/board.dtb\n"
			  "options root=/dev/vda verbose\n");
	firmware_image_main = image_main;
}

/* ---- A unified kernel image -------------------------------------------------------------------------------------- */

static const uint8_t *unified;
static size_t unified_size;

static EFI_STATUS unified_main(EFI_HANDLE handle, const void *content, size_t size)
{
	(void)handle;
	if (size != unified_size || memcmp(content, unified, size) != 0)
		firmware_violation("the unified image that was started is damaged");
	return EFI_SUCCESS;
}

void machine_unified(void *ctx)
{
	(void)ctx;
	add_files();
	unified = sample_unified(&unified_size);
	firmware_add_file("\\EFI\\Linux\\system+2.efi", unified, unified_size);
	firmware_image_main = unified_main;
}

/* ---- Secure Boot ------------------------------------------------------------------------------------------------- */

static void list_file(char *text, size_t capacity, const char *path, const void *content, size_t size)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_TEXT];

	sha256(content, size, digest);
	sha256_to_text(digest, hex);
	snprintf(text + strlen(text), capacity - strlen(text), "sha256 %s %s\n", hex, path);
}

void machine_secure(void *ctx)
{
	static EFI_GUID global = EFI_GLOBAL_VARIABLE;
	static const uint8_t on = 1, off = 0;
	static char text[512];
	const uint8_t *manifest;
	size_t size;

	machine_plain(ctx);
	firmware_set_variable("SecureBoot", global, &on, sizeof(on));
	firmware_set_variable("SetupMode", global, &off, sizeof(off));
	snprintf(text, sizeof(text), "helion-manifest 1\n");
	list_file(text, sizeof(text), "/loader/entries/plain.conf", plain_entry, sizeof(plain_entry) - 1);
	list_file(text, sizeof(text), "/helion/kernel.elf", sample_kernel(), SAMPLE_KERNEL_SIZE);
	list_file(text, sizeof(text), "/helion/initrd", initrd, machine_initrd_size);
	manifest = sample_manifest(text, &size);
	firmware_add_file("\\loader\\manifests\\x.efi", manifest, size);
}
