"""What the loader adds to what the firmware does anyway.

    "start.<size>.<n>"  instructions until an EFI program of that size is entered, medians: "direct" is the firmware starting it,
                        "loader" the firmware starting the loader, and that the program, without a menu; "overhead" is the
                        difference. x86_64 only
    "calls.<name>.<n>"  what the loader calls of the firmware for a boot with an initramfs of 512 MiB (tests/efi/calls.c): "count",
                        "bytes" in all and "largest" of one call
"""

import os
import re
import statistics
import tempfile

from . import image
from .bench_boot import make_initramfs
from .machine import Config, Machine, MachineError, PASSED
from .operations import CPU, build_directory

SIZES = {"16KiB": 16 << 10, "64MiB": 64 << 20}
WAYS = ("direct", "loader")
BAR = 28_000_000        # the least of the peers measured, for a program of that size and of 1 KiB alike
CALLS = re.compile(r"^calls: (\S+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)


def _run(config, log, pattern):
    with Machine(config, log=log) as machine:
        machine.start()
        status = machine.wait(600)
        found = pattern.findall(machine.text)
        if status != PASSED or not found:
            raise MachineError(f"{config.arch}: {machine.why}; console in {machine.log}")
        return found


def start(arch, build, size, way, log):
    """Instructions from the machine's start to the program's; way: direct or loader."""
    directory = build_directory(arch, build)
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as work:
        program = os.path.join(work, "program.efi")
        with open(os.path.join(directory, "tests/efi/x86_64/stamp.efi"), "rb") as f:
            data = f.read()
        with open(program, "wb") as f:
            f.write(data)
            f.truncate(SIZES[size])
        config = Config(arch=arch, smp=1, mem="1G", cpu=CPU[arch], icount=True, build=directory, files={"program.efi": program},
                        entry="efi /program.efi\n", loader=program if way == "direct" else "")
        return int(_run(config, log, re.compile(r"^stamp: (\d+)", re.MULTILINE))[0])


def start_figures(runs):
    """Of {(size, way): [instructions]}."""
    found = {}
    for size in SIZES:
        direct, through = (int(statistics.median(runs[size, way])) for way in WAYS)
        found.update({f"start.{size}.direct": direct, f"start.{size}.loader": through, f"start.{size}.overhead": through - direct})
    return found


def calls(arch, build, log):
    directory = build_directory(arch, build)
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as work:
        config = Config(arch=arch, smp=1, mem="2G", build=directory, initramfs=make_initramfs(arch, build, 512 << 20, work),
                        loader=os.path.join(directory, "tests/efi/calls.efi"),
                        files={"boot.efi": os.path.join(directory, image.EFI_FILES[arch])})
        found = _run(config, log, CALLS)
    return {f"calls.{name}.{kind}": int(value) for name, *values in found for kind, value in zip(("count", "bytes", "largest"), values)}


def print_table(arch, found):
    for size in SIZES:
        if f"start.{size}.overhead" in found:
            direct, through, overhead = (found[f"start.{size}.{name}"] for name in ("direct", "loader", "overhead"))
            print(f"\n{arch}: an EFI program of {size} is entered after {direct:,} instructions, with the loader after {through:,}: "
                  f"{overhead:+,}, the bar is {BAR:,}")
    names = [key.split(".", 1)[1].rsplit(".", 1)[0] for key in found if key.startswith("calls.") and key.endswith(".count")]
    if names:
        print(f"\n{arch}: calls of the firmware for an initramfs of 512 MiB\n{'':20}{'calls':>8}{'bytes':>16}{'largest':>16}")
    for name in names:
        print(f"{name:20}{found[f'calls.{name}.count']:>8,}{found[f'calls.{name}.bytes']:>16,}{found[f'calls.{name}.largest']:>16,}")


def markdown_start(by_arch):
    found = by_arch["x86_64"]
    lines = ["| until a program is entered, of | the firmware starts it | the loader starts it | difference | bar |", "|---|---|---|---|---|"]
    for size in SIZES:
        values = [found.get(f"start.{size}.{name}", 0) / 1e6 for name in ("direct", "loader", "overhead")]
        lines.append(f"| {size} | {values[0]:,.1f} M | {values[1]:,.1f} M | {values[2]:+,.1f} M | {BAR / 1e6:.0f} M |")
    return "\n".join(lines) + "\n"


def markdown_calls(by_arch):
    names = [key.split(".", 1)[1].rsplit(".", 1)[0] for key in by_arch["x86_64"] if key.startswith("calls.") and key.endswith(".count")]
    lines = ["| calls / bytes / largest | " + " | ".join(by_arch) + " |", "|---|" + "---|" * len(by_arch)]
    for name in names:
        cells = []
        for found in by_arch.values():
            count, total, largest = (found.get(f"calls.{name}.{kind}", 0) for kind in ("count", "bytes", "largest"))
            cells.append(f"{count:,} / {total:,} / {largest:,}" if total else f"{count:,}")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def worse(arch, found):
    return [f"{arch} {name}: {value:,}, the bar is {BAR:,}" for name, value in found.items()
            if name.startswith("start.") and name.endswith(".overhead") and value > BAR]
