"""scripts/bench: what is worse than the record is found; the tables in docs/ are those of the record."""

import json
import xml.dom.minidom

from harness import test
from helion import bench_docs, bench_plot, bench_table


@test("bench-record-in-docs")
def record_in_docs(t):
    with open(bench_docs.DOCUMENT, encoding="utf-8") as f:
        t.equal(f.read(), bench_docs.document(), "docs/bench.md, which scripts/bench --docs makes")
    with open(bench_docs.PLOT, encoding="utf-8") as f:
        t.equal(f.read(), bench_docs.plot(), "docs/bench.svg, which scripts/bench --docs makes")


@test("bench-record-is-whole")
def record_is_whole(t):
    """Each operation with a bar is recorded on every architecture, and nothing else has such a name."""
    for arch in bench_table.ARCHES:
        with open(bench_table.recorded_path(arch), encoding="utf-8") as f:
            recorded = json.load(f)
        for name in ("null", "call-0", "call-10", "map-1", "map-512", "create-pages", "delete-vspace"):
            t.check(recorded.get(f"op.{name}", 0) > 0, f"{arch} {name} is not recorded")
        for kind in ("boot.1KiB.loader_overhead", "boot.512MiB.kernel_init_took", "calls.File.Read.largest",
                     *(["start.64MiB.overhead"] if arch == "x86_64" else [])):
            t.check(kind in recorded, f"{arch} {kind} is not recorded")


@test("bench-worse")
def worse(t):
    """More than two per cent is worse, less is not; an operation that the record lacks, or that is gone, is neither."""
    recorded = {"op.null": 100, "op.null.system": 5, "op.gone": 10, "boot.1KiB.loader": 1}
    t.equal(bench_table.worse("x86_64", {"op.null": 102, "op.null.system": 9, "op.new": 7}, recorded), [], "2 %")
    t.equal(len(bench_table.worse("x86_64", {"op.null": 102.1}, recorded)), 1, "complaints about 2.1 %")


@test("bench-plot")
def plot(t):
    text = bench_plot.plot({"x86_64": {"op.null": 71}, "riscv64": {"op.null": 90, "op.copy": 1}})
    xml.dom.minidom.parseString(text)
    t.contains(text, ">71</text>")
    t.contains(text, ">90</text>")
