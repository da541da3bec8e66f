"""Malformed inputs: a message that names the file and what is wrong with it, nothing of it run, and the next entry tried.

The loader takes boot entries in the order of their versions, so that one boot shows many refusals and then a good kernel.
What only the kernel sees (the initramfs) ends the boot: one machine for each, on one architecture each.
"""

import hashlib
import os
import re
import subprocess
import tempfile

import malform
from harness import FAILED, TOP, image, register


def built(arch, name):
    return os.path.join(TOP, "build", f"{arch}-gcc-debug", name)


def refusals(t, arch, cases, good, skipped=None, **fields):
    """
    Boot an image with an entry for each of the cases (name, entry's text, files, pattern of the message), and a last,
    good one. Every case is refused, in order, and the good one boots; its console. skipped: further files.
    """
    files, expected = dict(skipped or {}), []
    for number, (name, conf_text, more, message) in enumerate(cases):
        conf = f"{999 - number}-{name}.conf"    # higher versions come first, and names of letters last
        files[f"loader/entries/{conf}"] = conf_text
        files.update(more)
        expected.append((conf, message))
    files = {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}
    machine = t.boot(arch=arch, entry=good, files=files, **fields)
    status = machine.wait(240)
    text, at = machine.text, 0
    missing = []
    for conf, message in expected:
        end = text.find(f"boot entry {conf} was not started", at)
        if end < 0:
            missing.append(f"{conf} was not refused, or not in its turn")
            continue
        if not re.search(f"^loader: error: .*({message})", text[at:end], re.MULTILINE):
            missing.append(f"{conf}: no error matches {message!r}: {text[at:end]!r}")
        at = end
    t.check(not missing, "\n".join(missing))
    t.equal(text.count("kernel: Helion"), 1, "number of kernels that ran")
    t.check(text.find("kernel: Helion") > at, "a kernel ran before all refusals")
    t.contains(text, "init: all checks passed")
    t.equal(status, 0, f"status ({machine.why})")
    return text


def entry(arch, kernel, extra=""):
    return f"title broken\nhelion {kernel}\n{extra}initrd /helion/{arch}/initramfs.cpio\n"


def kernels(t, **fields):
    arch = fields["arch"]
    cases = [("missing", entry(arch, "/bad/none.elf"), {}, r"cannot open /bad/none\.elf: not found"),
             ("directory", entry(arch, "/bad"), {}, r"cannot load /bad, which is a directory")]
    for name, data, message in malform.kernel_cases(arch, built(arch, "kernel.elf")):
        path = f"bad/{name}.elf"
        cases.append((name, entry(arch, f"/{path}"), {path: data}, message))
    refusals(t, cases=cases, good=None, **fields)


