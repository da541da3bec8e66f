"""The longest stretches of instructions in the kernel, which are the longest times with interrupts off.

A boot is followed by a plugin of the emulator until it ends. The kernel runs with interrupts off from the moment it is entered until
it is left, or lets them in by itself. With one CPU under -icount, so that two runs are the same. What the kernel does
before the first program runs does not count, nor does what it does to turn the machine off."""

import collections
import os
import re
import struct
import tempfile

from .machine import Config, Machine, MachineError, PASSED
from .operations import CPU
from .rounds import KERNEL, Rounds, compile_plugin

# Programs lie below this, and firmware above.
USER_END = 0x80000000
# Instructions with which the kernel lets interrupts in, or waits for them; and those with which it returns from an interrupt, which lets
# in the next: nothing but an NMI comes where they are not let in.
OPEN = {"x86_64": r"(sti|hlt|iretq)\b", "aarch64": r"(wfi\b|eret\b|msr daifclr, #0x[23])",
        "riscv64": r"(wfi\b|sret\b|csrr?si? .*sstatus,2)"}

# How many of its kind there were; instructions, and their addresses: of a very long one the first only.
Stretch = collections.namedtuple("Stretch", "times count addresses")


def read_stretches(path):
    with open(path, "rb") as f:
        data = f.read()
    at, result = 0, []
    while at < len(data):
        kept, times, count = struct.unpack_from("=QQQ", data, at)
        result.append(Stretch(times, count, struct.unpack_from(f"={kept}Q", data, at + 24)))
        at += 24 + 8 * kept
    return result


def follow(arch, directory, over=None, timeout=600, log=None, **fields):
    """Boots a build: the longest Stretch, the longest of each kind of those longer than `over`, and Rounds to explain them.

    fields: of Config; cmdline, initramfs, smp, graphics, extra, mem."""
    rounds = Rounds(arch, directory, user=None)
    opens = [address for address, text in rounds.kernel.disassembly().items() if re.match(OPEN[arch], text)]
    smp = fields.pop("smp", 1)
    with tempfile.TemporaryDirectory(prefix="helion-longest-") as temporary:
        output = os.path.join(temporary, "longest")
        plugin = f"{compile_plugin('longest', arch)},user={USER_END:#x},kernel={KERNEL:#x},output={output}"
        plugin += "".join(f",open={address:#x}" for address in opens) + (f",over={over}" if over is not None else "")
        config = Config(**{**fields, "arch": arch, "smp": smp, "cpu": CPU[arch], "icount": smp == 1, "build": directory,
                           "cmdline": f"nokaslr {fields.get('cmdline', '')}",
                           "extra": ("-plugin", plugin, *fields.get("extra", ()))})
        with Machine(config, log=log) as machine:
            machine.start()
            if machine.wait(timeout) != PASSED:
                raise MachineError(f"{arch}: {machine.why}\n" + "\n".join(machine.text.splitlines()[-3:]))
        stretches = read_stretches(output)
    return stretches[-1], stretches[:-1], rounds
