"""An X server without a screen, and programs on it."""

import os
import pathlib
import pty
import signal
import subprocess
import tempfile
import time

from . import pictures
from .case import PATIENCE, Failure, check, need, wait_until


class Screen:
    """Xvfb for one `with` block; programs started on it end with it."""

    def __init__(self, width=900, height=700):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-x-")
        self.path = pathlib.Path(self.folder.name)
        self.size = f"{width}x{height}x24"
        self.server = None
        self.programs = []
        self.terminal = pty.openpty()  # (ours, theirs)
        self.environment = dict(os.environ, HOME=str(self.path), XDG_RUNTIME_DIR=str(self.path))

    def server_command(self):
        return [need("Xvfb"), "-screen", "0", self.size]

    def __enter__(self):
        ours, theirs = os.pipe()
        self.server = subprocess.Popen(
            [*self.server_command(), "-displayfd", str(theirs), "-nolisten", "tcp"],
            pass_fds=[theirs],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        with os.fdopen(ours) as pipe:
            number = pipe.readline().strip()  # ends when the server is ready, or is gone
        check(number, "the X server did not start")
        self.environment["DISPLAY"] = ":" + number
        return self

    def __exit__(self, *_):
        for process in [*self.programs, self.server]:
            end(process)
        for side in self.terminal:
            os.close(side)
        self.folder.cleanup()

    def start(self, *command):
        """Runs a program; it has a terminal of its own to read from."""
        log = open(self.path / f"log-{len(self.programs)}", "wb")
        with log:
            process = subprocess.Popen(
                [need(command[0]), *map(str, command[1:])],
                env=self.environment,
                stdin=self.terminal[1],
                stdout=log,
                stderr=log,
            )
        self.programs.append(process)
        return process

    def answer(self, prompt, text):
        """Types a line once a program has asked for it."""
        wait_until(lambda: prompt in self.output(), f"'{prompt}' in {self.output()}")
        os.write(self.terminal[0], text.encode() + b"\n")

    def output(self):
        """What the programs have printed."""
        return "".join(f.read_text(errors="replace") for f in sorted(self.path.glob("log-*")))

    def run(self, *command):
        """Runs a program to its end; returns its output."""
        done = subprocess.run(
            [need(command[0]), *map(str, command[1:])],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode != 0:
            text = done.stderr.decode(errors="replace")
            raise Failure(f"{command[0]} ended with {done.returncode}: {text}")
        return done.stdout

    def shot(self):
        return pictures.parse_ppm(self.run("import", "-window", "root", "-depth", "8", "ppm:-"))

    def wait_for_picture(self, wanted):
        """Until a program shows exactly this; returns where."""
        deadline = time.monotonic() + PATIENCE
        while True:
            shot = self.shot()
            problem = pictures.shown(shot, wanted)
            if problem is None:
                return pictures.find(shot, wanted)
            if any(program.poll() is not None for program in self.programs):
                raise Failure(f"the viewer ended: {self.output()[-1500:]}")
            if time.monotonic() > deadline:
                raise Failure(f"{problem}\n{self.output()[-1500:]}")
            time.sleep(0.1)


class XvncScreen(Screen):
    """TigerVNC's Xvnc: an X server that is a VNC server too, at rfb_path."""

    @property
    def rfb_path(self):
        return self.path / "rfb"

    def server_command(self):
        width, height, _ = self.size.split("x")
        return [need("Xtigervnc"), "-geometry", f"{width}x{height}", "-SecurityTypes", "None",
                "-rfbunixpath", str(self.rfb_path), "-rfbport", "-1"]  # fmt: skip


def end(process):
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
