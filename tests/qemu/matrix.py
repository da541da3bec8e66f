"""The machines that everything has to boot on: name, Config fields. Tests pick from here by name or all of it."""

ROWS = {}


def _add(name, **fields):
    ROWS[name] = fields


for _disk in ("virtio", "nvme", "ahci", "usb"):
    _add(f"x86_64-edk2-{_disk}", arch="x86_64", disk=_disk)
_add("x86_64-edk2-1cpu-256M", arch="x86_64", smp=1, mem="256M")
_add("x86_64-edk2-4cpu-4G", arch="x86_64", smp=4, mem="4G")
_add("x86_64-edk2-system", arch="x86_64", firmware_version="system")
_add("x86_64-uboot", arch="x86_64", firmware="uboot")

for _firmware in ("edk2", "uboot"):
    for _gic in (2, 3):
        for _el2 in (False, True):
            _add(f"aarch64-{_firmware}-gic{_gic}-{'el2' if _el2 else 'el1'}", arch="aarch64", firmware=_firmware,
                 gic=_gic, el2=_el2)
    for _cpu in ("cortex-a53", "max"):
        _add(f"aarch64-{_firmware}-{_cpu}", arch="aarch64", firmware=_firmware, cpu=_cpu)
    _add(f"aarch64-{_firmware}-1cpu-256M", arch="aarch64", firmware=_firmware, smp=1, mem="256M")
    _add(f"aarch64-{_firmware}-4cpu-4G", arch="aarch64", firmware=_firmware, smp=4, mem="4G")
    _add(f"aarch64-{_firmware}-system", arch="aarch64", firmware=_firmware, firmware_version="system")
_add("aarch64-edk2-devicetree", arch="aarch64", acpi="off")
_add("aarch64-edk2-strictnx", arch="aarch64", firmware_version="strictnx")
_add("aarch64-raspi3b", arch="aarch64", board="raspi3b")

for _firmware in ("uboot", "edk2"):
    _add(f"riscv64-{_firmware}", arch="riscv64", firmware=_firmware)
    _add(f"riscv64-{_firmware}-1cpu-256M", arch="riscv64", firmware=_firmware, smp=1, mem="256M")
    _add(f"riscv64-{_firmware}-4cpu-4G", arch="riscv64", firmware=_firmware, smp=4, mem="4G")
_add("riscv64-edk2-acpi", arch="riscv64", firmware="edk2", acpi="on")
_add("riscv64-uboot-system", arch="riscv64", firmware="uboot", firmware_version="system")
_add("riscv64-sifive_u", arch="riscv64", board="sifive_u")
