"""The longest time with interrupts off, under loads that try to make it long, with a screen and without.

Figures are {"longest.<load>.<screen>": instructions}."""

import os

from . import longest
from .bench_table import TOLERANCE, number
from .operations import build_directory

BAR = 20000     # instructions, everywhere
# What runs, and the fields of its machine.
LOADS = {
    "init": ("init with all its tests", {"cmdline": "init.test=all", "extra": ("-device", "edu")}),
    "conformance": ("the conformance suite", {"initramfs": "conformance.cpio", "cmdline": "seed=1", "extra": ("-device", "edu")}),
}
SCREENS = {"screen": ("with a framebuffer", ""), "serial": ("without", "none")}


def measure(arch, build, load, screen, log=None):
    """One figure; MachineError if the load does not end well."""
    directory = build_directory(arch, build)
    fields = dict(LOADS[load][1])
    if "initramfs" in fields:
        fields["initramfs"] = os.path.join(directory, fields["initramfs"])
    if arch == "aarch64":
        fields["acpi"] = "off"      # the line of the device, see operations.py
    found, _, _ = longest.follow(arch, directory, log=log, timeout=900, graphics=SCREENS[screen][1], **fields)
    return {f"longest.{load}.{screen}": found.count}


def rows(by_arch):
    """(words, figures of the architectures) for each load and screen that was measured."""
    for load, (words, _) in LOADS.items():
        for screen, (where, _) in SCREENS.items():
            values = [found.get(f"longest.{load}.{screen}") for found in by_arch.values()]
            if any(value is not None for value in values):
                yield f"{words}, {where}", values


def print_table(by_arch):
    print(f"\nLongest time with interrupts off, in instructions (bar {BAR:,}); * is above the bar")
    print(f"{'':52}" + "".join(f"{arch:>16}" for arch in by_arch))
    for words, values in rows(by_arch):
        print(f"{words:52}" + "".join(f"{number(value) + ('*' if value is not None and value > BAR else ' '):>16}" for value in values))


def worse(arch, found, recorded):
    """What is above the bar, and worse than the record by more than the tolerance."""
    return [f"{arch} {key}: {value:,}, bar {BAR:,}, recorded {recorded.get(key, 0):,}" for key, value in found.items()
            if key.startswith("longest.") and value > max(BAR, recorded.get(key, 0) * (1 + TOLERANCE))]


def markdown(by_arch):
    """The table for docs/bench.md. A figure above the bar is in bold type."""
    lines = ["| | " + " | ".join(by_arch) + " | bar |", "|---|" + "---|" * (len(by_arch) + 1)]
    for words, values in rows(by_arch):
        cells = [f"**{number(value)}**" if value is not None and value > BAR else number(value) for value in values]
        lines.append(f"| {words} | " + " | ".join(cells) + f" | {BAR:,} |")
    return "\n".join(lines) + "\n"
