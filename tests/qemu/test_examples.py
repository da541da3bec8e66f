"""The library's examples, each booted in place of init: processes, a server with clients, a driver."""

import os
import subprocess
import tempfile

from harness import TOP, register

ISAS = ("x86_64", "aarch64", "riscv64")


def booted(directory, arch, program):
    """An initramfs in which the program is /init, beside all others."""
    build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
    initramfs = os.path.join(directory, "example.cpio")
    subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs, os.path.join(TOP, "images/initramfs"),
                    os.path.join(build, "initramfs"), "init=" + os.path.join(build, "initramfs/bin", program)], check=True)
    return initramfs


def example(t, arch, program, smp, lines):
    with tempfile.TemporaryDirectory(prefix="helion-example-") as directory:
        text = t.run(timeout=240, arch=arch, smp=smp, initramfs=booted(directory, arch, program))
    for line in lines:
        t.contains(text, line)


for isa in ISAS:
    for cpus in (1, 4):
        register(f"{isa}-example-counter-{cpus}cpu", example, arch=isa, program="counter", smp=cpus,
                 lines=("counter: one counted to 500500", "counter: two counted to 500500"))
        register(f"{isa}-example-family-{cpus}cpu", example, arch=isa, program="family", smp=cpus,
                 lines=("hello, world", "family: nothing is left of the children"))
    register(f"{isa}-example-hello", example, arch=isa, program="hello", smp=1, lines=(f"hello, world, from {isa} with 1 CPUs",))
