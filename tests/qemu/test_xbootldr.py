"""The extended boot loader partition: entries, kernels and unified images on another partition of the loader's disk."""

import os
import re
import subprocess
import tempfile

import keys
from harness import TOP, Config, image, register
from helion import pe
from menu import ENTER, ESP, HELP, built, entry, extended_at, flipped, started, type_keys

WORDS = b"these words\n"
TYPE = "bc13c2ff-59e6-4262-a352-b275fd6f7172"


def system(arch):
    """The kernel and its initramfs, which are on the extended partition only."""
    return {f"helion/{arch}/{name}": built(arch, name) for name in ("kernel.elf", "initramfs.cpio")}


def fields_for(arch, extended, own=None, loader_conf=b"timeout 0\n"):
    """Config fields: the loader's own partition has the loader, its preferences and these entries, the other all else."""
    return dict(arch=arch, files={"loader/loader.conf": loader_conf, **(own or {})},
                remove=(f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf", f"helion/{arch}/kernel.elf",
                        f"helion/{arch}/initramfs.cpio"), extended=extended)


def names(disk, at):
    found = subprocess.run(["mdir", "-b", "-i", disk + at, "::loader/entries"], capture_output=True, text=True)
    return sorted(line.rsplit("/", 1)[1] for line in found.stdout.split())


def counted(t, arch, **config):
    """An entry on the other partition is counted there, started from there, and marked as good there by what it started."""
    with tempfile.TemporaryDirectory(prefix="helion-xbootldr-") as directory:
        disk = os.path.join(directory, "disk.img")
        extended = {**system(arch), "loader/entries/helion+3.conf": entry(arch, "title Helion").encode()}
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **fields_for(arch, extended)).write_image(disk)
        text = t.run(arch=arch, image=disk, writable=True, disk="nvme", **config)
        t.equal(started(text), ["helion+2-1.conf"], "what was started")
        t.contains(text, "init: boot entry helion+2-1.conf is marked as good")
        t.equal(names(disk, extended_at(disk)), ["helion.conf"], "entries on the extended partition")
        t.equal(names(disk, ESP), [], "entries on the loader's partition")


def everywhere(t, arch, **config):
    """One list of what is on both, in order; files come from where the entry is; another disk's partition is not looked at."""
    probe = built(arch, "tests/efi/probe.efi")
    own = {"loader/entries/b.conf": b"title Own\nsort-key b\nefi /probe.efi\noptions own\n", "probe.efi": probe}
    extended = {
        "loader/entries/a.conf": b"title Extended\nsort-key a\nlinux /words.efi\ninitrd /words\noptions path\n",
        "loader/entries/c.conf": b"title Nothing there\nsort-key c\nefi /probe.efi\n",
        "EFI/Linux/image.efi": pe.unified(probe, b"kernel", "ID=d\nPRETTY_NAME=Image\n", "unified"),
        "words.efi": probe, "words": WORDS,
        # An entry of the loader's own path is another program here.
        f"EFI/BOOT/{image.EFI_FILES[arch]}": probe,
        "loader/entries/e.conf": f"title Not the loader\nsort-key e\nefi /EFI/BOOT/{image.EFI_FILES[arch]}\noptions other\n".encode(),
        "loader/loader.conf": b"timeout 0\neditor no\n",
    }
    with tempfile.TemporaryDirectory(prefix="helion-xbootldr-") as directory:
        other = os.path.join(directory, "other.img")
        build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
        Config(build=build, **fields_for(arch, {"loader/entries/z.conf": b"title Other disk\nefi /none.efi\n"})).write_image(other)
        # The same GUIDs, as a copy of a disk has them.
        machine = t.boot(extra=("-drive", f"if=none,id=other,format=raw,file={other},snapshot=on", "-device", "virtio-blk-pci,drive=other"),
                         **fields_for(arch, extended, own, b"timeout menu-force\nauto-firmware no\nauto-entries no\n"), **config)
        machine.wait_for(HELP, timeout=120)
        for text in ("Extended", "Own", "Nothing there", "Image", "Not the loader", "a.conf on XBOOTLDR"):
            machine.wait_for(text, timeout=30)
        t.check("Other disk" not in machine.text, "the partition of another disk was used")
        for key, message, partition in (
                ("1", "/words.efi ended: success", "2"), ("2", "/probe.efi ended: success", "1"),
                ("3", "c.conf was not started: cannot open /probe.efi: not found", None),
                ("4", "image.efi ended: success", "2"), ("5", f"{image.EFI_FILES[arch]} ended: success", "2")):
            before = len(machine.text)
            type_keys(machine, key, ENTER)
            machine.wait_for(message, timeout=60)
            text = machine.text[before:]
            t.equal(re.findall(r"probe: partition (\d)", text), [partition] if partition else [], f"partition of entry {key}")
            if key == "1":
                t.contains(text, f"probe: initrd status 0 size {len(WORDS)}")
        machine.stop()


