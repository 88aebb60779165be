"""covnc-bench: encoders, fan-out of scenes and recordings, and recording a server."""

import json
import pathlib
import subprocess
import tempfile
from xml.etree import ElementTree

from support import daemon as daemon_module
from support.case import case, check, equal
from support.daemon import MOVING, STILL, Daemon

ALONE = True

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDINGS = ROOT / "tools" / "bench" / "recordings"
SVG = "{http://www.w3.org/2000/svg}"


def bench(*arguments, status=0):
    """Runs covnc-bench; returns what it printed, errors included."""
    done = subprocess.run(
        [str(daemon_module.BINDIR / "covnc-bench"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        check=False,
        text=True,
    )
    check(done.returncode == status, f"status {done.returncode}: {done.stdout[-1500:]}")
    return done.stdout


def fanout(*arguments):
    """Runs covnc-bench fanout; returns the rows of its JSON."""
    with tempfile.TemporaryDirectory(prefix="covnc-bench-") as folder:
        file = pathlib.Path(folder) / "figures.json"
        bench("fanout", "--json", str(file), *arguments)
        figures = json.loads(file.read_text())
    equal(figures["schema"], "covnc-bench fanout 1", "schema")
    return figures["rows"]


def check_served(row):
    check(row["errors"] == {} and row["connected"] == row["clients"], f"not all were served: {row}")
    check(row["updates"] > 0 and row["bytes_per_update"] > 20, f"no updates: {row}")
    check(row["server_cpu_seconds"] > 0 and row["load_cpu_seconds"] > 0, f"no CPU: {row}")
    check(row["updates_per_second"] <= 1.5 * row["updates_per_second_wanted"], f"too many: {row}")


@case("a scene to one viewer and to ten: shared, beside LibVNCServer")
def scene():
    rows = fanout("--sequence", "text", "--clients", "1,10", "--links", "none", "--seconds", "1")
    equal([(row["server"], row["clients"]) for row in rows],
          [("covnc", 1), ("LibVNCServer", 1), ("covnc", 10), ("LibVNCServer", 10)], "rows")
    for row in rows:
        check_served(row)
    ours = rows[2]
    check(ours["updates_per_encoding"] > 2, f"nothing was shared: {ours}")
    check(ours["delay"]["count"] > 0 and ours["delay"]["p50_ms"] > 0, f"no delays: {ours}")
    check(ours["libvncserver_cpu_ratio"] > 0, f"no ratio: {ours}")
    check("memory_bytes_per_viewer" in ours, f"no memory: {ours}")


@case("every recording that comes with the project, over links, with updates that nobody asks for")
def recordings():
    files = sorted(RECORDINGS.glob("*.cvs"))
    check(len(files) >= 4, f"{len(files)} recordings")
    arguments = [word for file in files for word in ("--sequence", str(file))]
    for row in fanout("--clients", "10", "--links", "mixed", "--servers", "covnc", "--continuous",
                      "--seconds", "1", *arguments):
        check_served(row)
        check(row["delay"]["count"] > 0, f"no viewer had a whole picture: {row}")


@case("a display that was recorded plays again")
def record_and_play():
    with tempfile.TemporaryDirectory(prefix="covnc-bench-") as folder:
        file = pathlib.Path(folder) / "moving.cvs"
        with Daemon(source=MOVING) as daemon:
            said = bench("record", f"127.0.0.1:{daemon.port()}", str(file), "--seconds", "2")
        frames = int(said.split()[0])
        check(frames >= 5, said)
        equal(file.read_bytes()[:4], b"CVS1", "the file's first bytes")
        equal(int.from_bytes(file.read_bytes()[8:12], "little"), frames, "frames in the file")
        row = fanout("--sequence", str(file), "--clients", "2", "--links", "none", "--servers",
                     "covnc", "--seconds", "1")[0]
        check_served(row)
        with Daemon(source=STILL) as daemon:
            bench("record", f"127.0.0.1:{daemon.port()}", str(file), "--seconds", "0.5")
        equal(int.from_bytes(file.read_bytes()[8:12], "little"), 1, "frames of a still display")


def encode(*arguments):
    """Runs covnc-bench encode; returns what it printed, the rows of its JSON and its charts."""
    with tempfile.TemporaryDirectory(prefix="covnc-bench-") as folder:
        file = pathlib.Path(folder) / "figures.json"
        said = bench("encode", "--json", str(file), "--svg", folder, *arguments)
        figures = json.loads(file.read_text())
        charts = [ElementTree.parse(path).getroot() for path in pathlib.Path(folder).glob("*.svg")]
    equal(figures["schema"], "covnc-bench encode 1", "schema")
    return said, figures["rows"], charts


@case("every encoding of both servers, on a few updates, exactly")
def encodings():
    sequences = [str(RECORDINGS / "typing.cvs"), "window"]
    said, rows, charts = encode("--sequence", sequences[0], "--sequence", sequences[1],
                                "--frames", "3", "--rounds", "1")
    for sequence in sequences:
        ours = {row["encoding"] for row in rows
                if row["sequence"] == sequence and row["server"] == "covnc"}
        theirs = {row["encoding"] for row in rows
                  if row["sequence"] == sequence and row["server"] == "LibVNCServer"}
        check(ours >= {"raw", "hextile", "zrle"}, f"ours: {ours}")
        check(theirs >= {"raw", "rre", "corre", "hextile", "zlib", "zrle", "tight", "tight-jpeg"},
              f"theirs: {theirs}")
    for row in rows:
        equal(row["updates"], 3, f"updates of {row}")
        check(row["bytes"] > 0 and row["cpu_seconds"] > 0, f"nothing was measured: {row}")
        check(row["first_picture"]["bytes"] > row["updates"], f"no first picture: {row}")
        check("psnr_db" not in row or "quality_level" in row, f"something was lost: {row}")
        compared = row["server"] == "covnc" and row["encoding"] in ("raw", "hextile", "zrle")
        check(not compared or row["bytes_ratio"] > 0 and row["cpu_ratio"] > 0, f"no ratios: {row}")
        check(row["encoding"] in said, f"not printed: {row}")
    equal(len(charts), 2, "charts")
    for chart in charts:
        panels = [text.text for text in chart.iter(SVG + "text") if text.get("class") == "panel"]
        equal([panel.split(":")[0] for panel in panels], ["typing.cvs", "window"], "panels")
        check(len(list(chart.iter(SVG + "rect"))) > 20, "no bars")


@case("mistakes are told, and nothing runs")
def mistakes():
    said = bench("fanout", "--sequence", "/nowhere.cvs", status=1)
    check("/nowhere.cvs: cannot be read" in said, said)
    said = bench("fanout", "--sequence", __file__, status=1)
    check("is no recording" in said, said)
    bench("fanout", "--links", "10% nonsense", status=2)
    bench("fanout", "--clients", "0", status=2)
    bench("record", "127.0.0.1:1", "/dev/null", status=1)
    said = bench("encode", "--sequence", "/nowhere.cvs", status=1)
    check("/nowhere.cvs: cannot be read" in said, said)
    bench("encode", "--encodings", "nonsense", status=2)
    bench("encode", "--quality", "10", status=2)
    bench("encode", "--effort", "most", status=2)
    bench("encode", "--frames", "0", status=2)
    bench("record", "127.0.0.1:1", status=2)


@case("sound in every format that viewers want")
def sound():
    lines = bench("sound", "--seconds", "2").splitlines()
    equal(len(lines), 6, "a head and five formats")
    for line in lines[1:]:
        check(all(float(figure) > 0 for figure in line.split()[-2:]), line)
