#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words that no source file may hold, and the licence line that every one must begin with."""
import pathlib
import re
import sys

CALLS = re.compile(r"\b(goto\b|(sprintf|vsprintf|strcpy|strcat|gets|system|popen|alloca|tmpnam|mktemp)\s*\()")
NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PRINTS = re.compile(r"\b(printf|puts|putchar|perror)\s*\(")
STRING = re.compile(r'"(\\.|[^"\\])*"')
LICENCE = "SPDX-License-Identifier: Apache-2.0"
KINDS = {".c", ".h", ".py", ".sh"}


def code_of(text):
    """The text without comments and strings, line by line as it was."""
    text = STRING.sub('""', text)
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text).splitlines()


def check(path, name):
    text = path.read_text()
    if LICENCE not in "\n".join(text.splitlines()[:2]):
        yield f"{name}:1: the licence line is missing"
    for number, line in enumerate(text.splitlines(), 1):
        if NOTES.search(line) and name.name != "check_words.py":
            yield f"{name}:{number}: unfinished: {line.strip()}"
    if path.suffix not in {".c", ".h"}:
        return
    below_app = name.parts[0] == "src" and name.parts[1] != "app"
    for number, line in enumerate(code_of(text), 1):
        if CALLS.search(line):
            yield f"{name}:{number}: forbidden: {line.strip()}"
        if below_app and PRINTS.search(line):
            yield f"{name}:{number}: only src/app prints: {line.strip()}"


def main():
    root = pathlib.Path(sys.argv[1])
    bad = False
    for top in ("src", "tests", "tools"):
        for path in sorted(p for p in (root / top).rglob("*") if p.suffix in KINDS):
            for problem in check(path, path.relative_to(root)):
                print(problem)
                bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
