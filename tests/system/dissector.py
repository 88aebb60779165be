"""What covncd says, as Wireshark's dissector reads it: nothing of it is malformed.

It does not know Zlib, TRLE, JPEG, TightPNG and the bodies of CoRRE, takes each ZRLE rectangle for a zlib stream of
its own, and a text with a negative length (the extended clipboard) for a very long one. Of RFB 3.3
and Tight's security type it wants every piece in a packet of its own, and of what RSA-AES and SASL
encrypt it knows nothing.
"""

import subprocess

import security
from support import daemon as daemon_module
from support import rfb
from support.case import case, check, equal
from support.daemon import PASSWORD, STILL, Daemon
from support.recorder import Recorder

CASES = []
MOVING = "pattern:320x240"


def load(recorder, *arguments):
    """One viewer of covnc-load's for half a second."""
    done = subprocess.run(
        [
            str(daemon_module.BINDIR / "covnc-load"), f"127.0.0.1:{recorder.port}", "--quiet",
            "--clients", "1", "--seconds", "0.5", "--depth", "decode", *arguments,
        ],
        capture_output=True,
        check=False,
        text=True,
    )  # fmt: skip
    check(done.returncode == 0, f"covnc-load: {done.stdout}{done.stderr}")


def check_fine(recorder, said_at_least=1000):
    from_server = sum(len(data) for said in recorder.connections for server, data in said if server)
    check(from_server >= said_at_least, f"the server said {from_server} bytes only")
    equal(recorder.complaints(), [], "what tshark finds wrong")
    return f"{from_server // 1000} kB"


# --- updates ------------------------------------------------------------------------------------


def encoding(kind):
    with Daemon(source=MOVING) as daemon, Recorder(daemon.port()) as recorder:
        load(recorder, "--mix", kind, "--typing", "5", "--pointing", "5")
        return check_fine(recorder, 10000)


for one in ("raw", "raw-16bpp", "raw-8bpp", "copyrect", "rre", "rre-8bpp", "hextile", "hextile-16bpp",
            "hextile-8bpp", "tight", "tight-16bpp", "tight-q6"):  # fmt: skip
    CASES.append((f"updates: {one}", lambda kind=one: encoding(kind)))

PSEUDO_ENCODINGS = {
    "DesktopSize": -223,
    "LastRect": -224,
    "PointerPos": -232,
    "Cursor": -239,
    "X Cursor": -240,
    "DesktopName": -307,
    "ExtendedDesktopSize": -308,
    "Fence": -312,
    "ContinuousUpdates": -313,
    "LED state of LibVNCServer": -0x20000,
}


def pseudo_encodings(numbers):
    with Daemon(source=STILL) as daemon, Recorder(daemon.port()) as recorder:
        with rfb.connect(recorder.port) as sock:
            width, height, _ = rfb.handshake(sock)
            sock.sendall(rfb.set_encodings(rfb.RAW, *numbers) + rfb.pointer_event(20, 20, 0))
            sock.sendall(rfb.update_request(width, height))
            received = len(sock.recv(1 << 20))
            if received < 1000:  # of the screens only
                sock.sendall(rfb.update_request(width, height, incremental=True))
            while received < width * height * 4:
                received += len(sock.recv(1 << 20))
        return check_fine(recorder)


for title, number in PSEUDO_ENCODINGS.items():
    CASES.append((f"updates: {title}", lambda number=number: pseudo_encodings([number])))
CASES.append(("updates: all that is known", lambda: pseudo_encodings(PSEUDO_ENCODINGS.values())))


# --- logins -------------------------------------------------------------------------------------


def login(kind):
    with security.Folder() as files:
        password = files.path / "password"
        password.write_text(f"{PASSWORD}\n")
        # Small, so that no record of TLS is in two packets.
        with security.started(files, kind, source="pattern:64x48") as daemon, Recorder(daemon.port()) as recorder:
            load(recorder, "--mix", "raw", "--security", kind, "--user", security.USER,
                 "--password-file", str(password))  # fmt: skip
            return check_fine(recorder)


for one in ("VncAuth", *security.TYPES):
    CASES.append((f"logins: {one}", lambda kind=one: login(kind)))


@case("logins: a wrong password")
def wrong_password():
    with Daemon(source=STILL, password=True) as daemon, Recorder(daemon.port()) as recorder:
        with rfb.connect(recorder.port) as sock:
            sock.sendall(rfb.read(sock, 12))
            rfb.read(sock, rfb.read(sock, 1)[0])
            sock.sendall(b"\x02")
            rfb.read(sock, 16)
            sock.sendall(bytes(16))
            rfb.read_to_end(sock)
        return check_fine(recorder, 12)


# --- the test itself ----------------------------------------------------------------------------


@case("what is malformed is found")
def malformed():
    with Daemon(source="pattern:64x48,still") as daemon, Recorder(daemon.port()) as recorder:
        with rfb.Viewer(recorder.port) as viewer:
            viewer.picture()
    (said,) = recorder.connections
    equal(recorder.complaints(), [], "what tshark finds wrong with one picture")
    (update,) = (i for i, (server, data) in enumerate(said) if server and len(data) > 5000)
    said[update] = (True, b"\x63" + said[update][1])
    check(recorder.complaints() != [], "tshark knows a message of type 99")
