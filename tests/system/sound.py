"""What a real machine plays is heard by viewers: GRUB plays a tone on the PC's loudspeaker."""

import itertools
import os
import struct
import subprocess
import tempfile
import time

from support import rfb
from support.bus import Bus
from support.case import PATIENCE, case, check, equal, need, wait_until
from support.daemon import Daemon
from support.machine import SOUND, Machine, tone
from support.screen import Screen

AUDIO = -259
BEGIN, DATA, END = 1, 2, 0
TONE = 440  # Hz


def is_menu(picture):
    return (picture.width, picture.height) == (720, 400)


def start_tone(machine):
    machine.wait_until_still(is_menu, "grub's menu")
    machine.press("ret")


class Listener(rfb.Viewer):
    """A viewer that hears, and never asks for pixels."""

    def __init__(self, port, samples, channels, frequency):
        super().__init__(port)
        self.sock.sendall(rfb.set_encodings(rfb.RAW, AUDIO))
        self.sock.sendall(rfb.update_request(1, 1))
        _, count = struct.unpack(">BxH", rfb.read(self.sock, 4))
        for _ in range(count):
            x, y, width, height, encoding = struct.unpack(">HHHHi", rfb.read(self.sock, 12))
            check((x, y) == (0, 0) and encoding in (rfb.RAW, AUDIO), f"encoding {encoding}")
            rfb.read(self.sock, width * height * 4 if encoding == rfb.RAW else 0)
        self.sock.sendall(struct.pack(">BBHBBI", 255, 1, 2, samples, channels, frequency))
        self.sock.sendall(struct.pack(">BBH", 255, 1, 0))

    def next(self):
        """(operation, bytes)."""
        kind, sub, operation = struct.unpack(">BBH", rfb.read(self.sock, 4))
        equal((kind, sub), (255, 1), "a message of sound")
        if operation != DATA:
            return operation, b""
        (length,) = struct.unpack(">I", rfb.read(self.sock, 4))
        return operation, rfb.read(self.sock, length)

    def hear(self, count):
        """At least so many bytes, from the next begin on where there was none yet."""
        data = b""
        while len(data) < count:
            operation, piece = self.next()
            check(operation in (BEGIN, DATA), f"operation {operation} in the middle of a tone")
            data += piece
        return data


def pitch(samples, frequency):
    """Of a tone, by how often it crosses its middle upwards; without its beginning."""
    samples = samples[len(samples) // 4 :]
    middle = (max(samples) + min(samples)) / 2
    crossings = [
        i for i, (a, b) in enumerate(itertools.pairwise(samples)) if a < middle <= b
    ]
    check(len(crossings) > 10, f"a tone: {len(crossings)} periods in {len(samples)} samples")
    return (len(crossings) - 1) * frequency / (crossings[-1] - crossings[0])


def check_pitch(samples, frequency):
    heard = pitch(samples, frequency)
    check(abs(heard - TONE) < TONE / 40, f"{heard:.1f} Hz were heard instead of {TONE}")
    return f"{heard:.1f} Hz"


@case("a machine's tone is heard by viewers, each in a format of its own, and its end")
def tone_is_heard():
    with Bus() as bus, Daemon(source=f"qemu:bus={bus.address}") as daemon:
        with Machine(tone, display=f"dbus,addr={bus.address},audiodev={SOUND}") as machine:
            daemon.wait_for_log("listening to the machine's audio")
            start_tone(machine)
            with Listener(daemon.port(), 3, 1, 44100) as usual:
                with Listener(daemon.port(), 0, 2, 22050) as small:
                    words = usual.hear(44100 * 2)
                    octets = small.hear(22050 * 2)
                    samples = struct.unpack(f"<{len(words) // 2}h", words)
                    notes = [check_pitch(samples, 44100), check_pitch(octets[::2], 22050)]
                    machine.press("esc")  # a key ends the tone
                    for listener in (usual, small):
                        wait_until(lambda who=listener: who.next()[0] == END, "its end")
            machine.kill()
        return ", ".join(notes)


@case("gvncviewer plays what a machine plays")
def viewer_plays():
    with Bus() as bus, Daemon(source=f"qemu:bus={bus.address}") as daemon:
        display = f"dbus,addr={bus.address},audiodev={SOUND}"
        with Machine(tone, display=display) as machine, Screen() as screen:
            start_tone(machine)
            with Loudspeaker() as loudspeaker:
                screen.environment["PULSE_SERVER"] = loudspeaker.address
                screen.start("gvncviewer", f"127.0.0.1:{daemon.port() - 5900}")
                words = loudspeaker.record_tone(44100)
                return check_pitch(words, 44100)


class Loudspeaker:
    """A PulseAudio server that plays into nothing, and what is played there."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-sound-")
        path = os.path.join(self.folder.name, "socket")
        self.address = f"unix:{path}"
        self.environment = dict(
            os.environ, HOME=self.folder.name, XDG_RUNTIME_DIR=self.folder.name,
            PULSE_SERVER=self.address,
        )
        self.server = subprocess.Popen(
            [
                need("pulseaudio"), "-n", "--daemonize=no", "--exit-idle-time=-1",
                "--use-pid-file=no", "--disable-shm=yes",
                "-L", f"module-native-protocol-unix socket={path} auth-anonymous=1",
                "-L", "module-null-sink sink_name=nothing rate=44100",
            ],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(lambda: os.path.exists(path), "the sound server")
        return self

    def __exit__(self, *_):
        self.server.kill()
        self.server.wait()
        self.folder.cleanup()

    def record_tone(self, count):
        """So many samples of one channel, once something is to be heard."""
        recorder = subprocess.Popen(
            [
                need("parec"), "--device=nothing.monitor", "--raw", "--format=s16le",
                "--channels=1", "--rate=44100", "--latency-msec=50",
            ],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                words = struct.unpack("<4410h", recorder.stdout.read(8820))
                if max(words) - min(words) > 1000:
                    return struct.unpack(f"<{count}h", recorder.stdout.read(2 * count))
                check(time.monotonic() < deadline, "nothing was heard")
        finally:
            recorder.kill()
            recorder.wait()


@case("without a bus, a QEMU that would crash is not asked for sound")
def old_machine_without_a_bus():
    with Machine(tone, display=f"dbus,p2p=yes,audiodev={SOUND}") as machine:
        version = machine.command("query-version")["qemu"]
        with Daemon(source=f"qemu:qmp={machine.qmp}") as daemon:
            daemon.wait_for_log("qemu: showing console")
            start_tone(machine)
            with Listener(daemon.port(), 3, 2, 44100) as listener:
                is_known_good = (version["major"], version["minor"]) >= (8, 1)
                listener.sock.settimeout(2)
                try:
                    equal(listener.next()[0], BEGIN, "the first that is heard")
                    check(is_known_good, f"sound of QEMU {version}")
                except TimeoutError:
                    check(not is_known_good, f"no sound of QEMU {version}")
            check(machine.process.poll() is None, "QEMU lives")
