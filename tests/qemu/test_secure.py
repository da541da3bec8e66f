"""Secure Boot with keys of one's own: what is signed or pinned starts, and what is not is refused with the reason."""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile

import keys
from harness import TOP, image, register, trust
from menu import ENTER, boot_menu, built, ends_well, entry, fields_for, flipped, type_keys

ISAS = ("x86_64", "aarch64")


# --- The loader itself ------------------------------------------------------------------------------------------------

def loader_refused(t, arch, what):
    """The firmware does not start it, whatever else is in order."""
    with keys.Enrolled(t, arch) as fields:
        name = f"EFI/BOOT/{image.EFI_FILES[arch]}"
        if what == "unsigned":
            fields["tampered"] = {name: built(arch, image.EFI_FILES[arch])}
        elif what == "altered":
            fields["tampered"] = {name: flipped}
        else:
            fields["tampered"] = {name: trust.sign(built(arch, image.EFI_FILES[arch]), keys.directory("stranger"))}
        machine = t.boot(arch=arch, **fields)
        machine.wait_for("Access Denied|Security Violation", timeout=120)
        machine.stop()
        t.check("Helion boot loader" not in machine.text, "the loader was started")


# --- What it starts ---------------------------------------------------------------------------------------------------

def decisions(t, arch):
    """Entries that are tried one after another, each refused for a reason of its own, until one is in order."""
    kernel, initrd, probe = built(arch, "kernel.elf"), built(arch, "initramfs.cpio"), built(arch, "tests/efi/probe.efi")
    helion = entry(arch)
    other = "helion /other/kernel.elf\ninitrd /other/initrd.cpio\noptions exit=qemu\n"
    late = hashlib.sha256(initrd).hexdigest()
    signed = {
        "00": other.replace("kernel", "altered"),
        "01": other.replace("initrd.cpio", "altered.cpio"),
        "02": helion,
        "05": f"helion /other/kernel.elf\ninitrd /late.cpio\noptions exit=qemu\nsha256 {'0' * 64} /late.cpio\n",
        "06": "helion /other/kernel.elf\ninitrd /late.cpio\noptions exit=qemu\n",
        "07": "efi /altered.efi\n",
        "08": "efi /probe.efi\noptions return words\n",
        "10": f"helion /other/kernel.elf\ninitrd /late.cpio\noptions verbose nokaslr exit=qemu\nsha256 {late} /late.cpio\n",
    }
    unsigned = {
        "03": helion,
        "04": "efi /probe.efi\noptions return\n",
        "09": "efi /unsigned.efi\n",
        "11": helion,       # not reached
    }
    stranger = keys.directory("stranger")
    forged = {f"loader/entries/{name}.conf": text.encode() for name, text in unsigned.items()}

    def numbered(name, text):
        return f"sort-key {name}\n{text}"

    files = {"other/kernel.elf": kernel, "other/altered.elf": kernel, "other/initrd.cpio": initrd, "other/altered.cpio": initrd,
             "probe.efi": probe, "altered.efi": probe}
    with keys.Enrolled(t, arch) as fields:
        fields["tampered"] = {
            "other/altered.elf": flipped, "other/altered.cpio": flipped, "altered.efi": flipped, "unsigned.efi": probe,
            "late.cpio": initrd,
            "loader/entries/02.conf": numbered("02", helion + "options init=/other\n").encode(),
            **{f"loader/entries/{name}.conf": numbered(name, text).encode() for name, text in unsigned.items()},
            "loader/manifests/stranger.efi": trust.manifest(arch, forged, stranger),
            "loader/manifests/unsigned.efi": trust.pe.data_image(arch, [(trust.SECTION, trust.manifest_text(forged).encode())]),
        }
        config = fields_for(arch, {name: numbered(name, text) for name, text in signed.items()}, files=files, **fields)
        text = t.run(timeout=240, **config)
    at = 0
    for name, message in (
            ("00", "Secure Boot: /other/altered.elf is not the file that stands in the signed manifest"),
            ("01", "Secure Boot: /other/altered.cpio is not the file that stands in the signed manifest"),
            ("02", "Secure Boot: boot entry 02.conf is not the one in the signed manifest, so it must not have a kernel"),
            ("03", "Secure Boot: boot entry 03.conf stands in no signed manifest, so it must not have a kernel"),
            ("04", "Secure Boot: boot entry 04.conf stands in no signed manifest, so it must not have options"),
            ("05", "/late.cpio is not the file that boot entry 05.conf demands"),
            ("06", "Secure Boot: /late.cpio stands in no signed manifest"),
            ("07", "the firmware does not allow /altered.efi to be started"),
            ("08", "/probe.efi ended: not ready"),
            ("09", "the firmware does not allow /unsigned.efi to be started")):
        end = text.find(f"boot entry {name}.conf was not started", at)
        t.check(end >= 0, f"boot entry {name} was not refused")
        t.check(message in text[at:end], f"boot entry {name}: {message!r} is not on the console")
        t.equal("probe: device" in text[at:end], name == "08", f"boot entry {name} runs a program")
        at = end
    for name in ("stranger", "unsigned"):
        t.contains(text, f"the firmware does not allow /loader/manifests/{name}.efi to be started")
    t.contains(text[at:], "Secure Boot: nokaslr has no effect")
    t.contains(text[at:], "init: all checks passed")


