/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/window.h"

#include "kernel/arch.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/string.h"

static uint64_t entry_size(void)
{
	return pagetable_leaf_size(kernel_pagetable.levels - 1);
}

/* The last entry of user space but one: its last page is never mapped, and this one shall be whole. */
uint64_t window_base(void)
{
	return vm_user_top - 2 * entry_size();
}

uint64_t window_size(void)
{
	return entry_size();
}

static unsigned root_index(uint64_t virt)
{
	return (unsigned)(virt / entry_size());
}

static bool overlaps(uint64_t virt, uint64_t size)
{
	return virt < window_base() + window_size() && virt + size > window_base();
}

static bool is_inside(uint64_t virt, uint64_t size)
{
	return virt >= window_base() && virt + size <= window_base() + window_size();
}

bool window_allows(const struct vspace *vspace, uint64_t virt, uint64_t size)
{
	if (vspace->window.object && overlaps(virt, size))
		return false;
	return vspace->window_of == 0 || is_inside(virt, size);
}

void window_open(struct vspace *vspace)
{
	uint64_t end = vm_user_top - HELION_PAGE_SIZE;

	vspace->open_base = HELION_PAGE_SIZE;
	if (vspace->window.object)
		end = window_base();
	if (vspace->window_of) {
		vspace->open_base = window_base();
		end = window_base() + window_size();
	}
	vspace->open_size = end - vspace->open_base;
}

/* A task of the address space runs on another CPU, with the tables that it has. */
static bool runs_elsewhere(const struct vspace *vspace)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		if (&cpus[i] != percpu_get() && cpus[i].current && cpus[i].current->vspace.object == &vspace->object)
			return true;
	return false;
}

static enum helion_error check(const struct vspace *vspace, const struct vspace *window)
{
	if (vspace == window || vspace->window_of || window->window.object)
		return HELION_ERR_ARGUMENT;
	if (vspace->window.object || !vspace_is_empty(vspace, window_base(), window_size()))
		return HELION_ERR_OCCUPIED;
	if (!vspace_is_empty(window, 0, window_base()) ||
	    !vspace_is_empty(window, window_base() + window_size(), UINT64_MAX / 2))
		return HELION_ERR_ARGUMENT;
	return runs_elsewhere(vspace) ? HELION_ERR_BUSY : HELION_OK;
}

/* The second root table, and an ASID for what is seen without the window. They stay until the address space ends. */
static bool make_full_root(struct vspace *vspace)
{
	if (vspace->full_root)
		return true;
	vspace->full_root = memory_alloc_pages(vspace->object.memory, 1, 0);
	if (!vspace->full_root)
		return false;
	vspace->tables.keeps_top = 1;
	vspace->restricted_asid = tlb_asid_alloc();
	vspace->restricted_token = arch_vspace_token(vspace->tables.root, vspace->restricted_asid);
	vspace->token = arch_vspace_token(vspace->full_root, vspace->asid);
	return true;
}

enum helion_error window_attach(struct vspace *vspace, const struct cap *cap)
{
	struct vspace *window = (struct vspace *)cap->object;
	struct percpu *cpu = percpu_get();
	uint64_t *root, *full;
	enum helion_error error;

	if (cap->type != HELION_TYPE_VSPACE)
		return HELION_ERR_TYPE;
	if (!(cap->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	error = check(vspace, window);
	if (error)
		return error;
	window->tables.keeps_top = 1;
	if (pagetable_make_top(&window->tables, window_base()) != PAGETABLE_OK || !make_full_root(vspace))
		return HELION_ERR_MEMORY;
	root = vm_direct(vspace->tables.root);
	full = vm_direct(vspace->full_root);
	memcpy(full, root, HELION_PAGE_SIZE);
	full[root_index(window_base())] = ((uint64_t *)vm_direct(window->tables.root))[root_index(window_base())];
	arch_barrier();
	/* CPUs that have this address space loaded will not load it again. */
	atomic_fetch_or_explicit(&window->cpus, atomic_load_explicit(&vspace->cpus, memory_order_relaxed),
				 memory_order_relaxed);
	cap_set(&vspace->window, cap->object, cap->rights, 0);
	window->window_of++;
	window_open(vspace);
	window_open(window);
	/* The invoking task may be one of this address space. */
	if (cpu->current && cpu->current->vspace.object == &vspace->object)
		vspace_load(cpu, vspace);
	return HELION_OK;
}

enum helion_error window_detach(struct vspace *vspace)
{
	struct vspace *window = (struct vspace *)vspace->window.object;

	if (!window)
		return HELION_ERR_MISSING;
	((uint64_t *)vm_direct(vspace->full_root))[root_index(window_base())] = 0;
	tlb_note(vspace, window_base(), window_size());
	window->window_of--;
	cap_clear(&vspace->window);
	window_open(vspace);
	window_open(window);
	return HELION_OK;
}

void window_lost(struct cap *cap)
{
	window_detach(cap->holder);
}

void window_sync(struct vspace *vspace, uint64_t virt, uint64_t size)
{
	const uint64_t *root;
	uint64_t *full;

	if (!vspace->full_root)
		return;
	root = vm_direct(vspace->tables.root);
	full = vm_direct(vspace->full_root);
	for (unsigned i = root_index(virt); i <= root_index(virt + size - 1); i++)
		if (!vspace->window.object || i != root_index(window_base()))
			full[i] = root[i];
}

struct vspace *window_at(struct vspace *vspace, uint64_t virt)
{
	return vspace->window.object && overlaps(virt, 1) ? (struct vspace *)vspace->window.object : vspace;
}

void window_destroy(struct vspace *vspace)
{
	if (vspace->window.object)
		window_detach(vspace);
	if (vspace->full_root)
		memory_free_pages(vspace->object.memory, vspace->full_root, 1);
	vspace->full_root = 0;
}
