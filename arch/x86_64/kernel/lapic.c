/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local APIC (Intel SDM vol. 3A §11). Registers have the same numbers in
 * both modes: MSR 800h + n in x2APIC mode, 16 * n in the register page otherwise.
 */
#include "lapic.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "vector.h"
#include "x86.h"

#define REG_TPR             0x08
#define REG_EOI             0x0b
#define REG_SPURIOUS        0x0f
#define REG_ISR             0x10 /* 8 registers */
#define REG_ESR             0x28
#define REG_LVT_CMCI        0x2f
#define REG_ICR             0x30
#define REG_ICR_HIGH        0x31 /* xAPIC only */
#define REG_LVT_TIMER       0x32
#define REG_LVT_THERMAL     0x33
#define REG_LVT_PERFORMANCE 0x34
#define REG_LVT_LINT0       0x35
#define REG_LVT_LINT1       0x36
#define REG_LVT_ERROR       0x37
#define REG_TIMER_INITIAL   0x38
#define REG_TIMER_CURRENT   0x39
#define REG_TIMER_DIVIDE    0x3e
#define REG_VERSION         0x03

#define APIC_BASE_X2APIC  (1u << 10)
#define APIC_BASE_ENABLE  (1u << 11)
#define APIC_BASE_ADDRESS 0x000ffffffffff000ull

#define SPURIOUS_ENABLE (1u << 8)
#define LVT_MASKED      (1u << 16)
#define LVT_NMI         (4u << 8)
#define DIVIDE_BY_1     0xbu

#define ICR_NMI     (4u << 8)
#define ICR_INIT    (5u << 8)
#define ICR_STARTUP (6u << 8)
#define ICR_PENDING (1u << 12) /* xAPIC only */
#define ICR_ASSERT  (1u << 14)

/* Polls of the delivery status before a command counts as lost; a second or so. */
#define ICR_POLLS 10000000u

static bool ready, x2apic;
static volatile uint8_t *registers;

static uint32_t read_register(unsigned n)
{
	return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + n) : mmio_read32(registers + 16 * n);
}

static void write_register(unsigned n, uint32_t value)
{
	if (x2apic)
		wrmsr(MSR_X2APIC + n, value);
	else
		mmio_write32(registers + 16 * n, value);
}

void lapic_init(uint64_t base)
{
	uint64_t msr;

	if (!cpu_has(CPUID_APIC))
		panic("this CPU has no local APIC");
	msr = rdmsr(MSR_APIC_BASE);
	x2apic = cpu_has(CPUID_X2APIC) || (msr & APIC_BASE_X2APIC);
	if (x2apic)
		return;
	if (base && base != (msr & APIC_BASE_ADDRESS))
		kprintf("lapic: the firmware's tables say %#llx, the CPU says %#llx\n", (unsigned long long)base,
			(unsigned long long)(msr & APIC_BASE_ADDRESS));
	registers = vm_map_device(msr & APIC_BASE_ADDRESS, 4096);
	if (!registers)
		panic("lapic: no room to map the registers");
}

bool lapic_is_x2apic(void)
{
	return x2apic;
}

/* The way from x2APIC to xAPIC leads through "disabled" (Intel SDM vol. 3A §11.12.5). */
static void set_mode(void)
{
	uint64_t msr = rdmsr(MSR_APIC_BASE);

	if (!x2apic && (msr & APIC_BASE_X2APIC)) {
		msr &= ~(uint64_t)(APIC_BASE_X2APIC | APIC_BASE_ENABLE);
		wrmsr(MSR_APIC_BASE, msr);
	}
	if (!(msr & APIC_BASE_ENABLE)) {
		msr |= APIC_BASE_ENABLE;
		wrmsr(MSR_APIC_BASE, msr);
	}
	if (x2apic && !(msr & APIC_BASE_X2APIC))
		wrmsr(MSR_APIC_BASE, msr | APIC_BASE_X2APIC);
}

void lapic_init_cpu(bool boot_cpu)
{
	unsigned lvt_max;

	set_mode();
	write_register(REG_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	write_register(REG_TPR, 0);
	lvt_max = read_register(REG_VERSION) >> 16 & 0xff;
	write_register(REG_LVT_TIMER, LVT_MASKED);
	write_register(REG_LVT_LINT0, LVT_MASKED);
	/* The platform's NMI, by custom; the boot CPU takes it. */
	write_register(REG_LVT_LINT1, boot_cpu ? LVT_NMI : LVT_MASKED);
	write_register(REG_LVT_ERROR, VECTOR_APIC_ERROR);
	if (lvt_max >= 4)
		write_register(REG_LVT_PERFORMANCE, LVT_MASKED);
	if (lvt_max >= 5)
		write_register(REG_LVT_THERMAL, LVT_MASKED);
	if (lvt_max >= 6)
		write_register(REG_LVT_CMCI, LVT_MASKED);
	lapic_error();
	/* What the firmware left in service would hold back everything of lower priority. */
	for (unsigned i = 0; i < 256; i++) {
		uint32_t in_service = 0;

		for (unsigned n = 0; n < 8; n++)
			in_service |= read_register(REG_ISR + n);
		if (!in_service)
			break;
		lapic_eoi();
	}
	ready = true;
}

void lapic_eoi(void)
{
	write_register(REG_EOI, 0);
}

bool lapic_in_service(uint32_t vector)
{
	return read_register(REG_ISR + vector / 32) >> (vector % 32) & 1;
}

uint32_t lapic_error(void)
{
	/* The register shows what was found since it was last written (Intel SDM vol. 3A §11.5.3). */
	write_register(REG_ESR, 0);
	return read_register(REG_ESR);
}

static bool icr_idle(void)
{
	for (unsigned i = 0; i < ICR_POLLS; i++) {
		if (!(read_register(REG_ICR) & ICR_PENDING))
			return true;
		arch_cpu_relax();
	}
	return false;
}

static bool send(uint32_t apic_id, uint32_t command)
{
	if (!ready)
		return false;
	if (x2apic) {
		/* The write does not wait for stores before it: what the other CPU is to see must be out first
		 * (Intel SDM vol. 3A §11.12.3). */
		__asm__ volatile("mfence; lfence" : : : "memory");
		wrmsr(MSR_X2APIC + REG_ICR, (uint64_t)apic_id << 32 | command);
		return true;
	}
	if (apic_id > 0xfe || !icr_idle())
		return false;
	write_register(REG_ICR_HIGH, apic_id << 24);
	write_register(REG_ICR, command);
	return icr_idle();
}

bool lapic_send(uint32_t apic_id, uint32_t vector)
{
	return send(apic_id, ICR_ASSERT | vector);
}

bool lapic_send_nmi(uint32_t apic_id)
{
	return send(apic_id, ICR_ASSERT | ICR_NMI);
}

bool lapic_send_init(uint32_t apic_id)
{
	return send(apic_id, ICR_ASSERT | ICR_INIT);
}

bool lapic_send_startup(uint32_t apic_id, uint32_t page)
{
	return send(apic_id, ICR_ASSERT | ICR_STARTUP | page);
}

void lapic_timer_mode(uint32_t lvt)
{
	write_register(REG_TIMER_DIVIDE, DIVIDE_BY_1);
	write_register(REG_LVT_TIMER, lvt);
	/* TSC_DEADLINE must not be written before the mode has changed (Intel SDM vol. 3A §11.5.4.1). */
	arch_barrier();
}

void lapic_timer_start(uint32_t count)
{
	write_register(REG_TIMER_INITIAL, count);
}

uint32_t lapic_timer_count(void)
{
	return read_register(REG_TIMER_CURRENT);
}
