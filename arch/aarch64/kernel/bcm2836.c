/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interrupt controllers of the Raspberry Pi 2 and 3: one of the ARM cores
 * (BCM2836 ARM-local peripherals, QA7_rev3.4), which has timers and mailboxes of
 * each core, and behind it that of the VideoCore's peripherals (BCM2835 ARM
 * Peripherals §7), which goes to one core.
 *
 * Lines: 0-31 are bits of a core's interrupt source register; 64 and up are the
 * peripherals' in the order of the device tree's banks: 64 + 32 * bank + bit,
 * bank 0 the eight ARM ones, banks 1 and 2 the 64 of the VideoCore.
 */
#include "irq.h"

#include <arch/io.h>
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "sysreg.h"

/* ARM-local registers (QA7 §3, §4.6-4.10). */
#define LOCAL_GPU_ROUTING           0x0c
#define LOCAL_TIMER_CONTROL(core)   (0x40 + 4 * (core))
#define LOCAL_MAILBOX_CONTROL(core) (0x50 + 4 * (core))
#define LOCAL_SOURCE(core)          (0x60 + 4 * (core))
#define LOCAL_MAILBOX_SET(core)     (0x80 + 16 * (core)) /* mailbox 0 */
#define LOCAL_MAILBOX_CLEAR(core)   (0xc0 + 16 * (core))
#define LOCAL_SIZE                  0x1000

#define SOURCE_TIMER          (1u << 3) /* CNTVIRQ */
#define SOURCE_MAILBOX0       (1u << 4)
#define SOURCE_GPU            (1u << 8)
#define TIMER_CONTROL_VIRTUAL (1u << 3)
#define MAILBOX_CONTROL_0     (1u << 0)

#define CORES 4

/* BCM2835 registers, offsets from 0xb000 in the peripherals (§7.5). */
#define LEGACY_OFFSET        0xb000
#define LEGACY_PENDING_BASIC 0x200
#define LEGACY_PENDING_1     0x204
#define LEGACY_PENDING_2     0x208
#define LEGACY_SIZE          0x1000
/* The power manager's place in the peripherals, from which theirs follows. */
#define PM_OFFSET 0x100000

#define FIRST_LEGACY 64
#define BANKS        3

static volatile char *local, *legacy;

static const uint32_t bank_enable[BANKS] = {0x218, 0x210, 0x214};
static const uint32_t bank_disable[BANKS] = {0x224, 0x21c, 0x220};
static const uint32_t bank_valid[BANKS] = {0xff, 0xffffffff, 0xffffffff};

static unsigned own_core(void)
{
	return sysreg_read(mpidr_el1) & 3;
}

static void init_cpu(struct percpu *cpu)
{
	unsigned core = own_core();

	(void)cpu;
	mmio_write32(local + LOCAL_MAILBOX_CLEAR(core), 0xffffffff);
	mmio_write32(local + LOCAL_MAILBOX_CONTROL(core), MAILBOX_CONTROL_0);
	mmio_write32(local + LOCAL_TIMER_CONTROL(core), TIMER_CONTROL_VIRTUAL);
}

static void disable(uint32_t line)
{
	if (line >= FIRST_LEGACY && legacy)
		mmio_write32(legacy + bank_disable[(line - FIRST_LEGACY) / 32], 1u << (line % 32));
}

/* Everything here is level-triggered and active high. */
static bool enable(uint32_t line, bool level, bool active_low)
{
	(void)level;
	(void)active_low;
	if (line < FIRST_LEGACY || !legacy || !(bank_valid[(line - FIRST_LEGACY) / 32] & 1u << (line % 32)))
		return false;
	mmio_write32(local + LOCAL_GPU_ROUTING, own_core());
	mmio_write32(legacy + bank_enable[(line - FIRST_LEGACY) / 32], 1u << (line % 32));
	return true;
}

static void ipi(struct percpu *cpu)
{
	mmio_write32(local + LOCAL_MAILBOX_SET(cpu->hwid & 3), 1u << IRQ_SGI_IPI);
}

static void stop_others(void)
{
	for (unsigned core = 0; core < CORES; core++)
		if (core != own_core())
			mmio_write32(local + LOCAL_MAILBOX_SET(core), 1u << IRQ_SGI_STOP);
}

static void handle_mailbox(unsigned core)
{
	uint32_t bits = mmio_read32(local + LOCAL_MAILBOX_CLEAR(core));

	/* Cleared first: a request that comes now sets the bit again. */
	mmio_write32(local + LOCAL_MAILBOX_CLEAR(core), bits);
	if (bits & 1u << IRQ_SGI_STOP)
		irq_deliver_ipi(IRQ_SGI_STOP);
	if (bits & 1u << IRQ_SGI_IPI)
		irq_deliver_ipi(IRQ_SGI_IPI);
}

/* One pending peripheral line. The basic register also repeats some of the others, above bit 7. */
static void handle_legacy(void)
{
	static const uint32_t pending[BANKS] = {LEGACY_PENDING_BASIC, LEGACY_PENDING_1, LEGACY_PENDING_2};

	for (uint32_t bank = 0; bank < BANKS; bank++) {
		uint32_t bits = mmio_read32(legacy + pending[bank]) & bank_valid[bank];

		if (bits) {
			trap_interrupt(FIRST_LEGACY + 32 * bank + (uint32_t)__builtin_ctz(bits));
			return;
		}
	}
}

static void handle(void)
{
	unsigned core = own_core();
	uint32_t source = mmio_read32(local + LOCAL_SOURCE(core));

	if (source & SOURCE_MAILBOX0)
		handle_mailbox(core);
	else if (source & SOURCE_TIMER)
		irq_deliver_timer();
	else if ((source & SOURCE_GPU) && legacy)
		handle_legacy();
}

static const struct irq_chip chip = {
	.name = "BCM2836",
	.count = FIRST_LEGACY + 32 * BANKS,
	.init_cpu = init_cpu,
	.enable = enable,
	.disable = disable,
	.ipi = ipi,
	.stop_others = stop_others,
	.handle = handle,
};

const struct irq_chip *bcm2836_init(const struct machine *machine)
{
	local = vm_map_device(machine->local_intc_base, LOCAL_SIZE);
	if (!local)
		panic("BCM2836: registers at %#llx cannot be mapped", (unsigned long long)machine->local_intc_base);
	if (machine->bcm_pm_base > PM_OFFSET)
		legacy = vm_map_device(machine->bcm_pm_base - PM_OFFSET + LEGACY_OFFSET, LEGACY_SIZE);
	for (uint32_t bank = 0; legacy && bank < BANKS; bank++)
		mmio_write32(legacy + bank_disable[bank], bank_valid[bank]);
	return &chip;
}
