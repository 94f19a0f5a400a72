#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A function fits on a screen (60 lines); a file is read in one sitting (500 lines, 800 at most)."""
import pathlib
import subprocess
import sys

FUNCTION, SITTING, FILE = 60, 500, 800


def functions(paths):
    """(path, name, first line, last line) of every function."""
    listing = subprocess.run(
        ["ctags", "-x", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
         "--_xformat=%F\t%N\t%n\t%{end}", "-L", "-"],
        input="\n".join(map(str, paths)), capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        path, name, first, last = line.split("\t")
        if last.isdigit():
            yield path, name, int(first), int(last)


def main():
    root = pathlib.Path(sys.argv[1])
    paths = sorted(p for top in ("src", "tests") for p in (root / top).rglob("*.[ch]"))
    bad = False
    for path in paths:
        lines = len(path.read_text().splitlines())
        if lines > SITTING:
            print(f"{path.relative_to(root)}: {lines} lines{', too many' if lines > FILE else ''}")
        bad |= lines > FILE
    found = list(functions(paths))
    for path, name, first, last in found:
        if last - first + 1 > FUNCTION:
            print(f"{pathlib.Path(path).relative_to(root)}:{first}: {name} has {last - first + 1} lines")
            bad = True
    if len(found) < len(paths) // 2:
        print(f"ctags found only {len(found)} functions in {len(paths)} files")
        bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
