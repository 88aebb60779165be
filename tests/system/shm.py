"""covncd --source shm with the example emulator, with emulators that misbehave, and without any."""

import array
import fcntl
import os
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from support import daemon as daemon_module
from support import rfb
from support.case import PATIENCE, case, check, equal, wait_until
from support.daemon import Daemon
from support.screen import Screen

CELL, COLUMNS, ROWS = 10, 64, 32  # pixels of the window for one of the machine's
BRIGHT = 240  # green; a pixel that is on has 255, the others are below
NO_SIGNAL = (0x10, 0x14, 0x1C)
LEFT, RIGHT = 0xFF51, 0xFF53
MAGIC = 0x434E5643
F_ADD_SEALS, SEAL_SHRINK = 1033, 2


class Chip8:
    """The example emulator for one `with` block, or until it is killed."""

    def __init__(self, path):
        self.path = path
        self.process = None
        self.log = tempfile.TemporaryFile()

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(daemon_module.BINDIR / "covnc-chip8"), self.path],
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        return self

    def __exit__(self, *_):
        self.kill()
        self.log.close()

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def output(self):
        self.log.seek(0)
        return self.log.read().decode()

    def wait_for_output(self, text, count=1):
        wait_until(lambda: self.output().count(text) >= count, f"'{text}' in {self.output()!r}")


class RawEmulator:
    """Says what a case wants, right or wrong."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.settimeout(PATIENCE)
        wait_until(lambda: self.sock.connect_ex(path) == 0, f"{path} takes no connection")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def say(self, *words, text=b"", fd=None):
        data = struct.pack(f"={len(words)}I", *words) + text
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))] if fd else []
        self.sock.sendmsg([data], rights)

    def hello(self, name=b"raw"):
        self.say(1, MAGIC, 1, 0, text=name)

    def bye(self):
        """Why the daemon ends the connection."""
        while True:
            message = self.sock.recv(4096)
            check(message, "the daemon ended the connection without a word")
            if struct.unpack_from("=I", message)[0] == 107:
                return message[4:].decode()


def memory(size, seals=SEAL_SHRINK):
    fd = os.memfd_create("picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, F_ADD_SEALS, seals)
    return fd


class Scene:
    """A folder with the emulators' socket."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-shm-")
        self.path = str(Path(self.folder.name) / "emulator")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def daemon(self):
        return Daemon(source=f"shm:{self.path}")


def viewer_of(daemon):
    """A viewer of the display once it has the emulator's size."""

    def fits():
        viewer = rfb.Viewer(daemon.port())
        if (viewer.width, viewer.height) == (CELL * COLUMNS, CELL * ROWS):
            return viewer
        viewer.close()
        return None

    return wait_until(fits, "the display has the emulator's size")


