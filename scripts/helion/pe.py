"""EFI images (PE32+): adding sections to one, as a unified kernel image is made, and making one that only carries data.

References: Microsoft "PE Format"; UEFI 2.10, section 2.1.1; UAPI.5 Unified Kernel Image.
"""

import struct

MACHINES = {"x86_64": 0x8664, "aarch64": 0xAA64, "riscv64": 0x5064}
# "return 0" of each machine: firmware wants an image to have an entry point, though nobody calls it.
RETURN = {"x86_64": bytes.fromhex("31c0c3"), "aarch64": bytes.fromhex("000080d2c0035fd6"), "riscv64": bytes.fromhex("01458280")}

PAGE = 0x1000
FILE_ALIGN = 0x200
CODE, DATA = 0x60000020, 0x40000040         # characteristics: code, executable; initialised data. Both readable.
DISCARDABLE = 0x02000000
EFI_APPLICATION = 10
NX_COMPAT = 0x0100


class PeError(Exception):
    """A message for people."""


def align(value, to):
    return (value + to - 1) // to * to


def _move_contents(data, table, count, old, new):
    """Make the headers longer, before all contents; in memory they may reach up to the first section."""
    headers = [table + i * 40 for i in range(count)]
    if new > min(struct.unpack_from("<I", data, h + 12)[0] for h in headers):
        raise PeError("no room for more section headers")
    for h in headers:
        offset, = struct.unpack_from("<I", data, h + 20)
        if offset:
            struct.pack_into("<I", data, h + 20, offset + new - old)
    data[old:old] = bytes(new - old)


def add_sections(image, sections):
    """The image with further sections (name, bytes), in this order, behind those it has. Signatures must not be there yet."""
    data = bytearray(image)
    start, = struct.unpack_from("<I", data, 60)
    if data[:2] != b"MZ" or data[start:start + 4] != b"PE\0\0":
        raise PeError("not a PE file")
    count, = struct.unpack_from("<H", data, start + 6)
    optional_size, = struct.unpack_from("<H", data, start + 20)
    optional = start + 24
    section_align, file_align = struct.unpack_from("<II", data, optional + 32)
    headers_size, = struct.unpack_from("<I", data, optional + 60)
    table = optional + optional_size
    need = align(table + (count + len(sections)) * 40, file_align)
    if need > headers_size:
        _move_contents(data, table, count, headers_size, need)
        struct.pack_into("<I", data, optional + 60, need)
    if struct.unpack_from("<I", data, optional + 112 + 4 * 8 + 4)[0]:
        raise PeError("it is signed already")
    end = 0
    for i in range(count):
        size, address = struct.unpack_from("<II", data, table + i * 40 + 8)
        end = max(end, address + size)
    for name, content in sections:
        address = align(end, section_align)
        data += bytes(-len(data) % file_align)
        raw = align(len(content), file_align)
        struct.pack_into("<8sIIIIIIHHI", data, table + count * 40, name.encode(), len(content), address, raw, len(data),
                         0, 0, 0, 0, DATA)
        data += content.ljust(raw, b"\0")
        end = address + len(content)
        count += 1
    struct.pack_into("<H", data, start + 6, count)
    struct.pack_into("<I", data, optional + 56, align(end, section_align))      # SizeOfImage
    return bytes(data)


def data_image(arch, sections):
    """An EFI application of one architecture that does nothing and carries these sections (name, bytes)."""
    first = [(".text", RETURN[arch], CODE), (".reloc", struct.pack("<II", 0, 8), DATA | DISCARDABLE)]
    table = [(name, content, flags) for name, content, flags in first] + [(name, content, DATA) for name, content in sections]
    headers_size = align(64 + 24 + 240 + 40 * len(table), FILE_ALIGN)
    headers, body, address = b"", b"", PAGE
    for name, content, flags in table:
        raw = align(len(content), FILE_ALIGN)
        headers += struct.pack("<8sIIIIIIHHI", name.encode(), len(content), address, raw, headers_size + len(body), 0, 0, 0, 0,
                               flags)
        body += content.ljust(raw, b"\0")
        address = align(address + len(content), PAGE)
    directories = [(0, 0)] * 16
    directories[5] = (2 * PAGE, 8)          # .reloc, the second section
    dos = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", MACHINES[arch], len(table), 0, 0, 0, 240, 0x0022)
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20b, 0, 0, FILE_ALIGN, len(body) - FILE_ALIGN, 0, PAGE, PAGE, 0,
                           PAGE, FILE_ALIGN, 0, 0, 0, 0, 0, 0, 0, address, headers_size, 0, EFI_APPLICATION, NX_COMPAT,
                           0, 0, 0, 0, 0, 16)
    optional += b"".join(struct.pack("<II", *d) for d in directories)
    return (dos + coff + optional + headers).ljust(headers_size, b"\0") + body


def unified(stub, kernel, osrel="", cmdline=None, uname=None, initrd=None, extra=(), profiles=()):
    """A unified kernel image, as ukify makes it from systemd's stub. Texts are str, the rest is bytes.

    profiles: of each what its .profile says, and its own command line or None.
    """
    sections = [(".osrel", osrel.encode())] if osrel else []
    if cmdline is not None:
        sections.append((".cmdline", cmdline.encode()))
    if uname is not None:
        sections.append((".uname", uname.encode()))
    if initrd is not None:
        sections.append((".initrd", initrd))
    # The kernel is the last: it may be larger than its section when it is unpacked in place.
    sections += list(extra) + [(".linux", kernel)]
    for text, own in profiles:
        sections.append((".profile", text.encode()))
        if own is not None:
            sections.append((".cmdline", own.encode()))
    return add_sections(stub, sections)
