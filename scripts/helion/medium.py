"""Write an image to a USB stick or card, and to nothing else.

What a disk is comes from sysfs, what is in use from /proc; both can stand elsewhere for tests. A medium is refused unless
it is a whole, removable, writable disk, large enough, of which nothing is mounted, used for swapping or held by another
device. The kernel guards the last of it once more: the device is opened with O_EXCL.
"""

import fcntl
import hashlib
import os
import stat
import subprocess
from xml.etree import ElementTree

SECTOR = 512                    # in which sysfs counts, whatever the disk's own are
GPT_TAIL = 33 * SECTOR
BLKRRPART = 0x125F              # ioctl: read the partition table again
SCSI_TYPE_CD = "5"


class MediumError(Exception):
    """A message for people: why this is not written to."""


class System:
    """Where to look things up."""

    def __init__(self, sysfs="/sys", proc="/proc"):
        self.sysfs, self.proc = sysfs, proc

    def number(self, path):
        """The device number of a block device, "8:16"."""
        try:
            status = os.stat(path)
        except OSError as e:
            raise MediumError(f"{path}: {e.strerror}") from e
        if not stat.S_ISBLK(status.st_mode):
            raise MediumError(f"{path} is not a disk")
        return f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"

    def number_or_none(self, path):
        try:
            return self.number(path)
        except MediumError:
            return None

    def read(self, path):
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                return f.read()
        except OSError:
            return ""

    def in_use(self):
        """What is mounted or used for swapping: device number -> where, in words."""
        found = {}
        for line in self.read(os.path.join(self.proc, "self/mountinfo")).splitlines():
            fields = line.split(" ")
            if "-" not in fields:
                continue
            where = fields[4].replace("\\040", " ")
            # Some file systems have a number of their own; what they were mounted from names the disk then.
            for number in (fields[2], self.number_or_none(fields[fields.index("-") + 2])):
                if number and found.get(number) != "/":
                    found[number] = where
        for line in self.read(os.path.join(self.proc, "swaps")).splitlines()[1:]:
            found.setdefault(self.number_or_none(line.split()[0]), "swap")
        return found


class Medium:
    """A disk that may be written to. The constructor raises MediumError if it may not."""

    def __init__(self, path, need=0, system=None):
        self.system = system or System()
        self.path = path
        self.number = self.system.number(path)
        self.directory = os.path.realpath(os.path.join(self.system.sysfs, "dev/block", self.number))
        self.name = os.path.basename(self.directory)
        if not os.path.isdir(self.directory):
            raise MediumError(f"{path}: the kernel knows no such disk")
        if self.attribute("partition"):
            whole = os.path.basename(os.path.dirname(self.directory))
            raise MediumError(f"{path} is a partition; the whole disk is /dev/{whole}")
        self.size = int(self.attribute("size") or 0) * SECTOR
        self._check_use()
        self._check_kind(need)

    def attribute(self, name, directory=None):
        return self.system.read(os.path.join(directory or self.directory, name)).strip()

    def partitions(self):
        """The directories of its partitions, in order."""
        found = [os.path.join(self.directory, name) for name in os.listdir(self.directory)]
        found = [path for path in found if self.attribute("partition", path)]
        return sorted(found, key=lambda path: int(self.attribute("partition", path)))

    def _check_use(self):
        used = self.system.in_use()
        for part in [self.directory] + self.partitions():
            name, where = os.path.basename(part), used.get(self.attribute("dev", part))
            if where == "/":
                raise MediumError(f"{self.path} is the disk of the running system")
            if where == "swap":
                raise MediumError(f"{self.path} is in use: /dev/{name} is swap space (swapoff /dev/{name})")
            if where:
                raise MediumError(f"{self.path} is in use: /dev/{name} is mounted at {where} (umount {where})")
            holders = os.path.join(part, "holders")
            for holder in sorted(os.listdir(holders)) if os.path.isdir(holders) else []:
                raise MediumError(f"{self.path} is in use: /dev/{name} is part of /dev/{holder}")

    def _check_kind(self, need):
        is_card = self.attribute("device/type") == "SD"     # of an SD slot the kernel does not say that it is removable
        if self.attribute("removable") != "1" and not is_card:
            raise MediumError(f"{self.path} is not a removable disk ({self.title()})")
        if self.attribute("device/type") == SCSI_TYPE_CD:
            raise MediumError(f"{self.path} is a CD drive; burn the image with a program for that")
        if not self.size:
            raise MediumError(f"{self.path}: there is no medium in it")
        if self.attribute("ro") == "1":
            raise MediumError(f"{self.path} is write-protected")
        if self.size < need:
            raise MediumError(f"{self.path} has {in_words(self.size)}, the image needs {in_words(need)}")

    def title(self):
        parts = [self.attribute("device/vendor"), self.attribute("device/model") or self.attribute("device/name")]
        return " ".join(part for part in parts if part) or "no name"

    def description(self):
        """What will be lost, for people."""
        lines = [f"{self.path}: {self.title()}, {in_words(self.size)}"]
        for part in self.partitions():
            name = os.path.basename(part)
            size = int(self.attribute("size", part) or 0) * SECTOR
            lines.append(f"  {name}: {in_words(size)} {file_system(name)}".rstrip())
        if len(lines) == 1:
            lines.append("  no partitions")
        return "\n".join(lines)


