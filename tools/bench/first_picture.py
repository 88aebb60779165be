#!/usr/bin/env python3
"""When the first picture of a large display comes: its first rectangle, and all of it.

    tools/bench/first_picture.py BINDIR [WIDTHxHEIGHT...]

Viewers come one after the other over a unix socket and ask for ZRLE, by turns without LastRect, so that
they must be told the number of rectangles first, and with it. The display moves, so that nobody is sent what
another one got.
"""

import pathlib
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

VIEWERS = 20
ZRLE, LAST_RECT = 16, -224
SIZES = ["1920x1080", "3840x2160"]


def first_picture(path, encodings):
    """Milliseconds until the first rectangle is there, and until all are."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        stream = connection.makefile("rb", 1 << 20)
        stream.read(12)
        connection.sendall(b"RFB 003.008\n")
        stream.read(stream.read(1)[0])
        connection.sendall(b"\x01")
        stream.read(4)
        connection.sendall(b"\x01")
        width, height = struct.unpack(">HH", stream.read(4))
        stream.read(16)
        stream.read(struct.unpack(">I", stream.read(4))[0])
        wishes = struct.pack(f">BxH{len(encodings)}i", 2, len(encodings), *encodings)
        request = struct.pack(">BBHHHH", 3, 0, 0, 0, width, height)
        started = time.perf_counter()
        connection.sendall(wishes + request)
        (count,) = struct.unpack(">xxH", stream.read(4))
        first = None
        for _ in range(count):
            (encoding,) = struct.unpack(">xxxxxxxxi", stream.read(12))
            if encoding == LAST_RECT:
                break
            stream.read(struct.unpack(">I", stream.read(4))[0])
            first = first or time.perf_counter()
        return (first - started) * 1e3, (time.perf_counter() - started) * 1e3


def run(bindir, size):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "socket"
        daemon = subprocess.Popen(
            [bindir / "covncd", "--source", f"pattern:{size}", "--auth", "None", "--listen", f"unix:{path}"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        while "listening" not in daemon.stderr.readline():
            pass
        figures = {False: [], True: []}
        for number in range(2 * VIEWERS):
            in_parts = number % 2 == 1
            time.sleep(0.05)  # the moving pattern has a new version
            figures[in_parts].append(first_picture(path, [ZRLE] + [LAST_RECT] * in_parts))
        daemon.terminate()
        daemon.wait()
    for in_parts, times in figures.items():
        first, whole = (statistics.median(column) for column in zip(*times))
        print(f"| {size} | {'yes' if in_parts else 'no'} | {first:.1f} ms | {whole:.1f} ms |")


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip())
        sys.exit(2)
    print("| display | LastRect | first rectangle, median | all |\n|---|---|---|---|")
    for size in sys.argv[2:] or SIZES:
        run(pathlib.Path(sys.argv[1]), size)


if __name__ == "__main__":
    main()
