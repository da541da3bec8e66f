/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The advanced platform-level interrupt controller (AIA specification 1.0, chapter 4), the domain of S-mode. It delivers by
 * a wire to each hart, or by a message to the hart's IMSIC. A machine may have IMSICs and no APLIC: then there are
 * messages only.
 */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

#include "riscv.h"

#define SOURCES_MAX 1023u
#define IDCS_MAX    16384u

#define DOMAINCFG         0x0000
#define SOURCECFG(line)   (0x0000 + 4ull * (line))
#define SETIPNUM          0x1cdc
#define IN_CLRIP(line)    (0x1d00 + 4ull * ((line) / 32)) /* read: what the wires say */
#define CLRIPNUM          0x1ddc
#define SETIENUM          0x1edc
#define CLRIE(line)       (0x1f00 + 4ull * ((line) / 32))
#define CLRIENUM          0x1fdc
#define TARGET(line)      (0x3000 + 4ull * (line))
#define IDC(index)        (0x4000 + 32ull * (index))
#define IDELIVERY(index)  (IDC(index) + 0x00)
#define ITHRESHOLD(index) (IDC(index) + 0x08)
#define CLAIMI(index)     (IDC(index) + 0x1c)

#define DOMAINCFG_IE (1u << 8)
#define DOMAINCFG_DM (1u << 2) /* by messages */

/* Source modes, 4.5.2. */
#define SOURCE_EDGE_RISING  4u
#define SOURCE_EDGE_FALLING 5u
#define SOURCE_LEVEL_HIGH   6u
#define SOURCE_LEVEL_LOW    7u

#define TARGET_HART_SHIFT    18
#define TARGET_PRIORITY      1u
#define CLAIM_IDENTITY_SHIFT 16
#define CLAIM_IDENTITY_MASK  0x3ffu

static volatile char *aplic; /* NULL: there are IMSICs only */
static struct irq_chip chip;
static struct machine_imsic imsics;
/* By messages: the identity of each line that ever was enabled, and the last that lines may have. */
static uint16_t identity_of[SOURCES_MAX + 1];
static uint32_t next_identity, last_identity;

static uint32_t read(uint64_t offset)
{
	return mmio_read32(aplic + offset);
}

static void write(uint64_t offset, uint32_t value)
{
	mmio_write32(aplic + offset, value);
}

/* False when the line is not this domain's: the mode cannot be set. */
static bool configure(uint32_t line, bool level, bool active_low)
{
	uint32_t mode = level ? (active_low ? SOURCE_LEVEL_LOW : SOURCE_LEVEL_HIGH)
			      : (active_low ? SOURCE_EDGE_FALLING : SOURCE_EDGE_RISING);

	if (read(SOURCECFG(line)) == mode)
		return true;
	write(SOURCECFG(line), mode);
	/* That the wire is high already is no edge. */
	if (!level)
		write(CLRIPNUM, line);
	return read(SOURCECFG(line)) == mode;
}

static bool is_level(uint32_t line)
{
	return read(SOURCECFG(line)) >= SOURCE_LEVEL_HIGH;
}

/* The wire says so now, low where that is what the line is configured for. */
static bool is_high(uint32_t line)
{
	return read(IN_CLRIP(line)) >> (line % 32) & 1;
}

static void disable(uint32_t line)
{
	if (line < chip.count)
		write(CLRIENUM, line);
}

/* ---- By wire ----------------------------------------------------------------------------------------------------- */

static bool wire_init_cpu(struct percpu *cpu, const struct machine_cpu *described)
{
	uint32_t index = described->irq_context;

	if (index >= IDCS_MAX)
		return false;
	cpu->arch[RISCV_IRQ_CONTEXT] = index + 1;
	write(ITHRESHOLD(index), 0);
	write(IDELIVERY(index), 1);
	return true;
}

static bool wire_enable(uint32_t line, bool level, bool active_low)
{
	uint32_t index = (uint32_t)percpu_get()->arch[RISCV_IRQ_CONTEXT];

	if (!index || !configure(line, level, active_low))
		return false;
	write(TARGET(line), (index - 1) << TARGET_HART_SHIFT | TARGET_PRIORITY);
	write(SETIENUM, line);
	return true;
}

static void wire_forget(uint32_t line)
{
	write(CLRIPNUM, line);
}

static void wire_handle(void)
{
	uint32_t claim = read(CLAIMI((uint32_t)percpu_get()->arch[RISCV_IRQ_CONTEXT] - 1));
	uint32_t line = claim >> CLAIM_IDENTITY_SHIFT & CLAIM_IDENTITY_MASK;

	/* A level that has fallen is over (4.7); QEMU's controller remembers it until it is claimed. */
	if (line && (!is_level(line) || is_high(line)))
		trap_interrupt(line);
}

