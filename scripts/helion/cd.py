"""An image that is a CD as well: what firmware that reads a CD looks for stands in the gap before the first partition.

A disk's first sectors and a CD's do not collide: GPT and MBR take the first 17 KiB, a CD's volume descriptors begin at
32 KiB (ECMA-119, section 6.2.1). El Torito's catalog names the EFI system partition as the boot image for EFI (UEFI
2.10, section 13.3.2.1), so there is one file system and nothing twice. The CD's own directory has a file that says so.
"""

import struct

BLOCK = 2048
SYSTEM_AREA = 16                # blocks that a CD leaves to others
PRIMARY, BOOT, TERMINATOR = 16, 17, 18
PATHS_LITTLE, PATHS_BIG = 19, 20
CATALOG, ROOT, README = 21, 22, 23
END = 24                        # the first block that is not used
PLATFORM_EFI = 0xEF

README_TEXT = b"""This is a Helion boot medium. What it boots from is not in this directory: it is the EFI system
partition of the same medium, which firmware finds by itself. Boot a computer with UEFI from it, or
write the image to a USB stick to look inside.
"""


def _both(value, form="I"):
    """A number in both byte orders (ECMA-119, section 7.2.3 and 7.3.3)."""
    return struct.pack("<" + form, value) + struct.pack(">" + form, value)


def _record(name, block, size, when, is_directory):
    """A directory record (ECMA-119, section 9.1)."""
    date = bytes([when.tm_year - 1900, when.tm_mon, when.tm_mday, when.tm_hour, when.tm_min, when.tm_sec, 0])
    body = b"\0" + _both(block) + _both(size) + date + bytes([2 if is_directory else 0, 0, 0]) + _both(1, "H")
    body += bytes([len(name)]) + name + (b"" if len(name) % 2 else b"\0")
    return bytes([len(body) + 1]) + body


def _text(text, length):
    return text.encode("ascii").ljust(length)


def _primary(blocks, root, when):
    """The primary volume descriptor (ECMA-119, section 8.4)."""
    date = f"{when.tm_year:04}{when.tm_mon:02}{when.tm_mday:02}{when.tm_hour:02}{when.tm_min:02}{when.tm_sec:02}00" \
        .encode("ascii") + b"\0"
    never = b"0" * 16 + b"\0"
    return (b"\x01CD001\x01\0" + _text("", 32) + _text("HELION", 32) + bytes(8) + _both(blocks) + bytes(32) +
            _both(1, "H") + _both(1, "H") + _both(BLOCK, "H") + _both(10) + struct.pack("<II", PATHS_LITTLE, 0) +
            struct.pack(">II", PATHS_BIG, 0) + root + _text("", 128) + _text("", 128) + _text("", 128) +
            _text("HELION", 128) + _text("", 37) * 3 + date + date + never + never + b"\x01\0").ljust(BLOCK, b"\0")


def _catalog(image_block):
    """The boot catalog (El Torito 1.0, section 2): validation entry, default entry.

    Its count of sectors has 16 bits, too few for a partition. Firmware takes 0 and 1 as "to the end of the medium".
    """
    validation = bytearray(struct.pack("<BBH24sHBB", 1, PLATFORM_EFI, 0, b"Helion", 0, 0x55, 0xAA))
    checksum = -sum(struct.unpack("<16H", validation)) & 0xFFFF
    struct.pack_into("<H", validation, 28, checksum)
    default = struct.pack("<BBHBBHI20x", 0x88, 0, 0, 0, 0, 0, image_block)
    return (bytes(validation) + default).ljust(BLOCK, b"\0")


def blocks(size, image_offset, when):
    """Bytes for offset SYSTEM_AREA * BLOCK of an image of `size` bytes whose boot partition begins at image_offset."""
    root = _record(b"\0", ROOT, BLOCK, when, True)
    directory = root + _record(b"\1", ROOT, BLOCK, when, True) + _record(b"README.TXT;1", README, len(README_TEXT), when,
                                                                           False)
    path = struct.pack("<BBIH", 1, 0, ROOT, 1) + b"\0\0", struct.pack(">BBIH", 1, 0, ROOT, 1) + b"\0\0"
    boot = b"\0CD001\x01" + b"EL TORITO SPECIFICATION".ljust(32, b"\0") + bytes(32) + struct.pack("<I", CATALOG)
    parts = [_primary(size // BLOCK, root, when), boot, b"\xffCD001\x01", path[0], path[1],
             _catalog(image_offset // BLOCK), directory, README_TEXT]
    return b"".join(part.ljust(BLOCK, b"\0") for part in parts)