def pixel(viewer, x, y):
    """In the middle of a machine's pixel."""
    at = ((y * CELL + CELL // 2 - 1) * viewer.width + x * CELL + CELL // 2 - 1) * 3
    return tuple(viewer.picture()[at : at + 3])


def lit(viewer, y):
    """Which pixels of a machine's row are on."""
    picture = viewer.picture()
    row = (y * CELL + CELL // 2 - 1) * viewer.width
    greens = [picture[(row + x * CELL + CELL // 2 - 1) * 3 + 1] for x in range(COLUMNS)]
    return [x for x, green in enumerate(greens) if green > BRIGHT]


def wait_for_game(viewer):
    """The top of the wall, which stays a while, and the paddle."""
    wall = [x for x in range(COLUMNS) if x % 8 != 7]
    wait_until(lambda: lit(viewer, 4) == wall, "the wall is there")
    return wait_until(lambda: lit(viewer, 30), "the paddle is there")


def wait_for_no_signal(viewer):
    wait_until(lambda: pixel(viewer, 0, 0) == NO_SIGNAL, "there is no signal")


@case("the example emulator's picture appears, and keys move its paddle")
def shows_and_plays():
    with Scene() as scene, scene.daemon() as daemon, Chip8(scene.path), viewer_of(daemon) as viewer:
        equal(viewer.name, "CHIP-8", "title")
        before = wait_for_game(viewer)
        viewer.sock.sendall(rfb.key_event(LEFT, True))
        wait_until(lambda: lit(viewer, 30)[:1] == [0], "the paddle is at the left wall")
        viewer.sock.sendall(rfb.key_event(LEFT, False) + rfb.key_event(RIGHT, True))
        wait_until(lambda: lit(viewer, 30)[-1:] == [COLUMNS - 1], "the paddle is at the right wall")
        viewer.sock.sendall(rfb.key_event(RIGHT, False))
        check(len(before) <= 16, f"the paddle has {len(before)} pixels")


@case("a key that a viewer holds goes up when the viewer goes")
def releases_keys():
    with Scene() as scene, scene.daemon() as daemon, Chip8(scene.path):
        with viewer_of(daemon) as viewer:
            wait_for_game(viewer)
            viewer.sock.sendall(rfb.key_event(LEFT, True))
            wait_until(lambda: lit(viewer, 30)[:1] == [0], "the paddle is at the left wall")
        with viewer_of(daemon) as viewer:
            viewer.sock.sendall(rfb.key_event(RIGHT, True))
            wait_until(lambda: lit(viewer, 30)[-1:] == [COLUMNS - 1], "the paddle is free")


@case("viewers stay when the emulator is killed, and see it again when it is back")
def survives_emulator():
    with Scene() as scene, scene.daemon() as daemon:
        with Chip8(scene.path) as emulator:
            viewer = viewer_of(daemon)
            wait_for_game(viewer)
            emulator.kill()
            wait_for_no_signal(viewer)
        equal(len(daemon.log_lines("warning")), 1, "warnings")
        check(daemon.log_lines("the emulator has ended"), daemon.log())
        started = time.monotonic()
        with Chip8(scene.path), viewer:
            wait_for_game(viewer)
            return f"back after {time.monotonic() - started:.1f} s"


@case("a daemon that is killed and started again is found by the emulator")
def survives_daemon():
    with Scene() as scene, Chip8(scene.path) as emulator:
        with scene.daemon() as daemon, viewer_of(daemon) as viewer:
            wait_for_game(viewer)
            daemon.process.kill()
            daemon.process.wait()
            daemon.ended = True
        emulator.wait_for_output("no covncd: ")
        with scene.daemon() as daemon, viewer_of(daemon) as viewer:
            emulator.wait_for_output("connected to covncd", 2)
            wait_until(lambda: lit(viewer, 30), "the paddle is there")


@case("a second emulator is told why it is refused, and takes over when the first ends")
def refuses_second():
    with Scene() as scene, scene.daemon() as daemon, Chip8(scene.path) as first:
        viewer = viewer_of(daemon)
        wait_for_game(viewer)
        with Chip8(scene.path) as second:
            second.wait_for_output("no covncd: another emulator is connected")
            time.sleep(2)  # it tries again and again, and says so once
            equal(second.output().count("no covncd"), 1, "messages")
            equal(len(daemon.log_lines("is refused")), 1, "log lines")
            wait_until(lambda: lit(viewer, 30), "the first one's paddle is there")
            first.kill()
            second.wait_for_output("connected to covncd")
            with viewer:
                wait_for_game(viewer)


@case("the emulator takes the size that a viewer's window has")
def takes_size():
    with Scene() as scene, scene.daemon() as daemon, Chip8(scene.path), Screen() as screen:
        viewer_of(daemon).close()
        screen.start(
            "xtigervncviewer",
            "-ReconnectOnError=0",
            "-AlertOnFatalError=0",
            "-RemoteResize=1",
            "-geometry=800x500",
            f"127.0.0.1::{daemon.port()}",
        )

        def has_size():
            with rfb.Viewer(daemon.port()) as viewer:
                return (viewer.width, viewer.height) == (800, 500)

        wait_until(has_size, "the display has the window's size")
        with rfb.Viewer(daemon.port()) as viewer:
            side = 12  # 64 x 12 = 768 of 800, 32 x 12 = 384 of 500
            left, top = (800 - 64 * side) // 2, (500 - 32 * side) // 2

            def green(picture, x, y):
                at = ((top + y * side + side // 2) * 800 + left + x * side + side // 2) * 3 + 1
                return picture[at]

            def has_paddle():
                picture = viewer.picture()
                return any(green(picture, x, 30) > BRIGHT for x in range(COLUMNS))

            # The game draws its wall first, and may still do when it takes the new size.
            wait_until(has_paddle, "the paddle is there in the new size")
            equal(tuple(viewer.picture()[:3]), (0x10, 0x18, 0x20), "the margin")


# --- what an emulator must not do ----------------------------------------------------------------


def garbage(emulator):
    emulator.sock.send(os.urandom(1000))
    return "unknown"


def garbage_after_hello(emulator):
    emulator.hello()
    emulator.say(0xFFFFFFFF, 1, 2, 3)
    return "unknown"


def too_long(emulator):
    emulator.hello()
    emulator.sock.send(bytes(65536))
    return "too long"


def unsealed(emulator):
    emulator.hello()
    fd = memory(4 * 64 * 64, seals=0)
    emulator.say(2, 64, 64, 256, fd=fd)
    os.ftruncate(fd, 0)  # it may shrink at any time: now
    emulator.say(4, 1)
    os.close(fd)
    return "not sealed against shrinking"


def too_small(emulator):
    emulator.hello()
    fd = memory(4 * 64 * 64 - 1)
    emulator.say(2, 64, 64, 256, fd=fd)
    os.close(fd)
    return "too small"


def pipe(emulator):
    emulator.hello()
    reader, writer = os.pipe()
    emulator.say(2, 64, 64, 256, fd=reader)
    os.close(reader)
    os.close(writer)
    return "not sealed against shrinking"


def damage_outside(emulator):
    emulator.hello()
    fd = memory(4 * 64 * 64)
    emulator.say(2, 64, 64, 256, fd=fd)
    emulator.say(3, 63, 63, 2, 1)
    os.close(fd)
    return "outside"


def silence(_):
    return "no Hello came within five seconds"


@case("an emulator that misbehaves is one line in the log, and the next one works")
def survives_hostile():
    offences = [garbage, garbage_after_hello, too_long, unsealed, too_small, pipe, damage_outside, silence]
    for offence in offences:
        with Scene() as scene, scene.daemon() as daemon:
            descriptors = daemon.descriptors()
            with RawEmulator(scene.path) as emulator:
                wanted = offence(emulator)
                answer = emulator.bye()
                check(wanted in answer, f"{offence.__name__}: the daemon says {answer!r}")
            wait_until(lambda: daemon.log_lines("warning"), f"{offence.__name__}: a warning")
            with Chip8(scene.path), viewer_of(daemon) as viewer:
                wait_for_game(viewer)
            lines = [line for line in daemon.log_lines("warning") if "has ended" not in line]
            equal(len(lines), 1, f"{offence.__name__}: warnings in\n{daemon.log()}")
            check(wanted in lines[0], f"{offence.__name__}: {lines[0]}")
            wait_until(
                lambda: daemon.descriptors() <= descriptors,
                f"{offence.__name__}: descriptors are closed",
            )
    return f"{len(offences)} of them"


@case("many emulators that come, say nothing good and go leave nothing behind")
def survives_many():
    with Scene() as scene, scene.daemon() as daemon:
        before = daemon.descriptors()
        fd = memory(4096)
        for number in range(300):
            with RawEmulator(scene.path) as emulator:
                try:
                    emulator.hello(b"number %d" % number)
                    for _ in range(number % 5):
                        emulator.say(2, 32, 32, 128, fd=fd)
                except OSError:
                    pass  # the daemon was faster
        os.close(fd)
        wait_until(lambda: daemon.descriptors() <= before, "all descriptors are closed", 60)
        with Chip8(scene.path), viewer_of(daemon) as viewer:
            wait_for_game(viewer)


@case("the socket belongs to its owner, and is gone with the daemon")
def socket_file():
    with Scene() as scene:
        with scene.daemon():
            equal(os.stat(scene.path).st_mode & 0o777, 0o600, "mode")
        check(not os.path.exists(scene.path), "the socket is still there")
