"""QEMU's debugger stub: breakpoints, registers and memory of a machine (GDB manual, appendix E, "Remote Serial Protocol")."""

import os
import re
import socket

from harness import MachineError

# Where registers are among all (gdb/features/i386/64bit-core.xml), each of eight bytes up to there.
RSP, RIP = 7, 16
CPSR = 33     # of aarch64, of four bytes (gdb/features/aarch64-core.xml)


class Gdb:
    """A debugger of a running machine, which it stops. None of its methods waits for ever."""

    def __init__(self, machine, timeout=240):
        path = os.path.join(machine.directory, "gdb")
        machine.qmp.command("stop")
        machine.qmp.command("human-monitor-command", **{"command-line": f"gdbserver unix:{path},server=on,wait=off"})
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rwb")
        self.ask("?")
        self.ask("qXfer:features:read:target.xml:0,800")    # without having been asked for that QEMU gives no single register

    def _send(self, text):
        data = text.encode()
        self.stream.write(b"$%s#%02x" % (data, sum(data) % 256))
        self.stream.flush()

    def _receive(self):
        """The next packet; "" when the machine has ended."""
        try:
            byte = self.stream.read(1)
            while byte and byte != b"$":
                byte = self.stream.read(1)
            text = b""
            while byte and not text.endswith(b"#"):
                byte = self.stream.read(1)
                text += byte
            if len(self.stream.read(2)) < 2:
                return ""
            self.stream.write(b"+")
            self.stream.flush()
        except ConnectionError:
            return ""
        return text[:-1].decode()

    def ask(self, text):
        self._send(text)
        return self._receive()

    def _command(self, text):
        reply = self.ask(text)
        if reply != "OK":
            raise MachineError(f"the debugger stub says {reply!r} to {text}")

    def set_breakpoint(self, address):
        self._command(f"Z1,{address:x},1")

    def clear_breakpoint(self, address):
        self._command(f"z1,{address:x},1")

    def register(self, number):
        return int.from_bytes(bytes.fromhex(self.ask("g")[16 * number:16 * number + 16]), "little")

    def numbered(self, number):
        """Any register, by the number that QEMU's description of the target gives it."""
        return int.from_bytes(bytes.fromhex(self.ask(f"p{number:x}")), "little")

    def system_register(self, name):
        """aarch64: one of those that the description lists apart; None when it does not."""
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:system-registers.xml:{len(text):x},800")
            text += part[1:]
            if not part.startswith("m"):
                break
        found = re.search(rf'<reg name="{name}"[^>]* regnum="(\d+)"', text)
        return self.numbered(int(found.group(1))) if found else None

    def word(self, address):
        return int.from_bytes(bytes.fromhex(self.ask(f"m{address:x},8")), "little")

    def go(self):
        """Let the machine run to the next breakpoint; False: it ended instead."""
        return self.ask("c").startswith("T05")

    def step(self):
        return self.ask("s").startswith("T05")

    def leave(self):
        """The machine goes on without."""
        self._command("D")
        self.stream.close()
        self.socket.close()
