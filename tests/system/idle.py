"""What covncd does while nothing happens: nothing."""

import pathlib
import re
import time

from support import rfb
from support.case import case, check
from support.daemon import Daemon

ALONE = True

VIEWERS = 100
SECONDS = 5


@case(f"{VIEWERS} viewers of a still display wake it never")
def still_display():
    with Daemon() as daemon:
        viewers = [rfb.Viewer(daemon.port()) for _ in range(VIEWERS)]
        for viewer in viewers:
            viewer.ask()
            viewer.take_update()
            viewer.ask(incremental=True)
        before = settle(daemon)
        time.sleep(SECONDS)
        woken = wakeups(daemon) - before
        for viewer in viewers:
            viewer.close()
        check(woken == 0, f"{woken} wakeups in {SECONDS} s")
        return f"0 wakeups in {SECONDS} s"


def settle(daemon):
    """Waits until a second has passed without a wakeup, and returns their number."""
    deadline = time.monotonic() + 20
    count = wakeups(daemon)
    while time.monotonic() < deadline:
        time.sleep(1)
        if wakeups(daemon) == count:
            return count
        count = wakeups(daemon)
    return count


def wakeups(daemon):
    """How often any of its threads has gone to sleep so far, which is how often one was woken."""
    total = 0
    for status in pathlib.Path(f"/proc/{daemon.pid()}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M)[1])
    return total
