#!/usr/bin/env python3
"""Fails where an include points upwards, or is not written from the root.

    check_layers.py ROOT | --self-test
"""
import os
import re
import sys

# What each folder may include of the project, besides itself.
ALLOWED = {
    "coroutine": set(),
    "encodings": set(),
    "rfb": {"coroutine", "encodings"},
    "src": {"coroutine", "encodings", "rfb"},
    "tools": {"coroutine", "encodings", "rfb", "src", "tests"},
    "tests": {"coroutine", "encodings", "rfb", "src", "tools"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def findings_in(path, text):
    layer = path.split("/")[0]
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        included = match.group(1)
        target = included.split("/")[0]
        if target not in ALLOWED:
            yield f'{path}:{number}: "{included}" is not written from the root'
        elif target != layer and target not in ALLOWED[layer]:
            yield f"{path}:{number}: {layer} must not know {target}"


def self_test():
    def found(path, line):
        return bool(list(findings_in(path, line)))

    assert found("coroutine/a.h", '#include "rfb/b.h"')
    assert found("coroutine/a.h", '#include "encodings/b.h"')
    assert found("encodings/a.h", '#include "coroutine/b.h"')
    assert found("rfb/a.cpp", '  #  include "src/b.h"')
    assert found("rfb/a.cpp", '#include "b.h"')
    assert found("rfb/a.cpp", '#include "../coroutine/b.h"')
    assert not found("rfb/a.cpp", '#include "coroutine/b.h"')
    assert not found("src/a.cpp", '#include "rfb/b.h"')
    assert not found("tests/rfb/a.cpp", '#include "src/b.h"')
    assert not found("rfb/a.cpp", "#include <vector>")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    root = sys.argv[1]
    findings = []
    files = 0
    for layer in ALLOWED:
        for folder, _, names in os.walk(os.path.join(root, layer)):
            for name in names:
                if name.endswith((".h", ".cpp")):
                    path = os.path.relpath(os.path.join(folder, name), root)
                    files += 1
                    with open(os.path.join(root, path), encoding="utf-8") as file:
                        findings += findings_in(path, file.read())
    print("\n".join(findings))
    print(f"{files} files, {len(findings)} findings")
    return 1 if findings or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
