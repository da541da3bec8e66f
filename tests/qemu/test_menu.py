"""The loader's configuration and its menu: loader.conf, the order of entries, the default one, boot counting, keys."""

import os
import re
import subprocess
import tempfile
import time

from harness import FAILED, PASSED, TOP, Config, image, register
from menu import DOWN, ENTER, ESCAPE, ESP, HELP, UP, boot_menu, ends_well, entry, fields_for, started, three, type_keys


def starts(t, expected, arch, entries, loader_conf=None, **fields):
    text = t.run(timeout=240, **fields_for(arch, entries, loader_conf, **fields))
    t.equal(started(text), [f"{name}.conf" for name in expected], "boot entries that were started")
    t.contains(text, "init: all checks passed")
    return text


# --- Order and default ------------------------------------------------------------------------------------------------

def order(t, arch, **fields):
    """Every entry fails but the last, which is out of tries: the order is that of the Boot Loader Specification."""
    missing = "helion /none.elf\n"
    text = t.run(timeout=240, **fields_for(arch, {
        "b-3": f"{missing}sort-key a\nversion 1",
        "a-9": f"{missing}sort-key b\nmachine-id 1\nversion 9",
        "a-10": f"{missing}sort-key b\nmachine-id 1\nversion 10~rc1",
        "z-1": f"{missing}sort-key b\nmachine-id 2\nversion 11",
        "m-1": f"{missing}sort-key c",
        "b": missing,
        "c": missing,
        "n+0-3": entry(arch, "sort-key 0"),
        "other": f"{missing}sort-key 0\narchitecture {'aa64' if arch == 'x86_64' else 'x64'}",
    }, **fields))
    refused = re.findall(r"^loader: boot entry (\S+)\.conf was not started", text, re.MULTILINE)
    t.equal(refused, ["b-3", "a-10", "a-9", "z-1", "m-1", "c", "b"], "boot entries that failed")
    t.contains(text, "init: all checks passed")


def default(t, arch, loader_conf, expected, message=None, **fields):
    entries = {name: entry(arch, f"version {name[-1]}") for name in ("linux-1", "helion-1", "helion-2")}
    entries["bad+0-1"] = entry(arch, "sort-key a")
    text = starts(t, [expected], arch, entries, loader_conf, **fields)
    if message:
        t.check(re.search(message, text), f"no line matches {message!r}")


for name, conf, expected, message in (
        ("none", None, "linux-1", None),
        ("glob", "default helion-*\n", "helion-2", None),
        ("exact", "default HELION-1.conf\n", "helion-1", None),
        ("exhausted", "default bad\n", "bad+0-2", None),
        ("exhausted-glob", "default b*\n", "linux-1", 'warning: .*no boot entry for default "b\\*"'),
        ("unknown", "default bsd\ncolour green\n", "linux-1", 'warning: .*line 2: unknown key: "colour"'),
        ("damaged", "default helion-1\nx\0", "linux-1", "warning: .*loader.conf, line 2: .*: the file is ignored")):
    register(f"x86_64-menu-default-{name}", default, arch="x86_64", loader_conf=conf, expected=expected, message=message)


# --- Boot counting ----------------------------------------------------------------------------------------------------

def names(disk):
    """The boot entries on the image."""
    text = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::loader/entries"], capture_output=True, text=True,
                          check=True).stdout
    return sorted(line.rsplit("/", 1)[1] for line in text.split() if line.endswith(".conf"))


