#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every command that a page names is one of the program's, with options that it has.

usage: documented.py SMO SOURCE_ROOT

Reads what stands between backticks and in blocks of code. Prints TAP: one point for each page.
"""

import functools
import pathlib
import re
import subprocess
import sys

CODE = re.compile(r"```.*?\n(.*?)```|`([^`]+)`", re.DOTALL)
CALL = re.compile(r"(?:^|[\s(;&|])(?:build/)?(?:smo|smo-cli)((?: [^\s|;&>`#)]+)*)")
WORD = re.compile(r"[a-z][a-z-]*$")


@functools.cache
def help_of(smo, *words):
    """The help on a command, or None when there is no such command."""
    p = subprocess.run([smo, "help", *words], capture_output=True, text=True, timeout=60, check=False)
    return p.stdout if p.returncode == 0 else None


def wrong_with(smo, words):
    """What is wrong with `smo WORDS...`, or None."""
    options = [w.split("=")[0] for w in words if w.startswith("--")]
    words = [w for w in words if not w.startswith("-")]
    verb = []
    for word in words:
        if not WORD.match(word) or help_of(smo, *verb, word) is None:
            break
        verb.append(word)
    if words and not verb and WORD.match(words[0]):
        return f"there is no command '{words[0]}'"
    if verb in (["graph"], ["cluster"], ["sim"]) and len(words) > 1 and WORD.match(words[1]):
        return f"there is no command '{' '.join(words[:2])}'"
    known = (help_of(smo, *verb) or "") + help_of(smo)
    for option in options:
        if not re.search(rf"{re.escape(option)}\b", known):
            return f"'{' '.join(verb)}' has no option '{option}'"
    return None


def problems_of(smo, path):
    text = path.read_text(encoding="utf-8")
    for code in CODE.finditer(text):
        inside = code.group(1) or code.group(2) or ""
        for line in inside.replace("\\\n", " ").splitlines() if code.group(1) else [" ".join(inside.split())]:
            for call in CALL.finditer(line.split("#")[0] if code.group(1) else line):
                wrong = wrong_with(smo, call.group(1).split())
                if wrong:
                    number = text.count("\n", 0, code.start()) + 1
                    yield f"{path.name}:{number}: smo{call.group(1)}: {wrong}"


def main():
    smo, root = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2])
    pages = [*sorted(root.glob("*.md")), *sorted(root.glob("docs/*.md")), *sorted(root.glob("docs/adr/*.md")),
             *sorted(root.glob("examples/**/*.md")), *sorted(root.glob("tests/**/*.md"))]
    print(f"1..{len(pages)}")
    failed = 0
    for n, page in enumerate(pages, 1):
        problems = list(problems_of(smo, page))
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {n} - {page.relative_to(root)}")
        for problem in problems:
            print("#", problem)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
