#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: corpus/TARGET/NAME, the same bytes in each run.

The files there whose names are numbers were found by long runs (docs/testing.md)."""

import pathlib
import struct
import zlib

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def pixel_format(bits, depth, big_endian, true_colour, maxima, shifts):
    return struct.pack(">4B3H3B3x", bits, depth, big_endian, true_colour, *maxima, *shifts)


PIXEL_FORMATS = {
    "tigervnc": pixel_format(32, 24, 0, 1, (255, 255, 255), (16, 8, 0)),
    "novnc": pixel_format(32, 24, 0, 1, (255, 255, 255), (0, 8, 16)),
    "libvncclient": pixel_format(32, 24, 0, 1, (255, 255, 255), (0, 8, 16)),
    "tigervnc-low": pixel_format(8, 6, 0, 1, (3, 3, 3), (4, 2, 0)),
    "gtk-vnc-ultra-low": pixel_format(8, 3, 0, 1, (1, 1, 1), (7, 6, 5)),
    "rgb565-big-endian": pixel_format(16, 16, 1, 1, (31, 63, 31), (11, 5, 0)),
    "depth-32": pixel_format(32, 32, 0, 1, (255, 255, 255), (24, 16, 8)),
    "colour-map": pixel_format(8, 8, 0, 0, (0, 0, 0), (0, 0, 0)),
}


def set_pixel_format(name):
    return b"\0\0\0\0" + PIXEL_FORMATS[name]


def set_encodings(*numbers):
    return struct.pack(f">BxH{len(numbers)}i", 2, len(numbers), *numbers)


def request(incremental, x=0, y=0, width=70, height=40):
    return struct.pack(">BB4H", 3, incremental, x, y, width, height)


def key(down, keysym):
    return struct.pack(">BBxxI", 4, down, keysym)


def extended_key(down, keysym, keycode):
    return struct.pack(">BBHII", 255, 0, down, keysym, keycode)


def pointer(buttons, x, y):
    return struct.pack(">BBHH", 5, buttons, x, y)


def set_desktop_size(width, height, *screens):
    return struct.pack(">BxHHBx", 251, width, height, len(screens)) + b"".join(
        struct.pack(">I4HI", *screen) for screen in screens)


TYPING = key(1, 0x61) + key(0, 0x61) + pointer(1, 5, 6) + pointer(0, 9000, 9)

# What the viewers send after the handshake, as far as it matters here.
def sound(operation, *audio_format):
    return struct.pack(">BBH", 255, 1, operation) + (struct.pack(">BBI", *audio_format) if audio_format else b"")


CLIENT_MESSAGES = {
    "tigervnc": set_pixel_format("tigervnc")
    + set_encodings(-308, -223, -224, -239, -307, -258, -261, 1, 16, 5, 0, -254) + request(0)
    + request(1) + extended_key(1, 0x61, 0x1E) + extended_key(0, 0x61, 0x1E) + TYPING
    + set_desktop_size(80, 60, (1, 0, 0, 80, 60, 0)) + request(1),
    "libvncclient": set_pixel_format("libvncclient") + set_encodings(0, 16, 1, 5, -239, -223)
    + request(0) + request(1, 3, 4, 5, 6) + TYPING,
    "gtk-vnc-ultra-low": set_pixel_format("gtk-vnc-ultra-low") + set_encodings(5, 0, -257) + request(0),
    "colour-map": set_pixel_format("colour-map") + set_encodings(16) + request(0) + request(0),
    "cut-text": b"\6\0\0\0" + struct.pack(">I", 5) + b"hello" + TYPING,
    "cut-text-huge": b"\6\0\0\0" + struct.pack(">I", 0x7FFFFFFF) + b"hello",
    "change-of-mind": set_encodings(16, 1) + request(0) + set_pixel_format("rgb565-big-endian")
    + request(0) + set_encodings(5) + request(1, 60, 30, 65535, 65535) + set_encodings() + request(0),
    "mouse-buttons": set_encodings(0, -316, -258) + request(0) + pointer(0x81, 3, 4) + b"\1"
    + pointer(0x80, 3, 4) + b"\xff" + request(1) + pointer(1, 5, 6),
    "sound": set_encodings(0, -259) + request(0) + sound(2, 0, 1, 22050) + sound(0) + request(1)
    + sound(2, 5, 2, 48000) + sound(1) + sound(0),
    "sound-wrong": set_encodings(0, -259) + request(0) + sound(2, 6, 3, 0),
    "not-announced": struct.pack(">BxxxIB", 248, 0x80000000, 0),
}

VERSIONS = (b"RFB 003.003\n", b"RFB 003.007\n", b"RFB 003.008\n", b"RFB 003.889\n", b"RFB 004.001\n")

HANDSHAKES = {f"version-{i}": version + b"\1\1" + request(0) for i, version in enumerate(VERSIONS)}
HANDSHAKES["password"] = b"RFB 003.008\n\2" + bytes(range(16)) + b"\1"
HANDSHAKES["not-offered"] = b"RFB 003.008\n\x13"
HANDSHAKES["session"] = b"RFB 003.008\n\1\1" + CLIENT_MESSAGES["tigervnc"]



def plain(user, password):
    return struct.pack(">II", len(user), len(password)) + user + password


PLAINS = {
    "right": plain(b"ann", b"secret"),
    "wrong": plain(b"ann\0", b""),
    "longest": plain(b"x" * 1024, b"y" * 1024),
    "too-long": struct.pack(">II", 1025, 0),
    "huge": struct.pack(">II", 3, 0xFFFFFFFF) + b"ann",
    "cut": plain(b"ann", b"secret")[:-1],
}


def sasl_data(data):
    """None and empty are not the same: there is a NUL more."""
    return struct.pack(">I", 0) if data is None else struct.pack(">I", len(data) + 1) + data + b"\0"


def sasl(mechanism, *data, confidential=True):
    name = struct.pack(">I", len(mechanism)) + mechanism
    return bytes([confidential]) + name + b"".join(sasl_data(part) for part in data)


SASLS = {
    "plain": sasl(b"PLAIN", b"\0ann\0secret"),
    "plain-later": sasl(b"PLAIN", None, b"\0ann\0secret"),
    "plain-as-other": sasl(b"PLAIN", b"bob\0ann\0secret"),
    "plain-not-here": sasl(b"PLAIN", b"\0ann\0secret", confidential=False),
    "plain-empty": sasl(b"PLAIN", b"", b"", b""),
    "scram": sasl(b"SCRAM-SHA-256", b"n,,n=ann,r=abcdefgh", b"c=biws,r=abcdefgh,p=AAAA"),
    "scram-binding": sasl(b"SCRAM-SHA-256", b"p=tls-unique,a=bob,n=ann=2C,r=abc"),
    "none": sasl(b"", None),
    "unknown": sasl(b"EXTERNAL", b""),
    "long": b"\1" + struct.pack(">I", 0xFFFFFFFF),
    "data-long": sasl(b"PLAIN") + struct.pack(">I", 0x7FFFFFFF),
}

TIGHTS = {
    "none": b"RFB 003.008\n\x10\0\0\0\1\1" + CLIENT_MESSAGES["libvncclient"],
    "vnc-auth": b"RFB 003.008\n\x10\0\0\0\2" + bytes(16),
    "vencrypt": b"RFB 003.007\n\x10\0\0\0\x13\0\2\0\0\1\2",
    "in-itself": b"RFB 003.008\n\x10\0\0\0\x10",
    "negative": b"RFB 003.008\n\x10\xff\xff\xff\xff",
    "continuous": b"RFB 003.007\n\x10\0\0\0\1\1" + struct.pack(">BB4H", 150, 1, 0, 0, 70, 40),
}

CLIPBOARD_CAPS, CLIPBOARD_REQUEST, CLIPBOARD_PEEK, CLIPBOARD_NOTIFY, CLIPBOARD_PROVIDE = (
    1 << bit for bit in range(24, 29))


def clipboard(flags, data=b""):
    return struct.pack(">I", flags) + data


def provided(text, length=None):
    size = len(text) if length is None else length
    return clipboard(CLIPBOARD_PROVIDE | 1, zlib.compress(struct.pack(">I", size) + text))


CLIPBOARDS = {
    "capabilities": clipboard(CLIPBOARD_CAPS | CLIPBOARD_PROVIDE | 3, struct.pack(">2I", 1 << 20, 0)),
    "request": clipboard(CLIPBOARD_REQUEST | 1),
    "peek": clipboard(CLIPBOARD_PEEK),
    "notify": clipboard(CLIPBOARD_NOTIFY | 1),
    "two-actions": clipboard(CLIPBOARD_NOTIFY | CLIPBOARD_PEEK | 1),
    "provide": provided("Zeile 1\r\nZeile ä\r\0".encode()),
    "provide-latin-1": provided(b"\xe4\r\r\n\xff"),
    "provide-short": provided(b"ab", 3),
    "provide-long": provided(b"ab", 0xFFFFFFFF),
    "provide-much": provided(bytes(300000)),
    "provide-no-zlib": clipboard(CLIPBOARD_PROVIDE | 1, b"nonsense"),
    "provide-html": clipboard(CLIPBOARD_PROVIDE | 4, zlib.compress(b"\0\0\0\1x")),
    "text": "a\r\nb\rc€\0d".encode(),
    "text-latin-1": b"\xc3\x28\xed\xa0\x80",
}


def rsa_key(bits, modulus=b"\xff", exponent=b"\3"):
    size = (bits + 7) // 8
    return struct.pack(">I", bits) + modulus * size + bytes(size - len(exponent)) + exponent


# The first byte: the type, and where the rest takes over from a viewer that does all right.
RSA_AES_TYPES = 4
IN_KEY, IN_RANDOM, IN_HASH, IN_HASH_RECORD, IN_CREDENTIALS, IN_SESSION = range(6)


def rsa_aes(place, data, kind=0):
    return bytes([place * RSA_AES_TYPES + kind]) + data


RSA_AES = {
    "key-1024": rsa_aes(IN_KEY, rsa_key(1024)),
    "key-8192": rsa_aes(IN_KEY, rsa_key(8192)),
    "key-even": rsa_aes(IN_KEY, rsa_key(1024, b"\xfe")),
    "key-none": rsa_aes(IN_KEY, rsa_key(1024, b"\0", b"\0")),
    "key-huge": rsa_aes(IN_KEY, struct.pack(">I", 0xFFFFFFFF)),
    "random-wrong": rsa_aes(IN_RANDOM, struct.pack(">H", 128) + bytes(128), 1),
    "random-long": rsa_aes(IN_RANDOM, struct.pack(">H", 65535), 2),
    "record-empty": rsa_aes(IN_HASH, bytes(18), 3),
    "record-long": rsa_aes(IN_HASH, b"\xff" * 100),
    "hash-wrong": rsa_aes(IN_HASH_RECORD, bytes(32), 2),
    "credentials": rsa_aes(IN_CREDENTIALS, b"\3ann\6secret", 1),
    "credentials-longest": rsa_aes(IN_CREDENTIALS, b"\xff" + b"x" * 255 + b"\xff" + b"y" * 255, 2),
    "credentials-cut": rsa_aes(IN_CREDENTIALS, b"\xffann"),
    "credentials-and-more": rsa_aes(IN_CREDENTIALS, b"\0\6secret\1", 1),
    "session-broken": rsa_aes(IN_SESSION, bytes(40)),
    "session-in-clear": rsa_aes(IN_SESSION, b"\1", 1),
}


def client_hello(suites, extensions=b""):
    """Of TLS 1.2, in one record."""
    body = (struct.pack(">H", 0x0303) + bytes(range(32)) + b"\0"
            + struct.pack(f">H{len(suites)}H", 2 * len(suites), *suites) + b"\1\0"
            + struct.pack(">H", len(extensions)) + extensions)
    message = b"\1" + struct.pack(">I", len(body))[1:] + body
    return tls_record(22, message)


def tls_record(kind, data):
    return struct.pack(">BHH", kind, 0x0301, len(data)) + data


def extension(number, data):
    return struct.pack(">HH", number, len(data)) + data


# secp256r1, uncompressed points, ECDSA and RSA with SHA-256.
EXTENSIONS = extension(10, b"\0\2\0\x17") + extension(11, b"\1\0") + extension(13, b"\0\4\4\3\4\1")
ECDH_ANON, DH_ANON, ECDHE_ECDSA = 0xC018, 0x0034, 0xC02B
VENCRYPT = b"RFB 003.008\n\x13\0\2"
TLS_NONE = VENCRYPT + struct.pack(">I", 257)
HELLO_OF_TLS = TLS_NONE + client_hello([ECDH_ANON], EXTENSIONS)
VENCRYPTS = {
    "version-0.1": b"RFB 003.008\n\x13\0\1",
    "version-0.3": b"RFB 003.008\n\x13\0\3",
    "not-offered": VENCRYPT + struct.pack(">I", 260),
    "plain": VENCRYPT + struct.pack(">III", 256, 3, 3) + b"annann\1",
    "tls-none": TLS_NONE,
    "hello": HELLO_OF_TLS,
    "hello-dh": TLS_NONE + client_hello([DH_ANON]),
    "hello-of-others": TLS_NONE + client_hello([ECDHE_ECDSA], EXTENSIONS),
    "hello-of-3.7": b"RFB 003.007\n" + HELLO_OF_TLS[12:],
    "hello-and-key": HELLO_OF_TLS + tls_record(22, b"\x10\0\0\x42\x41\4" + bytes(64))
    + tls_record(20, b"\1") + tls_record(22, bytes(40)),
    "two-records": TLS_NONE + tls_record(22, HELLO_OF_TLS[len(TLS_NONE) + 5:][:30])
    + tls_record(22, HELLO_OF_TLS[len(TLS_NONE) + 5:][30:]),
    "alert": HELLO_OF_TLS + tls_record(21, b"\2\x28"),
    "warning": TLS_NONE + tls_record(21, b"\1\x5a") + HELLO_OF_TLS[len(TLS_NONE):],
    "no-tls": TLS_NONE + b"\1" + request(0),
    "ssl-2": TLS_NONE + b"\x80\x2e\1\3\1" + bytes(45),
    "empty-records": TLS_NONE + tls_record(22, b"") * 5,
    "huge-record": TLS_NONE + struct.pack(">BHH", 22, 0x0301, 65535) + bytes(100),
}

# What servers send: the choice of a format, a handshake, one update of 8x8 pixels with one rectangle.
GREETING = (
    b"RFB 003.008\n\1\1" + bytes(4) + struct.pack(">HH", 8, 8) + PIXEL_FORMATS["tigervnc"]
    + struct.pack(">I", 2) + b"hi"
)


def rectangle(encoding, data, width=8, height=8):
    return struct.pack(">4Hi", 0, 0, width, height, encoding) + data


def counted(data):
    return struct.pack(">I", len(data)) + data


def update(*rectangles):
    return struct.pack(">BxH", 0, len(rectangles)) + b"".join(rectangles)


def png(width, height, row):
    """8 bits a pixel, with a palette."""

    def chunk(kind, data):
        return counted(data)[:4] + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"PLTE", bytes(range(9)))
            + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def tight_picture(control, data):
    return bytes([control, len(data) & 0x7F | 0x80, len(data) >> 7]) + data


def jpeg(with_tables=True):
    """Grey, 8x8, one block; tables with one code each."""

    def segment(marker, data):
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    tables = segment(0xDB, b"\0" + bytes([1] * 64)) if with_tables else b""
    for kind in (b"\0", b"\x10") if with_tables else ():
        tables += segment(0xC4, kind + b"\1" + bytes(15) + b"\0")
    return (b"\xff\xd8" + tables + segment(0xC0, b"\x08\0\x08\0\x08\1\1\x11\0")
            + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x3f\xff\xd9")


RED, BLUE = b"\7", b"\xc0"  # 8 bits a pixel
BITS = bytes([0x55] * 8)
RECTANGLES = {
    "raw": rectangle(0, RED * 64),
    "copy": rectangle(1, struct.pack(">HH", 1, 1), 7, 7),
    "rre": rectangle(2, struct.pack(">I", 1) + RED + BLUE + struct.pack(">4H", 1, 1, 2, 2)),
    "corre": rectangle(4, struct.pack(">I", 1) + RED + BLUE + bytes([1, 1, 2, 2])),
    "hextile": rectangle(5, b"\x1e" + RED + BLUE + b"\2" + RED + b"\x11\x11" + BLUE + b"\x33\x22"),
    "zlib": rectangle(6, counted(zlib.compress(RED * 64))),
    "tight-fill": rectangle(7, b"\x80" + RED),
    "tight-mono": rectangle(7, b"\x40\1\1" + RED + BLUE + BITS),
    "tight-palette": rectangle(7, b"\x40\1\2" + RED + BLUE + b"\1" + b"\0\1\2" * 2, 6, 1),
    "tight-zlib": rectangle(7, b"\0" + bytes([len(zlib.compress(RED * 64))]) + zlib.compress(RED * 64)),
    "tight-jpeg": rectangle(7, b"\x90\4\xff\xd8\xff\xd9"),
    "trle-packed": rectangle(15, b"\2" + RED + BLUE + BITS),
    "trle-runs": rectangle(15, b"\x80" + RED + bytes([62]) + BLUE + b"\0"),
    "trle-palette-runs": rectangle(15, b"\x82" + RED + BLUE + b"\x80" + bytes([62]) + b"\1"),
    "tight-png": rectangle(-260, tight_picture(0xA0, png(8, 8, b"\0" + b"\0\1\2\0\1\2\0\1"))),
    "tight-png-fill": rectangle(-260, b"\x80" + RED),
    "jpeg": rectangle(21, jpeg()) + rectangle(21, jpeg(with_tables=False)),
    "zrle": rectangle(16, counted(zlib.compress(b"\2" + RED + BLUE + BITS))),
    "cursor": rectangle(-239, RED * 64 + BITS),
    "name": rectangle(-307, counted(b"name")),
    "layout": rectangle(-308, struct.pack(">BxxxIHHHHI", 1, 0, 0, 0, 9, 9, 0), 9, 9)
    + rectangle(0, RED * 81, 9, 9),
    "size": rectangle(-223, b"", 4, 4),
    "pseudo": rectangle(-314, bytes(4 + 256)) + rectangle(0x574D5664, b"\1\0" + bytes(256))
    + rectangle(0x574D5664, b"\0\0" + bytes(128)) + rectangle(0x574D5668, bytes(4))
    + rectangle(0x574D5667, bytes(10)) + rectangle(-240, bytes(22)) + rectangle(-0x1FFFE, bytes(8)),
}
OTHER = (
    struct.pack(">BxHH", 1, 0, 1) + bytes(6) + b"\2" + b"\3\0\0\0" + counted(b"cut")
    + struct.pack(">BxxxIB", 248, 0x80000001, 1) + b"x" + b"\x96" + b"\xfa\0\1\1"
    + b"\xfd\x81\0\1g" + b"\xff\1\0\2" + counted(b"audio") + b"\3\0\0\0" + struct.pack(">iI", -4, 1)
)
SERVERS = {
    name: b"\2" + GREETING + update(data) for name, data in RECTANGLES.items()
} | {
    "pseudo-rectangles": b"\2" + GREETING + struct.pack(">BxH", 0, 7) + RECTANGLES["pseudo"],
    "jpeg-tables": b"\2" + GREETING + struct.pack(">BxH", 0, 2) + RECTANGLES["jpeg"],
    "several": b"\2" + GREETING + OTHER + struct.pack(">BxH", 0, 65535)
    + b"".join(RECTANGLES.values()) + rectangle(-224, b""),
    "colour-map": b"\3" + GREETING + OTHER + update(RECTANGLES["raw"]),
    "last-rect": b"\2" + GREETING + struct.pack(">BxH", 0, 65535) + RECTANGLES["raw"] + rectangle(-224, b""),
    "password": b"\0RFB 003.008\n\1\2" + bytes(20) + GREETING[18:] + update(rectangle(0, bytes(256))),
    "refusal": b"\0RFB 003.008\n\0" + counted(b"full"),
}


# --- emulators and their library ------------------------------------------------------------------


def words(*values, text=b""):
    return struct.pack(f"<{len(values)}I", *values) + text


def record(kind, data):
    """Of fuzz_shm. kind: the descriptor that goes along, or from 128 on what a viewer does."""
    return struct.pack("<BH", kind, len(data)) + data


def numbers(*values):
    return struct.pack(f"<{len(values)}h", *values)


LARGE, SMALL, UNSEALED, HUGE, ZERO, FOLDER, NOTHING = range(7)
KEY, POINTER, RELEASE, RESIZE = range(128, 132)
MAGIC = 0x434E5643
HELLO = record(NOTHING, words(1, MAGIC, 1, 1, text=b"fuzz"))
SURFACE = record(LARGE, words(2, 40, 30, 160))
FRAME = record(NOTHING, words(4, 1))
EMULATORS = {
    "session": HELLO + SURFACE + record(NOTHING, words(3, 0, 0, 40, 30)) + FRAME
    + record(NOTHING, words(3, 1, 2, 3, 4, 30, 20, 10, 10)) + record(NOTHING, words(4, 2)),
    "cursor": HELLO + record(SMALL, words(5, 8, 8, 1, 2)) + record(NOTHING, words(5, 0, 0, 0, 0)),
    "bells": HELLO + record(NOTHING, words(8)) + record(NOTHING, words(8)),
    "lamps-and-mode": HELLO + record(NOTHING, words(6, 7)) + record(NOTHING, words(7, 0)),
    "input": HELLO + SURFACE + FRAME + record(KEY, numbers(97, 3, 30)) + record(KEY, numbers(97, 2, 30))
    + record(POINTER, numbers(5, 6, 1, 0)) + record(POINTER, numbers(5, 6, 1, 1))
    + record(RELEASE, b"") + record(RESIZE, numbers(50, 60)),
    "resize": HELLO + SURFACE + FRAME + record(LARGE, words(2, 16, 50, 64)) + FRAME,
    "long-rows": HELLO + record(HUGE, words(2, 2, 3, 0x7FFFFFFF)) + FRAME,
    "padded-rows": HELLO + record(LARGE, words(2, 10, 10, 172)) + FRAME,
    "thin-damage": HELLO + SURFACE + record(NOTHING, words(3, *(
        number for x in range(0, 40, 2) for number in (x, 0, 1, 30)))) + FRAME,
    "unsealed": HELLO + record(UNSEALED, words(2, 4, 4, 16)),
    "too-small": HELLO + record(SMALL, words(2, 40, 30, 160)),
    "no-memory": HELLO + record(NOTHING, words(2, 4, 4, 16)),
    "device": HELLO + record(ZERO, words(2, 4, 4, 16)),
    "folder": HELLO + record(FOLDER, words(5, 4, 4, 0, 0)),
    "damage-outside": HELLO + SURFACE + record(NOTHING, words(3, 39, 29, 2, 1)),
    "frame-first": HELLO + FRAME,
    "hello-twice": HELLO + HELLO,
    "another-version": record(NOTHING, words(1, MAGIC, 2, 0)),
    "no-hello": SURFACE,
    "name": record(NOTHING, words(1, MAGIC, 1, 0, text="\u00e4\u20ac\x1b[1m".encode() + b"\xff\xc0\x80")),
}


def message(*values, text=b""):
    """Of fuzz_covnc_display, from the daemon."""
    data = words(*values, text=text)
    return bytes([0, len(data)]) + data


def call(what, *values):
    data = struct.pack(f"<{len(values)}i", *values)
    return bytes([128 + what, len(data)]) + data


LOOK = call(6)
WELCOME = message(101, 1) + LOOK + call(0, 40, 30)
DAEMONS = {
    "session": WELCOME + call(1, 0, 0, 40, 30) + call(2) + message(102, 1) + LOOK,
    "frames-under-way": WELCOME + call(2) * 4 + message(102, 2) + LOOK + call(2),
    "keys": WELCOME + message(103, 97, 30, 1) + message(103, 97, 0xFFFFFFFF, 0) + LOOK,
    "pointer": WELCOME + message(104, 39, 29, 1, 2, 257) + message(104, 0xFFFFFFFF, 999, 0, 0, 0) + LOOK,
    "resize": WELCOME + message(105, 64, 48) + LOOK + message(105, 0, 70000) + LOOK,
    "viewers": WELCOME + message(106, 3) + LOOK,
    "bye": WELCOME + message(107, text=b"because\n") + LOOK,
    "taken-too-early": WELCOME + message(102, 7) + LOOK + call(2),
    "another-version": message(101, 2) + LOOK,
    "no-welcome": message(103, 97, 30, 1) + LOOK,
    "empty": bytes([0, 0]) + LOOK,
    "damage": WELCOME + b"".join(call(1, i, i, 2, 1) for i in range(70)) + call(2),
    "cursor": WELCOME + call(3, 4, 4, 99, 2) + call(3, 0, 0, 0, 0) + call(4, 7) + call(5, 0) + LOOK,
}



def drawing(kind, x, y, width, height, first, second):
    return struct.pack(">B4H", kind, x, y, width, height) + bytes(first) + bytes(second)


def picture(encoding, options, pixel_format, width, height, *drawings):
    """Of fuzz_encode: the encoding's place in its table, then what is drawn."""
    return (bytes([encoding, options]) + PIXEL_FORMATS[pixel_format]
            + struct.pack(">HHB", width - 1, height - 1, 255) + b"".join(drawings))


