"""Who gets in and who does not: users and passwords over RSA-AES, by a viewer that was written from
the protocol's text alone; PAM; waits after failed logins."""

import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import stat
import struct
import subprocess
import tempfile

from support import daemon, pictures, rfb, rsa_aes
from support.case import case, check, equal, wait_until
from support.daemon import PASSWORD, Daemon

TYPES = (rsa_aes.RA2, rsa_aes.RA2NE, rsa_aes.RA2_256, rsa_aes.RA2NE_256)


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix="covnc-logins-") as name:
        yield pathlib.Path(name)


def add_user(users, name, password, *options):
    subprocess.run(
        [str(daemon.BINDIR / "covnc-passwd"), str(users), name, "--stdin", *options],
        input=password + "\n", text=True, check=True, stdout=subprocess.DEVNULL,
    )


def with_users(place):
    users = place / "users"
    add_user(users, "ann", "ännchen")
    add_user(users, "bob", "look", "--view-only")
    add_user(users, "old", "secret", "--expires", "2020-12-31")
    return Daemon("--users", str(users), "--rsa-key", str(place / "key"))


def picture_over(session, width, height):
    """The display, Raw."""
    viewer = rfb.Viewer.__new__(rfb.Viewer)
    viewer.sock, viewer.width, viewer.height = session, width, height
    viewer.rows = [bytearray(width * 4) for _ in range(height)]
    session.sendall(rfb.set_encodings(rfb.RAW))
    return viewer.picture()


def denied(server, security, user, password):
    """What a login that fails is told."""
    with rfb.connect(server.port()) as sock:
        try:
            rsa_aes.log_in(sock, security, user, password)
        except rsa_aes.Denied as reason:
            return str(reason)
    return "it got in"


@case("the viewer's own EAX is right")
def viewer_is_right():
    rsa_aes.check_eax()


@case("every RSA-AES type shows the display to a user")
def every_type():
    with folder() as place, with_users(place) as server:
        for security in TYPES:
            with rfb.connect(server.port()) as sock:
                session, subtype, _, width, height = rsa_aes.log_in(sock, security, "ann", "ännchen")
                equal(subtype, 1, "the subtype")
                equal(picture_over(session, width, height), pictures.still().rgb, "the picture")
                server.wait_for_log(f"RFB 3.8, {rsa_aes.NAMES[security]}, user ann$")


@case("the host key is made once, kept for its owner, and shown as viewers show it")
def host_key():
    with folder() as place:
        shown = []
        for _ in range(2):
            with with_users(place) as server, rfb.connect(server.port()) as sock:
                _, _, fingerprint, _, _ = rsa_aes.log_in(sock, rsa_aes.RA2_256, "ann", "ännchen")
                logged = re.search(r"fingerprint (\S+)", server.log()).group(1)
                equal(fingerprint, logged, "the fingerprint")
                shown.append(logged)
        equal(shown[0], shown[1], "the second start's key")
        equal(stat.S_IMODE((place / "key").stat().st_mode), 0o600, "the key's mode")


@case("view-only users only look; wrong ones and expired ones are told the same")
def rights():
    with folder() as place, with_users(place) as server:
        with rfb.connect(server.port()) as sock:
            rsa_aes.log_in(sock, rsa_aes.RA2, "bob", "look")
            server.wait_for_log("user bob, view only")
        for user, password, why in (
            ("ann", "annchen", "wrong password of user ann"),
            ("old", "secret", "the password of user old has expired"),
            ("eve", "secret", "unknown user"),
            ("", "", "unknown user"),
        ):
            equal(denied(server, rsa_aes.RA2_256, user, password), "authentication failed", "the reason")
            server.wait_for_log(f"closed: {why}")
        check("eve" not in server.log(), "a stranger's name is in the log")


@case("a users' file that changes counts at the next login")
def changes():
    with folder() as place, with_users(place) as server:
        equal(denied(server, rsa_aes.RA2, "new", "fresh"), "authentication failed", "before")
        add_user(place / "users", "new", "fresh")
        with rfb.connect(server.port()) as sock:
            rsa_aes.log_in(sock, rsa_aes.RA2, "new", "fresh")
        server.wait_for_log("read again, 4 users")


@case("without users, RSA-AES asks for the passwords of the password file, all of them")
def passwords_alone():
    with folder() as place:
        file = place / "passwords"
        file.write_text("a long password\nwatching only\n")
        with Daemon("--password-file", str(file), "--rsa-key", str(place / "key")) as server:
            for security in TYPES:
                with rfb.connect(server.port()) as sock:
                    _, subtype, _, _, _ = rsa_aes.log_in(sock, security, "", "a long password")
                    equal(subtype, 2, "the subtype")
            with rfb.connect(server.port()) as sock:
                rsa_aes.log_in(sock, rsa_aes.RA2, "", "watching only")
            server.wait_for_log("RA2, view only")
            equal(denied(server, rsa_aes.RA2, "", "a long p"), "authentication failed", "eight of them")


@case("passwords that have expired open nothing")
def passwords_expire():
    with folder() as place:
        with Daemon("--rsa-key", str(place / "key"), "--password-expires", "2020-12-31", password=True) as server:
            equal(denied(server, rsa_aes.RA2, "", PASSWORD), "authentication failed", "the reason")
            server.wait_for_log("closed: the password has expired")
        with Daemon("--rsa-key", str(place / "key"), "--password-expires", "2999-12-31", password=True) as server:
            with rfb.connect(server.port()) as sock:
                rsa_aes.log_in(sock, rsa_aes.RA2, "", PASSWORD)


