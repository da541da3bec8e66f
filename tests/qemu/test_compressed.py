"""Kernels, initramfs, modules and EFI programs that are compressed: they boot, and damaged ones are refused."""

import gzip
import hashlib
import os
import re
import subprocess

from harness import TOP, register


def built(arch, name):
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", name), "rb") as f:
        return f.read()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def compressed(t, arch, **fields):
    """One boot: entries with damaged files are refused in turn, an EFI program runs, and the last entry boots."""
    kernel, initrd = built(arch, "kernel.elf"), built(arch, "initramfs.cpio")
    probe = built(arch, "tests/efi/probe.efi")
    packed, packed_initrd = gzip.compress(kernel, mtime=0), zstd(initrd)
    flipped = bytearray(packed)
    flipped[-6] ^= 0x40     # in the checksum
    files = {
        "kernel.gz": packed, "initrd.zst": packed_initrd, "kernel.zst": zstd(kernel),
        "initrd.gz": gzip.compress(initrd, mtime=0), "probe.gz": gzip.compress(probe, mtime=0),
        "flipped.gz": bytes(flipped), "short.gz": packed[:-100], "short.zst": packed_initrd[:-100],
        "garbage.zst": packed_initrd[:16] + os.urandom(4096), "bomb.gz": gzip.compress(bytes(700 << 20), 1, mtime=0),
    }
    texts = [
        ("helion /flipped.gz\ninitrd /initrd.zst",
         r"cannot decompress /flipped\.gz \(gzip\): its checksum is wrong"),
        ("helion /short.gz\ninitrd /initrd.zst", r"cannot decompress /short\.gz \(gzip\): it ends too early"),
        ("helion /kernel.gz\ninitrd /short.zst", r"cannot decompress /short\.zst \(zstd\): it ends too early"),
        ("helion /kernel.gz\ninitrd /garbage.zst", r"cannot decompress /garbage\.zst \(zstd\): "),
        # 700 MiB in a machine of 512.
        ("helion /kernel.gz\ninitrd /bomb.gz",
         r"cannot get memory to decompress /bomb\.gz \(gzip\): not enough memory"),
        # The pin is of the content, not of the file.
        (f"helion /kernel.gz\ninitrd /initrd.zst\nsha256 {sha256(packed)} /kernel.gz", r"/kernel\.gz is not the file"),
        ("efi /probe.gz\noptions return compressed", r"/probe\.gz ended: "),
    ]
    for number, (text, _) in enumerate(texts):
        files[f"loader/entries/{999 - number}.conf"] = text.encode()
    good = (f"helion /kernel.zst\ninitrd /initrd.gz\nmodule /kernel.gz words\nsha256 {sha256(kernel)} /kernel.zst\n"
            f"sha256 {sha256(initrd)} /initrd.gz\nsha256 {sha256(kernel)} /kernel.gz\noptions verbose exit=qemu\n")
    console = t.run(timeout=300, arch=arch, files=files, entry=good, **fields)
    at = 0
    for number, (_, message) in enumerate(texts):
        end = console.find(f"boot entry {999 - number}.conf was not started", at)
        t.check(end >= 0, f"entry {999 - number} was not refused in its turn")
        # Some consoles wrap lines at 80 columns.
        t.check(re.search(f"loader: error: {message}", console[at:end].replace("\n", "")),
                f"no error matches {message!r}: {console[at:end]!r}")
        at = end
    t.contains(console, "probe: options [return compressed]")
    t.contains(console, f"/kernel.zst: {len(files['kernel.zst'])} bytes of zstd are {len(kernel)} bytes")
    t.contains(console, f"module /kernel.gz: {len(kernel)} bytes")
    t.contains(console, "init: all checks passed")


register("x86_64-compressed", compressed, arch="x86_64")
register("aarch64-compressed", compressed, arch="aarch64")
register("riscv64-edk2-compressed", compressed, arch="riscv64", firmware="edk2")
register("riscv64-uboot-compressed", compressed, arch="riscv64", firmware="uboot")
register("aarch64-uboot-compressed", compressed, arch="aarch64", firmware="uboot")
