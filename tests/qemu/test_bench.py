"""The program that measures operations runs to its end; scripts/bench is what compares its figures."""

import os
import re
import subprocess
import tempfile

from harness import TOP, register

# At least one of each group.
OPERATIONS = ("null", "yield", "call-0", "call-64", "call-caps-4", "call-same-0", "signal", "map-1", "map-512", "unmap-512",
              "create-task", "delete-task", "delete-irq-handler", "poll-32", "timer-fire")


def measures(t, arch):
    build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as directory:
        initramfs = os.path.join(directory, "bench.cpio")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs,
                        "init=" + os.path.join(build, "initramfs/bin/bench")], check=True)
        text = t.run(timeout=240, arch=arch, smp=1, initramfs=initramfs)
    t.contains(text, "bench: done")
    found = {name: tuple(int(n) for n in numbers.split())
             for name, numbers in re.findall(r"^bench: op (\S+) (\d+ \d+ \d+ \d+)$", text, re.MULTILINE)}
    for name in OPERATIONS:
        t.check(name in found, f"{name} is not measured")
        median, least, most, _ = found[name]
        t.check(0 < least <= median <= most, f"{name}: median {median}, least {least}, most {most}")


for isa in ("x86_64", "aarch64", "riscv64"):
    register(f"{isa}-bench", measures, arch=isa)
