"""The conformance suite (user/conformance) on every architecture, with one CPU and with four."""

from conformance import suite
from harness import register

ISAS = ("x86_64", "aarch64", "riscv64")

for isa in ISAS:
    register(f"{isa}-soak", suite, arch=isa, smp=1, options="conformance=soak/a_round seed=7 check")
    register(f"{isa}-delayed", suite, arch=isa, smp=4, options="conformance=smp/a_task_is_stopped* lockdelay=3")
    for cpus in (1, 4):
        register(f"{isa}-conformance-{cpus}cpu", suite, arch=isa, smp=cpus, expect_at_least=60)
