"""gdb commands for Helion: symbols at the kernel's random slide. Loaded by scripts/gdb/attach ("make gdb").

helion-attach BUILD [PORT]    connect to QEMU and load the kernel's symbols
helion-symbols [SLIDE]        load them again, at SLIDE or where the console log says the kernel is
helion-slide                  say which slide is in use, and what the log says

The kernel prints "kernel: slide 0x..." as one of its first lines. Until then its symbols are at the link address; when
the machine stops after that (Ctrl-C), they are moved without being asked. With "nokaslr" in CMDLINE the slide is 0
and breakpoints work from the start (use hbreak: the code is not there yet).
"""

import os
import re

import gdb    # pylint: disable=import-error  (inside of gdb)

LINK_BASE = 0xFFFFFFFF80000000
SLIDE = re.compile(r"kernel: slide (0x[0-9a-fA-F]+|0)\b")


class State:
    build = ""
    slide = 0


def logged_slide():
    """The slide of the run whose console is in the log, or None."""
    try:
        with open(os.path.join(State.build, "serial.log"), encoding="utf-8", errors="replace") as f:
            found = SLIDE.findall(f.read())
    except OSError:
        return None
    return int(found[-1], 16) if found else None


def load_symbols(slide):
    path = os.path.join(State.build, "kernel.debug")
    gdb.execute("symbol-file", to_string=True)
    gdb.execute(f"symbol-file {path} -o {slide:#x}", to_string=True)
    State.slide = slide
    print(f"helion: symbols of {path} at slide {slide:#x}")


class Attach(gdb.Command):
    """Connect to QEMU's stub and load the kernel's symbols: helion-attach BUILD [PORT]"""

    def __init__(self):
        super().__init__("helion-attach", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not words:
            raise gdb.GdbError("helion-attach BUILD [PORT]")
        State.build = words[0]
        load_symbols(logged_slide() or 0)
        gdb.execute(f"target remote localhost:{words[1] if len(words) > 1 else 1234}")


class Symbols(gdb.Command):
    """Load the kernel's symbols at a slide, by default the one that it printed: helion-symbols [SLIDE]"""

    def __init__(self):
        super().__init__("helion-symbols", gdb.COMMAND_FILES)

    def invoke(self, argument, from_tty):
        slide = int(argument, 0) if argument.strip() else logged_slide()
        if slide is None:
            raise gdb.GdbError("the console log has no line 'kernel: slide 0x...' yet")
        load_symbols(slide)


class Slide(gdb.Command):
    """Say which slide is in use, and what the console log says."""

    def __init__(self):
        super().__init__("helion-slide", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        logged = logged_slide()
        print(f"in use {State.slide:#x}, in the log {'none' if logged is None else hex(logged)}")


def on_stop(_):
    """The machine stopped: has the kernel said by now where it is?"""
    slide = logged_slide()
    if State.build and slide is not None and slide != State.slide:
        load_symbols(slide)


gdb.events.stop.connect(on_stop)
Attach()
Symbols()
Slide()
