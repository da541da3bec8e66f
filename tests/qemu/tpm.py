"""A TPM for a machine: swtpm, which outlives QEMU so that its PCRs can be read at the end; and event logs."""

import array
import hashlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time

from harness import MachineError

DEVICES = {"x86_64": "tpm-crb", "aarch64": "tpm-tis-device"}
ALGORITHMS = {0x04: "sha1", 0x0b: "sha256", 0x0c: "sha384", 0x0d: "sha512"}
PCRS = 16       # those that only a reset of the machine clears
EV_NO_ACTION, EV_IPL = 3, 13
EV_EFI_BOOT_SERVICES_APPLICATION = 0x80000003
CMD_SET_DATAFD = 16     # of swtpm's control channel
TPM_CC_PCR_READ, TPM_ST_NO_SESSIONS = 0x17e, 0x8001


class Tpm:
    """One TPM for one machine."""

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="helion-tpm-")
        self.control = os.path.join(self.directory, "control")
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.directory}", "--ctrl",
                                         f"type=unixio,path={self.control}"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        end = time.monotonic() + 60
        while not os.path.exists(self.control):
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                raise MachineError("swtpm does not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def arguments(self, arch):
        """For QEMU."""
        return ("-chardev", f"socket,id=tpm,path={self.control}", "-tpmdev", "emulator,id=tpm,chardev=tpm",
                "-device", f"{DEVICES[arch]},tpmdev=tpm")

    def read(self, algorithm):
        """All PCRs of a bank. The machine must have been killed: one that ends in order takes the TPM with it."""
        ours, theirs = socket.socketpair()
        with socket.socket(socket.AF_UNIX) as control, ours:
            control.settimeout(60)
            ours.settimeout(60)
            control.connect(self.control)
            control.sendmsg([struct.pack(">I", CMD_SET_DATAFD)],
                            [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))])
            theirs.close()
            result = control.recv(4)
            if result != bytes(4):
                raise MachineError(f"swtpm does not accept a connection: {result.hex()}")
            return [self._read_pcr(ours, algorithm, pcr) for pcr in range(PCRS)]

    @staticmethod
    def _read_pcr(connection, algorithm, pcr):
        select = (1 << pcr).to_bytes(3, "little")
        body = struct.pack(">IHB", 1, algorithm, len(select)) + select
        connection.sendall(struct.pack(">HII", TPM_ST_NO_SESSIONS, 10 + len(body), TPM_CC_PCR_READ) + body)
        answer = b""
        while len(answer) < 10 or len(answer) < struct.unpack_from(">I", answer, 2)[0]:
            piece = connection.recv(4096)
            if not piece:
                raise MachineError("swtpm closed the connection")
            answer += piece
        code = struct.unpack_from(">I", answer, 6)[0]
        if code:
            raise MachineError(f"the TPM cannot read PCR {pcr} of bank {algorithm:#x}: {code:#x}")
        # Header, update counter, one selection with its three bytes, one digest with its size.
        count, size = struct.unpack_from(">IH", answer, 10 + 4 + 10)
        return answer[30:30 + size] if count else None


class Event:
    """One of the log."""

    def __init__(self, pcr, kind, digests, data):
        self.pcr, self.kind, self.digests, self.data = pcr, kind, digests, data

    @property
    def text(self):
        return self.data.rstrip(b"\0").decode("utf-8", "replace")


def parse(log):
    """The events of a log in the crypto-agile format, without the first, and its algorithms. It has to end with the last one."""
    pcr, kind, _, size = struct.unpack_from("<II20sI", log)
    data = log[32:32 + size]
    if (pcr, kind, data[:16]) != (0, EV_NO_ACTION, b"Spec ID Event03\0"):
        raise MachineError("the event log does not begin as one")
    count = struct.unpack_from("<I", data, 24)[0]
    sizes = dict(struct.unpack_from("<HH", data, 28 + 4 * i) for i in range(count))
    events, at = [], 32 + size
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        digests = {}
        for _ in range(count):
            algorithm = struct.unpack_from("<H", log, at)[0]
            digests[algorithm] = log[at + 2:at + 2 + sizes[algorithm]]
            at += 2 + sizes[algorithm]
        size = struct.unpack_from("<I", log, at)[0]
        events.append(Event(pcr, kind, digests, log[at + 4:at + 4 + size]))
        at += 4 + size
    if at != len(log):
        raise MachineError("the event log ends in the middle of an event")
    return events, sizes


def replay(events, algorithm):
    """What the events make of the PCRs of a bank."""
    size = hashlib.new(ALGORITHMS[algorithm]).digest_size
    values = [bytes(size)] * PCRS
    for event in events:
        if event.kind == EV_NO_ACTION:
            if event.data.startswith(b"StartupLocality\0"):
                values[0] = bytes(size - 1) + event.data[16:17]
            continue
        values[event.pcr] = hashlib.new(ALGORITHMS[algorithm], values[event.pcr] + event.digests[algorithm]).digest()
    return values
