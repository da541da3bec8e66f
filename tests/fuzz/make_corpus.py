#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the seed inputs of the fuzz targets to tests/fuzz/corpus/<target>/.

The results are small and stand in the tree; run this again after changing it. Device trees need dtc
(device-tree-compiler).
"""

import os
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../../scripts"))
from helion import pe    # noqa: E402  (needs the path above)


def write(target, name, data):
    directory = os.path.join(HERE, "corpus", target)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(data)


# --- ELF --------------------------------------------------------------------------------------------------------------

R, W, X = 4, 2, 1


def elf(machine, relative, kind=3, rela=(), relr=(), tags=(), extra=()):
    """A static PIE of three segments that all show the same short file, so that it stays small."""
    note = struct.pack("<III8s8s", 7, 8, 1, b"Helion", b"\x01")
    headers = 3 + 1 + bool(rela or relr or tags) + len(extra)
    note_at = 64 + 56 * headers
    rela_at = note_at + len(note)
    rela_bytes = b"".join(struct.pack("<QQq", *entry) for entry in (
        (0x2000 + offset, info if info is not None else relative, addend) for offset, info, addend in rela))
    relr_at = rela_at + len(rela_bytes)
    relr_bytes = b"".join(struct.pack("<Q", entry) for entry in relr)
    dynamic_at = relr_at + len(relr_bytes)
    dynamic = list(tags)
    if rela:
        dynamic += [(7, 0x2000 + rela_at), (8, len(rela_bytes)), (9, 24)]
    if relr:
        dynamic += [(36, 0x2000 + relr_at), (35, len(relr_bytes)), (37, 8)]
    dynamic_bytes = b"".join(struct.pack("<QQ", *entry) for entry in dynamic + [(0, 0)])
    size = dynamic_at + len(dynamic_bytes) + 64

    def program(kind, flags, offset, address, length, memory, align):
        return struct.pack("<IIQQQQQQ", kind, flags, offset, address, address, length, memory, align)

    out = struct.pack("<4sBBBBQHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 0, 0, kind, machine, 1, 0x1000 + size - 8, 64, 0, 0,
                      64, 56, headers, 64, 0, 0)
    out += program(1, R, 0, 0, size, size, 0x1000)
    out += program(1, R | X, 0, 0x1000, size, size, 0x1000)
    out += program(1, R | W, 0, 0x2000, size, 0x1800, 0x1000)
    out += program(4, R, note_at, 0x2000 + note_at, len(note), len(note), 4)
    if rela or relr or tags:
        out += program(2, R | W, dynamic_at, 0x2000 + dynamic_at, len(dynamic_bytes), len(dynamic_bytes), 8)
    for header in extra:
        out += program(*header)
    return (out + note + rela_bytes + relr_bytes + dynamic_bytes).ljust(size, b"\xcc")


def elf_seeds():
    x86, arm, riscv = (62, 8), (183, 1027), (243, 3)
    for name, machine in (("x86_64", x86), ("aarch64", arm), ("riscv", riscv)):
        write("elf", f"pie-{name}", elf(*machine, rela=[(0x1000, None, 0x10), (0x1008, None, -1), (0, 0, 0)]))
    write("elf", "exec", elf(*x86, kind=2))
    write("elf", "relr", elf(*x86, relr=[0x3000, 0x17, 1 | 1 << 63]))
    write("elf", "symbol", elf(*x86, rela=[(0x1000, 1 << 32 | 6, 0)]))
    write("elf", "needed", elf(*x86, tags=[(1, 1)]))
    write("elf", "interpreter", elf(*x86, extra=[(3, R, 0, 0, 16, 16, 1)]))
    write("elf", "tls-relro-stack", elf(*arm, extra=[(7, R, 64, 0x2040, 8, 64, 8), (0x6474e552, R, 0, 0x2000, 64, 4096, 1),
                                                      (0x6474e551, R | W, 0, 0, 0, 0, 16)]) + b"\0")
    write("elf", "overlap", elf(*x86, extra=[(1, R, 0, 0x2000, 16, 16, 0x1000)]))


# --- cpio -------------------------------------------------------------------------------------------------------------

def record(name, mode=0o100644, data=b"", links=1):
    fields = (1, mode, 0, 0, links, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name + b"\0"
    return head.ljust((len(head) + 3) & ~3, b"\0") + data.ljust((len(data) + 3) & ~3, b"\0")


TRAILER = record(b"TRAILER!!!", 0)


def cpio_seeds():
    files = (record(b".", 0o40755) + record(b"./bin", 0o40755) + record(b"bin/init", 0o100755, b"program") +
             record(b"/link", 0o120777, b"bin/init"))
    write("cpio", "files", files + TRAILER)
    write("cpio", "two-archives", files + TRAILER + bytes(37) + record(b"bin/init", data=b"other") + TRAILER + bytes(64))
    write("cpio", "empty-archive", TRAILER)
    write("cpio", "no-trailer", files)
    write("cpio", "truncated", files[:-5])
    write("cpio", "huge", files.replace(b"00000007", b"fffffffe") + TRAILER)
    write("cpio", "gzip", b"\x1f\x8b\x08\0\0\0\0\0\0\x03")


# --- Boot entries -----------------------------------------------------------------------------------------------------

def bootentry_seeds():
    digest = "00112233445566778899aabbccddeeff" * 2
    write("bootentry", "helion", f"""# A comment
