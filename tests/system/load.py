"""covnc-load with covncd and with other servers."""

import json
import subprocess
import tempfile

from support import daemon as daemon_module
from support.case import case, check
from support.daemon import MOVING, STILL, Daemon
from support.peers import LibVncServer

ALONE = True


def load(where, *arguments, status=0):
    """Runs covnc-load; returns its figures."""
    done = subprocess.run(
        [str(daemon_module.BINDIR / "covnc-load"), where, "--json", "-", *arguments],
        capture_output=True,
        timeout=90,
        check=False,
        text=True,
    )
    check(done.stdout, f"status {done.returncode}: {done.stderr}")
    figures = json.loads(done.stdout)
    check(done.returncode == status, f"status {done.returncode}: {done.stderr}{figures['errors']}"
          f"{figures.get('verify', '')}")  # fmt: skip
    return figures


def check_served(figures, clients):
    check(figures["errors"] == {}, f"errors: {figures['errors']}")
    check(figures["most_connected"] == clients, f"{figures['most_connected']} viewers")
    check(figures["first_frame"]["count"] >= clients, "not everybody got a frame")


@case("every depth, every encoding of ours, every format: all have the right pixels")
def depths():
    mix = "20% zrle, 20% hextile, 20% raw-16bpp, 20% zrle-8bpp, 20% hextile-16bpp"
    with Daemon(source=MOVING) as daemon:
        where = f"127.0.0.1:{daemon.port()}"
        for depth in ("parse", "decode"):
            figures = load(where, "--depth", depth, "--mix", mix, "--clients", "20", "--seconds", "2",
                           "--pid", str(daemon.pid()))
            check_served(figures, 20)
            check(figures["updates"] > 20 * 5, f"{figures['updates']} updates")
            check(figures["fairness"]["slowest_of_median"] > 0.5, str(figures["fairness"]))
            check(figures["server_process"]["memory_most_bytes"] > 0, "no memory of the server")
    with Daemon(source=STILL) as daemon:
        figures = load(f"127.0.0.1:{daemon.port()}", "--depth", "verify", "--mix", mix,
                       "--clients", "20", "--seconds", "1")
        check_served(figures, 20)
        check(figures["verify"]["equal"] == 20, str(figures["verify"]))


@case("typing, pointing, reconnecting")
def behaviour():
    with Daemon(source="pattern:1024x768") as daemon:
        figures = load(f"127.0.0.1:{daemon.port()}", "--clients", "20", "--seconds", "3",
                       "--typing", "2", "--pointing", "5", "--reconnect", "20% 1")
        check(figures["errors"] == {}, f"errors: {figures['errors']}")
        check(figures["connections"] > 24, f"{figures['connections']} connections")


SCRIPT = """
move 10,10
move 90,50 over 40ms   # two steps
press left
release left
type "c\u00fc" every 20ms
key Control_L+c
wheel down
"""
WANTED = [
    "pointer 10,10 0", "pointer 50,30 0", "pointer 90,50 0", "pointer 90,50 1", "pointer 90,50 0",
    "key 63 down", "key 63 up", "key fc down", "key fc up",
    "key ffe3 down", "key 63 down", "key 63 up", "key ffe3 up", "pointer 90,50 16", "pointer 90,50 0",
]  # fmt: skip


@case("a viewer plays a script, once or in a loop")
def script():
    for loops in (False, True):
        with LibVncServer(seconds=0, tells=True) as server, tempfile.NamedTemporaryFile("w") as file:
            file.write(SCRIPT + ("loop" if loops else ""))
            file.flush()
            figures = load(server.where, "--clients", "1", "--seconds", "1", "--script", file.name)
            check(figures["errors"] == {}, f"errors: {figures['errors']}")
            told = server.told()
            check(told[: len(WANTED)] == WANTED, f"{told}")
            check((len(told) > len(WANTED)) == loops, f"{len(told)} events")


@case("a mistake in a script is told with its place")
def script_with_mistake():
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("wait 1s\nclick there\n")
        file.flush()
        done = subprocess.run(
            [str(daemon_module.BINDIR / "covnc-load"), "127.0.0.1:1", "--script", file.name],
            capture_output=True, check=False, text=True)  # fmt: skip
        check(done.returncode == 2, f"status {done.returncode}")
        check(f"{file.name}:2: 'there' is none of left, middle, right" in done.stderr, done.stderr)


@case("key to pixel, over a link and without")
def key_to_pixel():
    # The pattern's list of events, which nothing but keys and buttons changes.
    with Daemon(source="pattern:1024x768") as daemon:
        figures = load(f"127.0.0.1:{daemon.port()}", "--clients", "2", "--seconds", "4",
                       "--probe", "670,310,330x400", "--probe-every", "0.7",
                       "--link", "50% 20mbit 200ms")
        check(figures["errors"] == {}, f"errors: {figures['errors']}")
        probes = figures["key_to_pixel"]
        check(set(probes) == {"", "20000 kbit/s, 200 ms"}, str(probes))
        check(all(times["count"] >= 2 for times in probes.values()), str(probes))
        # They type in turns: neither takes the other's key for its own.
        check(probes["20000 kbit/s, 200 ms"]["min_ms"] >= 200, str(probes))
        check(probes[""]["p50_ms"] < 150, str(probes))


@case("a server that is not there, or is not one, is an error that is counted")
def no_server():
    figures = load("127.0.0.1:1", "--clients", "3", "--seconds", "0.2", "--ramp", "0", status=1)
    check(figures["errors"] == {"connecting: Connection refused": 3}, str(figures["errors"]))
