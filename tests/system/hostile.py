"""Peers that break the protocol: each is told why or dropped, in one log line, and a viewer beside
them notices nothing."""

import contextlib
import random
import socket
import struct
import threading

from support import pictures, rfb
from support.case import case, check, equal, wait_until
from support.daemon import STILL, Daemon

ALONE = True


class GoodViewer(threading.Thread):
    """Asks for whole pictures all the time, for one `with` block; each must be right."""

    def __init__(self, port):
        super().__init__()
        self.port = port
        self.done = threading.Event()
        self.pictures = 0
        self.problem = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            # It still gets pictures after all this.
            enough = self.pictures + 2
            wait_until(lambda: self.problem or self.pictures >= enough, "the good viewer's pictures")
        self.done.set()
        self.join()
        if kind is None:
            check(self.problem is None, f"the good viewer: {self.problem}")

    def run(self):
        wanted = pictures.still().rgb
        try:
            with rfb.Viewer(self.port) as viewer:
                while not self.done.is_set():
                    if viewer.picture() != wanted:
                        self.problem = "its picture is wrong"
                        return
                    self.pictures += 1
        except (OSError, ConnectionError) as error:
            self.problem = repr(error)


@contextlib.contextmanager
def attacked():
    """A daemon that a good viewer looks at."""
    with Daemon(source=STILL) as daemon, GoodViewer(daemon.port()):
        daemon.wait_for_log("connected: RFB")
        yield daemon


def lines_about(daemon, sock):
    # "viewer 127.0.0.1:50312 left: why"
    return daemon.log_lines("viewer %s:%d (left|closed)" % sock)


def expect_closed(daemon, talk, reason):
    """talk(sock) misbehaves; the server then closes, and logs one line with `reason`."""
    with rfb.connect(daemon.port()) as sock:
        name = sock.getsockname()
        talk(sock)
        try:
            rfb.read_to_end(sock)
        except socket.timeout:
            check(False, f"the server did not close; log: {daemon.log()[-500:]}")
    wait_until(lambda: lines_about(daemon, name), f"a log line for {reason}")
    lines = lines_about(daemon, name)
    equal(len(lines), 1, f"log lines about {reason}")
    check(reason in lines[0], f"no '{reason}' in {lines[0]}")
    check(len(lines[0]) < 300, f"a long log line: {lines[0]}")


def after_version(data):
    def talk(sock):
        rfb.read(sock, 12)
        sock.sendall(data)

    return talk


def after_login(data):
    def talk(sock):
        rfb.handshake(sock)
        sock.sendall(data)

    return talk


def pixel_format(bits, depth, *rest, true_colour=1):
    maxima, shifts = rest or ((255, 255, 255), (16, 8, 0))
    return struct.pack(
        ">B3xBBBBHHHBBB3x", 0, bits, depth, 0, true_colour, *maxima, *shifts
    )


BAD_VERSIONS = [
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    b"RFB 003.00x\n",
    b"RFB 999999\n\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00",
    bytes(12),
    b"\xff" * 4096,
    b"%s%n%s%n%s%n",
]


@case("a version that is none is refused")
def wrong_version():
    with attacked() as daemon:
        for version in BAD_VERSIONS:
            expect_closed(daemon, after_version(version), "version")


@case("a security type that was not offered is refused")
def wrong_type():
    with attacked() as daemon:
        for number in (0, 2, 16, 19, 30, 255):
            expect_closed(
                daemon, after_version(rfb.VERSION + bytes([number])), "was not offered"
            )


@case("None is refused where only a password is offered")
def bypass():
    with Daemon(password=True) as daemon:
        expect_closed(daemon, after_version(rfb.VERSION + b"\x01" + b"\x01"), "was not offered")
        expect_closed(daemon, after_version(rfb.VERSION + b"\x02" + bytes(16)), "wrong password")
        # RFB 3.3: the server decides, and asks for the password.
        expect_closed(daemon, after_version(b"RFB 003.003\n" + bytes(16)), "wrong password")


@case("a handshake that breaks off anywhere is one line in the log")
def truncated_handshakes():
    with attacked() as daemon:
        whole = rfb.VERSION + b"\x01" + b"\x01"
        for length in range(len(whole)):
            with rfb.connect(daemon.port()) as sock:
                name = sock.getsockname()
                sock.sendall(whole[:length])
            wait_until(lambda n=name: lines_about(daemon, n), f"a log line, {length} bytes sent")
            equal(len(lines_about(daemon, name)), 1, f"log lines, {length} bytes sent")


BAD_FORMATS = {
    "24 bits": pixel_format(24, 24),
    "0 bits": pixel_format(0, 0),
    "255 bits": pixel_format(255, 24),
    "depth 0": pixel_format(32, 0),
    "depth above bits": pixel_format(16, 24),
    "no red": pixel_format(32, 24, (0, 255, 255), (16, 8, 0)),
    "a maximum that is no power of two less one": pixel_format(32, 24, (254, 255, 255), (16, 8, 0)),
    "16 bits a channel": pixel_format(32, 32, (65535, 65535, 65535), (16, 8, 0)),
    "a shift out of the pixel": pixel_format(32, 24, (255, 255, 255), (200, 8, 0)),
    "a channel that leaves the pixel": pixel_format(32, 24, (255, 255, 255), (28, 8, 0)),
    "channels over each other": pixel_format(32, 24, (255, 255, 255), (8, 8, 8)),
    "a colour map of 32 bits": pixel_format(32, 24, true_colour=0),
}


