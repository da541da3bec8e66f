"""The mark of success from Helion itself: init has /bin/bless take the counters off the name of the boot entry that was started."""

import os
import subprocess
import tempfile

from harness import PASSED, TOP, Config, register
from menu import ESP, entry, fields_for, started

EXTRA_DISK = ("-drive", "if=none,id=other,format=raw,file={other},snapshot=on", "-device", "nvme,drive=other,serial=other")


def names(disk):
    """The boot entries on the disk, and whether the file system is sound."""
    found = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::loader/entries"], capture_output=True, text=True, check=True)
    return sorted(line.rsplit("/", 1)[1] for line in found.stdout.split())


def check_volume(t, directory, disk):
    """fsck on a copy of the partition: nothing to repair."""
    volume = os.path.join(directory, "volume")
    with open(disk, "rb") as whole, open(volume, "wb") as part:
        whole.seek(int(ESP[2:]))
        part.write(whole.read()[:-2048 * 512])
    checked = subprocess.run(["fsck.vfat", "-n", volume], capture_output=True, text=True)
    t.equal((checked.returncode, "unused" in checked.stdout), (0, False), f"fsck, which said {checked.stdout!r}")


def make_disk(arch, directory, name, **fields):
    """A disk on which the only entry for this machine is that of a file with this name."""
    disk = os.path.join(directory, "disk.img")
    fields = fields_for(arch, {name: entry(arch, "title Helion", **fields)})
    Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **fields).write_image(disk)
    return disk


def marked(t, arch, name, counted, good, is_sound=True, **config):
    """It is counted, marked by the system that was started, and not counted any more."""
    with tempfile.TemporaryDirectory(prefix="helion-bless-") as directory:
        disk = make_disk(arch, directory, name)
        other = os.path.join(directory, "other.img")
        with open(other, "wb") as f:
            f.truncate(1 << 20)
        extra = tuple(word.format(other=other) for word in EXTRA_DISK)
        config = dict(arch=arch, image=disk, writable=True, disk="nvme", extra=extra, **config)
        text = t.run(**config)
        t.equal(started(text), [f"{counted}.conf"], "what was started first")
        t.contains(text, f"init: boot entry {counted}.conf is marked as good")
        t.equal(names(disk), [f"{good}.conf"], "entries on the disk")
        if is_sound:
            check_volume(t, directory, disk)
        text = t.run(**config)
        t.equal(started(text), [f"{good}.conf"], "what was started then")
        t.check("marked as good" not in text, "an entry that is not counted was marked")
        t.equal(names(disk), [f"{good}.conf"], "entries on the disk in the end")


def unmarked(t, arch, message, expect=PASSED, options="verbose exit=qemu", **config):
    """The tries stay counted."""
    with tempfile.TemporaryDirectory(prefix="helion-bless-") as directory:
        disk = make_disk(arch, directory, "helion+3", options=options)
        text = t.run(arch=arch, image=disk, writable=True, expect=expect, **config)
        t.contains(text, message)
        t.check("is marked as good" not in text, "it was marked")
        t.equal(names(disk), ["helion+2-1.conf"], "entries on the disk")


LONG = "helion-with-a-name-that-goes-through-several-entries-of-its-directory"
for isa in ("x86_64", "aarch64", "riscv64"):
    firmware = "edk2" if isa == "riscv64" else ""
    register(f"{isa}-bless", marked, arch=isa, firmware=firmware, name="helion+3", counted="helion+2-1", good="helion")
register("x86_64-bless-long-name", marked, arch="x86_64", name=f"{LONG}+12-7", counted=f"{LONG}+11-8", good=LONG)
register("aarch64-bless-devicetree", marked, arch="aarch64", acpi="off", name="helion+3", counted="helion+2-1", good="helion")
# U-Boot cannot rename; it writes a file for its variables to the volume, and leaves the count of free clusters as it was.
register("riscv64-bless-uboot", marked, arch="riscv64", name="helion+3", counted="helion+3", good="helion", is_sound=False)
register("x86_64-bless-no-driver", unmarked, arch="x86_64", message="there is no driver for the disk that it is on")
register("x86_64-bless-failed-check", unmarked, arch="x86_64", disk="nvme", expect=1, message="init: FAILED: 1 checks",
         options="verbose exit=qemu init.test=none-of-this-name")
