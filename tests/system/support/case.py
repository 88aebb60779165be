"""What a file of cases is made of.

    @case("a stale socket is replaced")
    def replaces_stale_socket():
        check(..., "what was expected, and what was there instead")

A case fails by raising, usually through check(), equal() or wait_until(). What it returns, if
anything, is printed behind its name: figures. A file whose cases measure, or need the whole machine,
has ALONE = True; all others run two at a time.
"""

import shutil
import time

PATIENCE = 20.0  # seconds to wait for anything that must happen


class Failure(Exception):
    """Something is not as it should be; the text says what."""


def case(name):
    """Marks a function without parameters as a case."""

    def mark(function):
        function.case_name = name
        return function

    return mark


def cases_of(module):
    """(name, function) of every case in a module, in the order of the file. A module may add cases
    that it makes up in a list called CASES."""
    found = [
        (value.case_name, value)
        for value in vars(module).values()
        if callable(value) and hasattr(value, "case_name")
    ]
    return found + list(getattr(module, "CASES", []))


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(got, wanted, what):
    check(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def wait_until(condition, what, seconds=PATIENCE):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < deadline, f"not within {seconds:g} s: {what}")
        time.sleep(0.02)


def need(tool):
    """The path of a program; a missing one is a failure."""
    path = shutil.which(tool)
    check(path is not None, f"{tool} is not installed (tools/setup/packages.sh lists the packages)")
    return path
