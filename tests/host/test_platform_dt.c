/* SPDX-License-Identifier: BSD-2-Clause */
/* Enumeration from device trees, which dtc compiles from the text below. */
#include "platform_shim.h"

#include <unistd.h>

#include "../../platform/machine.c"
#include "../../platform/machine_dt.c"
#include "../../platform/machine_dt_irq.c"

static void (*fake_acpi)(struct machine *machine);

bool machine_acpi_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			    struct machine *machine)
{
	(void)ctx, (void)access;
	if (fake_acpi != NULL)
		fake_acpi(machine);
	return fake_acpi != NULL;
}

void machine_acpi_resources(struct resource_sink *sink)
{
	struct helion_record record = {.base = 0x8000000, .size = 0x10000, .origin = HELION_ORIGIN_ACPI};

	fmt_snprintf(record.name, sizeof(record.name), "GIC distributor");
	resource_emit(sink, &record);
}

void pci_resources(struct resource_sink *sink)
{
	(void)sink;
}

/* ---- Trees ------------------------------------------------------------------------------------------------------- */

static void *blob;
static size_t blob_size;

static bool compile(const char *source)
{
	char name[] = "/tmp/helion-dts-XXXXXX", command[120];
	static uint8_t buffer[1 << 18];
	int file = mkstemp(name);
	FILE *output;

	if (file < 0 || write(file, source, strlen(source)) != (ssize_t)strlen(source))
		return false;
	close(file);
	snprintf(command, sizeof(command), "dtc -q -q -q -f -I dts -O dtb %s", name);
	output = popen(command, "r");
	blob_size = fread(buffer, 1, sizeof(buffer), output);
	pclose(output);
	unlink(name);
	free(blob);
	blob = malloc(blob_size); /* exactly as large as it is, for the sanitizer */
	memcpy(blob, buffer, blob_size);
	return blob_size > 40;
}

static const void *map_table(uint64_t phys, size_t size)
{
	return phys == 0x48000000 && size <= blob_size ? blob : NULL;
}

static void *alloc(size_t size)
{
	return calloc(1, size);
}

static struct machine_access access_functions = {.map_table = map_table};

static struct helion_record records[128];
static uint32_t record_count;

static void collect(void *ctx, const struct helion_record *record)
{
	(void)ctx;
	if (record_count < 128)
		records[record_count++] = *record;
}

static const struct helion_record *resource(const char *name, uint32_t index)
{
	for (uint32_t i = 0; i < record_count; i++)
		if (strcmp(records[i].name, name) == 0 && records[i].index == index)
			return &records[i];
	return NULL;
}

static bool resource_is(const char *name, uint32_t index, uint64_t base, uint64_t size, uint32_t flags, uint32_t irq)
{
	const struct helion_record *found = resource(name, index);

	return found != NULL && found->base == base && found->size == size && found->flags == flags &&
	       found->irq == irq && found->origin == HELION_ORIGIN_DEVICE_TREE;
}

static struct machine machine;
static struct helion_bootctx ctx;

