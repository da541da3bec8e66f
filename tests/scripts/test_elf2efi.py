"""scripts/elf2efi: what it makes, and what it refuses."""

import os
import struct
import subprocess
import tempfile

from harness import TOP, test

MACHINES = {"x86_64": (62, 0x8664, 8), "aarch64": (183, 0xAA64, 1027), "riscv64": (243, 0x5064, 3)}
BASE = 0x1000


def elf(isa="x86_64", e_type=3, text_flags=5, data_at=0x3000, relocation=None, dynamic=(), extra=(), entry=BASE):
    """A small static PIE: .text at 0x1000, the dynamic section and its relocation at 0x2000, 16 bytes of data."""
    machine, _, relative = MACHINES[isa]
    text = b"\xcc" * 32
    rela = struct.pack("<QQq", data_at, relative, BASE) if relocation is None else relocation
    tags = [(7, 0x2000), (8, len(rela)), (9, 24), *dynamic, (0, 0)]
    rodata = rela + b"".join(struct.pack("<QQ", *tag) for tag in tags)
    data = bytes(16)
    segments = [(1, text_flags, BASE, text, len(text)), (1, 4, 0x2000, rodata, len(rodata)),
                (1, 6, data_at, data, 0x2000), *extra]
    body, headers = b"", b""
    offset = 64 + 56 * (len(segments) + 1)
    for kind, flags, vaddr, contents, memsz in segments:
        headers += struct.pack("<IIQQQQQQ", kind, flags, offset + len(body), vaddr, vaddr, len(contents), memsz, 4096)
        if vaddr == 0x2000:
            headers += struct.pack("<IIQQQQQQ", 2, 4, offset + len(body) + len(rela), 0x2000 + len(rela), 0,
                                   16 * len(tags), 16 * len(tags), 8)
        body += contents
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", e_type, machine, 1, entry, 64, 0, 0, 64, 56, len(segments) + 1, 0, 0, 0)
    return header + headers + body


def convert(data):
    """Exit status, message, image."""
    with tempfile.TemporaryDirectory() as directory:
        source, output = os.path.join(directory, "in.elf"), os.path.join(directory, "out.efi")
        with open(source, "wb") as f:
            f.write(data)
        done = subprocess.run([os.path.join(TOP, "scripts/elf2efi"), source, output], capture_output=True, text=True,
                              check=False)
        if not os.path.exists(output):
            return done.returncode, done.stderr, b""
        with open(output, "rb") as f:
            return done.returncode, done.stderr, f.read()


@test("elf2efi-image")
def image(t):
    for isa, (_, pe_machine, _) in MACHINES.items():
        status, message, pe = convert(elf(isa))
        t.equal(status, 0, f"{isa}: {message}")
        t.check(len(pe) >= 8192, f"{isa}: only {len(pe)} bytes")
        header = struct.unpack_from("<I", pe, 0x3C)[0]
        t.equal(pe[header:header + 4], b"PE\0\0", isa)
        t.equal(struct.unpack_from("<H", pe, header + 4)[0], pe_machine, f"{isa}: machine")
        optional = header + 24
        t.equal(struct.unpack_from("<I", pe, optional + 16)[0], BASE, f"{isa}: entry point")
        t.equal(struct.unpack_from("<HH", pe, optional + 68), (10, 0x160), f"{isa}: subsystem and characteristics")
        count = struct.unpack_from("<H", pe, header + 6)[0]
        sections = [struct.unpack_from("<8sIIIIIIHHI", pe, optional + 240 + 40 * i) for i in range(count)]
        t.equal([s[0].rstrip(b"\0") for s in sections], [b".text", b".rdata", b".data", b".reloc"], isa)
        for section in sections:
            t.check(section[9] & 0xA0000000 != 0xA0000000, f"{isa}: {section[0]} is writable and executable")
            t.equal(section[2] % 4096, 0, f"{isa}: alignment")
        t.equal(struct.unpack_from("<IIH", pe, sections[3][4]), (0x3000, 12, 10 << 12), f"{isa}: relocation")
        t.equal(struct.unpack_from("<Q", pe, sections[2][4])[0], BASE, f"{isa}: relocated word")


@test("elf2efi-deterministic")
def deterministic(t):
    t.equal(convert(elf())[2], convert(elf())[2], "second conversion")


@test("elf2efi-refuses")
def refuses(t):
    cases = {
        "not an ELF file": b"MZ" + bytes(100),
        "is not ET_DYN": elf(e_type=2),
        "writable and executable": elf(text_flags=7),
        "share a page": elf(data_at=0x2800),
        "no executable segment": elf(entry=0x3000),
        "only R_*_RELATIVE": elf(relocation=struct.pack("<QQq", 0x3000, 1 << 32 | 6, 0)),
        "in executable": elf(relocation=struct.pack("<QQq", BASE, 8, 0)),
        "outside of what the file initialises": elf(relocation=struct.pack("<QQq", 0x4000, 8, 0)),
        "two relocations": elf(relocation=struct.pack("<QQq", 0x3000, 8, 0) * 2),
        "DT_NEEDED": elf(dynamic=((1, 1),)),
        "constructors": elf(dynamic=((27, 8),)),
        "thread-local storage": elf(extra=((7, 4, 0x2000, b"", 8),)),
        "dynamic linker": elf(extra=((3, 4, 0x9000, b"/lib/ld.so\0", 11),)),
        "exceed the file": elf()[:-8],
    }
    for expected, data in cases.items():
        status, message, _ = convert(data)
        t.equal(status, 1, f"status of the case '{expected}'")
        t.check(expected in message, f"message {message!r} does not say {expected!r}")
