"""Tests written in Python: how they are registered and what they get. tests/README.md has an example."""

import os
import sys
import threading

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "scripts"))
from helion import image, machine, trust    # noqa: E402,F401  (needs the path above; tests import them from here)
from helion.machine import Config, Machine, MachineError, PASSED, FAILED, TIMEOUT, dependency    # noqa: E402,F401

LOGS = os.path.join(TOP, "build/test/logs")

REGISTRY = {}       # name: (function, arguments)


class Skipped(Exception):
    """The test cannot be run here; the message says why."""


class Failure(AssertionError):
    """The test failed; the message says what was expected and what was found."""


def register(name, function, /, **arguments):
    """Register function(context, **arguments) as a test. Names are unique: <isa>-<what> for what boots a machine."""
    if name in REGISTRY:
        raise ValueError(f"two tests are named {name}")
    REGISTRY[name] = (function, arguments)


def test(name, /, **arguments):
    """The decorator form of register()."""
    def decorate(function):
        register(name, function, **arguments)
        return function
    return decorate


class Context:
    """What a running test is given. Everything it started is stopped when it returns."""

    def __init__(self, name):
        self.name = name
        self.machines = []
        self.results = []       # of result(): (ok, name, reason for skipping or None, detail)
        self.lock = threading.Lock()

    def boot(self, build="debug", toolchain="gcc", **fields):
        """Start a machine with Config(**fields) and the files of the given build; the started Machine."""
        config = Config(**fields)
        if not config.build:
            config.build = os.path.join(TOP, "build", f"{config.arch}-{toolchain}-{build}")
        with self.lock:
            suffix = f".{len(self.machines) + 1}" if self.machines else ""
            started = Machine(config, log=os.path.join(LOGS, f"{self.name}{suffix}.log"))
            self.machines.append(started)
        return started.start()

    def run(self, timeout=240, expect=PASSED, **fields):
        """Boot, wait for the end, check the guest's status; the console's text."""
        started = self.boot(**fields)
        status = started.wait(timeout)
        self.check(status == expect, f"status {status} ({started.why}), expected {expect}")
        return started.text

    def check(self, condition, message):
        if not condition:
            raise Failure(message)

    def equal(self, found, expected, what):
        self.check(found == expected, f"{what}: found {found!r}, expected {expected!r}")

    def contains(self, text, part):
        self.check(part in text, f"{part!r} is not on the console")

    def result(self, ok, name, skip=None, detail=""):
        """One of many results that a machine reports: counted as a test of its own, <test>: <name>."""
        self.results.append((ok, f"{self.name}: {name}", skip, detail))

    def skip(self, reason):
        raise Skipped(reason)

    def tail(self, lines=40):
        """The last lines of each machine's console."""
        parts = []
        for m in self.machines:
            parts.append(f"--- {os.path.relpath(m.log, TOP)}" + (f": {m.why}" if m.why else ""))
            parts += m.text.splitlines()[-lines:]
        return "\n".join(parts)

    def close(self):
        for m in self.machines:
            m.stop()
            # QEMU writes what the guest sent; keep it readable.
            if os.path.exists(m.log):
                with open(m.log, "w", encoding="utf-8") as f:
                    f.write(m.text)
