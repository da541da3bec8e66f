"""The figures of the operations beside their bars and seL4's figures: tables, and what has become worse.

Figures are {"op.<name>": instructions, "op.<name>.<kind>": how many instructions of a costly kind a round has}."""

import functools
import json
import os

from .machine import TOP
from .rounds import KINDS

ARCHES = ("x86_64", "aarch64", "riscv64")
TOLERANCE = 0.02        # of the record

# What each operation is; bars for the three architectures; what seL4 16.0-dev needs, by its own sel4bench, counted the
# same way. None: there is none.
OPERATIONS = {
    "null": ("a system call that does not exist", (70, 70, 90), (89, 91, None)),
    "yield-alone": ("yield without another task", None, None),
    "yield": ("yield to a task in another address space", (220, 220, 280), (270, 329, None)),
    "call-0": ("call and answer, other address space", (320, 320, 420), (395, 406, 538)),
    "call-4": ("the same, 4 words each way", (320, 320, 420), (395, 406, 538)),
    "call-10": ("the same, 10 words each way", (440, 440, 560), (1572, 1390, 1886)),
    "call-64": ("the same, 64 words each way", None, None),
    "call-caps-4": ("the same, 4 capabilities in the request", None, None),
    "call-same-0": ("call and answer, same address space", None, None),
    "signal": ("signal, nobody waits", (150, 150, 190), (353, 384, 430)),
    "signal-switch": ("signal to a higher priority, other address space", (360, 360, 450), (670, 659, 612)),
    "wait-pending": ("wait, a signal is there", None, None),
    "fault": ("fault to handler and back", (640, 640, 800), (1303, 1129, None)),
    "restricted": ("leave and enter restricted mode", (200, 200, 260), None),
    "map-1": ("map one page", (400, 400, 450), (736, 561, 746)),
    "map-next": ("map one page of a run of 64, each by itself", None, (720, 551, 736)),
    "protect-1": ("protect one page", None, (720, 560, 757)),
    "unmap-1": ("unmap one page", None, None),
    "map-512": ("map 512 pages of one object, per page", (30, 30, 30), (720, 551, 736)),
    "protect-512": ("protect 512 pages, per page", None, (720, 560, 757)),
    "unmap-512": ("unmap 512 pages, per page", None, None),
    "store-reply": ("store the right to answer", None, None),
    "copy": ("copy a capability", None, None),
    "delete-copy": ("delete one of several capabilities", None, None),
    "poll-1": ("poll on 1 object", None, None),
    "poll-8": ("poll on 8 objects", None, None),
    "poll-32": ("poll on 32 objects", None, None),
    "timer-set": ("set a timer", None, None),
    "timer-cancel": ("cancel a timer", None, None),
    "timer-fire": ("set a timer to now, until its signal is there", None, None),
    "irq": ("interrupt of a device, until the waiting task runs", None, None),
    "task-life": ("make and delete a task with its address space", None, None),
    "revoke-1000": ("revoke 1,000 capabilities", None, None),
}
CREATE_BAR = (400, 400, 400)
CREATE_PEER = {"create-pages": (907, 1175, 1117)}


def describe(name):
    """(words, bars, peers) of an operation; a tuple of None where there are none."""
    for verb in ("create", "delete"):
        if name not in OPERATIONS and name.startswith(verb + "-"):
            return (f"{'make' if verb == 'create' else verb} an object: {name[len(verb) + 1:]}", CREATE_BAR,
                    CREATE_PEER.get(name, (None,) * 3))
    words, bars, peers = OPERATIONS.get(name, (name, None, None))
    return words, bars or (None,) * 3, peers or (None,) * 3


def figures(found, rounds):
    """From the measured operations, what the JSON file has."""
    result = {}
    for operation in found:
        result[f"op.{operation.name}"] = operation.instructions
        for kind, count in rounds.costly(operation.addresses).items():
            if count and kind != "entry":
                result[f"op.{operation.name}.{kind}"] = count
    return result


