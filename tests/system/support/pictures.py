"""Pictures as bytes of RGB: what the still pattern is, and what a viewer shows of it."""

import pathlib
import re
import subprocess

from .case import Failure, check, need

WIDTH, HEIGHT = 640, 480


class Picture:
    def __init__(self, width, height, rgb):
        check(len(rgb) == width * height * 3, f"{len(rgb)} bytes are no {width}x{height} picture")
        self.width, self.height, self.rgb = width, height, rgb

    def row(self, y, x=0, width=None):
        start = (y * self.width + x) * 3
        return self.rgb[start : start + 3 * (self.width if width is None else width)]

    def pixel(self, x, y):
        return tuple(self.row(y, x, 1))

    def part(self, x, y, width, height):
        rows = [self.row(y + i, x, width) for i in range(height)]
        return Picture(width, height, b"".join(rows))


def brighten(value, top):
    """How most viewers bring a channel of 0 .. top to 0 .. 255."""
    return value * 255 // top


def still(width=WIDTH, height=HEIGHT, levels=(255, 255, 255), expand=brighten):
    """The fixed picture of `--source pattern:WxH,still`. levels: the highest value of each channel
    in the viewer's pixel format; 255 is exact, and below each channel is rounded to the nearest.
    expand: what the viewer makes of such a channel."""
    tables = [bytes(expand((c * top + 127) // 255, top) for c in range(256)) for top in levels]
    reds = bytes(tables[0][x * 255 // (width - 1)] for x in range(width))
    rgb = bytearray()
    for y in range(height):
        row = bytearray(width * 3)
        row[0::3] = reds
        row[1::3] = bytes([tables[1][y * 255 // (height - 1)]]) * width
        row[2::3] = bytes(tables[2][255 * ((x // 32 + y // 32) % 2)] for x in range(width))
        rgb += row
    return Picture(width, height, bytes(rgb))


def parse_ppm(data):
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    check(head is not None, f"no picture: {data[:40]!r}")
    return Picture(int(head.group(1)), int(head.group(2)), data[head.end() :])


def read_file(path):
    """Any format that ImageMagick reads."""
    path = pathlib.Path(path)
    check(path.exists(), f"{path} was not written")
    subprocess.run([need("mogrify"), "-format", "ppm", "-depth", "8", str(path)], check=True)
    return parse_ppm(path.with_suffix(".ppm").read_bytes())


def find(shot, wanted):
    """Where `wanted` begins in a screenshot, by its first row; None where that is not there."""
    first = wanted.row(0)
    for y in range(shot.height - wanted.height + 1):
        at = shot.row(y).find(first)
        if at >= 0 and at % 3 == 0:
            return at // 3, y
    return None


def locate(shot, wanted):
    """Where all of `wanted` is in a screenshot; None: nowhere. Searches by its most varied row."""
    rows = (wanted.row(y) for y in range(wanted.height))
    key, row = max(enumerate(rows), key=lambda each: len(set(zip(*[iter(each[1])] * 3))))
    for y in range(key, shot.height - wanted.height + key + 1):
        line = shot.row(y)
        at = line.find(row)
        while at >= 0:
            place = at // 3, y - key
            if at % 3 == 0 and shot.part(*place, wanted.width, wanted.height).rgb == wanted.rgb:
                return place
            at = line.find(row, at + 1)
    return None


def difference(got, wanted, tolerance=0):
    """What is wrong with `got`; None: nothing."""
    if (got.width, got.height) != (wanted.width, wanted.height):
        return f"it is {got.width}x{got.height}, not {wanted.width}x{wanted.height}"
    if got.rgb == wanted.rgb:
        return None
    worst = max(range(len(got.rgb)), key=lambda i: abs(got.rgb[i] - wanted.rgb[i]))
    if abs(got.rgb[worst] - wanted.rgb[worst]) <= tolerance:
        return None
    x, y = worst // 3 % got.width, worst // 3 // got.width
    wrong = sum(a != b for a, b in zip(got.rgb, wanted.rgb))
    return (
        f"{wrong} of {len(got.rgb)} values are wrong; pixel {x},{y} is {got.pixel(x, y)}, "
        f"not {wanted.pixel(x, y)}"
    )


def same(got, wanted, tolerance=0):
    problem = difference(got, wanted, tolerance)
    if problem:
        raise Failure(problem)


def shown(shot, wanted):
    """Like difference(), for a screenshot that has `wanted` somewhere in it."""
    place = find(shot, wanted)
    if place is None:
        return "its first row is nowhere on the screen"
    return difference(shot.part(*place, wanted.width, wanted.height), wanted)
