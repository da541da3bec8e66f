"""Unified kernel images in \\EFI\\Linux: listed with what they say of themselves, counted, started, or shown as bad.

tests/efi/probe.c with further sections stands for most of them; one of each architecture is what ukify would make of systemd's
stub and Debian's kernel.
"""

import os
import re
import subprocess
import tempfile

from harness import TOP, Config, dependency, image, register
from helion import pe
from menu import ENTER, ESP, boot_menu, ends_well, entry, fields_for, type_keys

OTHER = {"x86_64": "aarch64", "aarch64": "riscv64", "riscv64": "x86_64"}


def probe(arch):
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/efi/probe.efi"), "rb") as f:
        return f.read()


def uki(arch, osrel, cmdline="return embedded", **rest):
    return pe.unified(probe(arch), b"kernel", osrel, cmdline, **rest)


def ukis(images):
    return {f"EFI/Linux/{name}": data for name, data in images.items()}


def listed(t, arch, **fields):
    """Titles, versions and reasons in the menu; the order is that of the sort-keys, then newest first."""
    good = uki(arch, 'ID=probe\nPRETTY_NAME="Probe OS"\nVERSION_ID=2\n')
    damaged = bytearray(good)
    at = damaged.index(b".linux\0\0")
    damaged[at + 16:at + 20] = b"\xff\xff\xff\x7f"
    files = ukis({
        "two.efi": good, "one.efi": uki(arch, 'ID=probe\nPRETTY_NAME="Probe OS"\nVERSION_ID=1\n'),
        "rolling+3.efi": uki(arch, "ID=probes\nNAME=Rolling\n", uname="6.12.0-test"),
        "plain.efi": probe(arch), "garbage.efi": b"MZ" + bytes(5000), "damaged.efi": bytes(damaged), "empty.efi": b"",
        "foreign.efi": uki(OTHER[arch], "ID=foreign\nNAME=Foreign\n") if OTHER[arch] == "x86_64" else
                       pe.data_image(OTHER[arch], [(".osrel", b"NAME=Foreign\n"), (".linux", b"kernel")]),
        "notes.txt": b"not an image",
    })
    machine = boot_menu(t, arch, {"helion": entry(arch, "sort-key a", "title Helion")}, "timeout menu-force\n", files=files,
                        **fields)
    bad = "  [cannot be started]"
    rows = ["Helion", "Probe OS (2)", "Probe OS (1)", "Rolling", f"plain{bad}", f"garbage{bad}", f"empty{bad}",
            f"damaged{bad}"]
    expected = r"\s+".join(f"[> ] {number}  {re.escape(row)}" for number, row in enumerate(rows, 1))
    t.check(re.search(expected, machine.text), f"the menu is not {rows}")
    t.check("Foreign" not in machine.text and "notes" not in machine.text, "something else is listed")
    for key, message in (("4", "rolling\\+3.efi, 3 tries left, 0 done"),
                         ("5", "plain.efi: not a unified kernel image: it has no section"),
                         ("6", "garbage.efi: not a PE file"), ("7", "empty.efi: the file ends inside"),
                         ("8", "damaged.efi: a section reaches beyond the end of")):
        type_keys(machine, key)
        machine.wait_for(message, timeout=120)
    type_keys(machine, ENTER)
    machine.wait_for("damaged.efi was not started: .*damaged.efi: a section", timeout=120)
    type_keys(machine, "1", ENTER)
    ends_well(t, machine, ["helion"])


def started_images(t, arch, counted, **fields):
    """The default is started: told no options, so that it uses its own; and its try is counted in the name of its file."""
    with tempfile.TemporaryDirectory(prefix="helion-uki-") as directory:
        disk = os.path.join(directory, "disk.img")
        config = fields_for(arch, {"z": entry(arch)}, "default ab*.efi\n", files=ukis({
            "ab+2.efi": uki(arch, "ID=b\n"), "a.efi": uki(arch, "ID=a\n"),
        }), **fields)
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **config).write_image(disk)
        machine = t.boot(arch=arch, image=disk, writable=True, **fields)
        name = "ab+1-1.efi" if counted else "ab+2.efi"
        machine.wait_for(f"{re.escape(name)} ended: success", timeout=240)
        machine.stop()
        for line in (f"probe: path \\EFI\\Linux\\{name}", "probe: options [none] 0 bytes"):
            t.contains(machine.text, line)
        t.equal(machine.text.count("probe: device"), 1, "images that ran")
        left = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::EFI/Linux"], capture_output=True, text=True,
                              check=True).stdout
        t.check(f"/{name}" in left, f"files on the disk: {left!r}")


def edited(t, arch, **fields):
    """The editor shows the embedded command line; what is made of it is handed to the image."""
    machine = boot_menu(t, arch, {"z": entry(arch)}, "timeout menu-force\n", files=ukis({"a.efi": uki(arch, "ID=a\n")}), **fields)
    type_keys(machine, "1", "e")
    machine.wait_for("return embedded", timeout=120)
    type_keys(machine, " more", ENTER)
    machine.wait_for(r"probe: options \[return embedded more\]", timeout=120)


def alone(t, arch, console, **fields):
    """Debian's kernel in systemd's stub, with no entry file and no directory for any."""
    with tempfile.TemporaryDirectory(prefix="helion-uki-") as directory:
        initrd = os.path.join(directory, "initrd.cpio")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initrd,
                        "init=" + os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/linux/init")], check=True)
        parts = []
        for path in (dependency(f"STUB_{arch.upper()}"), dependency(f"LINUX_{arch.upper()}"), initrd):
            with open(path, "rb") as f:
                parts.append(f.read())
    whole = pe.unified(parts[0], parts[1], 'ID=debian\nPRETTY_NAME="Debian"\n', f"console={console} probe.word panic=-1",
                       initrd=parts[2])
    text = t.run(timeout=400, arch=arch, mem="1G", files=ukis({"debian.efi": whole}),
                 remove=(f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf",), **fields)
    for part in (f"console={console} probe.word panic=-1", "Run /init as init process", "probe: init runs"):
        t.contains(text, part)


ROWS = {"x86_64": {"arch": "x86_64"}, "aarch64": {"arch": "aarch64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"},
        "riscv64": {"arch": "riscv64"}}
for name, row in ROWS.items():
    register(f"{name}-uki-listed", listed, **row)
    register(f"{name}-uki-started", started_images, counted="uboot" not in name and name != "riscv64", **row)
register("x86_64-uki-edited", edited, arch="x86_64")
register("x86_64-uki-debian", alone, arch="x86_64", console="ttyS0", smp=1, icount=True)    # one CPU: see test_chain.py
register("aarch64-uki-debian", alone, arch="aarch64", console="ttyAMA0")
register("riscv64-uki-debian", alone, arch="riscv64", console="ttyS0")