def modules(t, **fields):
    """What belongs to the kernel and cannot be loaded."""
    arch = fields["arch"]
    kernel = f"helion /helion/{arch}/kernel.elf\n"
    initrd = f"initrd /helion/{arch}/initramfs.cpio\n"
    # One file of 40 MiB sixteen times is more than the machine has.
    large = f"{kernel}initrd /bad/large.cpio\n" + "initrd /bad/large.cpio\n" * 15
    refusals(t, good=None, mem="256M", cases=[
        ("initrd-missing", f"{kernel}initrd /bad/none.cpio\n", {}, r"cannot open /bad/none\.cpio: not found"),
        ("initrd-directory", f"{kernel}initrd /bad\n", {}, r"cannot load /bad, which is a directory"),
        ("initrd-empty", f"{kernel}initrd /bad/empty.cpio\n", {"bad/empty.cpio": b""}, r"/bad/empty\.cpio is empty"),
        ("initrd-second", f"{kernel}{initrd}initrd /bad/none.cpio\n", {}, r"cannot open /bad/none\.cpio: not found"),
        ("initrd-large", large, {"bad/large.cpio": bytes(40 << 20)},
         r"cannot get 671088640 bytes of memory for the initramfs /bad/large\.cpio: not enough memory"),
        ("module-missing", f"{kernel}{initrd}module /bad/none.bin with words\n", {},
         r"cannot open /bad/none\.bin: not found"),
        ("module-directory", f"{kernel}{initrd}module /bad\n", {}, r"cannot load /bad, which is a directory"),
        ("module-empty", f"{kernel}{initrd}module /bad/empty.cpio\n", {}, r"/bad/empty\.cpio is empty"),
        ("module-alone", f"{kernel}module /bad/large.cpio\n", {}, r"entry .*module-alone\.conf has modules and no initrd"),
        ("tree-missing", f"{kernel}{initrd}devicetree /bad/none.dtb\n", {}, r"cannot open /bad/none\.dtb: not found"),
        ("tree-empty", f"{kernel}{initrd}devicetree /bad/empty.cpio\n", {}, r"/bad/empty\.cpio is not a device tree"),
        ("tree-garbage", f"{kernel}{initrd}devicetree /bad/garbage.dtb\n", {"bad/garbage.dtb": b"garbage!" * 100},
         r"device tree /bad/garbage\.dtb: "),
        ("tree-sizes", f"{kernel}{initrd}devicetree /bad/sizes.dtb\n",
         {"bad/sizes.dtb": bytes.fromhex("d00dfeed7fffffff") + bytes.fromhex("7ffffff0") * 8 + bytes(400)},
         r"device tree /bad/sizes\.dtb: "),
    ], **fields)


