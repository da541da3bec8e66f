/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/tlb.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/lock.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"

static bool noted;

void vspace_load(struct percpu *cpu, struct vspace *vspace)
{
	if (cpu->vspace_root == vspace->tables.root)
		return;
	arch_vspace_load(vspace->tables.root, vspace->asid);
	cpu->vspace_root = vspace->tables.root;
}

void tlb_note(struct vspace *vspace)
{
	(void)vspace;
	noted = true;
}

void tlb_note_end(struct vspace *vspace)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		if (cpus[i].vspace_root == vspace->tables.root)
			cpus[i].vspace_root = kernel_pagetable.root;
	if (percpu_get()->vspace_root == kernel_pagetable.root)
		arch_vspace_load(kernel_pagetable.root, 0);
	noted = true;
}

void tlb_commit(void)
{
	if (!noted)
		return;
	noted = false;
	arch_tlb_flush_all();
	for (uint32_t i = 0; i < cpu_count; i++)
		if (&cpus[i] != percpu_get() && atomic_load(&cpus[i].state) == CPU_RUNNING)
			cpu_request(&cpus[i], CPU_REQUEST_FLUSH);
	for (uint32_t i = 0; i < cpu_count; i++)
		while (&cpus[i] != percpu_get() && atomic_load(&cpus[i].pending) & CPU_REQUEST_FLUSH)
			arch_cpu_relax();
}

void tlb_flush_request(struct percpu *cpu)
{
	if (cpu->vspace_root == kernel_pagetable.root)
		arch_vspace_load(kernel_pagetable.root, 0);
	arch_tlb_flush_all();
}
