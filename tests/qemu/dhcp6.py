"""
A DHCPv6 server on a wire of QEMU's: it gives the one machine there an address, which QEMU's own user network cannot. Frames come
and go as datagrams of `-netdev socket,udp=`. RFC 8415.
"""

import ipaddress
import socket
import struct
import threading

SOLICIT, ADVERTISE, REQUEST, REPLY, RELEASE = 1, 2, 3, 7, 8
CLIENT_ID, SERVER_ID, IA_NA, IA_ADDRESS, PREFERENCE, STATUS = 1, 2, 3, 5, 7, 13
MAC = bytes.fromhex("525400aabbcc")
ADDRESS = ipaddress.IPv6Address("fe80::ddd")
LIFETIME = 3600


def _option(code, data):
    return struct.pack(">HH", code, len(data)) + data


def _options(data):
    found = {}
    while len(data) >= 4:
        code, length = struct.unpack_from(">HH", data)
        found[code] = data[4:4 + length]
        data = data[4 + length:]
    return found


def _checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2 + len(data) % 2}H", data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff or 0xffff


def _frame(mac, target, payload):
    """An Ethernet frame with a datagram of UDP from the server's port to the client's."""
    length = 8 + len(payload)
    ends = ADDRESS.packed + target
    udp = struct.pack(">HHHH", 547, 546, length, 0) + payload
    udp = udp[:6] + struct.pack(">H", _checksum(ends + struct.pack(">IxxxB", length, 17) + udp)) + payload
    return mac + MAC + b"\x86\xdd" + struct.pack(">IHBB", 6 << 28, length, 17, 64) + ends + udp


class Server:
    """arguments: what connects QEMU's netdev `net` to its user network and to this server."""

    def __init__(self, address):
        self.address = ipaddress.IPv6Address(address)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            local = other.getsockname()[1]
        self.arguments = ["-netdev", "user,id=user,ipv4=off,ipv6-net=fec0::/64,ipv6-host=fec0::2", "-netdev",
                          f"socket,id=wire,udp=127.0.0.1:{self.socket.getsockname()[1]},localaddr=127.0.0.1:{local}"]
        for name, netdev in (("a", ",netdev=user"), ("b", ",netdev=wire"), ("net", "")):
            self.arguments += ["-netdev", f"hubport,hubid=0,id={name}{netdev}"]

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                frame, sender = self.socket.recvfrom(65536)
            except OSError:
                return
            # IPv6, UDP without further headers, to the servers' port.
            if len(frame) > 66 and frame[12:14] == b"\x86\xdd" and frame[20] == 17 and frame[56:58] == b"\x02\x23":
                answer = self._answer(frame[62:])
                if answer:
                    self.socket.sendto(_frame(frame[6:12], frame[22:38], answer), sender)

    def _answer(self, message):
        kind, options = message[0], _options(message[4:])
        if kind not in (SOLICIT, REQUEST, RELEASE) or CLIENT_ID not in options or IA_NA not in options:
            return None
        answer = bytes([ADVERTISE if kind == SOLICIT else REPLY]) + message[1:4] + _option(CLIENT_ID, options[CLIENT_ID]) + \
            _option(SERVER_ID, struct.pack(">HH", 3, 1) + MAC)
        if kind == RELEASE:
            return answer + _option(STATUS, bytes(2))
        address = _option(IA_ADDRESS, self.address.packed + struct.pack(">II", LIFETIME, LIFETIME))
        return answer + _option(PREFERENCE, b"\xff") + _option(IA_NA, options[IA_NA][:12] + address)
