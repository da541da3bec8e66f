"""The program that measures operations runs to its end; scripts/bench is what compares its figures."""

import os
import re
import subprocess
import tempfile

from harness import LOGS, TOP, register
from helion import bench_longest, longest as longest_stretch, operations

# At least one of each group.
OPERATIONS = ("null", "yield", "call-0", "call-64", "call-caps-4", "call-same-0", "signal", "map-1", "map-512", "unmap-512",
              "create-task", "delete-task", "delete-irq-handler", "task-life", "store-reply", "poll-32", "timer-fire")


def measures(t, arch):
    build = os.path.join(TOP, "build", f"{arch}-gcc-debug")
    with tempfile.TemporaryDirectory(prefix="helion-bench-") as directory:
        initramfs = os.path.join(directory, "bench.cpio")
        subprocess.run([os.path.join(TOP, "scripts/mkcpio"), initramfs,
                        "init=" + os.path.join(build, "initramfs/bin/bench")], check=True)
        text = t.run(timeout=240, arch=arch, smp=1, initramfs=initramfs)
    t.contains(text, "bench: done")
    found = {name: tuple(int(n) for n in numbers.split())
             for name, numbers in re.findall(r"^bench: op (\S+) (\d+ \d+ \d+ \d+)$", text, re.MULTILINE)}
    for name in OPERATIONS:
        t.check(name in found, f"{name} is not measured")
        median, least, most, _ = found[name]
        t.check(0 < least <= median <= most, f"{name}: median {median}, least {least}, most {most}")


def follows(t, arch):
    """What the emulator's plugin follows is what the counter counts, and can be named."""
    found, rounds = operations.measure(arch, operations.build_directory(arch), "null,call-0",
                                       log=os.path.join(LOGS, f"{arch}-where.log"))
    t.equal([operation.name for operation in found], ["null", "call-0"], "operations")
    for operation in found:
        followed = len(operation.addresses)
        t.check(abs(followed - operation.median) <= 4, f"{operation.name}: {operation.median} counted, {followed} followed")
        functions = rounds.functions(operation.addresses)
        t.equal(sum(count for _, _, count in functions), followed, "instructions of all functions")
        t.check(("kernel", "trap_syscall") in [function[:2] for function in functions], "trap_syscall does not run")
    null, call = (rounds.costly(operation.addresses) for operation in found)
    t.equal(null["entry"], 2, "instructions that enter and leave the kernel, system call")
    t.equal(null["space"], 0, "address spaces loaded, system call")
    t.equal(call["entry"], 4, "instructions that enter and leave the kernel, call")
    t.equal(call["space"], 2, "address spaces loaded, call to another address space and back")


def longest(t, arch):
    """The longest stretch in the kernel is found: it begins with an entry, has a name, and a limit below it fails."""
    found = subprocess.run([os.path.join(TOP, "scripts/longest"), arch, "--graphics", "none", "--limit", "100"],
                           capture_output=True, text=True, check=False, timeout=240)
    t.equal(found.returncode, 1, f"status, as it is above 100: {found.stderr}")
    count = int(re.match(rf"{arch}: ([0-9,]+) instructions", found.stdout).group(1).replace(",", ""))
    rows = re.findall(r"^ *([0-9,]+)  (\S+)$", found.stdout, re.MULTILINE)
    over = [int(most.replace(",", "")) for most in re.findall(r"^  most in .*: [0-9,]+, up to ([0-9,]+)$", found.stdout, re.MULTILINE)]
    t.check(over and max(over) == count and min(over) > 100, f"longer than the limit are {over}")
    t.check(len(rows) > 3, f"only {len(rows)} functions")
    total = sum(int(number.replace(",", "")) for number, _ in rows)
    t.check(total <= count and (len(rows) == 40 or total == min(count, 1 << 20)), f"{total} of {count} have a name")


# What shows text. Nothing else of the kernel is called so.
CONSOLE = re.compile(r"(set_cell|draw_cell|store_run|expand|jump|new_line|put|put_visible|console_\w+|ns16550_\w+|pl011_\w+|log_\w+|show_part)$")


def log_is_bounded(t, arch):
    """Hundreds of lines on a screen and a serial line: showing them never has interrupts off for long."""
    directory = operations.build_directory(arch)
    for screen in ("", "none"):
        _, over, rounds = longest_stretch.follow(arch, directory, over=1000, cmdline="init.test=log", graphics=screen,
                                                 log=os.path.join(LOGS, f"{arch}-log-is-bounded-{screen}.log"))
        seen = 0
        for stretch in over:
            name = rounds.functions(stretch.addresses)[0][1]
            if CONSOLE.match(name.split(".")[0]):
                seen += stretch.times
                t.check(stretch.count <= bench_longest.BAR, f"{stretch.count} instructions, most in {name}")
        t.check(seen > 100, f"only {seen} steps of the consoles were seen")


for isa in ("x86_64", "aarch64", "riscv64"):
    register(f"{isa}-bench", measures, arch=isa)
    register(f"{isa}-where", follows, arch=isa)
    register(f"{isa}-longest", longest, arch=isa)
    register(f"{isa}-log-is-bounded", log_is_bounded, arch=isa)
