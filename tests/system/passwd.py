"""covnc-passwd: by hand on a terminal, from a script, and what it leaves behind."""

import contextlib
import json
import os
import pathlib
import pty
import select
import signal
import stat
import subprocess
import tempfile
import termios
import time

from support import daemon
from support.case import PATIENCE, Failure, case, check, equal


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="covnc-passwd-") as name:
        yield pathlib.Path(name)


def passwd(*arguments, stdin="", status=0):
    """Returns what it says, both ways."""
    done = subprocess.run(
        [str(daemon.BINDIR / "covnc-passwd"), *map(str, arguments)],
        input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=PATIENCE, check=False,
    )
    equal(done.returncode, status, f"the status of {arguments}: {done.stdout}")
    return done.stdout


class Terminal:
    """covnc-passwd on a pseudo-terminal."""

    def __init__(self, *arguments):
        self.master, slave = pty.openpty()
        self.slave = slave  # stays open, to look at its settings
        self.process = subprocess.Popen(
            [str(daemon.BINDIR / "covnc-passwd"), *map(str, arguments)],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, termios.TIOCSCTTY, 0),
        )
        self.shown = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    def echoes(self):
        return bool(termios.tcgetattr(self.slave)[3] & termios.ECHO)

    def read_until(self, text):
        deadline = time.monotonic() + PATIENCE
        start = len(self.shown)
        while text not in self.shown[start:]:
            left = deadline - time.monotonic()
            check(left > 0, f"'{text}' is not shown: {self.shown!r}")
            if select.select([self.master], [], [], left)[0]:
                self.shown += os.read(self.master, 4096).decode()
        return self.shown

    def answer(self, question, text):
        self.read_until(question)
        deadline = time.monotonic() + PATIENCE
        while self.echoes():
            check(time.monotonic() < deadline, "what is typed would be shown")
            time.sleep(0.01)
        os.write(self.master, (text + "\n").encode())

    def end(self):
        try:
            status = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise Failure(f"it does not end: {self.shown!r}") from error
        while select.select([self.master], [], [], 0)[0]:
            self.shown += os.read(self.master, 4096).decode()
        return status


@case("a password is asked for twice on the terminal, and never shown")
def asks_twice():
    with folder() as place, Terminal(place / "users", "ann") as terminal:
        terminal.answer("Password of ann: ", "secret")
        terminal.answer("Again: ", "secret")
        equal(terminal.end(), 0, "its status")
        check("secret" not in terminal.shown, f"the password was shown: {terminal.shown!r}")
        check("added ann" in terminal.shown, f"nothing about ann: {terminal.shown!r}")
        check(terminal.echoes(), "the terminal stays silent")
        equal(stat.S_IMODE((place / "users").stat().st_mode), 0o600, "the file's mode")


@case("two different passwords, or none, change nothing")
def asks_for_equal_ones():
    for first, second, reason in (("a", "b", "differ"), ("", "", "empty")):
        with folder() as place, Terminal(place / "users", "ann") as terminal:
            terminal.answer("Password of ann: ", first)
            terminal.answer("Again: ", second)
            equal(terminal.end(), 1, "its status")
            check(reason in terminal.shown, f"no '{reason}' in {terminal.shown!r}")
            check(not (place / "users").exists(), "a file was written")


@case("Ctrl-C while it asks leaves a terminal that echoes")
def interrupted():
    with folder() as place, Terminal(place / "users", "ann") as terminal:
        terminal.read_until("Password of ann: ")
        deadline = time.monotonic() + PATIENCE
        while terminal.echoes():
            check(time.monotonic() < deadline, "what is typed would be shown")
            time.sleep(0.01)
        terminal.process.send_signal(signal.SIGINT)
        equal(terminal.end(), 1, "its status")
        check(terminal.echoes(), "the terminal stays silent")
        check(not (place / "users").exists(), "a file was written")


