/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot context of the simulated machine, and the way from it to the first task. */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/cpu.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/manifest.h"
#include "kernel/options.h"
#include "kernel/resources.h"
#include "kernel/sched.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "tests/host/sim/machine.h"
#include "tests/host/sim/sim.h"

const struct helion_bootctx *boot_context;

/* -- The initramfs ----------------------------------------------------------- */

#define PROGRAM_BASE 0x400000ull

static size_t make_program(uint8_t *at)
{
	Elf64_Ehdr *header = (Elf64_Ehdr *)at;
	Elf64_Phdr *segments = (Elf64_Phdr *)(at + sizeof(*header));

	*header = (Elf64_Ehdr){
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = ARCH_ELF_MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = PROGRAM_BASE,
		.e_phoff = sizeof(*header),
		.e_ehsize = sizeof(*header),
		.e_phentsize = sizeof(*segments),
		.e_phnum = 2,
	};
	segments[0] = (Elf64_Phdr){.p_type = PT_LOAD,
				   .p_flags = PF_R | PF_X,
				   .p_offset = 0,
				   .p_vaddr = PROGRAM_BASE,
				   .p_filesz = 512,
				   .p_memsz = 512,
				   .p_align = 4096};
	segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
				   .p_flags = PF_R | PF_W,
				   .p_offset = 512,
				   .p_vaddr = PROGRAM_BASE + 0x1200,
				   .p_filesz = 8,
				   .p_memsz = 0x2000,
				   .p_align = 4096};
	return 1024;
}

static size_t add_file(uint8_t *at, const char *name, const void *data, size_t size)
{
	size_t used = (size_t)sprintf((char *)at, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1u,
				      0100755u, 0u, 0u, 1u, 0u, size, 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);

	strcpy((char *)at + used, name);
	used = (used + strlen(name) + 1 + 3) & ~(size_t)3;
	if (size)
		memcpy(at + used, data, size);
	return (used + size + 3) & ~(size_t)3;
}

static size_t make_initramfs(uint8_t *at)
{
	static _Alignas(8) uint8_t program[1024];
	size_t used = add_file(at, "init", program, make_program(program));

	return used + add_file(at + used, "TRAILER!!!", NULL, 0);
}

/* -- The context ------------------------------------------------------------- */

static struct helion_array place(struct helion_bootctx *ctx, uint32_t *used, const void *data, size_t size,
				 uint32_t count, uint32_t stride)
{
	struct helion_array array = {.offset = *used, .count = count, .stride = stride};

	memcpy((char *)ctx + *used, data, size);
	*used += (uint32_t)(size + 7) & ~7u;
	return array;
}

static struct helion_array place_string(struct helion_bootctx *ctx, uint32_t *used, const char *text)
{
	return place(ctx, used, text, strlen(text) + 1, (uint32_t)strlen(text), 1);
}

struct helion_bootctx *sim_context(void)
{
	const struct helion_memory_range map[] = {
		{.base = 0, .length = SIM_LOW_END, .type = HELION_MEM_USABLE},
		{.base = SIM_CONTEXT, .length = SIM_CONTEXT_SIZE, .type = HELION_MEM_BOOTCTX},
		{.base = SIM_MODULE, .length = SIM_MODULE_SIZE, .type = HELION_MEM_MODULE},
		{.base = SIM_KERNEL, .length = 0x4000, .type = HELION_MEM_KERNEL},
		{.base = 0x400000, .length = 0x10000, .type = HELION_MEM_LOADER},
		{.base = 0x410000, .length = SIM_PERSISTENT - 0x410000, .type = HELION_MEM_USABLE},
		{.base = SIM_PERSISTENT, .length = SIM_PERSISTENT_SIZE, .type = HELION_MEM_PERSISTENT},
		{.base = SIM_PERSISTENT + SIM_PERSISTENT_SIZE,
		 .length = SIM_RAM_SIZE - SIM_PERSISTENT - SIM_PERSISTENT_SIZE,
		 .type = HELION_MEM_USABLE},
	};
	const struct helion_segment segments[] = {
		{.phys = SIM_KERNEL,
		 .virt = SIM_KERNEL_VIRT,
		 .size = 0x2000,
		 .flags = HELION_SEGMENT_READ | HELION_SEGMENT_EXEC},
		{.phys = SIM_KERNEL + 0x2000,
		 .virt = SIM_KERNEL_VIRT + 0x2000,
		 .size = 0x2000,
		 .flags = HELION_SEGMENT_READ | HELION_SEGMENT_WRITE},
	};
	struct helion_bootctx *ctx = sim_memory(SIM_CONTEXT);
	struct helion_module module = {.phys = SIM_MODULE};
	uint32_t used = sizeof(*ctx);

	sim_clear_memory();
	module.size = make_initramfs(sim_memory(SIM_MODULE));
	*ctx = (struct helion_bootctx){
		.magic = HELION_BOOTCTX_MAGIC,
		.version_major = HELION_BOOTCTX_VERSION_MAJOR,
		.header_size = sizeof(*ctx),
		.size = SIM_CONTEXT_SIZE,
		.phys = SIM_CONTEXT,
		.arch = HELION_ARCH_X86_64,
		.direct_map_base = (uint64_t)sim_memory(0),
		.direct_map_size = 1ull << 46,
		.paging_levels = 4,
		.kernel_virt = SIM_KERNEL_VIRT,
		.kernel_size = 0x4000,
		.firmware_ram_bytes = SIM_RAM_SIZE,
	};
	ctx->memory_map = place(ctx, &used, map, sizeof(map), sizeof(map) / sizeof(map[0]), sizeof(map[0]));
	ctx->segments = place(ctx, &used, segments, sizeof(segments), 2, sizeof(segments[0]));
	module.name = place_string(ctx, &used, "\\initramfs");
	ctx->modules = place(ctx, &used, &module, sizeof(module), 1, sizeof(module));
	ctx->cmdline = place_string(ctx, &used, "nokaslr word number=42");
	ctx->loader_name = place_string(ctx, &used, "simulation");
	return ctx;
}

/* -- The kernel's way -------------------------------------------------------- */

static const void *map_table(uint64_t phys, size_t size)
{
	return vm_map_table(phys, size);
}

static volatile void *map_device(uint64_t phys, size_t size)
{
	return vm_map_device(phys, size);
}

static void *alloc(size_t size)
{
	return bootmem_alloc_bytes(size);
}

const struct machine_access resources_access = {
	.map_table = map_table,
	.map_device = map_device,
	.alloc = alloc,
};

void sim_boot(const struct helion_bootctx *ctx)
{
	const char *problem;

	boot_context = ctx;
	cpus[0].self = &cpus[0];
	vm_init_early(ctx);
	problem = bootctx_check(ctx);
	if (problem)
		panic("boot context: %s", problem);
	options_init(bootctx_string(ctx, &ctx->cmdline));
	bootmem_init(ctx);
	vm_init(ctx);
	cpus[0].kernel_root = kernel_pagetable.root;
	tlb_init();
	atomic_store(&cpus[0].state, CPU_RUNNING);
	sched_init();
	init_make();
	sim_leave_kernel();
}

const struct helion_manifest *sim_manifest(void)
{
	return manifest_header();
}

const struct helion_record *sim_record(const char *name)
{
	const struct helion_manifest *manifest = sim_manifest();
	const struct helion_record *records = (const void *)((const char *)manifest + manifest->records);

	for (uint64_t i = 0; i < manifest->record_count; i++)
		if (strcmp(records[i].name, name) == 0)
			return &records[i];
	return NULL;
}
