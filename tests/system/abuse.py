"""covnc-load's hostile mode: covncd must survive all of it; of other servers it must tell what it
saw."""

import json
import pathlib
import subprocess
import tempfile

import security
from support import daemon as daemon_module
from support.case import PATIENCE, case, check, equal, need, wait_until
from support.daemon import PASSWORD, STILL, Daemon
from support.screen import XvncScreen

ALONE = True

PATTERN = "pattern:1024x768"
CONSOLE = "20,733,986x36"  # its line for what is typed, at that size


def abuse(where, *arguments, attacks=None):
    """Runs covnc-load --abuse to its end; returns its status and its figures."""
    done = subprocess.run(
        [str(daemon_module.BINDIR / "covnc-load"), where, "--json", "-",
         "--abuse" + (f"={attacks}" if attacks else ""), *arguments],
        capture_output=True,
        timeout=400,
        check=False,
        text=True,
    )
    check(done.returncode in (0, 1), f"status {done.returncode}: {done.stderr[-500:]}")
    figures = json.loads(done.stdout)
    equal(done.returncode, 0 if figures["survived"] else 1, "status and verdict")
    return figures


def problems(figures):
    return figures["problems"] + [
        f"{attack['name']}: {attack['verdict']}: {attack['problem']}"
        for attack in figures["attacks"]
        if not attack["good"] and attack["problem"]
    ]


def check_survived(figures):
    check(figures["survived"], "; ".join(problems(figures)))
    check(not figures["interrupted"], "interrupted")


def check_sane(figures):
    """A report on any server, whatever it did."""
    equal(figures["schema"], "covnc-load-abuse 1", "schema")
    check(not figures["interrupted"], "interrupted")
    check(figures["quiet"]["picture"]["count"] > 5, "few pictures before the first attack")
    ran = [attack for attack in figures["attacks"] if attack["verdict"] != "not run"]
    check(ran, "no attack ran")
    for attack in ran:
        check(attack["server_did"] or attack["verdict"] == "died", f"nothing said of {attack['name']}")
        check(attack["seconds"] < 25, f"{attack['name']} took {attack['seconds']} s")
    good = [attack for attack in ran if attack["good"]]
    return "; ".join([f"{len(good)} of {len(ran)} survived", *problems(figures)])


@case("covncd survives the whole catalogue, and its memory comes back")
def covncd_survives():
    with Daemon(source=STILL) as daemon:
        figures = abuse(f"127.0.0.1:{daemon.port()}", "--pid", str(daemon.pid()))
        check_survived(figures)
        check(figures["display"]["still"], "the still display was not taken for one")
        verdicts = {attack["verdict"] for attack in figures["attacks"]}
        equal(verdicts, {"right", "coming"}, "verdicts")
        before = figures["server_process"]["before"]["memory_bytes"]
        after = figures["server_process"]["after"]["memory_bytes"]
        return f"{before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after, {figures['seconds']:.0f} s"


@case("covncd with a password and a display that moves survives, and keys still show")
def covncd_with_password():
    # Attackers and those who must get in beside them share an address here.
    free = ("--max-failed-logins", "0")
    with Daemon(*free, source=PATTERN, password=True) as daemon, tempfile.NamedTemporaryFile("w") as file:
        file.write(PASSWORD + "\n")
        file.flush()
        figures = abuse(
            f"127.0.0.1:{daemon.port()}", "--pid", str(daemon.pid()),
            "--password-file", file.name, "--probe", CONSOLE,
            attacks="skipped-login,security-types,passwords,slow-loris,never-reading,"
                    "loris-and-stalled",
        )
        check_survived(figures)
        check(not figures["display"]["still"], "a display that moves was taken for a still one")
        ratios = []
        for attack in figures["attacks"][3:]:
            keys = attack["key_to_pixel"]
            check(keys["count"] >= 10, f"{attack['name']}: {keys}")
            equal(keys["unanswered"], 0, f"{attack['name']}: keys without an answer")
            ratios.append(f"{attack['name']} {keys['p50_ratio']:.1f} {keys['p99_ratio']:.1f}")
        return "times its quiet key to pixel (50 %, 99 %): " + ", ".join(ratios)


