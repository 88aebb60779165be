#!/usr/bin/env python3
"""How soon a key shows to a good viewer while others guess passwords, 200 a second.

    tools/bench/failed_logins.py BINDIR [SECONDS]      SECONDS: of each measurement (20)

One viewer types at a display that moves, over a unix socket (covnc-load); guessers come over TCP from
ever new addresses of this machine, so that none has to wait for what others failed. They share the
machine's processors with the server. Prints a table.
"""

import concurrent.futures
import json
import pathlib
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/system"))
sys.dont_write_bytecode = True

from support import daemon, rfb, rsa_aes  # noqa: E402
from support.case import check  # noqa: E402
from support.daemon import Daemon  # noqa: E402

RATE = 200  # guesses a second
PROBE = "670,310,330x400"  # the pattern's list of events, which nothing but keys changes here
HEAD = ("logins", "guesses a second begun", "answered", "keys", "key to pixel: median", "90 %", "most")
KEY = rsa_aes.make_key()


def begin(number, port):
    """From an address of its own: 127.x.y.z."""
    source = f"127.{number // 62500 + 1}.{number // 250 % 250 + 1}.{number % 250 + 2}"
    return socket.create_connection(("127.0.0.1", port), timeout=20, source_address=(source, 0))


def guess_vnc(sock):
    rsa_aes.choose(sock, 2)
    rfb.read(sock, 16)
    sock.sendall(bytes(16))
    check(rfb.read(sock, 4) == b"\0\0\0\1", "a guess was right")


def guess_user(sock):
    rsa_aes.choose(sock, rsa_aes.RA2)
    session, _, _ = rsa_aes.prove(sock, rsa_aes.RA2, "ann", "guess", KEY)
    check(rfb.read(session, 4) == b"\0\0\0\1", "a guess was right")


class Guessers:
    """For one `with` block."""

    def __init__(self, port, guess):
        self.port, self.guess = port, guess
        self.ends = threading.Event()
        self.begun = self.answered = 0
        self.seconds = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self.run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()

    def one(self, number):
        try:
            with begin(number, self.port) as sock:
                self.begun += 1
                self.guess(sock)
                self.answered += 1
        except (OSError, ConnectionError):
            pass  # turned away

    def run(self):
        started = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(600) as pool:
            number = 0
            while not self.ends.is_set():
                pool.submit(self.one, number)
                number += 1
                time.sleep(max(0.0, started + number / RATE - time.monotonic()))
            self.seconds = time.monotonic() - started
            pool.shutdown(cancel_futures=True)


def measure(path, seconds):
    done = subprocess.run(
        [str(daemon.BINDIR / "covnc-load"), f"unix:{path / 'socket'}", "--clients", "1",
         "--seconds", str(seconds), "--mix", "zrle", "--password-file", str(path / "passwords"),
         "--probe", PROBE, "--probe-every", "0.3", "--json", "-"],
        capture_output=True, timeout=seconds + 60, check=False, text=True,
    )  # fmt: skip
    check(done.stdout, done.stderr)
    figures = json.loads(done.stdout)
    check(not figures["errors"], f"the good viewer: {figures['errors']}")
    return next(iter(figures["key_to_pixel"].values()))


def show(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def row(name, guessers, times):
    rates = ["---", "---"]
    if guessers:
        rates = [f"{count / guessers.seconds:.0f}" for count in (guessers.begun, guessers.answered)]
    show(name, *rates, times["count"], *(f"{times[key]:.1f} ms" for key in ("p50_ms", "p90_ms", "max_ms")))


def server(path):
    (path / "passwords").write_text("secret\n")
    subprocess.run(
        [str(daemon.BINDIR / "covnc-passwd"), str(path / "users"), "ann", "--stdin"],
        input="secret\n", text=True, check=True, stdout=subprocess.DEVNULL,
    )
    return Daemon(
        "--listen", f"unix:{path / 'socket'}", "--password-file", str(path / "passwords"),
        "--users", str(path / "users"), "--rsa-key", str(path / "key"), "--auth", "VncAuth,RA2",
        source="pattern",
    )  # fmt: skip


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__.strip())
        return 2
    daemon.BINDIR = pathlib.Path(sys.argv[1]).resolve()
    seconds = float(sys.argv[2]) if len(sys.argv) == 3 else 20
    show(*HEAD)
    show(*["---"] * len(HEAD))
    with tempfile.TemporaryDirectory(prefix="covnc-guess-") as name:
        path = pathlib.Path(name)
        with server(path) as running:
            row("none", None, measure(path, seconds))
            for title, guess in (("VncAuth", guess_vnc), ("RA2, a user's", guess_user)):
                with Guessers(running.port(), guess) as guessers:
                    time.sleep(2)
                    times = measure(path, seconds)
                row(title, guessers, times)
            row("none, again", None, measure(path, seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
