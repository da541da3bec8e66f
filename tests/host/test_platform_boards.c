/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel makes of real boards' device trees: those that scripts/setup unpacked from Debian's kernels, which the
 * Raspberry Pi's images carry, and those in U-Boot's images for the RISC-V boards. The figures are those of the chips' manuals.
 */
#include "platform_shim.h"

#include "../../platform/machine.c"
#include "../../platform/machine_dt.c"
#include "../../platform/machine_dt_irq.c"

bool machine_acpi_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			    struct machine *machine)
{
	(void)ctx, (void)access, (void)machine;
	return false;
}

void machine_acpi_resources(struct resource_sink *sink)
{
	(void)sink;
}

void pci_resources(struct resource_sink *sink)
{
	(void)sink;
}

static uint8_t *blob;
static size_t blob_size;

/*
 * The last device tree in a file: the file itself, or the one that U-Boot's image carries for the kernel (that image is a
 * device tree too, of parts).
 */
static bool load(const char *path)
{
	static uint8_t data[4 << 20];
	FILE *file = fopen(path, "rb");
	size_t length, at;

	if (!CHECK_THAT(file != NULL, path))
		return false;
	length = fread(data, 1, sizeof(data), file);
	fclose(file);
	for (at = length < 8 ? 0 : length - 8; at > 0; at--)
		if (load_be32(data + at) == 0xd00dfeed && load_be32(data + at + 4) <= length - at)
			break;
	free(blob);
	blob_size = load_be32(data + at + 4);
	blob = malloc(blob_size); /* exactly as large as it is, for the sanitizer */
	memcpy(blob, data + at, blob_size);
	return CHECK_THAT(blob_size <= length, path);
}

static const void *map_table(uint64_t phys, size_t size)
{
	return phys == 0x48000000 && size <= blob_size ? blob : NULL;
}

static const struct machine_access access_functions = {.map_table = map_table};
static struct machine machine;

static uint32_t device_count;
static bool console_is_record;
static uint32_t console_record_line;

static void collect(void *console_base, const struct helion_record *record)
{
	device_count++;
	if (record->base != *(uint64_t *)console_base)
		return;
	console_is_record = (record->flags & HELION_RECORD_CONSOLE) != 0;
	console_record_line = record->irq;
}

struct uart_at {
	uint32_t type;
	uint64_t base;
	uint32_t line;
};

static bool enumerate(const char *path, uint64_t boot_cpu, const struct uart_at *console)
{
	struct helion_bootctx ctx = {
		.device_tree = 0x48000000,
		.boot_cpu = boot_cpu,
		.console = {.type = console->type, .base = console->base, .size = 0x40},
	};
	uint64_t base = console->base;

	if (!load(path))
		return false;
	ctx.device_tree_size = blob_size;
	shim_log_clear();
	CHECK_THAT(machine_enumerate(&ctx, &access_functions, &machine), path);
	device_count = 0;
	console_is_record = false;
	machine_resources(&machine, &ctx, &access_functions, collect, &base);
	shim_log_show();
	CHECK_THAT(!shim_logged("left out"), "nothing is left out");
	CHECK_THAT(device_count >= 9, "devices for init");
	CHECK_THAT(console_is_record, "the console is one of them");
	CHECK_EQUAL(machine.console_irq, console->line);
	CHECK_EQUAL(console_record_line, console->line);
	return true;
}

#define BROADCOM "build/deps/linux-boards-aarch64/dtb/broadcom/"

static void check_arm_cpus(bool spin_table)
{
	CHECK_EQUAL(machine.cpu_count, 4);
	for (uint32_t i = 0; i < machine.cpu_count; i++)
		CHECK(machine.cpus[i].usable && machine.cpus[i].spin_table == spin_table);
}

static void test_raspberry_pi_3(void)
{
	const struct uart_at uart = {HELION_CONSOLE_16550, 0x3f215040, 64 + 32 + 29};

	if (!enumerate(BROADCOM "bcm2837-rpi-3-b.dtb", 0, &uart))
		return;
	check_arm_cpus(true);
	CHECK(machine.cpus[1].release_addr == 0xe0 && machine.cpus[3].release_addr == 0xf0);
	CHECK(machine.gic == MACHINE_BCM2836 && machine.local_intc_base == 0x40000000);
	CHECK(machine.timer_irq == 3 && machine.bcm_pm_base == 0x3f100000 && machine.psci == MACHINE_PSCI_NONE);
}

