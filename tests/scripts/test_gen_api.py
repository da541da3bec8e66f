"""scripts/gen-api: docs/kernel-api.md says what the headers say."""

import os
import subprocess

from harness import TOP, test


@test("gen-api-up-to-date")
def up_to_date(t):
    checked = subprocess.run([os.path.join(TOP, "scripts/gen-api"), "--check"], capture_output=True, text=True, check=False)
    t.equal(checked.returncode, 0, checked.stderr)
