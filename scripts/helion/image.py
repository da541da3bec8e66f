"""Disk images made without privileges: a partition table and a FAT32 EFI system partition, which is mtools' work.

    \\EFI\\BOOT\\BOOT{X64,AA64,RISCV64}.EFI     the loader
    \\loader\\entries\\helion*.conf            one boot entry for each architecture
    \\helion\\<isa>\\kernel.elf, initramfs.cpio, and whatever else is given

Equal input gives equal images: identifiers are fixed, time stamps are SOURCE_DATE_EPOCH.
"""

import dataclasses
import os
import shutil
import subprocess
import tempfile
import time
import uuid

from . import bmap, cd, disk
from .disk import SECTOR

EFI_FILES = {"x86_64": "BOOTX64.EFI", "aarch64": "BOOTAA64.EFI", "riscv64": "BOOTRISCV64.EFI"}
BLS_NAMES = {"x86_64": "x64", "aarch64": "aa64", "riscv64": "riscv64"}

START = 2048                # first sector of the EFI system partition, unless a layout says otherwise: 1 MiB
TAIL = 2048                 # kept free behind it; the backup GPT needs 33 sectors
DISK_GUID = uuid.UUID("8e1d0c51-7d8b-4e0e-9c4b-48454c494f4e")
PARTITION_GUID = uuid.UUID("8e1d0c51-7d8b-4e0e-9c4b-45535048454c")
EXTENDED_GUID = uuid.UUID("8e1d0c51-7d8b-4e0e-9c4b-58424f4f5448")
VOLUME_ID = "48454C49"
MIB = 1 << 20
MINIMUM = 64 << 20          # FAT32 needs 32 MiB at least


class ImageError(Exception):
    """A message for people."""


def entry_text(arch, options="", version="", title="Helion", initrds=("initramfs.cpio",), extra=""):
    """A boot entry as the loader reads it (docs/boot-protocol.md)."""
    lines = [f"title {title}"]
    if version:
        lines.append(f"version {version}")
    lines += [f"architecture {BLS_NAMES[arch]}", f"helion /helion/{arch}/kernel.elf"]
    lines += [f"initrd /helion/{arch}/{name}" for name in initrds]
    if options:
        lines.append(f"options {options}")
    return "\n".join(lines) + "\n" + extra


class Payload:
    """What goes on the partition: a path with / for every source file or text."""

    def __init__(self):
        self.files = {}         # destination: path of a file, or bytes

    def add_file(self, destination, source):
        if not os.path.isfile(source):
            raise ImageError(f"{source}: no such file (for {destination}); has it been built?")
        self.files[destination.strip("/")] = os.path.abspath(source)

    def add_bytes(self, destination, data):
        self.files[destination.strip("/")] = data.encode() if isinstance(data, str) else data

    def remove(self, destination):
        self.files.pop(destination.strip("/"), None)

    def add_system(self, arch, loader=None, kernel=None, initrd=None, options="", version="", entry=None):
        """The standard files of one architecture. A part that is None is left out; entry replaces the boot entry."""
        if loader:
            self.add_file(f"EFI/BOOT/{EFI_FILES[arch]}", loader)
        if kernel:
            self.add_file(f"helion/{arch}/kernel.elf", kernel)
        if initrd:
            self.add_file(f"helion/{arch}/initramfs.cpio", initrd)
        if entry is None:
            entry = entry_text(arch, options, version, initrds=("initramfs.cpio",) if initrd else ())
        self.add_bytes(f"loader/entries/helion-{BLS_NAMES[arch]}.conf", entry)

    def size(self):
        return sum(len(s) if isinstance(s, bytes) else os.path.getsize(s) for s in self.files.values())


def _cluster(payload):
    """Sectors of a cluster. FAT32 has at least 65525 clusters: small volumes have small ones."""
    return 1 if payload.size() < 24 << 20 else 8


