"""What it costs when user mode has tables without the kernel (kpti=on): the operations that enter the kernel most.

Figures are {"kpti.<name>": instructions}, for information: they are not compared."""

from .bench_table import number
from .operations import build_directory, measure as measure_operations

ARCHES = ("x86_64", "aarch64")
NAMES = ("null", "yield", "call-0", "call-10", "signal", "signal-switch", "fault", "restricted", "irq", "map-1")


def measure(arch, build="release", log=None):
    found, _ = measure_operations(arch, build_directory(arch, build), ",".join(NAMES), log=log, options="kpti=on")
    return {f"kpti.{operation.name}": operation.instructions for operation in found if operation.name in NAMES}


def rows(by_arch):
    """Of each operation, its name and what each architecture that knows of this needs without and with it."""
    for name in NAMES:
        figures = [(found.get(f"op.{name}"), found[f"kpti.{name}"]) for found in by_arch.values() if f"kpti.{name}" in found]
        if figures:
            yield name, figures


def markdown(by_arch):
    """The table for docs/bench.md."""
    arches = [arch for arch, found in by_arch.items() if any(key.startswith("kpti.") for key in found)]
    lines = ["| operation | " + " | ".join(f"{arch}, `kpti=off` | `kpti=on`" for arch in arches) + " |", "|---|" + "---|---|" * len(arches)]
    lines += [f"| `{name}` | " + " | ".join(f"{number(off)} | {number(on)}" for off, on in figures) + " |"
              for name, figures in rows(by_arch)]
    return "\n".join(lines) + "\n"


def print_table(by_arch):
    print("\nInstructions without and with tables of user mode's own")
    for name, figures in rows(by_arch):
        print(f"{name:20}" + "".join(f"{number(off):>12}{number(on):>12}" for off, on in figures))
