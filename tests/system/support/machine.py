"""Real machines: QEMU with guests that come as Debian packages, and its own word on what it shows."""

import inspect
import json
import pathlib
import socket
import subprocess
import tempfile

from . import pictures
from .case import PATIENCE, Failure, check, need, wait_until

TEXT_INSTALLER = pathlib.Path(
    "/usr/lib/debian-installer/images/12/amd64/text/debian-installer/amd64"
)
INSTALLER = pathlib.Path("/usr/lib/debian-installer/images/12/amd64/gtk/debian-installer/amd64")
GUEST = pathlib.Path(__file__).resolve().parent.parent / "guest"

# As text, until an entry is chosen that brings graphics.
GRUB_MENU = """
set timeout=-1
insmod all_video
insmod gfxterm
set gfxmode=1024x768
terminal_output console
menuentry "covnc: graphics" {
    loadfont /boot/grub/fonts/unicode.pf2
    terminal_output gfxterm
}
menuentry "covnc: nothing" { true }
"""


def file_of_package(path, package):
    path = pathlib.Path(path)
    check(path.exists(), f"{path} is missing (package {package}; see tools/setup/packages.sh)")
    return path


def seabios():
    """A text mode, waiting for Escape to show its menu."""
    return ["-m", "64", "-vga", "std", "-boot", "menu=on,splash-time=65000"]


# Runs instead of the installer: text on the screens, and what tablets tell goes to the serial port.
SCREENS_GUEST = """#!/bin/sh
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in virtio_pci virtio-gpu virtio_input evdev; do modprobe $module; done
exec 3<>/dev/ttyS0
stty raw -echo <&3
seq 1 400 >/dev/tty1
for device in /dev/input/event*; do cat $device >&3 & done
echo "[ready]" >&3
sleep 100000
"""


def two_outputs(folder, *tablets):
    """Linux on a graphics card with two outputs, of which the second is off at first. tablets: devices,
    one by default."""
    kernel = file_of_package(INSTALLER / "linux", "debian-installer-12-netboot-amd64")
    initrd = file_of_package(INSTALLER / "initrd.gz", "debian-installer-12-netboot-amd64")
    image = with_files(folder, initrd, {"screens": SCREENS_GUEST.encode()})
    serial = f"unix:{pathlib.Path(folder) / 'serial'},server=on,wait=off"
    append = "rdinit=/screens console=tty1 quiet loglevel=0"
    options = ["-kernel", kernel, "-initrd", image, "-append", append, "-serial", serial]
    for device in ["virtio-vga,id=v,max_outputs=2", *(tablets or ["virtio-tablet-pci"])]:
        options += ["-device", device]
    return ["-m", "1024", *options]


def tablet_for_each(folder):
    """The same with a tablet for each output. QEMU 7.2 only says that it has any for one of no output."""
    each = (f"virtio-tablet-pci,display=v,head={head}" for head in (0, 1))
    return two_outputs(folder, *each, "virtio-tablet-pci")


def memtest():
    """A text mode that never stands still."""
    kernel = file_of_package("/boot/memtest86+x64.bin", "memtest86+")
    return ["-m", "64", "-vga", "std", "-kernel", kernel]


def grub(folder):
    """A text menu, with an entry that goes to graphics of 1024x768."""
    return ["-m", "128", "-vga", "std", "-cdrom", grub_image(folder, GRUB_MENU)]


