#!/usr/bin/env python3
"""Makes the recordings beside this script again, from free programs on an Xvnc of their own.

    tools/bench/recordings/make.py BINDIR [NAME...]

BINDIR: where covnc-bench is. Wants the Debian packages tigervnc-standalone-server, xterm, openbox,
mousepad, imagemagick, x11-apps, x11-xserver-utils and xdotool.
"""

import math
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tests" / "system"))
sys.dont_write_bytecode = True

from support.case import wait_until  # noqa: E402
from support.screen import XvncScreen  # noqa: E402

WIDTH, HEIGHT = 1024, 768
FRAME = 1 / 30


def sleep_until(due):
    time.sleep(max(0.0, due - time.monotonic()))


def desktop(screen):
    """A window manager over a plain pattern."""
    screen.run("xsetroot", "-mod", "16", "16", "-fg", "#33557a", "-bg", "#2b4a6b")
    screen.start("openbox", "--config-file", "/etc/xdg/openbox/rc.xml")
    time.sleep(1)


def window_of(screen, title):
    """The number of the window with this title, once it is there."""

    def search():
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--name", title],
                               env=screen.environment, capture_output=True, check=False, text=True)
        return found.stdout.split()

    return wait_until(search, f"a window '{title}'")[-1]


def terminal(screen):
    """An xterm in which the project's own README scrolls by, some 14 lines a second."""
    script = screen.path / "show"
    go = screen.path / "go"
    files = f"'{ROOT}/README.md' '{ROOT}/docs/architecture.md'"
    script.write_text(
        f"head -n 60 {files}\n"
        f"while [ ! -e {go} ]; do sleep 0.05; done\n"
        f"grep -hn . {files} | while IFS= read -r line; do\n"
        "  printf '\\033[32m%s\\033[0m %s\\n' \"${line%%:*}\" \"${line#*:}\"; sleep 0.06\n"
        "done\n"
        "sleep 1000\n"
    )
    screen.start("xterm", "-geometry", "132x44+60+30", "-fa", "DejaVu Sans Mono", "-fs", "9",
                 "-bg", "black", "-fg", "grey85", "-T", "terminal", "-e", "bash", str(script))
    window_of(screen, "terminal")
    time.sleep(1)
    return go.touch


def window(screen):
    """A window that moves in a circle over a desktop with two others."""
    desktop(screen)
    screen.start("xclock", "-geometry", "160x160+820+40", "-update", "1")
    screen.start("xterm", "-geometry", "80x24+40+380", "-T", "still", "-e", "bash", "-c",
                 f"head -n 22 '{ROOT}/README.md'; sleep 1000")
    screen.start("xterm", "-geometry", "66x20+300+100", "-T", "dragged", "-bg", "ivory", "-e",
                 "bash", "-c", f"head -n 18 '{ROOT}/docs/architecture.md'; sleep 1000")
    dragged = window_of(screen, "dragged")
    time.sleep(1)
    screen.run("xdotool", "windowactivate", "--sync", dragged)

    def drag():
        started = time.monotonic()
        for step in range(1, 180):
            sleep_until(started + step * FRAME)
            angle = step / 30
            screen.run("xdotool", "windowmove", dragged, str(300 + round(180 * math.sin(angle))),
                       str(100 + round(110 * (1 - math.cos(angle)))))

    return drag


def typing(screen):
    """Text that is typed into an editor, nine letters a second."""
    desktop(screen)
    text = screen.path / "notes.txt"
    shutil.copy(ROOT / "docs" / "coroutine-pitfalls.md", text)
    settings = screen.path / "glib-2.0" / "settings"
    settings.mkdir(parents=True)
    (settings / "keyfile").write_text(
        "[org/xfce/mousepad/preferences/window]\npath-in-title=false\n")
    command = ["env", "GSETTINGS_BACKEND=keyfile", f"XDG_CONFIG_HOME={screen.path}", "mousepad",
               "--disable-server", str(text)]
    if os.geteuid() == 0:  # Mousepad warns root, in red
        for path in (screen.path, *screen.path.rglob("*")):
            os.chown(path, 65534, 65534)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]
    screen.start(*command)
    editor = window_of(screen, "notes.txt")
    screen.run("xdotool", "windowsize", "--sync", editor, "800", "640")
    screen.run("xdotool", "windowmove", editor, "100", "60")
    time.sleep(2)
    screen.run("xdotool", "windowactivate", "--sync", editor)

    def write():
        for line in ("A viewer types here, and whoever looks on sees it.",
                     "What is written is encoded once, for all of them."):
            screen.run("xdotool", "type", "--delay", "110", line)
            screen.run("xdotool", "key", "Return")

    return write


def photo(screen):
    """A picture like a photograph, whose window moves to and fro."""
    desktop(screen)
    picture = screen.path / "picture.png"
    screen.run("convert", "-size", "360x270", "-seed", "7", "plasma:tomato-steelblue", "-blur",
               "0x1", str(picture))
    screen.start("display", "-title", "picture", str(picture))
    shown = window_of(screen, "picture")
    time.sleep(1)

    def move():
        started = time.monotonic()
        for step in range(1, 160):
            sleep_until(started + step * FRAME)
            screen.run("xdotool", "windowmove", shown, str(300 + round(200 * math.sin(step / 20))),
                       str(200 + round(60 * math.sin(step / 13))))

    return move


SCENES = {"terminal": (terminal, 7), "window": (window, 5), "typing": (typing, 12),
          "photo": (photo, 5)}


def make(bindir, name):
    scene, seconds = SCENES[name]
    with XvncScreen(WIDTH, HEIGHT) as screen:
        act = scene(screen)
        acting = threading.Thread(target=act, daemon=True)
        recording = subprocess.Popen([bindir / "covnc-bench", "record", f"unix:{screen.rfb_path}",
                                      str(HERE / f"{name}.cvs"), "--seconds", str(seconds)],
                                     stdout=subprocess.PIPE, text=True)
        time.sleep(0.3)
        acting.start()
        output, _ = recording.communicate(timeout=seconds + 20)
        size = (HERE / f"{name}.cvs").stat().st_size
        print(f"{name}: {output.strip()}, {size} bytes")
        acting.join(20)
        return recording.returncode


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip())
        return 2
    bindir = pathlib.Path(sys.argv[1]).resolve()
    names = sys.argv[2:] or list(SCENES)
    return max(make(bindir, name) for name in names)


if __name__ == "__main__":
    sys.exit(main())
