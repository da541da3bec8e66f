"""Machines that show the loader's menu: boot entries, keys, and what was started."""

import os
import re
import subprocess
import time

from harness import PASSED, TOP, image

ESP = f"@@{image.START * image.SECTOR}"
DOWN, UP, LEFT, ESCAPE, ENTER = "\x1b[B", "\x1b[A", "\x1b[D", "\x1b", "\r"
HELP = "back to the firmware"           # the last that is drawn


def entry(arch, *lines, options="verbose exit=qemu"):
    """A boot entry for the kernel that was built, with further lines. "verbose" makes the loader name what it starts."""
    return "\n".join([f"helion /helion/{arch}/kernel.elf", f"initrd /helion/{arch}/initramfs.cpio",
                      f"options {options}", *lines]) + "\n"


def fields_for(arch, entries, loader_conf=None, **fields):
    """Config fields of a machine with these entries (name: text) and no other."""
    files = {f"loader/entries/{name}.conf": text.encode() for name, text in entries.items()}
    if loader_conf is not None:
        files["loader/loader.conf"] = loader_conf.encode()
    return dict(arch=arch, files={**files, **fields.pop("files", {})},
                remove=(f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf",), **fields)


def started(text):
    """The boot entries that were started, in this order."""
    return re.findall(r"loader: boot entry (\S+\.conf): ", text, re.MULTILINE)


def three(arch):
    """Entries in this order."""
    return {name: entry(arch, f"title {title}", "sort-key h", f"version {version}")
            for name, title, version in (("new", "Helion", "3"), ("old", "Helion", "2"), ("safe", "Helion, safe", "1"))}


def boot_menu(t, arch, entries, loader_conf, **fields):
    machine = t.boot(**fields_for(arch, entries, loader_conf, **fields))
    machine.wait_for(HELP, timeout=120)
    return machine


def type_keys(machine, *keys):
    """One after another, so that a terminal driver does not take the end of one for the start of the next."""
    for key in keys:
        machine.send(key)
        time.sleep(0.4)


def ends_well(t, machine, expected):
    status = machine.wait(240)
    t.equal(started(machine.text), [f"{name}.conf" for name in expected], "boot entries that were started")
    t.equal(status, PASSED, f"status ({machine.why})")
    t.contains(machine.text, "init: all checks passed")


def built(arch, name):
    """What the build has made."""
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", name), "rb") as f:
        return f.read()


def extended_at(disk):
    """Where the second partition begins, as mtools takes it."""
    shown = subprocess.run(["sgdisk", "-i", "2", disk], capture_output=True, text=True, check=True).stdout
    first = int(next(line.split()[2] for line in shown.splitlines() if line.startswith("First sector")))
    return f"@@{first * image.SECTOR}"


def flipped(source):
    """The same bytes, or those of a file, with one bit changed, in the middle."""
    if not isinstance(source, bytes):
        with open(source, "rb") as f:
            source = f.read()
    middle = len(source) // 2
    return source[:middle] + bytes([source[middle] ^ 1]) + source[middle + 1:]