@case("SIGHUP has the password file read again, unless it is wrong")
def passwords_change():
    with folder() as place:
        file = place / "passwords"
        file.write_text("first\n")
        with Daemon("--password-file", str(file), "--rsa-key", str(place / "key")) as server:
            for text, password, line in (
                ("second\nlook\n", "second", "passwords read again"),
                ("\n", "second", "passwords stay as they were"),
            ):
                file.write_text(text)
                server.process.send_signal(signal.SIGHUP)
                server.wait_for_log(line)
                with rfb.connect(server.port()) as sock:
                    rsa_aes.log_in(sock, rsa_aes.RA2, "", password)
            equal(denied(server, rsa_aes.RA2, "", "first"), "authentication failed", "the old one")


@case("PAM is asked, by rules of our own")
def pam():
    with folder() as place:
        (place / "proof").write_text(
            '#!/bin/sh\nIFS= read -r password\n[ "$PAM_RHOST" = 127.0.0.1 ] || exit 1\n'
            'case "$PAM_USER:$password" in ann:secret|bob:look|old:secret) exit 0 ;; esac\nexit 1\n'
        )
        (place / "account").write_text('#!/bin/sh\n[ "$PAM_USER" != old ]\n')
        for script in ("proof", "account"):
            (place / script).chmod(0o700)
        (place / "covnc").write_text(
            f"auth required pam_exec.so expose_authtok quiet {place}/proof\n"
            f"account required pam_exec.so quiet {place}/account\n"
        )
        with Daemon(
            "--users", f"pam:{place}/covnc", "--view-only-users", "bob", "--rsa-key", str(place / "key")
        ) as server:
            with rfb.connect(server.port()) as sock:
                rsa_aes.log_in(sock, rsa_aes.RA2_256, "ann", "secret")
                server.wait_for_log("RA2_256, user ann$")
            with rfb.connect(server.port()) as sock:
                rsa_aes.log_in(sock, rsa_aes.RA2_256, "bob", "look")
                server.wait_for_log("user bob, view only")
            equal(denied(server, rsa_aes.RA2, "ann", "Secret"), "authentication failed", "the reason")
            equal(denied(server, rsa_aes.RA2, "old", "secret"), "authentication failed", "the reason")
            server.wait_for_log("PAM denies the account")


def vnc_guess(where):
    """A wrong VNC password; returns what the server says instead of a welcome."""
    with rfb.connect(where) as sock:
        check(rfb.read(sock, 12) == rfb.VERSION, "the server's version")
        sock.sendall(rfb.VERSION)
        count = rfb.read(sock, 1)[0]
        if count == 0:
            return rsa_aes.read_reason(sock)
        rfb.read(sock, count)
        sock.sendall(b"\x02")
        rfb.read(sock, 16)
        sock.sendall(bytes(16))
        (result,) = struct.unpack(">I", rfb.read(sock, 4))
        equal(result, 1, "the result of a wrong password")
        return rsa_aes.read_reason(sock)


def at_once(count, where):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(vnc_guess, [where] * count))


@case("five wrong passwords make an address wait, those on a unix socket never; the log is short")
def guessing():
    with folder() as place:
        path = place / "socket"
        with Daemon("--listen", f"unix:{path}", password=True) as server:
            for reason in at_once(5, server.port()):
                equal(reason, "authentication failed", "the reason")
            for _ in range(200):
                check("too many failed logins; try again in" in vnc_guess(server.port()), "no wait")
            equal(len(server.log_lines("turned away: too many failed logins")), 1, "lines in the log")
            for _ in range(2):
                for reason in at_once(7, path):
                    equal(reason, "authentication failed", "the reason on the unix socket")


@case("who says nothing does not keep others of its address out, beyond a limit")
def crowding():
    with Daemon("--max-logins-per-address", "3") as server:
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(rfb.connect(server.port())) for _ in range(3)]
            for sock in silent:
                equal(rfb.read(sock, 12), rfb.VERSION, "the version")
            with rfb.connect(server.port()) as sock:
                equal(rfb.read_to_end(sock), b"", "what one too many is told")
            server.wait_for_log("too many from one address log in at once")

            def gets_in():
                with rfb.connect(server.port()) as sock:
                    try:
                        rfb.handshake(sock)
                    except ConnectionError:
                        return False
                return True

            wait_until(gets_in, "a good viewer gets in when the oldest has had its time")


@case("options that say who may log in: each mistake is named")
def option_mistakes():
    with folder() as place:
        key = str(place / "key")
        users = place / "users"
        users.write_text("ann:secret\n")
        for arguments, reason in (
            (["--users", str(users), "--rsa-key", key], f"{users}:1: the second field is no hash"),
            (["--users", "/nowhere/users", "--rsa-key", key], "/nowhere/users: there is no such file"),
            (["--users", "pam"], "--users needs --rsa-key"),
            (["--auth", "RA2", "--users", "pam"], "--rsa-key"),
            (["--auth", "RA2", "--rsa-key", key], "--users or --password-file"),
            (["--view-only-users", "ann"], "--users"),
            (["--password-expires", "2030-01-01"], "--password-file"),
            (["--users", "pam", "--rsa-key", str(users)], f"{users}: it is no private key"),
            (["--users", "pam", "--rsa-key", "/nowhere/key"], "/nowhere/key"),
        ):
            status, text = daemon.run_covncd("--listen", "127.0.0.1:0", *arguments)
            equal(status, 2, f"the status of {arguments}")
            check(reason in text, f"no '{reason}' in {text}")
        check(not os.path.exists(key), "a key was made although the rest was wrong")
