"""Real machines seen through covncd in real viewers. QEMU itself says what the picture has to be
(screendump), and a second machine that is typed on without us says what keys have to do."""

import functools

from support import pictures, rfb
from support.bus import Bus
from support.case import PATIENCE, case, check, equal, need, wait_until
from support.daemon import Daemon
from support.machine import Machine, grub, installer, memtest, seabios
from support.screen import Screen

VIEWERS = {
    "TigerVNC": lambda port: (
        "xtigervncviewer", "-ReconnectOnError=0", "-AlertOnFatalError=0", "-RemoteResize=0",
        "-Shared", f"127.0.0.1::{port}",
    ),
    "gvncviewer": lambda port: ("gvncviewer", f"127.0.0.1:{port - 5900}"),
    # Knows keysyms only, no scancodes.
    "xtightvncviewer": lambda port: (
        "xtightvncviewer", "-encodings", "copyrect hextile", f"127.0.0.1::{port}",
    ),
}

GVNCVIEWER_MENU = 25  # pixels

CASES = []


def daemon_for(machine):
    return Daemon(source=f"qemu:qmp={machine.qmp}")


class Seat:
    """A viewer on a screen of its own."""

    def __init__(self, viewer, port):
        self.viewer, self.port = viewer, port
        self.screen = Screen(1400, 900)
        self.place = None
        self.size = None

    def __enter__(self):
        self.screen.__enter__()
        self.program = self.screen.start(*VIEWERS[self.viewer](self.port))
        return self

    def __exit__(self, *details):
        self.screen.__exit__(*details)

    def shows(self, machine):
        """Whether the viewer shows what the machine shows now."""
        check(self.program.poll() is None, f"{self.viewer} ended: {self.screen.output()[-500:]}")
        wanted = machine.picture()
        return self.shows_picture(wanted)

    def shows_picture(self, wanted):
        if self.viewer == "gvncviewer" and self.size != (wanted.width, wanted.height):
            self.fit(wanted)
        self.place = pictures.locate(self.screen.shot(), wanted)
        return self.place is not None

    def fit(self, picture):
        """gvncviewer keeps its window's size when the machine's changes, and scales."""
        found = self.screen.run("xdotool", "search", "--sync", "--onlyvisible", "--class", "gvnc")
        window = found.split()[-1].decode()
        size = (picture.width, picture.height + GVNCVIEWER_MENU)
        self.screen.run("xdotool", "windowsize", window, *size)
        self.size = (picture.width, picture.height)

    def wait_for_picture(self, machine, what):
        # Something blinks on most screens, so the two have to be caught in the same moment.
        wait_until(lambda: self.shows(machine), f"{self.viewer} shows {what}", 2 * PATIENCE)

    def move(self, x, y):
        self.screen.run("xdotool", "mousemove", self.place[0] + x, self.place[1] + y)

    def focus(self):
        """There is no window manager to do it."""
        self.move(2, 2)
        text = self.screen.run("xdotool", "getmouselocation", "--shell").decode()
        window = dict(line.split("=") for line in text.split())["WINDOW"]
        self.screen.run("xdotool", "windowfocus", "--sync", window)

    def key(self, *names):
        self.screen.run("xdotool", "key", "--delay", "60", *names)

    def type(self, text):
        self.screen.run("xdotool", "type", "--delay", "60", text)


# --- text, keys, another resolution -------------------------------------------------------------

TYPED = 'covnc: "42" [ok] {A-Z} $100 50% #1'
SHIFTED = {
    ":": "semicolon", '"': "apostrophe", "{": "bracket_left", "}": "bracket_right",
    "$": "4", "%": "5", "#": "3",
}
PLAIN = {" ": "spc", "[": "bracket_left", "]": "bracket_right", "-": "minus"}


def press_character(machine, character):
    if character in SHIFTED:
        machine.press("shift", SHIFTED[character])
    elif character.isupper():
        machine.press("shift", character.lower())
    else:
        machine.press(PLAIN.get(character, character))


def lines_of_text(picture):
    """How many rows of pixels are not of one colour."""
    return sum(len(set(zip(*[iter(picture.row(y))] * 3))) > 1 for y in range(picture.height))


def is_menu(picture):
    return (picture.width, picture.height) == (720, 400) and lines_of_text(picture) > 150


def is_graphics(picture):
    return (picture.width, picture.height) == (1024, 768) and lines_of_text(picture) > 500


def start_command_line(machine):
    machine.wait_until_still(is_menu, "grub's menu")
    machine.press("ret")
    machine.wait_for(is_graphics, "graphics")
    machine.press("c")
    machine.wait_until_still(lambda picture: not is_graphics(picture), "the command line")


@functools.cache
def typed_without_us():
    """The command line of a machine that was typed on by QEMU."""
    with Machine(grub) as machine:
        start_command_line(machine)
        before = machine.picture()
        for character in TYPED:
            press_character(machine, character)
            before = machine.wait_for(lambda now, old=before: now.rgb != old.rgb, "a character")
        return before


def typing(viewer):
    with Machine(grub) as machine, daemon_for(machine) as daemon:
        start_command_line(machine)
        with Seat(viewer, daemon.port()) as seat:
            seat.wait_for_picture(machine, "the command line")
            seat.focus()
            seat.type(TYPED)
            wanted = typed_without_us()
            machine.wait_for(lambda now: now.rgb == wanted.rgb, f"the line {TYPED}")
            seat.wait_for_picture(machine, "the line")