WHITE, INK, SKY = (255, 255, 255), (16, 32, 48), (90, 150, 220)
PAGE = (
    drawing(0, 0, 0, 4096, 4096, WHITE, WHITE) + drawing(1, 10, 10, 200, 60, INK, (1, 2, 31))
    + drawing(2, 20, 90, 150, 100, SKY, (3, 1, 2)) + drawing(1, 190, 80, 90, 70, INK, (7, 9, 255))
    + drawing(3, 5, 160, 9, 5, WHITE, INK) + bytes(range(45))
)
PICTURES = {
    f"{encoding}-{name}": picture(encoding, encoding % 4, name, 300, 200, PAGE)
    for encoding in range(9) for name in PIXEL_FORMATS
} | {
    "tight-wide": picture(3, 2, "tigervnc", 4096, 30, PAGE),
    "tight-photograph": picture(3, 3, "tigervnc", 300, 200, drawing(2, 0, 0, 300, 200, SKY, (3, 1, 2))),
    "tight-dot": picture(3, 0, "tigervnc", 1, 1),
    "tight-png-tall": picture(4, 1, "novnc", 3, 4096, PAGE),
}


def operation(kind, rect, data, displaced=(0, 0)):
    packed = zlib.compress(data)
    return struct.pack("<B4H2h2I", kind, *rect, *displaced, len(data), len(packed)) + packed