static bool enumerate(const char *source, uint32_t console, uint64_t base, uint64_t boot_cpu)
{
	if (!CHECK_THAT(compile(source), "dtc compiles the tree"))
		return false;
	ctx = (struct helion_bootctx){
		.device_tree = 0x48000000,
		.device_tree_size = blob_size,
		.boot_cpu = boot_cpu,
		.console = {.type = console, .base = base, .size = 0x1000},
	};
	record_count = 0;
	shim_log_clear();
	bool result = machine_enumerate(&ctx, &access_functions, &machine);
	machine_resources(&machine, &ctx, &access_functions, collect, NULL);
	shim_log_show();
	return result;
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

#define ARM_HEAD                                                                                                    \
	"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; model = \"board\";"      \
	"memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0x10000000>; };"                         \
	"chosen { stdout-path = \"/uart@9000000:115200\"; };"                                                       \
	"uart@9000000 { compatible = \"arm,pl011\"; reg = <0 0x9000000 0 0x1000>; interrupts = <0 1 4>; };"         \
	"cpus { #address-cells = <1>; #size-cells = <0>;"                                                           \
	"  cpu@0 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0>; enable-method = \"psci\"; };" \
	"  cpu@100 { device_type = \"cpu\"; compatible = \"arm,cortex-a72\"; reg = <0x100>; enable-method = "       \
	"\"psci\"; };"                                                                                              \
	"  cpu@101 { device_type = \"cpu\"; reg = <0x101>; status = \"disabled\"; }; };"

static void test_gicv2(void)
{
	static const char source[] = ARM_HEAD
		"psci { compatible = \"arm,psci-1.0\", \"arm,psci-0.2\"; method = \"smc\"; };"
		"timer { compatible = \"arm,armv8-timer\"; interrupts = <1 13 0xf08>, <1 14 0xf08>, <1 12 0xf08>, <1 "
		"10 0xf08>; };"
		"gic: intc@8000000 { compatible = \"arm,cortex-a15-gic\"; #interrupt-cells = <3>; interrupt-controller;"
		"  reg = <0 0x8000000 0 0x10000>, <0 0x8010000 0 0x10000>; };"
		"off@9100000 { compatible = \"arm,pl011\"; reg = <0 0x9100000 0 0x1000>; status = \"disabled\";"
		"  below@9200000 { reg = <0 0x9200000 0 0x1000>; }; };"
		"bus@20000000 { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0x20000000 0x100000>;"
		"  dev@1000 { reg = <0x1000 0x20>, <0x2000 0x40>; interrupts = <0 7 1>; };"
		"  i2c@3000 { #address-cells = <1>; #size-cells = <0>; reg = <0x3000 0x100>; eeprom@50 { reg = <0x50>; "
		"}; };"
		"  beyond@200000 { reg = <0x200000 0x20>; }; };"
		"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; r@40000000 { reg = <0 0x40000000 0 "
		"0x1000>; }; };"
		"}; ";

	CHECK_THAT(enumerate(source, HELION_CONSOLE_PL011, 0x9000000, 0) && machine.from_dt && !machine.from_acpi,
		   "result");
	CHECK_EQUAL(machine.cpu_count, 3);
	CHECK(machine.cpus[1].hwid == 0x100 && machine.cpus[1].usable && !machine.cpus[2].usable);
	CHECK(machine.gic == MACHINE_GIC_V2 && machine.gicd_base == 0x8000000 && machine.gicc_base == 0x8010000);
	CHECK(machine.psci == MACHINE_PSCI_SMC);
	CHECK_EQUAL(machine.timer_irq, 28);
	CHECK_EQUAL(machine.console_irq, 33);
	CHECK(machine.console_irq_level && !machine.console_irq_active_low);
	CHECK(machine.dtb == blob);

	CHECK_EQUAL(record_count, 6);
	CHECK(resource_is("/uart@9000000", 0, 0x9000000, 0x1000, HELION_RECORD_CONSOLE, 33));
	CHECK(resource_is("/intc@8000000", 1, 0x8010000, 0x10000, 0, 0));
	CHECK(resource_is("/bus@20000000/dev@1000", 1, 0x20002000, 0x40, HELION_RECORD_IRQ_EDGE, 39));
	CHECK(resource_is("/bus@20000000/i2c@3000", 0, 0x20003000, 0x100, 0, 0));
}

static void test_gicv3(void)
{
	static const char source[] = ARM_HEAD
		"psci { compatible = \"arm,psci-0.2\"; method = \"hvc\"; };"
		"timer { compatible = \"arm,armv8-timer\"; interrupt-names = \"phys\", \"virt\"; interrupts = <1 14 "
		"8>, <1 11 8>; };"
		"pcie@10000000 { compatible = \"pci-host-ecam-generic\"; device_type = \"pci\"; #address-cells = <3>;"
		"  #size-cells = <2>; reg = <0x40 0x10200000 0 0x400000>; bus-range = <2 255>; linux,pci-domain = <1>;"
		"  ranges = <0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000>;"
		"  msi-map = <0 &its 0x100 0x80>, <0x200 &its 0 0x8000>, <0x80 &its 0 0>, <0x10000 &its 0 1>;"
		"  nested@0 { reg = <0 0 0 0 0x1000>; }; };"
		"gic: intc@8000000 { compatible = \"arm,gic-v3\"; #interrupt-cells = <3>; interrupt-controller;"
		"  #redistributor-regions = <2>; #address-cells = <2>; #size-cells = <2>; ranges;"
		"  reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>, <1 0 0 0x2000000>;"
		"  its: its@8080000 { compatible = \"arm,gic-v3-its\"; reg = <0 0x8080000 0 0x20000>; }; };"
		"}; ";

	CHECK_THAT(enumerate(source, HELION_CONSOLE_PL011, 0x9000000, 0x100), "result");
	CHECK(machine.gic == MACHINE_GIC_V3 && machine.gicr_count == 2 && machine.gicr[1].base == 0x100000000);
	CHECK(machine.psci == MACHINE_PSCI_HVC);
	CHECK_EQUAL(machine.timer_irq, 27);
	CHECK_EQUAL(machine.pci_count, 1);
	CHECK(machine.pci[0].ecam == 0x4010000000 && machine.pci[0].bus_first == 2 && machine.pci[0].bus_last == 5 &&
	      machine.pci[0].segment == 1);
	struct dt_node host;
	CHECK(machine_dt_pci_host(&machine.pci[0], &host) &&
	      strcmp(dt_name(machine_dt(), &host), "pcie@10000000") == 0);
	machine.pci[0].ecam++;
	CHECK(!machine_dt_pci_host(&machine.pci[0], &host));
	CHECK(resource_is("/intc@8000000/its@8080000", 0, 0x8080000, 0x20000, 0, 0));
	CHECK(machine.its_count == 1 && machine.its[0].base == 0x8080000 && machine.its[0].id != 0);
	CHECK_EQUAL(machine.msi_range_count, 2); /* the two others cannot be */
	CHECK(machine.msi_ranges[0].segment == 1 && machine.msi_ranges[0].first == 0 &&
	      machine.msi_ranges[0].last == 0x7f && machine.msi_ranges[0].device == 0x100);
	CHECK(machine.msi_ranges[1].first == 0x200 && machine.msi_ranges[1].last == 0x81ff &&
	      machine.msi_ranges[1].device == 0 && machine.msi_ranges[1].its == machine.its[0].id);
	CHECK(resource("/pcie@10000000/nested@0", 0) == NULL);
}

static void test_raspberry_pi(void)
{
	static const char source[] =
		"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; compatible = \"raspberrypi,3-model-b\";"
		"chosen { stdout-path = \"serial0\"; }; aliases { serial0 = \"/soc/serial@7e201000\"; };"
		"cpus { #address-cells = <1>; #size-cells = <0>; enable-method = \"brcm,bcm2836-smp\";"
		"  cpu@0 { device_type = \"cpu\"; reg = <0>; enable-method = \"spin-table\"; cpu-release-addr = <0 "
		"0xd8>; };"
		"  cpu@1 { device_type = \"cpu\"; reg = <1>; enable-method = \"spin-table\"; cpu-release-addr = <0 "
		"0xe0>; }; };"
		"timer { compatible = \"arm,armv7-timer\"; interrupt-parent = <&local>; interrupts = <0 4>, <1 4>, <3 "
		"4>, <2 4>; };"
		"soc { #address-cells = <1>; #size-cells = <1>; interrupt-parent = <&intc>;"
		"  ranges = <0x7e000000 0x3f000000 0x1000000>, <0x40000000 0x40000000 0x1000>;"
		"  watchdog@7e100000 { compatible = \"brcm,bcm2835-pm\", \"brcm,bcm2835-pm-wdt\"; reg = <0x7e100000 "
		"0x114>; };"
		"  serial@7e201000 { compatible = \"arm,pl011\"; reg = <0x7e201000 0x200>; interrupts = <2 25>; };"
		"  serial@7e215040 { compatible = \"brcm,bcm2835-aux-uart\"; reg = <0x7e215040 0x40>; interrupts = <1 "
		"29>; };"
		"  intc: intc@7e00b200 { compatible = \"brcm,bcm2836-armctrl-ic\"; reg = <0x7e00b200 0x200>;"
		"    interrupt-controller; #interrupt-cells = <2>; interrupt-parent = <&local>; interrupts = <8 4>; };"
		"  local: local@40000000 { compatible = \"brcm,bcm2836-l1-intc\"; reg = <0x40000000 0x100>;"
		"    interrupt-controller; #interrupt-cells = <2>; }; }; };";

	CHECK_THAT(enumerate(source, HELION_CONSOLE_16550, 0x3f215040, 0), "result");
	CHECK(machine.gic == MACHINE_BCM2836 && machine.local_intc_base == 0x40000000);
	CHECK(machine.cpus[1].spin_table && machine.cpus[1].release_addr == 0xe0 && machine.cpus[1].usable);
	CHECK(machine.psci == MACHINE_PSCI_NONE && machine.bcm_pm_base == 0x3f100000 && machine.timer_irq == 3);
	CHECK_EQUAL(machine.console_irq, 64 + 32 + 29);
	CHECK_THAT(shim_logged("console serial@7e215040"), "the UART that the loader uses, not stdout-path's");
	CHECK(resource_is("/soc/serial@7e215040", 0, 0x3f215040, 0x40, HELION_RECORD_CONSOLE, 125));
}

#define HART(n, mmu, isa, extra)                                                                                   \
	"cpu@" #n " { device_type = \"cpu\"; compatible = \"riscv\"; reg = <" #n ">; " mmu " riscv,isa = \"" isa   \
	"\"; " extra " hart" #n ": interrupt-controller { compatible = \"riscv,cpu-intc\"; interrupt-controller; " \
	"#interrupt-cells = <1>; }; };"
#define SV39 "mmu-type = \"riscv,sv39\";"

static void test_riscv(void)
{
	static const char source[] =
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = \"riscv-virtio\";"
		"chosen { stdout-path = \"/soc/serial@10000000\"; };"
		"cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;" HART(
			0, "", "rv64imac",
			"") HART(1, SV39, "rv64imafdc_zicsr_sstc",
				 "") HART(2, SV39, "rv64imafdc_sstc_svpbmt",
					  "status = \"disabled\";") HART(4, "mmu-type = \"riscv,none\";",
									 "rv64imafdc_sstc", "")
			HART(5, SV39, "rv64i",
			     "riscv,isa-extensions = \"i\", \"sstc\";") "};"
									"soc { #address-cells = <2>; #size-cells = "
									"<2>; ranges; interrupt-parent = <&plic>;"
									"  serial@10000000 { compatible = "
									"\"ns16550a\"; reg = <0 0x10000000 0 0x100>; "
									"interrupts = <10>; };"
									"  test@100000 { compatible = "
									"\"sifive,test1\", \"sifive,test0\", "
									"\"syscon\"; reg = <0 0x100000 0 0x1000>; };"
									"  plic: plic@c000000 { compatible = "
									"\"sifive,plic-1.0.0\", \"riscv,plic0\"; reg = "
									"<0 0xc000000 0 0x600000>;"
									"    riscv,ndev = <95>; interrupt-controller; "
									"#interrupt-cells = <1>; #address-cells = <0>;"
									"    interrupts-extended = <&hart0 11>, "
									"<&hart1 11>, <&hart1 9>, <&hart2 11>, <&hart2 "
									"9>, <&hart5 0xffffffff>,"
									"      <&hart5 9>; }; }; };";

	CHECK_THAT(enumerate(source, HELION_CONSOLE_SBI, 0, 1), "result");
	CHECK_EQUAL(machine.cpu_count, 5);
	CHECK_THAT(!machine.cpus[0].usable, "a hart without an MMU");
	CHECK_THAT(machine.cpus[1].usable && machine.cpus[1].irq_context == 2, "one with a context");
	CHECK_THAT(!machine.cpus[2].usable && machine.cpus[2].irq_context == 4, "a disabled one");
	CHECK_THAT(!machine.cpus[3].usable && machine.cpus[3].irq_context == UINT32_MAX, "MMU none");
	CHECK_THAT(machine.cpus[4].usable && machine.cpus[4].hwid == 5 && machine.cpus[4].irq_context == 6,
		   "an M-mode wire left out");
	CHECK(machine.plic_base == 0xc000000 && machine.plic_size == 0x600000 && machine.plic_sources == 95);
	CHECK(machine.timebase_hz == 10000000 && machine.has_sstc);
	CHECK_EQUAL(machine.test_device, 0x100000);
	CHECK(machine.console_irq == 10 && machine.console_irq_level);
	CHECK(resource_is("/soc/serial@10000000", 0, 0x10000000, 0x100, 0, 10));
}

/* Three harts, with an AIA as QEMU's virt and OpenSBI describe it: the firmware's half of each controller comes first. */
static bool enumerate_aia(const char *imsics, const char *aplics)
{
	static char source[8192];

	snprintf(source, sizeof(source),
		 "/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; compatible = \"riscv-virtio\";"
		 "cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;" HART(
			 0, SV39, "rv64imafdc", "") HART(1, SV39, "rv64imafdc", "")
			 HART(2, SV39, "rv64imafdc",
			      "") "};"
				  "soc { #address-cells = <2>; #size-cells = <2>; ranges; interrupt-parent = <&aplic>;"
				  "high@1000 { reg = <0 0x1000 0 0x100>; interrupts = <10 4>; };"
				  "falling@2000 { reg = <0 0x2000 0 0x100>; interrupts = <11 2>; };"
				  "rising@3000 { reg = <0 0x3000 0 0x100>; interrupts = <12 1>; };"
				  "none@4000 { reg = <0 0x4000 0 0x100>; interrupts = <0 4>; };"
				  "%s %s }; };",
		 aplics, imsics);
	return enumerate(source, HELION_CONSOLE_NONE, 0, 0);
}

#define IMSIC_M                                                                                                      \
	"imsics_m: imsics@24000000 { compatible = \"riscv,imsics\"; reg = <0 0x24000000 0 0x3000>; msi-controller; " \
	"interrupts-extended = <&hart0 11>, <&hart1 11>, <&hart2 11>; riscv,num-ids = <255>; };"
#define IMSIC_S(reg, ids, more)                                                                            \
	IMSIC_M "imsics: imsics@28000000 { compatible = \"riscv,imsics\"; reg = " reg "; msi-controller; " \
		"interrupts-extended = <&hart0 9>, <&hart1 9>, <&hart2 9>; riscv,num-ids = <" ids ">; " more " };"
#define APLIC(parent_m, parent)                                                                                    \
	"aplic_m: aplic@c000000 { compatible = \"riscv,aplic\"; reg = <0 0xc000000 0 0x8000>; #interrupt-cells = " \
	"<2>; "                                                                                                    \
	"interrupt-controller; riscv,num-sources = <96>; " parent_m " };"                                          \
	"aplic: aplic@d000000 { compatible = \"qemu,aplic\", \"riscv,aplic\"; reg = <0 0xd000000 0 0x8000>; "      \
	"#interrupt-cells = <2>; interrupt-controller; riscv,num-sources = <95>; " parent " };"
#define APLIC_WIRES \
	APLIC("interrupts-extended = <&hart0 11>, <&hart1 11>;", "interrupts-extended = <&hart0 9>, <&hart2 9>;")
#define APLIC_IMSICS APLIC("msi-parent = <&imsics_m>;", "msi-parent = <&imsics>;")

static void test_aia(void)
{
	CHECK_THAT(enumerate_aia("", APLIC_WIRES), "by wire");
	CHECK(machine.aplic_base == 0xd000000 && machine.aplic_size == 0x8000 && machine.aplic_sources == 95);
	CHECK(!machine.aplic_messages && machine.imsic.ids == 0 && machine.plic_base == 0);
	CHECK(machine.cpus[0].irq_context == 0 && machine.cpus[1].irq_context == UINT32_MAX &&
	      machine.cpus[2].irq_context == 1);
	CHECK(resource_is("/soc/high@1000", 0, 0x1000, 0x100, 0, 10));
	CHECK(resource_is("/soc/falling@2000", 0, 0x2000, 0x100, HELION_RECORD_IRQ_EDGE | HELION_RECORD_IRQ_LOW, 11));
	CHECK(resource_is("/soc/rising@3000", 0, 0x3000, 0x100, HELION_RECORD_IRQ_EDGE, 12));
	CHECK(resource_is("/soc/none@4000", 0, 0x4000, 0x100, 0, 0));

	CHECK_THAT(enumerate_aia("", APLIC("", "interrupts-extended = <&hart0 9>, <&hart2 9>, <&hart1 9>; "
					       "riscv,hart-indexes = <4 2>;")),
		   "harts with numbers of their own");
	CHECK(machine.cpus[0].irq_context == 4 && machine.cpus[2].irq_context == 2 &&
	      machine.cpus[1].irq_context == UINT32_MAX);

	CHECK_THAT(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "255", ""), APLIC_IMSICS), "by messages");
	CHECK(machine.aplic_base == 0xd000000 && machine.aplic_messages);
	CHECK(machine.imsic.ids == 255 && machine.imsic.guest_bits == 0 && machine.imsic.hart_bits == 2 &&
	      machine.imsic.group_bits == 0 && machine.imsic.group_shift == 24);
	for (uint32_t i = 0; i < 3; i++)
		CHECK_EQUAL(machine.cpus[i].imsic_base, 0x28000000 + 0x1000 * i);

	/* Two groups, with a guest for each hart; and less room than harts. */
	CHECK(enumerate_aia(
		IMSIC_S("<0 0x28000000 0 0x4000>, <0 0x29000000 0 0x1000>", "63",
			"riscv,guest-index-bits = <1>; riscv,hart-index-bits = <1>; riscv,group-index-bits = <1>; "
			"riscv,group-index-shift = <24>;"),
		APLIC_IMSICS));
	CHECK(machine.imsic.ids == 63 && machine.imsic.guest_bits == 1 && machine.imsic.hart_bits == 1 &&
	      machine.imsic.group_bits == 1);
	CHECK(machine.cpus[0].imsic_base == 0x28000000 && machine.cpus[1].imsic_base == 0x28002000 &&
	      machine.cpus[2].imsic_base == 0x29000000);
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x2800>", "2047", ""), APLIC_IMSICS));
	CHECK(machine.imsic.ids == 2047 && machine.cpus[1].imsic_base == 0x28001000 && machine.cpus[2].imsic_base == 0);

	/* No sense. */
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "2048", ""), APLIC_IMSICS));
	CHECK(machine.imsic.ids == 0 && shim_logged("riscv,num-ids"));
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "62", ""), APLIC_IMSICS));
	CHECK_EQUAL(machine.imsic.ids, 0);
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "255", "riscv,hart-index-bits = <15>;"), APLIC_IMSICS));
	CHECK(machine.imsic.ids == 0 && shim_logged("15 of hart"));
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "255", "riscv,guest-index-bits = <0xffffffff>;"),
			    APLIC_IMSICS));
	CHECK_EQUAL(machine.imsic.ids, 0);
	CHECK(enumerate_aia(IMSIC_S("<0 0x28000000 0 0x3000>", "255", "riscv,group-index-shift = <20>;"),
			    APLIC_IMSICS));
	CHECK_EQUAL(machine.imsic.ids, 0);
	CHECK(enumerate_aia("", APLIC("", "msi-parent = <77>;")));
	CHECK_EQUAL(machine.aplic_base, 0);
	CHECK(enumerate_aia(IMSIC_M, APLIC("", "msi-parent = <&imsics_m>;")));
	CHECK(machine.aplic_base == 0 && machine.imsic.ids == 0);
}