@case("covncd behind TLS, with users, survives what comes before a login and after it")
def covncd_with_tls():
    with security.Folder() as files:
        password = files.path / "password"
        password.write_text(PASSWORD + "\n")
        free = ("--max-failed-logins", "0")
        with security.started(files, "X509Plain", more=free) as daemon:
            figures = abuse(
                f"127.0.0.1:{daemon.port()}", "--pid", str(daemon.pid()), "--security", "X509Plain",
                "--user", security.USER, "--password-file", str(password),
            )
            check_survived(figures)
            # Everybody who is to get in does, by TLS.
            check(len(daemon.log_lines("connected: RFB 3.8, X509Plain")) > 100, "few logins")
            return f"{figures['seconds']:.0f} s"


@case("a server that dies is told from one that lives")
def dead_server():
    with Daemon(source=STILL) as daemon:
        where, pid = f"127.0.0.1:{daemon.port()}", daemon.pid()
        command = [str(daemon_module.BINDIR / "covnc-load"), where, "--pid", str(pid), "--json", "-",
                   "--abuse=silence,versions"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
            # In the middle of the first attack.
            daemon.wait_for_log("connected: RFB", 2)
            daemon.stop()
            output = run.communicate(timeout=PATIENCE * 2)[0]
            figures = json.loads(output)
        equal(run.returncode, 1, "status")
        verdicts = {attack["name"]: attack["verdict"] for attack in figures["attacks"]}
        check("died" in verdicts.values(), str(verdicts))


@case("settings with a mistake end with status 2; the catalogue can be read")
def settings():
    program = str(daemon_module.BINDIR / "covnc-load")
    done = subprocess.run([program, "127.0.0.1:1", "--abuse=fnces"], capture_output=True, check=False,
                          text=True, timeout=PATIENCE)
    equal(done.returncode, 2, "status")
    check("'fnces' is no attack" in done.stderr, done.stderr)
    done = subprocess.run([program, "--abuse=list"], capture_output=True, check=True, text=True,
                          timeout=PATIENCE)
    check("slow-loris" in done.stdout, done.stdout)


LIBVNCSERVER = r"""
#include <rfb/rfb.h>
#include <stdlib.h>
int main(int argc, char** argv)
{
    rfbScreenInfoPtr screen = rfbGetScreen(&argc, argv, 640, 480, 8, 3, 4);
    screen->frameBuffer = calloc(640 * 480, 4);
    screen->autoPort = TRUE;
    screen->listenInterface = htonl(INADDR_LOOPBACK);
    screen->ipv6port = -1;
    screen->alwaysShared = TRUE;
    rfbInitServer(screen);
    printf("%d\n", screen->port);
    fflush(stdout);
    rfbRunEventLoop(screen, 10000, FALSE);
}
"""


@case("LibVNCServer: a report")
def libvncserver():
    with tempfile.TemporaryDirectory(prefix="covnc-libvnc-") as folder:
        program = pathlib.Path(folder) / "server"
        subprocess.run([need("cc"), "-x", "c", "-", "-o", program, "-lvncserver"],
                       input=LIBVNCSERVER, text=True, check=True)
        with subprocess.Popen([program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True) as process:
            try:
                port = int(process.stdout.readline())
                # Half-open logins stall it for seconds each: the whole catalogue would take long.
                attacks = "versions,cut-handshakes,pixel-formats,message-types,cut-text,encodings,requests"
                return check_sane(
                    abuse(f"127.0.0.1:{port}", "--pid", str(process.pid), attacks=attacks))
            finally:
                process.kill()


class LenientXvnc(XvncScreen):
    """Does not lock out an address for the failures of an attack."""

    def server_command(self):
        return [*super().server_command(), "-UseBlacklist=0"]


@case("TigerVNC's Xvnc: a report")
def tigervnc():
    with LenientXvnc() as screen:
        figures = abuse(f"unix:{screen.rfb_path}", "--pid", str(screen.server.pid))
        return check_sane(figures)


@case("QEMU's own VNC server: a report")
def qemu():
    with tempfile.TemporaryDirectory(prefix="covnc-qemu-") as folder:
        path = pathlib.Path(folder) / "rfb"
        command = [need("qemu-system-x86_64"), "-accel", "tcg", "-nodefaults", "-vga", "std",
                   "-display", "none", "-vnc", f"unix:{path}", "-S"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            try:
                wait_until(path.exists, "QEMU's socket")
                # All of them take a minute, and are of more use against our own.
                attacks = "versions,security-types,pixel-formats,message-types,cut-text,requests"
                return check_sane(abuse(f"unix:{path}", "--pid", str(process.pid), attacks=attacks))
            finally:
                process.kill()
