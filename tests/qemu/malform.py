"""Inputs with one thing wrong: ELF files, archives, boot entries and device trees made from good ones."""

import lzma
import struct

LOAD, DYNAMIC, INTERP, NOTE = 1, 2, 3, 4
X, W, R = 1, 2, 4

# ELF machine numbers, and a relocation of each that needs a symbol and thus a dynamic linker.
MACHINES = {"x86_64": 62, "aarch64": 183, "riscv64": 243}
ABSOLUTE = {"x86_64": 1, "aarch64": 257, "riscv64": 2}


class Elf:
    """An ELF64 file whose numbers can be changed: header fields by name, program headers by index."""

    HEADER = {"class": (4, "B"), "order": (5, "B"), "version": (6, "B"), "type": (16, "H"), "machine": (18, "H"),
              "entry": (24, "Q"), "phoff": (32, "Q"), "phentsize": (54, "H"), "phnum": (56, "H")}
    PROGRAM = {"type": (0, "I"), "flags": (4, "I"), "offset": (8, "Q"), "vaddr": (16, "Q"), "filesz": (32, "Q"),
               "memsz": (40, "Q"), "align": (48, "Q")}

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = bytearray(f.read())
        self.table, self.count = self.get("phoff"), self.get("phnum")

    def get(self, field, index=None):
        at, form = self._place(field, index)
        return struct.unpack_from("<" + form, self.data, at)[0]

    def set(self, field, value, index=None):
        at, form = self._place(field, index)
        struct.pack_into("<" + form, self.data, at, value)
        return self

    def _place(self, field, index):
        if index is None:
            return self.HEADER[field]
        at, form = self.PROGRAM[field]
        return self.table + 56 * index + at, form

    def find(self, kind, flags=None):
        """The index of the first program header of this type, and for segments with these rights."""
        for index in range(self.count):
            if self.get("type", index) == kind and flags in (None, self.get("flags", index)):
                return index
        raise LookupError(f"no program header of type {kind}")

    def code(self):
        return self.find(LOAD, R | X)

    def writable(self):
        return self.find(LOAD, R | W)

    def dynamic(self, tag):
        at = self.get("offset", self.find(DYNAMIC))
        while True:
            found, value = struct.unpack_from("<QQ", self.data, at)
            if found == tag:
                return value
            at += 16

    def at(self, address):
        """The place in the file of an address."""
        for index in range(self.count):
            start = self.get("vaddr", index)
            if self.get("type", index) == LOAD and start <= address < start + self.get("filesz", index):
                return self.get("offset", index) + address - start
        raise LookupError(f"{address:#x} is not in the file")

    def relocation(self, offset=None, kind=None):
        """Change the first entry of the relocation table."""
        at = self.at(self.dynamic(7))
        if offset is not None:
            struct.pack_into("<Q", self.data, at, offset)
        if kind is not None:
            struct.pack_into("<Q", self.data, at + 8, kind)
        return self

    def move(self, distance):
        """All addresses of program headers, and the entry."""
        for index in range(self.count):
            self.set("vaddr", (self.get("vaddr", index) + distance) % (1 << 64), index)
        return self.set("entry", (self.get("entry") + distance) % (1 << 64))

    def cut(self, size):
        del self.data[size:]
        return self

    def bytes(self):
        return bytes(self.data)


def _note(elf, owner=None, version=None):
    at = elf.get("offset", elf.find(NOTE))
    if owner:
        elf.data[at + 12:at + 12 + len(owner)] = owner
    if version:
        struct.pack_into("<HH", elf.data, at + 20, *version)
    return elf


def _overlap(elf):
    """The first segment reaches into the page of the second."""
    return elf.set("memsz", elf.get("vaddr", 1) - elf.get("vaddr", 0) + 8, 0)


def _disorder(elf):
    return elf.set("vaddr", elf.get("vaddr", elf.writable()) + (1 << 20), 0)