title   Helion
version 1.2~rc3-4^5
sort-key helion
machine-id 0123456789abcdef0123456789abcdef
helion  /helion/kernel
initrd  /helion/initramfs
module  /helion/module with arguments
options one two
options three
devicetree /dtb/board.dtb
devicetree-overlay /a.dtbo /b.dtbo
architecture x64
sha256  {digest} /helion/kernel
""".encode())
    write("bootentry", "linux-crlf-bom", b"\xef\xbb\xbftitle\tLinux\r\nlinux /vmlinuz\r\ninitrd /i\r\nunknown x")
    write("bootentry", "efi", "efi /EFI/B\u00f6ot/\u20acshell.efi\ntitle".encode())
    write("bootentry", "loader", b"default helion-*\ntimeout menu-force\ntimeout 5\nconsole-mode max\neditor no\n")
    write("bootentry", "name", b"helion-1.0+3-2.conf")
    write("bootentry", "path", b"/a//./b\\c/../d")
    write("bootentry", "versions", b"1.2.3-4~rc5^61.2.3-04~rc5^6")


# --- ACPI -------------------------------------------------------------------------------------------------------------

START = 4096


def table(signature, body, revision=2):
    return struct.pack("<4sIBB6s8sI4sI", signature, 36 + len(body), revision, 0, b"HELION", b"TESTTABL", 1, b"TEST",
                       1) + body


def gas(space, address, width=32):
    return struct.pack("<BBBBQ", space, width, 0, 3, address)


def machine(tables, dsdt=None):
    """Memory from START on: RSDP, XSDT, tables. The FADT's X_DSDT is filled in."""
    at = START + 64
    xsdt_size = 36 + 8 * len(tables)
    addresses, blob = [], b""
    next_at = at + xsdt_size
    if dsdt is not None:
        dsdt_at, blob = next_at, dsdt
        next_at += len(dsdt)
    for content in tables:
        if content[:4] == b"FACP" and dsdt is not None:
            content = content[:140] + struct.pack("<Q", dsdt_at) + content[148:]
        addresses.append(next_at)
        blob += content
        next_at += len(content)
    rsdp = struct.pack("<8sB6sBIIQI", b"RSD PTR ", 0, b"HELION", 2, 0, 36, at, 0)
    return rsdp.ljust(64, b"\0") + table(b"XSDT", struct.pack(f"<{len(addresses)}Q", *addresses)) + blob


def fadt():
    body = bytearray(276 - 36)
    struct.pack_into("<H", body, 46 - 36, 9)
    struct.pack_into("<II", body, 64 - 36, 0x604, 0)
    body[89 - 36] = 2
    struct.pack_into("<I", body, 112 - 36, 1 << 10)
    body[116 - 36:128 - 36] = gas(1, 0xcf9, 8)
    struct.pack_into("<BHB", body, 128 - 36, 15, 3, 5)
    body[172 - 36:184 - 36] = gas(1, 0x604, 16)
    return table(b"FACP", bytes(body), 6)


S5 = b"\x08_S5_\x12\x08\x04\x0a\x05\x0a\x05\x00\x00"
MCFG = table(b"MCFG", bytes(8) + struct.pack("<QHBBI", 0xb0000000, 0, 0, 255, 0), 1)


