"""Texts that are copied beside one real viewer are pasted beside another."""

import subprocess

from support.case import need, wait_until
from support.daemon import Daemon, STILL
from support.screen import Screen

CASES = []


def viewer(screen, daemon):
    """TigerVNC's, with the keyboard's focus: without it, it keeps texts to itself."""
    screen.start(
        "xtigervncviewer",
        "-ReconnectOnError=0",
        "-AlertOnFatalError=0",
        "-RemoteResize=0",
        "-Log=*:stderr:100",
        f"127.0.0.1::{daemon.port()}",
    )
    wait_until(lambda: "continuous updates" in screen.output(), "the viewer's picture")
    window = screen.run("xdotool", "search", "--onlyvisible", "--name", "covnc").split()[-1]
    screen.run("xdotool", "windowfocus", window.decode())


def copy(screen, text):
    """xclip stays, to hand the text out; it ends with its screen."""
    path = screen.path / "copied"
    path.write_text(text)
    screen.start("xclip", "-selection", "clipboard", "-in", "-quiet", path)


def pasted(screen):
    done = subprocess.run(
        [need("xclip"), "-selection", "clipboard", "-out"],
        env=screen.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    return done.stdout.decode(errors="replace")


def from_one_to_the_other():
    with Daemon(source=STILL) as daemon, Screen() as one, Screen() as other:
        viewer(one, daemon)
        viewer(other, daemon)
        for text in ("Grüße: 5 €\nund noch eine Zeile\n", "x" * 100000):
            copy(one, text)
            wait_until(lambda t=text: pasted(other) == t, "the text beside the other viewer")
        copy(other, "and back")
        wait_until(lambda: pasted(one) == "and back", "the text beside the first viewer")


CASES.append(("TigerVNC's viewers copy and paste through covncd", from_one_to_the_other))