@case("users are added, changed, listed and deleted; the rest of the file stays")
def keeps_users():
    with folder() as place:
        users = place / "users"
        users.write_text("# those of machine 7\n\nbob:*\n")
        users.chmod(0o644)
        passwd(users, "ann", "--stdin", "--expires", "2030-12-31", stdin="secret\n")
        passwd(users, "bob", "--view-only")
        passwd(users, "bob", "--expires", "2020-01-31")
        lines = users.read_text().splitlines()
        equal(lines[:3], ["# those of machine 7", "", "bob:*:view-only:2020-01-31"], "the first lines")
        check(lines[3].startswith("ann:$y$"), f"no hash: {lines[3]}")
        check(lines[3].endswith(":full:2030-12-31"), f"no expiry: {lines[3]}")
        equal(stat.S_IMODE(users.stat().st_mode), 0o600, "the file's mode")
        listed = json.loads(passwd(users, "--list", "--json"))
        equal(
            listed,
            [
                {"name": "bob", "view_only": True, "expires": "2020-01-31", "expired": True, "locked": True},
                {"name": "ann", "view_only": False, "expires": "2030-12-31", "expired": False, "locked": False},
            ],
            "the list as JSON",
        )
        text = passwd(users, "--list")
        equal(text, "bob  view-only  until 2020-01-31  locked\nann  full  until 2030-12-31\n", "the list")
        before = users.read_text()
        passwd(users, "ann", "--stdin", stdin="other\n")
        check(users.read_text() != before, "the password is the old one")
        check(users.read_text().splitlines()[3].endswith(":full:2030-12-31"), "the expiry is gone")
        passwd(users, "ann", "--full", "--expires", "never")
        check(users.read_text().splitlines()[3].count(":") == 1, "the expiry stays")
        passwd(users, "ann", "--delete")
        equal(users.read_text().splitlines(), lines[:3], "what is left")
        equal(sorted(os.listdir(place)), ["users"], "files left in the folder")


@case("a file of VNC passwords is written, which covncd takes")
def writes_vnc_passwords():
    with folder() as place:
        passwd(place / "vnc", "--vnc", "--stdin", stdin="geheim\nschau\n")
        equal((place / "vnc").read_text(), "geheim\nschau\n", "the file")
        equal(stat.S_IMODE((place / "vnc").stat().st_mode), 0o600, "the file's mode")
        text = passwd(place / "vnc", "--vnc", "--stdin", stdin="longpassword\nlongpassx\n", status=1)
        check("first 8" in text, f"no word about 8 characters: {text}")
        with Terminal(place / "vnc", "--vnc") as terminal:
            terminal.answer("VNC password: ", "one")
            terminal.answer("Again: ", "one")
            terminal.answer("View-only VNC password (may be empty): ", "")
            terminal.answer("Again: ", "")
            equal(terminal.end(), 0, "its status")
        equal((place / "vnc").read_text(), "one\n\n", "the file")
        with daemon.Daemon("--password-file", str(place / "vnc")):
            pass


@case("each mistake is named, and changes nothing")
def names_mistakes():
    with folder() as place:
        users = place / "users"
        users.write_text("ann:*\nbob\n")
        for arguments, status, reason in (
            ((users, "--list"), 1, f"{users}:2: a line is NAME:HASH"),
            ((users, "ann", "--view-only"), 1, f"{users}:2:"),
            ((place / "none", "--list"), 1, "no such file"),
            ((place / "none", "ann", "--delete"), 1, "no such file"),
            ((place / "none", "a:b", "--stdin"), 1, "no ':'"),
            ((users,), 2, "which USER"),
            ((users, "ann", "--list"), 2, "take no USER"),
            ((users, "ann", "--expires", "soon"), 2, "no date like"),
            ((users, "ann", "--view-only", "--full"), 2, "exclude"),
            ((users, "ann", "--json"), 2, "--list"),
            ((users, "ann", "--delete", "--full"), 2, "change a user"),
            ((), 2, "FILE"),
        ):
            text = passwd(*arguments, stdin="x\n", status=status)
            check(reason in text, f"no '{reason}' in {text}")
        equal(users.read_text(), "ann:*\nbob\n", "the file")
        users.write_text("ann:*\n")
        text = passwd(users, "eve", "--delete", status=1)
        check("no user eve" in text, text)
        text = passwd(users, "ann", status=1)
        check("--stdin" in text, text)


@case("its help fits a screen")
def help_fits():
    lines = passwd("--help").splitlines()
    check(len(lines) <= 40, f"{len(lines)} lines")
    longest = max(map(len, lines))
    check(longest <= 100, f"a line of {longest} characters")
