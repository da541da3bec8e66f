/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock is the time register, which all harts see alike (unprivileged, Zicntr);
 * the one-shot timer is stimecmp of the Sstc extension, or else the firmware's.
 */
#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/cpu.h"
#include "kernel/log.h"

#include "csr.h"
#include "riscv.h"
#include "sbi.h"

#define NS_PER_SECOND 1000000000ull

/* A factor of units per unit: whole part and 64 bits of fraction. Exact enough for centuries at any frequency. */
struct ratio {
	uint64_t whole, fraction;
};

static uint64_t hz;
static uint64_t start; /* time at arch_timer_init() */
static struct ratio ns_per_tick, ticks_per_ns;
static bool sstc;

/* Long division, as there is no 128-bit one without the compiler's library. denominator < 2^63. */
static struct ratio ratio_of(uint64_t numerator, uint64_t denominator)
{
	struct ratio ratio = {.whole = numerator / denominator};
	uint64_t rest = numerator % denominator;

	for (unsigned i = 0; i < 64; i++) {
		rest <<= 1;
		ratio.fraction <<= 1;
		if (rest >= denominator) {
			rest -= denominator;
			ratio.fraction |= 1;
		}
	}
	return ratio;
}

static uint64_t scale(uint64_t value, struct ratio ratio)
{
	return value * ratio.whole + (uint64_t)((unsigned __int128)value * ratio.fraction >> 64);
}

void arch_timer_init(const struct machine *machine)
{
	hz = machine->timebase_hz ? machine->timebase_hz : boot_context->timestamp_hz;
	if (hz == 0 || hz >> 63)
		panic("timer: neither the machine's description nor the loader names the frequency of the time "
		      "register");
	ns_per_tick = ratio_of(NS_PER_SECOND, hz);
	ticks_per_ns = ratio_of(hz, NS_PER_SECOND);
	/* Firmware before Sstc does not let supervisor mode use it even where the hart has it. */
	sstc = machine->has_sstc && riscv_probe_stimecmp();
	start = arch_counter();
}

void arch_timer_init_cpu(struct percpu *cpu)
{
	(void)cpu;
	arch_timer_set(UINT64_MAX);
}

uint64_t arch_timer_now(void)
{
	return scale(arch_counter() - start, ns_per_tick);
}

void arch_timer_set(uint64_t deadline_ns)
{
	uint64_t ticks;

	if (deadline_ns == UINT64_MAX) {
		csr_clear("sie", SIE_TIMER);
		return;
	}
	/* Not before the deadline: both ratios are rounded down. */
	ticks = start + scale(deadline_ns, ticks_per_ns) + 1;
	if (sstc)
		csr_write(CSR_NAME(CSR_STIMECMP), ticks);
	else
		sbi_set_timer(ticks);
	csr_set("sie", SIE_TIMER);
}

uint64_t arch_counter_hz(void)
{
	return hz;
}

const char *arch_timer_name(void)
{
	return sstc ? "stimecmp" : "SBI timer";
}