/* Everything that is known stays; what the tree adds is taken. */
static void give_acpi(struct machine *to)
{
	to->cpu_count = 1;
	to->cpus[0] = (struct machine_cpu){.hwid = 0x100, .usable = true, .irq_context = UINT32_MAX};
	to->gic = MACHINE_GIC_V2;
	to->gicd_base = 0x8000000;
	to->gicc_base = 0x1000;
	to->psci = MACHINE_PSCI_HVC;
}

static void test_both(void)
{
	static const char source[] = ARM_HEAD
		"psci { compatible = \"arm,psci-1.0\"; method = \"smc\"; };"
		"watchdog@1000 { compatible = \"brcm,bcm2835-pm\"; reg = <0 0x1000 0 0x100>; };"
		"gic: intc@8000000 { compatible = \"arm,gic-v3\"; #interrupt-cells = <3>; interrupt-controller;"
		"  reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; }; };";

	fake_acpi = give_acpi;
	access_functions.alloc = alloc;
	CHECK_THAT(enumerate(source, HELION_CONSOLE_PL011, 0x9000000, 0x100) && machine.from_dt && machine.from_acpi,
		   "result");
	CHECK(machine.cpu_count == 1 && machine.gic == MACHINE_GIC_V2 && machine.gicr_count == 0 &&
	      machine.psci == MACHINE_PSCI_HVC);
	CHECK(machine.bcm_pm_base == 0x1000 && machine.console_irq == 33);
	CHECK_THAT(resource("/intc@8000000", 0) == NULL && resource("/intc@8000000", 1) != NULL, "nothing twice");
	CHECK_THAT(records[0].origin == HELION_ORIGIN_ACPI && record_count == 4, "ACPI first");

	struct helion_record before[128];
	uint32_t count = record_count;
	memcpy(before, records, sizeof(records));
	record_count = 0;
	free(blob);
	blob = NULL;
	machine_resources(&machine, &ctx, &access_functions, collect, NULL);
	CHECK_THAT(record_count == count && memcmp(before, records, count * sizeof(records[0])) == 0,
		   "the second call repeats the first");
	while (first_chunk != NULL) {
		struct record_chunk *next = first_chunk->next;

		free(first_chunk);
		first_chunk = next;
	}
	last_chunk = NULL;
	access_functions.alloc = NULL;
	fake_acpi = NULL;
}

