"""What the processor has against attacks and accidents: tables without the kernel, what only a monitor can cause."""

import re
import time

from checks import good_boot
from conformance import suite
from gdb import CPSR, Gdb
from harness import FAILED, TOP, register

CONFORMANCE = f"{TOP}/build/x86_64-gcc-debug/conformance.cpio"


def monitor(machine, line, cpu=0):
    return machine.qmp.command("human-monitor-command", **{"command-line": line, "cpu-index": cpu})


def in_user_mode(t, machine, smp, timeout=120):
    """Stop the machine where a CPU runs user code: that CPU."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        machine.qmp.command("stop")
        for cpu in range(smp):
            if "CPL=3" in monitor(machine, "info registers", cpu):
                return cpu
        machine.qmp.command("cont")
        time.sleep(0.01)
    t.check(False, "no CPU was found in user mode")


def kernel_half(machine, cpu):
    """Bytes that are mapped in the kernel's half of the tables that a CPU uses."""
    lines = re.findall(r"^([0-9a-f]{16})-[0-9a-f]{16} ([0-9a-f]{16}) ", monitor(machine, "info mem", cpu), re.MULTILINE)
    return sum(int(size, 16) for begin, size in lines if int(begin, 16) >> 63)


def hidden(t, option, is_hidden, smp=2):
    """User mode's tables as the emulator walks them: with kpti=on two pages and ten for each CPU, otherwise all of memory."""
    machine = t.boot(arch="x86_64", smp=smp, initramfs=CONFORMANCE, cmdline=f"{option} conformance=soak/many_rounds soak=1000")
    machine.wait_for(r"^# soak: seed", timeout=240)
    for _ in range(3):
        size = kernel_half(machine, in_user_mode(t, machine, smp))
        machine.qmp.command("cont")
        if is_hidden:
            t.equal(size, (2 + 10 * smp) * 4096, "bytes of the kernel's half in user mode")
        else:
            t.check(size > 256 << 20, f"{size} bytes of the kernel's half in user mode")


def words(machine, physical, count):
    """Words of the machine's memory."""
    text = monitor(machine, f"xp /{count}gx {physical:#x}")
    return [int(word, 16) for line in text.splitlines() for word in line.split(":")[1].split()]


def leaves(machine, table, level):
    """How many leaves of each level page tables of aarch64 have; of a table with many the first ones."""
    found = [0] * 4
    for entry in words(machine, table, 512):
        if not entry & 1:
            continue
        if level == 0 or not entry & 2:
            found[level] += 1
        elif sum(found) < 100:
            found = [a + b for a, b in zip(found, leaves(machine, entry & 0xfffffffff000, level - 1))]
    return found


ENTRY_ALONE = [1, 0, 0, 0]


def hidden_aarch64(t, option, is_hidden):
    """What TTBR1 leads to while user mode runs, and who the TLB's entries belong to."""
    machine = t.boot(arch="aarch64", smp=1, initramfs=CONFORMANCE.replace("x86_64", "aarch64"),
                     cmdline=f"{option} conformance=soak/many_rounds soak=1000")
    machine.wait_for(r"^# soak: seed", timeout=240)
    seen = {}
    end = time.monotonic() + 120
    while len(seen) < 2 and time.monotonic() < end:
        gdb = Gdb(machine)
        in_kernel = bool(gdb.numbered(CPSR) & 0xf)
        ttbr = [gdb.system_register(f"TTBR{i}_EL1") for i in range(2)]
        counted = leaves(machine, ttbr[1] & 0xfffffffff000, 3) if in_kernel not in seen else ENTRY_ALONE
        in_entry = is_hidden and in_kernel and counted == ENTRY_ALONE  # On its way from user mode or there: try again.
        if in_kernel not in seen and not in_entry:
            seen[in_kernel] = ttbr
            if is_hidden and not in_kernel:
                t.equal(counted, ENTRY_ALONE, "leaves of each level in user mode's half of the kernel")
            else:
                t.check(sum(counted) > 20, f"{counted} leaves of each level")
        gdb.leave()
        machine.qmp.command("cont")
        time.sleep(0.01)
    t.equal(sorted(seen), [False, True], "seen in user mode and in the kernel")
    if is_hidden:
        t.check(seen[True][0] >> 48 != seen[False][0] >> 48, "the kernel runs with a user's ASID")
        t.equal(set(words(machine, seen[True][0] & 0xfffffffff000, 512)), {0}, "what TTBR0 leads to in the kernel")


def decides(t, cpu, option, expected, arch="x86_64"):
    text = t.run(timeout=240, arch=arch, smp=2, cpu=cpu, cmdline=f"selftest {option}")
    good_boot(t, text, smp=2)
    t.contains(text, f"kpti: {expected}")
    if expected == "on":
        t.contains(text, "selftest: user mode has nothing of the kernel but its entry: ok")


def protects(t, arch, cpu, reports, rest):
    """What this CPU has is on, and the rest is not spoken of."""
    text = t.run(timeout=240, arch=arch, smp=2, cpu=cpu, cmdline="selftest")
    good_boot(t, text, smp=2)
    for what in reports:
        t.contains(text, f"selftest: {what}: ok")
    for what in rest:
        t.check(f"selftest: {what}" not in text, f"{what!r} is on the console")


