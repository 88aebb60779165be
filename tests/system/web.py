"""The web port in a real browser, and what it answers to requests of all kinds."""

import http.client
import pathlib
import re
import socket
import subprocess
import tempfile

from support import daemon as daemon_module
from support import pictures, rfb
from support.browser import Browser, NoVnc
from support.case import case, check, equal, wait_until
from support.certificates import Authority
from support.daemon import MOVING, PASSWORD, STILL, Daemon, run_covncd
from support.pictures import HEIGHT, WIDTH, Picture
from support.screen import Screen

import clipboard
import security
from input import CANVAS, PANEL, typed, typed_by_us

TEXT = "covnc web 42"
DRAG = [(60, 350), (120, 400), (200, 330), (300, 380)]
# What noVNC's page itself makes Chromium say: a file that Debian leaves out, an old name.
KNOWN = (
    "package.json",
    "apple-mobile-web-app-capable",
    "preloaded using link preload",
    "willReadFrequently",  # that we read it
)


def web_port(daemon):
    return int(re.search(r"web page on https?://127\.0\.0\.1:(\d+)", daemon.log()).group(1))


def web_daemon(*arguments, **options):
    return Daemon("--web", "127.0.0.1:0", *arguments, **options)


def complaints(browser):
    return [text for text in browser.console() if not any(known in text for known in KNOWN)]


@case("noVNC shows the picture, pixel for pixel")
def shows_picture():
    with web_daemon(source=STILL) as daemon, Browser() as browser:
        viewer = NoVnc(browser, web_port(daemon))
        viewer.wait_until_connected()
        viewer.wait_for_picture(pictures.still())
        check("covnc" in browser.title(), browser.title())
        equal(complaints(browser), [], "the console")
        check(daemon.log_lines("connected: RFB 3.8, None, WebSocket"), daemon.log())


@case("noVNC's keyboard and pointer reach the display, whose changes it shows")
def takes_input():
    with web_daemon(source=MOVING) as daemon, Browser() as browser:
        viewer = NoVnc(browser, web_port(daemon))
        viewer.wait_until_connected()
        viewer.focus()
        browser.type(TEXT)
        browser.drag([viewer.place(x, y) for x, y in DRAG])
        wanted = typed_by_us(TEXT)
        with rfb.Viewer(daemon.port()) as witness:
            wait_until(lambda: typed(witness, TEXT).rgb == wanted.rgb, "the text arrives")
            canvas = Picture(WIDTH, HEIGHT, witness.picture()).part(*CANVAS)
            painted = sum(
                canvas.pixel(x, y) != PANEL for y in range(canvas.height) for x in range(canvas.width)
            )
            check(painted > 300, f"only {painted} pixels were drawn")
        # JPEG may come first; text is exact at once.
        wait_until(
            lambda: viewer.picture().part(20, 440, wanted.width, wanted.height).rgb == wanted.rgb,
            "noVNC shows the text",
        )
        equal(complaints(browser), [], "the console")


@case("noVNC shows a large picture, whose parts come while others are encoded")
def shows_large_picture():
    with web_daemon(source="pattern:1600x1200,still") as daemon, Browser() as browser:
        viewer = NoVnc(browser, web_port(daemon))
        viewer.wait_for_picture(pictures.still(1600, 1200))
        equal(complaints(browser), [], "the console")


@case("texts are copied from noVNC to TigerVNC's viewer and back")
def copies_texts():
    texts = ("Grüße: 5 €\nund noch eine Zeile", "x" * 100000)
    with web_daemon(source=STILL) as daemon, Screen() as screen, Browser() as browser:
        viewer = NoVnc(browser, web_port(daemon))
        viewer.wait_until_connected()
        clipboard.viewer(screen, daemon)
        for text in texts:
            viewer.copy(text)
            wait_until(lambda t=text: clipboard.pasted(screen) == t, "the text beside TigerVNC's")
            clipboard.copy(screen, text + " back")
            wait_until(lambda t=text: viewer.pasted() == t + " back", "the text in noVNC")
        equal(complaints(browser), [], "the console")


@case("noVNC makes the display as large as its window, and follows when another does")
def resizes():
    options = "autoconnect=1&path=websockify&resize=remote"
    with web_daemon(source=MOVING) as daemon, Browser(width=1000, height=640) as browser:
        viewer = NoVnc(browser, web_port(daemon), parameters=options)
        wait_until(lambda: viewer.size() == viewer.room(), "the display fills the window")
        check(viewer.size() != [WIDTH, HEIGHT], "the size is that of the start")
        with Browser(width=800, height=900) as other_browser:
            other = NoVnc(other_browser, web_port(daemon), parameters=options)
            wait_until(lambda: other.size() == other.room(), "the display fills the other window")
            wait_until(lambda: viewer.size() == other.size(), "the first one follows")
            with rfb.Viewer(daemon.port()) as witness:
                equal([witness.width, witness.height], other.size(), "the display's size")
            width, height = viewer.size()
            corner = viewer.picture().part(width - 100, height - 100, 100, 100)
            check(len(set(corner.rgb)) > 1, "nothing is drawn in the new corner")
        equal(complaints(browser), [], "the console")