/* ---- By messages ------------------------------------------------------------------------------------------------- */

/* The number of a hart in a target register says which bits of its IMSIC's address differ (4.9.1). */
static uint32_t hart_number(uint64_t address)
{
	uint32_t hart = (uint32_t)(address >> (IMSIC_PAGE_SHIFT + imsics.guest_bits)) & ((1u << imsics.hart_bits) - 1);
	uint32_t group = (uint32_t)(address >> imsics.group_shift) & ((1u << imsics.group_bits) - 1);

	return group << imsics.hart_bits | hart;
}

static bool message_enable(uint32_t line, bool level, bool active_low)
{
	uint64_t address = imsic_address();

	if (!address)
		return false;
	if (line >= chip.count)
		return true; /* always on */
	if (!identity_of[line] && next_identity > last_identity)
		return false;
	if (!configure(line, level, active_low))
		return false;
	if (!identity_of[line])
		identity_of[line] = (uint16_t)next_identity++;
	imsic_accept(identity_of[line], line);
	write(TARGET(line), hart_number(address) << TARGET_HART_SHIFT | identity_of[line]);
	/*
	 * A level is sent once, when it rises (4.9.2): what is still high waits again. Only then, since QEMU's controller (7.2)
	 * does not look at the wire when it is told so.
	 */
	if (level && is_high(line))
		write(SETIPNUM, line);
	write(SETIENUM, line);
	return true;
}

static void message_forget(uint32_t line)
{
	if (line >= chip.count) {
		imsic_forget(line - chip.message_first + last_identity + 1);
		return;
	}
	write(CLRIPNUM, line);
	if (identity_of[line])
		imsic_forget(identity_of[line]);
}

static bool message(uint32_t line, uint64_t *ret_address, uint32_t *ret_data)
{
	uint32_t identity = line - chip.message_first + last_identity + 1;

	if (!imsic_address())
		return false;
	imsic_accept(identity, line);
	*ret_address = imsic_address();
	*ret_data = identity;
	return true;
}

/* ---- Start ------------------------------------------------------------------------------------------------------- */

static void reset(const struct machine *machine, bool by_messages)
{
	uint64_t end = IDC(0);

	for (uint32_t i = 0; !by_messages && i < machine->cpu_count; i++)
		if (machine->cpus[i].irq_context < IDCS_MAX && IDC(machine->cpus[i].irq_context + 1) > end)
			end = IDC(machine->cpus[i].irq_context + 1);
	aplic = vm_map_device(machine->aplic_base, end);
	if (!aplic)
		panic("irq: no room to map the APLIC");
	chip.count = (machine->aplic_sources < SOURCES_MAX ? machine->aplic_sources : SOURCES_MAX) + 1;
	write(DOMAINCFG, 0);
	for (uint32_t line = 0; line < chip.count; line += 32)
		write(CLRIE(line), UINT32_MAX);
	for (uint32_t line = 1; line < chip.count; line++)
		write(SOURCECFG(line), 0);
	for (uint32_t i = 0; !by_messages && i < machine->cpu_count; i++)
		if (machine->cpus[i].irq_context < IDCS_MAX)
			write(IDELIVERY(machine->cpus[i].irq_context), 0);
	write(DOMAINCFG, DOMAINCFG_IE | (by_messages ? DOMAINCFG_DM : 0));
}

const struct irq_chip *aplic_init(const struct machine *machine)
{
	uint32_t identities = imsic_init(machine);
	bool by_messages = machine->aplic_messages || !machine->aplic_base;

	if (!machine->aplic_base && !identities)
		return NULL;
	if (by_messages && !identities) {
		kprintf("irq: the APLIC sends messages, and there is no IMSIC\n");
		return NULL;
	}
	imsics = machine->imsic;
	chip.name = "APLIC";
	chip.init_cpu = wire_init_cpu;
	chip.enable = wire_enable;
	chip.disable = disable;
	chip.forget = wire_forget;
	chip.handle = wire_handle;
	if (machine->aplic_base)
		reset(machine, by_messages);
	if (!by_messages)
		return &chip;

	/* Lines share half of the identities at the most; there may be more lines than are ever used. */
	chip.name = machine->aplic_base ? "APLIC + IMSIC" : "IMSIC";
	next_identity = 1;
	last_identity = chip.count ? chip.count - 1 : 0;
	if (last_identity > identities / 2)
		last_identity = identities / 2;
	chip.message_first = chip.count;
	chip.message_count = identities - last_identity;
	chip.init_cpu = imsic_init_cpu;
	chip.enable = message_enable;
	chip.forget = message_forget;
	chip.message = message;
	chip.handle = imsic_handle;
	return &chip;
}