def in_words(size):
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size >= 1 << shift:
            return f"{size / (1 << shift):.1f} {unit}"
    return f"{size} bytes"


def file_system(name):
    """Type and label of what is on a partition, if lsblk knows."""
    try:
        done = subprocess.run(["lsblk", "-dno", "FSTYPE,LABEL", f"/dev/{name}"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return " ".join(done.stdout.split())


def ranges(block_map):
    """(first byte, end, SHA-256) of each range that a block map says has to be written."""
    root = ElementTree.parse(block_map).getroot()
    block, size = int(root.find("BlockSize").text), int(root.find("ImageSize").text)
    found = []
    for item in root.iter("Range"):
        first, _, last = item.text.strip().partition("-")
        found.append((int(first) * block, min((int(last or first) + 1) * block, size), item.get("chksum")))
    return found


def _copy(source, target, first, end):
    """Copy a range; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    os.lseek(source, first, os.SEEK_SET)
    os.lseek(target, first, os.SEEK_SET)
    while first < end:
        data = os.read(source, min(4 << 20, end - first))
        if not data:
            break
        digest.update(data)
        done = 0
        while done < len(data):
            done += os.write(target, data[done:])
        first += len(data)
    return digest.hexdigest()


def _digest(descriptor, first, end):
    os.lseek(descriptor, first, os.SEEK_SET)
    digest = hashlib.sha256()
    while first < end:
        data = os.read(descriptor, min(4 << 20, end - first))
        if not data:
            break
        digest.update(data)
        first += len(data)
    return digest.hexdigest()


def write(image, medium):
    """Write what the image's block map names, and read it back. A GPT that ended an earlier, larger image is erased."""
    parts = ranges(image + ".bmap")
    source = os.open(image, os.O_RDONLY)
    try:
        target = os.open(medium.path, os.O_RDWR | os.O_EXCL)
        try:
            if medium.system.number(medium.path) != medium.number:
                raise MediumError(f"{medium.path} is another disk now")
            for first, end, wanted in parts:
                if _copy(source, target, first, end) != wanted:
                    raise MediumError(f"{image} is not what {image}.bmap says; make it again")
            if medium.size >= os.path.getsize(image) + GPT_TAIL:
                os.pwrite(target, bytes(GPT_TAIL), medium.size - GPT_TAIL)
            os.fsync(target)
            # So that the medium is read and not the memory of what was written.
            os.posix_fadvise(target, 0, 0, os.POSIX_FADV_DONTNEED)
            for first, end, wanted in parts:
                if _digest(target, first, end) != wanted:
                    raise MediumError(f"{medium.path} does not keep what was written (bytes {first} to {end}); is it broken?")
            try:
                fcntl.ioctl(target, BLKRRPART)
            except OSError:
                pass        # the partitions show when it is plugged in again
        finally:
            os.close(target)
    finally:
        os.close(source)