@case("noVNC logs in with a password; a wrong one is refused in words")
def logs_in():
    with web_daemon(source=STILL, password=True) as daemon, Browser() as browser:
        options = "autoconnect=1&path=websockify&password="
        viewer = NoVnc(browser, web_port(daemon), parameters=options + "falsch")
        wait_until(lambda: "authentication failed" in viewer.status().lower(), "it is refused")
        viewer = NoVnc(browser, web_port(daemon), parameters=options + PASSWORD)
        viewer.wait_for_picture(pictures.still())


@case("a hundred requests in a row are answered")
def many_requests():
    with web_daemon(source=STILL) as daemon:
        for _ in range(100):
            status, headers, body = fetch(web_port(daemon), "/vnc.html")
            equal(status, 200, "status")
        check("text/html" in headers["content-type"] and b"noVNC" in body, str(headers))


def fetch(port, path, method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@case("files are served with their types, and again only when they have changed")
def serves_files():
    with web_daemon() as daemon:
        port = web_port(daemon)
        for path, kind in {
            "/app/ui.js": "text/javascript",
            "/app/styles/base.css": "text/css",
            "/app/images/icons/novnc-16x16.png": "image/png",
        }.items():
            status, headers, body = fetch(port, path)
            equal(status, 200, path)
            check(headers["content-type"].startswith(kind), f"{path}: {headers}")
            equal(headers["x-content-type-options"], "nosniff", path)
            equal(int(headers["content-length"]), len(body), path)
            equal(body, pathlib.Path("/usr/share/novnc" + path).read_bytes(), path)
            equal(fetch(port, path, If_None_Match=headers["etag"])[::2], (304, b""), path)
            equal(fetch(port, path, "HEAD")[::2], (200, b""), path)


@case("nothing outside of the folder is served, however it is asked for")
def keeps_to_folder():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "web"
        root.mkdir()
        (root / "index.html").write_text("<title>mine</title>")
        (root / "inside.txt").symlink_to("index.html")
        (root / "secret.txt").symlink_to("/etc/passwd")
        (root / "etc").symlink_to("/etc")
        (root / ".hidden").write_text("secret")
        (pathlib.Path(folder) / "beside.txt").write_text("secret")
        with web_daemon("--web-root", str(root)) as daemon:
            port = web_port(daemon)
            status, headers, _ = fetch(port, "/")
            equal((status, headers["location"]), (302, "/index.html"), "the start")
            equal(fetch(port, "/inside.txt")[0], 200, "a link inside")
            for path in (
                "/secret.txt", "/etc/passwd", "/.hidden", "/../beside.txt", "/%2e%2e/beside.txt",
                "/..%2fbeside.txt", "/x/../../beside.txt", "//etc/passwd", "/%00", "/index.html%00",
                "/index.html/", "/%2fetc%2fpasswd", "/..%5cbeside.txt", "/%252e%252e/beside.txt",
                "/" + "../" * 20 + "etc/passwd", "/\\..\\beside.txt",
            ):  # fmt: skip
                status, _, body = fetch(port, path)
                check(status in (400, 404) and b"secret" not in body and b"root:" not in body,
                      f"{path}: {status} {body[:60]!r}")  # fmt: skip


@case("foreign pages and foreign names are turned away")
def foreign_pages():
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    with web_daemon("--web-origin", "https://vnc.example.org") as daemon:
        port = web_port(daemon)
        here = f"127.0.0.1:{port}"
        for origin, wanted in {
            f"http://{here}": 101, "https://vnc.example.org": 101, "http://evil.example": 403,
            "null": 403, f"http://127.0.0.1:{port + 1}": 403, "https://vnc.example.org.evil": 403,
        }.items():  # fmt: skip
            status = fetch_upgrade(port, Host=here, Origin=origin, **upgrade)
            equal(status, wanted, f"a WebSocket for a page of {origin}")
        for host, wanted in {
            here: 200, "localhost": 200, f"[::1]:{port}": 200, "vnc.example.org": 200,
            "evil.example": 421, "127.0.0.1.evil.example": 421, "a b": 400, "": 400,
        }.items():  # fmt: skip
            equal(fetch(port, "/vnc.html", Host=host)[0], wanted, f"a page of {host}")


def fetch_upgrade(port, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest("GET", "/websockify", skip_host=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


@case("proxies are believed if they are trusted, on both kinds of port")
def proxies():
    def first_bytes(port, data):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
            sock.sendall(data)
            return sock.recv(12)

    header = b"PROXY TCP4 203.0.113.5 192.0.2.2 4711 5900\r\n"
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Host": "localhost",
    }  # fmt: skip
    page = b"GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with web_daemon("--trusted-proxy", "127.0.0.1") as daemon:
        equal(first_bytes(daemon.port(), header), b"RFB 003.008\n", "behind a PROXY header")
        daemon.wait_for_log(r"viewer 203\.0\.113\.5:4711 left")
        equal(first_bytes(daemon.port(), b"RFB 003.008\n"), b"", "without one")
        daemon.wait_for_log(r"viewer 127\.0\.0\.1:\d+ closed: a proxy sent no PROXY header")
        equal(first_bytes(web_port(daemon), header + page), b"HTTP/1.1 404", "the web port")
        equal(first_bytes(web_port(daemon), page), b"HTTP/1.1 404", "the web port without one")
        fetch_upgrade(web_port(daemon), X_Forwarded_For="198.51.100.7", **upgrade)
        daemon.wait_for_log(r"viewer 198\.51\.100\.7 left")
    with web_daemon("--trusted-proxy", "10.0.0.0/8") as daemon:
        equal(first_bytes(web_port(daemon), header + page), b"HTTP/1.1 400", "not trusted")
        fetch_upgrade(web_port(daemon), X_Forwarded_For="198.51.100.7", **upgrade)
        daemon.wait_for_log(r"viewer 127\.0\.0\.1:\d+ left")
        equal(first_bytes(daemon.port(), header), b"RFB 003.008\n", "a viewer")
        daemon.wait_for_log("closed: .*version")


@case("covnc-load's viewers come by WebSocket and see the right pixels")
def load():
    with web_daemon(source="pattern:640x480") as daemon:
        done = subprocess.run(
            [str(daemon_module.BINDIR / "covnc-load"), f"ws://127.0.0.1:{web_port(daemon)}",
             "--clients", "20", "--seconds", "2", "--ramp", "0.2", "--depth", "decode",
             "--mix", "40% zrle, 30% tight-q6, 30% hextile", "--link", "20% 20mbit 40ms",
             "--json", "-"],
            capture_output=True, timeout=60, check=False, text=True,
        )  # fmt: skip
        check(done.returncode == 0, f"status {done.returncode}: {done.stderr}{done.stdout[-1000:]}")
        equal(len(daemon.log_lines("connected: RFB 3.8, None, WebSocket")), 20, "viewers")


@case("https and wss on the same port: noVNC, covnc-load and plain ones beside them")
def with_tls():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Authority(pathlib.Path(folder)).issue("server")
        options = ("--tls-cert", str(certificate), "--tls-key", str(key), "--auth", "None")
        with web_daemon(*options, source=STILL) as daemon, Browser() as browser:
            port = web_port(daemon)
            viewer = NoVnc(browser, port, scheme="https")
            viewer.wait_for_picture(pictures.still())
            check("encrypted" in viewer.status() and "unencrypted" not in viewer.status(),
                  viewer.status())  # fmt: skip
            equal(fetch(port, "/vnc.html")[0], 200, "without TLS")
            done = subprocess.run(
                [str(daemon_module.BINDIR / "covnc-load"), f"wss://127.0.0.1:{port}",
                 "--clients", "5", "--seconds", "1"],
                capture_output=True, timeout=60, check=False, text=True,
            )  # fmt: skip
            check(done.returncode == 0, f"status {done.returncode}: {done.stderr}{done.stdout}")


@case("noVNC logs in by https where only X509Vnc is offered, and not by http")
def logs_in_by_https():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Authority(pathlib.Path(folder)).issue("server")
        options = ("--tls-cert", str(certificate), "--tls-key", str(key))
        with web_daemon(*options, source=STILL, password=True) as daemon, Browser() as browser:
            parameters = "autoconnect=1&path=websockify&password=" + PASSWORD
            viewer = NoVnc(browser, web_port(daemon), parameters=parameters)
            wait_until(lambda: daemon.log_lines("(left|closed): "), "http is no way in")
            viewer = NoVnc(browser, web_port(daemon), parameters=parameters, scheme="https")
            viewer.wait_for_picture(pictures.still())
            check(daemon.log_lines("connected: RFB 3.8, VncAuth, WebSocket"), daemon.log())


@case("noVNC logs in as a user, by Plain inside of https")
def logs_in_as_user():
    with security.Folder() as files:
        web = ("--web", "127.0.0.1:0")
        with security.started(files, "X509Plain", more=web) as daemon, Browser() as browser:
            viewer = NoVnc(browser, web_port(daemon), scheme="https")
            viewer.log_in(security.USER, PASSWORD)
            viewer.wait_for_picture(pictures.still())
            daemon.wait_for_log(f"connected: RFB 3.8, Plain, WebSocket, user {security.USER}")


@case("a web port that cannot be is a mistake of the command line")
def mistakes():
    for arguments, text in {
        ("--web", "127.0.0.1:0", "--web-root", "/nonexistent"): "/nonexistent",
        ("--web", "127.0.0.1:0", "--web-root", "/bin"): "/bin",
        ("--web", "0.0.0.0:0"): "without a login",
        ("--web", "127.0.0.1:0", "--web-origin", "example.org"): "https://HOST",
    }.items():
        status, output = run_covncd("--listen", "127.0.0.1:0", *arguments)
        equal(status, 2, " ".join(arguments))
        check(text in output, output)
