"""What a boot costs: instructions of each phase, from the time stamps of loader, kernel and init.

QEMU's "-icount shift=0" makes one instruction one nanosecond of guest time. Each machine boots with an initramfs that
holds a further file of 1 KiB, 64 MiB and 512 MiB. Firmware polls devices in host time, which moves figures by about 1 %: of
several runs the median counts. Keys of the figures are "boot.<size>.<name>", and names are
    <phase>            from the loader's entry to that phase; the phases are those of the boot context and the kernel
    loader             from the loader's entry to the kernel's
    read               the firmware's reading of initramfs and modules, part of it
    loader_overhead    loader without read
    <phase>_took       from the phase before to that phase, for the kernel's own phases
What the firmware does in between depends on how fast the host answers its polling, and on what else the host does; the
kernel's own phases do not. So only these are compared with the record, and loader_overhead with its bar.
"""

import os
import re
import statistics
import subprocess
import tempfile

from .machine import Config, Machine, MachineError, PASSED, TOP
from .operations import CPU, build_directory

# Nanoseconds, which are instructions, in one tick of the counter that the time stamps come from.
TICK = {"x86_64": 1, "aarch64": 16, "riscv64": 100}
SIZES = {"1KiB": 1 << 10, "64MiB": 64 << 20, "512MiB": 512 << 20}
TOLERANCE = 0.03        # of the figure
SLACK = 20_000          # instructions: the counters of two architectures step by more than one
# What the loader may cost over reading the files: the least of the peers measured is 28 million.
BAR = 28_000_000
KERNEL_PHASES = ("kernel_entry", "kernel_paging", "kernel_machine", "kernel_cpus", "kernel_init", "user_entry")
LINE = re.compile(r"^bench: (\S+?)\.(\S+) (\d+) \d+\s*$", re.MULTILINE)


def make_initramfs(arch, build, size, directory):
    """The build's initramfs with a file of that many zero bytes added."""
    data = os.path.join(directory, "data")
    with open(data, "wb") as f:
        f.truncate(size)
    programs = os.path.join(build_directory(arch, build), "initramfs")
    output = os.path.join(directory, "initramfs.cpio")
    subprocess.run([os.path.join(TOP, "scripts/mkcpio"), output, os.path.join(TOP, "images/initramfs"), programs,
                    f"bench/data={data}"], check=True)
    return output


def boot(arch, build, size_name, log):
    """One run: {phase: instructions since the machine started}."""
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as directory:
        initramfs = make_initramfs(arch, build, SIZES[size_name], directory)
        config = Config(arch=arch, smp=1, mem="2G", cpu=CPU[arch], icount=True, cmdline="bench nokaslr",
                        build=build_directory(arch, build), initramfs=initramfs)
        with Machine(config, log=log) as machine:
            machine.start()
            status = machine.wait(600)
            phases = {name: int(ticks) * TICK[arch] for _, name, ticks in LINE.findall(machine.text)}
            if status != PASSED or "loader_entry" not in phases:
                raise MachineError(f"{arch}, {size_name}: {machine.why}; console in {machine.log}")
            return phases


def figures(size_name, runs):
    """The medians of several runs, by their names in the JSON file."""
    result = {}
    for phase in runs[0]:
        result[phase] = int(statistics.median(run[phase] - run["loader_entry"] for run in runs))
    if "kernel_entry" in result:
        result["loader"] = result["kernel_entry"]
        if "files_read" in result and "kernel_loaded" in result:
            result["read"] = result["files_read"] - result["kernel_loaded"]
            result["loader_overhead"] = result["loader"] - result["read"]
    for before, phase in zip(KERNEL_PHASES, KERNEL_PHASES[1:]):
        if before in result and phase in result:
            result[f"{phase}_took"] = int(statistics.median(run[phase] - run[before] for run in runs))
    del result["loader_entry"]
    return {f"boot.{size_name}.{name}": value for name, value in result.items()}


def print_table(arch, sizes, found):
    names = [key.split(".", 2)[2] for key in found if key.startswith(f"boot.{sizes[0]}.")]
    print(f"\n{arch}: instructions since the loader's entry")
    print(f"{'':20}" + "".join(f"{size:>16}" for size in sizes))
    for name in names:
        print(f"{name:20}" + "".join(f"{found.get(f'boot.{size}.{name}', 0):>16,}" for size in sizes))


def millions(*values):
    return " / ".join("–" if value is None else f"{value / 1e6:.{2 if value < 20e6 else 0}f} M" for value in values)


def markdown(by_arch):
    """The table for docs/bench.md."""
    rows = (("the loader, without reading, " + " / ".join(SIZES), "loader_overhead", tuple(SIZES)),
            ("reading 64 MiB / 512 MiB, in these runs", "read", ("64MiB", "512MiB")),
            ("loader's jump to the kernel's own page tables", "kernel_paging_took", ("64MiB",)),
            ("machine enumerated", "kernel_machine_took", ("64MiB",)),
            ("interrupts, timer, CPUs", "kernel_cpus_took", ("64MiB",)),
            ("init loaded, all capabilities made", "kernel_init_took", ("64MiB",)))
    lines = ["| | " + " | ".join(by_arch) + " |", "|---|" + "---|" * len(by_arch)]
    for words, name, sizes in rows:
        cells = [millions(*(found.get(f"boot.{size}.{name}") for size in sizes)) for found in by_arch.values()]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    cells = [f"{found.get('boot.64MiB.user_entry_took', 0):,}" for found in by_arch.values()]
    lines.append("| to the first instruction of init | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def worse(arch, found, recorded):
    """What has become worse than the recorded figures, or does not reach the bar, in words."""
    above = [f"{arch} {name}: {value:,}, the bar is {BAR:,}" for name, value in found.items()
             if name.startswith("boot.") and name.endswith(".loader_overhead") and value > BAR]
    return above + [f"{arch} {name}: {found[name]:,}, recorded {value:,}" for name, value in recorded.items()
                    if name.startswith("boot.") and name.endswith("_took") and name in found and
                    found[name] > value * (1 + TOLERANCE) + SLACK]
