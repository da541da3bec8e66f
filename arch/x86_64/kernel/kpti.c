/* SPDX-License-Identifier: BSD-2-Clause */
#include "kpti.h"

#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "descriptor.h"
#include "x86.h"

/* Of each CPU: code, data, a page left out, IST stacks. In the root's last entry, as the kernel's image is. */
#define AREA_BASE   0xfffffffe00000000ull
#define AREA_SIZE   0x10000ull
#define AREA_DATA   0x1000ull
#define AREA_STACKS 0x3000ull

_Static_assert(AREA_STACKS + IST_COUNT * IST_STACK_SIZE <= AREA_SIZE, "a CPU's area is too small");
_Static_assert(sizeof(struct entry_data) <= PT_PAGE_SIZE, "a page");

#define ARCH_CAPABILITIES_RDCL_NO (1ull << 0)

extern char kpti_text[], kpti_syscall[], kpti_user_return[], kpti_restricted_return[], syscall_entry_kernel[];

/* Where arch_vspace_switch() loads CR3. */
extern struct vspace_switch {
	int32_t at; /* from here */
	uint32_t size;
} vspace_switches_begin[], vspace_switches_end[];

uint64_t kpti_root;
static struct pagetable tables;

static uint64_t table_alloc(void *unused)
{
	(void)unused;
	return bootmem_alloc(1);
}

/* AMD's processors check rights before they use what they read; Intel's do when they say so (Intel, "Rogue Data Cache Load"). */
static bool is_needed(void)
{
	struct cpuid vendor = cpuid(0, 0);

	if (boot_option("kpti", "on"))
		return true;
	if (boot_option("kpti", "off") || vendor.ebx == CPUID_VENDOR_AMD || vendor.ebx == CPUID_VENDOR_HYGON)
		return false;
	return !cpu_has(CPUID_ARCH_CAPABILITIES) || !(rdmsr(MSR_ARCH_CAPABILITIES) & ARCH_CAPABILITIES_RDCL_NO);
}

static void map(struct pagetable *into, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags)
{
	if (pagetable_map(into, virt, phys, size, PT_READ | flags, NULL, NULL) != PAGETABLE_OK)
		panic("kpti: mapping %#llx failed", (unsigned long long)virt);
}

/* For the kernel and for user mode. */
static void map_both(uint64_t virt, uint64_t phys, uint64_t size, unsigned flags)
{
	map(&kernel_pagetable, virt, phys, size, flags);
	map(&tables, virt, phys, size, flags);
}

static uint64_t area(const struct percpu *cpu)
{
	return AREA_BASE + cpu->index * AREA_SIZE;
}

void kpti_prepare(struct percpu *cpu)
{
	struct entry_data *data = (struct entry_data *)(area(cpu) + AREA_DATA);
	uint64_t stacks = bootmem_alloc(IST_COUNT * IST_STACK_SIZE / PT_PAGE_SIZE);

	map_both(area(cpu), vm_kernel_phys(kpti_text), PT_PAGE_SIZE, PT_EXEC);
	map_both((uint64_t)data, bootmem_alloc(1), PT_PAGE_SIZE, PT_WRITE);
	map_both(area(cpu) + AREA_STACKS, stacks, IST_COUNT * IST_STACK_SIZE, PT_WRITE);
	arch_barrier();
	data->kernel_root = kernel_pagetable.root;
	data->syscall = (uint64_t)syscall_entry_kernel;
	data->top = (struct entry_top){cpu, kernel_pagetable.root};
	x86_percpu(cpu)->entry = data;
	x86_percpu(cpu)->entry_stack = (uint64_t)&data->top;
	x86_percpu(cpu)->ist_stacks = area(cpu) + AREA_STACKS;
}

uint64_t kpti_syscall_entry(const struct percpu *cpu)
{
	return area(cpu) + (uint64_t)(kpti_syscall - kpti_text);
}

/* The other CPUs have not started, and what is changed is not what runs. */
static void patch(void *at, const void *code, size_t size)
{
	uint64_t cr0 = read_cr0();

	write_cr0(cr0 & ~(uint64_t)CR0_WP);
	memcpy(at, code, size);
	write_cr0(cr0);
}

static void patch_jump(void *at, const char *to)
{
	int32_t distance = (int32_t)(to - ((char *)at + 5));
	uint8_t code[5] = {0xe9};

	memcpy(code + 1, &distance, sizeof(distance));
	patch(at, code, sizeof(code));
}

/* CR3 is loaded on the way out, from percpu->vspace_token. */
static void patch_exits(void)
{
	static const uint8_t nop3[] = {0x0f, 0x1f, 0x00}, nop4[] = {0x0f, 0x1f, 0x40, 0x00};

	for (struct vspace_switch *site = vspace_switches_begin; site < vspace_switches_end; site++)
		patch((char *)site + site->at, site->size == sizeof(nop3) ? nop3 : nop4, site->size);
	patch_jump((void *)arch_user_return, kpti_user_return);
	patch_jump((void *)arch_restricted_return, kpti_restricted_return);
}

void kpti_init(struct percpu *boot)
{
	if (!is_needed()) {
		kprintf("kpti: off\n");
		return;
	}
	kpti_root = bootmem_alloc(1);
	tables = (struct pagetable){
		.root = kpti_root,
		.levels = kernel_pagetable.levels,
		.alloc = table_alloc,
		.direct = (uint64_t)vm_direct(0),
	};
	map(&tables, (uint64_t)kpti_text, vm_kernel_phys(kpti_text), PT_PAGE_SIZE, PT_EXEC);
	map(&tables, (uint64_t)descriptor_idt(), vm_kernel_phys(descriptor_idt()), PT_PAGE_SIZE, 0);
	kpti_prepare(boot);
	vm_share_half_of(kpti_root);
	patch_exits();
	descriptor_init();
	descriptor_load(boot);
	kprintf("kpti: on, user mode has no mapping of the kernel but its entry\n");
}

/* -- Checking ------------------------------------------------------------------ */

static bool is_entry(uint64_t virt, unsigned flags)
{
	if (flags & (PT_USER | PT_GLOBAL) || ((flags & PT_WRITE) && (flags & PT_EXEC)))
		return false;
	return virt == (uint64_t)kpti_text || virt == (uint64_t)descriptor_idt() ||
	       (virt >= AREA_BASE && virt < AREA_BASE + cpu_count * AREA_SIZE);
}

/* Pages below a table, each of 4 KiB; something else makes them far too many. The depth is that of paging. */
static uint64_t count_pages(uint64_t phys, unsigned level, uint64_t base)
{
	const uint64_t *table = vm_direct(phys);
	uint64_t count = 0;

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		uint64_t virt = base | i * pagetable_leaf_size(level);

		/* Addresses are sign-extended. */
		if (level + 1 == tables.levels && i >= PT_ENTRIES / 2)
			virt |= ~0ull << (12 + 9 * tables.levels);
		if (!arch_pte_present(table[i]))
			continue;
		if (!arch_pte_is_leaf(table[i], level))
			count += count_pages(arch_pte_phys(table[i], level), level - 1, virt);
		else
			count += level == 0 && is_entry(virt, arch_pte_flags(table[i], level)) ? 1 : 1u << 30;
	}
	return count;
}

bool kpti_check(void)
{
	uint64_t expected = 2;

	for (uint32_t i = 0; i < cpu_count; i++)
		if (x86_percpu(&cpus[i])->entry)
			expected += 2 + IST_COUNT * IST_STACK_SIZE / PT_PAGE_SIZE;
	return count_pages(kpti_root, tables.levels - 1, 0) == expected;
}