def counting(t, arch, **fields):
    """A new system that does not come up is given up after two tries; one that does and says so is kept."""
    with tempfile.TemporaryDirectory(prefix="helion-menu-") as directory:
        disk = os.path.join(directory, "disk.img")
        config = fields_for(arch, {"new+2": entry(arch, "sort-key a", options="verbose exit=qemu panic=message"),
                                   "old": entry(arch, "sort-key b")}, "default *\n", **fields)
        Config(build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), **config).write_image(disk)
        for expected, left, status in (("new+1-1", "new+1-1", FAILED), ("new+0-2", "new+0-2", FAILED),
                                       ("old", "new+0-2", PASSED), ("old", "new+0-2", PASSED)):
            text = t.run(timeout=240, expect=status, arch=arch, image=disk, writable=True, **fields)
            t.equal(started(text), [f"{expected}.conf"], "boot entries that were started")
            t.equal(names(disk), sorted([f"{left}.conf", "old.conf"]), "boot entries on the disk")
        # What a running system does when it came up well.
        subprocess.run(["mren", "-i", disk + ESP, "::loader/entries/new+0-2.conf", "new.conf"], check=True)
        text = t.run(timeout=240, expect=FAILED, arch=arch, image=disk, writable=True, **fields)
        t.equal(started(text), ["new.conf"], "boot entries that were started")
        t.equal(names(disk), ["new.conf", "old.conf"], "boot entries on the disk")


def cannot_count(t, arch, **fields):
    """A firmware that cannot rename files: the entry is started all the same, with a warning."""
    text = starts(t, ["new+2"], arch, {"new+2": entry(arch)}, **fields)
    t.contains(text, "warning: the try of /loader/entries/new+2.conf is not counted, the file cannot be renamed: ")


for isa, row in {"x86_64": {"arch": "x86_64"}, "aarch64": {"arch": "aarch64"},
                 "riscv64-edk2": {"arch": "riscv64", "firmware": "edk2"}}.items():
    register(f"{isa}-menu-counting", counting, **row)
for isa, row in {"x86_64": {"arch": "x86_64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"}}.items():
    register(f"{isa}-menu-order", order, **row)
register("aarch64-uboot-menu-cannot-count", cannot_count, arch="aarch64", firmware="uboot")


# --- The menu ---------------------------------------------------------------------------------------------------------

