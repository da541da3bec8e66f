"""Pairs of tasks that call each other and share nothing, each on a CPU of its own: how much more many do than one.

Figures are {"pairs.<n>.ratio": calls in a time by n pairs, of one pair's in the same run,
"pairs.<n>.contended": locks that a CPU had to wait for meanwhile}. Ratios depend on the host's processors and are not
compared; contended locks must be none."""

import os
import re
import subprocess
import tempfile

from .bench_table import number
from .machine import Config, Machine, MachineError, PASSED, TOP
from .operations import build_directory

LINE = re.compile(r"^bench: pairs (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)
CPUS = 5                # one for the program that watches
BAR = 3.5               # times one CPU's, on four CPUs
# Whose firmware runs on several CPUs only one after the other under emulation (OpenSBI 1.1 spins on all of them).
TURNS = ("riscv64",)


def measure(arch, build="release", log=None, timeout=300):
    with tempfile.TemporaryDirectory(prefix="helion-pairs-") as temporary:
        directory = build_directory(arch, build)
        initramfs = os.path.join(temporary, "initramfs.cpio")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs,
                        "init=" + os.path.join(directory, "initramfs/bin/bench")], check=True)
        with Machine(Config(arch=arch, smp=CPUS, build=directory, initramfs=initramfs, cmdline="bench.pairs"),
                     log=log) as machine:
            machine.start()
            if machine.wait(timeout) != PASSED or "bench: done" not in machine.text:
                raise MachineError(f"{arch}: the measuring of pairs did not end well: {machine.why}")
            found = [tuple(map(int, line)) for line in LINE.findall(machine.text)]
    result = {}
    speed_of_one = found[0][1] / found[0][2]
    for count, calls, ticks, contended in found:
        if arch not in TURNS:
            result[f"pairs.{count}.ratio"] = round(calls / ticks / speed_of_one, 2)
        result[f"pairs.{count}.contended"] = contended
    return result


def counts(by_arch):
    return sorted({int(key.split(".")[1]) for found in by_arch.values() for key in found if key.startswith("pairs.")})


def print_table(by_arch):
    print(f"\nPairs that share nothing, a CPU each: calls in a time, of one pair's; contended locks (host: {os.cpu_count()} processors)")
    print(f"{'pairs':20}" + "".join(f"{arch:>24}" for arch in by_arch))
    for count in counts(by_arch):
        cells = [f"{number(found.get(f'pairs.{count}.ratio'))}; {number(found.get(f'pairs.{count}.contended'))}"
                 for found in by_arch.values()]
        print(f"{count:<20}" + "".join(f"{cell:>24}" for cell in cells))


def worse(arch, found):
    return [f"{arch} {key}: {value:,} locks had to be waited for, the bar is none" for key, value in found.items()
            if key.startswith("pairs.") and key.endswith(".contended") and value]


def markdown(by_arch):
    """The table for docs/bench.md."""
    lines = ["| pairs | " + " | ".join(by_arch) + " |", "|---|" + "---|" * len(by_arch)]
    for count in counts(by_arch):
        cells = [f"{number(found.get(f'pairs.{count}.ratio'))}; {number(found.get(f'pairs.{count}.contended'))}"
                 for found in by_arch.values()]
        lines.append(f"| {count} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
