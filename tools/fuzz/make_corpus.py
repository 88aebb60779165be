#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets: corpus/TARGET/NAME, the same bytes in each run."""

import pathlib
import struct

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


def write(target, seeds):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    write("fuzz_pixel_format", PIXEL_FORMATS)
