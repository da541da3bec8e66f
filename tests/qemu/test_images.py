"""The images that people write to a medium, byte for byte, boot on every machine of their board that QEMU has."""

import os
import threading

from checks import colour_bars, good_boot, skip_without_card
from harness import TOP, register
from helion import boards

LOCK = threading.Lock()
MADE = set()


def board_image(name):
    """The image of a board as `make image` writes it, made once in each run of the tests."""
    path = os.path.join(TOP, "build/test/images", f"helion-{name}.img")
    with LOCK:
        if name not in MADE:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            boards.write(boards.load(name), path, os.path.join(TOP, "build"), "gcc-release")
            MADE.add(name)
    return path


def boots(t, name, mem="512M", smp=4, screen=False, **fields):
    """To the end of init's checks. An image for people says so and stays, so that it can be read."""
    skip_without_card(t, fields.get("board"))
    machine = t.boot(image=board_image(name), **fields)
    machine.wait_for(r"init: halted", timeout=240)
    good_boot(t, machine.text, mem=mem, smp=smp)
    if screen:
        colour_bars(t, machine, t.name)


for disk in ("usb", "nvme", "cd"):
    register(f"x86_64-image-pc-{disk}", boots, name="pc", arch="x86_64", disk=disk)
register("aarch64-image-virt", boots, name="virt-aarch64", arch="aarch64", firmware="uboot")
register("riscv64-image-virt", boots, name="virt-riscv64", arch="riscv64", firmware="edk2")
register("x86_64-image-all", boots, name="all", arch="x86_64", disk="usb")
register("aarch64-image-all", boots, name="all", arch="aarch64", disk="usb")
register("riscv64-image-all", boots, name="all", arch="riscv64", firmware="edk2", disk="usb")
register("aarch64-image-all-cd", boots, name="all", arch="aarch64", disk="cd")
register("aarch64-image-rpi3", boots, name="rpi3", arch="aarch64", board="raspi3b", mem="1G", screen=True)
register("riscv64-image-unleashed", boots, name="unleashed", arch="riscv64", board="sifive_u", firmware="spl", mem="8G")
