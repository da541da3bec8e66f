"""Running the conformance suite (user/conformance)."""

import os
import re

from harness import FAILED, PASSED, TOP

RESULT = re.compile(r"^(not )?ok \d+ - (\S+)(?: # SKIP (.*))?\n((?:#   .*\n)*)", re.MULTILINE)


def suite(t, arch, smp, options="", expect_at_least=1, build="debug", timeout=900,
          may_skip=None, **fields):
    """Boot it; each of its results becomes one of this run. What began last is named when the machine does not end.
    Of the group irq no test may be skipped but those that are named."""
    cpio = os.path.join(TOP, "build", f"{arch}-gcc-{build}", "conformance.cpio")
    machine = t.boot(arch=arch, smp=smp, build=build, initramfs=cpio, cmdline=options, extra=("-device", "edu"),
                     **fields)
    status = machine.wait(timeout)
    text = machine.text.replace("\r", "")
    results = RESULT.findall(text)
    for bad, name, skip, detail in results:
        t.result(not bad, name, skip=skip or None, detail=detail)
    plan = re.search(r"^1\.\.(\d+)$", text, re.MULTILINE)
    t.check(plan, "the suite did not begin")
    begun = re.findall(r"^# ([a-z_]+/\w+)$", text, re.MULTILINE)
    t.equal(len(results), int(plan.group(1)), f"results (the last test that began: {begun[-1] if begun else 'none'})")
    skipped = {name for _, name, skip, _ in results if skip and name.startswith("irq/")}
    t.check(may_skip is None or skipped <= may_skip, f"skipped: {', '.join(sorted(skipped - (may_skip or set())))}")
    # A failed test has been counted; the status then says so.
    expected = FAILED if any(bad for bad, _, _, _ in results) else PASSED
    t.check(status == expected, f"status {status} ({machine.why}), expected {expected}")
    t.check(len(results) >= expect_at_least, f"only {len(results)} tests")