def entries(t, **fields):
    """Boot entries that are no such thing, or name what is not there. The last one is odd in every way that is allowed."""
    arch = fields["arch"]
    kernel = f"helion /helion/{arch}/kernel.elf\n"
    initrd = f"initrd /helion/{arch}/initramfs.cpio\n"
    both = kernel + initrd
    other = {"x86_64": "aa64", "aarch64": "riscv64", "riscv64": "x64"}[arch]
    odd = ["\ufefftitle Helion \u2014 \u1f5d\u03bb\u03b9\u03bf\u03c2", "# a comment", "", "colour green", "grub_users $none",
           f"helion \\\\helion//{arch}\\kernel.elf", f"\tinitrd\t/helion/./{arch}/initramfs.cpio \t", "version",
           "options verbose exit=qemu", "options first=" + "long" * 1000, "options second=" + "long" * 1000,
           "options \u03bb=\u20ac \U0001f600 quoted=\"a b\" %s%n %llx", "options last=word"]
    text = refusals(t, good="\r\n".join(odd), cases=[
        ("empty", b"", {}, "empty.conf: nothing to boot: needs one of the keys helion, linux, efi"),
        ("nothing", f"title nothing\n{initrd}", {}, "nothing.conf: nothing to boot"),
        ("no-value", f"helion\n{initrd}", {}, "no-value.conf: nothing to boot"),
        ("two", f"{both}efi /EFI/BOOT/BOOTX64.EFI\n", {}, "two.conf: more than one of the keys helion, linux, efi"),
        ("parent", f"helion /helion/../helion/{arch}/kernel.elf\n", {}, r'"/helion/.*": the path contains "\.\."'),
        ("character", "helion /helion/*.elf\noptions verbose\n", {}, r'"/helion/\*\.elf": the path contains a character that FAT'),
        ("utf-8", b"helion /helion/\xff\xfe.elf\n", {}, "the path is not UTF-8"),
        ("root", "helion /\n", {}, '"/": the path is empty'),
        ("long-path", f"helion /{'long' * 800}\n{initrd}", {}, "the path is too long"),
        ("long-line", f"{both}options {'long' * 1200}\n", {}, "long-line.conf, line 3: the line is too long"),
        ("one-line", b"helion " + b"A" * 60000, {}, "one-line.conf, line 1: the line is too long"),
        ("large", f"{both}{'# comment' * 10}\n".encode() * 800, {}, "large.conf: the file is too large"),
        ("nul", f"{both}options a\0b\n", {}, "nul.conf, line 3: the file contains a NUL character"),
        ("zeros", bytes(4096), {}, "zeros.conf, line 1: the file contains a NUL character"),
        ("utf-16", f"\ufeff{both}".encode("utf-16-le"), {}, "utf-16.conf, line 1: the file contains a "),
        ("escape", f"{both}title \033[2J\n", {}, "escape.conf, line 3: the file contains a control character"),
        ("options", f"{both}{'options o' * 1}\n" + "options o\n" * 16, {}, "options.conf, line 19: too many lines"),
        ("initrds", kernel + initrd * 17, {}, "initrds.conf, line 18: too many lines with this key"),
        ("overlay", f"{both}devicetree-overlay /a.dtbo\n", {}, r"cannot open /a\.dtbo: not found"),
        ("linux", "linux /vmlinuz\n", {}, r"cannot open /vmlinuz: not found"),
        ("efi", "efi /loader/entries/no-entry.txt\n", {}, r"the firmware cannot load /loader/entries/no-entry\.txt as an EFI image"),
        ("pin-other", f"{both}sha256 {'0' * 64} /helion/kernel.elf\n", {},
         "pin-other.conf: sha256 is given for /helion/kernel.elf, which the entry does not load"),
        ("pin-spelling", f"{both}sha256 {'0' * 64} \\helion\\{arch}\\kernel.elf\n", {}, "which the entry does not load"),
        ("pin-twice", f"{both}sha256 {'0' * 64} /helion/{arch}/kernel.elf\nsha256 {'1' * 64} /helion/{arch}/kernel.elf\n", {},
         "pin-twice.conf: two different sha256 are given for /helion/.*/kernel.elf"),
        ("pin-short", f"{both}sha256 12 /a\n", {}, "pin-short.conf, line 3: sha256 wants 64 hexadecimal digits"),
    ], skipped={"loader/entries/500-other.conf": f"{both}architecture {other}\n",
                "loader/entries/no-entry.txt": both,
                "loader/entries/directory.conf/file": "directory", "EFI/Linux": "a file",
                "loader/loader.conf": b"\xef\xbb\xbf\r\n timeout\t0 \r\n\xff\xfe\x80 junk\r\neditor NO\r\ndefault [z\\*"}, **fields)
    for message in ('warning: /loader/entries/helion-.*, line 4: unknown key: "colour"',
                    'warning: /loader/entries/helion-.*, line 5: unknown key: "grub_users"',
                    'warning: /loader/entries/helion-.*, line 8: key without a value: "version"',
                    "error: /EFI/Linux should be a directory, and is a file",
                    r'warning: /loader/loader\.conf, line 3: unknown key: "\?+"',
                    r'warning: /loader/loader\.conf: no boot entry for default "\[z\\\*"',
                    f"500-other.conf is for {other}"):
        t.check(re.search(message, text), f"no line matches {message!r}")
    t.contains(text, '\u03bb=\u20ac \U0001f600 quoted="a b" %s%n %llx last=word"')


def pins(t, **fields):
    """A file that is not the one whose SHA-256 the entry states, whatever it is for; then an entry where all are right."""
    arch = fields["arch"]
    kernel, initrd, data = f"/helion/{arch}/kernel.elf", f"/helion/{arch}/initramfs.cpio", "/bad/data"
    contents = {data: b"module" * 1000}
    for path, name in ((kernel, "kernel.elf"), (initrd, "initramfs.cpio")):
        with open(built(arch, name), "rb") as f:
            contents[path] = f.read()
    digests = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    both = f"helion {kernel}\ninitrd {initrd}\n"
    all_right = both + f"module {data} some words\noptions verbose exit=qemu\n" + "".join(
        f"sha256 {digest.upper()} {path}\n" for path, digest in digests.items())
    last_byte = contents[kernel][:-1] + bytes([contents[kernel][-1] ^ 1])

    def wrong(path):
        return f"{path} is not the file that boot entry .* demands: its SHA-256 is {digests[path]} and should be {'0' * 64}"

    text = refusals(t, good=all_right, skipped={"bad/data": contents[data]}, cases=[
        ("kernel", f"{both}sha256 {'0' * 64} {kernel}\n", {}, wrong(kernel)),
        ("kernel-changed", f"{both.replace(kernel, '/bad/kernel.elf')}sha256 {digests[kernel]} /bad/kernel.elf\n",
         {"bad/kernel.elf": last_byte}, "/bad/kernel.elf is not the file that boot entry"),
        ("kernel-short", f"{both.replace(kernel, '/bad/short.elf')}sha256 {digests[kernel]} /bad/short.elf\n",
         {"bad/short.elf": last_byte[:-1]}, "/bad/short.elf is not the file that boot entry"),
        ("initrd", f"{both}sha256 {'0' * 64} {initrd}\n", {}, wrong(initrd)),
        ("initrd-second", f"{both}initrd {data}\nsha256 {'0' * 64} {data}\n", {}, wrong(data)),
        ("module", f"{both}module {data}\nsha256 {'0' * 64} {data}\n", {}, wrong(data)),
        ("tree", f"{both}devicetree {data}\nsha256 {'0' * 64} {data}\n", {}, wrong(data)),
    ], **fields)
    for path in contents:
        t.contains(text, f"{path} has the SHA-256 that the boot entry demands")


