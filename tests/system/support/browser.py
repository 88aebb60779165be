"""Chromium without a window, driven by WebDriver (package chromium-driver) over plain HTTP."""

import base64
import http.client
import json
import pathlib
import re
import subprocess
import tempfile

from . import pictures
from .case import PATIENCE, Failure, check, need, wait_until
from .screen import end

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's key for a reference to an element
OPTIONS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
]  # fmt: skip


class Browser:
    """For one `with` block; a fresh profile."""

    def __init__(self, width=900, height=700, options=()):
        self.folder = tempfile.TemporaryDirectory(prefix="covnc-browser-")
        self.path = pathlib.Path(self.folder.name)
        self.options = [f"--window-size={width},{height}", *options]
        self.driver = None
        self.port = None
        self.session = None

    def __enter__(self):
        log = self.path / "log"
        with open(log, "wb") as out:
            self.driver = subprocess.Popen(
                [need("chromedriver"), "--port=0"], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            found = wait_until(
                lambda: re.search(r"started successfully on port (\d+)", log.read_text()),
                "chromedriver listens",
            )
            self.port = int(found.group(1))
            chromium = {
                "binary": need("chromium"),
                "args": [*OPTIONS, f"--user-data-dir={self.path / 'profile'}", *self.options],
            }
            capabilities = {
                "goog:chromeOptions": chromium,
                "goog:loggingPrefs": {"browser": "ALL"},
                "acceptInsecureCerts": True,
            }
            value = self.call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
            self.session = value["sessionId"]
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.session is not None:
            self.call("DELETE", f"/session/{self.session}")
        end(self.driver)
        self.folder.cleanup()

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        value = json.loads(answer.read())["value"]
        connection.close()
        if answer.status != 200:
            raise Failure(f"WebDriver, {path}: {value['error']}: {value['message'][:500]}")
        return value

    def command(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    # --- pages ---

    def open(self, address):
        self.command("POST", "/url", {"url": address})

    def address(self):
        return self.command("GET", "/url")

    def title(self):
        return self.command("GET", "/title")

    def run(self, script, *arguments):
        """What the script returns; it is the body of a function."""
        return self.command("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def console(self):
        """What the page has complained about since the last call."""
        entries = self.command("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def screenshot(self):
        """The bytes of a PNG file."""
        return base64.b64decode(self.command("GET", "/screenshot"))

    # --- people ---

    def type(self, text):
        """Presses and lets go of each key."""
        actions = []
        for letter in text:
            actions += [{"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter}]
        self.act({"type": "key", "id": "keyboard", "actions": actions})

    def drag(self, points):
        """With the left button, through points of the window."""
        moves = [
            {"type": "pointerMove", "duration": 50, "x": round(x), "y": round(y)} for x, y in points
        ]
        press = [{"type": "pointerDown", "button": 0}]
        release = [{"type": "pointerUp", "button": 0}]
        self.act({"type": "pointer", "id": "mouse", "actions": moves[:1] + press + moves[1:] + release})

    def act(self, *devices):
        self.command("POST", "/actions", {"actions": list(devices)})


class NoVnc:
    """noVNC in a browser, from the page that a web port leads to."""

    def __init__(self, browser, port, scheme="http", parameters=None):
        self.browser = browser
        page = "/" if parameters is None else f"/vnc.html?{parameters}"
        browser.open(f"{scheme}://127.0.0.1:{port}{page}")

    def has_class(self, name):
        script = "return document.documentElement.classList.contains(arguments[0])"
        return self.browser.run(script, name)

    def wait_until_connected(self):
        wait_until(lambda: self.has_class("noVNC_connected"), "noVNC connects", PATIENCE)

    def log_in(self, user, password):
        """As its dialog asks."""
        script = "const d = document.getElementById('noVNC_credentials_dlg');"
        is_open = script + "return d.classList.contains('noVNC_open');"
        wait_until(lambda: self.browser.run(is_open), "noVNC asks who it is")
        self.browser.run(
            """
            const set = (id, text) => { document.getElementById(id).value = text; };
            set('noVNC_username_input', arguments[0]);
            set('noVNC_password_input', arguments[1]);
            document.getElementById('noVNC_credentials_button').click();
            """,
            user,
            password,
        )

    def status(self):
        """What the page says last."""
        return self.browser.run("return document.getElementById('noVNC_status').textContent")

    def size(self):
        """Nothing before it has shown one."""
        script = "const c = document.querySelector('canvas'); return c && c.width ? [c.width, c.height] : null"
        return self.browser.run(script)

    def picture(self):
        """The pixels of noVNC's canvas, before they are scaled."""
        width, height, data = self.browser.run(
            """
            const canvas = document.querySelector('canvas');
            const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
            const rgb = new Uint8Array(canvas.width * canvas.height * 3);
            for (let from = 0, to = 0; from < image.data.length; from += 4) {
                rgb[to++] = image.data[from];
                rgb[to++] = image.data[from + 1];
                rgb[to++] = image.data[from + 2];
            }
            let text = '';
            for (let at = 0; at < rgb.length; at += 32768) {
                text += String.fromCharCode(...rgb.subarray(at, at + 32768));
            }
            return [canvas.width, canvas.height, btoa(text)];
            """
        )
        return pictures.Picture(width, height, base64.b64decode(data))

    def wait_for_picture(self, wanted):
        last = []

        def there():
            if self.size() is None:
                return False
            last[:] = [pictures.difference(self.picture(), wanted)]
            return last[0] is None

        try:
            wait_until(there, "noVNC shows the picture")
        except Failure as failure:
            raise Failure(f"{failure}: {last}; {self.browser.console()}") from failure

    def place(self, x, y):
        """Where a pixel of the display is in the window."""
        left, top, width, height = self.browser.run(
            "const r = document.querySelector('canvas').getBoundingClientRect();"
            "return [r.left, r.top, r.width, r.height]"
        )
        columns, rows = self.size()
        check(width > 0 and height > 0, "the canvas is not to be seen")
        return left + (x + 0.5) * width / columns, top + (y + 0.5) * height / rows

    def room(self):
        """What noVNC has for the display in its window."""
        return self.browser.run(
            "const r = document.getElementById('noVNC_container').getBoundingClientRect();"
            "return [Math.floor(r.width), Math.floor(r.height)]"
        )

    def copy(self, text):
        """Puts a text into the clipboard of noVNC's page."""
        self.browser.run(
            "const area = document.getElementById('noVNC_clipboard_text');"
            "area.value = arguments[0];"
            "area.dispatchEvent(new Event('change'));",
            text,
        )

    def pasted(self):
        return self.browser.run("return document.getElementById('noVNC_clipboard_text').value")

    def focus(self):
        self.browser.run("document.querySelector('canvas').focus()")