def text_to_graphics(viewer):
    with Machine(grub) as machine, daemon_for(machine) as daemon, Seat(viewer, daemon.port()) as seat:
        menu = machine.wait_until_still(is_menu, "grub's menu")
        seat.wait_for_picture(machine, "the menu in text mode")
        seat.focus()
        seat.key("Down")
        machine.wait_for(lambda now: now.rgb != menu.rgb, "the second entry")
        seat.wait_for_picture(machine, "the second entry")
        seat.key("Up")
        machine.wait_for(lambda now: now.rgb == menu.rgb, "the first entry again")
        seat.key("Return")
        machine.wait_for(is_graphics, "graphics of 1024x768")
        seat.wait_for_picture(machine, "the new resolution")


for each in ("TigerVNC", "gvncviewer"):
    CASES.append((
        f"{each} on a boot loader: a text menu, arrow keys, from 720x400 to 1024x768",
        lambda viewer=each: text_to_graphics(viewer),
    ))
for each in VIEWERS:
    CASES.append((
        f"{each} on a boot loader: a line typed gives what the machine's own keyboard gives",
        lambda viewer=each: typing(viewer),
    ))


# --- graphics, mouse ----------------------------------------------------------------------------


def is_selected(picture, y):
    """Whether the installer's list has its bar in this row of pixels."""
    red, green, blue = picture.pixel(1000, y)
    return red < 80 < green and blue > 80


def selection(picture):
    if (picture.width, picture.height) != (1280, 800):
        return None
    return next((y for y in range(150, 740) if is_selected(picture, y)), None)


@case("TigerVNC and gvncviewer on a graphical installer: picture, mouse and keys, 800x600 to 1280x800")
def graphical_machine():
    with Machine(installer) as machine, daemon_for(machine) as daemon:
        with Seat("TigerVNC", daemon.port()) as first, Seat("gvncviewer", daemon.port()) as second:
            first.wait_for_picture(machine, "the machine as it starts")
            second.wait_for_picture(machine, "the machine as it starts")
            picture = machine.wait_for(selection, "the list of languages", 180)
            for seat in (first, second):
                seat.wait_for_picture(machine, "the list")
                seat.focus()
                # Another language by mouse, the next one by keyboard.
                before = selection(picture)
                aim = before - 60 if seat is first else before + 60
                seat.move(500, aim)
                wait_until(lambda s=seat: s.shows(machine), "the machine's own pointer is followed")
                seat.screen.run("xdotool", "click", "1")
                picture = machine.wait_for(
                    lambda now, y=aim: selection(now) and is_selected(now, y), "the row clicked on"
                )
                clicked = selection(picture)
                seat.key("Down")
                picture = machine.wait_for(
                    lambda now, y=clicked: (selection(now) or 0) > y, "the next row"
                )
            first.wait_for_picture(machine, "what the other did")
            second.wait_for_picture(machine, "what it did")


# --- machines that come and go ------------------------------------------------------------------


@case("a killed QEMU leaves its viewers with a frame that says so; it is back when it returns")
def killed_machine():
    with Machine(seabios) as machine, daemon_for(machine) as daemon:
        with Seat("TigerVNC", daemon.port()) as first, Seat("gvncviewer", daemon.port()) as second:
            for seat in (first, second):
                seat.wait_for_picture(machine, "the machine")
            with rfb.Viewer(daemon.port()) as viewer:
                equal((viewer.width, viewer.height), (720, 400), "the display's size")
                machine.kill()
                daemon.wait_for_log("no signal: .*", 1)
                for seat in (first, second):
                    wait_until(lambda s=seat: shows_words(s, viewer), "a frame that says so")
            machine.start()
            for seat in (first, second):
                seat.wait_for_picture(machine, "the machine again")
            equal(len(daemon.log_lines("viewer .* left")), 1, "viewers that left")  # our own


def shows_words(seat, viewer):
    picture = pictures.Picture(viewer.width, viewer.height, viewer.picture())
    # SeaBIOS writes in the top fifth only.
    has_words = lines_of_text(picture.part(0, 100, picture.width, 200)) > 5
    return has_words and seat.shows_picture(picture)


@case("a machine on a bus is found when it comes, and again when it comes back")
def machine_on_a_bus():
    with Bus() as bus, Daemon(source=f"qemu:bus={bus.address}") as daemon:
        with Machine(seabios, display=f"dbus,addr={bus.address}") as machine:
            with Seat("TigerVNC", daemon.port()) as seat:
                seat.wait_for_picture(machine, "the machine")
                machine.kill()
                daemon.wait_for_log("no signal: .*", 2)
                machine.start()
                seat.wait_for_picture(machine, "the machine again")


@case("a machine that draws without pause is followed, and stops for nobody")
def busy_machine():
    with Machine(memtest) as machine, daemon_for(machine) as daemon:
        machine.wait_for(lambda now: lines_of_text(now) > 150, "the test's screen")
        with Seat("TigerVNC", daemon.port()) as seat, rfb.Viewer(daemon.port()) as viewer:
            seen = set()
            wait_until(lambda: seen.add(viewer.picture()) or len(seen) >= 5, "five pictures")
            # Caught in the same moment: covncd is never far behind.
            seat.wait_for_picture(machine, "the picture of now")