def frame(milliseconds, damage, *operations):
    return (struct.pack("<IH", milliseconds, len(damage))
            + b"".join(struct.pack("<4H", *rect) for rect in damage)
            + struct.pack("<H", len(operations)) + b"".join(operations))


def recording(width, height, *frames):
    """A file "CVS1" (docs/recordings.md)."""
    return b"CVS1" + struct.pack("<2HI", width, height, len(frames)) + b"".join(frames)


ALL = (0, 0, 8, 4)
LITERAL = frame(0, [ALL], operation(0, ALL, bytes(range(96))))
RECORDINGS = {
    "literal": recording(8, 4, LITERAL),
    "palette": recording(8, 4, frame(0, [ALL], operation(
        3, ALL, bytes([1, 9, 8, 7, 200, 100, 50]) + bytes([0, 1] * 16)))),
    "gradient": recording(8, 4, frame(0, [ALL], operation(2, ALL, bytes([3, 2, 1] * 32)))),
    "scroll": recording(8, 4, LITERAL, frame(
        40, [(0, 0, 8, 3)], operation(1, (0, 0, 8, 3), bytes(72), (0, 1)))),
    "still": recording(8, 4, LITERAL, frame(40, [])),
}


# --- browsers ---


def web_frame(opcode, payload, final=True, mask=b"\0\0\0\0"):
    """As a client sends it."""
    size = len(payload)
    head = bytes([opcode | 0x80 * final])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return head + mask + masked


