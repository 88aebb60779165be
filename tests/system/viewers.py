"""Real viewers show the still pattern: every pixel is compared with the formula."""

import subprocess
import tempfile
from pathlib import Path

from support import daemon as daemon_module
from support import pictures
from support.case import check
from support.daemon import PASSWORD, PASSWORD_FILE, STILL, Daemon
from support.screen import Screen

CASES = []


def cases(title, function, variants):
    """Adds a case for each variant, without and with a password."""
    for variant, arguments in variants.items():
        for password in (False, True):
            name = f"{title}, {variant}, {'VncAuth' if password else 'None'}"
            CASES.append((name, lambda p=password, a=arguments: function(p, *a)))


def password_file(folder):
    path = Path(folder) / "passwd"
    path.write_bytes(PASSWORD_FILE)
    return path


# --- on a screen --------------------------------------------------------------------------------


def tigervnc(password, levels, *options):
    with Daemon(source=STILL, password=password) as daemon, Screen() as screen:
        login = ["-PasswordFile", password_file(screen.path)] if password else []
        screen.start(
            "xtigervncviewer",
            "-ReconnectOnError=0",
            "-AlertOnFatalError=0",
            "-RemoteResize=0",
            "-AutoSelect=0",
            *options,
            *login,
            f"127.0.0.1::{daemon.port()}",
        )
        screen.wait_for_picture(pictures.still(levels=levels))


EXACT = (255, 255, 255)
cases(
    "TigerVNC",
    tigervnc,
    {
        "ZRLE": (EXACT, "-PreferredEncoding=ZRLE"),
        "Hextile": (EXACT, "-PreferredEncoding=Hextile"),
        "Raw": (EXACT, "-PreferredEncoding=Raw"),
        "Tight asked for": (EXACT, "-PreferredEncoding=Tight"),
        "8 colours": ((1, 1, 1), "-FullColor=0", "-LowColorLevel=0"),
        "64 colours": ((3, 3, 3), "-FullColor=0", "-LowColorLevel=1"),
        "256 colours": ((7, 7, 3), "-FullColor=0", "-LowColorLevel=2"),
        "8 colours, Raw": ((1, 1, 1), "-FullColor=0", "-LowColorLevel=0", "-PreferredEncoding=Raw"),
        "256 colours, Hextile": (
            (7, 7, 3),
            "-FullColor=0",
            "-LowColorLevel=2",
            "-PreferredEncoding=Hextile",
        ),
    },
)


def x_colour(value, top):
    """By way of X's colours of 16 bits."""
    return (value * 65535 // top) >> 8


def tightvnc(password, encodings, levels=EXACT, *options):
    with Daemon(source=STILL, password=password) as daemon, Screen() as screen:
        login = ["-passwd", password_file(screen.path)] if password else []
        screen.start(
            "xtightvncviewer",
            "-encodings",
            encodings,
            *options,
            *login,
            f"127.0.0.1::{daemon.port()}",
        )
        screen.wait_for_picture(pictures.still(levels=levels, expand=x_colour))


cases(
    "xtightvncviewer",
    tightvnc,
    {
        "Hextile": ("copyrect hextile",),
        "Raw": ("raw",),
        "Hextile, 256 colours": ("hextile", (7, 7, 3), "-bgr233"),
        "Tight": ("copyrect tight", EXACT, "-nojpeg"),
        "Tight with JPEG": ("copyrect tight", EXACT, "-quality", "5"),
        "Tight, 256 colours": ("tight", (7, 7, 3), "-bgr233"),
        "Zlib": ("zlib",),
        "CoRRE": ("corre",),
        "RRE": ("rre",),
    },
)


def gvncviewer(password):
    with Daemon(source=STILL, password=password) as daemon, Screen() as screen:
        # Port 5900 + display number.
        screen.start("gvncviewer", f"127.0.0.1:{daemon.port() - 5900}")
        if password:
            type_into_dialog(screen)
        screen.wait_for_picture(pictures.still())


def type_into_dialog(screen):
    """gvncviewer asks in a window of its own."""
    window = screen.run("xdotool", "search", "--sync", "--onlyvisible", "--name", "Authentication")
    screen.run("xdotool", "windowfocus", "--sync", window.split()[-1].decode())
    screen.run("xdotool", "type", PASSWORD)
    screen.run("xdotool", "key", "Return")


cases("gvncviewer", gvncviewer, {"its own choice": ()})

# --- into a file --------------------------------------------------------------------------------


def gvnccapture(password):
    with Daemon(source=STILL, password=password) as daemon, Screen() as screen:
        file = screen.path / "shot.png"
        capture = screen.start(
            "gvnccapture",
            f"127.0.0.1:{daemon.port() - 5900}",
            file,
        )
        if password:
            screen.answer("Password:", PASSWORD)
        check(capture.wait(20) == 0, f"gvnccapture failed: {screen.output()}")
        pictures.same(pictures.read_file(file), pictures.still())


cases("gvnccapture", gvnccapture, {"its own choice": ()})

# Encodings that gtk-vnc knows; with LastRect, which large first pictures are sent with.
GVNC_ENCODINGS = {
    "Raw": "0",
    "RRE": "2",
    "Hextile": "5",
    "Tight": "7",
    "Tight and LastRect": "7,-224",
    "ZRLE": "16",
    "ZRLE and LastRect": "16,-224",
    "ZRLE and Tight": "16,7",
}
GVNC_LEVELS = {"32": EXACT, "32be": EXACT, "16": (31, 63, 31), "16be": (31, 63, 31), "8": (7, 7, 3)}


def gvnc(encodings):
    """Every depth, one viewer after the other."""
    size = (1280, 800) if "-224" in encodings else (pictures.WIDTH, pictures.HEIGHT)
    source = f"pattern:{size[0]}x{size[1]},still"
    with Daemon(source=source) as daemon:
        for format, levels in GVNC_LEVELS.items():
            viewer = daemon_module.BINDIR / "covnc-test-gvnc"
            shot = subprocess.run(
                [viewer, "127.0.0.1", str(daemon.port()), format, encodings], capture_output=True
            )
            check(shot.returncode == 0, f"{format} bits: {shot.stderr.decode()}")
            pictures.same(pictures.parse_ppm(shot.stdout), pictures.still(*size, levels))


for variant, encodings in GVNC_ENCODINGS.items():
    CASES.append((f"gvnc in every depth, {variant}", lambda e=encodings: gvnc(e)))

# What JPEG at quality 100 changes: vncsnapshot writes nothing else.
JPEG_TOLERANCE = 6


def vncsnapshot(password, encodings):
    with Daemon(source=STILL, password=password) as daemon, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "shot.jpg"
        login = ["-passwd", password_file(folder)] if password else []
        with Screen() as screen:
            snapshot = screen.start(
                "vncsnapshot",
                "-quality",
                "100",
                "-encodings",
                encodings,
                *login,
                f"127.0.0.1:{daemon.port() - 5900}",
                file,
            )
            check(snapshot.wait(20) == 0, f"vncsnapshot failed: {screen.output()}")
        pictures.same(pictures.read_file(file), pictures.still(), JPEG_TOLERANCE)


cases(
    "vncsnapshot",
    vncsnapshot,
    {
        "Hextile": ("copyrect hextile",),
        "Raw": ("raw",),
        "Tight": ("copyrect tight",),
        "Zlib": ("zlib",),
        "CoRRE": ("corre",),
        "RRE": ("rre",),
    },
)
