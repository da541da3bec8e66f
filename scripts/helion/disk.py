"""Partition tables: GPT (UEFI 2.10, section 5.3), MBR (5.2.1), and both at once for boards whose ROM knows only MBRs.

sgdisk would do, but it waits a second after each change, and it draws random identifiers.
"""

import dataclasses
import struct
import uuid
import zlib

SECTOR = 512
ENTRIES = 128                   # of a GPT
GPT_FIRST = 34                  # sectors that the GPT at the start takes: protective MBR, header, entries
GPT_LAST = 33                   # and that at the end: entries, header

ESP_TYPE = uuid.UUID("c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
XBOOTLDR_TYPE = uuid.UUID("bc13c2ff-59e6-4262-a352-b275fd6f7172")
LEGACY_BOOTABLE = 1 << 2        # attribute of a GPT entry: where U-Boot looks first
MBR_PROTECTIVE = 0xEE
MBR_FAT32_LBA = 0x0C            # what the Raspberry Pi's ROM looks for

TABLES = ("gpt", "hybrid", "mbr")


class LayoutError(Exception):
    """A message for people: partitions that cannot be made."""


@dataclasses.dataclass
class Partition:
    """A range of sectors, and what it is."""
    name: str
    type: uuid.UUID
    first: int                  # sectors, counted from 0
    last: int
    guid: uuid.UUID
    attributes: int = 0
    mbr_type: int = 0           # in a hybrid or plain MBR; 0: it is not in there


def check(partitions, total, table):
    """Partitions must not overlap, nor reach into the tables."""
    first, last = (1, total - 1) if table == "mbr" else (GPT_FIRST, total - GPT_LAST - 1)
    for partition in partitions:
        if not first <= partition.first <= partition.last <= last:
            raise LayoutError(f"partition {partition.name}: sectors {partition.first} to {partition.last} are not within "
                              f"{first} to {last}")
    ordered = sorted(partitions, key=lambda p: p.first)
    for before, after in zip(ordered, ordered[1:]):
        if after.first <= before.last:
            raise LayoutError(f"partitions {before.name} and {after.name} overlap")


def _mbr_entry(kind, first, count, is_active=False):
    # Addresses by cylinder, head and sector are of no use to anyone: the largest one means "see the sector numbers".
    start = b"\0\x02\0" if kind == MBR_PROTECTIVE else b"\xfe\xff\xff"
    return struct.pack("<B3sB3sII", 0x80 if is_active else 0, start, kind, b"\xfe\xff\xff" if kind != MBR_PROTECTIVE else
                       b"\xff\xff\xff", first, min(count, 0xFFFFFFFF))


def _mbr(entries, signature=0):
    code = bytes(440) + struct.pack("<IH", signature, 0)
    return (code + b"".join(entries)).ljust(510, b"\0") + b"\x55\xaa"


def _mbr_partitions(partitions):
    return [_mbr_entry(p.mbr_type, p.first, p.last - p.first + 1, True) for p in partitions if p.mbr_type]


def _gpt(partitions, disk, total):
    entries = b"".join(struct.pack("<16s16sQQQ72s", p.type.bytes_le, p.guid.bytes_le, p.first, p.last, p.attributes,
                                   p.name.encode("utf-16-le")) for p in partitions).ljust(ENTRIES * 128, b"\0")

    def header(own, other, table):
        fields = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, own, other, GPT_FIRST,
                             total - GPT_LAST - 1, disk.bytes_le, table, ENTRIES, 128, zlib.crc32(entries))
        return (fields[:16] + struct.pack("<I", zlib.crc32(fields)) + fields[20:]).ljust(SECTOR, b"\0")

    return header(1, total - 1, 2) + entries, entries + header(total - 1, 1, total - GPT_LAST)


def tables(partitions, disk, total, table="gpt"):
    """The sectors at the start of the disk and at its end. disk is its GUID, total its sectors."""
    if table not in TABLES:
        raise LayoutError(f"partition table {table!r} is none of {', '.join(TABLES)}")
    check(partitions, total, table)
    if table == "mbr":
        return _mbr(_mbr_partitions(partitions), zlib.crc32(disk.bytes)), b""
    head, tail = _gpt(partitions, disk, total)
    if table == "hybrid":
        # The entry that protects the GPT covers only what is in front of the first partition, as entries of an MBR
        # must not overlap.
        first = min(p.first for p in partitions if p.mbr_type)
        entries = _mbr_partitions(partitions) + [_mbr_entry(MBR_PROTECTIVE, 1, first - 1)]
    else:
        entries = [_mbr_entry(MBR_PROTECTIVE, 1, total - 1)]
    return _mbr(entries) + head, tail