def program_alone(t, arch):
    """A program that is signed needs no entry in a manifest, if it is given nothing; nor does a unified image."""
    with keys.Enrolled(t, arch) as fields:
        data = trust.sign(trust.pe.unified(built(arch, "tests/efi/probe.efi"), b"kernel", "ID=a\n", "embedded"), keys.directory())
        machine = t.boot(arch=arch, remove=(f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf",),
                         tampered={"EFI/Linux/a.efi": data}, **fields)
        machine.wait_for(r"probe: options \[none\] 0 bytes", timeout=120)
        machine.wait_for("a.efi ended: success", timeout=120)


def editor(t, arch):
    """It is locked, and says so; what is in the menu starts as it is."""
    with keys.Enrolled(t, arch) as fields:
        machine = boot_menu(t, arch, {"only": entry(arch)}, "timeout menu-force\neditor yes\n", **fields)
        t.check("E: edit" not in machine.text and "K: enrol" not in machine.text, "the menu offers to edit or to enrol keys")
        type_keys(machine, "e")
        machine.wait_for("Secure Boot locks the editor", timeout=120)
        type_keys(machine, ENTER)
        ends_well(t, machine, ["only"])


def made_image(t, arch):
    """What mkimage --keys writes, as make image SIGN=1 does."""
    with keys.Enrolled(t, arch) as fields, tempfile.TemporaryDirectory(prefix="helion-secure-") as directory:
        path = os.path.join(directory, "signed.img")
        subprocess.run([os.path.join(TOP, "scripts/mkimage"), "--output", path, "--arch", arch, "--build",
                        os.path.join(TOP, "build", f"{arch}-gcc-debug"), "--options", "exit=qemu", "--keys", fields.pop("keys")],
                       check=True, capture_output=True)
        text = t.run(timeout=240, arch=arch, image=path, **fields)
        t.contains(text, "init: all checks passed")
        t.check(not re.search("warning|error", text), "there are complaints")


for isa in ISAS:
    for case in ("unsigned", "altered", "stranger"):
        register(f"{isa}-secure-loader-{case}", loader_refused, arch=isa, what=case)
    register(f"{isa}-secure-decisions", decisions, arch=isa)
    register(f"{isa}-secure-editor", editor, arch=isa)
    register(f"{isa}-secure-image", made_image, arch=isa)
register("x86_64-secure-program", program_alone, arch="x86_64")
