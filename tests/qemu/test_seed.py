"""The seed file, on machines without any other source of random numbers: what a boot gets, and what it leaves on the disk."""

import os
import re
import subprocess
import tempfile

from harness import TOP, Config, register
from menu import ESP, entry

SEED_FILE, SEED_ANY, KASLR = 1 << 8, 1 << 2 | 1 << 3 | 1 << 7 | 1 << 8, 1 << 4


def content(disk):
    """The seed file on the image."""
    return subprocess.run(["mtype", "-i", disk + ESP, "::loader/random-seed"], capture_output=True, check=True).stdout


def tree(arch, directory, machine, cpu):
    """QEMU's device tree without the random numbers that it puts there."""
    path = os.path.join(directory, "machine.dtb")
    subprocess.run([f"qemu-system-{arch}", "-machine", f"{machine},dumpdtb={path}", "-cpu", cpu, "-smp", "4", "-m", "512M", "-display",
                    "none", "-nodefaults"], capture_output=True, check=True)
    subprocess.run(["fdtput", "-d", path, "/chosen", "rng-seed"], check=True)
    return path


def state(t, **fields):
    """Boot docs/examples/state-kernel, which has checked what it was given: flags, seed and slide."""
    machine = t.boot(entropy=False, **fields)
    machine.wait_for(r"state: \d+ passed, 0 failed", timeout=240)
    machine.stop()
    found = [re.search(rf"# {name} 0x([0-9a-f]+)", machine.text) for name in ("flags", "seed", "slide")]
    t.check(all(found), "the state kernel does not say what it got")
    return (machine.text, *(int(match.group(1), 16) for match in found))


def seeds(t, arch, machine=None, **fields):
    """Each boot replaces the file, and gets another seed; slides differ too. Of a disk that is read-only nothing is used."""
    first = bytes(range(100, 164))
    with tempfile.TemporaryDirectory(prefix="helion-seed-") as directory:
        disk = os.path.join(directory, "disk.img")
        files, line = {"loader/random-seed": first}, ""
        if machine:
            files["machine.dtb"] = tree(arch, directory, machine, fields["cpu"])
            line = "devicetree /machine.dtb\n"
        Config(arch=arch, build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), files=files, entry=entry(arch) + line,
               kernel=os.path.join(TOP, "build", f"{arch}-gcc-debug/examples/state-kernel.elf"), **fields).write_image(disk)
        files, results = [first], []
        for _ in range(3):
            text, flags, seed, slide = state(t, arch=arch, image=disk, writable=True, **fields)
            t.check("random-seed" not in text, "the loader complains of the seed file")
            t.equal(flags & (SEED_ANY | KASLR), SEED_FILE | KASLR, "flags")
            files.append(content(disk))
            results.append((seed, slide))
        t.equal([len(file) for file in files], [64] * 4, "sizes of the file")
        t.equal(len(set(files)), 4, "different files")
        t.equal(len({seed for seed, _ in results}), 3, "different seeds")
        # There are some five hundred slides.
        t.check(len({slide for _, slide in results}) > 1, "all slides are the same")
        text, flags, seed, slide = state(t, arch=arch, image=disk, read_only=True, **fields)
        t.contains(text, "warning: /loader/random-seed is not used, it cannot be ")
        t.equal((flags & (SEED_ANY | KASLR), seed, slide), (0, 0, 0), "what a boot from a read-only disk gets")
        t.equal(content(disk), files[-1], "the seed file on the read-only disk")


register("x86_64-seed-file", seeds, arch="x86_64", cpu="max,-rdrand,-rdseed")
register("aarch64-seed-file", seeds, arch="aarch64", firmware="uboot", cpu="cortex-a72", machine="virt,gic-version=3")
register("riscv64-seed-file", seeds, arch="riscv64", cpu="rv64", machine="virt")
