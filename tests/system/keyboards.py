"""A real Linux guest in five layouts: what arrives there of what is typed, by keysym and by scancode."""

import re
import struct

from support import rfb
from support.case import PATIENCE, check, equal
from support.daemon import Daemon
from support.machine import Machine, typed_guest

EXTENDED_KEY = -258
BOOTING = 120  # seconds, on a busy machine

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
COMMON = LETTERS + LETTERS.upper() + DIGITS + " !\"#$%&'()*+,-./:;<=>?@[\\]_{|}"

# What a person types on each layout, with Shift, AltGr and accents that are keys of their own.
CHARACTERS = {
    "us": COMMON + "^`~",
    "de": COMMON + "äöüÄÖÜß€§°~µ²³" + "^`éèâÉÊ",
    "fr": COMMON + "àçèéùµ§£€¤²°" + "^`~âêîôûëïüÂÊ",
    "es": COMMON + "ñÑçÇ¿¡ºª·€¬" + "^`~áéíóúÁÉÍÓÚàèüÜ",
    "jp": COMMON + "^`~",
}

# Keys by place, row by row, and what each layout has there.
ROWS = {
    "numbers": list(range(0x02, 0x0E)),
    "upper": list(range(0x10, 0x1C)),
    "middle": list(range(0x1E, 0x29)) + [0x2B],
    "lower": [0x56] + list(range(0x2C, 0x36)),
}
SHIFT, ALT_GR = 0x2A, 0xB8
YEN, RO = 0x7D, 0x73
# "": a key that types nothing alone, or is not on that keyboard.
PLACES = {
    "us": {
        "numbers": "1234567890-=", "upper": "qwertyuiop[]", "middle": "asdfghjkl;'\\",
        "lower": ["", *"zxcvbnm,./"],
    },
    "de": {
        "numbers": [*"1234567890ß", ""], "upper": "qwertzuiopü+", "middle": "asdfghjklöä#",
        "lower": "<yxcvbnm,.-",
    },
    "fr": {
        "numbers": "&é\"'(-è_çà)=", "upper": [*"azertyuiop", "", "$"], "middle": "qsdfghjklmù*",
        "lower": "<wxcvbn,;:!",
    },
    "es": {
        "numbers": "1234567890'¡", "upper": [*"qwertyuiop", "", "+"],
        "middle": [*"asdfghjklñ", "", "ç"], "lower": "<zxcvbnm,.-",
    },
    "jp": {
        "numbers": "1234567890-^", "upper": "qwertyuiop@[", "middle": "asdfghjkl;:]",
        "lower": ["", *"zxcvbnm,./"],
    },
}  # fmt: skip
# Modifier, key, character.
HELD = {
    "us": [(SHIFT, 0x03, "@"), (SHIFT, 0x10, "Q"), (SHIFT, 0x2B, "|")],
    "de": [(SHIFT, 0x08, "/"), (ALT_GR, 0x10, "@"), (ALT_GR, 0x12, "€"), (ALT_GR, 0x0C, "\\")],
    "fr": [(SHIFT, 0x02, "1"), (ALT_GR, 0x0B, "@"), (ALT_GR, 0x12, "€"), (SHIFT, 0x34, "/")],
    "es": [(SHIFT, 0x08, "/"), (ALT_GR, 0x03, "@"), (ALT_GR, 0x12, "€"), (ALT_GR, 0x28, "{")],
    "jp": [(SHIFT, 0x03, '"'), (SHIFT, 0x0D, "~"), (SHIFT, RO, "_"), (SHIFT, YEN, "|")],
}
CASES = []


