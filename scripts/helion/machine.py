"""Machines in QEMU: which firmware and devices, how to start one, watch its console and learn how it ended.

    config = Config(arch="aarch64", smp=4, cmdline="nokaslr")
    with Machine(config) as machine:
        machine.start()
        machine.wait_for(r"kernel: .*ready")
        status = machine.wait()         # 0: the guest reported success

How a guest reports its status:
    x86_64      isa-debug-exit at port 0xf4: 0x10 is success, anything else failure; ACPI power-off is success
    aarch64     PSCI SYSTEM_OFF is success, semihosting SYS_EXIT any status
    riscv64     SiFive test device at 0x100000: 0x5555 is success, code << 16 | 0x3333 failure; so is SBI shutdown.
                A board without that device: semihosting SYS_EXIT
A reset is a failure: nothing here resets on purpose, and a triple fault looks the same.
"""

import ctypes
import dataclasses
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from . import boards, image, trust, uboot

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

PASSED, FAILED, USAGE, TIMEOUT = 0, 1, 2, 124
X86_EXIT_SUCCESS = 0x10 << 1 | 1

ANSI = re.compile(r"\x1b(\[[0-9;?=]*[A-Za-z]|\([A-Z0-9]|[=>78cDEHM])|\x00")


class MachineError(Exception):
    """A message for people: what was asked for and why it cannot be had."""


@functools.lru_cache(maxsize=None)
def dependencies():
    path = os.path.join(TOP, "build/deps/paths.json")
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except OSError as e:
        raise MachineError(f"{path}: {e.strerror}; run scripts/setup") from e


def dependency(name):
    path = os.path.join(TOP, dependencies()[name])
    if not os.path.exists(path):
        raise MachineError(f"{path}: not there; run scripts/setup --force")
    return path


