"""scripts/coverage: how much of the portable kernel the tests run; the report is kept in build/coverage/report.txt."""

import os
import re
import subprocess

from harness import TOP, test

LEAST = 90


@test("kernel-coverage")
def covered(t):
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}
    run = subprocess.run(["make", "--no-print-directory", "coverage", "COVERAGE_ARGS=--list"], cwd=TOP, capture_output=True, text=True,
                         check=False, env={**environment, "MAKELEVEL": "1"}, timeout=900)
    with open(os.path.join(TOP, "build/coverage/report.txt"), "w", encoding="utf-8") as report:
        report.write(run.stdout)
    percent = re.search(r"^coverage of kernel/\*\.c: .* ([0-9.]+) %$", run.stdout, re.M)
    t.check(run.returncode == 0 and percent, run.stderr[-2000:])
    t.check(float(percent.group(1)) >= LEAST, percent.group(0))