ROWS = {"x86_64": {"arch": "x86_64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"},
        "riscv64": {"arch": "riscv64"}}
for name, row in ROWS.items():
    register(f"{name}-malformed-kernels", kernels, **row)
    register(f"{name}-malformed-entries", entries, **row)
    register(f"{name}-malformed-modules", modules, **row)
    register(f"{name}-pins", pins, **row)


# --- What the loader cannot fall back from ----------------------------------------------------------------------------

def nothing(t, message, entry_text=None, removed=False, **fields):
    """No entry can be booted: the loader says so, waits for a key and goes back to the firmware."""
    arch = fields["arch"]
    conf = f"loader/entries/helion-{image.BLS_NAMES[arch]}.conf"
    machine = t.boot(entry=entry_text, remove=(conf,) if removed else (), **fields)
    machine.wait_for(r"nothing could be started; back to the firmware", timeout=120)
    t.check(re.search(f"^loader: error: {message}", machine.text, re.MULTILINE), f"no error matches {message!r}")
    machine.send(" ")
    machine.wait_for(BACK[machine.config.firmware], timeout=120, start=machine.text.find("nothing could be started"))
    t.check("kernel: " not in machine.text, "a kernel ran")


# What the firmware says then.
BACK = {"edk2": r"BdsDxe: failed to start", "uboot": r"Application failed"}

for name, row in {"x86_64": {"arch": "x86_64"}, "riscv64": {"arch": "riscv64"}}.items():
    register(f"{name}-malformed-no-entries", nothing, removed=True,
             message=r"no boot entry: neither /loader/entries/\*\.conf nor /EFI/Linux/\*\.efi", **row)
register("aarch64-malformed-no-entry", nothing, arch="aarch64", entry_text="helion /a\narchitecture x64\n",
         message="no boot entry for aarch64 in /loader/entries")
register("aarch64-uboot-malformed-no-entry", nothing, arch="aarch64", firmware="uboot", entry_text="",
         message=r"boot entry /loader/entries/helion-aa64\.conf: nothing to boot")


# --- What the kernel stops at -----------------------------------------------------------------------------------------

def stops(t, message, **fields):
    """The kernel says what is wrong and stops before a program runs."""
    text = t.run(timeout=240, expect=FAILED, smp=1, mem="256M", graphics="none", **fields)
    t.check(re.search(f"^kernel panic on CPU 0: .*{message}", text, re.MULTILINE), f"no panic matches {message!r}")
    t.check("entering init" not in text and not re.search("^init: ", text, re.MULTILINE), "something of it ran")
    t.contains(text, "kernel stopped")


def initramfs(t, arch, case):
    """Something is wrong with the initramfs, or with the program in it."""
    cases = {name: rest for name, *rest in malform.initramfs_cases(arch, built(arch, "initramfs/init"))}
    archive, message = cases[case]
    stops(t, rf"initramfs /helion/{arch}/initramfs\.cpio: /init: .*{message}", arch=arch,
          files={f"helion/{arch}/initramfs.cpio": archive})


