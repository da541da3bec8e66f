"""What the loader calls of the firmware for a boot with a large initramfs: each file is read at once into its place."""

import os
import re
import subprocess
import tempfile

from harness import TOP, image, register

LINE = re.compile(r"^calls: (\S+) (\d+) (\d+) (\d+)\s*$", re.MULTILINE)


def counted(t, arch, size):
    """{call: (how often, bytes in all, largest)}, and the size of the initramfs."""
    build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
    with tempfile.TemporaryDirectory(prefix="helion-calls-") as directory:
        data, initramfs = os.path.join(directory, "data"), os.path.join(directory, "initramfs.cpio")
        with open(data, "wb") as f:
            f.truncate(size)
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs, os.path.join(TOP, "images/initramfs"),
                        os.path.join(build, "initramfs"), f"bench/data={data}"], check=True)
        text = t.run(timeout=240, arch=arch, smp=1, mem="1G", initramfs=initramfs, loader=os.path.join(build, "tests/efi/calls.efi"),
                     files={"boot.efi": os.path.join(build, image.EFI_FILES[arch])})
        length = os.path.getsize(initramfs)
    t.contains(text, "calls: done")
    t.contains(text, "init: all checks passed")
    return {name: tuple(int(n) for n in numbers) for name, *numbers in LINE.findall(text)}, length


def reads(t, arch):
    small, _ = counted(t, arch, 1 << 10)
    large, length = counted(t, arch, 64 << 20)
    count, total, largest = large["File.Read"]
    t.check(largest == length, f"the largest read has {largest} bytes, the initramfs {length}")
    t.equal(count, small["File.Read"][0], "reads for a small and a large initramfs")
    t.check(total - length < 1 << 20, f"{total} bytes were read for an initramfs of {length}")
    # It is taken once, for the place where it stays.
    t.equal(large["AllocatePages"][0], small["AllocatePages"][0], "allocations for a small and a large initramfs")
    t.check(large["AllocatePages"][1] - small["AllocatePages"][1] <= 65 << 20, "memory for it is taken twice")


for isa in ("x86_64", "aarch64", "riscv64"):
    register(f"{isa}-firmware-calls", reads, arch=isa)