WEB_LOGIN = web_frame(2, b"RFB 003.008\n") + web_frame(2, b"\1") + web_frame(2, b"\1")
WEB_SOCKETS = {
    "novnc": WEB_LOGIN + web_frame(2, set_encodings(7, -260, 5, -223, -308) + request(0))
    + web_frame(2, TYPING, mask=b"\1\2\3\4"),
    "fragments": web_frame(2, b"RFB 003.", final=False) + web_frame(9, b"ping")
    + web_frame(0, b"008\n\1", final=False) + web_frame(10, b"") + web_frame(0, b"\1"),
    "close": WEB_LOGIN + web_frame(8, struct.pack(">H", 1001) + b"bye"),
    "length-16": WEB_LOGIN + web_frame(2, struct.pack(">B3xI", 6, 300) + b"x" * 300),
    "length-64": web_frame(2, b"RFB 003.008\n" + b"\1" * 66000),
    "text": web_frame(1, b"RFB 003.008\n"),
    "no-mask": b"\x82\x0cRFB 003.008\n",
    "huge": b"\x82\xff\0\0\0\0\x40\0\0\0\0\0\0\0RFB 003.008\n",
    "from-server": b"\x82\x05Hello\x89\0\x02\x01a\x80\x01b\x88\x02\x03\xe8",
}

