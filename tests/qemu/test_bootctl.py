"""The loader as systemd sees it: Debian's bootctl and systemd-bless-boot run on what it has booted, and what they ask it for is done.

A machine's disk and the firmware's variables go through three boots: an entry on trial, which is marked as good; Helion, which
was asked for once; and the entry that was made the default.
"""

import os
import re
import subprocess
import tempfile

from harness import PASSED, TOP, Config, dependency, image, register
from helion import pe
from linux_tools import MOUNTED, VENDOR, results, write_initrd, write_steps
from menu import ESP, HELP, entry, started

BOOTCTL, BLESS = "/usr/bin/bootctl", "/usr/lib/systemd/systemd-bless-boot"
TOLD = ("LoaderEntries", "LoaderTimeInitUSec", "LoaderTimeExecUSec", "LoaderEntrySelected")
SHOWN = [f"show /sys/firmware/efi/efivars/{name}-{VENDOR}" for name in TOLD]
FIRST = [f"{BOOTCTL} status", f"{BOOTCTL} list", *SHOWN, f"{BLESS} status", f"{BLESS} good", f"{BLESS} status"]
SECOND = [f"{BOOTCTL} status", f"{BOOTCTL} list", f"{BLESS} status"]
FEATURES = ("Boot counting", "Menu timeout control", "One-shot menu timeout control", "Default entry control",
            "One-shot entry control", "Support for XBOOTLDR partition", "Support for passing random seed to OS", "Load drop-in drivers", "Support Type #1 sort-key field", "Support @saved pseudo-entry",
            "Support Type #1 devicetree field", "Enroll SecureBoot keys", "Menu can be disabled", "Multi-Profile UKIs are supported", "Boot loader set partition information")
HOUR = 3600 * 1000000       # systemd does not believe in a loader that takes longer


def linux_entry(console, version, steps):
    return (f"title Debian\nversion {version}\nsort-key debian\nmachine-id {'0123456789abcdef' * 2}\nlinux /debian/vmlinuz\n"
            f"initrd /debian/tools.cpio\ninitrd /debian/{steps}.cpio\noptions console={console} verbose panic=-1\n")


def files_for(arch, console, directory, asked):
    """What is on the disk. The order of the entries is debian, spare, probe, helion; see docs/loader.md."""
    paths = {name: os.path.join(directory, f"{name}.cpio") for name in ("tools", "first", "second")}
    write_initrd(arch, paths["tools"])
    write_steps(paths["first"], MOUNTED + FIRST + asked)
    write_steps(paths["second"], MOUNTED + SECOND)
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/efi/probe.efi"), "rb") as f:
        probe = f.read()
    return {
        "debian/vmlinuz": dependency(f"LINUX_{arch.upper()}"), **{f"debian/{name}.cpio": path for name, path in paths.items()},
        "loader/random-seed": bytes(32),
        "loader/loader.conf": b"default debian*\ntimeout 0\n",
        "loader/entries/debian+3.conf": linux_entry(console, 2, "first").encode(),
        "loader/entries/spare.conf": linux_entry(console, 1, "second").encode(),
        "EFI/Linux/probe.efi": pe.unified(probe, b"kernel", 'ID=probe\nPRETTY_NAME="Probe OS"\nVERSION_ID=7\n', ""),
    }


def done(t, machine, steps):
    """What each of the steps printed; none of them failed, but for those that say how a boot is marked."""
    status = machine.wait(400)
    t.equal(status, PASSED, f"status ({machine.why})")
    found = results(machine.text)
    t.equal([step for step, _, _ in found][-len(steps):], steps, "steps")
    for step, said, result in found:
        t.equal(result, 0, f"result of {step!r}, which said {said!r}")
    return [said for _, said, _ in found][-len(steps):]


def fields(text):
    """Blocks of "name: value" lines, separated by empty lines, as dictionaries."""
    return [dict(re.findall(r"^ *([$A-Za-z][^:\n]*): (.*)$", block, re.MULTILINE)) for block in text.split("\n\n")]


def variable(hexadecimal):
    """The texts of a variable as the kernel shows it: its attributes, then UCS-2 with a NUL behind each text."""
    data = bytes.fromhex(hexadecimal.strip())[4:].decode("utf-16-le")
    assert data[-1] == "\0", data
    return data[:-1].split("\0")


def check_status(t, arch, said, current, default):
    """What `bootctl status` says of the loader."""
    name = image.EFI_FILES[arch]
    product = re.search(r"Product: Helion boot loader (\S+)", said)
    t.check(product and product.group(1) != "unversioned", f"bootctl does not know the loader: {said!r}")
    features = re.findall(r"^(?: +Features:)? +([-+]) (.*)$", said, re.MULTILINE)
    t.equal([text for sign, text in features if sign == "+"], list(FEATURES), "features")
    partition = f"/dev/disk/by-partuuid/{image.PARTITION_GUID}"
    for line in (f"Partition: {partition}", f"Loader: `-/EFI/BOOT/{name}", f"Current Entry: {current}",
                 f"ESP: /efi ({partition})", f"File: `-/EFI/BOOT/{name}", f"$BOOT: /efi ({partition})"):
        t.contains(said, line)
    t.equal(fields(said[said.index("Default Boot Loader Entry:"):])[0]["id"], default, "default entry")
    for word in ("rror", "ailed", "WARNING", "nvalid", "reported"):
        t.check(word not in said, f"bootctl complains ({word}): {said!r}")


