"""Certificates as docs/security.md makes them: with certtool."""

import subprocess

from .case import Failure, need

AUTHORITY = "cn = covnc test authority\nca\ncert_signing_key\nexpiration_days = 30\n"
SERVER = (
    "cn = localhost\ndns_name = localhost\nip_address = 127.0.0.1\ntls_www_server\nsigning_key\n"
    "encryption_key\nexpiration_days = 30\n"
)
CLIENT = "cn = {name}\ntls_www_client\nsigning_key\nexpiration_days = 30\n"


def certtool(*arguments):
    done = subprocess.run(
        [need("certtool"), *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        raise Failure(f"certtool: {done.stdout}")


class Authority:
    """Files in a folder: ca.pem, and what is issued."""

    def __init__(self, folder):
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self.key = self.make_key("ca")
        template = self.template("ca", AUTHORITY)
        certtool("--generate-self-signed", "--load-privkey", self.key, "--template", template,
                 "--outfile", self.certificate)  # fmt: skip

    def make_key(self, name):
        path = self.folder / f"{name}.key"
        certtool("--generate-privkey", "--key-type", "ecdsa", "--curve", "secp256r1", "--outfile", path)
        return path

    def template(self, name, text):
        path = self.folder / f"{name}.cfg"
        path.write_text(text)
        return path

    def issue(self, name, text=SERVER):
        """(certificate, key)"""
        key = self.make_key(name)
        certificate = self.folder / f"{name}.pem"
        certtool("--generate-certificate", "--load-privkey", key, "--load-ca-certificate",
                 self.certificate, "--load-ca-privkey", self.key, "--template",
                 self.template(name, text), "--outfile", certificate)  # fmt: skip
        return certificate, key