UPGRADE = (b"Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n")


def http(path, headers=b"", method=b"GET"):
    return method + b" " + path + b" HTTP/1.1\r\nHost: localhost:5800\r\n" + headers + b"\r\n"


REQUESTS = {
    "page": http(b"/vnc.html?autoconnect=1", b"Accept: text/html, */*\r\n"),
    "several": http(b"/") + http(b"/a%20b.js", b"If-None-Match: *\r\n") + http(b"/x", method=b"HEAD"),
    "web-socket": http(b"/websockify", UPGRADE + b"Origin: http://localhost:5800\r\n"
                       b"Sec-WebSocket-Protocol: binary\r\n") + web_frame(2, b"RFB 003.008\n"),
    "forwarded": http(b"/", UPGRADE + b"X-Forwarded-For: 203.0.113.9, 10.0.0.1\r\n"),
    "listed-origin": http(b"/", UPGRADE + b"Origin: https://a.example\r\n"),
    "foreign-origin": http(b"/", UPGRADE + b"Origin: null\r\n"),
    "foreign-host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "host-v6": b"GET / HTTP/1.0\r\nHost: [::1]:5800\r\n\r\n",
    "traversal": http(b"/%2e%2e/..%2f%00"),
    "body": http(b"/", b"Content-Length: 3\r\n", b"POST") + b"abc",
    "chunked": http(b"/", b"Transfer-Encoding: chunked\r\n") + b"3\r\nabc\r\n0\r\n\r\n",
    "folded": http(b"/", b"A: b\r\n c\r\n"),
    "old-version": http(b"/", UPGRADE.replace(b"13", b"8")),
}


