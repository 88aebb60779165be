#!/usr/bin/env python3
"""Finds coroutine code that g++ 12 compiles wrongly without a word (docs/coroutine-pitfalls.md).

    check_coroutine_rules.py ROOT | --self-test

R1  no co_await inside the condition of if, while or switch
R2  no closure with captures and no braced temporary in a statement with co_await
R3  co_await not inside ?: or braces; one to a statement
R4  no coroutine that is a lambda with captures
"""
import os
import re
import sys

LITERALS = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"\w*\(.*?\)\w*"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)


def blank(match):
    text = match.group(0)
    if text.startswith("'") and not re.fullmatch(r"'(?:\\.[0-7a-fx]*|.)'", text):
        return text  # digit separators
    return re.sub(r"[^\n]", " ", text)


def condition_end(text, start):
    depth = 0
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return len(text)


BEFORE_BLOCK = (")", "else", "try", "do", "const", "noexcept", "override", ">", ":")


def statements(text):
    """Pieces between ; and the braces of blocks, with where they start."""
    start = 0
    brackets = 0
    braces = []  # of each open brace: the brackets open around it, or None where it opens no block
    for i, character in enumerate(text):
        if character in "([":
            brackets += 1
        elif character in ")]":
            brackets -= 1
        elif character == "{":
            before = text[start:i].rstrip()
            awaits = re.search(r"\bco_await\b", before) and not before.endswith(")")
            is_block = brackets <= 0 and (not before or before.endswith(BEFORE_BLOCK)) and not awaits
            is_block = is_block or re.search(r"->\s*Task<[^{}]*>$", before)  # a lambda as an argument
            braces.append(brackets if is_block else None)
            if is_block:
                yield start, text[start:i]
                start, brackets = i + 1, 0
        elif character == "}":
            outside = braces.pop() if braces else 0
            if outside is not None:
                yield start, text[start:i]
                start, brackets = i + 1, outside
        elif character == ";" and brackets <= 0:
            yield start, text[start:i]
            start, brackets = i + 1, 0


def findings_in(path, source):
    text = LITERALS.sub(blank, source)

    def at(position):
        return f"{path}:{text.count(chr(10), 0, position) + 1}"

    for match in re.finditer(r"\b(if|while|switch)\s*(?:constexpr\s*)?\(", text):
        condition = text[match.end() - 1:condition_end(text, match.end() - 1)]
        last = condition.split(";")[-1]
        declares = re.match(r"\s*\(?\s*(?:const\s+)?[\w:<>,\s*&]+\s\w+\s*=\s*co_await", last)
        if "co_await" in last and not declares:
            yield f"{at(match.start())}: R1: co_await in a condition"
    for match in re.finditer(r"\[([^\[\]\n;]+)\]\s*(?:\([^()]*\))?\s*(?:mutable\s*)?->\s*Task\b", text):
        yield f"{at(match.start())}: R4: a lambda with captures is a coroutine"
    for start, statement in statements(text):
        awaits = [m.start() for m in re.finditer(r"\bco_await\b", statement)]
        if not awaits:
            continue
        position = start + awaits[0]
        if len(awaits) > 1:
            yield f"{at(position)}: R3: more than one co_await in a statement"
        rest = statement[awaits[0]:]
        if re.search(r"[\w>)]?\{[^;]*\}", statement) and not re.search(r"\bTask\b.*\{", statement):
            yield f"{at(position)}: R2/R3: braces in a statement with co_await"
        if re.search(r"(?<![\w\])])\[\s*[&=\w]", rest):
            yield f"{at(position)}: R2: a closure with captures in a statement with co_await"
        if re.search(r"\?[^:]*:", statement.replace("::", "  ")):
            yield f"{at(position)}: R3: co_await and ?: in a statement"


BAD = [
    "if (co_await f()) {", "while (co_await f()) {", "switch (co_await f()) {",
    "if (ready && co_await f()) {", "co_await call([c] { return c; });",
    "co_await call([&] { return c; });", "co_await f(Agg{T{}, 2});", "co_await f({1, 2});",
    "Agg a{T{}, co_await g()};", "x = c ? co_await f() : 2;", "co_await f(co_await g());",
    "auto t = [c]() -> Task<int> { co_return c; };", "send(co_await g(), S{});",
]
GOOD = [
    "const auto x = co_await f();", "co_await std::move(task);", "co_return co_await g(1, a[2]);",
    "if (x) { co_await f(); }", "for (;;) { co_await f(); }", "auto t = [](int v) -> Task<> { co_return; };",
    "// if (co_await f())", 'log("co_await f({})");', "if (const auto x = co_await f()) {",
    "run([](int v) -> Task<> { co_await f(); co_await g(); });",
    "out.emplace(co_await f());", "while (n) {\n co_await f();\n}", "co_await f(T(1), items[i]);",
]


def self_test():
    for snippet in BAD:
        assert list(findings_in("bad", "void f() {\n" + snippet + "\n}\n")), snippet
    for snippet in GOOD:
        found = list(findings_in("good", "void f() {\n" + snippet + "\n}\n"))
        assert not found, (snippet, found)


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    root = sys.argv[1]
    findings = []
    files = 0
    for layer in ("coroutine", "encodings", "rfb", "src", "tests", "tools"):
        for folder, _, names in os.walk(os.path.join(root, layer)):
            for name in names:
                if name.endswith((".h", ".cpp")) and name != "compiler_canary_test.cpp":
                    path = os.path.relpath(os.path.join(folder, name), root)
                    files += 1
                    with open(os.path.join(root, path), encoding="utf-8") as file:
                        findings += findings_in(path, file.read())
    print("\n".join(findings))
    print(f"{files} files, {len(findings)} findings")
    return 1 if findings or files == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