def acpi_seeds():
    madt = struct.pack("<II", 0xfee00000, 1)
    madt += struct.pack("<BBBBI", 0, 8, 0, 0, 1) + struct.pack("<BBBBII", 1, 12, 0, 0, 0xfec00000, 0)
    madt += struct.pack("<BBBBIH", 2, 10, 0, 9, 9, 13) + struct.pack("<BBHI", 3, 8, 5, 2)
    madt += struct.pack("<BBBHB", 4, 6, 255, 5, 1) + struct.pack("<BBHQ", 5, 12, 0, 0xfee00000)
    madt += struct.pack("<BBHIII", 9, 16, 0, 256, 1, 256) + struct.pack("<BBHIBBBB", 10, 12, 5, 256, 1, 0, 0, 0)
    hpet = table(b"HPET", struct.pack("<I", 0x8086a201) + gas(0, 0xfed00000, 64) + struct.pack("<BHB", 0, 128, 0), 1)
    write("acpi", "pc", machine([fadt(), table(b"APIC", madt, 3), MCFG, hpet, table(b"SSDT", S5)],
                                table(b"DSDT", b"\x10\x05\\_SB_" + S5)))

    gicc = bytearray(82)
    struct.pack_into("<BBHIII", gicc, 0, 11, 82, 0, 0, 0, 1)
    struct.pack_into("<Q", gicc, 68, 0x80000000)
    madt = bytes(8) + bytes(gicc) + struct.pack("<BBHIQIB3x", 12, 24, 0, 0, 0x8000000, 0, 3)
    madt += struct.pack("<BBHIQIHH", 13, 24, 0, 0, 0x8020000, 1, 64, 80) + struct.pack("<BBHQI", 14, 16, 0, 0x80a0000, 0xf60000)
    madt += struct.pack("<BBHIQI", 15, 20, 0, 0, 0x8080000, 0)
    spcr = table(b"SPCR", struct.pack("<B3x", 3) + gas(0, 0x9000000) + struct.pack("<BBIBBBBBBHH", 8, 0, 33, 3, 0, 1, 0, 3, 0, 0xffff, 0xffff) +
                 bytes(12))
    gtdt = table(b"GTDT", struct.pack("<QI8I", 2**64 - 1, 0, 29, 0, 30, 0, 27, 0, 26, 0) + struct.pack("<QIIII", 2**64 - 1, 0, 96, 28, 0), 3)
    device = struct.pack("<BHBHHHHHH2xHH", 0, 38, 1, 0, 0, 0, 0, 0x8000, 3, 22, 34) + gas(0, 0x9000000) + struct.pack("<I", 4096)
    dbg2 = table(b"DBG2", struct.pack("<II", 44, 1) + device, 0)
    write("acpi", "arm", machine([fadt(), table(b"APIC", madt, 5), spcr, gtdt, dbg2], table(b"DSDT", b"")))
    node = struct.Struct("<BHBIII")
    iort = struct.pack("<III", 3, 48, 0) + node.pack(0, 24, 0, 0, 0, 0) + struct.pack("<II", 1, 0)
    iort += node.pack(4, 88, 0, 1, 1, 68) + bytes(52) + struct.pack("<5I", 0, 0xffff, 0, 48, 0)
    iort += node.pack(2, 56, 0, 2, 1, 36) + struct.pack("<QIII", 0, 0, 0, 0)[:20] + struct.pack("<5I", 0, 0xffff, 0, 72, 0)
    write("acpi", "iort", machine([table(b"IORT", iort, 5)], table(b"DSDT", b"")))

    madt = bytes(8) + struct.pack("<BBBBIQIIQI", 24, 36, 1, 0, 1, 0, 0, 0, 0x28000000, 0x1000)
    madt += struct.pack("<BBBBIHHBBBB", 25, 16, 1, 0, 0, 255, 63, 0, 1, 0, 24)
    madt += struct.pack("<BBBBI8sHHIQI", 26, 36, 1, 0, 0, b"RSCV0002", 1, 96, 0, 0xd000000, 0x8000)
    madt += struct.pack("<BBBB8sHHIIQI", 27, 36, 1, 0, b"RSCV0001", 95, 7, 0, 0x600000, 0xc000000, 0)
    rhct = table(b"RHCT", struct.pack("<IQII", 0, 10000000, 2, 56) + struct.pack("<HHHH8s", 0, 16, 1, 8, b"rv64gcv") +
                 struct.pack("<HHHHII", 65535, 16, 1, 1, 0, 56), 1)
    write("acpi", "riscv", machine([fadt(), table(b"APIC", madt, 6), rhct], table(b"DSDT", S5)))

    rsdp = struct.pack("<8sB6sBI", b"RSD PTR ", 0, b"HELION", 0, START + 20)
    write("acpi", "acpi-1", rsdp + table(b"RSDT", struct.pack("<I", START + 60), 1) + table(b"FACP", bytes(80), 1))
    write("acpi", "zero-length-structure", machine([table(b"APIC", bytes(8) + b"\x00\x00\x01\x0c", 3)]))


