"""Block maps: which blocks of an image have to be written to a medium, and their hashes (bmap format 2.0, bmaptool).

The map follows from the image's structure and not from holes in the file: a block that is all zeros has to be written
too where it is part of a table or of a file, whatever the medium had there before.
"""

import hashlib
import os
import struct

BLOCK = 4096


def fat32_used(image, offset):
    """Bytes from the start of the image to the end of the last cluster in use of the FAT32 file system at offset."""
    with open(image, "rb") as f:
        f.seek(offset)
        boot = f.read(512)
        sector, cluster, reserved, fats = struct.unpack_from("<HBHB", boot, 11)
        fat_sectors = struct.unpack_from("<I", boot, 36)[0]
        f.seek(offset + reserved * sector)
        fat = f.read(fat_sectors * sector)
    entries = struct.unpack(f"<{len(fat) // 4}I", fat)
    last = max((i for i, entry in enumerate(entries) if i >= 2 and entry & 0x0FFFFFFF), default=2)
    return offset + (reserved + fats * fat_sectors + (last - 1) * cluster) * sector


def ranges(image, used, tail):
    """The blocks to write, as (first, last): the first `used` bytes of the image and its last `tail`."""
    size = os.path.getsize(image)
    count = -(-size // BLOCK)
    end = -(-min(used, size) // BLOCK)
    found = [(0, end - 1)] if end else []
    if tail:
        start = max((size - tail) // BLOCK, end)
        if start < count:
            found.append((start, count - 1))
    if len(found) == 2 and found[1][0] <= found[0][1] + 1:
        found = [(0, count - 1)]
    return found


def _text(size, mapped, checksum, lines):
    return "\n".join([
        '<?xml version="1.0" ?>', '<bmap version="2.0">', f"    <ImageSize> {size} </ImageSize>",
        f"    <BlockSize> {BLOCK} </BlockSize>", f"    <BlocksCount> {-(-size // BLOCK)} </BlocksCount>",
        f"    <MappedBlocksCount> {mapped} </MappedBlocksCount>", "    <ChecksumType> sha256 </ChecksumType>",
        f"    <BmapFileChecksum> {checksum} </BmapFileChecksum>", "    <BlockMap>", *lines, "    </BlockMap>", "</bmap>", ""])


def write(image, output, used, tail):
    """Write the map of an image: see ranges()."""
    size, mapped, lines = os.path.getsize(image), 0, []
    with open(image, "rb") as f:
        for first, last in ranges(image, used, tail):
            digest, left = hashlib.sha256(), min((last + 1) * BLOCK, size) - first * BLOCK
            f.seek(first * BLOCK)
            while left:
                data = f.read(min(left, 1 << 20))
                digest.update(data)
                left -= len(data)
            lines.append(f'        <Range chksum="{digest.hexdigest()}"> {first}-{last} </Range>')
            mapped += last - first + 1
    # The map's own hash is that of its text with zeros in the hash's place.
    text = _text(size, mapped, "0" * 64, lines)
    text = _text(size, mapped, hashlib.sha256(text.encode()).hexdigest(), lines)
    temporary = f"{output}.tmp{os.getpid()}"
    with open(temporary, "w", encoding="ascii") as f:
        f.write(text)
    os.replace(temporary, output)
