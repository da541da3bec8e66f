"""The conformance suite (user/conformance) on every architecture, with one CPU and with four."""

from conformance import suite
from harness import register

MESSAGES = {f"irq/{name}" for name in ("a_message_reaches_its_notification", "a_message_for_nobody",
                                       "every_message_is_another")}
EDGES = {"irq/a_level_that_stays_comes_again"}     # what QEMU's PLIC sees
ISAS = ("x86_64", "aarch64", "riscv64")

for isa in ISAS:
    register(f"{isa}-soak", suite, arch=isa, smp=1, options="conformance=soak/a_round seed=7 check")
    register(f"{isa}-delayed", suite, arch=isa, smp=4, options="conformance=smp/a_task_is_stopped* lockdelay=3")
    for cpus in (1, 4):
        # The device tree tells the line of a PCI function, which ACPI has in AML; messages are SPIs with GICv2, and LPIs with
        # GICv3; a PLIC has none, an IMSIC nothing else.
        fields = {"x86_64": {}, "aarch64": {"acpi": "off", "gic": 2 if cpus == 1 else 3},
                  "riscv64": {"aia": "imsic", "cpu": "rv64,svpbmt=true"} if cpus > 1 else {}}[isa]
        may_skip = set() if cpus > 1 else {"irq/a_driver_on_another_cpu"}
        if isa == "riscv64" and cpus == 1:
            may_skip |= MESSAGES | EDGES
        register(f"{isa}-conformance-{cpus}cpu", suite, arch=isa, smp=cpus, expect_at_least=60, may_skip=may_skip,
                 **fields)

# Registers that the other machines lack: SVE's, of 2048 bits; V's, of 128.
register("aarch64-conformance-sve", suite, arch="aarch64", smp=4, cpu="max", options="conformance=fpu/*,fault/floating*,restricted/keeps_floating_point check")
register("riscv64-conformance-v", suite, arch="riscv64", smp=4, cpu="rv64,v=true,vlen=128", options="conformance=fpu/*,fault/floating*,restricted/keeps_floating_point check")
register("riscv64-conformance-irq-plic", suite, arch="riscv64", smp=4, options="conformance=irq/* check",
         may_skip=MESSAGES | EDGES)
register("riscv64-conformance-irq-aplic", suite, arch="riscv64", smp=4, aia="aplic", options="conformance=irq/* check",
         may_skip=MESSAGES)
