#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Includes go down only (tools/layers.txt), and a library's header is included by one pair of files."""
import pathlib
import re
import sys

# What the C library, POSIX and Linux give; anything else is a library.
SYSTEM = re.compile(
    r"(assert|ctype|dirent|errno|fcntl|float|fnmatch|getopt|glob|grp|inttypes|libgen|limits|locale|math|netdb|poll"
    r"|pthread|pwd|regex|sched|setjmp|signal|spawn|stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib"
    r"|stdnoreturn|string|strings|syslog|termios|threads|time|unistd|wchar|wctype)\.h"
    r"|(sys|linux|netinet|arpa|net|asm|sanitizer)/.*\.h")
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def read_layers(path):
    layers = {}
    for line in path.read_text().splitlines():
        room, colon, below = line.split("#")[0].partition(":")
        if colon:
            layers[room.strip()] = {room.strip(), *below.split()}
    return layers


def library(bracket, header):
    """The library that an include uses, or None; drive/lazy_X.h stands for library X (ADR 20)."""
    if bracket == "<":
        name = None if SYSTEM.fullmatch(header) else header.split("/")[0].removesuffix(".h")
        return {"archive_entry": "archive"}.get(name, name)
    lazy = re.fullmatch(r"drive/lazy_(\w+)\.h", header)
    return lazy and lazy.group(1)


def check(root):
    layers = read_layers(root / "tools/layers.txt")
    users = {}  # library -> {pair: place}
    for path in sorted((root / "src").rglob("*.[ch]")):
        name = path.relative_to(root)
        room = name.parts[1]
        for number, line in enumerate(path.read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            bracket, header = found.groups()
            place = f"{name}:{number}"
            if room not in layers:
                yield f"{place}: room '{room}' is not in tools/layers.txt"
            elif bracket == '"' and "/" not in header:
                yield f"{place}: write the room of '{header}'"
            elif bracket == '"' and not {header, header.split("/")[0]} & layers[room]:
                yield f"{place}: {room} must not include {header}"
            elif library(bracket, header) and not re.match(r"lazy[_.]", path.name):
                users.setdefault(library(bracket, header), {}).setdefault(name.with_suffix(""), place)
    for lib, pairs in sorted(users.items()):
        if len(pairs) > 1:
            yield f"library {lib} is included by more than one pair: {', '.join(sorted(pairs.values()))}"


def main():
    problems = list(check(pathlib.Path(sys.argv[1])))
    print("\n".join(problems), end="\n" if problems else "")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