def elf_cases(arch, path):
    """(name, file, what is said about it) of ELF files that neither the loader nor the kernel may run."""
    other = "riscv64" if arch != "riscv64" else "x86_64"

    def new():
        return Elf(path)
    good = new()
    code, data = good.code(), good.writable()
    return [
        ("empty", b"", "too short for an ELF header"),
        ("short", new().cut(63).bytes(), "too short for an ELF header"),
        ("text", b"#!/bin/sh\n# not a program\n".ljust(8192, b"\n"), "not an ELF file"),
        ("headers-cut", new().cut(100).bytes(), r"program headers lie outside the file \(truncated\?\)"),
        ("cut", new().cut(len(good.data) // 2).bytes(),
         r"a segment reaches beyond the end of the file \(truncated\?\)"),
        ("class", new().set("class", 1).bytes(), "not a 64-bit ELF file"),
        ("order", new().set("order", 2).bytes(), "not a little-endian ELF file"),
        ("type", new().set("type", 1).bytes(), "neither an executable nor a static PIE"),
        ("machine", new().set("machine", MACHINES[other]).bytes(),
         "(is for .*, this is |built for another architecture)"),
        ("no-headers", new().set("phnum", 0).bytes(), "no program headers, or too many"),
        ("many-headers", new().set("phnum", 65535).bytes(), "no program headers, or too many"),
        ("headers-outside", new().set("phoff", (1 << 64) - 56).bytes(), "program headers lie outside the file"),
        ("header-size", new().set("phentsize", 32).bytes(), "program headers have an unexpected size"),
        ("filesz", new().set("filesz", (1 << 64) - 4096, code).set("memsz", (1 << 64) - 4096, code).bytes(),
         "a segment reaches beyond the end of the file"),
        ("offset", new().set("offset", (1 << 64) - 4096, code).bytes(), "a segment reaches beyond the end of the file"),
        ("memsz", new().set("memsz", (1 << 64) - 1, data).bytes(), "a segment's address and size overflow"),
        ("memsz-less", new().set("memsz", 1, code).bytes(), "a segment has more bytes in the file than in memory"),
        ("overlap", _overlap(new()).bytes(), "segments overlap or share a page"),
        ("disorder", _disorder(new()).bytes(), "segments are not in ascending order"),
        ("misaligned", new().set("vaddr", good.get("vaddr", data) + 8, data).bytes(), "a segment is misaligned"),
        ("alignment", new().set("align", 4097, code).bytes(), "a segment is misaligned"),
        ("wx", new().set("flags", R | W | X, code).bytes(), "a segment is both writable and executable"),
        ("entry", new().set("entry", 0x1000).bytes(), "the entry point is not in an executable segment"),
        ("entry-data", new().set("entry", good.get("vaddr", data)).bytes(),
         "the entry point is not in an executable segment"),
    ]


def kernel_cases(arch, path):
    """The same, and those that only a kernel can be."""
    def new():
        return Elf(path)
    good = new()
    data, stack = good.writable(), good.count - 1       # the last header is PT_GNU_STACK
    return elf_cases(arch, path) + [
        ("span", new().set("memsz", 3 << 29, data).bytes(), "the image is larger than allowed"),
        ("memory", new().set("memsz", 900 << 20, data).bytes(),
         r"cannot get \d+ bytes of memory for the kernel .*: not enough memory"),
        ("interpreter", new().set("type", INTERP, stack).bytes(), r"needs a dynamic linker \(link it statically\)"),
        ("low", new().set("type", 2).move(0x200000 - good.get("vaddr", 0)).bytes(),
         r"is linked at 0x200000, outside of 0xffffffff80000000 to 0xffffffffbfffffff"),
        ("no-note", _note(new(), owner=b"Hermes").bytes(),
         r"is not for the Helion boot protocol \(ELF note \"Helion\" type 1: there is no such note\)"),
        ("major", _note(new(), version=(9, 0)).bytes(), r"needs version 9\.0 of the boot protocol, this loader has 1\.\d"),
        ("minor", _note(new(), version=(1, 77)).bytes(), r"needs version 1\.77 of the boot protocol"),
        ("relocation", new().relocation(kind=ABSOLUTE[arch]).bytes(), "has a relocation that needs a dynamic linker"),
        ("relocation-symbol", new().relocation(kind=1 << 32 | ABSOLUTE[arch]).bytes(),
         "has a relocation that needs a dynamic linker"),
        ("relocation-code", new().relocation(offset=good.get("vaddr", good.code())).bytes(),
         "a relocation points outside the image or into its code"),
        ("relocation-outside", new().relocation(offset=0x1000).bytes(),
         "a relocation points outside the image or into its code"),
    ]


def cpio(*files):
    """An archive of (name, data, mode) triples."""
    out = b""
    for name, data, mode in files + (("TRAILER!!!", b"", 0),):
        name = name.encode() + b"\0"
        fields = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + name
        out += header + bytes(-len(header) % 4) + data + bytes(-len(data) % 4)
    return out


def with_init(data, mode=0o100755):
    return cpio(("init", data, mode))


def initramfs_cases(arch, init):
    """(name, archive, what the kernel says before it stops)."""
    with open(init, "rb") as f:
        good = f.read()
    size = b"%08X" % len(good)
    cases = [
        ("garbage", b"\xa5garbage" * 1000, "not a cpio archive, or a damaged one"),
        ("zeros", bytes(8192), "the cpio archive is truncated"),
        ("truncated", with_init(good)[:-5000], "the cpio archive is truncated"),
        ("no-trailer", with_init(good)[:-124], "the cpio archive is truncated"),
        ("xz", lzma.compress(with_init(good)), "the archive is compressed, which is not supported: unpack it first"),
        ("odc", b"070707" + with_init(good)[6:], "cpio archive in another format"),
        ("data-size", with_init(good).replace(size, b"FFFFFFF0", 1), "the cpio archive is truncated"),
        ("no-init", cpio(("etc/init", good, 0o100755)), "no such file in the cpio archive"),
        ("directory", with_init(b"", 0o040755), "not a regular file"),
        ("link", with_init(b"bin/init", 0o120777), "not a regular file"),
        ("relocatable", with_init(Elf(init).set("type", 3).bytes()), "position independent"),
    ]
    cases += [(f"elf-{name}", with_init(file), message) for name, file, message in elf_cases(arch, init)]
    data = Elf(init).writable()
    for name, elf in (("kernel-address", Elf(init).move(0xFFFFFFFF80000000 - 0x200000)),
                      ("noncanonical", Elf(init).move(0x8000000000000000)),
                      ("page-zero", Elf(init).move(-0x200000)),
                      ("over-the-stack", Elf(init).move(0x1FF00000 - 0x200000)),
                      ("wide", Elf(init).set("memsz", 0x10000000, data))):
        cases.append((name, with_init(elf.bytes()), r"\[0.*\) is not inside of \[0x1000, 0x10000000\)"))
    return cases
