/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The incoming MSI controller of each hart (AIA specification 1.0, chapter 3). Its registers are reached through
 * siselect and sireg: what is pending and what is enabled, 64 identities in each of the even numbers.
 */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/trap.h"

#include "csr.h"
#include "riscv.h"

#define EIDELIVERY  0x70
#define EITHRESHOLD 0x72
#define EIP(id)     (0x80 + 2 * ((id) / 64))
#define EIE(id)     (0xc0 + 2 * ((id) / 64))
#define BIT(id)     (1ull << ((id) % 64))

#define TOPEI_IDENTITY_SHIFT 16

static uint32_t id_count; /* identities are 1 to this */
/* What each identity is on which hart, line << 8 | CPU + 1, so that both change at once; 0: nothing. */
static _Atomic uint32_t accepted[IMSIC_IDS_MAX + 1];

_Static_assert(MACHINE_CPUS_MAX < 256, "a CPU's number needs more bits");

static void select_write(uint64_t select, uint64_t value)
{
	csr_write(CSR_NAME(CSR_SISELECT), select);
	csr_write(CSR_NAME(CSR_SIREG), value);
}

static void select_set(uint64_t select, uint64_t bits)
{
	csr_write(CSR_NAME(CSR_SISELECT), select);
	csr_set(CSR_NAME(CSR_SIREG), bits);
}

static void select_clear(uint64_t select, uint64_t bits)
{
	csr_write(CSR_NAME(CSR_SISELECT), select);
	csr_clear(CSR_NAME(CSR_SIREG), bits);
}

uint32_t imsic_init(const struct machine *machine)
{
	id_count = machine->imsic.ids;
	return id_count;
}

bool imsic_init_cpu(struct percpu *cpu, const struct machine_cpu *described)
{
	if (!described->imsic_base)
		return false;
	for (uint32_t id = 0; id <= id_count; id += 64) {
		select_write(EIE(id), 0);
		select_write(EIP(id), 0);
	}
	select_write(EITHRESHOLD, 0);
	select_write(EIDELIVERY, 1);
	cpu->arch[RISCV_IRQ_CONTEXT] = described->imsic_base;
	return true;
}

uint64_t imsic_address(void)
{
	return percpu_get()->arch[RISCV_IRQ_CONTEXT];
}

void imsic_accept(uint32_t identity, uint32_t line)
{
	atomic_store(&accepted[identity], line << 8 | (percpu_get()->index + 1));
	select_set(EIE(identity), BIT(identity));
}

void imsic_forget(uint32_t identity)
{
	select_clear(EIP(identity), BIT(identity));
}

void imsic_handle(void)
{
	uint64_t topei;
	uint32_t identity, found;

	/* Reads which one is first, and takes it. */
	__asm__ volatile("csrrw %0, " CSR_NAME(CSR_STOPEI) ", zero" : "=r"(topei) : : "memory");
	identity = (uint32_t)(topei >> TOPEI_IDENTITY_SHIFT) & IMSIC_IDS_MAX;
	if (!identity)
		return;
	found = atomic_load(&accepted[identity]);
	if ((found & 0xff) == percpu_get()->index + 1)
		trap_interrupt(found >> 8);
	else
		select_clear(EIE(identity), BIT(identity)); /* it is another hart's now */
}