def grub_image(folder, menu):
    tree = pathlib.Path(folder) / "grub"
    (tree / "boot/grub").mkdir(parents=True)
    (tree / "boot/grub/grub.cfg").write_text(menu)
    image = pathlib.Path(folder) / "grub.iso"
    done = subprocess.run(
        [need("grub-mkrescue"), "-o", image, tree],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    check(done.returncode == 0, f"grub-mkrescue: {done.stdout.decode(errors='replace')[-500:]}")
    return image


def installer():
    """Graphics with a mouse, a tablet in fact, and a keyboard on USB."""
    kernel = file_of_package(INSTALLER / "linux", "debian-installer-12-netboot-amd64")
    initrd = file_of_package(INSTALLER / "initrd.gz", "debian-installer-12-netboot-amd64")
    usb = ["-device", "usb-ehci", "-device", "usb-tablet", "-device", "usb-kbd"]
    options = ["-kernel", kernel, "-initrd", initrd, "-append", "vga=788 quiet ---"]
    return ["-m", "1024", "-vga", "std", *usb, *options]


# Runs instead of the installer: what is typed on the first console goes to the serial port, letter by
# letter; from there come names of layouts.
TYPED_GUEST = """#!/bin/sh
mount -t devtmpfs dev /dev
exec 3<>/dev/ttyS0
stty -echo -opost <&3
stty -echo -icanon -isig -ixon -icrnl min 1 </dev/tty1
cat </dev/tty1 >&3 &
echo "[ready]" >&3
while read -r layout <&3; do
    loadkeys -q "/$layout.kmap" </dev/tty1 >/dev/null 2>&1
    echo "[$layout $?]" >&3
done
"""
LAYOUTS = ("us", "de", "fr", "es", "jp")


def cpio(files):
    """An archive for the kernel. files: name to content; all may be run."""
    archive = bytearray()
    for number, (name, content) in enumerate([*files.items(), ("TRAILER!!!", b"")]):
        path = name.encode() + b"\0"
        fields = [number, 0o100755, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(path), 0]
        archive += b"070701" + b"".join(b"%08x" % field for field in fields) + path
        archive += bytes(-len(archive) % 4)
        archive += content
        archive += bytes(-len(archive) % 4)
    return bytes(archive)


def with_files(folder, initrd, files):
    """A copy of the initrd with these files at its root."""
    whole = initrd.read_bytes()
    image = pathlib.Path(folder) / "initrd"
    image.write_bytes(whole + bytes(-len(whole) % 4) + cpio(files))
    return image


def typed_guest(folder):
    """Debian's installer as far as its kernel, programs and keyboard layouts; see Machine.serial."""
    kernel = file_of_package(TEXT_INSTALLER / "linux", "debian-installer-12-netboot-amd64")
    initrd = file_of_package(TEXT_INSTALLER / "initrd.gz", "debian-installer-12-netboot-amd64")
    files = {"typed": TYPED_GUEST.encode()}
    for layout in LAYOUTS:
        compiled = subprocess.run([need("ckbcomp"), layout], capture_output=True, check=True)
        files[f"{layout}.kmap"] = compiled.stdout
    image = with_files(folder, initrd, files)
    serial = f"unix:{pathlib.Path(folder) / 'serial'},server=on,wait=off"
    append = "rdinit=/typed console=tty1 quiet loglevel=0"
    options = ["-kernel", kernel, "-initrd", image, "-append", append, "-serial", serial]
    return ["-m", "512", "-vga", "std", *options]


def agent(folder):
    """Linux with nothing but an agent that copies what it pastes, see guest/agent.c."""
    program = pathlib.Path(folder) / "agent"
    subprocess.run([need("gcc"), "-O1", "-static", "-o", program, GUEST / "agent.c"], check=True)
    archive = pathlib.Path(folder) / "agent.cpio"
    archive.write_bytes(cpio({"init": program.read_bytes()}))
    kernel = file_of_package(TEXT_INSTALLER / "linux", "debian-installer-12-netboot-amd64")
    return [
        "-m", "256", "-vga", "std", "-kernel", kernel, "-initrd", archive, "-append", "quiet",
        "-chardev", "qemu-vdagent,id=v,name=vdagent,clipboard=on",
        "-device", "isa-serial,chardev=v",
    ]


TONE_MENU = """
set timeout=-1
menuentry "covnc: a tone" {
    play 60 440 60
}
"""
SOUND = "snd"


def tone(folder):
    """A text menu, whose one entry plays 440 Hz for a minute on the machine's loudspeaker. Its
    display wants audiodev=SOUND."""
    image = grub_image(folder, TONE_MENU)
    sound = ["-audiodev", f"dbus,id={SOUND}", "-machine", f"pcspk-audiodev={SOUND}"]
    return ["-m", "128", "-vga", "std", "-cdrom", image, *sound]


class Machine:
    """A QEMU for one `with` block. qmp: the socket that is covncd's."""

    def __init__(self, arguments, display="dbus,p2p=yes", environment=None):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-qemu-")
        self.path = pathlib.Path(self.folder.name)
        self.qmp = self.path / "qmp"
        self.control_path = self.path / "control"
        wants_folder = bool(inspect.signature(arguments).parameters)
        self.arguments = arguments(self.path) if wants_folder else arguments()
        self.display = display
        self.environment = environment
        self.process = None
        self.control = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self.folder.cleanup()

    def start(self):
        sockets = [f"unix:{path},server=on,wait=off" for path in (self.qmp, self.control_path)]
        with open(self.path / "log", "ab") as log:
            self.process = subprocess.Popen(
                [
                    need("qemu-system-x86_64"), "-accel", "tcg", "-nodefaults",
                    "-name", "covnc-test", "-display", self.display,
                    "-qmp", sockets[0], "-qmp", sockets[1],
                    *map(str, self.arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment,
            )
        wait_until(self.control_answers, "QEMU answers")

    def control_answers(self):
        if self.process.poll() is not None:
            raise Failure(f"QEMU ended: {(self.path / 'log').read_text(errors='replace')}")
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self.control_path))
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            return False
        connection.settimeout(PATIENCE)
        self.control = connection.makefile("rw")
        self.control.readline()
        self.command("qmp_capabilities")
        return True

    def command(self, name, **arguments):
        self.control.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.control.flush()
        while True:
            answer = json.loads(self.control.readline())
            if "event" not in answer:
                check("return" in answer, f"{name}: {answer}")
                return answer["return"]

    def kill(self):
        """As a crash would."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def serial(self):
        """The other end of its serial port."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE)
        connection.connect(str(self.path / "serial"))
        return connection

    # --- what it shows and is told, without covncd ---

    def picture(self, **console):
        """console: device and head, where it is not the first."""
        file = self.path / "shot.ppm"
        self.command("screendump", filename=str(file), **console)
        return pictures.parse_ppm(file.read_bytes())

    def press(self, *codes):
        """QEMU's names of keys, held together."""
        keys = [{"type": "qcode", "data": code} for code in codes]
        self.command("send-key", keys=keys)

    def wait_for(self, condition, what, seconds=PATIENCE):
        """Until condition(picture); returns the picture."""

        def there():
            picture = self.picture()
            return picture if condition(picture) else None

        return wait_until(there, what, seconds)

    def wait_until_still(self, condition, what):
        """Until it shows something that stays for a moment; for screens on which nothing blinks."""
        last = []

        def still(picture):
            if not condition(picture) or (last and picture.rgb != last[-1]):
                last.clear()
            last.append(picture.rgb)
            return len(last) > 10

        return self.wait_for(still, what)
