"""The RSA-AES security types for a small viewer, from the protocol's text alone (rfbproto.rst,
"RSA-AES Security Type"): RSA, AES and hashes are python3-cryptography's, EAX is put together here.
"""

import hashlib
import os
import struct

from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from . import rfb
from .case import check, equal

RA2, RA2NE, RA2_256, RA2NE_256 = 5, 6, 129, 130
NAMES = {RA2: "RA2", RA2NE: "RA2ne", RA2_256: "RA2_256", RA2NE_256: "RA2ne_256"}
TAG = 16


def omac(key, number, message):
    mac = cmac.CMAC(algorithms.AES(key))
    mac.update(number.to_bytes(16, "big") + message)
    return mac.finalize()


def xor(*blocks):
    return bytes(a ^ b ^ c for a, b, c in zip(*blocks))


def counter_mode(key, first, text):
    encryptor = Cipher(algorithms.AES(key), modes.CTR(first)).encryptor()
    return encryptor.update(text) + encryptor.finalize()


def eax_encrypt(key, nonce, head, text):
    first = omac(key, 0, nonce)
    encrypted = counter_mode(key, first, text)
    return encrypted + xor(first, omac(key, 1, head), omac(key, 2, encrypted))


def eax_decrypt(key, nonce, head, sealed):
    encrypted, tag = sealed[:-TAG], sealed[-TAG:]
    first = omac(key, 0, nonce)
    equal(xor(first, omac(key, 1, head), omac(key, 2, encrypted)), tag, "the tag of a record")
    return counter_mode(key, first, encrypted)


def check_eax():
    """One of the vectors that were published with EAX."""
    key = bytes.fromhex("233952DEE4D5ED5F9B9C6D6FF80FF478")
    nonce = bytes.fromhex("62EC67F9C3A4A407FCB2A8C49031A8B3")
    head = bytes.fromhex("6BFB914FD07EAE6B")
    equal(eax_encrypt(key, nonce, head, b"").hex(), "e037830e8389f27b025a2d6527e79d01", "EAX")


class RecordSocket:
    """What a socket is to rfb.read() and its kin, with records on the way."""

    def __init__(self, sock, reading, writing):
        self.sock = sock
        self.keys = {"reading": reading, "writing": writing}
        self.counts = {"reading": 0, "writing": 0}
        self.text = b""

    def nonce(self, direction):
        count = self.counts[direction]
        self.counts[direction] += 1
        return count.to_bytes(16, "little")

    def sendall(self, text):
        head = struct.pack(">H", len(text))
        sealed = eax_encrypt(self.keys["writing"], self.nonce("writing"), head, text)
        self.sock.sendall(head + sealed)

    def recv(self, count):
        if not self.text:
            first = self.sock.recv(1)
            if not first:
                return b""
            head = first + rfb.read(self.sock, 1)
            sealed = rfb.read(self.sock, struct.unpack(">H", head)[0] + TAG)
            self.text = eax_decrypt(self.keys["reading"], self.nonce("reading"), head, sealed)
        taken, self.text = self.text[:count], self.text[count:]
        return taken


def number(data):
    return int.from_bytes(data, "big")


def fingerprint(public):
    """As TigerVNC's viewer and RealVNC's show it."""
    return "-".join(f"{byte:02x}" for byte in hashlib.sha1(public).digest()[:8])


def make_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def prove(sock, security, user, password, key=None):
    """From the choice of the type to the credentials. key: by default a new one. Returns (the socket
    that the session goes on with, the subtype that the server asked for, its fingerprint)."""
    is_256 = security in (RA2_256, RA2NE_256)
    digest = hashlib.sha256 if is_256 else hashlib.sha1
    size = 32 if is_256 else 16

    head = rfb.read(sock, 4)
    bits = number(head)
    length = (bits + 7) // 8
    server = head + rfb.read(sock, 2 * length)
    server_key = rsa.RSAPublicNumbers(number(server[4 + length:]), number(server[4:4 + length]))

    key = key or make_key()
    numbers = key.public_key().public_numbers()
    client = (struct.pack(">I", 2048) + numbers.n.to_bytes(256, "big") + numbers.e.to_bytes(256, "big"))
    ours = os.urandom(size)
    encrypted = server_key.public_key().encrypt(ours, padding.PKCS1v15())
    sock.sendall(client + struct.pack(">H", len(encrypted)) + encrypted)
    (count,) = struct.unpack(">H", rfb.read(sock, 2))
    equal(count, 256, "the length of the server's random number")
    theirs = key.decrypt(rfb.read(sock, count), padding.PKCS1v15())
    equal(len(theirs), size, "the server's random number")

    # ClientSessionKey is of what the client sends.
    reading = digest(ours + theirs).digest()[:size]
    writing = digest(theirs + ours).digest()[:size]
    records = RecordSocket(sock, reading, writing)
    equal(rfb.read(records, digest().digest_size), digest(server + client).digest(), "the server's hash")
    records.sendall(digest(client + server).digest())
    (subtype,) = rfb.read(records, 1)
    check(subtype in (1, 2), f"subtype {subtype}")
    name = user.encode() if subtype == 1 else b""
    secret = password.encode()
    records.sendall(bytes([len(name)]) + name + bytes([len(secret)]) + secret)
    is_encrypted = security in (RA2, RA2_256)
    return (records if is_encrypted else sock), subtype, fingerprint(server)


class Denied(Exception):
    """The server's reason."""


def choose(sock, security):
    """Up to the choice of a type; Denied where the server offers none."""
    check(rfb.read(sock, 12) == rfb.VERSION, "the server's version")
    sock.sendall(rfb.VERSION)
    count = rfb.read(sock, 1)[0]
    if count == 0:
        raise Denied(read_reason(sock))
    types = rfb.read(sock, count)
    check(security in types, f"{security} is not offered: {list(types)}")
    sock.sendall(bytes([security]))


def read_reason(sock):
    (length,) = struct.unpack(">I", rfb.read(sock, 4))
    return rfb.read(sock, length).decode()


def log_in(sock, security, user, password):
    """The whole handshake. Returns (socket of the session, subtype, fingerprint, width, height)."""
    choose(sock, security)
    session, subtype, print_of_key = prove(sock, security, user, password)
    (result,) = struct.unpack(">I", rfb.read(session, 4))
    if result != 0:
        raise Denied(read_reason(session))
    session.sendall(b"\x01")
    width, height = struct.unpack(">HH", rfb.read(session, 4))
    rfb.read(session, 16)
    (length,) = struct.unpack(">I", rfb.read(session, 4))
    rfb.read(session, length)
    return session, subtype, print_of_key, width, height