# --- Device trees -----------------------------------------------------------------------------------------------------

DTS = {
    "arm": """
/dts-v1/;
/memreserve/ 0x1000 0x1000;
/ {
	#address-cells = <2>; #size-cells = <2>; interrupt-parent = <&gic>; compatible = "helion,arm";
	aliases { serial0 = &uart; };
	chosen { stdout-path = "serial0:115200n8"; bootargs = "a=b"; linux,initrd-start = <0x48000000>;
		linux,initrd-end = <0x49000000>; };
	cpus { #address-cells = <1>; #size-cells = <0>;
		cpu@0 { device_type = "cpu"; reg = <0>; enable-method = "psci"; };
		cpu@1 { device_type = "cpu"; reg = <1>; enable-method = "spin-table"; cpu-release-addr = <0 0xe0>; }; };
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x10000000>; };
	reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;
		fw@48000000 { reg = <0 0x48000000 0 0x1000>; no-map; };
		cma { size = <0 0x100000>; reusable; }; };
	gic: intc@8000000 { #interrupt-cells = <3>; interrupt-controller; #address-cells = <2>; reg = <0 0x8000000 0 0x10000>; };
	soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x7e000000 0 0x9000000 0x1000000>;
		uart: uart@7e000000 { compatible = "arm,pl011"; reg = <0x7e000000 0x1000>; interrupts = <0 1 4>; }; };
};
""",
    "riscv": """
/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	chosen { boot-hartid = <0 1>; rng-seed = <1 2 3 4>; stdout-path = "/soc/uart@10000000"; };
	cpus { #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;
		cpu@0 { device_type = "cpu"; reg = <0>; riscv,isa = "rv64imafdc"; riscv,isa-base = "rv64i"; mmu-type = "riscv,sv48";
			c0: interrupt-controller { #interrupt-cells = <1>; interrupt-controller; }; }; };
	memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x8000000>; };
	soc { #address-cells = <2>; #size-cells = <2>; ranges;
		plic: plic@c000000 { #interrupt-cells = <1>; interrupt-controller; interrupts-extended = <&c0 11 &c0 9 &c0 0xffffffff>;
			reg = <0 0xc000000 0 0x600000>; reg-names = "config"; };
		uart@10000000 { reg = <0 0x10000000 0 0x100>; interrupts = <10>; interrupt-parent = <&plic>; status = "okay"; }; };
};
""",
    "pci": """
/dts-v1/;
/ {
	#address-cells = <2>; #size-cells = <2>;
	gic: intc { #interrupt-cells = <3>; interrupt-controller; #address-cells = <2>; };
	pcie@10000000 { compatible = "pci-host-ecam-generic"; device_type = "pci"; #address-cells = <3>; #size-cells = <2>;
		reg = <0x40 0x10000000 0 0x10000000>; bus-range = <0 255>; linux,pci-domain = <0>; #interrupt-cells = <1>;
		ranges = <0x1000000 0 0 0 0x3eff0000 0 0x10000 0x2000000 0 0x10000000 0 0x10000000 0 0x2eff0000
			0x43000000 0x80 0 0x80 0 0x80 0>;
		interrupt-map-mask = <0x1800 0 0 7>;
		interrupt-map = <0 0 0 1 &gic 0 0 0 3 4 0x800 0 0 1 &gic 0 0 0 4 4>;
		device@1,0 { reg = <0x800 0 0 0 0>; interrupts = <1>; }; };
};
""",
    "loops": """
/dts-v1/;
/ {
	#address-cells = <1>; #size-cells = <1>;
	a: a { interrupt-parent = <&b>; interrupts = <1>; };
	b: b { interrupt-parent = <&a>; };
	ring: ring { #interrupt-cells = <1>; interrupt-map = <1 &ring 1>; };
	user { interrupt-parent = <&ring>; interrupts = <1>; };
	bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x1000 0x1000 0x1000 0 0x1000>;
		bus { #address-cells = <1>; #size-cells = <1>; ranges = <0 0x1000 0x1000 0x1000 0 0x1000>;
			x { reg = <0 0x10>; }; }; };
};
""",
}