def keys(t, arch, typed, expected, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
    for text in ("Helion (3)", "Helion (2)", "Helion, safe"):
        t.contains(machine.text, text)
    t.check("Starts in" not in machine.text, "the clock runs")
    type_keys(machine, *typed)
    ends_well(t, machine, [expected])


def timeout(t, arch, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout 2\ndefault old\n", **fields)
    machine.wait_for("Starts in 2 s", timeout=120)
    ends_well(t, machine, ["old"])
    t.contains(machine.text, "Starts in 1 s")


def clock_stops(t, arch, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout 6\n", **fields)
    type_keys(machine, DOWN)
    time.sleep(8)
    t.equal(started(machine.text), [], "boot entries that were started")
    type_keys(machine, ENTER)
    ends_well(t, machine, ["old"])


def asked_for(t, arch, **fields):
    """Without a timeout there is a menu if a key is held."""
    machine = t.boot(**fields_for(arch, three(arch), None, **fields))
    end = time.monotonic() + 120
    while HELP not in machine.text and time.monotonic() < end and machine.process.poll() is None:
        machine.send(" ")
        time.sleep(0.03)
    machine.wait_for(HELP, timeout=1)
    type_keys(machine, "3", ENTER)
    ends_well(t, machine, ["safe"])


def edits(t, arch, **fields):
    """The kernel gets the edited command line, once; the entry is as it was."""
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
    type_keys(machine, "e")
    machine.wait_for("Enter: start   Escape: cancel", timeout=120)
    type_keys(machine, " nokaslr wrong", *["\b"] * 5, "init.words=two")
    type_keys(machine, ENTER)
    ends_well(t, machine, ["new"])
    t.contains(machine.text, "loader: boot entry new.conf: verbose exit=qemu nokaslr init.words=two\n")
    t.check(re.search(r"kernel: slide 0\b", machine.text), "the kernel has not got the option")


def edit_cancelled(t, arch, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
    type_keys(machine, "e", " nokaslr", ESCAPE)
    time.sleep(3)
    type_keys(machine, ENTER)
    ends_well(t, machine, ["new"])
    t.contains(machine.text, "loader: boot entry new.conf: verbose exit=qemu\n")


def no_editor(t, arch, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\neditor no\n", **fields)
    type_keys(machine, "e", ENTER)
    ends_well(t, machine, ["new"])
    t.check("E: edit" not in machine.text and "Escape: cancel" not in machine.text, "there is an editor")


def bad_entries(t, arch, **fields):
    """Why an entry is bad is shown; starting it or another that fails leads back to the menu, with the reason."""
    entries = {**three(arch), "two": "title Two\nhelion /a\nefi /b\n", "gone": "title Gone\nhelion /none.elf\n"}
    machine = boot_menu(t, arch, entries, "timeout menu-force\n", **fields)
    t.contains(machine.text, "two  [cannot be started]")
    t.check("Gone  [" not in machine.text, "nobody knows yet that it cannot be started")
    type_keys(machine, "4")
    machine.wait_for(r"two.conf: more than one of the keys helion,\s+linux, efi", timeout=120)
    type_keys(machine, "5", ENTER)
    machine.wait_for("gone.conf was not started: cannot open /none.elf: not found", timeout=120)
    machine.wait_for(r"Gone  \[cannot be started\]", timeout=120)
    t.check("Starts in" not in machine.text, "the clock runs")
    type_keys(machine, "1", ENTER)
    ends_well(t, machine, ["gone", "new"] if "loader: boot entry gone.conf: " in machine.text else ["new"])


def default_fails(t, arch, **fields):
    """A default that cannot be started is shown in the menu, and then the next one is started by the clock."""
    machine = boot_menu(t, arch, {**three(arch), "gone": "title Gone\nhelion /none.elf\n"},
                        "timeout 1\ndefault gone\n", **fields)
    machine.wait_for("gone.conf was not started: cannot open /none.elf: not found", timeout=120)
    machine.wait_for("Starts in 2[0-9] s", timeout=120)
    ends_well(t, machine, ["new"])


def power(t, arch, key, status, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
    type_keys(machine, key)
    t.equal(machine.wait(240), status, f"status ({machine.why})")
    t.equal(started(machine.text), [], "boot entries that were started")


def firmware_setup(t, arch, **fields):
    """The firmware goes into its set-up program on the next boot."""
    with tempfile.TemporaryDirectory(prefix="helion-menu-") as directory:
        fields["variables"] = os.path.join(directory, "vars.fd")
        power(t, arch, "f", FAILED, **fields)
        machine = t.boot(**fields_for(arch, three(arch), "timeout menu-force\n", **fields))
        machine.wait_for("Boot Manager|Device Manager|Select Language", timeout=120)
        t.check("Helion boot loader" not in machine.text, "the loader was started")


def quits(t, arch, **fields):
    machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
    start = len(machine.text)
    type_keys(machine, "q")
    machine.wait_for("BdsDxe: |UEFI Interactive Shell", timeout=120, start=start)
    t.equal(started(machine.text), [], "boot entries that were started")


def many(t, arch, **fields):
    """More entries than rows: the list scrolls."""
    entries = {f"e{i:02}": entry(arch, f"title Entry {i:02}", f"sort-key {i:02}") for i in range(30)}
    machine = boot_menu(t, arch, entries, "timeout menu-force\nauto-firmware no\n", **fields)
    t.check("Entry 29" not in machine.text, "the last entry is shown")
    type_keys(machine, *[DOWN] * 3, UP, "\x05", UP)
    machine.wait_for("Entry 29", timeout=120)
    type_keys(machine, ENTER)
    ends_well(t, machine, ["e28"])


def screenshot(t, arch, size=None, **fields):
    """The framebuffer shows the menu: the selected line is light, the rest dark."""
    machine = boot_menu(t, arch, {**three(arch), "trial+2-1": entry(arch, "title Helion, on trial", "sort-key i"),
                                  "broken": "title Something else\nhelion /a\nefi /b\n"},
                        "timeout 60\nconsole-mode max\n", **fields)
    time.sleep(1)
    path = os.path.join(TOP, "build/test/screenshots", f"{t.name}.ppm")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    machine.screenshot(path)
    with open(path, "rb") as f:
        data = f.read()
    header = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    t.check(header, "the screenshot is no PPM file")
    width, height = int(header.group(1)), int(header.group(2))
    t.check(size in (None, (width, height)), f"the screen has {width} x {height} pixels")
    bright = [sum(data[at:at + 3]) > 300 for at in range(header.end(), len(data) - 2, 3)]
    rows = [sum(bright[y * width:(y + 1) * width]) for y in range(height)]
    # 80 columns of 8 pixels, most of which are light. On a large screen they are in the middle.
    t.check(10 <= sum(row > 400 for row in rows) <= 40, "not one line is selected")
    t.check(sum(rows) > 2000, "there is no text")


KEYS = {"enter": ((ENTER,), "new"), "down": ((DOWN, ENTER), "old"), "up": ((DOWN, DOWN, UP, ENTER), "old"),
        "digit": (("3", ENTER), "safe")}
for name, (typed, expected) in KEYS.items():
    register(f"x86_64-menu-keys-{name}", keys, arch="x86_64", typed=typed, expected=expected)
register("aarch64-menu-keys", keys, arch="aarch64", typed=KEYS["up"][0], expected="old")
register("aarch64-uboot-menu-keys", keys, arch="aarch64", firmware="uboot", typed=KEYS["up"][0], expected="old")
register("riscv64-uboot-menu-keys", keys, arch="riscv64", typed=KEYS["up"][0], expected="old")
for isa, row in {"x86_64": {"arch": "x86_64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"}}.items():
    register(f"{isa}-menu-timeout", timeout, **row)
    register(f"{isa}-menu-editor", edits, **row)
    register(f"{isa}-menu-bad-entries", bad_entries, **row)
register("x86_64-menu-asked-for", asked_for, arch="x86_64")
register("x86_64-menu-clock-stops", clock_stops, arch="x86_64")
register("x86_64-menu-editor-cancelled", edit_cancelled, arch="x86_64")
register("x86_64-menu-editor-off", no_editor, arch="x86_64")
register("x86_64-menu-default-fails", default_fails, arch="x86_64")
register("x86_64-menu-power-off", power, arch="x86_64", key="o", status=PASSED)
register("x86_64-menu-reset", power, arch="x86_64", key="r", status=FAILED)
register("x86_64-menu-firmware-setup", firmware_setup, arch="x86_64")
register("x86_64-menu-quit", quits, arch="x86_64")
register("x86_64-menu-many", many, arch="x86_64")
register("x86_64-menu-screenshot", screenshot, arch="x86_64")
register("x86_64-menu-4k", screenshot, arch="x86_64", graphics="virtio-gpu-pci,xres=3840,yres=2160",
         size=(3840, 2160))


# --- Variables of the Boot Loader Interface ---------------------------------------------------------------------------

VENDOR = "4A67B082-0A4C-41CF-B6C7-440B29BB8C4F"


def shell(machine, command, timeout=120):
    """Run a command in the UEFI shell; what it prints."""
    start = len(machine.text)
    for character in command:           # the firmware's serial driver has a small buffer
        machine.send(character)
        time.sleep(0.02)
    machine.send(ENTER)
    machine.wait_for(r"(Shell|FS\d+:\\.*)> $", timeout=timeout, start=start + len(command))
    return machine.text[start:]


def to_shell(machine):
    """Out of the menu, to the next boot option of the firmware, which is its shell."""
    start = len(machine.text)
    type_keys(machine, "q")
    machine.wait_for("to skip startup.nsh", timeout=120, start=start)
    type_keys(machine, ESCAPE)
    machine.wait_for("Shell> ", timeout=120, start=start)


def variables(machine):
    """Name: bytes, of all variables of the interface."""
    found, name = {}, None
    for line in shell(machine, f"dmpstore -guid {VENDOR}").splitlines():
        head = re.search(r"Variable .*'.*:(\w+)' DataSize|Variable .*'(\w+)' DataSize", line)
        if head:
            name = head.group(1) or head.group(2)
            found[name] = b""
        row = re.match(r"\s*[0-9A-F]{8}: ((?:[0-9A-F]{2}[ -])+)", line)
        if row and name:
            found[name] += bytes.fromhex(row.group(1).replace("-", " "))
    return found


def texts(value):
    return value.decode("utf-16-le").rstrip("\0").split("\0")


def interface(t, arch, **fields):
    """What the loader tells, read in the same boot; and what it is told is obeyed."""
    entries = {**three(arch), "gone+3": "title Gone\nhelion /none.elf\n"}
    machine = boot_menu(t, arch, entries, "timeout menu-force\n", **fields)
    type_keys(machine, "4", ENTER)
    machine.wait_for(r"gone\+2-1.conf was not started", timeout=120)
    to_shell(machine)
    found = variables(machine)
    t.check(texts(found["LoaderInfo"])[0].startswith("Helion boot loader "), f"LoaderInfo: {found['LoaderInfo']}")
    t.check(re.fullmatch(r"EDK II|.+ \d+\.\d\d", texts(found["LoaderFirmwareInfo"])[0]), "LoaderFirmwareInfo")
    t.check(re.fullmatch(r"UEFI \d\.\d\d", texts(found["LoaderFirmwareType"])[0]), "LoaderFirmwareType")
    t.equal(texts(found["LoaderEntries"]), ["new.conf", "old.conf", "safe.conf", "gone.conf", "auto-reboot-to-firmware-setup"],
            "LoaderEntries")
    t.equal(texts(found["LoaderEntrySelected"]), ["gone.conf"], "LoaderEntrySelected")
    t.equal(texts(found["LoaderBootCountPath"]), ["\\loader\\entries\\gone+2-1.conf"], "LoaderBootCountPath")
    t.equal(texts(found["LoaderDevicePartUUID"]), [str(image.PARTITION_GUID)], "LoaderDevicePartUUID")
    t.equal(texts(found["LoaderImageIdentifier"])[0].upper(), f"\\EFI\\BOOT\\{image.EFI_FILES[arch]}", "LoaderImageIdentifier")
    t.equal(len(found["LoaderFeatures"]), 8, "bytes of LoaderFeatures")
    # What an operating system asks for: once another entry, at once.
    for name, value in (("LoaderEntryOneShot", "safe.conf"), ("LoaderConfigTimeoutOneShot", "menu-hidden")):
        shell(machine, f'setvar {name} -guid {VENDOR} -bs -rt -nv =L"{value}" =0x0000')
    start = len(machine.text)
    for character in f"fs0:\\EFI\\BOOT\\{image.EFI_FILES[arch]}\r":
        machine.send(character)
        time.sleep(0.02)
    status = machine.wait(240)
    t.equal(status, PASSED, f"status ({machine.why})")
    t.equal(started(machine.text[start:]), ["safe.conf"], "boot entries that were started")


def remembered(t, arch, **fields):
    """D makes an entry the default; with @saved the one started last is it; both outlast the boot."""
    with tempfile.TemporaryDirectory(prefix="helion-menu-") as directory:
        fields["variables"] = os.path.join(directory, "vars.fd")
        machine = boot_menu(t, arch, three(arch), "timeout menu-force\ndefault @saved\n", **fields)
        type_keys(machine, "2", ENTER)
        ends_well(t, machine, ["old"])
        starts(t, ["old"], arch, three(arch), "default @saved\n", **fields)
        starts(t, ["new"], arch, three(arch), "default new\n", **fields)
        machine = boot_menu(t, arch, three(arch), "timeout menu-force\n", **fields)
        type_keys(machine, "3", "d")
        machine.wait_for("safe is the default from now on", timeout=120)
        type_keys(machine, "1", ENTER)
        ends_well(t, machine, ["new"])
        starts(t, ["safe"], arch, three(arch), "default old\n", **fields)


register("x86_64-menu-variables", interface, arch="x86_64")
register("x86_64-menu-remembered", remembered, arch="x86_64")