class Guest:
    """What it says on its serial port."""

    def __init__(self, machine):
        self.serial = machine.serial()
        self.heard = b""

    def wait_for(self, pattern, seconds=PATIENCE):
        """Returns what came up to there."""
        self.serial.settimeout(seconds)
        while not (found := re.search(pattern, self.heard)):
            piece = self.serial.recv(4096)
            check(piece != b"", f"the guest is gone; it said {self.heard!r}")
            self.heard += piece
        before, self.heard = self.heard[: found.end()], self.heard[found.end() :]
        return before

    def take(self, text, seconds=2):
        """What came instead; nothing where it is the text."""
        wanted = text.encode()
        self.serial.settimeout(seconds)
        try:
            while len(self.heard) < len(wanted):
                self.heard += self.serial.recv(4096)
        except TimeoutError:
            pass
        got, self.heard = self.heard, b""
        return None if got == wanted else got.decode(errors="replace")

    def choose(self, layout):
        self.serial.sendall(layout.encode() + b"\n")
        answer = self.wait_for(rb"\[\w+ \d+\]\r?\n").decode().strip()
        equal(answer, f"[{layout} 0]", "loadkeys")


def keysym(character):
    """Latin-1 is as it is, the rest by way of Unicode; X has an older number for the euro sign."""
    code = ord(character)
    if character == "€":
        return 0x20AC
    return code if code < 0x100 else 0x1000000 + code


def wrong_keysyms(guest, viewer, layout):
    wrong = {}
    for character in CHARACTERS[layout]:
        for down in (True, False):
            viewer.sock.sendall(rfb.key_event(keysym(character), down))
        got = guest.take(character)
        if got is not None:
            wrong[character] = got
    return wrong


def learn_scancodes(viewer):
    """They may be sent once the server has said so, in an update."""
    viewer.sock.sendall(rfb.set_encodings(rfb.RAW, EXTENDED_KEY) + rfb.update_request(1, 1))
    encodings = []
    while EXTENDED_KEY not in encodings:
        (count,) = struct.unpack(">xxH", rfb.read(viewer.sock, 4))
        for _ in range(count):
            width, height, encoding = struct.unpack(">xxxxHHi", rfb.read(viewer.sock, 12))
            encodings.append(encoding)
            if encoding == rfb.RAW:
                rfb.read(viewer.sock, width * height * 4)


def places_of(layout):
    for row, codes in ROWS.items():
        yield from ((None, code, text) for code, text in zip(codes, PLACES[layout][row]) if text)
    yield from HELD[layout]
    if layout == "jp":
        yield from ((None, YEN, "\\"), (None, RO, "\\"))  # XKB's and Debian's jp has no yen


def wrong_places(guest, viewer, layout):
    wrong = {}
    for modifier, code, character in places_of(layout):
        # What the viewer takes the key for must not matter.
        press = [(code, True), (code, False)]
        if modifier is not None:
            press = [(modifier, True), *press, (modifier, False)]
        for which, down in press:
            viewer.sock.sendall(rfb.scancode_event(0x78, which, down))
        got = guest.take(character)
        if got is not None:
            wrong[character] = got
    return wrong


def types_in_five_layouts():
    with Machine(typed_guest) as machine:
        guest = Guest(machine)
        guest.wait_for(rb"\[ready\]\r?\n", BOOTING)
        figures = []
        for layout in CHARACTERS:
            guest.choose(layout)
            with Daemon(source=f"qemu:qmp={machine.qmp},layout={layout}") as daemon:
                daemon.wait_for_log("showing console")
                with rfb.Viewer(daemon.port()) as viewer:
                    wrong = wrong_keysyms(guest, viewer, layout)
                    check(not wrong, f"{layout}, by keysym: {wrong}")
                    learn_scancodes(viewer)
                    wrong = wrong_places(guest, viewer, layout)
                    check(not wrong, f"{layout}, by scancode: {wrong}")
            figures.append(f"{layout} {len(CHARACTERS[layout])} + {len(list(places_of(layout)))}")
        return ", ".join(figures) + " characters"


CASES.append(("five layouts typed into a Linux guest, by keysym and by scancode", types_in_five_layouts))
