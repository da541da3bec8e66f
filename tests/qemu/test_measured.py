"""Measured boot: what was started stands in the TPM's PCRs, and the event log that the kernel is given explains them all."""

import gzip
import hashlib
import os
import struct

from harness import TOP, register
from menu import entry, fields_for
from tpm import ALGORITHMS, EV_EFI_BOOT_SERVICES_APPLICATION, EV_IPL, Tpm, parse, replay

RAM = {"x86_64": 0, "aarch64": 0x40000000}
MEMORY = 256 << 20

# In struct helion_bootctx:
MAGIC = b"HBOOTCTX"
PHYS, FLAGS, EVENT_LOG = 24, 36, 320
MEASURED = 1 << 1


def read(arch, name):
    with open(os.path.join(TOP, "build", f"{arch}-gcc-debug", name), "rb") as f:
        return f.read()


def given_log(t, machine):
    """The event log that the boot context names, from the memory of a machine that has stopped."""
    base = RAM[machine.config.arch]
    path = os.path.join(machine.directory, "memory")
    machine.qmp.command("pmemsave", val=base, size=MEMORY, filename=path)
    with open(path, "rb") as f:
        memory = f.read()
    at = memory.find(MAGIC)
    while at >= 0 and struct.unpack_from("<Q", memory, at + PHYS)[0] != base + at:
        at = memory.find(MAGIC, at + 1)
    t.check(at >= 0, "the machine's memory has no boot context")
    t.check(struct.unpack_from("<I", memory, at + FLAGS)[0] & MEASURED, "the boot context does not say that files were measured")
    place, size = struct.unpack_from("<QQ", memory, at + EVENT_LOG)
    t.check(base <= place and size and place + size <= base + MEMORY, f"the event log is {size} bytes at {place:#x}")
    return memory[place - base:place - base + size]


def replays(t, arch, **fields):
    """All PCRs of all banks are what the log says, and the loader's events are for the bytes that were started."""
    probe, kernel, initramfs = read(arch, "tests/efi/probe.efi"), read(arch, "kernel.elf"), read(arch, "initramfs.cpio")
    first = "sort-key 1\nefi /probe.efi\noptions return words\n"
    second = "sort-key 2\n" + entry(arch, "module /words.gz some words", options="verbose a=b")
    words = b"what is in a compressed file"
    fields = fields_for(arch, {"first": first, "second": second}, mem="256M", exit_device=False,
                        files={"probe.efi": probe, "words.gz": gzip.compress(words, mtime=0)}, **fields)
    with Tpm() as tpm:
        machine = t.boot(extra=tpm.arguments(arch), **fields)
        machine.pause_at_end = True
        machine.qmp.quit_at_end = False
        machine.wait(240)
        t.contains(machine.text, "init: all checks passed")
        events, sizes = parse(given_log(t, machine))
        machine.stop()
        for algorithm in sizes:
            found, expected = tpm.read(algorithm), replay(events, algorithm)
            for pcr, value in enumerate(found):
                t.equal(value.hex(), expected[pcr].hex(), f"PCR {pcr}, {ALGORITHMS[algorithm]}")
            t.check(any(found[8]) and any(found[9]), "nothing was measured")

    ours = [(event.pcr, event.text, event.digests[0x0b]) for event in events if event.pcr in (8, 9)]
    t.check(all(event.kind == EV_IPL for event in events if event.pcr in (8, 9)), "an event of another type")
    names = [(8, "entry first.conf", first.encode()), (8, "options return words", b"return words"), (9, "file /probe.efi", probe),
             (8, "entry second.conf", second.encode()), (8, "options verbose a=b", b"verbose a=b"),
             (9, f"file /helion/{arch}/kernel.elf", kernel), (9, f"file /helion/{arch}/initramfs.cpio", initramfs),
             (9, "file /words.gz", words)]
    t.equal([(pcr, text) for pcr, text, _ in ours], [(pcr, text) for pcr, text, _ in names], "the loader's events")
    for (_, text, digest), (_, _, content) in zip(ours, names):
        t.equal(digest.hex(), hashlib.sha256(content).hexdigest(), f"digest of {text}")
    # The loader and the program are in the firmware's own measurements.
    programs = [event for event in events if event.pcr == 4 and event.kind == EV_EFI_BOOT_SERVICES_APPLICATION]
    t.check(len(programs) >= 2, f"{len(programs)} programs in PCR 4")
    # What the firmware measures when boot services end is in the table of final events only.
    t.equal([(event.pcr, event.text) for event in events[-2:]],
            [(5, "Exit Boot Services Invocation"), (5, "Exit Boot Services Returned with Success")], "the last events")


register("x86_64-measured", replays, arch="x86_64")
# Of the builds for aarch64 only the one for Secure Boot has drivers for a TPM. No keys are enrolled, so it enforces nothing.
register("aarch64-measured", replays, arch="aarch64", secure=True)
