#!/usr/bin/env python3
"""How soon a key shows and how much of a slow link is used: covncd beside TigerVNC's Xvnc.

    tools/bench/slow_links.py BINDIR [SECONDS]      SECONDS: of each measurement (20)

Both show the same animated picture, which reacts to keys at once: covncd its pattern display, Xvnc
the same one as an X program (covnc-x11-pattern). One viewer with ContinuousUpdates types behind
each simulated link (covnc-load). Prints a table.
"""

import json
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/system"))
sys.dont_write_bytecode = True

from support import daemon  # noqa: E402
from support.case import Failure, check  # noqa: E402
from support.daemon import Daemon  # noqa: E402
from support.screen import XvncScreen  # noqa: E402

WIDTH, HEIGHT = 1024, 768
PROBE = "670,310,330x400"  # the pattern's list of events, which nothing but keys changes here
PROBE_EVERY = "1.3"
LINKS = {  # what covnc-load takes, and bits a second
    "2mbit 200ms": 2e6,
    "2mbit 200ms 1%-stalls": 2e6,
    "20mbit 100ms": 20e6,
    "20mbit 100ms 1%-stalls": 20e6,
}
# The animation fills a link of 2 Mbit/s however well it is compressed; 20 Mbit/s take worse encodings.
ENCODINGS = {2e6: ("zrle", "tight"), 20e6: ("zrle", "hextile", "raw")}
WITHOUT = {("covncd", "tight")}  # what a server does not have
HEAD = ("server", "link (round trip)", "updates/s", "Mbit/s", "of the link", "keys",
        "key to pixel: median", "90 %", "most", "errors")  # fmt: skip


def measure(where, kind, link, seconds):
    done = subprocess.run(
        [str(daemon.BINDIR / "covnc-load"), where, "--clients", "1", "--ramp", "2",
         "--seconds", str(seconds), "--mix", kind, "--continuous", "--link", f"100% {link}",
         "--probe", PROBE, "--probe-every", PROBE_EVERY, "--json", "-"],
        capture_output=True, timeout=seconds + 60, check=False, text=True,
    )  # fmt: skip
    check(done.stdout, done.stderr)
    return json.loads(done.stdout)


def row(server, link, figures):
    bits = figures["bytes"] * 8 / figures["seconds"]
    times = next(iter(figures["key_to_pixel"].values()), None)
    delays = [f"{times[name]:.0f} ms" for name in ("p50_ms", "p90_ms", "max_ms")] if times else "---"
    errors = "; ".join(f"{count} {kind}" for kind, count in figures["errors"].items())
    return (server, link, f"{figures['updates'] / figures['seconds']:.1f}", f"{bits / 1e6:.2f}",
            f"{bits / LINKS[link]:.0%}", str(times["count"] if times else 0), *delays,
            errors or "none")  # fmt: skip


def show(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def wait_for_picture(screen, program):
    """Until the program has drawn; Xvnc's own screen is black."""
    deadline = time.monotonic() + 20
    while len(set(screen.shot().rgb)) < 10:
        check(program.poll() is None, screen.output())
        check(time.monotonic() < deadline, "covnc-x11-pattern draws nothing")


def main():
    if len(sys.argv) not in (2, 3):
        print(__doc__.strip())
        return 2
    daemon.BINDIR = pathlib.Path(sys.argv[1]).resolve()
    seconds = float(sys.argv[2]) if len(sys.argv) == 3 else 20
    program = daemon.BINDIR / "covnc-x11-pattern"
    check(program.exists(), f"{program} is missing (package libx11-dev, then build again)")
    show(HEAD)
    show(["---"] * len(HEAD))
    with Daemon(source=f"pattern:{WIDTH}x{HEIGHT}") as covncd, XvncScreen(WIDTH, HEIGHT) as screen:
        wait_for_picture(screen, screen.start(program))
        servers = {"covncd": f"127.0.0.1:{covncd.port()}", "Xvnc": f"unix:{screen.rfb_path}"}
        for link, bandwidth in LINKS.items():
            for encoding in ENCODINGS[bandwidth]:
                for server, where in servers.items():
                    if (server, encoding) not in WITHOUT:
                        figures = measure(where, encoding, link, seconds)
                        show(row(f"{server}, {encoding}", link, figures))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(str(failure))