def other_init(t, arch):
    """The command line names a program that is not there."""
    stops(t, rf"initramfs /helion/{arch}/initramfs\.cpio: /bin/nothing: ", arch=arch, cmdline="program=/bin/nothing")


def huge_program(t, arch):
    """It would fit its address space, and not the machine's memory."""
    elf = malform.Elf(built(arch, "initramfs/init"))
    elf.set("memsz", 250 << 20, elf.writable())
    stops(t, r"too little memory: there are no \d+ KiB for init's segments", arch=arch,
          files={f"helion/{arch}/initramfs.cpio": malform.with_init(elf.bytes())})


def no_initramfs(t, arch):
    stops(t, "no initramfs: the boot entry needs an initrd line", arch=arch,
          entry=f"helion /helion/{arch}/kernel.elf\noptions exit=qemu\n")


ISAS = ("x86_64", "aarch64", "riscv64")
for number, case in enumerate((
        "garbage", "zeros", "truncated", "xz", "odc", "no-init", "no-trailer", "data-size", "directory", "link",
        "elf-empty", "elf-text", "elf-cut", "elf-machine", "elf-filesz", "elf-memsz", "elf-overlap", "elf-wx",
        "elf-entry", "elf-headers-outside", "kernel-address", "noncanonical", "page-zero", "over-the-stack", "wide",
        "relocatable")):
    # The code is portable: one architecture for each.
    isa = ISAS[number % 3]
    register(f"{isa}-malformed-initramfs-{case}", initramfs, arch=isa, case=case)
for isa in ISAS:
    register(f"{isa}-malformed-huge-program", huge_program, arch=isa)
register("aarch64-malformed-no-initramfs", no_initramfs, arch="aarch64")
for isa in ISAS:
    register(f"{isa}-malformed-other-init", other_init, arch=isa)


# --- Device trees -----------------------------------------------------------------------------------------------------

# Changes to the tree of QEMU's machine, one after another, as dtc's text: what makes no sense, and no harm either.
TREE_CHANGES = r"""
/ {
	/* Buses that map addresses onto themselves, in a circle, and past the end. */
	ring@50000000 {
		compatible = "simple-bus";
		#address-cells = <2>; #size-cells = <2>;
		ranges = <0 0x50000000 0 0x50000000 0 0x10000>, <0 0x50000000 0 0x50008000 0 0x10000>,
			 <0 0x50008000 0 0x50000000 0xffffffff 0xfffff000>;
		ring@50000000 {
			compatible = "simple-bus";
			#address-cells = <2>; #size-cells = <2>;
			ranges = <0 0x50008000 0 0x50000000 0 0x10000>, <0 0x50000000 0 0x50008000 0 0x10000>;
			device@50008000 { reg = <0 0x50008000 0 0x100>, <0 0x50000000 0xffffffff 0xffffffff>; };
		};
	};
	wide@1 { #address-cells = <99>; #size-cells = <77>; ranges; device@1 { reg = <1 2 3 4 5 6 7 8>; }; };
	none@2 { #address-cells = <0>; #size-cells = <0>; ranges = <1 2 3>; device@2 { reg = <1 2 3>; }; };
	odd@3 { reg = [01 02 03 04 05]; ranges = [00]; interrupts = [00 01]; interrupt-parent = <0xdeadbeef>; };
	/* Interrupts that lead to each other. */
	a: a@4 { reg = <0 0x51000000 0 0x1000>; interrupt-parent = <&b>; interrupt-controller; #interrupt-cells = <1>;
		interrupts = <1>; };
	b: b@5 { reg = <0 0x51001000 0 0x1000>; interrupt-parent = <&a>; interrupt-controller; #interrupt-cells = <1>;
		interrupts = <1>; };
	n: n@6 { #interrupt-cells = <1>; #address-cells = <0>; interrupt-map-mask = <0xffffffff>;
		interrupt-map = <1 &n 1>, <2 &n 1>; };
	user@7 { interrupt-parent = <&n>; interrupts = <1>, <2>, <3>; };
	many@8 { interrupts-extended = <&n 1 &a 0xffffffff &b>; };
	/* RAM, the end of the address space and nothing at all as registers of devices. */
	ram@80000000 { reg = <RAM 0 0x10000000>; };
	end@9 { reg = <0xffffffff 0xfffff000 0 0x2000>, <0xffffffff 0xffffffff 0 1>, <0 0x52000000 0 0>; };
	pci@60000000 {
		compatible = "pci-host-ecam-generic"; device_type = "pci";
		#address-cells = <3>; #size-cells = <2>;
		reg = <0 0x60000000 0 0>; bus-range = <9 1>;
		ranges = <0x02000000 0 0 RAM 0xffffffff 0xffffffff>, <0x7f000000 0>;
	};
	reserved-memory {
		#address-cells = <2>; #size-cells = <2>; ranges;
		empty@2 { reg = <0 0x90000000 0 0>; };
		odd@3 { reg = <1>; };
		dynamic { size = <0 0x1000000>; alignment = <0 3>; };
	};
};
"""


