"""Disk images: GPT with one FAT32 EFI system partition, made without privileges.

The partition table is written here (UEFI 2.10, section 5.3), because sgdisk waits a second after each change; the
file system is mtools' work.

    \\EFI\\BOOT\\BOOT{X64,AA64,RISCV64}.EFI     the loader
    \\loader\\entries\\helion*.conf            one boot entry for each architecture
    \\helion\\<isa>\\kernel.elf, initramfs.cpio, and whatever else is given

Equal input gives equal images: identifiers are fixed, time stamps are SOURCE_DATE_EPOCH.
"""

import os
import shutil
import struct
import subprocess
import tempfile
import uuid
import zlib

EFI_FILES = {"x86_64": "BOOTX64.EFI", "aarch64": "BOOTAA64.EFI", "riscv64": "BOOTRISCV64.EFI"}
BLS_NAMES = {"x86_64": "x64", "aarch64": "aa64", "riscv64": "riscv64"}

SECTOR = 512
START = 2048                # first sector of the partition: 1 MiB
TAIL = 2048                 # kept free behind it; the backup GPT needs 33 sectors
DISK_GUID = uuid.UUID("8e1d0c51-7d8b-4e0e-9c4b-48454c494f4e")
PARTITION_GUID = uuid.UUID("8e1d0c51-7d8b-4e0e-9c4b-45535048454c")
ESP_TYPE = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
VOLUME_ID = "48454C49"


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


def _run(args, environment):
    result = subprocess.run(args, capture_output=True, text=True, env=environment, check=False)
    if result.returncode:
        raise ImageError(f"{args[0]} failed: {' '.join(args)}\n{result.stdout}{result.stderr}".rstrip())


def partition_table(total, first, last):
    """The sectors of a GPT with one EFI system partition: (start of the disk, end of the disk)."""
    entry = struct.pack("<16s16sQQQ72s", ESP_TYPE.bytes_le, PARTITION_GUID.bytes_le, first, last, 0,
                        "EFI system partition".encode("utf-16-le"))
    entries = entry.ljust(128 * 128, b"\0")

    def header(own, other, table):
        fields = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, own, other, 34, total - 34,
                             DISK_GUID.bytes_le, table, 128, 128, zlib.crc32(entries))
        return (fields[:16] + struct.pack("<I", zlib.crc32(fields)) + fields[20:]).ljust(SECTOR, b"\0")

    # Protective MBR: one partition of type 0xEE over the whole disk.
    mbr = bytes(446) + struct.pack("<B3sB3sII", 0, b"\0\x02\0", 0xEE, b"\xff\xff\xff", 1, min(total - 1, 0xFFFFFFFF))
    mbr = mbr.ljust(510, b"\0") + b"\x55\xaa"
    return mbr + header(1, total - 1, 2) + entries, entries + header(total - 1, 1, total - 33)


def write(payload, output):
    """Write the image. Its size is a power of two, as SD cards in QEMU need it; the file is sparse."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "1767225600")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch, "TZ": "UTC", "LC_ALL": "C", "MTOOLS_SKIP_CHECK": "1",
                   "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
    # FAT32 needs at least 65525 clusters: small images have small clusters.
    cluster = 1 if payload.size() < 24 << 20 else 8
    need = max(payload.size() + payload.size() // 64 + (4 << 20), 66000 * cluster * SECTOR) + (START + TAIL) * SECTOR
    size = 64 << 20
    while size < need:
        size *= 2
    sectors = size // SECTOR - START - TAIL
    temporary = f"{output}.tmp{os.getpid()}"
    stage = tempfile.mkdtemp(prefix="helion-image-")
    try:
        head, tail = partition_table(size // SECTOR, START, START + sectors - 1)
        with open(temporary, "wb") as f:
            f.write(head)
            f.seek(size - len(tail))
            f.write(tail)
        target = f"{temporary}@@{START * SECTOR}"
        _run(["mformat", "-i", target, "-F", "-T", str(sectors), "-h", "255", "-s", "63", "-H", str(START),
              "-c", str(cluster), "-N", VOLUME_ID, "-v", "HELION", "::"], environment)
        # One mcopy for everything: a tree of links, with the times that are to be on the image.
        tops = set()
        for destination, source in sorted(payload.files.items()):
            path = os.path.join(stage, destination)
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
        if tops:
            _run(["mcopy", "-i", target, "-s", "-Q"] + [os.path.join(stage, top) for top in sorted(tops)] + ["::/"],
                 environment)
        os.replace(temporary, output)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if os.path.exists(temporary):
            os.unlink(temporary)