static void test_limits(void)
{
	static char source[400000];
	char *at = source;

	at += sprintf(at, "/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; cpus { #address-cells = <1>; "
			  "#size-cells = <0>;");
	for (int i = 0; i < 100; i++)
		at += sprintf(at, "cpu@%x { device_type = \"cpu\"; reg = <%d>; };", i, i);
	at += sprintf(at, "};");
	for (int i = 0; i < 12; i++)
		at += sprintf(
			at,
			"pci%d { compatible = \"pci-host-ecam-generic\"; device_type = \"pci\"; bus-range = <0 %d>;"
			"reg = <0x%x0000000 0x10000000>; #address-cells = <3>; #size-cells = <2>; };",
			i, i == 3 ? 300 : 255, i);
	for (int i = 0; i < 8; i++)
		at += sprintf(at, "a-node-with-a-long-name-%d {%s", i,
			      i == 7 ? "" : "#address-cells = <1>; #size-cells = <1>; ranges;");
	at += sprintf(at, "reg = <0x1000 0x1000>, <0xffffffff 2>, <0x3000 0>, <0x4000 0x1000>;");
	for (int i = 0; i < 8; i++)
		at += sprintf(at, "};");
	at += sprintf(at, "bad { reg = <1 2 3>; }; };");
	CHECK_THAT(enumerate(source, HELION_CONSOLE_NONE, 0, 99), "result");
	CHECK(machine.cpu_count == MACHINE_CPUS_MAX && machine_find_cpu(&machine, 99) != NULL);
	CHECK(machine.pci_count == MACHINE_PCI_MAX && shim_logged("PCI segment 0 left out") &&
	      shim_logged("CPUs left out"));
	CHECK(shim_logged("pci3: PCI host: ") && shim_logged("bad: reg: "));
	bool found = false;
	for (uint32_t i = 0; i < record_count; i++)
		found = found ||
			(strncmp(records[i].name, "...", 3) == 0 && strlen(records[i].name) == HELION_RECORD_NAME - 1 &&
			 strcmp(records[i].name + HELION_RECORD_NAME - 12, "long-name-7") == 0 &&
			 records[i].base == 0x4000);
	CHECK_THAT(found, "the end of a path that is too long");
}

