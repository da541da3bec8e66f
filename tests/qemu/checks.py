"""What the console of a good boot must say, whatever the machine."""

import os
import re

from harness import TOP, machine as machines

MEM = {"256M": 256 << 20, "512M": 512 << 20, "1G": 1 << 30, "4G": 4 << 30, "8G": 8 << 30}


def skip_without_card(t, board):
    """QEMU 10's sifive_u has an SD card that does not answer U-Boot (error -110); 7.2's does."""
    if board == "sifive_u" and machines.qemu_version("riscv64") >= (8, 0):
        t.skip("the SD card of this QEMU's sifive_u does not answer; that of 7.2 does")


def number(t, text, pattern):
    found = re.search(pattern, text)
    t.check(found, f"no line matches {pattern!r}")
    return int(found.group(1))


def accounts(t, text, mem):
    """init's total equals what the loader read from the firmware's map, and is nearly all that the machine has."""
    firmware = number(t, text, r"firmware memory (\d+) bytes")
    total = number(t, text, r"init: ram total (\d+) ")
    t.equal(total, firmware, "RAM that init was told of, against the firmware's map")
    parts = re.search(r"init: ram total \d+ given (\d+) kernel (\d+) loader (\d+) modules (\d+) firmware (\d+) other (\d+)",
                      text)
    t.check(parts, "no line with the parts of the RAM")
    t.equal(sum(int(n) for n in parts.groups()), total, "sum of the parts of the RAM")
    t.contains(text, "init: accounts: ok")
    # The firmware keeps some for itself: runtime services, ACPI NVS, what U-Boot and OpenSBI reserve.
    t.check(0.85 * mem < total <= mem, f"{total} bytes of RAM on a machine of {mem}")
    given = int(parts.group(1))
    t.check(given > 0.8 * total, f"only {given} of {total} bytes were given to init")


def good_boot(t, text, mem="512M", smp=4):
    t.contains(text, "init: all checks passed")
    t.check("FAILED" not in text, "something reports FAILED")
    t.contains(text, f"cpu: {smp} of {smp} running")
    t.contains(text, f"init: cpus running {smp} present {smp}")
    accounts(t, text, MEM[mem])


def read_screen(t, machine, name):
    """A screenshot: width, height, pixels of three bytes."""
    path = os.path.join(TOP, "build/test/screenshots", f"{name}.ppm")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    machine.screenshot(path)
    with open(path, "rb") as f:
        data = f.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    t.check(header, "the screenshot is no PPM file")
    return int(header.group(1)), int(header.group(2)), data[header.end():]


def font(arch):
    """{character: 16 bytes, one for each line}"""
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", "generated/font.c"), encoding="ascii") as f:
        glyphs = re.findall(r"^\t\{ (.*) \}, /\* (\d+) \*/$", f.read(), re.MULTILINE)
    return {chr(int(code)): bytes(int(line, 16) for line in lines.split(", ")) for lines, code in glyphs}


def screen_text(t, machine, arch, name, ink=(0xc8, 0xc8, 0xc8), paper=(0x0c, 0x0e, 0x12)):
    """The rows of text that the kernel's console shows, as wide as the screen; "\0" is what is no character of the font."""
    width, height, pixels = read_screen(t, machine, name)
    cells = {}
    for character, glyph in font(arch).items():
        cells.setdefault(tuple(b"".join(bytes(ink if line >> (7 - x) & 1 else paper) for x in range(8)) for line in glyph),
                         character)
    rows = []
    for top in range(0, height // 16 * 16, 16):
        lines = [pixels[y * width * 3:(y + 1) * width * 3] for y in range(top, top + 16)]
        rows.append("".join(cells.get(tuple(line[24 * column:24 * column + 24] for line in lines), "\0")
                            for column in range(width // 8)))
    return rows


def colour_bars(t, machine, name):
    """What init drew can be seen: the screen has many pixels of each colour bar."""
    width, height, pixels = read_screen(t, machine, name)
    counts = {}
    for at in range(0, len(pixels) - 2, 3 * 7):
        colour = pixels[at:at + 3]
        counts[colour] = counts.get(colour, 0) + 1
    sampled = width * height // 7
    for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)):
        found = counts.get(bytes(colour), 0)
        t.check(found > sampled // 500, f"{found} of {sampled} pixels have the colour {colour}")
