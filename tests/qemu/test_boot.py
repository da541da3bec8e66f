"""Every machine of the matrix boots to the end of init's checks, with the kernel's self-test on."""

import os
import re

from checks import good_boot
from harness import FAILED, TOP, register, test
from matrix import ROWS


def boots(t, **fields):
    text = t.run(timeout=240, cmdline="selftest bench", **fields)
    board = fields.get("board")
    good_boot(t, text, mem=fields.get("mem", "1G" if board else "512M"), smp=fields.get("smp", 4))
    t.contains(text, "selftest: timer ticked on every CPU: ok")
    t.contains(text, "selftest: no kernel page is writable and executable: ok")
    t.contains(text, "selftest: the direct map is not executable: ok")
    if fields.get("smp", 4) > 1:
        t.contains(text, "selftest: inter-processor interrupt: ok")
    if fields["arch"] == "aarch64" and not board:
        t.contains(text, f"interrupts by GICv{fields.get('gic') or 3}")
    if not board:
        t.contains(text, "selftest: interrupt line of the console: ok")


for name, row in ROWS.items():
    register(f"{name}-boots", boots, **row)

ISAS = ("x86_64", "aarch64", "riscv64")


def release_boots(t, arch, toolchain):
    text = t.run(timeout=240, arch=arch, toolchain=toolchain, build="release", cmdline="selftest")
    good_boot(t, text)


def slides(t, arch):
    """The kernel lies at another random place on each boot, and at its link address when that is asked for."""
    seen = set()
    for cmdline in ("", "", "nokaslr"):
        text = t.run(timeout=240, arch=arch, cmdline=cmdline)
        slide = int(re.search(r"kernel: slide (0x[0-9a-f]+|0)\b", text).group(1), 16)
        t.equal(slide % (2 << 20), 0, "slide modulo 2 MiB")
        t.check(slide < 1 << 30, f"slide {slide:#x} is too large")
        if cmdline:
            t.equal(slide, 0, "slide with nokaslr")
        else:
            t.check(slide, "the slide is 0")
            seen.add(slide)
    t.equal(len(seen), 2, "number of different slides in two boots")


def negatives(t, arch):
    text = t.run(timeout=240, arch=arch, cmdline="init.test=negatives")
    t.contains(text, "init: test negatives: ok")
    cases = int(re.search(r"init: negatives: (\d+) cases", text).group(1))
    t.check(cases >= 100, f"only {cases} cases")


def dies(t, arch, how, pattern):
    """init does what is forbidden: the kernel says what and where, and stops with a failure."""
    text = t.run(timeout=240, expect=FAILED, arch=arch, cmdline=f"init.test={how}")
    t.check(re.search(pattern, text), f"no line matches {pattern!r}")
    t.contains(text, "init died of an exception")
    t.check("all checks passed" not in text, "init went on")


def bad_syscall(t, arch):
    t.contains(t.run(timeout=240, arch=arch, cmdline="init.test=bad-syscall"), "init: test bad-syscall: ok")


def panics(t, arch, how, message, culprit):
    """Something is broken on purpose: a panic screen with registers and a backtrace that names the culprit."""
    text = t.run(timeout=240, expect=FAILED, arch=arch, cmdline=f"panic={how}")
    t.check(re.search(message, text), f"no line matches {message!r}")
    t.check(re.search(r"backtrace \(slide 0x[0-9a-f]+\):\n(.*\n){0,8}.* " + culprit + r"\+0x", text),
            f"the backtrace does not name {culprit}")
    t.contains(text, "kernel stopped")


def framebuffer(t, arch):
    """What init drew can be seen: the screen has many pixels of each colour bar."""
    machine = t.boot(arch=arch, cmdline="init.halt")
    machine.wait_for(r"init: halted", timeout=240)
    path = os.path.join(TOP, "build/test/screenshots", f"{arch}.ppm")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    machine.screenshot(path)
    with open(path, "rb") as f:
        data = f.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    t.check(header, "the screenshot is no PPM file")
    width, height = int(header.group(1)), int(header.group(2))
    pixels = data[header.end():]
    counts = {}
    for at in range(0, len(pixels) - 2, 3 * 7):
        colour = pixels[at:at + 3]
        counts[colour] = counts.get(colour, 0) + 1
    sampled = width * height // 7
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)):
        found = counts.get(bytes(colour), 0)
        t.check(found > sampled // 500, f"{found} of {sampled} pixels have the colour {colour}")


for isa in ISAS:
    register(f"{isa}-release-boots", release_boots, arch=isa, toolchain="gcc")
    register(f"{isa}-clang-release-boots", release_boots, arch=isa, toolchain="clang")
    register(f"{isa}-kaslr", slides, arch=isa)
    register(f"{isa}-negatives", negatives, arch=isa)
    register(f"{isa}-bad-syscall", bad_syscall, arch=isa)
    register(f"{isa}-framebuffer", framebuffer, arch=isa)
    register(f"{isa}-fault-null", dies, arch=isa, how="fault-null", pattern=r"task init: .*: (read|write) of 0x")
    register(f"{isa}-fault-exec", dies, arch=isa, how="fault-exec", pattern=r"task init: .*: execute of 0x")
    register(f"{isa}-fault-write-text", dies, arch=isa, how="fault-write-text", pattern=r"task init: .*: write of 0x")
    register(f"{isa}-panic-message", panics, arch=isa, how="message",
             message=r"kernel panic on CPU 0: asked for on the command line", culprit="break_something")
    register(f"{isa}-panic-null", panics, arch=isa, how="null",
             message=r"kernel panic on CPU 0: .*read of 0x8 at 0x", culprit="break_something")
    register(f"{isa}-panic-text", panics, arch=isa, how="text",
             message=r"kernel panic on CPU 0: .*write of 0x", culprit="break_something")
    register(f"{isa}-panic-exec", panics, arch=isa, how="exec",
             message=r"kernel panic on CPU 0: .*execute of 0x", culprit="break_something")
    register(f"{isa}-panic-stack", panics, arch=isa, how="stack",
             message=r"kernel panic on CPU 0: ", culprit="overflow_stack")
