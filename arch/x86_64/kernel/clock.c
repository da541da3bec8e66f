/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How fast the time-stamp counter runs: asked of the CPU or of the hypervisor,
 * and where neither says, measured against a timer of known frequency.
 */
#include "clock.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "x86.h"

#define HPET_SIZE       0x400
#define HPET_PERIOD     0x004 /* femtoseconds */
#define HPET_CONFIG     0x010
#define HPET_COUNTER    0x0f0
#define HPET_ENABLE     1u
#define HPET_PERIOD_MAX 100000000u /* 100 ns (IA-PC HPET 1.0a §2.3.4) */
#define FEMTOSECONDS    1000000000000000ull

#define PM_TIMER_HZ   3579545u  /* ACPI 6.5 §4.8.3.3 */
#define PM_TIMER_BITS 0xffffffu /* it has 24 or 32 */

#define PIT_HZ       1193182u
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND  0x43
#define PIT_GATE     0x61

/* An up-counting timer of known frequency. */
struct reference {
	const char *name;
	uint64_t hz;
	uint32_t mask; /* of the bits that count */
	uint32_t (*read)(void);
};

static volatile uint8_t *hpet;
static uint16_t pm_timer;
static uint64_t tsc_hz;

static uint32_t hpet_read(void)
{
	return mmio_read32(hpet + HPET_COUNTER);
}

static uint32_t pm_timer_read(void)
{
	return port_in32(pm_timer);
}

/* Channel 2 counts down from 65535 and, unlike the others, interrupts nobody. */
static uint32_t pit_read(void)
{
	uint32_t count;

	port_out8(PIT_COMMAND, 0x80); /* latch channel 2 */
	count = port_in8(PIT_CHANNEL2);
	count |= (uint32_t)port_in8(PIT_CHANNEL2) << 8;
	return 0xffff - count;
}

static bool hpet_start(uint64_t base, struct reference *ret)
{
	uint32_t period;

	if (!base)
		return false;
	hpet = vm_map_device(base, HPET_SIZE);
	if (!hpet)
		return false;
	period = mmio_read32(hpet + HPET_PERIOD);
	if (period == 0 || period > HPET_PERIOD_MAX)
		return false;
	mmio_write32(hpet + HPET_CONFIG, mmio_read32(hpet + HPET_CONFIG) | HPET_ENABLE);
	*ret = (struct reference){"HPET", FEMTOSECONDS / period, UINT32_MAX, hpet_read};
	return true;
}

static bool pm_timer_start(uint32_t port, struct reference *ret)
{
	if (!port)
		return false;
	pm_timer = (uint16_t)port;
	*ret = (struct reference){"ACPI PM timer", PM_TIMER_HZ, PM_TIMER_BITS, pm_timer_read};
	return true;
}

static void pit_start(struct reference *ret)
{
	port_out8(PIT_GATE, (port_in8(PIT_GATE) & ~2) | 1); /* speaker off, gate open */
	port_out8(PIT_COMMAND, 0xb4);                       /* channel 2, both bytes, rate generator */
	port_out8(PIT_CHANNEL2, 0xff);
	port_out8(PIT_CHANNEL2, 0xff);
	*ret = (struct reference){"PIT", PIT_HZ, 0xffff, pit_read};
}

/* A timer that stands still would be waited for until the end of time. */
static bool is_running(const struct reference *reference)
{
	uint32_t first = reference->read();

	for (unsigned i = 0; i < 100000; i++)
		if (reference->read() != first)
			return true;
	kprintf("clock: the %s does not count\n", reference->name);
	return false;
}

struct sample {
	uint64_t tsc;
	uint32_t reference;
};

/* Both clocks at one moment: the read that took least, since system-management code may come between. */
static struct sample take_sample(const struct reference *reference)
{
	struct sample best = {0};
	uint64_t shortest = UINT64_MAX;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t before = arch_counter();
		uint32_t value = reference->read();
		uint64_t after = arch_counter();

		if (after - before < shortest) {
			shortest = after - before;
			best = (struct sample){before + (after - before) / 2, value};
		}
	}
	return best;
}

static uint64_t measure(const struct reference *reference)
{
	struct sample first = take_sample(reference), last;
	uint32_t ticks;

	/* 5 ms: 200 parts per million with the coarsest reference. */
	do {
		last = take_sample(reference);
		ticks = (last.reference - first.reference) & reference->mask;
	} while (ticks < reference->hz / 200);
	return (last.tsc - first.tsc) * reference->hz / ticks;
}

/* Intel SDM vol. 2A, CPUID leaves 15h and 16h. */
static uint64_t cpuid_tsc_hz(void)
{
	struct cpuid ratio = cpuid_checked(0x15, 0);
	uint64_t crystal = ratio.ecx;

	if (ratio.eax == 0 || ratio.ebx == 0)
		return 0;
	/* CPUs that leave the crystal out tell their base frequency, which is the counter's. */
	if (crystal == 0)
		return (uint64_t)(cpuid_checked(0x16, 0).eax & 0xffff) * 1000000;
	return crystal * ratio.ebx / ratio.eax;
}

uint64_t clock_find_tsc_hz(const struct machine *machine, const char **ret_source)
{
	struct reference reference;
	uint64_t hz = cpuid_tsc_hz();

	*ret_source = "CPUID";
	if (hz)
		return hz;
	/* Several hypervisors tell it in kHz here. */
	if (cpu_has(CPUID_HYPERVISOR)) {
		hz = (uint64_t)cpuid_checked(0x40000010, 0).eax * 1000;
		*ret_source = "hypervisor";
		if (hz)
			return hz;
	}
	if (!(hpet_start(machine->hpet_base, &reference) && is_running(&reference)) &&
	    !(pm_timer_start(machine->pm_timer_port, &reference) && is_running(&reference))) {
		pit_start(&reference);
		if (!is_running(&reference))
			panic("clock: nothing to measure the time-stamp counter with");
	}
	*ret_source = reference.name;
	return measure(&reference);
}

void clock_set_hz(uint64_t hz)
{
	tsc_hz = hz;
}

void clock_delay_us(uint64_t microseconds)
{
	uint64_t start = arch_counter(), ticks = tsc_hz / 1000000 * microseconds;

	while (arch_counter() - start < ticks)
		arch_cpu_relax();
}
