"""scripts/install-usb: writes to what is a removable disk that nobody uses, and to nothing else. The disks are files, what the
kernel would say of them stands in a made-up /sys and /proc."""

import contextlib
import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import tempfile
import threading

from harness import TOP, image, test
from helion import medium

SCRIPT = os.path.join(TOP, "scripts/install-usb")
_loader = importlib.machinery.SourceFileLoader("install_usb", SCRIPT)
install_usb = importlib.util.module_from_spec(importlib.util.spec_from_loader("install_usb", _loader))
_loader.exec_module(install_usb)

SIZE = 80 << 20         # what the kernel says
OLD = b"\xff" * (1 << 20)      # what the disk begins with

LOCK = threading.Lock()
KEPT = tempfile.TemporaryDirectory(prefix="helion-install-")    # pylint: disable=consider-using-with


class Fake(medium.System):
    """A machine with one stick, sdb, that has two partitions."""

    def __init__(self, directory):
        super().__init__(os.path.join(directory, "sys"), os.path.join(directory, "proc"))
        self.device = os.path.join(directory, "sdb")
        with open(self.device, "wb") as f:
            f.write(OLD)
        self.numbers = {self.device: "8:16", self.device + "1": "8:17", self.device + "2": "8:18", "/dev/sda2": "8:2"}
        self.disk = "devices/pci0/usb1/host0/block/sdb"
        for path, number in ((self.disk, "8:16"), (self.disk + "/sdb1", "8:17"), (self.disk + "/sdb2", "8:18")):
            self.set(path + "/dev", number + "\n")
            os.makedirs(os.path.join(self.sysfs, path, "holders"))
            os.makedirs(os.path.join(self.sysfs, "dev/block"), exist_ok=True)
            os.symlink(f"../../{path}", os.path.join(self.sysfs, "dev/block", number))
        for name, value in (("removable", "1"), ("ro", "0"), ("size", SIZE // 512), ("device/vendor", "ACME"),
                            ("device/model", "Stick 3000  "), ("device/type", "0"), ("sdb1/partition", "1"),
                            ("sdb1/size", 2048), ("sdb2/partition", "2"), ("sdb2/size", 4096)):
            self.set(f"{self.disk}/{name}", f"{value}\n")
        self.mounted("8:2", "/", "/dev/sda2")
        self.set_proc("swaps", "Filename Type Size Used Priority\n")

    def number(self, path):
        if path not in self.numbers:
            raise medium.MediumError(f"{path} is not a disk")
        return self.numbers[path]

    def set(self, path, value):
        full = os.path.join(self.sysfs, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="ascii") as f:
            f.write(value)

    def set_proc(self, path, value):
        full = os.path.join(self.proc, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="ascii") as f:
            f.write(value)

    def mounted(self, number, where, source):
        self.set_proc("self/mountinfo", f"25 1 0:22 / /sys rw shared:7 - sysfs sysfs rw\n"
                                        f"29 1 {number} / {where} rw,relatime shared:1 master:2 - ext4 {source} rw\n")

    def contents(self):
        with open(self.device, "rb") as f:
            return f.read()

    def is_untouched(self):
        return self.contents() == OLD


@contextlib.contextmanager
def machine():
    with tempfile.TemporaryDirectory() as directory:
        yield Fake(directory)


class Person(install_usb.Terminal):
    """Answers, and remembers what was said and asked."""

    def __init__(self, answer="sdb"):
        self.answer, self.said, self.asked = answer, "", []

    def say(self, text):
        self.said += text + "\n"

    complain = say

    def ask(self, question):
        self.asked.append(question)
        return self.answer


def run(system, path, device=None, person=None):
    """Status, what was printed, and what was asked."""
    person = person or Person()
    status = install_usb.main(["install-usb", path, device or system.device], system, person)
    return status, person.said, person.asked


def an_image():
    path = os.path.join(KEPT.name, "some.img")
    with LOCK:
        if not os.path.exists(path):
            payload = image.Payload()
            payload.add_bytes("EFI/BOOT/BOOTX64.EFI", bytes(range(256)) * 3000)
            image.write(payload, path, image.Layout("some"), path + ".bmap")
    return path


@test("install-writes")
def writes(t):
    with machine() as system:
        path = an_image()
        with open(system.device, "wb") as f:
            f.write(b"\xff" * SIZE)
        status, said, asked = run(system, path)
        t.equal(status, 0, said)
        for part in ("ACME Stick 3000, 80.0 MiB", "sdb1: 1.0 MiB", "sdb2: 2.0 MiB", "Everything on it will be lost", "is ready"):
            t.contains(said, part)
        t.equal(len(asked), 1, "questions")
        with open(path, "rb") as f:
            whole = f.read()
        found = system.contents()
        t.equal(len(found), SIZE, "size of the disk")
        for first, end, _ in medium.ranges(path + ".bmap"):
            t.check(found[first:end] == whole[first:end], f"bytes {first} to {end} differ")
        t.check(found[-medium.GPT_TAIL:] == bytes(medium.GPT_TAIL), "the end of the old partition table is still there")
        t.check(found[len(whole):-medium.GPT_TAIL] == b"\xff" * (SIZE - len(whole) - medium.GPT_TAIL), "more than the image was written")


@test("install-asks")
def asks(t):
    """Nothing but the disk's name is a yes."""
    for answer in ("", "y", "yes", "/dev/sdb", "sda", "sdb1"):
        with machine() as system:
            status, said, asked = run(system, an_image(), person=Person(answer))
            t.equal((status, len(asked)), (1, 1), f"answer {answer!r}")
            t.contains(said, "nothing was written")
            t.check(system.is_untouched(), f"answer {answer!r}: written to")


@test("install-refuses")
def refuses(t):
    def refused(part, change, device=None):
        with machine() as system:
            path = an_image()
            change(system)
            status, said, asked = run(system, path, device and device(system))
            t.equal((status, asked), (1, []), f"{part}: {said}")
            t.contains(said, part)
            t.check(system.is_untouched(), f"{part}: written to")

    def attribute(name, value):
        return lambda system: system.set(f"{system.disk}/{name}", value)

    def mount(number, where="/media/stick", source="none"):
        return lambda system: system.mounted(number, where, source)

    def nothing(_):
        pass

    refused("is not a removable disk (ACME Stick 3000)", attribute("removable", "0\n"))
    refused("is not a removable disk", lambda system: os.unlink(os.path.join(system.sysfs, system.disk, "removable")))
    refused("is a partition; the whole disk is /dev/sdb", nothing, lambda system: system.device + "2")
    refused("is not a disk", nothing, lambda system: system.device + "3")
    refused("/dev/sdb is mounted at /media/stick (umount", mount("8:16"))
    refused("/dev/sdb2 is mounted at /media/stick (umount", mount("8:18"))
    refused("/dev/sdb2 is mounted at /media/my stick", mount("8:18", "/media/my\\040stick"))
    refused("is the disk of the running system", mount("8:17", "/"))
    refused("/dev/sdb1 is swap space (swapoff", lambda system: system.set_proc(
        "swaps", f"Filename Type Size Used Priority\n{system.device}1 partition 1 0 -2\n"))
    refused("/dev/sdb1 is part of /dev/dm-0", lambda system: system.set(f"{system.disk}/sdb1/holders/dm-0", ""))
    refused("is write-protected", attribute("ro", "1\n"))
    refused("there is no medium in it", attribute("size", "0\n"))
    refused("has 32.0 MiB, the image needs 64.0 MiB", attribute("size", f"{(32 << 20) // 512}\n"))
    refused("is a CD drive", attribute("device/type", "5\n"))
    # A file system with a number of its own, btrfs for one: the disk shows in what it was mounted from.
    refused("is the disk of the running system", lambda system: system.mounted("0:31", "/", system.device + "2"))


@test("install-sd-card")
def sd_card(t):
    """The card in an SD slot is none that the kernel calls removable; what is soldered on (MMC) is refused."""
    for kind, wanted in (("SD", 0), ("MMC", 1)):
        with machine() as system:
            system.set(f"{system.disk}/removable", "0\n")
            system.set(f"{system.disk}/device/type", f"{kind}\n")
            status, said, _ = run(system, an_image())
            t.equal(status, wanted, said)


@test("install-verifies")
def verifies(t):
    """An image that is not what its block map says is reported; so is a medium that loses what was written."""
    with machine() as system:
        path = shutil.copy(an_image(), os.path.dirname(system.device))
        shutil.copy(an_image() + ".bmap", path + ".bmap")
        with open(path, "r+b") as f:
            f.seek(2 << 20)
            f.write(b"damaged")
        status, said, _ = run(system, path)
        t.equal(status, 1, said)
        t.contains(said, "is not what")
    with machine() as system:
        path = an_image()
        system.numbers["/dev/full"] = "8:16"        # takes nothing
        status, said, _ = run(system, path, "/dev/full")
        t.equal(status, 1, said)
        t.contains(said, "No space left on device")


@test("install-mounted-meanwhile")
def mounted_meanwhile(t):
    """Desktops mount what is plugged in, maybe while the question is open."""
    with machine() as system:
        class Slow(Person):
            def ask(self, question):
                system.mounted("8:17", "/media/stick", "none")
                return super().ask(question)

        status, said, asked = run(system, an_image(), person=Slow())
        t.equal((status, len(asked)), (1, 1), said)
        t.contains(said, "is mounted at /media/stick")
        t.check(system.is_untouched(), "written to")


@test("install-command")
def command(t):
    """The script itself, on this machine: no disk of it is named, so nothing can be lost."""
    for arguments, status, part in ((["--check", "/dev/null"], 1, "/dev/null is not a disk"), ([], 2, "install-usb IMAGE /dev/sdX"),
                                    (["--check", "/dev/no-such-disk"], 1, "No such file or directory")):
        done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        t.equal(done.returncode, status, done.stderr)
        t.contains(done.stderr, part)
    for arguments, part in (([], "install-usb needs DEV=/dev/sdX"), (["DEV=/dev/null"], "/dev/null is not a disk")):
        done = subprocess.run(["make", "install-usb", *arguments], cwd=TOP, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              check=False, env={**os.environ, "MAKELEVEL": "1", "MAKEFLAGS": ""})
        t.check(done.returncode, "make install-usb did not fail")
        t.contains(done.stderr, part)
        t.check("IMAGE" not in done.stdout, "an image was made first")
