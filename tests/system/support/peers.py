"""Servers of others, which covnc-load must understand too."""

import re
import signal
import subprocess
import tempfile

from . import daemon as daemon_module
from .case import Failure, check
from .machine import Machine, memtest
from .screen import end


class LibVncServer:
    """A server made of libvncserver (tests/peers) for one `with` block; moves for some seconds."""

    def __init__(self, seconds, tells=False):
        """tells: what viewers do, at self.process.stdout."""
        self.arguments = [str(seconds), *(["tell"] if tells else [])]
        self.process = None
        self.where = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(daemon_module.BINDIR / "covnc-test-libvncserver"), *self.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        found = re.search(r"127\.0\.0\.1:\d+", self.process.stdout.readline())
        if not found:
            end(self.process)
            raise Failure("the server of libvncserver did not start")
        self.where = found.group(0)
        return self

    def __exit__(self, *_):
        status = self.process.poll()
        check(status is None or status == -signal.SIGTERM, f"the server ended: {status}")
        end(self.process)
        self.process.stdout.close()

    def told(self):
        """Ends it; returns its lines."""
        end(self.process)
        return self.process.stdout.read().splitlines()


class QemuVnc(Machine):
    """QEMU's own server, at `where`, with a guest that never stands still until it is stopped."""

    def __init__(self, options=""):
        super().__init__(memtest, display="none")
        self.socket = tempfile.TemporaryDirectory(prefix="covnc-vnc-")
        path = f"{self.socket.name}/vnc"
        self.arguments += ["-vnc", f"unix:{path}{options}"]
        self.where = f"unix:{path}"

    def __exit__(self, *error):
        super().__exit__(*error)
        self.socket.cleanup()