ON = {
    "x86_64": ("SMEP is on", "SMAP is on", "UMIP is on"),
    "aarch64": ("PAN is on", "E0PD is on"),
    "riscv64": ("SUM and MXR are off", "Svpbmt makes device registers I/O and framebuffers non-cacheable"),
}
for _arch, _cpu, _count in (("x86_64", "max", 3), ("x86_64", "max,-smap,-smep,-umip", 0), ("aarch64", "max", 2),
                            ("aarch64", "cortex-a76", 1), ("aarch64", "cortex-a53", 0), ("riscv64", "rv64", 1), ("riscv64", "rv64,svpbmt=true", 2)):
    register(f"{_arch}-protects-{_cpu.replace(',', '')}", protects, arch=_arch, cpu=_cpu, reports=ON[_arch][:_count], rest=ON[_arch][_count:])

def stops(t, line, pattern, options="", user=False, smp=2):
    """Something from the monitor, in user mode or while the CPUs are idle, that the kernel cannot go on after: a report that says so."""
    if user:
        machine = t.boot(arch="x86_64", smp=smp, initramfs=CONFORMANCE, cmdline=f"{options} conformance=soak/many_rounds soak=1000")
        machine.wait_for(r"^# soak: seed", timeout=240)
        in_user_mode(t, machine, smp)
    else:
        machine = t.boot(arch="x86_64", smp=smp, cmdline=f"{options} init.halt")
        machine.wait_for(r"init: halted", timeout=240)
        machine.qmp.command("stop")
    monitor(machine, line)
    machine.qmp.resume()
    t.equal(machine.wait(240), FAILED, "status")
    t.check(re.search(r"^kernel panic on CPU \d: " + pattern, machine.text, re.MULTILINE), f"no line matches {pattern!r}")
    t.check(re.search(r"^rip 00(08|2b):[0-9a-f]{16}", machine.text, re.MULTILINE), "no registers")
    t.contains(machine.text, "kernel stopped")


# An error that was not corrected, with the address of the memory.
MACHINE_CHECK = "mce 1 3 0xbd0000000000009f 0x5 0x12345000 0x8c"
CHECKED = "machine check: bank 3, status 0xbd0000000000009f, address 0x12345000, global status 0x5"
for _kpti in ("off", "on"):
    _options = f"kpti={_kpti}"
    register(f"x86_64-nmi-idle-kpti-{_kpti}", stops, line="nmi", pattern="non-maskable interrupt", options=_options)
    register(f"x86_64-nmi-user-kpti-{_kpti}", stops, line="nmi", pattern="non-maskable interrupt", options=_options, user=True)
    register(f"x86_64-machine-check-user-kpti-{_kpti}", stops, line=MACHINE_CHECK, pattern=CHECKED, options=_options, user=True)
register("x86_64-machine-check-idle", stops, line=MACHINE_CHECK, pattern=CHECKED)

register("x86_64-kpti-hides-the-kernel", hidden, option="kpti=on", is_hidden=True)
register("x86_64-kpti-off-hides-nothing", hidden, option="kpti=off", is_hidden=False)
# By itself on Intel's processors, not on AMD's; the emulator knows no ARCH_CAPABILITIES, by which Intel's say that they need it not.
register("x86_64-kpti-intel", decides, cpu="Skylake-Client-v4", option="", expected="on")
register("x86_64-kpti-intel-off", decides, cpu="Skylake-Client-v4", option="kpti=off", expected="off")
register("x86_64-kpti-old-intel", decides, cpu="core2duo", option="", expected="on")
register("x86_64-kpti-amd", decides, cpu="max", option="", expected="off")
for _smp in (1, 4):
    register(f"x86_64-kpti-conformance-{_smp}cpu", suite, arch="x86_64", smp=_smp, options="kpti=on conformance=" + ",".join(
        f"{group}/*" for group in ("restricted", "window", "fault", "ipc", "smp", "entry", "schedule", "fpu")))
    register(f"aarch64-kpti-conformance-{_smp}cpu", suite, arch="aarch64", smp=_smp, cpu="max" if _smp == 1 else "",
             options="kpti=on conformance=" + ",".join(
                 f"{group}/*" for group in ("restricted", "window", "fault", "ipc", "smp", "entry", "schedule", "fpu", "vspace")))
register("aarch64-kpti-hides-the-kernel", hidden_aarch64, option="kpti=on", is_hidden=True)
register("aarch64-kpti-off-hides-nothing", hidden_aarch64, option="kpti=off", is_hidden=False)
# Without ID_AA64PFR0_EL1.CSV3, and not one of the cores that are known to be safe; the same, and known; with CSV3.
register("aarch64-kpti-unknown-core", decides, arch="aarch64", cpu="a64fx", option="", expected="on")
register("aarch64-kpti-unknown-core-off", decides, arch="aarch64", cpu="a64fx", option="kpti=off", expected="off")
register("aarch64-kpti-safe-core", decides, arch="aarch64", cpu="cortex-a72", option="", expected="off")
register("aarch64-kpti-csv3", decides, arch="aarch64", cpu="cortex-a76", option="", expected="off")
register("aarch64-kpti-soak", suite, arch="aarch64", smp=1, options="kpti=on conformance=soak/a_round seed=7 check")
register("x86_64-kpti-soak", suite, arch="x86_64", smp=1, options="kpti=on conformance=soak/a_round seed=7 check")
