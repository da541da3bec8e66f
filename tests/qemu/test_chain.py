"""EFI programs and Linux kernels that the loader starts, and what it hands them.

tests/efi/probe.c is started in place of a kernel where it is enough that something prints what it was given; Debian's own
kernels are booted to the first program of an initrd that consists of nothing else (tests/linux/init.c).
"""

import hashlib
import os
import re
import subprocess
import tempfile

from harness import TOP, Config, dependency, register
from linux_tools import results, write_steps

NONE = "probe: initrd none"


def built(arch, name):
    return os.path.join(TOP, "build", f"{arch}-gcc-debug", name)


def entries(texts):
    """Entries that are tried in this order: as files of an image."""
    return {f"loader/entries/{number:02}.conf": f"sort-key {number:02}\n{text}".encode()
            for number, text in enumerate(texts)}


def parts(text, count):
    """What the console says while each of the entries is tried."""
    result, at = [], 0
    for number in range(count):
        name = f"boot entry {number:02}.conf was not started"
        end = text.find(name, at)
        if end < 0:
            raise AssertionError(f"{name!r} is not on the console")
        result.append(text[at:end])
        at = end
    return result + [text[at:]]


def compiled(source, *options):
    """A device tree, compiled by dtc."""
    with tempfile.TemporaryDirectory(prefix="helion-dtc-") as directory:
        path = os.path.join(directory, "tree")
        subprocess.run(["dtc", "-q", "-O", "dtb", "-o", path, *options], input=source.encode(), check=True)
        with open(path, "rb") as f:
            return f.read()


TREE = '/dts-v1/; / { probe = "file"; label: one { probe = "one"; }; };'
OVERLAY = """/dts-v1/; /plugin/;
&label { probe = "changed"; two { probe = "added"; }; };
&{/} { three { other = <&label>; probe = "root"; }; };"""


def start(t, arch, texts, files, **fields):
    """Try entries that all fail or end with a failure, and then boot Helion; the console while each was tried."""
    files = {"probe.efi": built(arch, "tests/efi/probe.efi"), **entries(texts), **files}
    text = t.run(timeout=240, arch=arch, files=files, cmdline="verbose", **fields)
    t.contains(text, "init: all checks passed")
    return parts(text, len(texts))


