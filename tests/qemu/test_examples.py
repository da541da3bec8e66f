"""The library's examples, each booted in place of init: processes, a server with clients, a driver."""

import re

from harness import PASSED, register

ISAS = ("x86_64", "aarch64", "riscv64")


def example(t, arch, program, smp, lines):
    text = t.run(timeout=240, arch=arch, smp=smp, cmdline=f"program=/bin/{program}")
    for line in lines:
        t.contains(text, line)


ECHOED = "".join(f"line {number} of what is typed and comes back\r\n" for number in range(150))


def echo(t, arch, smp, **fields):
    """What is typed comes back by way of the driver's process, byte for byte, and by interrupts."""
    machine = t.boot(arch=arch, smp=smp, cmdline="program=/bin/echo", **fields)
    machine.wait_for("echo: type something", timeout=90)
    machine.send(ECHOED[:1])
    machine.wait_for("ends\r?\n" + ECHOED[0], timeout=60)
    machine.send(ECHOED[1:] + "\x04")
    status = machine.wait(240)
    t.equal(status, PASSED, f"status ({machine.why})")
    t.contains(machine.text.replace("\r", ""), ECHOED.replace("\r", ""))
    counts = re.search(r"echo: (\d+) bytes received, (\d+) sent, (\d+) interrupts, 0 times", machine.text)
    t.check(counts, "the driver's account is not on the console, or it lost bytes")
    received, sent, interrupts = map(int, counts.groups())
    t.equal(received, len(ECHOED) + 1, "bytes received")
    t.check(sent > received, "the greeting was not sent")
    t.check(interrupts >= 2, "it was not interrupted for what came")


def serial_clients(t, arch, smp):
    """Wrong requests and clients that end: the driver answers, loses nothing and goes on."""
    machine = t.boot(arch=arch, smp=smp, cmdline="program=/bin/serialtest")
    machine.wait_for("serialtest: type ab", timeout=90)
    machine.send("ab")
    t.equal(machine.wait(120), PASSED, f"status ({machine.why})")
    t.contains(machine.text, "this needs a serial port of a known kind")
    t.contains(machine.text, "serialtest: ok")


for isa in ISAS:
    for cpus in (1, 4):
        register(f"{isa}-example-serial-{cpus}cpu", serial_clients, arch=isa, smp=cpus)
        register(f"{isa}-example-echo-{cpus}cpu", echo, arch=isa, smp=cpus)
        register(f"{isa}-example-counter-{cpus}cpu", example, arch=isa, program="counter", smp=cpus,
                 lines=("counter: one counted to 500500", "counter: two counted to 500500"))
        register(f"{isa}-example-family-{cpus}cpu", example, arch=isa, program="family", smp=cpus,
                 lines=("hello, world", "family: nothing is left of the children"))
    register(f"{isa}-example-hello", example, arch=isa, program="hello", smp=1, lines=(f"hello, world, from {isa} with 1 CPUs",))
register("aarch64-example-echo-devicetree", echo, arch="aarch64", smp=2, acpi="off")
register("aarch64-example-echo-raspi3b", echo, arch="aarch64", smp=4, board="raspi3b")
register("riscv64-example-echo-sifive_u", echo, arch="riscv64", smp=4, board="sifive_u")
