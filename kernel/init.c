/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first task. Its address space:
 *
 *   as linked      the program's segments, W^X
 *   INIT_MANIFEST  the manifest, read-only
 *   INIT_BUFFER    IPC buffer, one page
 *   INIT_STACK     top of the stack; the pages below its end are empty
 *   INIT_INITRAMFS the initramfs, read-only
 */
#include "kernel/init.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/cpu.h"
#include "kernel/cspace.h"
#include "kernel/ioport.h"
#include "kernel/irq_handler.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/invoke.h"
#include "kernel/manifest.h"
#include "kernel/options.h"
#include "kernel/pages.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/task.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/cpio.h"
#include "lib/elf.h"
#include "lib/string.h"

#define INIT_MANIFEST   0x10000000ull
#define INIT_BUFFER     0x1ff00000ull
#define INIT_STACK      0x20000000ull
#define INIT_STACK_SIZE 0x20000ull
#define INIT_INITRAMFS  0x40000000ull
/* Everything below belongs to the program. */
#define INIT_IMAGE_END INIT_MANIFEST
/* Slots beyond those that the kernel fills. */
#define SPARE_SLOTS 4096u

static struct memory *memory;
static struct cspace *cspace;
static struct vspace *vspace;

static void check(enum helion_error error, const char *verb, const char *what)
{
	if (error == HELION_ERR_MEMORY)
		panic("too little memory: cannot %s init's %s", verb, what);
	if (error)
		panic("cannot %s init's %s: error %d", verb, what, (int)error);
}

static struct object *must(enum helion_error error, struct object *object, const char *what)
{
	check(error, "make", what);
	return object;
}

static void must_map(struct pages *pages, uint64_t virt, uint64_t size, uint32_t flags, const char *what)
{
	struct map_request request = {
		.pages = pages, .rights = HELION_RIGHT_ALL, .virt = virt, .size = size, .flags = flags};
	enum helion_error error;

	do
		error = vspace_map(vspace, &request);
	while (error == HELION_RESTART);
	check(error, "map", what);
}

static struct pages *new_pages(uint64_t size, const char *what)
{
	struct object *object = NULL;
	enum helion_error error = pages_create(memory, size, 0, &object);

	if (error == HELION_ERR_MEMORY)
		panic("too little memory: there are no %llu KiB for init's %s", (unsigned long long)(size / 1024),
		      what);
	memset(vm_direct(((struct pages *)must(error, object, what))->phys), 0, size);
	return (struct pages *)object;
}

static uint64_t page_round(uint64_t size)
{
	return (size + HELION_PAGE_SIZE - 1) & ~(uint64_t)(HELION_PAGE_SIZE - 1);
}

/* -- The program --------------------------------------------------------------- */

static const struct helion_module *initramfs(void)
{
	if (boot_context->modules.count == 0)
		panic("no initramfs: the boot entry needs an initrd line");
	return bootctx_module(boot_context, 0);
}

/* Finds /init, or what the option program= names instead, and checks it. */
static void find_program(struct cpio_entry *file, struct elf_image *image)
{
	const struct helion_module *module = initramfs();
	const char *name = bootctx_string(boot_context, &module->name);
	char path[128] = "/init";
	enum cpio_error cpio_error;
	enum elf_error elf_error;

	boot_option_text("program", path, sizeof(path));
	cpio_error = cpio_find(vm_direct(module->phys), module->size, path, file);
	if (cpio_error)
		panic("initramfs %s: %s: %s", name, path, cpio_strerror(cpio_error));
	if ((file->mode & CPIO_MODE_TYPE) != CPIO_MODE_FILE)
		panic("initramfs %s: %s: not a regular file", name, path);
	/* The program sets up its thread-local storage itself. */
	elf_error = elf_parse(file->data, file->size, ARCH_ELF_MACHINE, &(struct elf_rules){.allow_tls = true}, image);
	if (elf_error)
		panic("initramfs %s: %s: %s", name, path, elf_strerror(elf_error));
	if (image->is_relocatable)
		panic("initramfs %s: %s: position independent, but nothing would relocate it", name, path);
	if (image->base < HELION_PAGE_SIZE || image->base >= INIT_IMAGE_END ||
	    image->span > INIT_IMAGE_END - image->base)
		panic("initramfs %s: %s: [%#llx, +%#llx) is not inside of [%#x, %#llx)", name, path,
		      (unsigned long long)image->base, (unsigned long long)image->span, HELION_PAGE_SIZE,
		      INIT_IMAGE_END);
}

