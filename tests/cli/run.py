#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Transcripts: what a user types, what the program answers, how it ends.

    run.py [--update] SMO EXAMPLES FILE.t...

A transcript is text.  "$ command" runs in sh, in a fresh directory $T that is also the home; the
lines up to the next command are its output (standard output and error together), and "[2]" is an
exit status other than 0.  In expected output "..." stands for any lines, and a line that ends
in " (re)" or " (glob)" is a pattern.  Everything else is a comment.  Results are TAP; --update
writes what is answered now into the file, patterns that still fit are kept.
"""
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

DEADLINE = 120


class Step:
    def __init__(self, number, command):
        self.number, self.command, self.expected = number, command, []


def parse(text):
    """The comment before the first command, and the steps, each with the comment after it."""
    steps, comments = [], [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("  $ "):
            steps.append(Step(number, line[4:]))
            comments.append([])
        elif line.startswith("  > ") and steps and not steps[-1].expected:
            steps[-1].command += "\n" + line[4:]
        elif line.startswith("  ") and steps and not comments[-1]:
            steps[-1].expected.append(line[2:])
        elif line == "  " and steps and not comments[-1]:
            steps[-1].expected.append("")
        else:
            comments[-1].append(line)
    return steps, comments


def fits(pattern, line):
    if pattern.endswith(" (re)"):
        return re.fullmatch(pattern[:-5], line) is not None
    if pattern.endswith(" (glob)"):
        return fnmatch.fnmatchcase(line, pattern[:-7])
    return pattern == line


def matches(expected, lines):
    """Does the whole output fit?  "..." takes any number of lines."""
    if not expected:
        return not lines
    if expected[0] == "...":
        return any(matches(expected[1:], lines[i:]) for i in range(len(lines) + 1))
    return bool(lines) and fits(expected[0], lines[0]) and matches(expected[1:], lines[1:])


def answer(step, home, environment):
    """The lines a command prints, with the directory's name made the same every time."""
    run = subprocess.run(["/bin/sh", "-c", step.command], cwd=home, env=environment,
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, timeout=DEADLINE, check=False)
    text = run.stdout.decode("utf-8", "replace").replace(str(home), "$T").replace(
        environment["E"], "$E")
    lines = text.splitlines()
    if run.returncode:
        lines.append(f"[{run.returncode}]")
    return lines


def play(path, smo, examples):
    """Yield (step, lines, passed)."""
    steps, _ = parse(path.read_text())
    with tempfile.TemporaryDirectory(prefix="smo-cli-") as name:
        home, programs = pathlib.Path(name).resolve() / "home", pathlib.Path(name).resolve() / "bin"
        home.mkdir()
        programs.mkdir()
        for called in ("smo", "smo-cli", "hdarctl"):
            (programs / called).symlink_to(smo)
        environment = {
            "PATH": f"{programs}:/usr/bin:/bin", "HOME": str(home), "T": str(home),
            "E": str(examples), "SMO_DIR": str(home / "state"), "TERM": "dumb", "LC_ALL": "C",
            "XDG_CACHE_HOME": str(home / "cache"),
        }
        for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
            if key in os.environ:
                environment[key] = os.environ[key]
        for step in steps:
            try:
                lines = answer(step, home, environment)
            except subprocess.TimeoutExpired:
                lines = [f"no end after {DEADLINE} s"]
            yield step, lines, matches(step.expected, lines)


def update(path, played):
    steps, comments = parse(path.read_text())
    out = list(comments[0])
    for step, comment, (_, lines, passed) in zip(steps, comments[1:], played):
        first, *more = step.command.split("\n")
        out += [f"  $ {first}"] + [f"  > {line}" for line in more]
        out += [f"  {line}" for line in (step.expected if passed else lines)] + comment
    path.write_text("\n".join(out) + "\n")


def main():
    arguments = sys.argv[1:]
    rewrite = arguments[:1] == ["--update"]
    smo, examples, *files = arguments[rewrite:]
    smo, examples = pathlib.Path(smo).resolve(), pathlib.Path(examples).resolve()
    total = sum(len(parse(pathlib.Path(f).read_text())[0]) for f in files)
    number = failed = 0
    print(f"1..{total}")
    for path in map(pathlib.Path, files):
        played = []
        for step, lines, passed in play(path, smo, examples):
            number += 1
            failed += not passed
            played.append((step, lines, passed))
            print(f"{'ok' if passed else 'not ok'} {number} - "
                  f"{path.name}:{step.number} {step.command.splitlines()[0]}", flush=True)
            if not passed:
                for line in ["expected:"] + step.expected + ["but got:"] + lines:
                    print(f"#   {line}")
        if rewrite:
            update(path, played)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
