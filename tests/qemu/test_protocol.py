"""The boot loader and its protocol: the state at entry, the example kernel, and what is refused."""

import os
import re
import struct

from harness import TOP, register
from matrix import ROWS

ISAS = ("x86_64", "aarch64", "riscv64")


def example(arch, name):
    return os.path.join(TOP, "build", f"{arch}-gcc-debug", "examples", f"{name}.elf")


# --- The state at entry -----------------------------------------------------------------------------------------------

def state(t, **fields):
    """docs/examples/state-kernel compares everything with docs/boot-protocol.md."""
    machine = t.boot(kernel=example(fields["arch"], "state-kernel"), **fields)
    machine.wait_for(r"state: \d+ passed, \d+ failed", timeout=120)
    t.check("not ok" not in machine.text, "a check failed")
    t.contains(machine.text, ", 0 failed")


# A machine of each kind of firmware, boot device tree or ACPI, exception level, and size of memory.
for name in ("x86_64-edk2-virtio", "x86_64-edk2-system", "x86_64-edk2-4cpu-4G", "x86_64-uboot",
             "aarch64-edk2-gic2-el1", "aarch64-edk2-gic3-el2", "aarch64-edk2-max", "aarch64-edk2-system",
             "aarch64-edk2-devicetree", "aarch64-uboot-gic2-el2", "aarch64-uboot-4cpu-4G", "aarch64-uboot-system",
             "aarch64-raspi3b", "riscv64-uboot", "riscv64-uboot-system", "riscv64-edk2", "riscv64-edk2-4cpu-4G"):
    register(f"{name}-state", state, **ROWS[name])
register("aarch64-uboot-max-el2-state", state, arch="aarch64", firmware="uboot", cpu="max", el2=True, gic=3)


# --- The example kernel -----------------------------------------------------------------------------------------------

def hello(t, arch):
    """It prints, and its disc can be seen: the middle of the screen has all the blue that the corners lack."""
    path = os.path.join(TOP, "build/test/screenshots", f"{arch}-hello.ppm")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    t.run(arch=arch, timeout=120, kernel=example(arch, "hello-kernel"))
    # Once more, without the word by which it would end the machine.
    machine = t.boot(arch=arch, kernel=example(arch, "hello-kernel"), exit_device=False)
    machine.wait_for(r"drawn", timeout=120)
    t.contains(machine.text, "hello from a kernel of the Helion boot protocol, loaded by Helion boot loader")
    machine.screenshot(path)
    with open(path, "rb") as f:
        data = f.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    t.check(header, "the screenshot is no PPM file")
    width, height = int(header.group(1)), int(header.group(2))
    pixels = data[header.end():]

    def blue(x, y):
        return pixels[3 * (y * width + x) + 2]

    t.equal(blue(width // 2, height // 2), 255, "blue in the middle")
    t.equal(blue(2, height // 2), 0, "blue at the edge")


for isa in ISAS:
    register(f"{isa}-hello", hello, arch=isa)


# --- What is refused --------------------------------------------------------------------------------------------------

def refused(t, messages, **fields):
    """Each message is on the console, nothing is run, and the loader says that it gives up."""
    machine = t.boot(**fields)
    machine.wait_for(r"nothing could be started", timeout=120)
    for message in messages:
        t.contains(machine.text, message)
    t.check("kernel:" not in machine.text and "hello" not in machine.text, "something was run")


def missing_initramfs(t, arch):
    path = f"helion/{arch}/initramfs.cpio"
    refused(t, (f"cannot open /{path}: not found", "was not started"), arch=arch, remove=(path,))


def wrong_machine(t, arch):
    other = ISAS[ISAS.index(arch) - 1]
    refused(t, (f"this is {arch}",), arch=arch, kernel=example(other, "hello-kernel"))


for isa in ISAS:
    register(f"{isa}-loader-missing-initramfs", missing_initramfs, arch=isa)
    register(f"{isa}-loader-wrong-machine", wrong_machine, arch=isa)


def kernel_image(change=None):
    """The example kernel with (offset, format, value) changes to its headers."""
    with open(example("x86_64", "hello-kernel"), "rb") as f:
        data = bytearray(f.read())
    for offset, form, value in change(data) if change else ():
        struct.pack_into(form, data, offset, value)
    return data


def headers(data, wanted):
    """Offsets of the program headers of one type."""
    start, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    return [start + i * size for i in range(count) if struct.unpack_from("<I", data, start + i * size)[0] == wanted]


def loads(data):
    return headers(data, 1)


# Name: (bytes of the kernel, what the loader says)
KERNELS = {
    "truncated": (lambda: kernel_image()[:5000], "a segment reaches beyond the end of the file"),
    "empty": (lambda: b"", "too short"),
    "text": (lambda: b"#!/bin/sh\n" * 100, "not an ELF file"),
    "overlap": (lambda: kernel_image(lambda d: [(loads(d)[1] + 16, "<Q", struct.unpack_from("<Q", d, loads(d)[0] + 16)[0])]),
                "kernel.elf: "),
    "huge": (lambda: kernel_image(lambda d: [(loads(d)[-1] + 40, "<Q", 1 << 62)]), "kernel.elf: "),
    "wraps": (lambda: kernel_image(lambda d: [(loads(d)[-1] + 40, "<Q", (1 << 64) - 4096)]), "kernel.elf: "),
    "entry": (lambda: kernel_image(lambda d: [(24, "<Q", 0x1000)]), "entry point"),
    "writable-code": (lambda: kernel_image(lambda d: [(loads(d)[0] + 4, "<I", 7)]), "writable and executable"),
    "no-note": (lambda: kernel_image().replace(b"Helion\0", b"Helium\0"), "is not for the Helion boot protocol"),
    "newer": (lambda: kernel_image().replace(b"Helion\0\0\1\0\0\0", b"Helion\0\0\2\0\0\0"), "needs version 2.0"),
}


def bad_kernel(t, name):
    data, message = KERNELS[name]
    refused(t, ("loader: error: ", message), arch="x86_64", files={"helion/x86_64/kernel.elf": bytes(data())})


for bad in KERNELS:
    register(f"x86_64-loader-kernel-{bad}", bad_kernel, name=bad)


def too_little_memory(t):
    refused(t, ("bytes of memory for /helion/", "not enough memory"), arch="x86_64", mem="256M",
            files={"helion/x86_64/initramfs.cpio": bytes(300 << 20)})


def next_entry(t):
    """Entries that cannot be booted are named, with the reason, and the next one is tried: later names come first."""
    text = t.run(arch="x86_64", timeout=120, kernel=example("x86_64", "hello-kernel"), files={
        "loader/entries/z1.conf": b"helion /missing\n",
        "loader/entries/z2.conf": b"helion /\0damaged\n",
        "loader/entries/z3.conf": b"title other\narchitecture aa64\nhelion /missing-too\n",
        "loader/entries/z4.conf": b"title nothing\n",
        "loader/entries/z5.conf": b"helion /helion/x86_64/kernel.elf\nsha256 " + b"0" * 64 + b" /helion/x86_64/kernel.elf\n",
    })
    for message in ("cannot open /missing: not found", "z1.conf was not started", "z2.conf, line 1: ", "z4.conf: ",
                    "z5.conf was not started", "hello from a kernel"):
        t.contains(text, message)
    t.check("missing-too" not in text, "an entry for another architecture was tried")


register("x86_64-loader-too-little-memory", too_little_memory)
register("x86_64-loader-next-entry", next_entry)
