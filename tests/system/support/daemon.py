"""Starts covncd, knows where it listens, and reads what it says about itself."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time

from .case import PATIENCE, Failure, check, wait_until

BINDIR = None  # set by run

STILL = "pattern:640x480,still"
MOVING = "pattern:640x480"
PASSWORD = "geheim42"
VIEW_ONLY_PASSWORD = "nurschau"
# As vncpasswd writes it: encrypted with the key that all VNC viewers share.
PASSWORD_FILE = bytes.fromhex("e49cb88f02060b50")


def covncd():
    return str(BINDIR / "covncd")


def run_covncd(*arguments, seconds=10):
    """For command lines that end by themselves: (status, output)."""
    try:
        done = subprocess.run(
            [covncd(), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            text=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Failure(f"covncd {' '.join(arguments)} did not end: {error.stdout}") from error
    return done.returncode, done.stdout


class Daemon:
    """A covncd for one `with` block; must end with status 0, without an error in its log."""

    def __init__(self, *arguments, source=STILL, listen="127.0.0.1:0", **options):
        """options: password (True: VncAuth), prefix (a command in front), and what Popen takes."""
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-")
        self.path = pathlib.Path(self.folder.name)
        self.arguments = ["--source", source, *arguments]
        if listen:
            self.arguments += ["--listen", listen]
        if options.pop("password", False):
            file = self.path / "password"
            file.write_text(f"{PASSWORD}\n{VIEW_ONLY_PASSWORD}\n")
            file.chmod(0o600)
            self.arguments += ["--password-file", str(file)]
        self.prefix = options.pop("prefix", [])
        self.options = options
        self.process = None
        self.ended = False

    def __enter__(self):
        with open(self.path / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*self.prefix, covncd(), *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self.options,
            )
        try:
            self.wait_for_log("listening on")
        except Failure:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def __exit__(self, kind, error, trace):
        if not self.ended:
            if kind is None:
                self.stop()
            else:
                self.process.kill()
                self.process.wait()
        self.folder.cleanup()

    def stop(self, within=PATIENCE):
        """SIGTERM; returns the seconds that it took to end with status 0."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            self.ended = True
            raise Failure(f"SIGTERM did not end it within {within} s") from error
        self.ended = True
        check(status == 0, f"ended with status {status}; its log ends:\n{self.log()[-2000:]}")
        return time.monotonic() - started

    # --- what it says ---

    def log(self):
        return (self.path / "log").read_text(errors="replace")

    def log_lines(self, pattern):
        return [line for line in self.log().splitlines() if re.search(pattern, line)]

    def wait_for_log(self, pattern, count=1):
        def there():
            if self.process.poll() is not None:
                raise Failure(f"covncd ended with {self.process.returncode}:\n{self.log()}")
            return len(self.log_lines(pattern)) >= count

        wait_until(there, f"{count} log lines with '{pattern}' in:\n{self.log()[-1500:]}")

    def port(self):
        """On 127.0.0.1."""
        return int(re.search(r"listening on (?:127\.0\.0\.1|0\.0\.0\.0):(\d+)", self.log()).group(1))

    # --- what it uses ---

    def pid(self):
        return self.process.pid

    def rss(self):
        """KiB of memory resident."""
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid()}/task"))