def names(by_arch):
    """All operations that any architecture has, in the order of the list above, then as they come."""
    every = dict.fromkeys(key[3:] for found in by_arch.values() for key in found
                          if key.startswith("op.") and key.count(".") == 1)
    return [name for name in OPERATIONS if name in every] + [name for name in every if name not in OPERATIONS]


def number(value):
    return "–" if value is None else f"{value:,}"


def print_table(by_arch):
    """To the terminal: each figure, its bar, seL4's; and which miss the bar."""
    missed = {arch: [] for arch in by_arch}
    print(f"\nInstructions of an operation (bar, seL4); * is above the bar\n{'':52}"
          + "".join(f"{arch:>24}" for arch in by_arch))
    for name in names(by_arch):
        words, bars, peers = describe(name)
        line = f"{name:20} {words[:49]:49}"[:72].ljust(52)
        for arch, found in by_arch.items():
            value, bar, peer = found.get(f"op.{name}"), bars[ARCHES.index(arch)], peers[ARCHES.index(arch)]
            above = value is not None and bar is not None and value > bar
            if above:
                missed[arch].append(name)
            beside = f"({number(bar)}, {number(peer)})" if bar is not None or peer is not None else ""
            line += f"{number(value) + ('*' if above else ' '):>11}{beside:>13}"
        print(line.rstrip())
    print_missed(by_arch, missed)


def print_missed(by_arch, missed):
    for arch in by_arch:
        barred = sum(1 for name in names(by_arch) if describe(name)[1][ARCHES.index(arch)] and f"op.{name}" in by_arch[arch])
        print(f"{arch}: {len(missed[arch])} of {barred} above the bar: {' '.join(missed[arch]) or 'none'}")


# The columns of the costly instructions.
COLUMNS = tuple(kind for kind in KINDS if kind != "entry")


def costly_numbers(found, name):
    """A number for each column; empty where the operation was not measured."""
    return [found.get(f"op.{name}.{kind}", 0) for kind in COLUMNS] if f"op.{name}" in found else []


def print_costly(by_arch):
    print("\nInstructions in a round that cost more than others on hardware: " + ", ".join(COLUMNS))
    print(f"{'':20}" + "".join(f"{arch:>32}" for arch in by_arch))
    for name in names(by_arch):
        cells = ["".join(f"{number:5}" for number in costly_numbers(found, name)) for found in by_arch.values()]
        print(f"{name:20}" + "".join(f"{cell:>32}" for cell in cells))


def worse(arch, found, recorded):
    """What has become worse than the record by more than the tolerance, in words."""
    return [f"{arch} {key}: {found[key]:,}, recorded {value:,}" for key, value in recorded.items()
            if key.startswith("op.") and key.count(".") == 1 and key in found and found[key] > value * (1 + TOLERANCE)]


def recorded_path(arch):
    return os.path.join(TOP, "tests/bench", f"{arch}.json")


@functools.lru_cache(maxsize=None)
def recorded(arch):
    """The figures in the tree; empty if there are none."""
    try:
        with open(recorded_path(arch), encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def markdown(by_arch):
    """The table for docs/bench.md. A figure above its bar is in bold type."""
    lines = ["| operation | | " + " | ".join(by_arch) + " | bar | seL4 |", "|---|---|" + "---|" * (len(by_arch) + 2)]
    for name in names(by_arch):
        words, bars, peers = describe(name)
        cells = []
        for arch, found in by_arch.items():
            value, bar = found.get(f"op.{name}"), bars[ARCHES.index(arch)]
            text = number(value)
            cells.append(f"**{text}**" if value is not None and bar is not None and value > bar else text)
        beside = [" / ".join(number(value) for value in values) if any(values) else "" for values in (bars, peers)]
        lines.append(f"| `{name}` | {words} | " + " | ".join(cells + beside) + " |")
    return "\n".join(lines) + "\n"


def markdown_costly(by_arch):
    lines = [f"| {' / '.join(COLUMNS)} | " + " | ".join(by_arch) + " |", "|---|" + "---|" * len(by_arch)]
    for name in names(by_arch):
        cells = [" / ".join(str(n) for n in costly_numbers(found, name)) or "–" for found in by_arch.values()]
        lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
