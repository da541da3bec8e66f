"""scripts/helion: images are sound, small, and equal for equal input; boards are what they say."""

import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import time
import uuid
from xml.etree import ElementTree

from harness import Config, TOP, image, machine, test
from helion import boards

ENVIRONMENT = {**os.environ, "MTOOLS_SKIP_CHECK": "1"}


def payload():
    made = image.Payload()
    made.add_bytes("EFI/BOOT/BOOTX64.EFI", bytes(range(256)) * 300)
    made.add_bytes("loader/entries/helion-x64.conf", image.entry_text("x86_64", "nokaslr"))
    return made


@test("image-sound")
def sound(t):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "disk.img")
        image.write(payload(), path)
        checked = subprocess.run(["sgdisk", "-v", path], capture_output=True, text=True, env=ENVIRONMENT, check=False)
        t.contains(checked.stdout, "No problems found")
        partition = os.path.join(directory, "partition.img")
        with open(path, "rb") as f, open(partition, "wb") as out:
            f.seek(image.START * image.SECTOR)
            out.write(f.read(os.path.getsize(path) - (image.START + image.TAIL) * image.SECTOR))
        fsck = subprocess.run(["fsck.fat", "-n", partition], capture_output=True, text=True, env=ENVIRONMENT, check=False)
        t.equal(fsck.returncode, 0, fsck.stdout)
        back = subprocess.run(["mtype", "-i", partition, "::/EFI/BOOT/BOOTX64.EFI"], capture_output=True,
                              env=ENVIRONMENT, check=True)
        t.equal(back.stdout, bytes(range(256)) * 300, "the file's contents")


@test("image-deterministic")
def deterministic(t):
    with tempfile.TemporaryDirectory() as directory:
        images = []
        for name in ("a", "b"):
            path = os.path.join(directory, name)
            image.write(payload(), path)
            with open(path, "rb") as f:
                images.append(f.read())
            time.sleep(2.1)     # FAT's clock has steps of two seconds
        t.check(images[0] == images[1], "two images of the same files differ")


# --- Partition tables and CDs -----------------------------------------------------------------------------------------

RAW = image.Raw("first-stage", uuid.UUID("5b193300-fc78-40cd-8002-e86c45580b47"), 34, 64, b"first stage" * 100)


def made(directory, **layout):
    path = os.path.join(directory, "disk.img")
    image.write(payload(), path, image.Layout("test", **layout), path + ".bmap")
    return path


def mbr_entries(path):
    """(active, type, first, count) of each entry of the MBR."""
    with open(path, "rb") as f:
        mbr = f.read(512)
    return [struct.unpack("<B3xB3xII", mbr[446 + 16 * i:462 + 16 * i]) for i in range(4)]


def contents(path, at=0, size=-1):
    with open(path, "rb") as f:
        f.seek(at)
        return f.read(size)


def listing(path, start):
    done = subprocess.run(["mdir", "-b", "-i", f"{path}@@{start * 512}", "::/EFI/BOOT"], capture_output=True, text=True,
                          env=ENVIRONMENT, check=True)
    return done.stdout


@test("image-tables")
def tables(t):
    with tempfile.TemporaryDirectory() as directory:
        path = made(directory, raw=(RAW,), is_bootable=True)
        total = os.path.getsize(path) // 512
        shown = subprocess.run(["sgdisk", "-v", "-p", "-i", "2", path], capture_output=True, text=True, env=ENVIRONMENT,
                               check=False).stdout
        for part in ("No problems found", "first-stage", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                     "Attribute flags: 0000000000000004"):
            t.contains(shown, part)
        t.equal(mbr_entries(path), [(0, 0xEE, 1, total - 1)] + [(0, 0, 0, 0)] * 3, "protective MBR")
        with open(path, "rb") as f:
            f.seek(34 * 512)
            t.equal(f.read(11), b"first stage", "the first stage's place")

        path = made(directory, table="hybrid")
        size = total - image.START - image.TAIL
        t.equal(mbr_entries(path)[:2], [(0x80, 0x0C, image.START, size), (0, 0xEE, 1, image.START - 1)], "hybrid MBR")
        t.contains(listing(path, image.START), "BOOTX64.EFI")

        path = made(directory, table="mbr")
        t.equal(mbr_entries(path), [(0x80, 0x0C, image.START, size)] + [(0, 0, 0, 0)] * 3, "plain MBR")
        with open(path, "rb") as f:
            t.check(b"EFI PART" not in f.read(34 * 512), "a plain MBR with a GPT behind it")
        t.contains(listing(path, image.START), "BOOTX64.EFI")


