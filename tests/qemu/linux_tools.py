"""
An initrd with Debian's bootctl and systemd-bless-boot, what they need, and the steps that tests/linux/init.c takes.
"""

import glob
import os
import re
import subprocess

from harness import TOP, dependency

PROGRAMS = ("usr/bin/bootctl", "usr/lib/systemd/systemd-bless-boot")
MODULES = ("virtio_blk", "fat", "vfat", "nls_cp437", "nls_ascii", "efivarfs")       # in the order of their dependencies
MOUNTED = [
    "mount proc proc /proc", "mount sysfs sysfs /sys", "mount devtmpfs devtmpfs /dev", "mount tmpfs tmpfs /run",
    *(f"load /modules/{name}" for name in MODULES),
    "mount efivarfs efivarfs /sys/firmware/efi/efivars", "mount vfat /dev/vda1 /efi",
]
VENDOR = "4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


def _dynamic(path):
    """The shared libraries that a program or library names, and the program's dynamic linker."""
    text = subprocess.run(["readelf", "-d", "-l", path], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", text), re.findall(r"program interpreter: (/[^]]+)\]", text)


def _closure(root):
    """Path in the initrd -> file, of the programs and of all that the dynamic linker is going to look for."""
    libraries = {}
    for path in glob.glob(os.path.join(root, "usr/lib/*-linux-gnu/**"), recursive=True):
        if ".so" in os.path.basename(path):
            libraries.setdefault(os.path.basename(path), path)
    files, todo = {}, [os.path.join(root, program) for program in PROGRAMS]
    while todo:
        path = todo.pop()
        name = os.path.relpath(path, root)
        if name in files:
            continue
        files[name] = path
        needed, linkers = _dynamic(path)
        for linker in linkers:
            files[linker[1:]] = os.path.join(root, "usr" + linker)
        todo += [libraries[library] for library in needed if not library.startswith("ld-linux")]
    return files


def write_initrd(arch, output):
    """Everything but the steps."""
    kernel = os.path.dirname(dependency(f"LINUX_{arch.upper()}"))
    files = _closure(dependency(f"TOOLS_{arch.upper()}"))
    files["init"] = os.path.join(TOP, "build", f"{arch}-gcc-debug", "tests/linux/init")
    for name in MODULES:
        files[f"modules/{name}"] = glob.glob(os.path.join(kernel, "modules", f"{name}.ko*"))[0]
    subprocess.run([os.path.join(TOP, "scripts/mkcpio"), output, *(f"{path}={file}" for path, file in files.items())], check=True)


def write_steps(output, steps):
    """A further initrd, which has the steps."""
    text = output + ".txt"
    with open(text, "w", encoding="utf-8") as f:
        f.writelines(step + "\n" for step in steps)
    subprocess.run([os.path.join(TOP, "scripts/mkcpio"), output, f"steps={text}"], check=True)


def results(text):
    """(step, what it printed, its result) of all steps on a console."""
    return [(step, said, int(result)) for step, said, result in
            re.findall(r"^probe: step (.*)\n((?:.*\n)*?)probe: result (-?\d+)$", text, re.MULTILINE)]
