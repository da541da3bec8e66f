/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/tlb.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/vm.h"
#include "lib/bitmap.h"

/* Parts that are flushed page by page; more of them, or larger ones, flush all that a CPU remembers. */
#define PARTS_MAX 8u
#define PAGES_MAX 8u

#define ASID_BITMAP 65536u

/* What the exclusive lock's holder has noted. Read by the CPUs that it asks to flush, while it waits for them. */
bool tlb_noted;
static struct part {
	uint64_t token, virt, pages;
} parts[PARTS_MAX];
static unsigned part_count;
static bool everything;
static uint64_t mask;
static uint64_t flushes;

/* Page tables that are free after the next flush: the first, 0: none. Each begins with the address of the next one and its Memory:
 * a CPU that still walks there finds two entries that are not present. */
static uint64_t tables;

static uint64_t asids[BITMAP_WORDS(ASID_BITMAP)];
static uint32_t asid_count, asid_hint = 1;

/* -- ASIDs ---------------------------------------------------------------------- */

/* ASID 0 belongs to everything that has none of its own. */
void tlb_init(void)
{
	asid_count = arch_asid_count();
	if (asid_count > ASID_BITMAP)
		asid_count = ASID_BITMAP;
}

/* A round of the bitmap is 1,024 words at the most. */
uint16_t tlb_asid_alloc(void)
{
	for (uint32_t i = 0; i < asid_count; i += 64) {
		uint32_t word = (asid_hint + i) % asid_count / 64;
		uint64_t free = ~asids[word] & (word == 0 ? ~1ull : ~0ull);
		uint32_t asid;

		if (!free)
			continue;
		asid = word * 64 + (uint32_t)__builtin_ctzll(free);
		if (asid >= asid_count)
			continue;
		bitmap_set(asids, asid);
		asid_hint = asid;
		return (uint16_t)asid;
	}
	return 0;
}

/* -- Flushing ------------------------------------------------------------------- */

/* With its window or without. */
static bool has_loaded(const struct percpu *cpu, const struct vspace *vspace)
{
	return cpu->vspace_token == vspace->token ||
	       (vspace->restricted_token && cpu->vspace_token == vspace->restricted_token);
}

static void note_cpus(const struct vspace *vspace)
{
	tlb_noted = true;
	/* What is in a window is remembered under the ASIDs of the address spaces that have it. */
	if (vspace->window_of)
		everything = true;
	if (vspace->asid || vspace->window_of) {
		mask |= atomic_load_explicit(&vspace->cpus, memory_order_relaxed);
		return;
	}
	/* Without an ASID a CPU that has loaded another one has forgotten it. */
	for (uint32_t i = 0; i < cpu_count; i++)
		if (has_loaded(&cpus[i], vspace))
			mask |= 1ull << i;
}

void tlb_note(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	kernel_assert_exclusive();
	if (!atomic_load_explicit(&vspace->cpus, memory_order_relaxed))
		return;
	note_cpus(vspace);
	if (part_count + 2 > PARTS_MAX || size > PAGES_MAX * HELION_PAGE_SIZE) {
		everything = true;
		return;
	}
	parts[part_count++] = (struct part){vspace->token, virt, size / HELION_PAGE_SIZE};
	if (vspace->restricted_token)
		parts[part_count++] = (struct part){vspace->restricted_token, virt, size / HELION_PAGE_SIZE};
}

void tlb_note_end(struct vspace *vspace)
{
	kernel_assert_exclusive();
	note_cpus(vspace);
	everything = true;
	for (uint32_t i = 0; i < cpu_count; i++)
		if (has_loaded(&cpus[i], vspace))
			cpus[i].vspace_token = 0;
	if (vspace->asid)
		bitmap_clear(asids, vspace->asid);
	if (vspace->restricted_asid)
		bitmap_clear(asids, vspace->restricted_asid);
}

void tlb_free_table(struct vspace *vspace, uint64_t phys)
{
	struct memory *memory = vspace->object.memory;
	uint64_t *words = vm_direct(phys);

	if (!atomic_load_explicit(&vspace->cpus, memory_order_relaxed)) {
		memory_free_pages(memory, phys, 1);
		return;
	}
	words[0] = tables;
	words[1] = (uint64_t)memory;
	tables = phys;
	tlb_noted = true;
}

static void free_tables(void)
{
	while (tables) {
		const uint64_t *words = vm_direct(tables);
		uint64_t phys = tables;

		tables = words[0];
		memory_free_pages((struct memory *)words[1], phys, 1);
	}
}

/* A CPU whose address space has ended runs on in the kernel's. */
static void flush(struct percpu *cpu)
{
	if (cpu->vspace_token == 0)
		arch_vspace_leave();
	if (everything) {
		arch_tlb_flush_all();
		return;
	}
	for (unsigned i = 0; i < part_count; i++)
		for (uint64_t page = 0; page < parts[i].pages; page++)
			arch_tlb_flush_page(parts[i].token, parts[i].virt + page * HELION_PAGE_SIZE);
}

/* All are asked first and waited for then. */
static void flush_others(struct percpu *cpu)
{
	uint64_t others = mask & ~(1ull << cpu->index);

	for (uint64_t left = others; left; left &= left - 1) {
		cpu_request(&cpus[__builtin_ctzll(left)], CPU_REQUEST_FLUSH);
		flushes++;
	}
	for (uint64_t left = others; left; left &= left - 1)
		while (atomic_load(&cpus[__builtin_ctzll(left)].pending) & CPU_REQUEST_FLUSH)
			arch_cpu_relax();
}

/* Where the hardware reaches the others itself, only those that have to leave an address space are asked. */
static void leave_on_others(const struct percpu *cpu)
{
	uint64_t left = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		if (mask >> i & 1 && cpus[i].vspace_token == 0)
			left |= 1ull << i;
	mask = left | 1ull << cpu->index;
}

void tlb_commit_noted(void)
{
	struct percpu *cpu = percpu_get();

	kernel_assert_exclusive();
	if (ARCH_TLB_BROADCAST && mask)
		leave_on_others(cpu);
	if (mask >> cpu->index & 1) {
		flush(cpu);
		flushes++;
	}
	flush_others(cpu);
	tlb_noted = everything = false;
	part_count = 0;
	mask = 0;
	free_tables();
}

void tlb_flush_request(struct percpu *cpu)
{
	flush(cpu);
}

uint64_t tlb_flush_count(void)
{
	return flushes;
}
