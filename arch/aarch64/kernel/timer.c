/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generic timer (ARM ARM D12): CNTVCT_EL0 is the clock, the virtual timer
 * CNTV the one-shot. The virtual ones work alike in EL1 on bare metal, where the
 * loader and the CPU start-up made the offset zero, and under a hypervisor.
 */
#include "timer.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "sysreg.h"

/* CNTV_CTL_EL0. */
#define CTL_ENABLE (1u << 0)
#define CTL_STATUS (1u << 2)

/*
 * Nanoseconds per tick and ticks per nanosecond as fixed-point numbers. With 52
 * bits after the point an error shows after 50 days at the earliest, in the last
 * digit, and any clock from 250 kHz to 4 THz fits.
 */
#define FRACTION 52

static uint64_t frequency;
static uint64_t ns_per_tick, ticks_per_ns;
static uint64_t start; /* CNTVCT at time 0 */

static uint64_t scale(uint64_t value, uint64_t factor)
{
	return (uint64_t)((unsigned __int128)value * factor >> FRACTION);
}

/* a / b with FRACTION bits after the point, in two steps that fit 64 bits: a and b are below 2^32. */
static uint64_t ratio(uint64_t a, uint64_t b)
{
	uint64_t high = (a << 26) / b, rest = (a << 26) % b;

	return (high << 26) + (rest << 26) / b;
}

void arch_timer_init(const struct machine *machine)
{
	(void)machine;
	frequency = sysreg_read(cntfrq_el0) & 0xffffffff;
	if (frequency < 250000)
		panic("CNTFRQ_EL0 is %llu Hz: the firmware has not set it", (unsigned long long)frequency);
	ns_per_tick = ratio(1000000000, frequency);
	ticks_per_ns = ratio(frequency, 1000000000) + 1;
	start = arch_counter();
}

void arch_timer_init_cpu(struct percpu *cpu)
{
	(void)cpu;
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

uint64_t arch_timer_now(void)
{
	return scale(arch_counter() - start, ns_per_tick);
}

void arch_timer_set(uint64_t deadline_ns)
{
	uint64_t ticks;

	/* Decades ahead is never, and the product below fits. */
	if (deadline_ns >> 60) {
		sysreg_write(cntv_ctl_el0, 0);
		return;
	}
	/* Rounded up, here and in the factor: never early. */
	ticks = scale(deadline_ns, ticks_per_ns) + 1;
	sysreg_write(cntv_cval_el0, start + ticks);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
}

bool timer_acknowledge(void)
{
	if ((sysreg_read(cntv_ctl_el0) & (CTL_ENABLE | CTL_STATUS)) != (CTL_ENABLE | CTL_STATUS))
		return false;
	sysreg_write(cntv_ctl_el0, 0);
	isb();
	return true;
}

uint64_t arch_counter_hz(void)
{
	return sysreg_read(cntfrq_el0) & 0xffffffff;
}

const char *arch_timer_name(void)
{
	return "generic timer (virtual)";
}
