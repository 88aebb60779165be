"""covnc-load with the servers of others: every depth, every encoding that they know."""

import threading

from load import check_served, load
from qemu import lines_of_text
from support.case import case, check
from support.peers import LibVncServer, QemuVnc
from support.screen import XvncScreen

ALONE = True

DEPTHS = ("parse", "decode", "verify")
RAMP = 4.0  # seconds; others accept slowly while they serve
SECONDS = 2.0
QEMU_SECONDS = 5.0  # it looks at a quiet screen every three seconds only


def mix_of(kinds):
    """Equal shares."""
    share = 100 / len(kinds)
    return ", ".join(f"{share:.6f}% {kind}" for kind in kinds)


def play(where, depth, kinds, seconds=SECONDS):
    """One viewer of each kind."""
    figures = load(where, "--mix", mix_of(kinds), "--depth", depth, "--clients", str(len(kinds)),
                   "--seconds", str(seconds), "--ramp", str(RAMP))  # fmt: skip
    check_served(figures, len(kinds))
    return figures


def check_encodings(figures, kinds, fallbacks=()):
    """Every kind got what it asked for, and not something that is always right."""
    for kind in kinds:
        wanted = kind.split("-")[0]
        sent = figures["encodings"].get(kind, {})
        check(sent.get(wanted, 0) > 0 or kind in fallbacks, f"{kind} was sent {sent}")


def check_pixels(figures, lossy=0):
    verify = figures["verify"]
    check(verify["went_quiet"], "the display did not go quiet")
    check(verify["compared"] == figures["clients"], str(verify))
    check(verify["lossy"] == lossy, str(verify))
    check(verify["equal"] == verify["compared"] - lossy, str(verify))


@case("LibVNCServer in every encoding, at every depth")
def libvncserver():
    lossless = ["raw", "rre", "corre", "hextile", "zlib", "tight", "zrle", "raw-16bpp", "rre-16bpp",
                "corre-16bpp", "hextile-16bpp", "zlib-16bpp",
                "zrle-16bpp", "tight-16bpp", "hextile-8bpp", "zrle-8bpp", "tight-8bpp",
                "zrle-extras", "tight-c1", "tight-c9"]  # fmt: skip
    lossy = ["tight-q6"]
    unknown = ["tightpng", "trle"]  # Debian's library is built without PNG
    kinds = lossless + lossy + unknown
    for depth in DEPTHS:
        with LibVncServer(seconds=RAMP + SECONDS) as server:
            figures = play(server.where, depth, kinds)
            check_encodings(figures, kinds, fallbacks=unknown)
            if depth == "verify":
                check_pixels(figures, len(lossy))
                check(figures["verify"]["lowest_psnr_db"] > 25, str(figures["verify"]))


@case("LibVNCServer: from a key to its pixels")
def libvncserver_keys():
    with LibVncServer(seconds=0) as server:
        figures = load(server.where, "--clients", "1", "--seconds", "3", "--probe", "0,440,640x16",
                       "--probe-every", "0.5", "--link", "100% 5mbit 100ms")  # fmt: skip
        check(figures["errors"] == {}, str(figures["errors"]))
        (times,) = figures["key_to_pixel"].values()
        check(times["count"] >= 2, str(times))
        check(times["min_ms"] >= 100, f"faster than the link: {times}")
        return f"{times['p50_ms']:.0f} ms over a link of 100 ms"


def wait_for_guest(machine):
    machine.wait_for(lambda picture: lines_of_text(picture) > 150, "memtest on the screen")


@case("QEMU's own server in every encoding, at every depth")
def qemu():
    lossless = ["raw", "hextile", "zlib", "tight", "tightpng", "zrle", "raw-16bpp", "hextile-16bpp",
                "zlib-16bpp", "tight-16bpp", "zrle-16bpp", "hextile-8bpp", "tight-8bpp",
                "zrle-8bpp", "zrle-extras", "tight-c1"]  # fmt: skip
    for depth in DEPTHS:
        with QemuVnc() as machine:
            wait_for_guest(machine)
            stopping = threading.Timer(RAMP + QEMU_SECONDS, machine.command, ["stop"])
            stopping.start()
            figures = play(machine.where, depth, lossless, QEMU_SECONDS)
            stopping.join()
            check_encodings(figures, lossless)
            if depth == "verify":
                check_pixels(figures)


@case("QEMU's own server with lossy pictures")
def qemu_lossy():
    kinds = ["tight-q2", "tight-q9", "tightpng-q5"]
    with QemuVnc(",lossy=on") as machine:
        wait_for_guest(machine)
        stopping = threading.Timer(RAMP + QEMU_SECONDS, machine.command, ["stop"])
        stopping.start()
        figures = play(machine.where, "verify", kinds, QEMU_SECONDS)
        stopping.join()
        check_encodings(figures, kinds)
        check_pixels(figures, len(kinds))
        check(figures["verify"]["lowest_psnr_db"] > 25, str(figures["verify"]))
        return f"PSNR at least {figures['verify']['lowest_psnr_db']:.1f} dB"


@case("TigerVNC's Xvnc in every encoding, at every depth")
def tigervnc():
    kinds = ["raw", "rre", "hextile", "tight", "zrle", "raw-16bpp", "hextile-16bpp", "tight-16bpp",
             "zrle-16bpp", "hextile-8bpp", "tight-8bpp", "zrle-8bpp", "zrle-extras",
             "tight-c9"]  # fmt: skip
    lossy = ["tight-q6"]
    # Debian 12's Xvnc does not know JPEG on its own; a viewer that lists it gets something else.
    unknown = ["jpeg"]
    for depth in DEPTHS:
        with XvncScreen() as screen:
            script = "for i in $(seq 200); do echo $i $RANDOM $RANDOM $RANDOM; sleep 0.03; done; cat"
            screen.start("xterm", "-geometry", "90x40+10+10", "-e", "bash", "-c", script)
            figures = play(f"unix:{screen.rfb_path}", depth, kinds + lossy + unknown)
            check_encodings(figures, kinds + lossy + unknown, fallbacks=unknown)
            check(figures["updates"] > 100, f"{figures['updates']} updates")
            if depth == "verify":
                check_pixels(figures, len(lossy + unknown))
