"""The loader's configuration: loader.conf, the order of boot entries, the default one, boot counting."""

import os
import re
import subprocess
import tempfile

from harness import FAILED, PASSED, TOP, Config, image, register

ESP = f"@@{image.START * image.SECTOR}"


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
    return re.findall(r"^loader: boot entry (\S+\.conf): ", text, re.MULTILINE)


def starts(t, expected, arch, entries, loader_conf=None, **fields):
    text = t.run(timeout=240, **fields_for(arch, entries, loader_conf, **fields))
    t.equal(started(text), [f"{name}.conf" for name in expected], "boot entries that were started")
    t.contains(text, "init: all checks passed")
    return text


# --- Order and default ------------------------------------------------------------------------------------------------

def order(t, arch, **fields):
    """Every entry fails but the last, which is out of tries: the order is that of the Boot Loader Specification."""
    missing = "helion /none.elf\n"
    text = t.run(timeout=240, **fields_for(arch, {
        "b-3": f"{missing}sort-key a\nversion 1",
        "a-9": f"{missing}sort-key b\nmachine-id 1\nversion 9",
        "a-10": f"{missing}sort-key b\nmachine-id 1\nversion 10~rc1",
        "z-1": f"{missing}sort-key b\nmachine-id 2\nversion 11",
        "m-1": f"{missing}sort-key c",
        "b": missing,
        "c": missing,
        "n+0-3": entry(arch, "sort-key 0"),
        "other": f"{missing}sort-key 0\narchitecture {'aa64' if arch == 'x86_64' else 'x64'}",
    }, **fields))
    refused = re.findall(r"^loader: boot entry (\S+)\.conf was not started", text, re.MULTILINE)
    t.equal(refused, ["b-3", "a-10", "a-9", "z-1", "m-1", "c", "b"], "boot entries that failed")
    t.contains(text, "init: all checks passed")


def default(t, arch, loader_conf, expected, message=None, **fields):
    entries = {name: entry(arch, f"version {name[-1]}") for name in ("linux-1", "helion-1", "helion-2")}
    entries["bad+0-1"] = entry(arch, "sort-key a")
    text = starts(t, [expected], arch, entries, loader_conf, **fields)
    if message:
        t.check(re.search(message, text), f"no line matches {message!r}")


for name, conf, expected, message in (
        ("none", None, "linux-1", None),
        ("glob", "default helion-*\n", "helion-2", None),
        ("exact", "default HELION-1.conf\n", "helion-1", None),
        ("exhausted", "default bad\n", "bad+0-2", None),
        ("exhausted-glob", "default b*\n", "linux-1", 'warning: .*no boot entry for default "b\\*"'),
        ("unknown", "default bsd\ncolour green\n", "linux-1", 'warning: .*line 2: unknown key: "colour"'),
        ("damaged", "default helion-1\nx\0", "linux-1", "warning: .*loader.conf, line 2: .*: the file is ignored")):
    register(f"x86_64-menu-default-{name}", default, arch="x86_64", loader_conf=conf, expected=expected, message=message)


# --- Boot counting ----------------------------------------------------------------------------------------------------

def names(disk):
    """The boot entries on the image."""
    text = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::loader/entries"], capture_output=True, text=True,
                          check=True).stdout
    return sorted(line.rsplit("/", 1)[1] for line in text.split() if line.endswith(".conf"))


def counting(t, arch, **fields):
    """A new system that does not come up is given up after two tries; one that does and says so is kept."""
    with tempfile.TemporaryDirectory(prefix="helion-menu-") as directory:
        disk = os.path.join(directory, "disk.img")
        config = fields_for(arch, {"new+2": entry(arch, "sort-key a", options="verbose exit=qemu panic=message"),
                                   "old": entry(arch, "sort-key b")}, "default *\n", **fields)
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **config).write_image(disk)
        for expected, left, status in (("new+1-1", "new+1-1", FAILED), ("new+0-2", "new+0-2", FAILED),
                                       ("old", "new+0-2", PASSED), ("old", "new+0-2", PASSED)):
            text = t.run(timeout=240, expect=status, arch=arch, image=disk, writable=True, **fields)
            t.equal(started(text), [f"{expected}.conf"], "boot entries that were started")
            t.equal(names(disk), sorted([f"{left}.conf", "old.conf"]), "boot entries on the disk")
        # What a running system does when it came up well.
        subprocess.run(["mren", "-i", disk + ESP, "::loader/entries/new+0-2.conf", "new.conf"], check=True)
        text = t.run(timeout=240, expect=FAILED, arch=arch, image=disk, writable=True, **fields)
        t.equal(started(text), ["new.conf"], "boot entries that were started")
        t.equal(names(disk), ["new.conf", "old.conf"], "boot entries on the disk")


def cannot_count(t, arch, **fields):
    """A firmware that cannot rename files: the entry is started all the same, with a warning."""
    text = starts(t, ["new+2"], arch, {"new+2": entry(arch)}, **fields)
    t.contains(text, "warning: the try of new+2.conf is not counted, its file cannot be renamed: ")


for isa, row in {"x86_64": {"arch": "x86_64"}, "aarch64": {"arch": "aarch64"},
                 "riscv64-edk2": {"arch": "riscv64", "firmware": "edk2"}}.items():
    register(f"{isa}-menu-counting", counting, **row)
for isa, row in {"x86_64": {"arch": "x86_64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"}}.items():
    register(f"{isa}-menu-order", order, **row)
register("aarch64-uboot-menu-cannot-count", cannot_count, arch="aarch64", firmware="uboot")
