"""Stands between viewers and a server, keeps what they say, and has tshark read it.

What is read is made up from the bytes that went through, not captured: nobody needs a privilege, and no
packet is missed.
"""

import pathlib
import selectors
import socket
import struct
import subprocess
import tempfile
import threading

from .case import check, need

VNC_PORT = 5900
RAW_IP = 101  # libpcap's name of packets that begin with IP
SYN, ACK, PUSH = 2, 16, 8
WARNING = 0x600000  # tshark's severity
MOST = 60000  # bytes of a made up packet: large, since tshark does not put TLS together behind VeNCrypt


class Recorder:
    """A TCP relay for one `with` block. port: where viewers connect."""

    def __init__(self, server_port):
        self.server_port = server_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []  # of each: [(from the server?, bytes)]
        self.sockets = []
        self.thread = threading.Thread(target=self.accept, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # Closed only when nobody waits for them any more: a wait for what is closed never ends.
        for end in [self.listener, *self.sockets]:
            hang_up(end)
        self.thread.join()
        for end in [self.listener, *self.sockets]:
            end.close()

    def accept(self):
        relays = []
        try:
            while True:
                viewer, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
                self.sockets += [viewer, server]
                said = []
                self.connections.append(said)
                relays.append(threading.Thread(target=relay, args=(viewer, server, said)))
                relays[-1].start()
        except OSError:  # the listener is closed
            for thread in relays:
                thread.join()

    def complaints(self):
        """What tshark finds wrong in the connections: a line each."""
        with tempfile.TemporaryDirectory(prefix="covnc-tshark-") as folder:
            file = pathlib.Path(folder) / "said.pcap"
            file.write_bytes(pcap(self.connections))
            return dissect(file)


def hang_up(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was faster


def relay(viewer, server, said):
    with selectors.DefaultSelector() as ready:
        ready.register(viewer, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, viewer)
        try:
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(1 << 16)
                    if not data:
                        return
                    said.append((key.fileobj is server, data))
                    key.data.sendall(data)
        except OSError:
            return
        finally:
            hang_up(viewer)
            hang_up(server)


def pcap(connections):
    file = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, RAW_IP)
    for number, said in enumerate(connections):
        ports = 20000 + number, VNC_PORT
        counts = [1000, 2000]  # of the viewer, of the server
        file += packet(ports, counts[0], 0, SYN) + packet(ports[::-1], counts[1], counts[0] + 1, SYN | ACK)
        counts = [count + 1 for count in counts]
        for from_server, data in said:
            for start in range(0, len(data), MOST):
                part = data[start : start + MOST]
                direction = ports[::-1] if from_server else ports
                mine, theirs = (1, 0) if from_server else (0, 1)
                file += packet(direction, counts[mine], counts[theirs], ACK | PUSH, part)
                counts[mine] += len(part)
    return file


def packet(ports, sequence, acknowledged, flags, data=b""):
    tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
    length = 20 + len(tcp) + len(data)
    address = socket.inet_aton("127.0.0.1")
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 6, 0, address, address)
    return struct.pack("<IIII", 0, 0, length, length) + ip + tcp + data


def dissect(file):
    """What tshark says of the packets that it does not like: a line each."""
    fields = ("frame.number", "_ws.col.Info", "_ws.expert.message", "_ws.expert.severity")
    done = subprocess.run(
        [
            need("tshark"), "-n", "-r", file, "-d", f"tcp.port=={VNC_PORT},vnc", "-T", "fields",
            *(word for field in fields for word in ("-e", field)),
        ],
        capture_output=True,
        check=False,
        text=True,
    )  # fmt: skip
    check(done.returncode == 0, f"tshark: {done.stderr}")
    return [line for line in done.stdout.splitlines() if is_complaint(*line.split("\t"))]


def is_complaint(_number, information, _message, severities):
    # What follows bytes that it took for something else, it calls unknown.
    is_strange = any(word in information for word in ("Malformed", "Unknown"))
    return is_strange or any(int(severity) >= WARNING for severity in severities.split(",") if severity)
