"""Which instructions a measured operation executes: one round of each, followed by a plugin of QEMU's emulator.

    rounds = Rounds(arch, build)
    extra = rounds.qemu_arguments(output)       # for Config.extra; needs the kernel option nokaslr and the program's ELF
    for addresses in rounds.read(output):       # one list for each operation, in the order in which they ran
        rounds.functions(addresses)             # [(where, function, instructions)]
        rounds.costly(addresses)                # {"space": 2, "flush": 2, ...}
"""

import bisect
import collections
import os
import re
import struct
import subprocess
import threading

from .machine import MachineError, TOP, qemu_version

# Where the kernel is linked; with "nokaslr" it runs there. Firmware never does.
KERNEL = 0xffffffff80000000
PREFIX = {"x86_64": "x86_64-linux-gnu-", "aarch64": "aarch64-linux-gnu-", "riscv64": "riscv64-linux-gnu-"}

# Instructions that cost far more than others on hardware, by what objdump prints. The first that matches counts.
# space: another page table is loaded; flush: TLB entries go; system: registers of the CPU that are slow to write (or read, where
# that is as slow); atomic: read-modify-write in memory; barrier: waits for memory or restarts the pipeline; entry: into the kernel
# and back.
COSTLY = {
    "x86_64": (
        ("space", r"mov .*,%cr3"),
        ("flush", r"invlpg|invpcid"),
        ("system", r"wrmsr|rdmsr|xsetbv|swapgs|wr[fg]sbase|lidt|lgdt|ltr|mov .*%cr[048]|in |out |fx(save|rstor)|xsave|xrstor"),
        ("atomic", r"lock |xchg .*\("),
        ("barrier", r"[lms]fence"),
        ("entry", r"syscall|sysret|iret|int "),
    ),
    "aarch64": (
        ("space", r"msr\s+ttbr0_el1"),
        ("flush", r"tlbi"),
        ("system", r"msr\s"),
        ("atomic", r"stl?xr|cas|swp|ld(add|clr|set|eor)"),
        ("barrier", r"isb|dsb|dmb"),
        ("entry", r"svc|eret"),
    ),
    "riscv64": (
        ("space", r"csrrw?[wsc]?i?\s.*satp|csrw\s+satp"),
        ("flush", r"sfence\.vma|sinval"),
        ("system", r"csr"),
        ("atomic", r"amo|sc\.[wd]"),
        ("barrier", r"fence"),
        ("entry", r"ecall|sret"),
    ),
}
KINDS = ("space", "flush", "system", "atomic", "barrier", "entry")


class Program:
    """An ELF file with symbols: names of addresses, and what stands there."""

    def __init__(self, arch, path):
        if not os.path.exists(path):
            raise MachineError(f"{path}: not there; build it first")
        self.arch, self.path = arch, path
        self.starts, self.names = [], []
        self.text = None
        for line in self._tool("nm", "-n", path).splitlines():
            found = re.match(r"([0-9a-f]+) [tTwW] ([^$.].*)", line)
            if found:
                self.starts.append(int(found.group(1), 16))
                self.names.append(found.group(2))

    def _tool(self, name, *arguments):
        return subprocess.run([PREFIX[self.arch] + name, *arguments], capture_output=True, text=True, check=True).stdout

    def address(self, name):
        if name not in self.names:
            raise MachineError(f"{self.path} has no function {name}")
        return self.starts[self.names.index(name)]

    def function(self, address):
        at = bisect.bisect_right(self.starts, address) - 1
        return self.names[at] if at >= 0 else hex(address)

    def disassembly(self):
        """{address: text of the instruction}"""
        if self.text is None:
            self.text = {int(address, 16): " ".join(text.split()) for address, text in
                         re.findall(r"^\s*([0-9a-f]+):\t(.*)$", self._tool("objdump", "-d", "--no-show-raw-insn", self.path),
                                    re.MULTILINE)}
        return self.text

    def lines(self, addresses):
        """{address: "file:line" of the innermost inlined function, and its name}"""
        addresses = sorted(addresses)
        out = subprocess.run([PREFIX[self.arch] + "addr2line", "-f", "-e", self.path], capture_output=True, text=True,
                             check=True, input="".join(f"{address:#x}\n" for address in addresses)).stdout.splitlines()
        return {address: (os.path.relpath(line.split(" (")[0], TOP) if line[0] == "/" else line.split(" (")[0], name)
                for address, name, line in zip(addresses, out[::2], out[1::2])}