def without_file_system(t, arch):
    """A warning, and what is on the loader's partition is started."""
    with tempfile.TemporaryDirectory(prefix="helion-xbootldr-") as directory:
        disk = os.path.join(directory, "disk.img")
        Config(arch=arch, build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), extended={}).write_image(disk)
        at = int(extended_at(disk)[2:])
        with open(disk, "r+b") as f:
            f.seek(at)
            f.write(bytes(4096))
        text = t.run(arch=arch, image=disk)
        t.contains(text, "the extended boot loader partition is not used, the firmware cannot open the volume")


def own_type(t, arch):
    """A loader that lies on such a partition itself has one volume, and lists its entries once."""
    with tempfile.TemporaryDirectory(prefix="helion-xbootldr-") as directory:
        disk = os.path.join(directory, "disk.img")
        Config(arch=arch, build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), entry=entry(arch, "title Only one"),
               files={"loader/loader.conf": b"timeout menu-force\nauto-firmware no\nauto-entries no\n"}).write_image(disk)
        subprocess.run(["sgdisk", "-t", f"1:{TYPE}", disk], capture_output=True, check=True)
        machine = t.boot(arch=arch, image=disk)
        machine.wait_for(HELP, timeout=120)
        machine.stop()
        t.equal(re.findall(r"[> ] (\d)  Only one", machine.text), ["1"], "entries")


def damaged_table(t, arch):
    """The backup of the partition table does."""
    with tempfile.TemporaryDirectory(prefix="helion-xbootldr-") as directory:
        disk = os.path.join(directory, "disk.img")
        extended = {**system(arch), "loader/entries/helion.conf": entry(arch, "title Helion").encode()}
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **fields_for(arch, extended)).write_image(disk)
        with open(disk, "r+b") as f:
            f.seek(512)
            f.write(bytes(512))
        text = t.run(arch=arch, image=disk, writable=False)
        t.equal(started(text), ["helion.conf"], "what was started")


def secure(t, arch, tampered, expected):
    """Under Secure Boot the manifests of both partitions count, and what they do not have is not started from either."""
    extended = {**system(arch), "loader/entries/helion.conf": entry(arch, "sort-key a").encode()}
    with keys.Enrolled(t, arch) as enrolled:
        fields = fields_for(arch, extended)
        fields["remove"] = fields["remove"][:1]
        fields["files"]["loader/entries/own.conf"] = entry(arch, "sort-key b").encode()
        text = t.run(**fields, **enrolled, tampered={path: flipped for path in tampered})
    t.equal(started(text), expected, "entries that were started")
    for path in tampered:
        t.contains(text, f"Secure Boot: /{path} is not the file that stands in the signed manifest")


for isa in ("x86_64", "aarch64", "riscv64"):
    register(f"{isa}-xbootldr-counted", counted, arch=isa, firmware="edk2")
    register(f"{isa}-xbootldr-menu", everywhere, arch=isa)
register("riscv64-xbootldr-edk2-menu", everywhere, arch="riscv64", firmware="edk2")
register("x86_64-xbootldr-no-file-system", without_file_system, arch="x86_64")
register("x86_64-xbootldr-own-type", own_type, arch="x86_64")
register("x86_64-xbootldr-backup-table", damaged_table, arch="x86_64")
for isa in ("x86_64", "aarch64"):
    register(f"{isa}-xbootldr-secure", secure, arch=isa, tampered=(), expected=["helion.conf"])
    register(f"{isa}-xbootldr-secure-altered", secure, arch=isa, tampered=(f"helion/{isa}/kernel.elf",),
             expected=["helion.conf", "own.conf"])
