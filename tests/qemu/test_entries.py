"""A non-maskable interrupt at every instruction of the ways into the kernel and out of it (x86_64)."""

import re
import subprocess

from gdb import RIP, RSP, Gdb
from harness import PASSED, TOP, register

BUILD = f"{TOP}/build/x86_64-gcc-debug"
NMI_STUB = 2 * 16                   # behind the first of the stubs
IST_STACK_SIZE = 8192
KPTI_AREA = 0xfffffffe00000000      # of the first CPU: the page of code where SYSCALL enters (kpti.c)

# Code from each of these symbols to the next one: with kpti=off, with kpti=on.
ANYWAY = ("syscall_entry_kernel", "user_exception", "user_trap", "kernel_trap", "kernel_trap_return")
WAYS = {
    "off": ANYWAY + ("syscall_entry", "interrupt_common", "exception_common", "arch_user_return", "arch_restricted_return"),
    "on": ANYWAY + ("kpti_syscall", "kpti_interrupt", "kpti_exception", "kpti_from_user", "kernel_exception",
                    "kpti_user_return", "leave", "kpti_restricted_return"),
}
# What all of it runs under: system calls, faults, interrupts while nothing runs, restricted mode by both of its returns.
SUITE = "conformance=entry/*,restricted/*,fault/*,timer/*,notification/* repeat=3"


def tool(name, *arguments):
    return subprocess.run([name, *arguments, f"{BUILD}/kernel.debug"], capture_output=True, text=True, check=True).stdout


def symbols():
    """Their addresses by name, and all addresses in order: static functions of several files may have one name."""
    found = [(name, int(value, 16)) for value, name in re.findall(r"^([0-9a-f]{16}) \w (\S+)$", tool("nm"), re.MULTILINE)]
    return dict(found), sorted({address for _, address in found})


def instructions(begin, end):
    """Their addresses, but those of what is never reached: UD2 behind calls that do not return, and what fills up."""
    text = tool("objdump", "-d", "--no-show-raw-insn", f"--start-address={begin:#x}", f"--stop-address={end:#x}")
    return [int(address, 16) for address, name in re.findall(r"^\s*([0-9a-f]{16}):\s+(\S+)", text, re.MULTILINE)
            if name not in ("ud2", "int3") and not name.startswith(("nop", "cs", "data16", "xchg"))]


def places(kpti, known, ordered, slide):
    """Where the instructions are in this boot: address -> what people call it."""
    found = {}
    for name in WAYS[kpti]:
        begin = known[name]
        end = next(address for address in ordered + [begin + 256] if address > begin)
        moved = KPTI_AREA - known["kpti_text"] if name == "kpti_syscall" else slide
        for address in instructions(begin, min(end, begin + 256)):
            found[address + moved] = f"{name}+{address - begin:#x}"
    return found


def everywhere(t, kpti):
    known, ordered = symbols()
    machine = t.boot(arch="x86_64", smp=1, initramfs=f"{BUILD}/conformance.cpio", cmdline=f"nmi=ignore kpti={kpti} {SUITE}")
    machine.wait_for(r"kernel: entering init", timeout=240)
    slide = int(re.search(r"slide (0x[0-9a-f]+)", machine.text).group(1), 16)
    left = places(kpti, known, ordered, slide)
    stub = known["kpti_exception_stubs" if kpti == "on" else "exception_stubs"] + NMI_STUB + slide
    gdb = Gdb(machine)
    count, stack = 0, 0
    for address in left:
        gdb.set_breakpoint(address)
    while left and gdb.go():
        address, rsp = gdb.register(RIP), gdb.register(RSP)
        t.check(address in left, f"stopped at {address:#x}, where no breakpoint is")
        gdb.clear_breakpoint(address)
        if stack - IST_STACK_SIZE < rsp <= stack:
            # Of the NMI before: its like has to wait.
            gdb.step()
            gdb.set_breakpoint(address)
            continue
        machine.qmp.command("human-monitor-command", **{"command-line": "nmi"})
        gdb.set_breakpoint(stub)
        t.check(gdb.go() and gdb.register(RIP) == stub, f"no NMI came at {left[address]}")
        stack = gdb.register(RSP)
        t.equal(gdb.word(stack), address, f"where the NMI for {left[address]} came")
        gdb.clear_breakpoint(stub)
        count += 1
        del left[address]
    t.check(not left, f"not reached: {', '.join(left.values())}")
    gdb.leave()
    t.equal(machine.wait(600), PASSED, "status")
    t.contains(machine.text, f"kernel: {count} non-maskable interrupts were ignored")


register("x86_64-nmi-everywhere-kpti-off", everywhere, kpti="off")
register("x86_64-nmi-everywhere-kpti-on", everywhere, kpti="on")
