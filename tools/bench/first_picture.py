#!/usr/bin/env python3
"""When the first picture of a large display comes: its first rectangle, and all of it.

    tools/bench/first_picture.py BINDIR [WIDTHxHEIGHT...]

Viewers come one after the other over a unix socket and ask for ZRLE, by turns without LastRect, so that
they must be told the number of rectangles first, and with it. The display moves, so that nobody is sent
what another one got. Prints a table.
"""

import pathlib
import statistics
import struct
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/system"))
sys.dont_write_bytecode = True

from support import daemon, rfb  # noqa: E402
from support.daemon import Daemon  # noqa: E402

VIEWERS = 20  # of each kind
LAST_RECT = -224
SIZES = ["1920x1080", "3840x2160"]


def first_picture(path, encodings):
    """Milliseconds until the first rectangle is there, and until all are."""
    with rfb.connect(path) as sock:
        width, height, _ = rfb.handshake(sock)
        started = time.perf_counter()
        sock.sendall(rfb.set_encodings(*encodings) + rfb.update_request(width, height))
        (count,) = struct.unpack(">xxH", rfb.read(sock, 4))
        first = None
        for _ in range(count):
            (encoding,) = struct.unpack(">8xi", rfb.read(sock, 12))
            if encoding == LAST_RECT:
                break
            rfb.read(sock, struct.unpack(">I", rfb.read(sock, 4))[0])
            first = first or time.perf_counter()
        return (first - started) * 1e3, (time.perf_counter() - started) * 1e3


def run(size, folder):
    path = pathlib.Path(folder) / f"{size}.socket"
    figures = {"no": [], "yes": []}
    with Daemon(source=f"pattern:{size}", listen=f"unix:{path}"):
        for _ in range(VIEWERS):
            for last_rect, encodings in (("no", [rfb.ZRLE]), ("yes", [rfb.ZRLE, LAST_RECT])):
                time.sleep(0.05)  # the display has a new version
                figures[last_rect].append(first_picture(path, encodings))
    for last_rect, times in figures.items():
        first, whole = (statistics.median(column) for column in zip(*times))
        print(f"| {size} | {last_rect} | {first:.1f} ms | {whole:.1f} ms |")


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip())
        sys.exit(2)
    daemon.BINDIR = pathlib.Path(sys.argv[1]).resolve()
    print("| display | LastRect | first rectangle, median | all |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in sys.argv[2:] or SIZES:
            run(size, folder)


if __name__ == "__main__":
    main()