/* Loads and maps /init; returns its entry. */
static uint64_t load_program(void)
{
	struct cpio_entry file;
	struct elf_image image;

	find_program(&file, &image);
	for (uint32_t i = 0; i < image.segment_count; i++) {
		const struct elf_segment *segment = &image.segments[i];
		uint64_t virt = segment->address & ~(uint64_t)(HELION_PAGE_SIZE - 1);
		uint64_t size = page_round(segment->address + segment->memory_size - virt);
		struct pages *pages = new_pages(size, "segments");
		uint32_t flags = HELION_MAP_READ;

		memcpy((char *)vm_direct(pages->phys) + (segment->address - virt),
		       (const char *)file.data + segment->file_offset, segment->file_size);
		if (segment->flags & ELF_SEGMENT_WRITE)
			flags |= HELION_MAP_WRITE;
		if (segment->flags & ELF_SEGMENT_EXECUTE)
			flags |= HELION_MAP_EXEC;
		must_map(pages, virt, size, flags, "segments");
	}
	return image.entry;
}

/* -- What it is given ------------------------------------------------------------- */

static void make_spaces(void)
{
	struct object *object = NULL;
	uint64_t slots = CSPACE_SLOTS_MIN;
	enum helion_error error;

	while (slots < manifest_slots() + SPARE_SLOTS)
		slots *= 2;
	error = cspace_create(memory, slots, &object);
	cspace = (struct cspace *)must(error, object, "CSpace");
	error = vspace_create(memory, &object);
	vspace = (struct vspace *)must(error, object, "VSpace");
	error = task_create(memory, &object);
	init_task = (struct task *)must(error, object, "Task");
}

static void give_objects(struct pages *buffer)
{
	struct helion_manifest *manifest = manifest_header();

	manifest_fill(cspace);
	manifest->slot_cspace = (uint32_t)manifest_add_object(cspace, &cspace->object, "init's CSpace");
	manifest->slot_vspace = (uint32_t)manifest_add_object(cspace, &vspace->object, "init's VSpace");
	manifest->slot_task = (uint32_t)manifest_add_object(cspace, &init_task->object, "init's Task");
	manifest->slot_ipc_buffer = (uint32_t)manifest_add_object(cspace, &buffer->object, "init's IPC buffer");
	manifest->slot_system = (uint32_t)manifest_add_object(cspace, system_init(), "the machine");
	manifest->slot_irq_control = (uint32_t)manifest_add_object(cspace, irq_control_init(), arch_irq_name());
	if (arch_has_ports())
		manifest->slot_ioport_control =
			(uint32_t)manifest_add_object(cspace, ioport_control_init(), "I/O ports");
	for (struct list_node *node = memory->object.caps.next; node != &memory->object.caps; node = node->next)
		manifest->slot_memory = (uint32_t)(list_entry(node, struct cap, link) - cspace->slots);
	manifest->cpus = cpu_running_count();
}

/* Pages of memory that the kernel keeps, for a mapping only: no capability names them. */
static void map_kept(struct pages *pages, uint64_t phys, uint64_t size, uint64_t virt, const char *what)
{
	pages_init_permanent(pages, phys, size, HELION_PAGES_RAM);
	must_map(pages, virt, size, HELION_MAP_READ, what);
}

void init_make(void)
{
	static struct pages manifest_pages, initramfs_pages;
	const struct helion_module *module = initramfs();
	struct helion_manifest *manifest;
	struct pages *buffer, *stack;
	struct cap caps[3] = {0};
	uint64_t entry, virt;

	irq_handler_prepare();
	manifest_prepare();
	kernel_lock_exclusive();
	memory = manifest_main_memory();
	manifest = manifest_header();
	make_spaces();
	entry = load_program();
	stack = new_pages(INIT_STACK_SIZE, "stack");
	must_map(stack, INIT_STACK - INIT_STACK_SIZE, INIT_STACK_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, "stack");
	buffer = new_pages(HELION_PAGE_SIZE, "IPC buffer");
	must_map(buffer, INIT_BUFFER, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, "IPC buffer");
	give_objects(buffer);
	map_kept(&manifest_pages, vm_direct_phys(manifest), manifest_size(), INIT_MANIFEST, "manifest");
	/* At the same offset within 2 MiB as in physical memory, so that large pages fit. */
	virt = INIT_INITRAMFS + module->phys % (2ull << 20);
	map_kept(&initramfs_pages, module->phys, page_round(module->size), virt, "initramfs");
	manifest->initramfs = virt;
	manifest->initramfs_size = module->size;

	caps[0] = (struct cap){.object = &cspace->object, .rights = HELION_RIGHT_ALL};
	caps[1] = (struct cap){.object = &vspace->object, .rights = HELION_RIGHT_ALL};
	caps[2] = (struct cap){.object = &buffer->object, .rights = HELION_RIGHT_ALL};
	must(task_configure(init_task, &caps[0], &caps[1], &caps[2]), NULL, "configuration");
	trapframe_init(&init_task->regs, entry, INIT_STACK, INIT_MANIFEST, INIT_BUFFER, INIT_STACK, 0);
	init_task->ceiling = PRIORITY_COUNT - 1;
	/* On the boot CPU, until it says otherwise itself: what a machine does at first is the same each time. */
	init_task->affinity = percpu_get()->bit;
	sched_ready(init_task);
	kernel_unlock_exclusive();
}
