/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector state. sstatus.FS and VS turn the units off, and say
 * whether registers changed since they were loaded or saved last (privileged
 * §10.1.1.5): what did not is not saved again.
 */
#include <arch/fpu.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "lib/string.h"

#include "csr.h"
#include "riscv.h"

#define FCSR_BITS 0xffull
#define VCSR_BITS 7ull

/* Of two bits each: 0 off, 1 initial, 2 clean, 3 dirty. */
#define FS(state) ((uint64_t)(state) << 13)
#define VS(state) ((uint64_t)(state) << 9)
#define DIRTY     3

/* Set by the boot hart, and the same for the others. */
static size_t size;
static uint64_t units; /* what "on" sets in sstatus */
static uint64_t vlenb;

/* A unit that is not there keeps its field at 0. */
static uint64_t own_units(void)
{
	uint64_t found;

	csr_set("sstatus", FS(1) | VS(1));
	found = csr_read("sstatus") & (SSTATUS_FS | SSTATUS_VS);
	/* What has vectors has double precision (V 1.0 §18.3), as far as a general-purpose hart goes. */
	if ((found & SSTATUS_FS) && !riscv_probe_double())
		found = 0;
	if (!(found & SSTATUS_FS))
		found = 0;
	/* Some emulators have the field without the registers. */
	if ((found & SSTATUS_VS) && !riscv_probe_vectors())
		found &= ~(uint64_t)SSTATUS_VS;
	return (found & SSTATUS_FS ? FS(1) : 0) | (found & SSTATUS_VS ? VS(1) : 0);
}

/* One that has less than the boot hart must not run tasks: it stops, and the boot hart gives it up. */
static _Noreturn void refuse(void)
{
	kprintf("cpu %u: has not the boot hart's floating-point or vector registers and is left out\n",
		percpu_get()->index);
	arch_cpu_halt();
}

void arch_fpu_init_cpu(void)
{
	uint64_t own = own_units(), own_vlenb = own & SSTATUS_VS ? csr_read(CSR_NAME(CSR_VLENB)) : 0;

	csr_clear("sstatus", SSTATUS_FS | SSTATUS_VS);
	if (percpu_get()->index != 0) {
		if ((own & units) != units || (vlenb && own_vlenb != vlenb))
			refuse();
		return;
	}
	units = own;
	vlenb = own_vlenb;
	size = units ? sizeof(struct arch_fpu) + 32 * vlenb : 0;
	kprintf("fpu: %s, vectors of %u bits, %zu bytes for each task\n", units ? "double precision" : "none",
		(unsigned)vlenb * 8, size);
}

size_t arch_fpu_size(void)
{
	return size;
}

void arch_fpu_sanitize(void *area)
{
	struct arch_fpu *fpu = area;

	fpu->fcsr &= FCSR_BITS;
	fpu->vcsr &= VCSR_BITS;
	fpu->vlenb = vlenb;
	fpu->reserved[0] = fpu->reserved[1] = 0;
}

/* vtype: no vector instruction but vset* works before one of those ran, as after a reset of a hart. */
void arch_fpu_reset(void *area)
{
	struct arch_fpu *fpu = area;

	memset(fpu, 0, size);
	fpu->vtype = vlenb ? 1ull << 63 : 0;
	fpu->vlenb = vlenb;
}

static void mark_clean(void)
{
	csr_clear("sstatus", units);
}

void arch_fpu_save(void *area)
{
	uint64_t status = csr_read("sstatus");

	if ((status & SSTATUS_FS) == FS(DIRTY))
		riscv_fpu_save(area);
	if ((status & SSTATUS_VS) == VS(DIRTY))
		riscv_vector_save(area);
	csr_set("sstatus", units << 1);
	mark_clean();
}

void arch_fpu_load(const void *area)
{
	riscv_fpu_load(area);
	if (vlenb)
		riscv_vector_load(area);
	/* That made them dirty. */
	mark_clean();
}

void arch_fpu_enable(bool on)
{
	if (on)
		csr_set("sstatus", units);
	else
		csr_clear("sstatus", SSTATUS_FS | SSTATUS_VS);
}
