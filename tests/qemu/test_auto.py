"""Entries that nobody has written: what other systems have on the volume, and what the firmware can do."""

import os
import tempfile

from harness import FAILED, TOP, image, register
from menu import ENTER, HELP, boot_menu, ends_well, fields_for, three, type_keys


def probe(arch):
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/efi/probe.efi"), "rb") as f:
        return f.read()


def programs(arch):
    """tests/efi/probe.c where the UEFI shell and Windows' loader would be."""
    return {f"shell{image.BLS_NAMES[arch]}.efi": probe(arch), "EFI/Microsoft/Boot/bootmgfw.efi": probe(arch)}


def chosen(t, arch, **fields):
    """They stand behind the others, and are started if a person wants it."""
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", files=programs(arch), **fields)
    for row in ("4  Windows Boot Manager", "5  EFI Shell"):
        t.contains(machine.text, row)
    t.check("EFI Default Loader" not in machine.text, "the loader lists itself")
    type_keys(machine, "5", ENTER)
    machine.wait_for(r"probe: path \\shell", timeout=120)
    machine.wait_for(r"probe: options \[none\]", timeout=120)
    machine.wait_for(HELP, timeout=120, start=machine.text.rindex("probe: "))
    type_keys(machine, "1", ENTER)
    ends_well(t, machine, ["new"])


def alone(t, arch, **fields):
    """With nothing else there is a menu, and nothing is started by itself."""
    machine = t.boot(**fields_for(arch, {}, "", files=programs(arch), **fields))
    machine.wait_for(HELP, timeout=120)
    machine.wait_for("Back to the firmware in 2[0-9] s", timeout=120)
    t.contains(machine.text, "no boot entry: neither")
    t.check("probe: " not in machine.text, "something was started")
    type_keys(machine, ENTER)
    machine.wait_for(r"probe: path \\EFI\\Microsoft\\Boot\\bootmgfw\.efi", timeout=120)


def firmware_setup(t, arch, **fields):
    with tempfile.TemporaryDirectory(prefix="helion-auto-") as directory:
        fields["variables"] = os.path.join(directory, "vars.fd")
        machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
        t.contains(machine.text, "4  Reboot into the firmware's set-up")
        type_keys(machine, "4", ENTER)
        t.equal(machine.wait(120), FAILED, f"status ({machine.why})")
        machine = t.boot(**fields_for(arch, three(arch), "timeout menu-force\n", **fields))
        machine.wait_for("Boot Manager|Device Manager|Select Language", timeout=120)
        t.check("Helion boot loader" not in machine.text, "the loader was started")


for name, row in {"x86_64": {}, "aarch64": {}, "aarch64-uboot": {"firmware": "uboot"}, "riscv64": {},
                  "riscv64-edk2": {"firmware": "edk2"}}.items():
    register(f"{name}-auto-chosen", chosen, arch=name.split("-")[0], **row)
register("x86_64-auto-alone", alone, arch="x86_64")
register("aarch64-uboot-auto-alone", alone, arch="aarch64", firmware="uboot")
register("riscv64-auto-alone", alone, arch="riscv64")
register("x86_64-auto-firmware-setup", firmware_setup, arch="x86_64")
