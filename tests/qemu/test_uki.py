"""Unified kernel images in \\EFI\\Linux: listed with what they say of themselves, counted, started, or shown as bad.

tests/efi/probe.c with further sections stands for most of them; one of each architecture is what ukify would make of systemd's
stub and Debian's kernel.
"""

import os
import re
import subprocess
import tempfile

import keys
from harness import TOP, Config, dependency, image, register
from helion import pe
from menu import ENTER, ESP, boot_menu, built, ends_well, entry, fields_for, type_keys

OTHER = {"x86_64": "aarch64", "aarch64": "riscv64", "riscv64": "x86_64"}


def probe(arch):
    return built(arch, "tests/efi/probe.efi")


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


PROFILES = [("TITLE=usual\nID=main\n", None), ("TITLE=Factory reset\nID=reset\n", "return resetting"),
            ("ID=one two\n", None), ("", None)]


def profiles(t, arch, counted, **fields):
    """An entry each, in their order behind one another; started with its number; one file, of which each try counts once."""
    with tempfile.TemporaryDirectory(prefix="helion-uki-") as directory:
        disk = os.path.join(directory, "disk.img")
        config = fields_for(arch, {"z": entry(arch, "sort-key z", "title Last")},
                            "timeout menu-force\nauto-firmware no\nauto-entries no\n", files=ukis({
            "many+5.efi": uki(arch, "ID=p\nPRETTY_NAME=Probe\n", profiles=PROFILES),
            "zwei.efi": uki(arch, "ID=q\n", profiles=[("", "zero"), ("TITLE=Second\n", "one")]),
        }), **fields)
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **config).write_image(disk)
        machine = t.boot(arch=arch, image=disk, writable=True, **fields)
        machine.wait_for("back to the firmware", timeout=120)
        rows = ["Probe (usual)", "Probe (Factory reset)", "Probe (one two)", "Probe (profile 4)", "q", "q (Second)", "Last"]
        expected = r"\s+".join(f"[> ] {number}  {re.escape(row)}" for number, row in enumerate(rows, 1))
        t.check(re.search(expected, machine.text), f"the menu is not {rows}")
        names = [f"many+{5 - i}-{i}.efi" if counted else "many+5.efi" for i in range(1, 5)]
        for key, name, options in (("2", names[0], "@1"), ("1", names[1], "none"), ("4", names[2], "@3"), ("6", "zwei.efi", "@1")):
            before = len(machine.text)
            type_keys(machine, key, ENTER)
            machine.wait_for(f"{re.escape(name)} ended: success", timeout=120)
            t.contains(machine.text[before:], f"probe: path \\EFI\\Linux\\{name}")
            t.contains(machine.text[before:], f"probe: options [{options}]")
        # The editor shows the profile's own command line, and changes nothing about which one it is.
        type_keys(machine, "2", "e")
        machine.wait_for("return resetting", timeout=120)
        type_keys(machine, " more", ENTER)
        machine.wait_for(r"probe: options \[@1 return resetting more\]", timeout=120)
        machine.stop()
        left = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::EFI/Linux"], capture_output=True, text=True, check=True).stdout
        t.check(f"/{names[3]}" in left, f"files on the disk: {left!r}")


def default_profile(t, arch):
    """By its identifier, the one that is not first."""
    machine = t.boot(**fields_for(arch, {"z": entry(arch)}, "default many.efi@RESET\n", files=ukis({
        "many.efi": uki(arch, "ID=p\n", profiles=PROFILES)})))
    machine.wait_for(r"probe: options \[@1\]", timeout=120)
    machine.stop()
    t.equal(machine.text.count("probe: device"), 1, "images that ran")


def secure_profile(t, arch):
    """Under Secure Boot too, although the image gets an option: it stands in the image what that can be."""
    with keys.Enrolled(t, arch) as enrolled:
        fields = fields_for(arch, {"z": entry(arch)}, "default many.efi@reset\n", files=ukis({
            "many.efi": uki(arch, "ID=p\n", profiles=PROFILES)}))
        machine = t.boot(**fields, **enrolled)
        machine.wait_for(r"probe: options \[@1\]", timeout=240)
        machine.stop()


def stub_profile(t, arch, console, **fields):
    """systemd's own stub boots the profile that it is told."""
    parts = read_debian(arch)
    common = f"console={console} panic=-1"
    whole = pe.unified(parts[0], parts[1], 'ID=debian\nPRETTY_NAME="Debian"\n', f"{common} probe.common", initrd=parts[2],
                       profiles=[("ID=main\n", None), ("ID=rescue\n", f"{common} probe.rescue")])
    text = t.run(timeout=400, arch=arch, mem="1G", files={**ukis({"debian.efi": whole}),
                                                          "loader/loader.conf": b"default debian.efi@rescue\n"},
                 remove=(f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf",), **fields)
    for part in (f"Kernel command line: {common} probe.rescue", "probe: init runs"):
        t.contains(text, part)


def read_debian(arch):
    """systemd's stub, Debian's kernel, and an initrd that says that it runs and turns the machine off."""
    parts = []
    with tempfile.TemporaryDirectory(prefix="helion-uki-") as directory:
        initrd = os.path.join(directory, "initrd.cpio")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initrd,
                        "init=" + os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/linux/init")], check=True)
        for path in (dependency(f"STUB_{arch.upper()}"), dependency(f"LINUX_{arch.upper()}"), initrd):
            with open(path, "rb") as f:
                parts.append(f.read())
    return parts


def alone(t, arch, console, **fields):
    """Debian's kernel in systemd's stub, with no entry file and no directory for any."""
    parts = read_debian(arch)
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
    register(f"{name}-uki-profiles", profiles, counted="uboot" not in name and name != "riscv64", **row)
register("x86_64-uki-default-profile", default_profile, arch="x86_64")
register("x86_64-uki-secure-profile", secure_profile, arch="x86_64")
register("x86_64-uki-stub-profile", stub_profile, arch="x86_64", console="ttyS0", smp=1, icount=True)
register("aarch64-uki-stub-profile", stub_profile, arch="aarch64", console="ttyAMA0")
register("riscv64-uki-stub-profile", stub_profile, arch="riscv64", console="ttyS0")
register("x86_64-uki-edited", edited, arch="x86_64")
register("x86_64-uki-debian", alone, arch="x86_64", console="ttyS0", smp=1, icount=True)    # one CPU: see test_chain.py
register("aarch64-uki-debian", alone, arch="aarch64", console="ttyAMA0")
register("riscv64-uki-debian", alone, arch="riscv64", console="ttyS0")
