"""SASL and Tight: real viewers log in by them, and command lines that cannot be are refused."""

import contextlib
import pathlib
import subprocess
import tempfile

import security
from support import pictures
from support.case import case, check, equal, need
from support.daemon import PASSWORD, PASSWORD_FILE, STILL, Daemon, run_covncd
from support.screen import Screen

CASES = []

# As docs/security.md says, but for the place of the data base.
CONFIGURATION = """pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {folder}/sasldb2
mech_list: {mechanisms}
"""


@contextlib.contextmanager
def started(kind, mechanisms, *arguments):
    """(files, daemon): one that knows a user of SASL, whose names and passwords are its own."""
    with security.Folder() as files:
        (files.path / "covnc.conf").write_text(
            CONFIGURATION.format(folder=files.path, mechanisms=mechanisms)
        )
        subprocess.run(
            [need("saslpasswd2"), "-p", "-c", "-f", str(files.path / "sasldb2"), security.USER],
            input=PASSWORD,
            text=True,
            check=True,
        )
        options = [str(argument) for argument in files.options(kind)]
        with Daemon(*options, "--sasl-config", str(files.path), *arguments, source=STILL) as daemon:
            yield files, daemon


def gvncviewer(kind, mechanism):
    offered = ["--sasl-mechanisms", mechanism] if mechanism == "DIGEST-MD5" else []
    with started(kind, mechanism, *offered) as (files, daemon), Screen() as screen:
        security.look_by_gvncviewer(files, daemon, screen, kind)
        daemon.wait_for_log(f"{kind}, user {security.USER}$")
        security.keep_shot(screen, f"gvncviewer-{kind}-{mechanism}")


for type_and_mechanism in (
    ("X509SASL", "SCRAM-SHA-256"),
    ("TLSSASL", "SCRAM-SHA-256"),
    ("X509SASL", "PLAIN"),
    ("SASL", "DIGEST-MD5"),
):
    CASES.append((
        f"gvncviewer, {' with '.join(type_and_mechanism)}",
        lambda pair=type_and_mechanism: gvncviewer(*pair),
    ))  # fmt: skip


def load(daemon, files, kind, password=PASSWORD, seconds=1):
    """(status, output) of one viewer's short visit."""
    return security.load(
        daemon, "--security", kind, "--user", security.USER,
        "--password-file", password_in(files, password), clients=1, seconds=seconds,
    )  # fmt: skip


def password_in(files, text=PASSWORD):
    path = files.path / "password"
    path.write_text(text + "\n")
    return path


def libvncclient(kind, mechanism):
    offered = ["--sasl-mechanisms", mechanism] if mechanism == "DIGEST-MD5" else []
    with started(kind, mechanism, *offered) as (files, daemon):
        security.look_by_libvncclient(files, daemon, kind)
        daemon.wait_for_log(f"{kind}, user {security.USER}$")


for type_and_mechanism in (
    ("X509SASL", "SCRAM-SHA-256"),
    ("TLSSASL", "SCRAM-SHA-256"),
    ("SASL", "DIGEST-MD5"),
):
    CASES.append((
        f"libvncclient, {' with '.join(type_and_mechanism)}",
        lambda pair=type_and_mechanism: libvncclient(*pair),
    ))  # fmt: skip


@case("covnc-load by SASL; a users' file says who may come, and who only looks")
def users():
    with tempfile.TemporaryDirectory(prefix="covnc-sasl-") as folder:
        file = pathlib.Path(folder) / "users"
        file.write_text(f"{security.USER}:*:view-only\n")
        with started("X509SASL", "SCRAM-SHA-256", "--users", str(file)) as (files, daemon):
            status, text = load(daemon, files, "X509SASL", seconds=3)
            equal(status, 0, text)
            daemon.wait_for_log(f"X509SASL, user {security.USER}, view only")
            # Refusals come a second late.
            load(daemon, files, "X509SASL", "wrong", seconds=3)
            daemon.wait_for_log("closed: SASL: authentication failure")
            file.write_text("somebody:*\n")
            load(daemon, files, "X509SASL", seconds=3)
            daemon.wait_for_log("closed: who logged in is not in the users' file")
            equal(len(daemon.log_lines("connected: RFB")), 2, "who got in, its control connection too")


@case("passwords are not asked for in clear, and a type without a mechanism is not offered")
def in_clear():
    with started("SASL", "PLAIN SCRAM-SHA-256") as (files, daemon):
        daemon.wait_for_log("SASL without TLS is offered on unix sockets only")
        status, text = load(daemon, files, "SASL")
        check(status != 0, text)
        daemon.wait_for_log("no security type can be used on this connection")


@case("command lines with SASL or Tight that make no sense")
def wrong():
    for arguments, word in (
        (["--auth", "TLSSASL", "--sasl-mechanisms", "NONSENSE"], "NONSENSE"),
        (["--sasl-mechanisms", "PLAIN"], "need --auth SASL"),
        (["--auth", "Tight"], "Tight needs other types"),
    ):
        status, text = run_covncd(*arguments)
        equal(status, 2, text)
        check(word in text.splitlines()[0], text)


# --- Tight --------------------------------------------------------------------------------------


def tight(viewer, password):
    inside = "VncAuth" if password else "None"
    with Daemon("--auth", f"Tight,{inside}", source=STILL, password=password) as daemon:
        with Screen() as screen:
            file = screen.path / "passwd"
            file.write_bytes(PASSWORD_FILE)
            login = ["-passwd", file] if password else []
            screen.start(viewer, "-encodings", "copyrect tight hextile", "-nojpeg", *login,
                         f"127.0.0.1::{daemon.port()}")  # fmt: skip
            screen.wait_for_picture(
                pictures.still(expand=lambda v, top: (v * 65535 // top) >> 8)
            )
            daemon.wait_for_log(f"connected: RFB 3.8, {inside} in Tight")


for program in ("xtightvncviewer", "ssvncviewer"):
    for has_password in (False, True):
        CASES.append((
            f"{program}, Tight, {'VncAuth' if has_password else 'None'}",
            lambda v=program, p=has_password: tight(v, p),
        ))  # fmt: skip
