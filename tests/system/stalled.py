"""Viewers that ask and never read."""

import time

from support import rfb
from support.case import case, check, wait_until
from support.daemon import MOVING, Daemon

ALONE = True

READERS = 1000
SECONDS = 20
SETTLED_AFTER = 5
MIB = 1024  # KiB


@case(f"{READERS} viewers that never read do not make it grow, and hold up nobody")
def stalled_readers():
    with Daemon(source=MOVING) as daemon:
        sockets = []
        for i in range(READERS):
            sock = rfb.connect(daemon.port())
            width, height, _ = rfb.handshake(sock)
            sock.sendall(rfb.set_encodings(rfb.RAW if i % 2 else rfb.ZRLE))
            sock.sendall(rfb.update_request(width, height))
            for _ in range(20):
                sock.sendall(rfb.update_request(width, height, incremental=True))
            sockets.append(sock)
        daemon.wait_for_log("connected: RFB", READERS)
        figures = measure(daemon)
        for sock in sockets:
            sock.close()
        wait_until(lambda: daemon.descriptors() < 30, "the stalled viewers have gone")
        return figures


def measure(daemon):
    """Memory over time, beside a viewer that reads. Returns the figures as text."""
    start = time.monotonic()
    settled = highest = 0
    updates = []  # the good viewer's, when each was there
    with rfb.Viewer(daemon.port()) as viewer:
        viewer.ask()
        while (now := time.monotonic() - start) < SECONDS:
            viewer.take_update()
            updates.append(now)
            viewer.ask(incremental=True)
            rss = daemon.rss()
            if now < SETTLED_AFTER:
                settled = max(settled, rss)
            highest = max(highest, rss)
    longest = max(b - a for a, b in zip(updates, updates[1:]))
    figures = (
        f"{settled / MIB:.0f} MiB after {SETTLED_AFTER} s, at most {highest / MIB:.0f} MiB; "
        f"good viewer: {len(updates) / SECONDS:.1f} updates/s, longest gap {longest:.2f} s"
    )
    check(highest - settled < 32 * MIB, f"it grew: {figures}")
    check(highest < 160 * MIB, f"it is large: {figures}")
    check(len(updates) > 5 * SECONDS and longest < 2, f"the good viewer waits: {figures}")
    return figures