@case("a pixel format that no decoder could mean is refused")
def insane_formats():
    with attacked() as daemon:
        for what, message in BAD_FORMATS.items():
            try:
                expect_closed(daemon, after_login(message), "SetPixelFormat")
            except Exception as error:
                raise type(error)(f"{what}: {error}") from error


BAD_MESSAGES = {
    "an unknown type": (bytes([77]) + bytes(64), "77"),
    "the highest type": (b"\xff" * 64, "type"),
    "a type of the server's": (bytes([1]) + bytes(20), "1"),
    "a fence nobody announced": (bytes([248]) + bytes(9), "248"),
    "continuous updates nobody announced": (bytes([150]) + bytes(9), "150"),
    "cut text of 4 GB": (struct.pack(">B3xI", 6, 0xFFFFFFFF), "CutText"),
    "cut text of -1, extended": (struct.pack(">B3xi", 6, -(2**31)), "CutText"),
}


@case("messages of unknown types and absurd sizes are refused")
def bad_messages():
    with attacked() as daemon:
        for what, (message, reason) in BAD_MESSAGES.items():
            try:
                expect_closed(daemon, after_login(message), reason)
            except Exception as error:
                raise type(error)(f"{what}: {error}") from error


@case("what is odd but legal is taken")
def odd_but_legal():
    with attacked() as daemon, rfb.connect(daemon.port()) as sock:
        rfb.handshake(sock)
        sock.sendall(rfb.set_encodings())
        sock.sendall(rfb.set_encodings(*range(1000, 66000)))
        sock.sendall(rfb.set_encodings(rfb.RAW))
        sock.sendall(struct.pack(">BBHHHH", 3, 0, 65535, 65535, 65535, 65535))
        sock.sendall(struct.pack(">BBHHHH", 3, 0, 10, 10, 0, 0))
        sock.sendall(rfb.pointer_event(65535, 65535, 255))
        sock.sendall(rfb.key_event(0xFFFFFFFF, 1) + rfb.key_event(0, 0))
        sock.sendall(struct.pack(">B3xI", 6, 5) + b"\x00\xff%s\n")
        # One pixel of the corner, asked for last.
        sock.sendall(struct.pack(">BBHHHH", 3, 0, 639, 479, 65535, 65535))
        head = rfb.read(sock, 4 + 12 + 4)
        equal(head[:4], b"\x00\x00\x00\x01", "the update's head")
        equal(struct.unpack(">HHHH", head[4:12]), (639, 479, 1, 1), "its rectangle")


@case("500 silent connections: the oldest give way, and a newcomer gets in")
def silent_flood():
    with attacked() as daemon:
        rss = daemon.rss()
        flood = [rfb.connect(daemon.port()) for _ in range(500)]
        daemon.wait_for_log("too many are logging in", 99)
        with rfb.Viewer(daemon.port()) as newcomer:
            newcomer.picture()
        for sock in flood:
            sock.close()
        # Each of the 500 has left its one line.
        daemon.wait_for_log(r"viewer \S+ (left|closed)", 501)
        equal(len(daemon.log_lines(r"viewer \S+ (left|closed)")), 501, "log lines")
        wait_until(lambda: daemon.descriptors() < 30, f"{daemon.descriptors()} descriptors")
        grown = daemon.rss() - rss
        check(grown < 8192, f"{grown} KiB more memory than before")
        return f"{grown:+} KiB"


@case("a connection that says nothing is closed after 10 s")
def half_open():
    with attacked() as daemon, contextlib.ExitStack() as stack:
        silent = [stack.enter_context(rfb.connect(daemon.port())) for _ in range(3)]
        silent[1].sendall(b"RFB 003")
        silent[2].sendall(rfb.VERSION)
        for sock in silent:
            rfb.read_to_end(sock)  # at most 20 s
        daemon.wait_for_log("too slow to log in", 3)


@case("bytes at random for a thousand connections end none but their own")
def garbage():
    with attacked() as daemon:
        chance = random.Random(1)
        rss = daemon.rss()
        for i in range(1000):
            with rfb.connect(daemon.port()) as sock:
                if i % 2:
                    rfb.handshake(sock)
                    # A likely type, so that more than the first byte is looked at.
                    sock.sendall(bytes([chance.choice((0, 2, 3, 4, 5, 6, 150, 248, 251, 255))]))
                with contextlib.suppress(ConnectionError):
                    sock.sendall(chance.randbytes(chance.randrange(1, 400)))
        daemon.wait_for_log(r"viewer \S+ (left|closed)", 1000)
        equal(len(daemon.log_lines(r"viewer \S+ (left|closed)")), 1000, "log lines")
        grown = daemon.rss() - rss
        check(grown < 8192, f"{grown} KiB more memory than before")
        return f"{grown:+} KiB"
