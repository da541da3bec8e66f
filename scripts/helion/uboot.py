"""U-Boot's environment: the variables that a board keeps in its flash memory."""

import struct
import zlib

# SiFive HiFive Unleashed: U-Boot's sifive_unleashed_defconfig, CONFIG_ENV_OFFSET and CONFIG_ENV_SIZE; its flash chip.
OFFSET, SIZE, FLASH = 0x505000, 0x20000, 32 << 20


def default_variables(program):
    """The variables that are built into a U-Boot, as "name=value", from its binary."""
    with open(program, "rb") as f:
        data = f.read()
    end = data.find(b"\0\0", data.find(b"\0bootcmd=run distro_bootcmd\0") + 1)
    start = data.rfind(b"\0\0", 0, end) + 2
    if not 0 < start < end:
        raise ValueError(f"{program}: found no default environment")
    return data[start:end].split(b"\0")


def write_environment(output, program):
    """A flash memory that makes U-Boot ask for the card once more than it does by itself, and not wait for a key."""
    own = {b"bootcmd": b"mmc dev 0; run distro_bootcmd", b"bootdelay": b"0"}
    variables = [v for v in default_variables(program) if v.partition(b"=")[0] not in own]
    variables += [name + b"=" + value for name, value in own.items()]
    data = (b"\0".join(variables) + b"\0\0").ljust(SIZE - 4, b"\0")
    with open(output, "wb") as f:
        f.seek(OFFSET)
        f.write(struct.pack("<I", zlib.crc32(data)) + data)
        f.truncate(FLASH)
