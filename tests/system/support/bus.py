"""A message bus of one's own."""

import pathlib
import subprocess
import tempfile

from .case import need, wait_until


class Bus:
    """For one `with` block; address: as D-Bus writes it."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-bus-")
        path = pathlib.Path(self.folder.name) / "bus"
        self.address = f"unix:path={path}"
        self.process = subprocess.Popen(
            [need("dbus-daemon"), "--session", "--nofork", "--nopidfile", "--address=" + self.address],
            stderr=subprocess.DEVNULL,
        )
        wait_until(path.exists, "the bus")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()
