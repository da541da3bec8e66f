/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The monotonic clock, which is the time-stamp counter, and the one-shot timer,
 * which is that of the local APIC: in TSC-deadline mode where the CPU has it,
 * else counting down at a measured frequency.
 */
#include "kernel/arch.h"
#include "kernel/log.h"

#include "clock.h"
#include "irq.h"
#include "lapic.h"
#include "percpu_x86.h"
#include "vector.h"
#include "x86.h"

#define NANOSECONDS 1000000000ull

/* No deadline is set further ahead, so that no conversion overflows; timer_expired() goes on from there. */
#define STEP_MAX_NS (1000 * NANOSECONDS)

static uint64_t tsc_hz, tsc_start;
static uint64_t ns_per_tick;        /* nanoseconds in a tick, 32 bits after the point */
static uint64_t ticks_per_ns;       /* 30 bits after the point: room for 17 GHz */
static uint64_t lapic_ticks_per_ns; /* the same of the local APIC's timer */
static bool use_deadline;

static uint64_t multiply(uint64_t a, uint64_t b, unsigned shift)
{
	return (uint64_t)((unsigned __int128)a * b >> shift);
}

/* All CPUs' are alike: they are fed by the same clock. */
static uint64_t measure_lapic(void)
{
	uint32_t count;
	uint64_t start, elapsed;

	lapic_timer_mode(LAPIC_TIMER_MASKED | VECTOR_TIMER);
	lapic_timer_start(UINT32_MAX);
	start = arch_counter();
	clock_delay_us(5000);
	count = UINT32_MAX - lapic_timer_count();
	elapsed = arch_counter() - start;
	lapic_timer_start(0);
	return count * tsc_hz / elapsed;
}

void arch_timer_init(const struct machine *machine)
{
	const char *source;

	tsc_hz = clock_find_tsc_hz(machine, &source);
	/* Below, the tables of ticks per nanosecond lose their meaning; above, they overflow. */
	if (tsc_hz < 1000000 || tsc_hz > 16 * NANOSECONDS)
		panic("the %s says that the time-stamp counter runs at %llu Hz", source, (unsigned long long)tsc_hz);
	clock_set_hz(tsc_hz);
	ns_per_tick = (NANOSECONDS << 32) / tsc_hz;
	ticks_per_ns = (tsc_hz << 30) / NANOSECONDS;
	tsc_start = arch_counter();
	use_deadline = cpu_has(CPUID_TSC_DEADLINE);
	kprintf("clock: time-stamp counter at %llu.%03llu MHz (%s)\n", (unsigned long long)tsc_hz / 1000000,
		(unsigned long long)tsc_hz / 1000 % 1000, source);
}

void arch_timer_init_cpu(struct percpu *cpu)
{
	x86_percpu(cpu)->deadline = UINT64_MAX;
	if (use_deadline) {
		lapic_timer_mode(LAPIC_TIMER_DEADLINE | VECTOR_TIMER);
		return;
	}
	if (lapic_ticks_per_ns == 0) {
		uint64_t hz = measure_lapic();

		lapic_ticks_per_ns = (hz << 30) / NANOSECONDS;
		if (lapic_ticks_per_ns == 0)
			panic("the local APIC's timer does not count");
		kprintf("timer: local APIC at %llu.%03llu MHz\n", (unsigned long long)hz / 1000000,
			(unsigned long long)hz / 1000 % 1000);
	}
	lapic_timer_mode(VECTOR_TIMER);
}

uint64_t arch_timer_now(void)
{
	/* So that it is not read before the loads that came earlier in the program (Intel SDM vol. 2B, RDTSC). */
	__asm__ volatile("lfence" : : : "memory");
	return multiply(arch_counter() - tsc_start, ns_per_tick, 32);
}

static void arm(uint64_t deadline)
{
	uint64_t now = arch_timer_now();
	uint64_t ns = deadline > now ? deadline - now : 0;
	uint64_t ticks;

	if (ns > STEP_MAX_NS)
		ns = STEP_MAX_NS;
	if (use_deadline) {
		wrmsr(MSR_TSC_DEADLINE, arch_counter() + multiply(ns, ticks_per_ns, 30) + 1);
		return;
	}
	ticks = multiply(ns, lapic_ticks_per_ns, 30) + 1;
	lapic_timer_start(ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}

void arch_timer_set(uint64_t deadline_ns)
{
	x86_percpu(percpu_get())->deadline = deadline_ns;
	if (deadline_ns != UINT64_MAX)
		arm(deadline_ns);
	else if (use_deadline)
		wrmsr(MSR_TSC_DEADLINE, 0);
	else
		lapic_timer_start(0);
}

void timer_expired(void)
{
	uint64_t *deadline = &x86_percpu(percpu_get())->deadline;

	/* Switched off when the interrupt was already on its way. */
	if (*deadline == UINT64_MAX)
		return;
	/* One step of a long way, or the timer is a little faster than the clock. */
	if (arch_timer_now() < *deadline) {
		arm(*deadline);
		return;
	}
	*deadline = UINT64_MAX;
	timer_interrupt();
}

uint64_t arch_counter_hz(void)
{
	return tsc_hz;
}

const char *arch_timer_name(void)
{
	return use_deadline ? "TSC deadline" : "local APIC one-shot";
}
