"""covnc-load's report in a browser."""

import contextlib
import pathlib
import re
import socket
import struct
import subprocess
import tempfile
import threading

from support import daemon as daemon_module
from support.case import case, check, need
from support.daemon import Daemon

ALONE = True

OWNED = "owned"


class Browser:
    """Chromium without a window; opens one page at a time."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def run(self, page, *options):
        done = subprocess.run(
            [need("chromium"), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--enable-logging=stderr", f"--user-data-dir={self.folder / 'profile'}", *options,
             f"file://{page}"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False, text=True,
        )  # fmt: skip
        check(done.returncode == 0, f"chromium ended with {done.returncode}: {done.stderr[-1000:]}")
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        check(not console, f"the page complains: {console}")
        return done.stdout

    def document(self, page):
        """As it is once the page has been loaded."""
        return self.run(page, "--dump-dom")

    def picture(self, page, width, height):
        """The bytes of a PNG file."""
        file = self.folder / "shot.png"
        self.run(page, f"--screenshot={file}", f"--window-size={width},{height}")
        return file.read_bytes()


class Trap:
    """Counts connections to a port; there must be none."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def was_touched(self):
        self.socket.setblocking(False)
        try:
            self.socket.accept()
            return True
        except BlockingIOError:
            return False
        finally:
            self.socket.close()


def refuse(server, reason):
    """A server that turns every viewer away."""
    while True:
        try:
            viewer, _ = server.accept()
        except OSError:
            return
        with viewer, contextlib.suppress(OSError):
            viewer.sendall(b"RFB 003.008\n")
            viewer.recv(12)
            viewer.sendall(b"\0" + struct.pack(">I", len(reason)) + reason)
            viewer.recv(1)


def write_report(where, page, *arguments, status=0):
    done = subprocess.run(
        [str(daemon_module.BINDIR / "covnc-load"), where, "--report", str(page), *arguments],
        capture_output=True, timeout=60, check=False, text=True,
    )  # fmt: skip
    check(done.returncode == status, f"status {done.returncode}: {done.stderr}{done.stdout}")


@case("a report of many kinds and links is a whole page, wide and narrow")
def report():
    with tempfile.TemporaryDirectory() as folder, Daemon(source="pattern:1024x768") as daemon:
        page = pathlib.Path(folder) / "report.html"
        write_report(
            f"127.0.0.1:{daemon.port()}", page, "--clients", "20", "--seconds", "8", "--ramp", "0.5",
            "--mix", "40% zrle, 30% hextile, 30% zrle-16bpp", "--pid", str(daemon.pid()),
            "--link", "20% 20mbit 100ms, 20% 5mbit 50ms, 20% 10mbit 20ms, 20% 30mbit 10ms",
            "--probe", "670,310,330x400", "--probe-every", "0.2",
        )  # fmt: skip
        browser = Browser(folder)
        document = browser.document(page)
        check("Load test of 127.0.0.1" in document, document[:500])
        charts = re.findall(r'<svg class="plot".*?</svg>', document, re.DOTALL)
        check(len(charts) == 7, f"{len(charts)} charts")
        check("nothing to draw" not in document, "a chart is missing")
        legend = re.search(r'<ul class="legend">.*?</ul>', document, re.DOTALL).group(0)
        check(legend.count("key to pixel") == 5, legend)
        check(document.count("<tr>") >= 2 + 10 + 10, "tables are missing")
        for width in (1200, 400):
            check(len(browser.picture(page, width, 1600)) > 20000, "an empty picture")
        return f"{page.stat().st_size} bytes"


@case("what a hostile server says stays text in the report")
def hostile_texts():
    trap = Trap()
    reason = (
        f"<script>document.title='{OWNED}';fetch('http://127.0.0.1:{trap.port}/')</script>"
        f"\"'><img src='http://127.0.0.1:{trap.port}/x' onerror=\"document.title='{OWNED}'\">"
        f"</table></style><style>@import 'http://127.0.0.1:{trap.port}/y';</style>"
        f"<meta http-equiv=refresh content='0;url=http://127.0.0.1:{trap.port}/z'>\xff\x00"
    ).encode("latin-1")
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=refuse, args=(server, reason), daemon=True).start()
        page = pathlib.Path(folder) / "report.html"
        where = f"127.0.0.1:{server.getsockname()[1]}"
        write_report(where, page, "--clients", "2", "--seconds", "0.5", "--ramp", "0", status=1)
        document = Browser(folder).document(page)
        server.shutdown(socket.SHUT_RDWR)
    check("&lt;script&gt;document.title" in document, "the server's reason is not in the report")
    check(re.search(f"<title>[^<]*{OWNED}", document) is None, "the server's script ran")
    check("<script" not in document and "<img" not in document, "the server's tags are tags")
    check(not trap.was_touched(), "the page asked for something")
