"""Keys and the pointer in real viewers arrive at the pattern, which shows what it is told."""

from support import rfb
from support.case import case, check, wait_until
from support.daemon import MOVING, Daemon
from support.pictures import HEIGHT, WIDTH, Picture
from support.screen import Screen

# Where the pattern of 640x480 has its parts (src/sources/pattern_layout.cpp).
CONSOLE = (12, 436, 616, 32)
CONSOLE_TEXT = (20, 440)
GLYPH = (10, 20)
CANVAS = (12, 292, 391, 132)
PANEL = (0x16, 0x1D, 0x2B)

TEXT = "covnc 42 ok"
DRAG = [(60, 350), (120, 400), (200, 330), (300, 380)]


def picture(viewer):
    return Picture(WIDTH, HEIGHT, viewer.picture())


def typed(viewer, text):
    """The console's line up to the blinking caret, "> " included."""
    return picture(viewer).part(*CONSOLE_TEXT, GLYPH[0] * (2 + len(text)), GLYPH[1])


def typed_by_us(text):
    """What the line looks like in a daemon of its own, where the keys came from our own viewer."""
    with Daemon(source=MOVING) as daemon, rfb.Viewer(daemon.port()) as viewer:
        viewer.type_keys(text)
        # What waits for keys is written in a darker colour.
        wait_until(lambda: max(last_glyph(typed(viewer, text)).rgb) > 0xC0, "the text is there")
        return typed(viewer, text)


def last_glyph(line):
    return line.part(line.width - GLYPH[0], 0, *GLYPH)


def find_window(screen, pattern):
    """Waits until the viewer shows the display; returns where its top left corner is."""
    x, y_inside, width = 12, 40, 160  # a row through the large title
    title = pattern.row(y_inside, x, width)

    def place():
        shot = screen.shot()
        for y in range(shot.height):
            at = shot.row(y).find(title)
            if at >= 0 and at % 3 == 0:
                return at // 3 - x, y - y_inside
        return None

    return wait_until(place, "the viewer shows the pattern")


def check_input(start):
    """start(screen, port) starts a viewer."""
    wanted = typed_by_us(TEXT)
    with Daemon(source=MOVING) as daemon, Screen() as screen, rfb.Viewer(daemon.port()) as watcher:
        start(screen, daemon.port())
        daemon.wait_for_log("connected: RFB", 2)
        left, top = find_window(screen, picture(watcher))

        def move(x, y):
            screen.run("xdotool", "mousemove", left + x, top + y)

        # There is no window manager: the window under the pointer has to be told that it is active.
        move(CONSOLE[0] + 300, CONSOLE[1] - 5)
        place = screen.run("xdotool", "getmouselocation", "--shell").decode()
        window = dict(line.split("=") for line in place.split())["WINDOW"]
        screen.run("xdotool", "windowfocus", "--sync", window)
        screen.run("xdotool", "type", "--delay", "30", TEXT)
        wait_until(
            lambda: typed(watcher, TEXT).rgb == wanted.rgb, f"the console shows '{TEXT}'"
        )
        before = picture(watcher)
        move(*DRAG[0])
        screen.run("xdotool", "mousedown", "1")
        for point in DRAG[1:]:
            move(*point)
            # Moves on the way may be left out, but not where the pointer rests.
            wait_until(lambda p=point: picture(watcher).pixel(*p) != PANEL, f"a stroke to {point}")
        screen.run("xdotool", "mouseup", "1")
        wait_until(lambda: drawn(before, picture(watcher)), "the line that was drawn")


def drawn(before, after):
    """Whether there are strokes from each point to the next, and nowhere else."""
    for (x1, y1), (x2, y2) in zip(DRAG, DRAG[1:]):
        for i in range(11):
            x, y = x1 + (x2 - x1) * i // 10, y1 + (y2 - y1) * i // 10
            if after.pixel(x, y) == PANEL:
                return False
    x, y, width, _ = CANVAS
    for other in (y + 25, y + 127):  # above and below the strokes
        check(after.row(other, x, width) == before.row(other, x, width), "strokes elsewhere")
    return True


@case("TigerVNC types and draws")
def tigervnc_input():
    check_input(
        lambda screen, port: screen.start(
            "xtigervncviewer", "-ReconnectOnError=0", "-AlertOnFatalError=0", "-RemoteResize=0",
            "-Shared", f"127.0.0.1::{port}",
        )
    )


@case("gvncviewer types and draws")
def gvncviewer_input():
    check_input(lambda screen, port: screen.start("gvncviewer", f"127.0.0.1:{port - 5900}"))


@case("xtightvncviewer types and draws")
def tightvnc_input():
    check_input(
        lambda screen, port: screen.start(
            "xtightvncviewer", "-encodings", "copyrect hextile", f"127.0.0.1::{port}"
        )
    )