def odd_tree(t, arch, ram):
    """A tree with senseless nodes beside the good ones: the kernel ignores them, and boots."""
    with tempfile.TemporaryDirectory(prefix="helion-tree-") as directory:
        blob, source, out = (os.path.join(directory, name) for name in ("machine.dtb", "odd.dts", "odd.dtb"))
        kind, cpu = ("virt,gic-version=3", "cortex-a72") if arch == "aarch64" else ("virt", "rv64")
        subprocess.run([f"qemu-system-{arch}", "-machine", f"{kind},dumpdtb={blob}", "-cpu", cpu, "-smp", "2", "-m", "256M",
                        "-display", "none"], check=True, capture_output=True)
        text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", blob], check=True, capture_output=True,
                              text=True).stdout
        with open(source, "w", encoding="utf-8") as f:
            f.write(text + TREE_CHANGES.replace("RAM", ram))
        subprocess.run(["dtc", "-q", "-f", "-I", "dts", "-O", "dtb", "-o", out, source], check=True)
        text = t.run(timeout=240, arch=arch, firmware="uboot", smp=2, mem="256M", files={"odd.dtb": out},
                     entry=f"helion /helion/{arch}/kernel.elf\ninitrd /helion/{arch}/initramfs.cpio\ndevicetree /odd.dtb\n"
                           "options exit=qemu selftest\n")
    t.contains(text, "init: accounts: ok")
    t.contains(text, "cpu: 2 of 2 running")
    t.contains(text, "init: all checks passed")
    t.check("FAILED" not in text, "something reports FAILED")
    # None of it became a capability to RAM.
    t.contains(text, "manifest: /ram@80000000: ")
    t.check(not re.search(r"Pages .*ram@80000000", text), "RAM was given as a device's registers")


register("riscv64-malformed-device-tree", odd_tree, arch="riscv64", ram="0 0x80000000")
register("aarch64-uboot-malformed-device-tree", odd_tree, arch="aarch64", ram="0 0x40000000")


# --- Memory -----------------------------------------------------------------------------------------------------------

def little_memory(t, **fields):
    """The machine boots, or the loader says what there is no memory for."""
    machine = t.boot(smp=1, graphics="none", **fields)
    machine.wait_for(r"init: all checks passed|nothing could be started|kernel stopped", timeout=120)
    text = machine.text
    if "all checks passed" not in text:
        t.check(re.search(r"^(loader: error: cannot get \d+ bytes of memory for .*: not enough memory|"
                          r"kernel panic on CPU 0: too little memory: )", text, re.MULTILINE), "no word about memory")


for size in ("48M", "49M", "50M", "64M"):
    register(f"x86_64-little-memory-{size}", little_memory, arch="x86_64", mem=size)
register("aarch64-uboot-little-memory-64M", little_memory, arch="aarch64", firmware="uboot", mem="64M")
register("riscv64-edk2-little-memory-64M", little_memory, arch="riscv64", firmware="edk2", mem="64M")