def devicetree_seeds():
    for name, source in DTS.items():
        done = subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb"], input=source.encode(), capture_output=True, check=True)
        write("devicetree", name, done.stdout)


def overlay_seeds():
    sources = {
        "labels": """
/dts-v1/; /plugin/;
&label { probe = "changed"; two { probe = "added"; ref = <&inner 1 &other>; }; inner: inner { }; };
&{/other} { three { other = <&label>; probe = "root"; }; };
""",
        "path": """
/dts-v1/; /plugin/;
/ { fragment@0 { target-path = "/"; __overlay__ { helion { probe = "overlay"; }; }; }; };
""",
    }
    for name, source in sources.items():
        done = subprocess.run(["dtc", "-q", "-@", "-I", "dts", "-O", "dtb"], input=source.encode(), capture_output=True,
                              check=True)
        write("overlay", name, done.stdout)


# --- Memory maps and formats ------------------------------------------------------------------------------------------

def memmap_seeds():
    def entry(region, base, length, kind, attributes=0):
        return struct.pack("<BBHBB", region, base, length, kind, attributes)

    write("memmap", "disjoint", bytes([20, 2]) + entry(0, 0, 256, 0) + entry(0, 32, 256, 1) + entry(3, 0, 4096, 0))
    write("memmap", "overlapping", bytes([60, 4]) + entry(0, 0, 4096, 0) + entry(0, 10, 100, 3) + entry(0, 12, 1000, 2) +
          entry(0, 12, 1000, 7) + entry(2, 255, 4096, 4, 1))
    write("memmap", "small", bytes([2, 3]) + entry(0, 0, 4096, 0) + entry(0, 1, 16, 3) + entry(0, 1, 16, 3) + entry(0, 2, 64, 1))
    write("memmap", "whole", bytes([90, 3]) + entry(0, 0, 0x01ff, 0) + entry(1, 0, 100, 5) + entry(0, 4, 0x00ff, 5))


def format_seeds():
    for index, kind in enumerate("diuxXocs"):
        write("format", f"conversion-{kind}{'-upper' if kind == 'X' else ''}",
              bytes([index + 8 * (index % 6), 0x7f, 50, 20]) + struct.pack("<q", -1 - index) + b"some text")
    write("format", "any", b"%5d %-08llx %#o [%.3z] %c%% %p %y %")


# --- Trees ------------------------------------------------------------------------------------------------------------

def tree_seeds():
    def step(number, key):
        return bytes([number, key])

    up = [step(i, i) for i in range(64)]
    write("tree", "ascending", b"".join(up + up))
    write("tree", "inwards", b"".join(step(i, i if i & 1 else 255 - i) for i in range(128)))
    write("tree", "equal", b"".join(step(i % 16, 7) for i in range(48)))
    write("tree", "in-and-out", b"".join(step(i * 37 % 101, i * 59 % 256) for i in range(400)))


def pe_seeds():
    osrel = b'NAME="Debian GNU/Linux"\nPRETTY_NAME=\'Debian \\"13\\"\'\nVERSION_ID=13\nID=debian\nIMAGE_ID=a\nIMAGE_VERSION=2\n'
    image = pe.data_image("x86_64", [(".osrel", osrel), (".cmdline", b"quiet"), (".profile", b"ID=a\n"), (".cmdline", b"loud"),
                                     (".profile", b"ID=b\n"), (".linux", b"kernel")])
    at = 64 + 24 + 112 + 4 * 8      # of the directory entry that names the signatures
    write("pe", "image", image)
    write("pe", "signed", image[:at] + struct.pack("<II", len(image) - 512, 512) + image[at + 8:])
    write("pe", "osrel", osrel)


def netpath_seeds():
    packet = bytes(20) + bytes([10, 0, 2, 2]) + bytes(84) + b"EFI/BOOT/BOOTX64.EFI".ljust(128, b"\0") + bytes(4)
    write("netpath", "dhcp", packet + bytes([0, 53, 1, 5, 54, 4, 10, 0, 2, 3, 67, 5]) + b"a/b.c" + b"\xff")
    write("netpath", "url", b"http://user@[fd00::1]:80/a%20b/EFI/BOOT/BOOTX64.EFI?q#f")
    write("netpath", "list", b"a.conf\r\n\n  b c.conf \nlast.conf")