def _needed(payload):
    """Bytes of a volume with this content: whole MiB."""
    need = max(payload.size() + payload.size() // 64 + (4 << 20), 66000 * _cluster(payload) * SECTOR)
    return -(-need // MIB) * MIB


def _run(args, environment):
    result = subprocess.run(args, capture_output=True, text=True, env=environment, check=False)
    if result.returncode:
        raise ImageError(f"{args[0]} failed: {' '.join(args)}\n{result.stdout}{result.stderr}".rstrip())


@dataclasses.dataclass
class Raw:
    """A partition without a file system, which a board's ROM or first stage reads."""
    name: str
    type: uuid.UUID
    first: int                  # sectors
    count: int
    source: object              # path of a file, or bytes


@dataclasses.dataclass
class Layout:
    """What stands around the EFI system partition. The default is what PC firmware, EDK2 and U-Boot boot from."""
    name: str = ""              # identifiers follow from it; "" for images of which nobody has two
    table: str = "gpt"          # one of disk.TABLES
    start: int = START          # first sector of the EFI system partition
    raw: tuple = ()             # partitions in front of it
    is_bootable: bool = False   # marked for U-Boot, which otherwise tries the first partition
    is_cd: bool = False         # can be used as a CD too
    extended: object = None     # a Payload: there is an extended boot loader partition with it behind the other

    def guid(self, what, default):
        return uuid.uuid5(DISK_GUID, f"{self.name}/{what}") if self.name else default

    def partitions(self, last):
        """All of them, the EFI system partition behind the raw ones; the last ends at sector `last`."""
        found = [disk.Partition(r.name, r.type, r.first, r.first + r.count - 1, self.guid(r.name, None))
                 for r in self.raw]
        first = last + 1 - self.extended_sectors()
        found.append(disk.Partition("EFI system partition", disk.ESP_TYPE, self.start, first - 1,
                                    self.guid("esp", PARTITION_GUID), disk.LEGACY_BOOTABLE if self.is_bootable else 0,
                                    disk.MBR_FAT32_LBA if self.table != "gpt" else 0))
        if self.extended:
            found.append(disk.Partition("Boot", disk.XBOOTLDR_TYPE, first, last, self.guid("xbootldr", EXTENDED_GUID)))
        return found

    def extended_sectors(self):
        return _needed(self.extended) // SECTOR if self.extended else 0


def epoch():
    return int(os.environ.get("SOURCE_DATE_EPOCH") or 1767225600)


def _write_frame(path, layout, size):
    """A file with everything but the file system."""
    last = size // SECTOR - TAIL - 1
    try:
        head, tail = disk.tables(layout.partitions(last), layout.guid("disk", DISK_GUID), size // SECTOR, layout.table)
    except disk.LayoutError as e:
        raise ImageError(str(e)) from e
    with open(path, "wb") as f:
        f.write(head)
        if layout.is_cd:
            at = cd.SYSTEM_AREA * cd.BLOCK
            if layout.raw or layout.table == "mbr" or layout.start * SECTOR < cd.END * cd.BLOCK:
                raise ImageError("a CD's descriptors need the first 48 KiB of the image")
            f.seek(at)
            f.write(cd.blocks(size, layout.start * SECTOR, time.gmtime(epoch())))
        for raw in layout.raw:
            data = raw.source
            if not isinstance(data, bytes):
                with open(raw.source, "rb") as source:
                    data = source.read()
            if len(data) > raw.count * SECTOR:
                raise ImageError(f"{raw.source}: {len(data)} bytes, but partition {raw.name} has {raw.count * SECTOR}")
            f.seek(raw.first * SECTOR)
            f.write(data)
        f.truncate(size)
        f.seek(size - len(tail))
        f.write(tail)


def _stage(payload, directory):
    """A tree of links, so that one mcopy does for everything; the names at its top."""
    tops = set()
    for destination, source in sorted(payload.files.items()):
        path = os.path.join(directory, destination)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        tops.add(destination.split("/")[0])
        if isinstance(source, bytes):
            with open(path, "wb") as f:
                f.write(source)
        else:
            try:
                os.symlink(source, path)
            except OSError:
                shutil.copyfile(source, path)
    return sorted(tops)


def _write_volume(payload, path, first, end, label, environment):
    """A FAT32 file system with the payload in the sectors from `first` up to `end`."""
    target = f"{path}@@{first * SECTOR}"
    stage = tempfile.mkdtemp(prefix="helion-image-")
    try:
        _run(["mformat", "-i", target, "-F", "-T", str(end - first), "-h", "255", "-s", "63", "-H", str(first),
              "-c", str(_cluster(payload)), "-N", VOLUME_ID, "-v", label, "::"], environment)
        tops = _stage(payload, stage)
        if tops:
            _run(["mcopy", "-i", target, "-s", "-Q"] + [os.path.join(stage, top) for top in tops] + ["::/"], environment)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def write(payload, output, layout=Layout(), block_map=""):
    """Write the image, and a block map of it if block_map names a file.

    The image's size is a power of two, as SD cards in QEMU need it; the file is sparse.
    """
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "TZ": "UTC", "LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1",
                   "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    need = _needed(payload) + (layout.start + layout.extended_sectors() + TAIL) * SECTOR
    size = MINIMUM
    while size < need:
        size *= 2
    end = size // SECTOR - TAIL
    between = end - layout.extended_sectors()
    temporary = f"{output}.tmp{os.getpid()}"
    try:
        _write_frame(temporary, layout, size)
        _write_volume(payload, temporary, layout.start, between, "HELION", environment)
        if layout.extended:
            _write_volume(layout.extended, temporary, between, end, "BOOT", environment)
        if block_map:
            bmap.write(temporary, block_map, bmap.fat32_used(temporary, layout.start * SECTOR),
                       0 if layout.table == "mbr" else disk.GPT_LAST * SECTOR)
        os.replace(temporary, output)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)
