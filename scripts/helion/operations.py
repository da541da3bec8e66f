"""Runs the program that measures operations (user/bench) in place of init, under -icount, and reads what it prints."""

import dataclasses
import os
import re
import subprocess
import tempfile

from .machine import Config, Machine, MachineError, PASSED, TOP
from .rounds import Rounds

# The string instructions of x86_64 count once for each byte with ERMS.
CPU = {"x86_64": "max,-erms", "aarch64": "cortex-a53", "riscv64": "rv64"}
LINE = re.compile(r"^bench: op (\S+) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)


@dataclasses.dataclass
class Operation:
    name: str
    median: int             # instructions of a round
    least: int
    most: int
    parts: int              # what a round consists of: pages, halves of a turn
    addresses: list         # of the instructions of one round; empty if the emulator could not follow them

    @property
    def instructions(self):
        """For one part; a whole number if there is only one."""
        return self.median if self.parts == 1 else round(self.median / self.parts, 1)


def build_directory(arch, build="release", toolchain="gcc"):
    return os.path.join(TOP, "build", f"{arch}-{toolchain}-{build}")


def measure(arch, directory, names="", log=None, timeout=300, options=""):
    """Measures the operations of a build: a list of Operation, in the order in which they ran; and Rounds to explain them.

    names: separated by commas, as the program's option bench.op takes them; empty for all. options: more for the kernel's command line."""
    rounds = Rounds(arch, directory)
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as temporary:
        initramfs = os.path.join(temporary, "initramfs.cpio")
        followed = os.path.join(temporary, "rounds")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs,
                        "init=" + os.path.join(directory, "initramfs/bin/bench")], check=True)
        # With a device that interrupts when told to. Of its line a device tree tells, where the firmware has both.
        config = Config(arch=arch, smp=1, acpi="off" if arch == "aarch64" else "", cpu=CPU[arch], icount=True, build=directory, initramfs=initramfs,
                        cmdline="nokaslr" + (f" bench.op={names}" if names else "") + f" {options}", extra=(*rounds.qemu_arguments(followed), "-device", "edu"))
        with Machine(config, log=log) as machine:
            machine.start()
            status = machine.wait(timeout)
            text = machine.text
            if status != PASSED or "bench: done" not in text:
                last = [line for line in text.splitlines() if line.strip()][-3:]
                raise MachineError(f"{arch}: the measuring program did not end well: {machine.why}\n" + "\n".join(last))
        found = [Operation(name, *(int(n) for n in numbers), []) for name, *numbers in LINE.findall(text)]
        traces = rounds.read(followed)
    if len(traces) != len(found):
        raise MachineError(f"{arch}: {len(found)} operations were measured and {len(traces)} followed")
    for operation, addresses in zip(found, traces):
        operation.addresses = addresses
    return found, rounds