def manifest_seeds():
    write("manifest", "text", b"helion-manifest 1\n# files\n" + b"".join(
        b"sha256 %s %s\r\n" % (b"0a" * 32, path) for path in (b"/helion/kernel.elf", b"loader\\ENTRIES\\a.conf")))


# --- Event logs of a TPM ----------------------------------------------------------------------------------------------

def tcglog_seeds():
    sizes = {4: 20, 11: 32, 12: 48}

    def begin(ids, vendor=b""):
        data = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(ids))
        data += b"".join(struct.pack("<HH", i, sizes[i]) for i in ids) + bytes([len(vendor)]) + vendor
        return struct.pack("<II20sI", 0, 3, b"", len(data)) + data

    def event(pcr, kind, ids, data):
        digests = b"".join(struct.pack("<H", i) + bytes(sizes[i]) for i in ids)
        return struct.pack("<III", pcr, kind, len(ids)) + digests + struct.pack("<I", len(data)) + data

    write("tcglog", "empty", begin([11]))
    write("tcglog", "two-banks", begin([4, 11]) + event(8, 13, [4, 11], b"entry a.conf\0") + event(9, 13, [11, 4], b"file /kernel.elf\0"))
    write("tcglog", "vendor", begin([12, 11], b"vendor") + event(0, 3, [], b"StartupLocality\0\x03") + event(7, 0x80000001, [12, 11], b""))
    write("tcglog", "unknown", begin([4]) + event(0, 8, [4], b"") + event(0, 8, [11], b""))


# --- Disks ------------------------------------------------------------------------------------------------------------

def disk_seeds():
    def entry(short, attributes, cluster, name=b""):
        total = 0
        for byte in short:
            total = ((total & 1) << 7) + (total >> 1) + byte & 0xff
        parts = [name[at:at + 13] for at in range(0, len(name), 13)]
        out = b""
        for number in range(len(parts), 0, -1):
            part = parts[number - 1].decode().encode("utf-16-le")
            part = (part + b"\0\0")[:26].ljust(26, b"\xff")
            first = number | (0x40 if number == len(parts) else 0)
            out += bytes([first]) + part[:10] + b"\x0f\0" + bytes([total]) + part[10:22] + b"\0\0" + part[22:]
        return out + short + bytes([attributes]) + bytes(14) + struct.pack("<HI", cluster, 0)

    def fat(sectors):
        boot = bytearray(512)
        struct.pack_into("<HBHBHHBH", boot, 11, 512, 1, 1, 1, 16, sectors, 0xf8, 1)
        boot[510:] = b"\x55\xaa"
        table = b"\xf8\xff\xff\xff\xff\xff\xff\xff\xff".ljust(512, b"\0")
        root = entry(b"LOADER     ", 0x10, 2).ljust(512, b"\0")
        loader = entry(b"ENTRIES    ", 0x10, 3).ljust(512, b"\0")
        entries = (entry(b"OTHER   CON", 0x20, 0) + entry(b"HELION~1CON", 0x20, 0, b"helion+2-1.conf")).ljust(512, b"\0")
        return (bytes(boot) + table + root + loader + entries).ljust(sectors * 512, b"\0")

    def gpt():
        fields = struct.pack("<8s6I3Q16sQ2I", b"EFI PART", 0x10000, 92, 0, 0, 1, 0, 15, 4, 14, bytes(16), 2, 8, 128)
        partition = bytes(range(16)) + bytes(range(16, 32)) + struct.pack("<QQQ", 4, 9, 0)
        return bytes(512) + fields.ljust(512, b"\0") + partition.ljust(128, b"\0") * 8

    write("disk", "fat", b"\0" + fat(12))
    write("disk", "gpt", b"\0" + gpt().ljust(16 * 512, b"\0"))


if __name__ == "__main__":
    elf_seeds()
    cpio_seeds()
    bootentry_seeds()
    acpi_seeds()
    devicetree_seeds()
    overlay_seeds()
    memmap_seeds()
    format_seeds()
    tree_seeds()
    pe_seeds()
    manifest_seeds()
    tcglog_seeds()
    netpath_seeds()
    disk_seeds()