def programs(t, arch, **fields):
    probe = "/probe.efi"
    with open(built(arch, "tests/efi/probe.efi"), "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()
    broken = bytes.fromhex("4d5a") + bytes(4096)
    said = start(t, arch, [
        f"efi {probe}\noptions return first\noptions second \u03bb",
        f"efi {probe}\noptions exit",
        f"efi {probe}\noptions return verbose\nsha256 {digest} {probe}",
        f"efi {probe}\nsha256 {'0' * 64} {probe}",
        "efi /broken.efi", "efi /missing.efi", "efi /empty.efi",
        f"efi {probe}\nsha256 {digest} /other.efi",
        f"linux {probe}\noptions return",
    ], {"loader/random-seed": bytes(range(32)), "broken.efi": broken, "empty.efi": b""}, **fields)
    for text in said[:3]:
        for line in ("probe: device yes", r"probe: path \probe.efi", NONE):
            t.contains(text, line)
    t.contains(said[0], "probe: options [return first second ?] 44 bytes")
    t.contains(said[0], "/probe.efi ended: not ready")
    t.contains(said[1], "probe: options [exit]")
    t.contains(said[1], "/probe.efi ended: last words: aborted")
    t.contains(said[2], "/probe.efi has the SHA-256 that the boot entry demands")
    t.contains(said[2], "/probe.efi ended: not ready")
    t.contains(said[3], "/probe.efi is not the file that boot entry 03.conf demands")
    t.contains(said[4], "the firmware cannot load /broken.efi as an EFI image: ")
    t.contains(said[5], "cannot open /missing.efi: not found")
    t.contains(said[6], "/empty.efi is empty")
    t.contains(said[7], "sha256 is given for /other.efi, which the entry does not load")
    # The firmware has random numbers, so that Linux gets what the seed file becomes with them. Other programs do not know it.
    t.contains(said[0], "probe: seed none")
    t.contains(said[8], "probe: seed 32 bytes")
    for text in said[3:8]:
        t.check("probe:" not in text, f"a program ran: {text!r}")


def succeeds(t, arch, **fields):
    """A program that ends with success ends the loader."""
    machine = t.boot(arch=arch, files={"probe.efi": built(arch, "tests/efi/probe.efi"), **entries(["efi /probe.efi"])}, **fields)
    machine.wait_for(r"probe: options \[none\] 0 bytes\n", timeout=240)
    machine.wait_for("/probe.efi ended: success", timeout=120)
    machine.stop()
    t.check("was not started" not in machine.text, "it counts as failed")
    t.check("kernel: Helion" not in machine.text, "another entry was started")


def initrds(t, arch, **fields):
    """Several initrds come as one, padded to 4 bytes; what is missing or wrong keeps the kernel from being started."""
    contents = [b"first" * 1001, b"2", b"third part" * 99999]
    joined = b"".join(c + bytes(-len(c) % 4) for c in contents[:-1]) + contents[-1]
    lines = "".join(f"initrd /{n}.cpio\n" for n in range(3))
    pins = "".join(f"sha256 {hashlib.sha256(c).hexdigest()} /{n}.cpio\n" for n, c in enumerate(contents))
    kernel = "linux /probe.efi\noptions return\n"
    said = start(t, arch, [
        kernel + lines, kernel + lines + pins, kernel,
        kernel + lines + "initrd /missing.cpio\n",
        kernel + lines + f"sha256 {'0' * 64} /2.cpio\n",
        kernel + "initrd /empty.cpio\n",
        kernel + lines, kernel + lines, kernel + lines,
    ], {**{f"{n}.cpio": c for n, c in enumerate(contents)}, "empty.cpio": b""}, **fields)
    for n in (0, 1, 6, 7, 8):
        t.contains(said[n], f"probe: initrd status 0 size {len(joined)}\n")
        t.contains(said[n], f"probe: sha256 {hashlib.sha256(joined).hexdigest()}\n")
    t.contains(said[2], NONE)
    for n, message in ((3, "cannot open /missing.cpio: not found"), (4, "/2.cpio is not the file that boot entry"),
                       (5, "/empty.cpio is empty")):
        t.contains(said[n], message)
        t.check("probe:" not in said[n], f"the kernel was started: {said[n]!r}")
    free = [int(re.search(r"probe: free (\d+)", said[n]).group(1)) for n in (6, 7, 8)]
    # U-Boot loses a few pages with every image that it loads; what the loader takes for one is more than that.
    for before, after in zip(free, free[1:]):
        t.check(before - after <= (8 if "U-Boot" in said[0] else 0), f"free pages when the same kernel is started again: {free}")


def trees(t, arch, has_tree, **fields):
    """A tree of a file, with overlays; overlays on the firmware's tree; and the firmware's own is put back."""
    kernel = "linux /probe.efi\noptions return\n"
    path = """/dts-v1/; /plugin/; / { fragment@0 { target-path = "/"; __overlay__ { helion { probe = "overlay"; }; }; }; };"""
    said = start(t, arch, [
        kernel, kernel + "devicetree /tree.dtb", kernel + "devicetree /tree.dtb\ndevicetree-overlay /a.dtbo /path.dtbo",
        kernel + "devicetree-overlay /path.dtbo", kernel,
        kernel + "devicetree-overlay /a.dtbo",
        kernel + "devicetree /tree.dtb\ndevicetree-overlay /path.dtbo /missing.dtbo",
        kernel + "devicetree /tree.dtb\ndevicetree-overlay /garbage.dtbo",
        kernel + "devicetree /tree.dtb\ndevicetree-overlay /tree.dtb",
        kernel + f"devicetree /tree.dtb\ndevicetree-overlay /path.dtbo\nsha256 {'0' * 64} /path.dtbo",
        kernel + "devicetree /garbage.dtbo",
        f"helion /helion/{arch}/kernel.elf\ndevicetree /tree.dtb\ndevicetree-overlay /garbage.dtbo\n",
    ], {"tree.dtb": compiled(TREE, "-@"), "a.dtbo": compiled(OVERLAY, "-@"), "path.dtbo": compiled(path),
        "garbage.dtbo": b"garbage!" * 1000}, **fields)
    # U-Boot fixes up a tree that comes from a file.
    for n in (1, 2):
        t.equal("probe: tree fixed up by U-Boot" in said[n], "U-Boot" in said[0], "whether the tree was fixed up")
    own = "probe: tree yes" if has_tree else "probe: tree none"
    t.contains(said[0], own)
    for line in ("tree : file", "tree one: one"):
        t.contains(said[1], f"probe: {line}")
    for line in ("tree : file", "tree one: changed", "tree two: added", "tree three: root", "tree helion: overlay"):
        t.contains(said[2], f"probe: {line}")
    if has_tree:
        t.contains(said[3], "probe: tree helion: overlay")
        t.contains(said[5], "device-tree overlay /a.dtbo cannot be applied: ")
    else:
        t.contains(said[3], "there is no device tree that /path.dtbo could be applied to")
        t.contains(said[5], "there is no device tree that /a.dtbo could be applied to")
    t.contains(said[4], own)
    t.check("probe: tree :" not in said[4] and "helion: overlay" not in said[4], "the tree was not taken back")
    for n, message in ((6, "cannot open /missing.dtbo: not found"),
                       (7, "device-tree overlay /garbage.dtbo cannot be applied: not a device tree"),
                       (8, "device-tree overlay /tree.dtb cannot be applied: "),
                       (9, "/path.dtbo is not the file that boot entry"), (10, "device tree /garbage.dtbo: "),
                       (11, "device-tree overlay /garbage.dtbo cannot be applied: not a device tree")):
        t.contains(said[n], message)
        t.check("probe:" not in said[n], f"the kernel was started: {said[n]!r}")


def helion_overlay(t, arch, **fields):
    """A Helion kernel boots with an overlay on the firmware's tree."""
    path = """/dts-v1/; /plugin/; / { fragment@0 { target-path = "/"; __overlay__ { helion { probe = "overlay"; }; }; }; };"""
    entry = (f"helion /helion/{arch}/kernel.elf\ninitrd /helion/{arch}/initramfs.cpio\ndevicetree-overlay /path.dtbo\n"
             "options exit=qemu\n")
    t.contains(t.run(timeout=240, arch=arch, entry=entry, files={"path.dtbo": compiled(path)}, **fields),
               "init: all checks passed")


def machine_tree(output, **fields):
    """The device tree that QEMU makes for a machine, as a file."""
    config = Config(**fields)
    with tempfile.TemporaryDirectory(prefix="helion-dtb-") as directory:
        arguments = config.machine_arguments(directory)
        arguments[arguments.index("-machine") + 1] += f",dumpdtb={output}"
        subprocess.run([f"qemu-system-{config.arch}", *arguments, "-smp", str(config.smp), "-m", config.mem, "-display", "none",
                        "-nodefaults"], capture_output=True, check=True)


def debian(t, arch, console, fixed_up=None, **fields):
    """
    Debian's kernel finds the initrd, runs its program and powers the machine off. fixed_up: a property that only U-Boot can have
    put into the device tree, which comes from a file then.
    """
    tree = "/sys/firmware/devicetree/base/chosen/" + (fixed_up or "")
    kernel = dependency(f"LINUX_{arch.upper()}")
    with tempfile.TemporaryDirectory(prefix="helion-linux-") as directory:
        initrd, other = os.path.join(directory, "initrd.cpio"), os.path.join(directory, "other.cpio")
        mkcpio = os.path.join(TOP, "scripts/mkcpio")
        subprocess.run([mkcpio, initrd, "init=" + built(arch, "tests/linux/init")], check=True)
        subprocess.run([mkcpio, other, "file=" + __file__], check=True)
        files = {"debian/vmlinuz": kernel, "debian/initrd.cpio": initrd, "debian/other.cpio": other}
        more = ""
        if fixed_up:
            files["debian/tree.dtb"], files["debian/steps.cpio"] = (os.path.join(directory, name) for name in ("tree", "steps"))
            machine_tree(files["debian/tree.dtb"], arch=arch, mem="1G", **fields)
            write_steps(files["debian/steps.cpio"], ["mount sysfs sysfs /sys", f"show {tree}"])
            more = "devicetree /debian/tree.dtb\ninitrd /debian/steps.cpio\n"
        entry = (f"title Debian\nlinux /debian/vmlinuz\ninitrd /debian/other.cpio\ninitrd /debian/initrd.cpio\n"
                 f"options console={console} probe.word\noptions panic=-1\n{more}")
        text = t.run(timeout=400, arch=arch, mem="1G", entry=entry, files=files, **fields)
    for part in (f"console={console} probe.word panic=-1", "Run /init as init process", "probe: init runs"):
        t.contains(text, part)
    if fixed_up:
        t.equal([(step, result) for step, _, result in results(text)][1:], [(f"show {tree}", 0)], "what U-Boot has added")


ROWS = {
    "x86_64": ({"arch": "x86_64"}, False),
    "aarch64": ({"arch": "aarch64", "acpi": "off"}, True),
    "aarch64-uboot": ({"arch": "aarch64", "firmware": "uboot"}, True),
    "riscv64": ({"arch": "riscv64"}, True),
    "riscv64-edk2": ({"arch": "riscv64", "firmware": "edk2"}, True),
}
for name, (row, tree) in ROWS.items():
    register(f"{name}-chain-programs", programs, **row)
    register(f"{name}-chain-initrds", initrds, **row)
    register(f"{name}-chain-trees", trees, has_tree=tree, **row)
for name in ("x86_64", "aarch64-uboot"):
    register(f"{name}-chain-succeeds", succeeds, **ROWS[name][0])
for name in ("aarch64", "riscv64"):
    register(f"{name}-chain-helion-overlay", helion_overlay, **ROWS[name][0])
# One CPU: where several run, Linux replaces instructions under their feet by way of a breakpoint, and an emulated CPU may
# still meet that breakpoint after it was taken away again ("Oops: int3"). Time by instructions: Linux stops when timer interrupts
# do not come in time, and the host may have better things to do ("IO-APIC + timer doesn't work").
register("x86_64-chain-debian", debian, arch="x86_64", console="ttyS0", smp=1, icount=True)
register("aarch64-chain-debian", debian, arch="aarch64", console="ttyAMA0")
register("aarch64-uboot-chain-debian", debian, arch="aarch64", firmware="uboot", console="ttyAMA0", fixed_up="u-boot,version")
register("riscv64-chain-debian", debian, arch="riscv64", console="ttyS0", fixed_up="boot-hartid")