def proxy_v2(command, family, body):
    signature = b"\r\n\r\n\0\r\nQUIT\n"
    return signature + struct.pack(">BBH", 0x20 | command, family, len(body)) + body


PROXY_HEADERS = {
    "v1-tcp4": b"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n",
    "v1-tcp6": b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n",
    "v1-unknown": b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
    "v2-tcp4": proxy_v2(1, 0x11, bytes([192, 0, 2, 1, 192, 0, 2, 2]) + b"\xdc\4\1\xbb"),
    "v2-tcp6": proxy_v2(1, 0x21, bytes(range(32)) + b"\xdc\4\1\xbb" + b"\4\0\1x"),
    "v2-unix": proxy_v2(1, 0x31, bytes(216)),
    "v2-local": proxy_v2(0, 0, b""),
    "forwarded": b"F203.0.113.9, [2001:db8::1]:5,192.168.1.1",
}


def write(target, seeds):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write("fuzz_pixel_format", PIXEL_FORMATS)
    write("fuzz_client_messages", CLIENT_MESSAGES)
    write("fuzz_handshake", HANDSHAKES)
    write("fuzz_vencrypt", VENCRYPTS)
    write("fuzz_plain", PLAINS)
    write("fuzz_rsa_aes", RSA_AES)
    write("fuzz_sasl", SASLS)
    write("fuzz_tight_security", TIGHTS)
    write("fuzz_extended_clipboard", CLIPBOARDS)
    write("fuzz_viewer", SERVERS)
    write("fuzz_shm", EMULATORS)
    write("fuzz_covnc_display", DAEMONS)
    write("fuzz_encode", PICTURES)
    write("fuzz_recording", RECORDINGS)
    write("fuzz_websocket", WEB_SOCKETS)
    write("fuzz_http", REQUESTS)
    write("fuzz_proxy_protocol", PROXY_HEADERS)
