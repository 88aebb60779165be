"""covncd as a program: its command line, sockets, signals, and what it leaves behind."""

import os
import signal
import socket
import stat
import tempfile
from pathlib import Path

from support import rfb
from support.case import case, check, equal, need, wait_until
from support.daemon import MOVING, Daemon, run_covncd


@case("--help fits a screen of 100 columns and 40 lines")
def help_fits():
    status, text = run_covncd("--help")
    equal(status, 0, "status")
    lines = text.splitlines()
    check(10 < len(lines) <= 40, f"{len(lines)} lines")
    longest = max(lines, key=len)
    check(len(longest) <= 100, f"{len(longest)} columns: {longest}")
    for option in ("--source", "--listen", "--auth", "--password-file", "--insecure"):
        check(option in text, f"{option} is not explained")


@case("--version says name and number")
def version():
    status, text = run_covncd("--version")
    equal(status, 0, "status")
    check(text.startswith("covncd ") and text.count("\n") == 1, f"it says {text!r}")


# A wrong command line, and a word that its error must have.
WRONG = [
    (["--bogus"], "--bogus"),
    (["stray"], "stray"),
    (["--listen", "nohost"], "nohost"),
    (["--listen", "127.0.0.1:99999"], "99999"),
    (["--listen", "unix:"], "unix:"),
    (["--listen", "unix:/" + "x" * 108], "107"),
    (["--listen", "fd:99"], "fd:99"),
    (["--listen", "fd:0"], "fd:0"),
    (["--source", "foo"], "foo"),
    (["--source", "pattern:0x5"], "0x5"),
    (["--source", "pattern:640"], "640"),
    (["--source", "pattern:99999x10"], "99999"),
    (["--source", "pattern:10x10,moving"], "moving"),
    (["--auth", "Foo"], "Foo"),
    (["--auth", "VncAuth"], "--password-file"),
    (["--password-file", "/nowhere/at/all"], "/nowhere/at/all"),
    (["--password-file", "/dev/null"], "/dev/null"),
    (["--max-rate", "0"], "--max-rate"),
    (["--max-rate", "many"], "--max-rate"),
    (["--workers", "0"], "--workers"),
    (["--log-level", "loud"], "none of debug, info, warning, error"),
    (["--name"], "--name"),
    (["--listen", "0.0.0.0:0"], "0.0.0.0:0"),
    (["--listen", "[::]:0"], "--insecure"),
]


@case("a wrong command line ends with status 2 and a clear text, before anything listens")
def wrong_options():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        for arguments, word in WRONG:
            # The first endpoint is fine: it must not be opened all the same.
            status, text = run_covncd("--listen", f"unix:{path}", *arguments)
            what = f"covncd {' '.join(arguments)}"
            check(status == 2, f"{what}: status {status}, not 2; it says {text!r}")
            check(word in text.splitlines()[0], f"{what}: nothing about '{word}' in {text!r}")
            check(len(text) < 500, f"{what}: {len(text)} characters of text")
            check(not path.exists(), f"{what}: listened")


@case("a port in use ends with status 1 and names the port")
def port_in_use():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = "127.0.0.1:%d" % taken.getsockname()[1]
        status, text = run_covncd("--listen", endpoint)
        equal(status, 1, "status")
        check(endpoint in text and "in use" in text, f"it says {text!r}")


@case("a unix socket has mode 0600, and is gone after SIGTERM")
def unix_socket():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        with Daemon(listen=f"unix:{path}", umask=0) as daemon:
            equal(oct(stat.S_IMODE(path.stat().st_mode)), "0o600", "mode")
            with rfb.Viewer(path) as viewer:
                viewer.picture()
            daemon.stop()
            check(not path.exists(), "the socket is still there")


@case("a stale socket is replaced, one in use or another file is not")
def stale_socket():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        with Daemon(listen=f"unix:{path}") as crashed:
            crashed.process.kill()
            crashed.process.wait()
            crashed.ended = True
        check(path.is_socket(), "nothing stale to test with")
        with Daemon(listen=f"unix:{path}"):
            status, text = run_covncd("--listen", f"unix:{path}")
            check(status == 1 and "in use" in text, f"second daemon: {status}, {text!r}")
            with rfb.Viewer(path) as viewer:
                viewer.picture()
        path.write_text("precious")
        equal(run_covncd("--listen", f"unix:{path}")[0], 1, "status where a file is in the way")
        equal(path.read_text(), "precious", "the file")


