"""Drivers for the firmware beside the loader: started, connected, and what they bring is read from."""

import os
import struct
import subprocess
import tempfile

import keys
from harness import PASSED, TOP, Config, image, register
from menu import built, extended_at, flipped

DRIVERS = "EFI/systemd/drivers"
OTHER = {"x86_64": "aa64", "aarch64": "riscv64", "riscv64": "x64"}
BOOT_SERVICE_DRIVER = 11        # subsystem in PE's headers


def driver(arch):
    """tests/efi/fsdriver.c, as what stays when its program has ended."""
    data = bytearray(built(arch, "tests/efi/fsdriver.efi"))
    struct.pack_into("<H", data, struct.unpack_from("<I", data, 60)[0] + 24 + 68, BOOT_SERVICE_DRIVER)
    return bytes(data)


def make_disk(arch, directory, files, **fields):
    """A disk whose extended partition has no file system that firmware knows: an archive with an entry and its program."""
    disk, archive, entry = (os.path.join(directory, name) for name in ("disk.img", "files.cpio", "driven.conf"))
    with open(entry, "w", encoding="utf-8") as f:
        f.write("title Driven\nsort-key a\nefi /programs/probe.efi\noptions driven\n")
    probe = os.path.join(TOP, "build", f"{arch}-gcc-debug/tests/efi/probe.efi")
    subprocess.run([os.path.join(TOP, "scripts/mkcpio"), archive, f"loader/entries/driven.conf={entry}",
                    f"programs/probe.efi={probe}"], check=True)
    Config(arch=arch, build=os.path.join(TOP, "build", f"{arch}-gcc-debug"), files=files, extended={}, **fields).write_image(disk)
    with open(archive, "rb") as f, open(disk, "r+b") as target:
        target.seek(int(extended_at(disk)[2:]))
        target.write(f.read().ljust(2 << 20, b"\0"))
    return disk


def started(t, arch, **config):
    name = image.BLS_NAMES[arch]
    files = {f"{DRIVERS}/cpiofs_{name}.efi": driver(arch), f"{DRIVERS}/other_{OTHER[arch]}.efi": b"not looked at",
             f"{DRIVERS}/program{name.upper()}.EFI": built(arch, "tests/efi/probe.efi"), f"{DRIVERS}/bad{name}.efi": b"MZ",
             f"{DRIVERS}/notes.txt": b"not looked at"}
    with tempfile.TemporaryDirectory(prefix="helion-driver-") as directory:
        machine = t.boot(arch=arch, image=make_disk(arch, directory, files), **config)
        machine.wait_for("/programs/probe.efi ended: success", timeout=240)
        machine.stop()
        t.equal(machine.text.count("fsdriver: started"), 1, "times that the driver was started")
        for line in ("fsdriver: connected", "probe: partition 2", "probe: options [driven]", "is no driver of boot services",
                     f"warning: driver /{DRIVERS}/bad{name}.efi is not used"):
            t.contains(machine.text, line)
        t.equal(machine.text.count("probe: device"), 1, "times that the program was started")
        for word in ("other_", "notes"):
            t.check(word not in machine.text, f"{word} was looked at")


def signed(t, arch, is_altered):
    """Under Secure Boot only a signed one is started; without it the machine boots what is on its own partition."""
    name = f"{DRIVERS}/cpiofs_{image.BLS_NAMES[arch]}.efi"
    with keys.Enrolled(t, arch) as enrolled, tempfile.TemporaryDirectory(prefix="helion-driver-") as directory:
        disk = make_disk(arch, directory, {name: driver(arch)}, keys=enrolled.pop("keys"),
                         tampered={name: flipped} if is_altered else {})
        machine = t.boot(arch=arch, image=disk, **enrolled)
        if is_altered:
            t.equal(machine.wait(240), PASSED, f"status ({machine.why})")
            t.contains(machine.text, f"the firmware does not allow /{name} to be started")
            t.check("fsdriver: started" not in machine.text, "the driver was started")
        else:
            machine.wait_for("fsdriver: connected", timeout=240)
            # The entry on the other partition stands in no manifest, and the program is not signed.
            t.equal(machine.wait(240), PASSED, f"status ({machine.why})")
            t.contains(machine.text, "Secure Boot: boot entry driven.conf stands in no signed manifest")


ROWS = {"x86_64": {"arch": "x86_64"}, "aarch64": {"arch": "aarch64"}, "aarch64-uboot": {"arch": "aarch64", "firmware": "uboot"},
        "riscv64": {"arch": "riscv64"}, "riscv64-edk2": {"arch": "riscv64", "firmware": "edk2"}}
for row, arguments in ROWS.items():
    register(f"{row}-driver", started, **arguments)
for isa in ("x86_64", "aarch64"):
    register(f"{isa}-driver-signed", signed, arch=isa, is_altered=False)
    register(f"{isa}-driver-altered", signed, arch=isa, is_altered=True)
