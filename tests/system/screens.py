"""A Linux guest with two outputs on one graphics card: its pictures side by side, and one tablet."""

import contextlib
import struct

from support import pictures, rfb
from support.case import case, check, equal, wait_until
from support.daemon import Daemon
from support.machine import Machine, tablet_for_each, two_outputs

BOOTING = 120  # seconds, on a busy machine
EXTENDED_DESKTOP_SIZE = -308
EVENT = struct.Struct("<qqHHi")  # of Linux: time, type, code, value
ABSOLUTE, ABS_X, ABS_Y, TABLET_END = 3, 0, 1, 0x7FFF
NEAR = 2 / 400  # two pixels of the shortest side
SCREENS = [(1, 0, 0, 800, 600), (2, 800, 0, 640, 400)]


def wish(viewer, first, second):
    """SetDesktopSize: two screens beside each other."""
    sizes = first, second
    whole = first[0] + second[0], max(first[1], second[1])
    message = struct.pack(">BxHHBx", 251, *whole, 2)
    for number, (width, height) in enumerate(sizes):
        message += struct.pack(">IHHHHI", number + 1, number * first[0], 0, width, height, 0)
    viewer.sock.sendall(message)


def layout(viewer):
    """The screens that viewers are told of: id, x, y, width, height of each. Not twice in a viewer."""
    viewer.sock.sendall(rfb.set_encodings(rfb.RAW, EXTENDED_DESKTOP_SIZE))
    viewer.ask(incremental=True)
    kind, count = struct.unpack(">BxH", rfb.read(viewer.sock, 4))
    check((kind, count) == (0, 1), f"message {kind} with {count} rectangles")
    *_, encoding = struct.unpack(">HHHHi", rfb.read(viewer.sock, 12))
    equal(encoding, EXTENDED_DESKTOP_SIZE, "encoding")
    (screens,) = struct.unpack(">Bxxx", rfb.read(viewer.sock, 4))
    each = (struct.unpack(">IHHHHI", rfb.read(viewer.sock, 16)) for _ in range(screens))
    return [screen[:5] for screen in each]


def shows_both(machine, daemon):
    """Whether viewers see both outputs, the second one right of the first, as QEMU has them."""
    first, second = (machine.picture(device="v", head=head) for head in (0, 1))
    size = first.width + second.width, max(first.height, second.height)
    with rfb.Viewer(daemon.port()) as viewer:
        if (viewer.width, viewer.height) != size:
            return False
        shown = pictures.Picture(*size, viewer.picture())
    left = shown.part(0, 0, first.width, first.height)
    right = shown.part(first.width, 0, second.width, second.height)
    return (left.rgb, right.rgb) == (first.rgb, second.rgb)


class Guest:
    """A machine that has booted, shown by a covncd, its outputs 800x600 and 640x400 large."""

    def __init__(self, arguments, options=""):
        self.machine = Machine(arguments)
        self.options = options
        self.scope = contextlib.ExitStack()
        self.daemon = None
        self.serial = None

    def __enter__(self):
        with contextlib.ExitStack() as scope:
            scope.enter_context(self.machine)
            source = f"qemu:qmp={self.machine.qmp},console=all{self.options}"
            self.daemon = scope.enter_context(Daemon(source=source))
            self.serial = scope.enter_context(self.machine.serial())
            self.boot()
            self.scope = scope.pop_all()
        return self

    def __exit__(self, *error):
        return self.scope.__exit__(*error)

    def boot(self):
        self.daemon.wait_for_log("showing 2 consoles of covnc-test", 1)
        self.serial.settimeout(BOOTING)
        said = b""
        while not said.endswith(b"[ready]\n"):
            said += rfb.read(self.serial, 1)
        with rfb.Viewer(self.daemon.port()) as viewer:
            before = [(1, 0, 0, 1280, 800), (2, 1280, 0, 640, 480)]  # QEMU's own sizes
            equal(layout(viewer), before, "the screens at first")
            wish(viewer, (800, 600), (640, 400))
            wait_until(lambda: self.layout() == SCREENS, "both have the sizes", BOOTING)

    def layout(self):
        with rfb.Viewer(self.daemon.port()) as viewer:
            return layout(viewer)

    def wait_for_place(self, x, y):
        """Until a tablet of the guest is there: parts of its whole way."""
        place = {}
        while True:
            *_, kind, axis, value = EVENT.unpack(rfb.read(self.serial, EVENT.size))
            if kind == ABSOLUTE:
                place[axis] = value / TABLET_END
            if abs(place.get(ABS_X, -1) - x) < NEAR and abs(place.get(ABS_Y, -1) - y) < NEAR:
                return


@case("a guest's two outputs stand side by side, in the sizes that a viewer wishes")
def two_screens():
    with Guest(two_outputs) as guest:
        wait_until(lambda: shows_both(guest.machine, guest.daemon), "both outputs are shown")


@case("one tablet spans both outputs")
def one_tablet():
    with Guest(two_outputs) as guest, rfb.Viewer(guest.daemon.port()) as viewer:
        for x, y in (10, 10), (1430, 390), (720, 590), (1000, 5):
            viewer.sock.sendall(rfb.pointer_event(x, y, 0))
            guest.wait_for_place(x / 1440, y / 600)


@case("each of two tablets has its own output")
def two_tablets():
    with Guest(tablet_for_each, ",tablets=each") as guest:
        with rfb.Viewer(guest.daemon.port()) as viewer:
            for x, y in (10, 10), (790, 590):
                viewer.sock.sendall(rfb.pointer_event(x, y, 0))
                guest.wait_for_place(x / 800, y / 600)
            for x, y in (10, 390), (630, 10):
                viewer.sock.sendall(rfb.pointer_event(800 + x, y, 0))
                guest.wait_for_place(x / 640, y / 400)
