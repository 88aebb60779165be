"""A small viewer in plain sockets: speaks just enough RFB 3.8 to look, and to misbehave."""

import socket
import struct

from .case import PATIENCE, check

VERSION = b"RFB 003.008\n"
RAW, ZRLE = 0, 16


def connect(where, seconds=PATIENCE):
    """where: a port on 127.0.0.1, or the path of a unix socket."""
    if isinstance(where, int):
        sock = socket.create_connection(("127.0.0.1", where), timeout=seconds)
    else:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(seconds)
        sock.connect(str(where))
    return sock


def read(sock, count):
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise ConnectionError(f"closed after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def read_to_end(sock):
    """Whatever comes until the server closes."""
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def handshake(sock):
    """Version, type None, ClientInit. Returns (width, height, name)."""
    check(read(sock, 12) == VERSION, "the server's version")
    sock.sendall(VERSION)
    types = read(sock, read(sock, 1)[0])
    check(1 in types, f"None is not offered: {types}")
    sock.sendall(b"\x01")
    check(read(sock, 4) == bytes(4), "the login's result")
    sock.sendall(b"\x01")
    width, height = struct.unpack(">HH", read(sock, 4))
    read(sock, 16)
    (length,) = struct.unpack(">I", read(sock, 4))
    return width, height, read(sock, length).decode()


def set_encodings(*encodings):
    return struct.pack(f">BxH{len(encodings)}i", 2, len(encodings), *encodings)


def update_request(width, height, incremental=False):
    return struct.pack(">BBHHHH", 3, incremental, 0, 0, width, height)


def key_event(keysym, down):
    return struct.pack(">BBxxI", 4, down, keysym)


def scancode_event(keysym, code, down):
    """As viewers send it that know the key's place: XT's set 1, 0x80 more for those behind 0xe0."""
    return struct.pack(">BBHII", 255, 0, down, keysym, code)


def pointer_event(x, y, buttons):
    return struct.pack(">BBHH", 5, buttons, x, y)


def cut_text(text):
    data = text.encode("latin-1")
    return struct.pack(">BxxxI", 6, len(data)) + data


def next_cut_text(sock, seconds):
    """The next ServerCutText; None where none comes in time."""
    before = sock.gettimeout()
    sock.settimeout(seconds)
    try:
        kind = read(sock, 1)
    except TimeoutError:
        return None
    finally:
        sock.settimeout(before)
    check(kind == b"\x03", f"server message {kind[0]}")
    (length,) = struct.unpack(">xxxI", read(sock, 7))
    return read(sock, length).decode("latin-1")


class Viewer:
    """Takes Raw in the server's own format; picture() is width * height * 3 bytes of RGB."""

    def __init__(self, where):
        self.sock = connect(where)
        self.width, self.height, self.name = handshake(self.sock)
        self.rows = [bytearray(self.width * 4) for _ in range(self.height)]
        self.sock.sendall(set_encodings(RAW))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def type_keys(self, text):
        for character in text:
            self.sock.sendall(key_event(ord(character), True) + key_event(ord(character), False))

    def ask(self, incremental=False):
        self.sock.sendall(update_request(self.width, self.height, incremental))

    def take_update(self):
        kind, count = struct.unpack(">BxH", read(self.sock, 4))
        while kind == 3:  # ServerCutText: what another viewer has copied
            (length,) = struct.unpack(">I", read(self.sock, 4))
            read(self.sock, length)
            kind, count = struct.unpack(">BxH", read(self.sock, 4))
        check(kind == 0, f"server message {kind}")
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack(">HHHHi", read(self.sock, 12))
            check(encoding == RAW, f"encoding {encoding} was not asked for")
            data = read(self.sock, width * height * 4)
            for row in range(height):
                line = data[row * width * 4 : (row + 1) * width * 4]
                self.rows[y + row][x * 4 : (x + width) * 4] = line

    def picture(self):
        """Asks for all of it, and returns it."""
        self.ask()
        self.take_update()
        bgrx = b"".join(self.rows)
        rgb = bytearray(len(bgrx) // 4 * 3)
        rgb[0::3], rgb[1::3], rgb[2::3] = bgrx[2::4], bgrx[1::4], bgrx[0::4]
        return bytes(rgb)
