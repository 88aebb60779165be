"""Texts that are copied beside one real viewer are pasted beside another, or in a guest."""

import subprocess

from support import rfb
from support.bus import Bus
from support.case import case, equal, need, wait_until
from support.daemon import Daemon, STILL
from support.machine import Machine, agent
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


# --- a guest with an agent ------------------------------------------------------------------------

BOOT = 60  # seconds


def copy_until_answered(viewer, text, seconds=10):
    """The guest copies what it pastes. It may not be up, then nothing comes of it."""

    def answer():
        viewer.sock.sendall(rfb.cut_text(text))
        return rfb.next_cut_text(viewer.sock, 2)

    return wait_until(answer, f"the guest's answer to {text[:20]!r}", seconds)


def copy_to_guest_and_back(daemon):
    with rfb.Viewer(daemon.port()) as viewer:
        equal(copy_until_answered(viewer, "hello", BOOT), "[HELLO]", "what the guest copied")
        for text in ("Gr\xfc\xdfe\nzwei", "x" * 20000, "last"):
            with rfb.Viewer(daemon.port()) as other:
                viewer.sock.sendall(rfb.cut_text(text))
                wanted = "[" + "".join(c.upper() if c < "\x80" else c for c in text) + "]"
                equal(rfb.next_cut_text(viewer.sock, 20), wanted, "what the guest copied")
                # Another viewer may be told of the newest text only.
                told = rfb.next_cut_text(other.sock, 20)
                if told != wanted:
                    equal(told, text, "what another viewer is told first")
                    equal(rfb.next_cut_text(other.sock, 20), wanted, "and then")


@case("a guest's agent pastes what viewers copy, and the other way round")
def guest_without_a_bus():
    with Machine(agent) as machine:
        with Daemon(source=f"qemu:qmp={machine.qmp}") as daemon:
            copy_to_guest_and_back(daemon)
            daemon.process.kill()
            daemon.process.wait()
            daemon.ended = True
        # The next one finds QEMU with a peer that is gone.
        with Daemon(source=f"qemu:qmp={machine.qmp}") as daemon:
            copy_to_guest_and_back(daemon)


@case("a guest's agent on a bus likewise; with --clipboard off nothing goes either way")
def guest_on_a_bus():
    with Bus() as bus, Machine(agent, display=f"dbus,addr={bus.address}"):
        with Daemon(source=f"qemu:bus={bus.address}") as daemon:
            copy_to_guest_and_back(daemon)
        with Daemon("--clipboard", "off", source=f"qemu:bus={bus.address}") as daemon:
            with rfb.Viewer(daemon.port()) as viewer:
                viewer.picture()
                viewer.sock.sendall(rfb.cut_text("not for you"))
                equal(rfb.next_cut_text(viewer.sock, 2), None, "what comes back")
