"""What Secure Boot needs on an image: signed EFI programs, and a signed manifest of everything else. docs/loader.md explains both.

    \\EFI\\BOOT\\*.EFI, \\EFI\\Linux\\*.efi, and what entries name with "linux" and "efi"     signed with the key db
    \\loader\\manifests\\<isa>.efi        the hashes of the boot entries and of the files that they load, signed too
    \\loader\\keys\\{PK,KEK,db}.auth      for the loader's menu, which enrols them
"""

import hashlib
import os
import re
import subprocess
import tempfile

from . import image, pe

KEYS = ("PK", "KEK", "db")
IMAGE_KEYS = ("linux", "efi")
FILE_KEYS = ("helion", "initrd", "devicetree", "module")
SECTION = ".pins"
FIRST_LINE = "helion-manifest 1"


class TrustError(image.ImageError):
    """A message for people."""


def check_keys(keys):
    for name in ("db.key", "db.crt"):
        if not os.path.isfile(os.path.join(keys, name)):
            raise TrustError(f"{keys}/{name}: no such file. 'make keys' makes keys of your own")


def sign(data, keys):
    """The EFI program with a signature by the key db."""
    check_keys(keys)
    with tempfile.TemporaryDirectory(prefix="helion-sign-") as directory:
        source, signed = os.path.join(directory, "in.efi"), os.path.join(directory, "out.efi")
        with open(source, "wb") as f:
            f.write(data)
        result = subprocess.run(["sbsign", "--key", os.path.join(keys, "db.key"), "--cert", os.path.join(keys, "db.crt"),
                                 "--output", signed, source], capture_output=True, text=True, check=False)
        if result.returncode or not os.path.exists(signed):
            raise TrustError(f"sbsign failed: {result.stdout}{result.stderr}".rstrip())
        with open(signed, "rb") as f:
            return f.read()


def manifest_text(files):
    """The lines of a manifest of {path: bytes}."""
    lines = [f"sha256 {hashlib.sha256(content).hexdigest()} /{path}" for path, content in sorted(files.items())]
    return "\n".join([FIRST_LINE] + lines) + "\n"


def manifest(arch, files, keys):
    """A signed manifest, as the loader of that architecture reads it."""
    return sign(pe.data_image(arch, [(SECTION, manifest_text(files).encode())]), keys)


def _read(source):
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as f:
        return f.read()


def _entry_files(text):
    """What a boot entry names: (paths of EFI programs, paths of other files)."""
    programs, others = [], []
    for line in text.splitlines():
        key, _, value = line.strip().partition(" ")
        words = value.replace("\\", "/").split()
        if key in IMAGE_KEYS:
            programs.append(value.strip().replace("\\", "/"))
        elif key == "devicetree-overlay":
            others += words
        elif key == "module" and words:
            others.append(words[0])
        elif key in FILE_KEYS:
            others.append(value.strip().replace("\\", "/"))
    return [p.strip("/") for p in programs], [p.strip("/") for p in others]


def sign_payload(payload, keys, arches=()):
    """Sign what is on a partition: programs, and a manifest for each architecture that has a loader there, and for these."""
    check_keys(keys)
    pinned, programs = {}, {p for p in payload.files if re.match(r"EFI/(BOOT|Linux|systemd/drivers)/[^/]*\.efi$", p, re.IGNORECASE)}
    for path, source in payload.files.items():
        if not re.match(r"loader/entries/[^/]*\.conf$", path):
            continue
        text = _read(source)
        # Counting tries renames the file, and changes nothing else.
        pinned[re.sub(r"\+\d+(-\d+)?\.conf$", ".conf", path)] = text
        found, others = _entry_files(text.decode("utf-8", "replace"))
        programs |= {p for p in found if p in payload.files}
        pinned.update({p: _read(payload.files[p]) for p in others if p in payload.files})
    for path in programs:
        payload.add_bytes(path, sign(_read(payload.files[path]), keys))
    for arch, name in image.EFI_FILES.items():
        if f"EFI/BOOT/{name}" in payload.files or arch in arches:
            payload.add_bytes(f"loader/manifests/{arch}.efi", manifest(arch, pinned, keys))
    for name in KEYS:
        if os.path.isfile(os.path.join(keys, name + ".auth")):
            payload.add_file(f"loader/keys/{name}.auth", os.path.join(keys, name + ".auth"))
