"""scripts/helion/image.py: images are sound, small, quick to make, and equal for equal input."""

import os
import subprocess
import tempfile
import time

from harness import image, test

ENVIRONMENT = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "MTOOLS_SKIP_CHECK": "1"}


def payload():
    made = image.Payload()
    made.add_bytes("EFI/BOOT/BOOTX64.EFI", bytes(range(256)) * 300)
    made.add_bytes("loader/entries/helion-x64.conf", image.entry_text("x86_64", "nokaslr"))
    return made


@test("image-sound")
def sound(t):
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "disk.img")
        begin = time.monotonic()
        image.write(payload(), path)
        t.check(time.monotonic() - begin < 2, "took more than two seconds")
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
