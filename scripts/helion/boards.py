"""Boards as data: images/boards/<name>.toml says what an image for a board is made of. images/README.md has the keys.

Firmware that a board needs on its medium comes from Debian packages that scripts/setup unpacked under build/deps. A
file in build/firmware/<board>/ is taken instead; its hash must be one that the board's description names.
"""

import hashlib
import os
import tomllib
import uuid

from . import image, trust

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DIRECTORY = os.path.join(TOP, "images/boards")

KEYS = {"title", "arches", "qemu", "medium", "run", "options", "table", "start", "bootable", "cd", "file", "raw"}
FILE_KEYS = {"path", "text", "from", "package", "sha256"}
RAW_KEYS = {"name", "type", "first", "count", "from", "package", "sha256"}


class BoardError(image.ImageError):
    """A message for people."""


def names():
    return sorted(name[:-5] for name in os.listdir(DIRECTORY) if name.endswith(".toml"))


def _check(where, table, known, needed):
    for key in table:
        if key not in known:
            raise BoardError(f"{where}: unknown key {key!r}")
    for key in needed:
        if key not in table:
            raise BoardError(f"{where}: no key {key!r}")


class Board:
    """One description. Attributes are its keys."""

    def __init__(self, name, text):
        self.name = name
        where = f"images/boards/{name}.toml"
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise BoardError(f"{where}: {e}") from e
        _check(where, data, KEYS, ("title", "arches", "medium"))
        self.title, self.arches, self.medium = data["title"], data["arches"], data["medium"]
        self.qemu, self.run = data.get("qemu", ""), data.get("run", "")
        self.options = data.get("options", "")
        self.table, self.start = data.get("table", "gpt"), data.get("start", image.START)
        self.is_bootable, self.is_cd = data.get("bootable", False), data.get("cd", False)
        self.files, self.raw = data.get("file", []), data.get("raw", [])
        for arch in self.arches:
            if arch not in image.EFI_FILES:
                raise BoardError(f"{where}: {arch!r} is no architecture")
        for table in self.files:
            _check(f"{where}: file", table, FILE_KEYS, ("path",))
            if ("text" in table) == ("from" in table):
                raise BoardError(f"{where}: file {table['path']}: either 'text' or 'from'")
        for table in self.raw:
            _check(f"{where}: raw", table, RAW_KEYS, ("name", "type", "first", "count", "from"))

    def firmware(self):
        """Every file that comes from elsewhere: its description and what it is called in build/firmware."""
        return [(t, os.path.basename(t["from"])) for t in self.files + self.raw if "from" in t]

    def find(self, table, deps=None, own=None):
        """Where a firmware file is. BoardError says where it may be put."""
        deps = deps or os.path.join(TOP, "build/deps")
        own = own or os.path.join(TOP, "build/firmware", self.name)
        base = os.path.basename(table["from"])
        placed = os.path.join(own, base)
        if os.path.isfile(placed):
            with open(placed, "rb") as f:
                digest = hashlib.sha256(f.read()).hexdigest()
            if digest not in table.get("sha256", []):
                raise BoardError(f"{placed}: its SHA-256 is {digest}, which is none that images/boards/{self.name}.toml "
                                 f"knows for it. Add it there if you trust the file.")
            return placed
        packaged = os.path.join(deps, table["from"])
        if os.path.isfile(packaged):
            return packaged
        known = "".join(f"\n       SHA-256 {digest}" for digest in table.get("sha256", []))
        raise BoardError(f"{base} is missing, which {self.title} needs. It is part of {table.get('package', 'no package')}: "
                         f"run scripts/setup --force,\n       or put the file at {placed}{known}")

    def find_file(self, path):
        """Where the file comes from that is called so on the medium."""
        return self.find(next(table for table in self.files if table["path"] == path))

    def layout(self, deps=None, own=None):
        raw = tuple(image.Raw(t["name"], uuid.UUID(t["type"]), t["first"], t["count"], self.find(t, deps, own))
                    for t in self.raw)
        return image.Layout(self.name, self.table, self.start, raw, self.is_bootable, self.is_cd)

    def add_files(self, payload, deps=None, own=None):
        for table in self.files:
            if "text" in table:
                payload.add_bytes(table["path"], table["text"])
            else:
                payload.add_file(table["path"], self.find(table, deps, own))


def load(name):
    """The board of this name, or the one that QEMU calls so."""
    for known in names():
        with open(os.path.join(DIRECTORY, known + ".toml"), encoding="utf-8") as f:
            board = Board(known, f.read())
        if name in (known, board.qemu):
            return board
    raise BoardError(f"BOARD={name} is none of {', '.join(names())}")


def write(board, output, builds, configuration, options=None, version="", block_map=True, keys=""):
    """The image of a board as `make image` writes it, from the builds of a configuration such as gcc-release.

    keys names a directory of scripts/mkkeys: what is on the image is signed then.
    """
    payload = image.Payload()
    for arch in board.arches:
        build = os.path.join(builds, f"{arch}-{configuration}")
        payload.add_system(arch, os.path.join(build, image.EFI_FILES[arch]), os.path.join(build, "kernel.elf"),
                           os.path.join(build, "initramfs.cpio"), board.options if options is None else options, version)
    board.add_files(payload)
    if keys:
        trust.sign_payload(payload, keys)
    image.write(payload, output, board.layout(), output + ".bmap" if block_map else "")