static void test_damage(void)
{
	fake_acpi = NULL;
	enumerate(ARM_HEAD "gic: x { #interrupt-cells = <3>; }; };", HELION_CONSOLE_PL011, 0x9000000, 0);
	CHECK(machine.gic == MACHINE_GIC_NONE && machine.console_irq == 0);
	ctx.device_tree_size = 39;
	CHECK(!machine_enumerate(&ctx, &access_functions, &machine) && machine_dt() == NULL && machine.cpu_count == 1);
	ctx.device_tree = 0x1000;
	CHECK(!machine_enumerate(&ctx, &access_functions, &machine) && shim_logged("0x1000 cannot be mapped"));
	record_count = 0;
	machine_resources(&machine, &ctx, &access_functions, collect, NULL);
	CHECK_THAT(record_count == 1 && strcmp(records[0].name, "debug console") == 0, "only the console is left");

	/* Any single byte may be wrong. */
	enumerate(ARM_HEAD
		  "gic: intc@8000000 { compatible = \"arm,gic-v3\"; #interrupt-cells = <3>; interrupt-controller;"
		  "reg = <0 0x8000000 0 0x10000>, <0 0x80a0000 0 0xf60000>; }; };",
		  HELION_CONSOLE_PL011, 0x9000000, 0);
	for (size_t i = 0; i < blob_size; i++) {
		uint8_t good = ((uint8_t *)blob)[i];

		for (unsigned value = 1; value < 256; value <<= 1) {
			((uint8_t *)blob)[i] = good ^ (uint8_t)value;
			shim_log_clear();
			machine_enumerate(&ctx, &access_functions, &machine);
			record_count = 0;
			machine_resources(&machine, &ctx, &access_functions, collect, NULL);
		}
		((uint8_t *)blob)[i] = good;
	}
}

int main(void)
{
	RUN(test_gicv2);
	RUN(test_gicv3);
	RUN(test_raspberry_pi);
	RUN(test_riscv);
	RUN(test_aia);
	RUN(test_both);
	RUN(test_limits);
	RUN(test_damage);
	free(blob);
	return tap_finish();
}