def check_list(t, arch, said, counted, default, selected):
    """What `bootctl list` says of the entries."""
    helion = f"helion-{image.BLS_NAMES[arch]}.conf"

    def marks(name):
        return (" (default)" if name == default else "") + (" (selected)" if name == selected else "")

    listed = fields(said)
    t.equal([(item["id"], item["title"]) for item in listed], [
        ("debian.conf", f"Debian (2){marks('debian.conf')}"), ("spare.conf", f"Debian (1){marks('spare.conf')}"),
        ("probe.efi", f"Probe OS{marks('probe.efi')}"), (helion, f"Helion{marks(helion)}"),
        ("auto-reboot-to-firmware-setup", "Reboot Into Firmware Interface")], "entries")
    t.equal(listed[0].get("tries"), counted, "tries")
    t.check("reported" not in said, f"the loader has told of other entries: {said!r}")
    return [item["id"] for item in listed]


def check_seed(t, text):
    """The kernel has the table with the seed, and believes in it: its random numbers are ready before it knows its memory."""
    t.contains(text, " RNG=0x")
    ready, memory = text.find("random: crng init done"), text.find("] Memory: ")
    t.check(0 <= ready < memory, "the kernel's random numbers are not ready when it starts")


def bootctl(t, arch, console, keeps_variables=True, **config):
    with tempfile.TemporaryDirectory(prefix="helion-bootctl-") as directory:
        disk, once = os.path.join(directory, "disk.img"), f"helion-{image.BLS_NAMES[arch]}.conf"
        if keeps_variables:
            config["variables"] = os.path.join(directory, "variables.fd")
        asked = [f"{BOOTCTL} set-oneshot {once}", f"{BOOTCTL} set-default spare.conf", f"{BOOTCTL} set-timeout 1",
                 f"{BOOTCTL} random-seed"]
        Config(arch=arch, build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), entry=entry(arch, "title Helion"),
               files=files_for(arch, console, directory, asked)).write_image(disk)
        config = dict(arch=arch, image=disk, writable=True, mem="1G", smp=1, entropy=False, **config)

        machine = t.boot(**config)
        status, listed, entries, began, ended, selected, before, _, after, *_ = done(t, machine, FIRST + asked)
        t.equal(started(machine.text), ["debian+2-1.conf"], "what was started first")
        check_status(t, arch, status, "debian.conf", "debian.conf")
        # Nothing but the disk has random numbers, and it may have been copied from another machine.
        t.contains(status, "System Token: not set")
        t.check(" RNG=0x" not in machine.text, "the kernel has got a seed that others may have")
        ids = check_list(t, arch, listed, "2 left; 1 done", "debian.conf", "debian.conf")
        t.equal(variable(entries), ids, "LoaderEntries")
        t.equal(variable(selected), ["debian.conf"], "LoaderEntrySelected")
        began, ended = int(variable(began)[0]), int(variable(ended)[0])
        t.check(0 < began <= ended <= began + HOUR, f"the loader took from {began} to {ended} us")
        t.equal((before, after), ("indeterminate\n", "good\n"), "mark of the boot, before and after it was made")
        names = subprocess.run(["mdir", "-b", "-i", disk + ESP, "::loader/entries"], capture_output=True, text=True, check=True)
        t.equal(sorted(names.stdout.split()), [f"::/loader/entries/{name}" for name in ("debian.conf", once, "spare.conf")],
                "entries on the disk")
        if not keeps_variables:
            return

        machine = t.boot(**config)
        t.equal(machine.wait(400), PASSED, f"status ({machine.why})")
        t.equal(started(machine.text), [once], "what was started once")
        t.contains(machine.text, HELP)

        machine = t.boot(**config)
        status, listed, mark = done(t, machine, SECOND)
        t.equal(started(machine.text), ["spare.conf"], "what was started as the default")
        t.contains(machine.text, HELP)
        check_status(t, arch, status, "spare.conf", "spare.conf")
        check_list(t, arch, listed, None, "spare.conf", "spare.conf")
        t.contains(status, "System Token: set")
        check_seed(t, machine.text)
        t.equal(mark, "clean\n", "mark of a boot that is not counted")


# No random numbers but the seed file's. One CPU, and time by instructions on x86_64: see test_chain.py. EDK2's variables for riscv64
# end with the machine here.
register("x86_64-bootctl", bootctl, arch="x86_64", cpu="max,-rdrand,-rdseed", console="ttyS0", icount=True)
register("aarch64-bootctl", bootctl, arch="aarch64", console="ttyAMA0")
register("riscv64-bootctl", bootctl, arch="riscv64", firmware="edk2", console="ttyS0", keeps_variables=False)
