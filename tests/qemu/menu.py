"""Machines that show the loader's menu: boot entries, keys, and what was started."""

import re
import time

from harness import PASSED, image

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
