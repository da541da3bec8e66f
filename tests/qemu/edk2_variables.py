"""
A file with EDK2's variables, with one more in it: the boot option that the firmware is to start. The layout is that of EDK2's
MdeModulePkg/Include/Guid/VariableFormat.h; the option's is UEFI 2.10 §3.1.3.
"""

import struct
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
NON_VOLATILE_EVERYWHERE = 7
TRIES = 1000
HEADER = "<HBBIQ16sIII16s"      # start, state, attributes, count, time, key, sizes of name and data, vendor


def _ucs2(text):
    return text.encode("utf-16-le") + b"\0\0"


def _variable(name, data):
    name = _ucs2(name)
    header = struct.pack(HEADER, 0x55aa, 0x3f, 0, NON_VOLATILE_EVERYWHERE, 0, bytes(16), 0, len(name), len(data),
                         GLOBAL.bytes_le)
    text = header + name + data
    return text + b"\xff" * (-len(text) % 4)


def _node(kind, subkind, data):
    return struct.pack("<BBH", kind, subkind, 4 + len(data)) + data


def ipv6_card(device, mac):
    """Device path of IPv6 on the network card that is this device of the first PCI bus. UEFI 2.10 §10.3."""
    return _node(2, 1, struct.pack("<II", 0x0a0341d0, 0)) + _node(1, 1, bytes([0, device])) + \
        _node(3, 11, mac.ljust(32, b"\0") + b"\1") + _node(3, 13, bytes(39) + b"\x40" + bytes(16))


def uri_option(uri, card=b""):
    """A boot option for one URI, on that network card or on whatever there is."""
    path = card + _node(3, 24, uri.encode()) + _node(0x7f, 0xff, b"")
    return struct.pack("<IH", 1, len(path)) + _ucs2("test") + path


def write(template, output, uri, card=b""):
    """
    Copy a file of variables with Boot0000 and BootOrder added. With a card it is tried again and again: EDK2 gives up at once
    while the card's own address is not known to be the only one of its kind, which takes some seconds.
    """
    with open(template, "rb") as f:
        store = bytearray(f.read())
    at = struct.unpack_from("<H", store, 48)[0] + 28    # behind the volume's header and the store's
    while struct.unpack_from("<H", store, at)[0] == 0x55aa:
        name, data = struct.unpack_from("<II", store, at + 36)
        at += (60 + name + data + 3) & ~3
    new = _variable("Boot0000", uri_option(uri, card)) + _variable("BootOrder", bytes(2 * (TRIES if card else 1)))
    if store[at:at + len(new)].strip(b"\xff"):
        raise ValueError(f"{template} is not a file of EDK2's variables")
    store[at:at + len(new)] = new
    with open(output, "wb") as f:
        f.write(store)