@functools.lru_cache(maxsize=None)
def qemu_version(arch):
    out = subprocess.run([f"qemu-system-{arch}", "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(n) for n in re.search(r"version (\d+)\.(\d+)", out).groups())


@dataclasses.dataclass(frozen=True)
class BoardLimits:
    """What QEMU's emulation of a board has, and firmware finds on it."""
    arch: str
    mem: str
    firmware: tuple             # the usual one first
    disks: tuple


BOARDS = {
    "raspi3b": BoardLimits("aarch64", "1G", ("uboot",), ("sd", "usb")),
    "sifive_u": BoardLimits("riscv64", "8G", ("uboot", "spl"), ("sd",)),    # U-Boot's own device tree says 8 GiB
}


@dataclasses.dataclass
class Config:
    """What machine to make. An empty string or None means the default of the architecture or board."""
    arch: str = "x86_64"
    firmware: str = ""              # edk2, uboot; sifive_u also spl: all that the board itself would run
    firmware_version: str = ""      # "" for the one scripts/setup fetched, "system" for the distribution's own; aarch64 with
                                    # edk2: "strictnx" for the one that lets nothing be written and executed
    board: str = ""                 # "" for q35 or virt; raspi3b, sifive_u
    smp: int = 0                    # 0: 4 CPUs
    mem: str = ""                   # as QEMU takes it: 256M, 4G
    disk: str = ""                  # virtio, nvme, ahci, usb, cd, sd
    gic: int = 0                    # aarch64: 2 or 3
    aia: str = ""                   # riscv64: aplic or imsic (with an APLIC) instead of a PLIC
    el2: bool = False               # aarch64: firmware and loader run in EL2
    cpu: str = ""
    acpi: str = ""                  # on or off, where the firmware offers a choice
    display: str = ""               # "" for none; what QEMU's -display takes
    graphics: str = ""              # the display device: "none", or what QEMU's -device takes; "" for the usual one
    gdb: bool = False               # wait for a debugger on port 1234
    icount: bool = False            # one instruction is one nanosecond
    cmdline: str = ""               # of the kernel
    exit_device: bool = True        # ask the kernel to report its status to QEMU (kernel option exit=qemu)
    entropy: bool = True            # a device of random numbers, which firmware has drivers for
    read_only: bool = False         # the disk is
    extra: tuple = ()               # further QEMU arguments
    network: str = ""               # options of QEMU's user network, with a card to boot from; "" for no network
    # What is booted: a directory of the build, parts of it replaced by single files; or a complete image.
    build: str = ""
    loader: str = ""
    kernel: str = ""
    initramfs: str = ""
    entry: str = None               # text of the boot entry, instead of the generated one
    files: dict = dataclasses.field(default_factory=dict)   # further files: path on the image -> file name or bytes
    remove: tuple = ()              # files to leave out
    extended: dict = None           # files of an extended boot loader partition, if there is to be one: path -> bytes
    image: str = ""                 # a complete image; nothing above is used then
    writable: bool = False          # what the guest writes to the image stays in it
    keys: str = ""                  # directory of scripts/mkkeys: what is on the image is signed
    tampered: dict = dataclasses.field(default_factory=dict)    # files that are changed or added after signing
    secure: bool = False            # edk2 for x86_64 and aarch64: the firmware that can enforce Secure Boot
    variables: str = ""             # edk2: file that keeps the firmware's variables, made if it is not there

    def __post_init__(self):
        self.check()

    def check(self):
        if self.arch not in image.EFI_FILES:
            raise MachineError(f"ARCH={self.arch} is none of {', '.join(sorted(image.EFI_FILES))}")
        if self.board in boards.names():        # our name for it
            described = boards.load(self.board)
            if not described.qemu and not described.run and len(described.arches) == 1:
                raise MachineError(f"BOARD={self.board}: QEMU does not have this board, only hardware can run its image")
            self.board = described.qemu
        if self.board in ("q35", "virt"):
            self.board = ""
        if self.board:
            self._check_board()
        self.firmware = self.firmware or ("uboot" if self.board or self.arch == "riscv64" else "edk2")
        if self.firmware not in ("edk2", "uboot") and (self.board, self.firmware) != ("sifive_u", "spl"):
            raise MachineError(f"FIRMWARE={self.firmware} is neither edk2 nor uboot")
        if self.firmware_version not in ("", "system", "strictnx"):
            raise MachineError(f"FIRMWARE_VERSION={self.firmware_version} is neither 'system' nor 'strictnx'")
        if self.firmware_version == "strictnx" and (self.arch, self.firmware) != ("aarch64", "edk2"):
            raise MachineError("FIRMWARE_VERSION=strictnx needs ARCH=aarch64 FIRMWARE=edk2")
        self.disk = self.disk or ("sd" if self.board else "virtio")
        if self.disk not in ("virtio", "nvme", "ahci", "usb", "cd", "sd", "none"):
            raise MachineError(f"DISK={self.disk} is none of virtio, nvme, ahci, usb, cd, sd, none")
        if self.disk == "sd" and not self.board:
            raise MachineError("DISK=sd needs a BOARD: no firmware drives QEMU's SD controllers elsewhere")
        self.smp = self.smp or 4
        self.mem = self.mem or (BOARDS[self.board].mem if self.board else "512M")
        if self.acpi not in ("", "on", "off"):
            raise MachineError(f"ACPI={self.acpi} is neither on nor off")
        if self.acpi == "off" and self.arch == "x86_64":
            raise MachineError("ACPI=off: PC firmware has no device tree to offer instead")
        if self.acpi == "on" and self.firmware == "uboot":
            if self.arch != "x86_64":
                raise MachineError("ACPI=on: U-Boot offers a device tree only")
        if self.acpi and self.arch == "riscv64" and self.firmware == "edk2" and qemu_version("riscv64") < (8, 1):
            if self.acpi == "on":
                raise MachineError("ACPI=on: this QEMU's riscv64 machine has no ACPI tables; 8.1 or later has")
        if self.gic not in (0, 2, 3) or (self.gic and (self.arch != "aarch64" or self.board)):
            raise MachineError("GIC=2 or 3 is for ARCH=aarch64 on the virt board")
        if self.aia not in ("", "aplic", "imsic") or (self.aia and (self.arch != "riscv64" or self.board)):
            raise MachineError("AIA=aplic or imsic is for ARCH=riscv64 on the virt board")
        if self.secure and (self.firmware != "edk2" or self.arch == "riscv64"):
            raise MachineError("Secure Boot needs FIRMWARE=edk2 on x86_64 or aarch64")
        if self.el2 and (self.arch != "aarch64"):
            raise MachineError("EL2=1 is for ARCH=aarch64")

    def _check_board(self):
        if self.board not in BOARDS:
            raise MachineError(f"BOARD={self.board} is neither q35 or virt (the default) nor {' or '.join(BOARDS)}")
        board = BOARDS[self.board]
        if self.arch != board.arch:
            raise MachineError(f"BOARD={self.board} needs ARCH={board.arch}")
        if self.firmware not in ("",) + board.firmware:
            raise MachineError(f"BOARD={self.board} has FIRMWARE={' or '.join(board.firmware)} only")
        if self.smp not in (0, 4) or self.mem not in ("", board.mem):
            raise MachineError(f"BOARD={self.board} has 4 CPUs and {board.mem} of memory, no other")
        if self.disk not in ("",) + board.disks:
            raise MachineError(f"BOARD={self.board} boots from DISK={' or '.join(board.disks)}")

    # --- What is booted -----------------------------------------------------------------------------------------------

    def kernel_options(self):
        return " ".join(filter(None, [self.cmdline, "exit=qemu" if self.exit_device else ""]))

    def write_image(self, output):
        build = self.build or os.path.join(TOP, "build", f"{self.arch}-gcc-debug")
        payload = image.Payload()
        payload.add_system(self.arch, self.loader or os.path.join(build, image.EFI_FILES[self.arch]),
                           self.kernel or os.path.join(build, "kernel.elf"),
                           self.initramfs or os.path.join(build, "initramfs.cpio"),
                           self.kernel_options(), entry=self.entry)
        for path in self.remove:
            payload.remove(path)
        for path, source in self.files.items():
            if isinstance(source, bytes):
                payload.add_bytes(path, source)
            else:
                payload.add_file(path, source)
        if self.keys:
            trust.sign_payload(payload, self.keys)
        for path, data in self.tampered.items():
            if self.extended and path in self.extended:
                continue
            payload.add_bytes(path, data(payload.files[path]) if callable(data) else data)
        layout = image.Layout()
        if self.extended is not None:
            layout.extended = image.Payload()
            for path, data in self.extended.items():
                layout.extended.add_bytes(path, data)
            if self.keys:
                trust.sign_payload(layout.extended, self.keys, (self.arch,))
            for path, data in self.tampered.items():
                if path in layout.extended.files:
                    layout.extended.add_bytes(path, data(layout.extended.files[path]))
        if self.board:          # with the firmware that the board reads from there
            board = boards.load(self.board)
            board.add_files(payload)
            layout = board.layout()
        image.write(payload, output, layout)

    # --- QEMU's command line ------------------------------------------------------------------------------------------

    def firmware_file(self, name):
        return dependency(("SYSTEM_" if self.firmware_version == "system" else "") + name)

    def disk_arguments(self, disk):
        if self.disk == "none":
            return []
        snapshot = "off" if self.writable else "on"
        drive = f"if=none,id=disk,format=raw,file={disk}," + ("readonly=on" if self.read_only else f"snapshot={snapshot}")
        if self.disk == "sd":
            return ["-drive", f"if=sd,format=raw,file={disk},snapshot={snapshot}"]
        if self.board == "raspi3b":
            return ["-drive", drive, "-device", "usb-storage,drive=disk"]
        device = {
            "virtio": ["virtio-blk-pci,drive=disk,bootindex=1"],
            "nvme": ["nvme,drive=disk,serial=helion,bootindex=1"],
            "ahci": ["ide-hd,drive=disk,bootindex=1"] if self.arch == "x86_64" else
                    ["ich9-ahci,id=ahci", "ide-hd,drive=disk,bus=ahci.0,bootindex=1"],
            "usb": ["qemu-xhci,id=xhci", "usb-storage,drive=disk,bus=xhci.0,bootindex=1,removable=on"],
            "cd": ["ide-cd,drive=disk,bootindex=1"] if self.arch == "x86_64" else
                  ["virtio-scsi-pci", "scsi-cd,drive=disk,bootindex=1"],
        }[self.disk]
        return ["-drive", drive] + [a for d in device for a in ("-device", d)]

    def network_arguments(self):
        if not self.network:
            return ["-nic", "none"]
        # The firmware's own drivers, not iPXE's; first in the order of booting if there is something to boot by PXE.
        index = ",bootindex=0" if "bootfile=" in self.network else ""
        return ["-netdev", f"user,id=net,{self.network}", "-device", f"virtio-net-pci,netdev=net,romfile={index}"]

    def graphics_arguments(self):
        if self.board:
            return []
        device = self.graphics
        if not device:
            # ramfb is what EDK2 on Arm gives a linear framebuffer for; U-Boot drives only VGA-like devices.
            device = {("x86_64", "edk2"): "VGA", ("x86_64", "uboot"): "VGA", ("aarch64", "edk2"): "ramfb",
                      ("aarch64", "uboot"): "bochs-display", ("riscv64", "uboot"): "VGA",
                      ("riscv64", "edk2"): "VGA"}[self.arch, self.firmware]
            if self.firmware_version == "system" and self.firmware == "uboot" and self.arch == "riscv64":
                device = "none"
        return [] if device == "none" else ["-device", device]

    def machine_arguments(self, directory):
        """Machine, CPU and firmware. May write files to directory."""
        return getattr(self, f"_{self.board or self.arch}")(directory)

    def _pflash(self, code, variables):
        if self.variables and not os.path.exists(self.variables):
            shutil.copyfile(variables, self.variables)
        return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}", "-drive",
                f"if=pflash,format=raw,file={self.variables}" if self.variables else
                f"if=pflash,format=raw,snapshot=on,file={variables}"]

    def _x86_64(self, _):
        args = ["-machine", "q35", "-cpu", self.cpu or "max", "-vga", "none",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
        if self.firmware == "uboot":
            return args + ["-bios", self.firmware_file("UBOOT_X86_64")]
        if self.secure:
            # Only code in system-management mode can write the variables then.
            args[1] += ",smm=on"
            args += ["-global", "driver=cfi.pflash01,property=secure,value=on"]
            return args + self._pflash(dependency("OVMF_SECBOOT_CODE"), self.firmware_file("OVMF_VARS"))
        return args + self._pflash(self.firmware_file("OVMF_CODE"), self.firmware_file("OVMF_VARS"))

    def _aarch64(self, _):
        options = ["virt", f"gic-version={self.gic or 3}", f"virtualization={'on' if self.el2 else 'off'}"]
        if self.acpi:
            options.append(f"acpi={self.acpi}")
        args = ["-machine", ",".join(options), "-cpu", self.cpu or "cortex-a72",
                "-semihosting-config", "enable=on,target=native"]
        if self.firmware == "uboot":
            return args + ["-bios", self.firmware_file("UBOOT_AARCH64")]
        # AAVMF waits five seconds for a key without this.
        code = dependency("AAVMF_STRICTNX") if self.firmware_version == "strictnx" else \
            dependency("AAVMF_SECBOOT_CODE") if self.secure else self.firmware_file("AAVMF_CODE")
        return args + self._pflash(code, self.firmware_file("AAVMF_VARS")) + \
            ["-boot", "menu=on,splash-time=0"]

    def _raspi3b(self, _):
        # QEMU stands for the GPU's firmware: it loads from beside the card what that would load from it. With one host
        # thread each, three secondary CPUs that spin make the first one slow.
        board = boards.load(self.board)
        return ["-machine", "raspi3b", "-accel", "tcg,thread=single", "-kernel", board.find_file("u-boot.bin"),
                "-dtb", board.find_file("bcm2837-rpi-3-b.dtb"), "-semihosting-config", "enable=on,target=native"]

    def _sifive_u(self, directory):
        # Hart 0 is a monitor without supervisor mode. One host thread for all, as on the Raspberry Pi.
        first_stage = boards.load(self.board).raw[0]
        machine = "sifive_u,msel=11" if self.firmware == "spl" else "sifive_u"
        args = ["-machine", machine, "-accel", "tcg,thread=single", "-smp", "5",
                "-semihosting-config", "enable=on,target=native"]
        if self.firmware == "uboot":
            return args + ["-kernel", os.path.join(TOP, "build/deps", os.path.dirname(first_stage["from"]), "u-boot.bin")]
        # QEMU has no code in the board's ROM: it stands for what loads the first stage from the card's partition. Its
        # card does not answer U-Boot's first command after the first stage has read from it; an environment in the
        # board's flash memory, which is QEMU's and not the card's, lets U-Boot ask twice.
        first = boards.load(self.board).find(first_stage)
        flash = os.path.join(directory, "flash.img")
        uboot.write_environment(flash, os.path.join(os.path.dirname(first), "u-boot.bin"))
        return args + ["-bios", first, "-drive", f"if=mtd,format=raw,file={flash}"]

    def _riscv64(self, directory):
        version = qemu_version("riscv64")
        args = ["-cpu", self.cpu or "rv64"]
        if self.firmware_version == "system":
            if self.smp > 1 and not self.icount:        # OpenSBI 1.1 spins on all CPUs
                args += ["-accel", "tcg,thread=single"]
        else:
            args += ["-bios", dependency("OPENSBI")]
        if self.aia:
            args += ["-machine", f"aia={'aplic-imsic' if self.aia == 'imsic' else 'aplic'}"]
        if self.firmware == "uboot":
            return ["-machine", "virt"] + args + ["-kernel", self.firmware_file("UBOOT_RISCV64")]
        code, variables = dependency("EDK2_RISCV64_CODE"), dependency("EDK2_RISCV64_VARS")
        if version >= (8, 1):
            # A device tree unless ACPI is asked for, as from an older QEMU, which has no choice. (EDK2 never offers both.)
            machine = f"virt,pflash0=code,pflash1=vars,acpi={self.acpi or 'off'}"
            own = os.path.join(directory, "vars.fd")
            shutil.copyfile(variables, own)
            return ["-machine", machine] + args + [
                "-blockdev", f"node-name=code,driver=file,read-only=on,filename={code}",
                "-blockdev", f"node-name=vars,driver=file,filename={own}", "-boot", "menu=on,splash-time=0"]
        # An older QEMU's first pflash is M-mode's reset vector. Load both flash images as data, and let OpenSBI
        # enter "lui t0, 0x20000; jr t0".
        stub = os.path.join(directory, "enter-edk2.bin")
        with open(stub, "wb") as f:
            f.write(bytes.fromhex("b70200208282"))
        return ["-machine", "virt"] + args + ["-kernel", stub,
                "-device", f"loader,file={code},addr=0x20000000,force-raw=on",
                "-device", f"loader,file={variables},addr=0x22000000,force-raw=on"]

    def qemu_arguments(self, disk, directory, log):
        """The whole command line. The console is QEMU's standard input and output, and goes to the file log."""
        args = [f"qemu-system-{self.arch}"] + self.machine_arguments(directory)
        if not self.board:
            args += ["-smp", str(self.smp)]
        args += ["-m", self.mem, "-nodefaults", "-no-reboot", "-display", self.display or "none"]
        args += ["-chardev", f"stdio,id=console,mux=on,signal=off,logfile={log}"]
        if self.board == "raspi3b":         # its console is the second, the mini UART
            args += ["-serial", f"file:{log}.pl011"]
        args += ["-serial", "chardev:console", "-mon", "chardev=console"]
        args += ["-qmp", f"unix:{directory}/qmp,server=on,wait=off"]
        args += self.graphics_arguments() + self.disk_arguments(disk)
        if not self.board:
            args += (["-device", "virtio-rng-pci"] if self.entropy else []) + self.network_arguments()
        if self.icount:
            args += ["-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01T00:00:00,clock=vm", "-seed", "1"]
        if self.gdb:
            args += ["-gdb", "tcp:127.0.0.1:1234", "-S"]
        return args + list(self.extra)


class Qmp:
    """QEMU's control socket: commands, and a list of the events so far."""

    def __init__(self, path, quit_at_end=False):
        self.quit_at_end = quit_at_end
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.lock = threading.Lock()
        self.replies, self.events = [], []
        self.arrived = threading.Condition()
        self.closed = False
        threading.Thread(target=self._read, daemon=True).start()
        self.command("qmp_capabilities")

    def _read(self):
        self.socket.settimeout(None)
        try:
            with self.socket.makefile("r", encoding="utf-8") as stream:
                for line in stream:
                    message = json.loads(line)
                    with self.arrived:
                        if "event" in message:
                            self.events.append(message)
                            if self.quit_at_end and message["event"] == "SHUTDOWN":
                                self.quit_at_end = False
                                self.socket.sendall(b'{"execute": "quit"}\n')
                        elif "QMP" not in message:
                            self.replies.append(message)
                        self.arrived.notify_all()
        except (OSError, ValueError):
            pass
        with self.arrived:
            self.closed = True
            self.arrived.notify_all()

    def command(self, name, **arguments):
        with self.lock:
            self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
            with self.arrived:
                self.arrived.wait_for(lambda: self.replies or self.closed, timeout=60)
                if not self.replies:
                    raise MachineError(f"QEMU did not answer {name}")
                reply = self.replies.pop(0)
        if "error" in reply:
            raise MachineError(f"QEMU refused {name}: {reply['error']['desc']}")
        return reply["return"]

    def resume(self):
        """Let a machine that is stopped go on; it may end before QEMU has answered."""
        try:
            self.command("cont")
        except MachineError:
            if not self.closed:
                raise

    def shutdown_reason(self):
        for event in self.events:
            if event["event"] == "SHUTDOWN":
                return event["data"].get("reason", "")
        return ""

    def close(self):
        self.socket.close()


def _end_with_parent():
    """In the child: be killed when the parent dies, however it dies. (prctl PR_SET_PDEATHSIG)"""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Machine:
    """One run of QEMU. interactive: the terminal is the console; otherwise the text is collected."""

    def __init__(self, config, log=None, interactive=False, pause_at_end=False):
        self.config = config
        self.interactive = interactive
        self.pause_at_end = pause_at_end        # keep the screen after the guest powered off, for a screenshot
        self.directory = tempfile.mkdtemp(prefix="helion-run-")
        self.log = os.path.abspath(log or os.path.join(self.directory, "serial.log"))
        self.process = self.qmp = self.reader = None
        self.chunks, self.changed, self.ended = [], threading.Condition(), False
        self.command = []
        self.why = ""                           # how it ended, in words

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        os.makedirs(os.path.dirname(self.log), exist_ok=True)
        disk = self.config.image
        if not disk and self.config.disk != "none":
            disk = os.path.join(self.directory, "disk.img")
            try:
                self.config.write_image(disk)
            except image.ImageError as e:
                raise MachineError(str(e)) from e
        self.command = self.config.qemu_arguments(disk, self.directory, self.log)
        # A QEMU that ends by itself may do so before it has sent the event that says why. So it waits to be told.
        self.command += ["-action", "shutdown=pause"]
        streams = {} if self.interactive else {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE,
                                               "stderr": subprocess.STDOUT}
        # pylint: disable=consider-using-with, subprocess-popen-preexec-fn
        self.process = subprocess.Popen(self.command, preexec_fn=_end_with_parent, **streams)
        if not self.interactive:
            self.reader = threading.Thread(target=self._read, daemon=True)
            self.reader.start()
        end = time.monotonic() + 10
        while self.qmp is None and self.process.poll() is None:
            try:
                self.qmp = Qmp(os.path.join(self.directory, "qmp"), quit_at_end=not self.pause_at_end)
            except OSError:
                if time.monotonic() > end:
                    raise MachineError("QEMU did not open its control socket") from None
                time.sleep(0.02)
        return self

    def _read(self):
        while True:
            data = os.read(self.process.stdout.fileno(), 65536)
            with self.changed:
                if data:
                    self.chunks.append(data)
                else:
                    self.ended = True
                self.changed.notify_all()
            if not data:
                return

    @property
    def text(self):
        """The console so far, without terminal control sequences, lines ending in newline only."""
        text = b"".join(self.chunks).decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        return ANSI.sub("", text)

    def wait_for(self, pattern, timeout=120, start=0):
        """Wait until the console matches the regular expression; the match. MachineError if it does not."""
        end = time.monotonic() + timeout
        regex = re.compile(pattern, re.MULTILINE)
        with self.changed:
            while True:
                match = regex.search(self.text, start)
                if match:
                    return match
                left = end - time.monotonic()
                if self.ended or left <= 0:
                    reason = "the machine ended" if self.ended else f"{timeout} s passed"
                    raise MachineError(f"{reason} without /{pattern}/ on the console")
                self.changed.wait(min(left, 1))

    def send(self, text):
        """Type on the serial console."""
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def press(self, *keys):
        """Press keys, by QEMU's names (ret, esc, down, a), on the emulated keyboard."""
        for key in keys:
            self.qmp.command("send-key", keys=[{"type": "qcode", "data": key}])
            time.sleep(0.05)

    def screenshot(self, path):
        """Write what the display shows as a PNG file, or as a PPM file if that is its ending."""
        form = "ppm" if path.endswith(".ppm") else "png"
        self.qmp.command("screendump", filename=os.path.abspath(path), format=form)

    def powered_off(self):
        return bool(self.qmp and self.qmp.shutdown_reason())

    def wait(self, timeout=None):
        """Wait for the end of the run: PASSED, FAILED or TIMEOUT. self.why says it in words."""
        end = None if not timeout else time.monotonic() + timeout
        while self.process.poll() is None:
            if self.pause_at_end and self.powered_off():
                break
            if end and time.monotonic() > end:
                self.why = f"still running after {timeout:g} s"
                self.stop()
                return TIMEOUT
            time.sleep(0.02)
        if self.reader and self.process.poll() is not None:
            self.reader.join(5)
        if self.qmp and self.process.poll() is not None:
            with self.qmp.arrived:
                self.qmp.arrived.wait_for(lambda: self.qmp.closed, timeout=2)
        return self._status()

    def _status(self):
        code = self.process.poll()
        reason = self.qmp.shutdown_reason() if self.qmp else ""
        if code is None:
            code = 0
        if self.config.arch == "x86_64" and code == X86_EXIT_SUCCESS:
            self.why = "the guest reported success"
            return PASSED
        if reason in ("guest-reset", "guest-panic", "subsystem-reset"):
            self.why = f"the machine stopped: {reason}"
            return FAILED
        if reason in ("host-qmp-quit", "host-signal", "host-ui"):
            self.why = "QEMU was told to quit"
            return PASSED if self.interactive else FAILED
        if code == 0:
            self.why = "the guest powered the machine off"
            return PASSED
        self.why = f"QEMU was killed by signal {-code}" if code < 0 else \
            f"the guest reported failure, or QEMU could not run (exit status {code})"
        return FAILED

    def stop(self):
        """End the run, whatever state it is in, and remove its temporary files. The log stays if it is elsewhere."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.reader:
            self.reader.join(5)
        if self.qmp:
            self.qmp.close()
        if self.process and self.process.stdin:
            try:
                self.process.stdin.close()
            except OSError:
                pass
            self.process.stdout.close()
        shutil.rmtree(self.directory, ignore_errors=True)