static void test_raspberry_pi_4(void)
{
	const struct uart_at uart = {HELION_CONSOLE_16550, 0xfe215040, 32 + 93};

	if (!enumerate(BROADCOM "bcm2711-rpi-4-b.dtb", 0, &uart))
		return;
	check_arm_cpus(true);
	CHECK(machine.cpus[1].release_addr == 0xe0);
	CHECK(machine.gic == MACHINE_GIC_V2 && machine.gicd_base == 0xff841000 && machine.gicc_base == 0xff842000);
	CHECK(machine.timer_irq == 27 && machine.bcm_pm_base == 0xfe100000);
}

static void test_raspberry_pi_5(void)
{
	const struct uart_at uart = {HELION_CONSOLE_PL011, 0x107d001000, 32 + 121};

	if (!enumerate(BROADCOM "bcm2712-rpi-5-b.dtb", 0, &uart))
		return;
	check_arm_cpus(false);
	CHECK(machine.cpus[3].hwid == 0x300 && machine.psci == MACHINE_PSCI_SMC);
	CHECK(machine.gic == MACHINE_GIC_V2 && machine.gicd_base == 0x107fff9000 && machine.gicc_base == 0x107fffa000);
	CHECK_EQUAL(machine.timer_irq, 27);
}

/* Hart 0 is a monitor without supervisor mode; its only context is number 0. */
static void check_harts(uint32_t sources, uint64_t timebase)
{
	CHECK_EQUAL(machine.cpu_count, 5);
	for (uint32_t i = 0; i < machine.cpu_count; i++) {
		const struct machine_cpu *cpu = &machine.cpus[i];

		CHECK_THAT(cpu->usable == (cpu->hwid != 0), "all harts but the first");
		CHECK_EQUAL(cpu->irq_context, cpu->hwid != 0 ? 2 * (uint32_t)cpu->hwid : UINT32_MAX);
	}
	CHECK(machine.plic_base == 0xc000000 && machine.plic_sources == sources);
	CHECK(machine.timebase_hz == timebase && !machine.has_sstc && machine.test_device == 0);
}

#define LINUX "build/deps/linux-riscv64/dtb/"

static void test_unleashed(void)
{
	const struct uart_at uart = {HELION_CONSOLE_SIFIVE, 0x10010000, 4};

	if (enumerate(LINUX "sifive/hifive-unleashed-a00.dtb", 2, &uart))
		check_harts(53, 1000000);
	if (enumerate("build/deps/u-boot-sifive/usr/lib/u-boot/sifive_unleashed/u-boot.itb", 4, &uart))
		check_harts(53, 1000000);
}

static void test_unmatched(void)
{
	const struct uart_at uart = {HELION_CONSOLE_SIFIVE, 0x10010000, 39};

	if (enumerate(LINUX "sifive/hifive-unmatched-a00.dtb", 1, &uart))
		check_harts(69, 1000000);
	if (enumerate("build/deps/u-boot-sifive/usr/lib/u-boot/sifive_unmatched/u-boot.itb", 1, &uart))
		check_harts(69, 1000000);
}

static void test_visionfive_2(void)
{
	const struct uart_at uart = {HELION_CONSOLE_16550, 0x10000000, 32};

	if (enumerate(LINUX "starfive/jh7110-starfive-visionfive-2-v1.3b.dtb", 1, &uart))
		check_harts(136, 4000000);
	if (enumerate("build/deps/u-boot-starfive/usr/lib/u-boot/starfive_visionfive2/u-boot.itb", 1, &uart))
		check_harts(136, 4000000);
}

int main(void)
{
	RUN(test_raspberry_pi_3);
	RUN(test_raspberry_pi_4);
	RUN(test_raspberry_pi_5);
	RUN(test_unleashed);
	RUN(test_unmatched);
	RUN(test_visionfive_2);
	free(blob);
	return tap_finish();
}
