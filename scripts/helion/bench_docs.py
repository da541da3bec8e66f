"""The tables in docs/bench.md and the plot docs/bench.svg, made from the record in tests/bench/."""

import os
import re

from . import bench_boot, bench_kpti, bench_longest, bench_pairs, bench_plot, bench_start, bench_table
from .machine import TOP

DOCUMENT = os.path.join(TOP, "docs/bench.md")
PLOT = os.path.join(TOP, "docs/bench.svg")
TABLES = {"operations": bench_table.markdown, "costly": bench_table.markdown_costly, "kpti": bench_kpti.markdown, "longest": bench_longest.markdown,
          "pairs": bench_pairs.markdown,
          "boot": bench_boot.markdown, "start": bench_start.markdown_start, "calls": bench_start.markdown_calls}


def document():
    """What docs/bench.md must be, by the record."""
    by_arch = {arch: bench_table.recorded(arch) for arch in bench_table.ARCHES}
    with open(DOCUMENT, encoding="utf-8") as f:
        text = f.read()
    for name, make in TABLES.items():
        text = re.sub(rf"(<!-- {name}: scripts/bench --docs -->\n).*?(<!-- end -->\n)",
                      lambda found, make=make: found.group(1) + make(by_arch) + found.group(2), text, flags=re.DOTALL)
    return text


def plot():
    """What docs/bench.svg must be, by the record."""
    return bench_plot.plot({arch: bench_table.recorded(arch) for arch in bench_table.ARCHES})


def write():
    for path, text in ((DOCUMENT, document()), (PLOT, plot())):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
