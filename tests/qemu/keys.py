"""Secure Boot in tests: keys of their own, and firmware that has them enrolled by the loader's menu."""

import fcntl
import os
import shutil
import subprocess
import tempfile

from harness import FAILED, TOP
from menu import boot_menu, entry, type_keys

WORK = os.path.join(TOP, "build/test/keys")


def _locked(name, path, make):
    """Make a file or directory once, whoever needs it first."""
    os.makedirs(WORK, exist_ok=True)
    with open(os.path.join(WORK, f".{name}.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(path):
            make()
    return path


def directory(owner="owner"):
    """A directory of keys, as make keys makes it."""
    path = os.path.join(WORK, owner)

    def make():
        shutil.rmtree(path + ".new", ignore_errors=True)
        subprocess.run([os.path.join(TOP, "scripts/mkkeys"), path + ".new", owner], check=True, capture_output=True)
        os.rename(path + ".new", path)
    return _locked(owner, path, make)


def enroll(t, arch, variables):
    """A new machine in set-up mode gets the keys from the image that it boots, by the menu."""
    machine = boot_menu(t, arch, {"only": entry(arch)}, "timeout menu-force\n", keys=directory(), secure=True, smp=1,
                        variables=variables)
    t.contains(machine.text, "K: enrol keys")
    type_keys(machine, "k")
    machine.wait_for("K again: the firmware takes the keys", timeout=120)
    type_keys(machine, "k")
    machine.wait_for("The keys are enrolled. R restarts", timeout=120)
    type_keys(machine, "r")
    t.equal(machine.wait(240), FAILED, f"status of a reset ({machine.why})")


def enrolled(t, arch):
    """The variables of a machine that has the keys. Do not write to the file: copy it."""
    path = os.path.join(WORK, f"{arch}-variables.fd")

    def make():
        directory()
        new = path + ".new"
        if os.path.exists(new):
            os.unlink(new)
        enroll(t, arch, new)
        os.rename(new, path)
    directory()
    return _locked(f"{arch}-variables", path, make)




class Enrolled:
    """The variables of a machine that has the keys enrolled, for one machine at a time."""

    def __init__(self, t, arch):
        self.source = enrolled(t, arch)

    def __enter__(self):
        self.directory = tempfile.TemporaryDirectory(prefix="helion-secure-")
        path = os.path.join(self.directory.name, "variables.fd")
        shutil.copyfile(self.source, path)
        return {"secure": True, "variables": path, "keys": directory(), "smp": 1}

    def __exit__(self, *_):
        self.directory.cleanup()