@case("fd:N takes an inherited socket")
def inherited_socket():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.fileno()
        with Daemon(listen=f"fd:{number}", pass_fds=[number]):
            with rfb.Viewer(server.getsockname()[1]) as viewer:
                viewer.picture()


@case("systemd's socket activation starts it")
def socket_activation():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    # systemd-socket-activate starts the program at the first connection.
    daemon = Daemon(
        listen="fd:3", prefix=[need("systemd-socket-activate"), "-l", f"127.0.0.1:{port}"]
    )
    daemon.wait_for_log = lambda *_: None
    with daemon:
        def viewer():
            try:
                return rfb.Viewer(port)
            except ConnectionRefusedError:
                return None

        wait_until(viewer, "a connection").close()


@case("READY=1 reaches NOTIFY_SOCKET when it listens, STOPPING=1 when it ends")
def notify():
    with tempfile.TemporaryDirectory() as folder, socket.socket(
        socket.AF_UNIX, socket.SOCK_DGRAM
    ) as manager:
        manager.bind(f"{folder}/notify")
        manager.settimeout(20)
        with Daemon(env=dict(os.environ, NOTIFY_SOCKET=f"{folder}/notify")) as daemon:
            equal(manager.recv(4096), b"READY=1", "the first message")
            rfb.Viewer(daemon.port()).close()
            daemon.stop()
            equal(manager.recv(4096), b"STOPPING=1", "the second message")


@case("SIGTERM with 20 viewers ends it with status 0 within 2 s")
def ends_in_order():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "socket"
        with Daemon(source=MOVING, listen=f"unix:{path}") as daemon:
            viewers = [rfb.Viewer(path) for _ in range(20)]
            for viewer in viewers:
                viewer.picture()
                viewer.ask(incremental=True)
            # Some are in the middle of something.
            for viewer in viewers[:5]:
                viewer.ask()
            guest = rfb.connect(path)
            seconds = daemon.stop(within=2)
            check(not path.exists(), "the socket is still there")
            for viewer in viewers:
                viewer.close()
            guest.close()
            return f"{seconds * 1000:.0f} ms"


@case("SIGINT ends it like SIGTERM; a second endpoint works like the first")
def two_endpoints():

    with Daemon("--listen", "[::1]:0", "--name", "two doors") as daemon:
        daemon.wait_for_log("listening on", 2)
        with rfb.Viewer(daemon.port()) as viewer:
            equal(viewer.name, "two doors", "name")
        daemon.process.send_signal(signal.SIGINT)
        equal(daemon.process.wait(10), 0, "status")
        daemon.ended = True


@case("200 connections leave no descriptor, no thread and no memory behind")
def leaves_nothing_behind():
    with Daemon(source=MOVING) as daemon:
        def visit(count):
            for i in range(count):
                with rfb.Viewer(daemon.port()) as viewer:
                    if i % 4:
                        viewer.ask()
                    if i % 2:
                        viewer.take_update()
                    viewer.type_keys("x")
            daemon.wait_for_log(" left: ", visit.done + count)
            visit.done += count

        visit.done = 0
        visit(50)  # pools and caches have filled
        descriptors, threads, rss = daemon.descriptors(), daemon.threads(), daemon.rss()
        visit(200)
        wait_until(
            lambda: daemon.descriptors() == descriptors,
            f"{daemon.descriptors()} descriptors, {descriptors} before",
        )
        equal(daemon.threads(), threads, "threads")
        grown = daemon.rss() - rss
        check(grown < 4096, f"{grown} KiB more memory than before")
        return f"{grown:+} KiB"


@case("an address that others reach is refused without a login, allowed with one or --insecure")
def exposure():
    status, text = run_covncd("--listen", "0.0.0.0:0")
    equal(status, 2, "status")
    check("--insecure" in text and "--auth" in text, f"it says {text!r}")
    with Daemon(listen="0.0.0.0:0", password=True) as daemon:
        check(daemon.log_lines("nothing is encrypted"), "no warning with a VNC password")
    with Daemon("--insecure", listen="0.0.0.0:0") as daemon:
        check(daemon.log_lines("nothing is encrypted"), "no warning with --insecure")
    with Daemon("--auth", "None") as daemon:
        check(not daemon.log_lines("warning"), "a warning on loopback")
