"""Types with TLS: real viewers show the still pattern through them, and certificates are reloaded."""

import os
import signal
import subprocess
import tempfile
from pathlib import Path

from support import daemon as daemon_module
from support import pictures
from support.case import case, check, equal, need, wait_until
from support.certificates import CLIENT, Authority
from support.daemon import PASSWORD, PASSWORD_FILE, STILL, Daemon, run_covncd
from support.screen import Screen

CASES = []
TYPES = ("TLSNone", "TLSVnc", "TLSPlain", "X509None", "X509Vnc", "X509Plain")
USER = "ann"


class Folder:
    """An authority and a server's certificate for one `with` block."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-tls-")
        self.path = Path(self.folder.name)
        self.authority = Authority(self.path)
        self.certificate, self.key = self.authority.issue("server")
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def options(self, *types):
        return ["--auth", ",".join(types), "--tls-cert", self.certificate, "--tls-key", self.key]


def started(files, *types, source=STILL, more=(), **options):
    """A daemon with a password, and a user who has the same. more: arguments of its."""
    users = files.path / "users"
    subprocess.run(
        [str(daemon_module.BINDIR / "covnc-passwd"), str(users), USER, "--stdin"],
        input=PASSWORD + "\n",
        stdout=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    arguments = [str(argument) for argument in files.options(*types)] + ["--users", str(users)]
    return Daemon(*arguments, *more, source=source, password=True, **options)


def keep_shot(screen, name):
    """Where somebody wants to look at it."""
    folder = os.environ.get("COVNC_SCREENSHOTS")
    if folder:
        (Path(folder) / f"{name}.png").write_bytes(
            screen.run("import", "-window", "root", "png:-")
        )


# --- viewers ------------------------------------------------------------------------------------


def tigervnc(security):
    with Folder() as files, started(files, security) as daemon, Screen() as screen:
        passwords = screen.path / "passwd"
        passwords.write_bytes(PASSWORD_FILE)
        if security.endswith("Plain"):
            screen.environment.update(VNC_USERNAME=USER, VNC_PASSWORD=PASSWORD)
        screen.start(
            "xtigervncviewer",
            "-ReconnectOnError=0",
            "-AlertOnFatalError=0",
            "-RemoteResize=0",
            f"-SecurityTypes={security}",
            f"-X509CA={files.authority.certificate}",
            "-PasswordFile",
            passwords,
            f"127.0.0.1::{daemon.port()}",
        )
        screen.wait_for_picture(pictures.still())
        daemon.wait_for_log(f"connected: RFB 3.8, {security}")
        keep_shot(screen, f"tigervnc-{security}")


def gvncviewer(security):
    with Folder() as files, started(files, security) as daemon, Screen() as screen:
        look_by_gvncviewer(files, daemon, screen, security)
        keep_shot(screen, f"gvncviewer-{security}")


def look_by_gvncviewer(files, daemon, screen, security):
    """Shows the display in it, by way of its own dialog."""
    # gtk-vnc looks for the authority in the home that the user data base names, and nowhere
    # else that an ordinary user may write to.
    authority = screen.path / ".pki" / "CA"
    authority.mkdir(parents=True)
    (authority / "cacert.pem").write_bytes(files.authority.certificate.read_bytes())
    home = os.path.expanduser(f"~{os.environ.get('USER', 'root')}")
    own_mounts = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    screen.start(
        *own_mounts,
        "sh",
        "-c",
        'mount --bind "$0" "$1" && exec gvncviewer "$2"',
        screen.path,
        home,
        f"127.0.0.1:{daemon.port() - 5900}",
    )
    if not security.endswith("None"):
        window = screen.run(
            "xdotool", "search", "--sync", "--onlyvisible", "--name", "Authentication"
        )
        screen.run("xdotool", "windowfocus", "--sync", window.split()[-1].decode())
        if security.endswith(("Plain", "SASL")):
            screen.run("xdotool", "type", USER)
            screen.run("xdotool", "key", "Tab")
        screen.run("xdotool", "type", PASSWORD)
        screen.run("xdotool", "key", "Return")
    screen.wait_for_picture(pictures.still())
    daemon.wait_for_log(f"connected: RFB 3.8, {security}")


def focus(screen, window_class):
    window = screen.run("xdotool", "search", "--onlyvisible", "--class", window_class).split()[-1]
    screen.run("xdotool", "windowfocus", "--sync", window.decode())


def panel_height(screen):
    """Remmina asks in light panels that begin at the top of its dark window: where one ends."""
    shot = screen.shot()
    column = [sum(shot.pixel(60, y)) for y in range(50, 600)]
    return 50 + next((y for y, light in enumerate(column) if light == 0), 0)


def remmina(security):
    with Folder() as files, started(files, security) as daemon, Screen(1100, 900) as screen:
        profile = screen.path / "covnc.remmina"
        profile.write_text(
            "[remmina]\nname=covnc\nprotocol=VNC\nquality=9\nviewmode=1\n"
            "window_width=900\nwindow_height=700\n"
            f"server=127.0.0.1:{daemon.port()}\nusername={USER}\n"
            f"cacert={files.authority.certificate}\n"
        )
        screen.start("dbus-run-session", "--", need("remmina"), "-c", profile)
        if not security.endswith("None"):
            wait_until(lambda: 200 < panel_height(screen) < 500, "Remmina asks for a password")
            focus(screen, "remmina")
            screen.run("xdotool", "type", PASSWORD)
            screen.run("xdotool", "key", "Return")
        screen.wait_for_picture(pictures.still())
        daemon.wait_for_log(f"connected: RFB 3.8, {security}")
        keep_shot(screen, f"remmina-{security}")


def libvncclient(security):
    with Folder() as files, started(files, security) as daemon:
        look_by_libvncclient(files, daemon, security)


def look_by_libvncclient(files, daemon, security):
    shot = subprocess.run(
        [
            daemon_module.BINDIR / "covnc-test-libvncclient", f"127.0.0.1:{daemon.port()}", USER, PASSWORD,
            files.authority.certificate,
        ],
        capture_output=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    check(shot.returncode == 0, shot.stderr.decode())
    pictures.same(pictures.parse_ppm(shot.stdout), pictures.still())
    daemon.wait_for_log(f"connected: RFB 3.8, {security}")


for viewer in (tigervnc, gvncviewer, remmina, libvncclient):
    in_clear = ("None", "VncAuth") if viewer in (remmina, libvncclient) else ()
    for kind in (*in_clear, *TYPES):
        CASES.append((f"{viewer.__name__}, {kind}", lambda v=viewer, k=kind: v(k)))


@case("xtightvncviewer, which knows no TLS, takes VncAuth where that is offered too")
def tightvnc_falls_back():
    with Folder() as files, started(files, "X509Vnc", "VncAuth") as daemon, Screen() as screen:
        passwords = screen.path / "passwd"
        passwords.write_bytes(PASSWORD_FILE)
        where = f"127.0.0.1::{daemon.port()}"
        screen.start("xtightvncviewer", "-encodings", "hextile", "-passwd", passwords, where)
        screen.wait_for_picture(pictures.still(expand=lambda v, top: (v * 65535 // top) >> 8))
        daemon.wait_for_log("connected: RFB 3.8, VncAuth")


@case("xtightvncviewer is not let in where every type has TLS")
def tightvnc_is_refused():
    with Folder() as files, started(files, "X509Vnc") as daemon, Screen() as screen:
        viewer = screen.start("xtightvncviewer", f"127.0.0.1::{daemon.port()}")
        viewer.wait(20)
        check(not daemon.log_lines("connected: RFB"), daemon.log())


# --- covnc-load ---------------------------------------------------------------------------------


def load(daemon, *arguments, clients=3, seconds=0.5):
    """(status, output) of a short run."""
    command = [daemon_module.BINDIR / "covnc-load", f"127.0.0.1:{daemon.port()}", "--clients", clients,
               "--seconds", seconds, "--ramp", 0.1, "--depth", "verify", *arguments]  # fmt: skip
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        text=True,
    )
    return done.returncode, done.stdout


@case("covnc-load verifies pixels through each type, and certificates where it is told to")
def load_with_tls():
    with Folder() as files, started(files, *TYPES) as daemon:
        password = files.path / "password"
        password.write_text(PASSWORD + "\n")
        for security in TYPES:
            status, text = load(daemon, "--security", security, "--password-file", password,
                                "--user", USER, "--ca", files.authority.certificate)  # fmt: skip
            check(status == 0, f"{security}: {text}")
            daemon.wait_for_log(f"connected: RFB 3.8, {security}")
        other = files.path / "other"
        other.mkdir()
        stranger = Authority(other).certificate
        status, text = load(daemon, "--security", "X509None", "--ca", stranger)
        check(status != 0 and "certificate" in text, f"a stranger's certificate: {text}")


# --- the daemon ---------------------------------------------------------------------------------


@case("SIGHUP: a new certificate is for who comes next, a broken one changes nothing")
def reload():
    with Folder() as files, started(files, "X509None") as daemon:
        check("SHA-256" in daemon.log(), daemon.log())
        with_ca = ("--security", "X509None", "--ca", files.authority.certificate)
        equal(load(daemon, *with_ca)[0], 0, "before")

        certificate, key = files.authority.issue("renewed")
        watcher = subprocess.Popen(
            [str(daemon_module.BINDIR / "covnc-load"), f"127.0.0.1:{daemon.port()}", "--clients", "2",
             "--seconds", "4", "--security", "X509None"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        connected = len(daemon.log_lines("connected: RFB")) + 2
        daemon.wait_for_log("connected: RFB", connected)
        files.certificate.write_bytes(certificate.read_bytes())
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("not read again, what was read before stays.*is not the key of")
        equal(load(daemon, *with_ca)[0], 0, "with the old certificate")
        files.key.write_bytes(key.read_bytes())
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("SHA-256", 2)
        equal(len(set(line.split()[-1] for line in daemon.log_lines("SHA-256"))), 2, "fingerprints")
        equal(load(daemon, *with_ca)[0], 0, "with the new certificate")
        output = watcher.communicate(timeout=30)[0]
        equal(watcher.returncode, 0, f"who was there: {output}")


@case("client certificates: only who is on the list gets in")
def client_certificates():
    with Folder() as files:
        allowed = files.path / "allowed"
        allowed.write_text("alice\n")
        arguments = ["--tls-client-ca", str(files.authority.certificate), "--tls-client-allow",
                     str(allowed)]  # fmt: skip
        options = [str(argument) for argument in files.options("X509None")]
        with Daemon(*options, *arguments, source=STILL) as daemon:
            for name in ("mallory", "alice"):
                certificate, key = files.authority.issue(name, CLIENT.format(name=name))
                status, text = load(daemon, "--tls-cert", certificate, "--tls-key", key)
                equal(status == 0, name == "alice", f"{name}: {text}")
            daemon.wait_for_log("closed: TLS: the peer's certificate is refused: its name is not")
            daemon.wait_for_log("connected: RFB 3.8, X509None")


@case("files that cannot be used end with status 2 and a text that names them")
def wrong_files():
    with Folder() as files:
        _, other = files.authority.issue("other")
        for certificate, key, word in (
            (files.certificate, other, str(other)),
            (files.path / "missing", files.key, "missing: No such file"),
            (files.key, files.key, "no certificate in PEM format"),
        ):
            status, text = run_covncd("--tls-cert", str(certificate), "--tls-key", str(key))
            equal(status, 2, text)
            check(word in text.splitlines()[0], text)


@case("a private key that everybody can read is warned of")
def open_key():
    with Folder() as files:
        files.key.chmod(0o644)
        with started(files, "X509None") as daemon:
            daemon.wait_for_log("everybody on this machine can read the private key")
