#!/usr/bin/env python3
"""Proves that the property test can fail: changes the real code in one place, builds the test in a
copy of the tree, and wants it to find the mistake.

    tools/run_mutants.py [NAME...]      all, or the mutants named

Exit status 1 where one survives. Schedules a mutant: COVNC_PROPERTY_SCHEDULES (default 2000).
"""
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# name: (file, what stands there, what the mutant has instead)
MUTANTS = {
    "a unit of a newer base is reused": (
        "rfb/update_plan.cpp",
        "unit.target == framebuffer.version() && unit.base <= base && unit.fits",
        "unit.target == framebuffer.version() && unit.fits"),
    "a chain starts from a newer base": (
        "rfb/update_plan.cpp",
        "return unit.base <= version && version < unit.target && unit.fits(place);",
        "return unit.base <= version + 1 && version < unit.target && unit.fits(place);"),
    "moves are sent to a viewer two versions back": (
        "rfb/update_plan.cpp",
        "base + 1 == framebuffer.version() &&",
        "base + 2 >= framebuffer.version() &&"),
    "the canonical base is one too high": (
        "rfb/framebuffer.cpp",
        "return version < size_version_ ? 0 : since(version).canonical;",
        "return version < size_version_ ? 0 : since(version).canonical + 1;"),
    "a changed format does not drop the update": (
        "rfb/session_writer.cpp",
        "state_.generation != generation ||",
        "false ||"),
    "a resize does not drop the update": (
        "rfb/session_writer.cpp",
        "picture().framebuffer().size_version() != size_version",
        "false"),
    "what is owed outside of a request is forgotten": (
        "rfb/session_writer.cpp",
        "state_.owed = needed_pixels() - update.region;",
        "state_.owed.clear();"),
    "a refresh asked for meanwhile is forgotten": (
        "rfb/session_writer.cpp",
        "state_.position.version = asked_anew ? 0 : update.version;",
        "state_.position.version = update.version;"),
    "the zlib header is sent every time": (
        "rfb/session_sending.cpp",
        "state_.zlib_use = state_.position.update_class.settings.encoding;",
        ""),
    "who takes another picture keeps what the pointer covers": (
        "rfb/session_writer.cpp",
        "needed_pixels() | display_.drawn_pointer()",
        "needed_pixels()"),
    "the pointer stays where it was": (
        "rfb/pointer_picture.cpp",
        "touched |= pointer_area_;\n    copy_plain",
        "copy_plain"),
    "the last row of a cell is not compared": (
        "rfb/framebuffer.cpp",
        "for (std::int32_t y = cell.y; y < cell.bottom(); ++y) {",
        "for (std::int32_t y = cell.y; y + 1 < cell.bottom(); ++y) {"),
    "what moves pass over and spoil is not sent": (
        "rfb/framebuffer.cpp",
        "affected |= copy.destination;",
        ""),
    "a snapshot is reused for another version": (
        "rfb/update_cache.cpp",
        "    snapshots_.clear();\n",
        ""),
    "padding is not black": (
        "rfb/snapshot.cpp",
        "std::fill_n(out, rect.area(), 0);",
        "std::fill_n(out, rect.area(), 0xff);"),
    "an update that was dropped is not asked for again": (
        "rfb/session_writer.cpp",
        "state_.requested |= requested;",
        ""),
    "a part of another viewer is taken for the one that was wanted": (
        "rfb/update_cache.cpp",
        "update.region = entry->region;",
        "update.region = region;"),
    "a part that reaches outside is taken": (
        "rfb/update_cache.cpp",
        "const std::int64_t gain = is_inside ?",
        "const std::int64_t gain = is_inside || true ?"),
    "continuous updates stop after one": (
        "rfb/session_writer.cpp",
        "if (wrote && state_.continuous) {",
        "if (wrote && state_.request_pending) {"),
    "a unit that goes on in a zlib stream is taken by others": (
        "rfb/update_plan.h",
        "return needs.stream == 0 || needs == place;",
        "return true;"),
    "pixels that went out as JPEG are taken for exact": (
        "rfb/session_refresh.cpp",
        "state_.lossy |= Region(part->lossy);",
        ""),
    "an update in parts leaves the viewer where it was in its zlib stream": (
        "rfb/session_sending.cpp",
        "state_.position.zlib_place = {}; // large units keep no history",
        ""),
    "JPEG pixels of an update in parts are taken for exact": (
        "rfb/session_sending.cpp",
        "append_last_rect(head);\n    note_lossy(update);",
        "append_last_rect(head);"),
    "moved JPEG pixels are taken for exact": (
        "rfb/session_refresh.cpp",
        "state_.lossy |= moved;",
        ""),
    "a viewer of another size gets whole versions": (
        "rfb/session_writer.cpp",
        "return is_plain() && state_.owed.is_empty()",
        "return state_.owed.is_empty()"),
}


def copy_tree(folder):
    for name in ("CMakeLists.txt", "CMakePresets.json", "cmake", "coroutine", "encodings", "rfb",
                 "src", "tests", "tools", "packaging", "LICENSE", "README.md"):
        source = os.path.join(ROOT, name)
        target = os.path.join(folder, name)
        if os.path.isdir(source):
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    # Only what the property test needs, so that a mutant costs little to build.
    for inner, _, names in os.walk(os.path.join(folder, "tests", "rfb")):
        for name in names:
            if name.endswith(".cpp") and name != "property_test.cpp":
                os.remove(os.path.join(inner, name))


def build_and_run(folder):
    """Whether the property test passes."""
    quiet = dict(stdout=subprocess.DEVNULL, cwd=folder)
    subprocess.run(["cmake", "--preset", "release", "-DCOVNC_WARNINGS_AS_ERRORS=OFF"], check=True, **quiet)
    subprocess.run(["cmake", "--build", "--preset", "release", "--target", "rfb-tests"],
                   check=True, stderr=subprocess.DEVNULL, **quiet)
    environment = dict(os.environ)
    environment.setdefault("COVNC_PROPERTY_SCHEDULES", "2000")
    try:
        done = subprocess.run(["build/release/bin/rfb-tests", "[property]"], cwd=folder, timeout=300,
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace")
    except subprocess.TimeoutExpired:
        return False, "hangs"
    seed = [line for line in done.stdout.splitlines() if "COVNC_PROPERTY_SEED" in line]
    return done.returncode == 0, seed[0].strip() if seed else "crashes"


def main():
    names = sys.argv[1:] or list(MUTANTS)
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        copy_tree(folder)
        passes, how = build_and_run(folder)
        if not passes:
            sys.exit(f"the property test fails without any mutant: {how}")
        for name in names:
            path, before, after = MUTANTS[name]
            file = os.path.join(folder, path)
            original = open(file).read()
            if original.count(before) < 1:
                sys.exit(f"{path} has changed: mutant '{name}' does not apply")
            open(file, "w").write(original.replace(before, after, 1))
            passes, how = build_and_run(folder)
            open(file, "w").write(original)
            survivors += passes
            print(f"{'SURVIVES' if passes else 'caught  '}  {name}  ({'-' if passes else how})", flush=True)
    print(f"{len(names) - survivors} caught, {survivors} survive")
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