@test("image-tables-refused")
def tables_refused(t):
    def refused(what, part, **layout):
        with tempfile.TemporaryDirectory() as directory:
            try:
                made(directory, **layout)
            except image.ImageError as e:
                t.contains(str(e), part)
                t.equal(os.listdir(directory), [], f"{what}: files left behind")
                return
        t.check(False, f"{what}: accepted")

    refused("unknown table", "is none of gpt, hybrid, mbr", table="apm")
    refused("over the GPT", "are not within 34 to", raw=(image.Raw("x", RAW.type, 2, 4, b""),))
    refused("overlap", "overlap", raw=(RAW, image.Raw("x", RAW.type, 97, 4, b"")))
    refused("into the ESP", "overlap", raw=(image.Raw("x", RAW.type, 40, 2048, b""),))
    refused("too large", "but partition x has 512", raw=(image.Raw("x", RAW.type, 40, 1, bytes(513)),))
    refused("CD and first stage", "descriptors need the first", raw=(RAW,), is_cd=True)
    refused("CD and plain MBR", "descriptors need the first", table="mbr", is_cd=True)


@test("image-cd")
def as_cd(t):
    """xorriso, which is not ours, finds the directory and the EFI system partition as boot image."""
    with tempfile.TemporaryDirectory() as directory:
        path = made(directory, is_cd=True)
        shown = subprocess.run(["xorriso", "-no_rc", "-indev", f"stdio:{path}", "-report_el_torito", "plain", "-lsl", "/", "--",
                                "-osirrox", "on", "-extract", "/README.TXT", os.path.join(directory, "readme")],
                               capture_output=True, text=True, check=False)
        said = shown.stdout + shown.stderr
        t.equal(shown.returncode, 0, said)
        rows = [line.split() for line in said.splitlines() if line.startswith("El Torito boot img")]
        t.equal([(row[6], row[-1]) for row in rows], [("UEFI", str(image.START * 512 // 2048))], "boot images")
        for wrong in ("FAILURE", "SORRY", "WARNING"):
            t.check(wrong not in said, said)
        with open(os.path.join(directory, "readme"), "rb") as f:
            t.check(f.read().startswith(b"This is a Helion boot medium"), "the file on the CD")
        verified = subprocess.run(["sgdisk", "-v", path], capture_output=True, text=True, env=ENVIRONMENT, check=False)
        t.contains(verified.stdout, "No problems found")


@test("image-block-map")
def block_map(t):
    """What bmaptool writes over a medium full of ones is a sound image, and no more than the part in use."""
    for layout in ({}, {"table": "mbr"}, {"raw": (RAW,)}):
        with tempfile.TemporaryDirectory() as directory:
            path, medium = made(directory, **layout), os.path.join(directory, "medium")
            size = os.path.getsize(path)
            copied = subprocess.run(["bmaptool", "copy", path, medium], capture_output=True, text=True, check=False)
            t.equal(copied.returncode, 0, copied.stderr)
            # bmaptool makes files anew; on a medium the blocks that it leaves out keep what they had.
            with open(path, "rb") as f:
                whole = f.read()
            written = bytearray(b"\xff" * size)
            for item in ElementTree.parse(path + ".bmap").getroot().iter("Range"):
                first, _, last = item.text.strip().partition("-")
                at, end = int(first) * 4096, (int(last or first) + 1) * 4096
                written[at:end] = whole[at:end]
            with open(medium, "wb") as f:
                f.write(written)
            blocks = range(0, size, 4096)
            differ = [i for i in blocks if whole[i:i + 4096] != written[i:i + 4096]]
            t.check(len(differ) > len(blocks) // 2, "the map has everything")
            t.check(all(not whole[i:i + 4096].strip(b"\0") for i in differ), "a block with data was not written")
            with open(os.path.join(directory, "partition"), "wb") as f:
                f.write(written[image.START * 512:size - image.TAIL * 512])
            fsck = subprocess.run(["fsck.fat", "-n", os.path.join(directory, "partition")], capture_output=True, text=True,
                                  env=ENVIRONMENT, check=False)
            t.equal(fsck.returncode, 0, fsck.stdout)
            if layout.get("table") != "mbr":
                shown = subprocess.run(["sgdisk", "-v", medium], capture_output=True, text=True, env=ENVIRONMENT, check=False)
                t.contains(shown.stdout, "No problems found")


# --- Boards -----------------------------------------------------------------------------------------------------------

@test("image-boards")
def every_board(t):
    """Each description can be read, has a page, and its image is sound; what QEMU calls it finds it too."""
    for name in boards.names():
        board = boards.load(name)
        t.check(os.path.exists(os.path.join(TOP, "docs/boards", f"{name}.md")), f"docs/boards/{name}.md is missing")
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "disk.img")
            boards.write(board, path, os.path.join(TOP, "build"), "gcc-release")
            for arch in board.arches:
                t.contains(listing(path, board.start), image.EFI_FILES[arch])
            for table in board.files:
                want = table["text"].encode() if "text" in table else contents(board.find(table))
                found = subprocess.run(["mtype", "-i", f"{path}@@{board.start * 512}", f"::/{table['path']}"],
                                       capture_output=True, env=ENVIRONMENT, check=True).stdout
                t.check(found == want, f"{name}: {table['path']} is not what it was made from")
            for table in board.raw:
                want = contents(board.find(table))
                t.check(contents(path, table["first"] * 512, len(want)) == want, f"{name}: partition {table['name']}")
            if board.table != "mbr":
                shown = subprocess.run(["sgdisk", "-v", path], capture_output=True, text=True, env=ENVIRONMENT, check=False)
                t.contains(shown.stdout, "No problems found")
        if board.qemu:
            t.equal(boards.load(board.qemu).name, name, board.qemu)
        if board.qemu or board.run or name == "all":
            t.check(Config(arch=board.arches[0], board=name).board in ("",) + tuple(machine.BOARDS), f"{name} in QEMU")
        else:
            try:
                Config(arch=board.arches[0], board=name)
                t.check(False, f"{name}: a machine in QEMU")
            except machine.MachineError as e:
                t.contains(str(e), "QEMU does not have this board")
    try:
        boards.load("commodore64")
        t.check(False, "a board that is not there")
    except image.ImageError as e:
        t.contains(str(e), "BOARD=commodore64 is none of all, pc, ")


HEAD = 'title = "Some board"\narches = ["aarch64"]\nmedium = "card"\n'


@test("image-boards-refused")
def boards_refused(t):
    for text, part in (('title = "x', "images/boards/some.toml: "), ('title = "x"', "no key 'arches'"),
                       (HEAD + 'colour = "red"', "unknown key 'colour'"),
                       (HEAD.replace("aarch64", "m68k"), "'m68k' is no architecture"),
                       (HEAD + '[[file]]\npath = "a"', "either 'text' or 'from'"),
                       (HEAD + '[[raw]]\nname = "a"', "no key 'type'")):
        try:
            boards.Board("some", text)
            t.check(False, f"accepted: {text}")
        except image.ImageError as e:
            t.contains(str(e), part)


@test("image-firmware")
def firmware(t):
    """A file put there by hand is taken only if its hash is known; what is missing is named, with the place for it."""
    good = hashlib.sha256(b"good").hexdigest()
    board = boards.Board("some", HEAD + f"""[[file]]
path = "start.elf"
from = "package/lib/start.elf"
package = "the package firmware"
sha256 = ["{good}"]
""")
    with tempfile.TemporaryDirectory() as directory:
        deps, own = os.path.join(directory, "deps"), os.path.join(directory, "own")
        os.makedirs(os.path.join(deps, "package/lib"))
        os.makedirs(own)

        def taken():
            found = image.Payload()
            board.add_files(found, deps, own)
            with open(found.files["start.elf"], "rb") as f:
                return f.read()

        def refused(*parts):
            try:
                taken()
                t.check(False, "accepted")
            except image.ImageError as e:
                for part in parts:
                    t.contains(str(e), part)

        refused("start.elf is missing, which Some board needs", "the package firmware", os.path.join(own, "start.elf"), good)
        with open(os.path.join(deps, "package/lib/start.elf"), "wb") as f:
            f.write(b"packaged")
        t.equal(taken(), b"packaged", "the package's file")
        with open(os.path.join(own, "start.elf"), "wb") as f:
            f.write(b"evil")
        refused("its SHA-256 is " + hashlib.sha256(b"evil").hexdigest())
        with open(os.path.join(own, "start.elf"), "wb") as f:
            f.write(b"good")
        t.equal(taken(), b"good", "the file put there by hand")


# --- The whole way ----------------------------------------------------------------------------------------------------

@test("image-reproducible")
def reproducible(t):
    """The same sources in another directory, later, in another time zone and with another umask: the same bytes."""
    def git(*args):
        return subprocess.run(["git", "-C", TOP, *args], capture_output=True, text=True, check=True).stdout.strip()

    version, epoch = git("describe", "--always", "--dirty", "--tags"), git("log", "-1", "--format=%ct")
    with tempfile.TemporaryDirectory(prefix="helion-") as directory:
        tree, here = os.path.join(directory, "another-tree"), os.path.join(directory, "here.img")
        for name in git("ls-files", "-co", "--exclude-standard").split("\n"):
            if not name.startswith("tests/fuzz/corpus") and os.path.isfile(os.path.join(TOP, name)):
                os.makedirs(os.path.dirname(os.path.join(tree, name)), exist_ok=True)
                shutil.copy(os.path.join(TOP, name), os.path.join(tree, name))
        os.makedirs(os.path.join(tree, "build"))
        os.symlink(os.path.join(TOP, "build/deps"), os.path.join(tree, "build/deps"))
        subprocess.run([os.path.join(TOP, "scripts/mkimage"), "--output", here, "--board", "pc", "--quiet", "--builds",
                        os.path.join(TOP, "build"), "--version", version], check=True,
                       env={**os.environ, "SOURCE_DATE_EPOCH": epoch})
        built = subprocess.run(["make", "image", f"VERSION={version}", f"SOURCE_DATE_EPOCH={epoch}"], cwd=tree,
                               capture_output=True, text=True, check=False, umask=0o077,
                               env={**os.environ, "TZ": "Pacific/Auckland", "MAKELEVEL": "1", "MAKEFLAGS": "-j2"})
        t.equal(built.returncode, 0, built.stdout + built.stderr)
        for text in ("bmaptool copy build/helion-pc.img /dev/sdX", "dd if=build/helion-pc.img"):
            t.contains(built.stdout, text)
        there = os.path.join(tree, "build/helion-pc.img")
        for ending in ("", ".bmap"):
            with open(here + ending, "rb") as f, open(there + ending, "rb") as g:
                t.check(f.read() == g.read(), f"the two images{ending} of the same tree differ (make test builds this one first)")