def compile_plugin(name, arch):
    """Compiles scripts/helion/<name>_plugin.c for the QEMU of that architecture; its path."""
    api = 1 if qemu_version(arch) < (9, 0) else 2
    directory = os.path.join(TOP, "scripts/helion")
    source = os.path.join(directory, f"{name}_plugin.c")
    newest = max(os.path.getmtime(path) for path in (source, os.path.join(directory, "plugin.h")))
    path = os.path.join(TOP, f"build/bench/{name}-{api}.so")
    if not os.path.exists(path) or os.path.getmtime(path) < newest:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        temporary = f"{path}.{os.getpid()}.{threading.get_ident()}"
        subprocess.run(["cc", "-shared", "-fPIC", "-fvisibility=hidden", "-O2", "-Wall", "-Wextra", "-Werror",
                        f"-DQEMU_PLUGIN_API={api}", "-o", temporary, source], check=True)
        os.replace(temporary, path)
    return path


def read_rounds(path):
    """What a plugin wrote: [(instructions, addresses)]; of a very long round the first addresses only."""
    with open(path, "rb") as f:
        data = f.read()
    at, result = 0, []
    while at < len(data):
        count, = struct.unpack_from("=Q", data, at)
        kept = min(count, (len(data) - at) // 8 - 1)
        result.append((count, struct.unpack_from(f"={kept}Q", data, at + 8)))
        at += 8 + 8 * kept
    return result


class Rounds:
    """The program user/bench and the kernel that it ran on; or, with user=None, the kernel alone."""

    def __init__(self, arch, build, user="bench"):
        self.arch = arch
        self.kernel = Program(arch, os.path.join(build, "kernel.debug"))
        self.user = Program(arch, os.path.join(build, f"user/{user}.elf")) if user else None

    def qemu_arguments(self, output):
        return ("-plugin", f"{compile_plugin('rounds', self.arch)},begin={self.user.address('bench_mark_begin'):#x},"
                f"end={self.user.address('bench_mark_end'):#x},arm={KERNEL:#x},output={output}")

    def program(self, address):
        return self.kernel if address >= KERNEL else self.user

    def read(self, path):
        """The rounds in a file of the plugin's, without what is left of the function that began them."""
        return [[a for a in addresses if a >= KERNEL or self.user.function(a) != "bench_mark_begin"]
                for _, addresses in read_rounds(path)]

    def functions(self, addresses):
        """Instructions by function, most first: [("kernel" or "user", name, instructions)]"""
        counts = collections.Counter(addresses)
        totals = collections.Counter()
        for address, count in counts.items():
            program = self.program(address)
            name = program.function(address) if program else "(firmware)"
            totals["kernel" if program is self.kernel else "user", name] += count
        return [(where, name, count) for (where, name), count in totals.most_common()]

    def source_lines(self, addresses):
        """The same by source line: [("file:line", function, instructions)]"""
        counts = collections.Counter(addresses)
        totals = collections.Counter()
        for program in filter(None, (self.kernel, self.user)):
            mine = [address for address in counts if self.program(address) is program]
            for address, where in (program.lines(mine) if mine else {}).items():
                totals[where] += counts[address]
        return [(line, name, count) for (line, name), count in totals.most_common()]

    def trace(self, addresses):
        """The instructions in the order in which they ran: [(where, function, address, text)]"""
        for address in addresses:
            program = self.program(address)
            yield ("kernel" if program is self.kernel else "user", program.function(address), address,
                   program.disassembly().get(address, "?"))

    def costly(self, addresses):
        """How many of each kind of costly instruction."""
        totals = dict.fromkeys(KINDS, 0)
        for address, count in collections.Counter(addresses).items():
            text = self.program(address).disassembly().get(address, "")
            for kind, pattern in COSTLY[self.arch]:
                if re.match(pattern, text):
                    totals[kind] += count
                    break
        return totals
