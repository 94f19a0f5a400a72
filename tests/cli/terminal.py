#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a person at a terminal sees: live lines, colours, questions, passwords.

usage: terminal.py SMO EXAMPLES

The program runs on a pseudo-terminal of 60 columns; what it writes goes to a small screen that knows
the few control sequences it uses, and fails on any other. Prints TAP.
"""

import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time
import traceback

COLUMNS = 60
TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|([\x00-\x1f])|([^\x00-\x1f]+)")


class Failure(Exception):
    pass


def check(what, *context):
    if not what:
        raise Failure(" ".join(str(c) for c in context) or "check failed")


class Screen:
    """Lines as they stand; those that are erased must have been one on the terminal too."""

    def __init__(self):
        self.lines, self.row, self.column, self.colours, self.rewound = [""], 0, 0, set(), 0

    def put(self, text):
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + text + line[self.column + len(text):]
        self.column += len(text)

    def feed(self, data):
        for number, letter, control, text in TOKEN.findall(data):
            if text:
                self.put(text)
            elif control == "\r":
                self.column = 0
            elif control == "\n":
                self.row, self.column = self.row + 1, 0
                if self.row == len(self.lines):
                    self.lines.append("")
            elif letter == "A":
                self.row, self.rewound = self.row - int(number or 1), self.rewound + 1
                check(self.row >= 0, "above the screen")
            elif letter == "K":
                check(len(self.lines[self.row]) <= COLUMNS, "more than a line of the terminal:",
                      self.lines[self.row])
                self.lines[self.row] = ""
            elif letter == "m":
                self.colours.add(number)
            else:
                raise Failure(f"what is {control or letter!r}?")

    def text(self):
        return "\n".join(self.lines)


class Terminal:
    def __init__(self, smo, *args, **env):
        self.screen, self.raw = Screen(), ""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
            os.environ.update(env)
            os.execv(smo, [smo, *args])

    def read(self, until=None, seconds=60):
        """Until `until` stands there, or the program has ended."""
        end = time.time() + seconds
        while until is None or until not in self.raw:
            ready, _, _ = select.select([self.fd], [], [], max(0, end - time.time()))
            check(ready, "nothing more came, but no", until, self.raw)
            try:
                data = os.read(self.fd, 4096).decode()
            except OSError:
                data = ""
            if not data:
                check(until is None, "ended without", until, self.raw)
                return
            self.raw += data
            self.screen.feed(data)

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        self.read()
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


class Place:
    def __init__(self, smo, examples):
        self.smo, self.examples = smo, examples
        self.dir = tempfile.mkdtemp(prefix="smo-terminal-")
        self.env = {"HOME": self.dir, "SMO_DIR": self.dir + "/state", "SMO_CACHE_DIR": self.dir + "/cache",
                    "TERM": "xterm", "NO_COLOR": ""}
        check(self.run("init", "--sim").end() == 0)

    def run(self, *args, **env):
        return Terminal(self.smo, *args, **{**self.env, **env})

    def example(self, name):
        return os.path.join(self.examples, name, "hdag.yaml")


# ---- tests ----


def running_steps_are_lines_that_go(place):
    t = place.run("graph", "deploy", place.example("brussels"), "-p", "demo", "--wait")
    check(t.end() == 0, t.raw)
    check(t.screen.rewound, "nothing was drawn anew")
    lines = t.screen.lines
    check(not [li for li in lines if re.match(r"  [-|/\\] \d", li)], "a running line is left:", t.screen.text())
    done = [m.group(1) for m in map(re.compile(r"  \+ (\d)/9 .*: done in ").match, lines) if m]
    check(done == list("123456789"), t.screen.text())
    check("32" in t.screen.colours, "success is not green", t.screen.colours)


def no_color_has_live_lines_without_colours(place):
    for env in [{"NO_COLOR": "1"}, {"TERM": "dumb"}]:
        t = place.run("graph", "deploy", place.example("hello-world"), "-p", "demo", **env)
        check(t.end() == 0 and not t.screen.colours, env, t.screen.colours)
        t = place.run("graph", "remove", "hello-world-graph", "--yes", **env)
        check(t.end() == 0 and not t.screen.colours, env, t.screen.colours)


def a_question_is_asked_above_nothing_that_moves(place):
    check(place.run("graph", "deploy", place.example("hello-world"), "-p", "demo").end() == 0)
    t = place.run("graph", "remove", "hello-world-graph")
    t.read("[y/N]: ")
    t.type("n\n")
    check(t.end() == 1 and "Aborted" in t.raw, t.raw)
    t = place.run("graph", "remove", "hello-world-graph")
    t.read("[y/N]: ")
    t.type("y\n")
    check(t.end() == 0, t.raw)


def a_password_is_not_shown(place):
    t = place.run("artifact", "login", "127.0.0.1:1")
    t.read("Username: ")
    check(t.echoes(), "the name is not shown")
    t.type("somebody\n")
    t.read("Password: ")
    check(not t.echoes(), "the password is shown")
    t.type("very secret\n")
    check(t.end() != 0 and "very secret" not in t.raw, t.raw)


def an_interrupted_password_leaves_the_terminal_as_it_was(place):
    t = place.run("artifact", "login", "127.0.0.1:1", "--username", "somebody")
    t.read("Password: ")
    check(not t.echoes())
    time.sleep(0.2)  # it reads by then
    os.kill(t.pid, signal.SIGINT)
    deadline = time.time() + 10
    while not t.echoes() and time.time() < deadline:
        time.sleep(0.02)
    check(t.echoes(), "the terminal does not echo any more")
    check(t.end() == 130, t.raw)


def a_table_is_made_for_people_and_data_for_programs(place):
    check(place.run("cluster", "sync").end() == 0)
    t = place.run("cluster", "list")
    check(t.end() == 0 and "Ready" in t.screen.text(), t.raw)
    t = place.run("cluster", "list", "-o", "json")
    check(t.end() == 0 and t.screen.lines[0] == "[" and not t.screen.colours, t.raw)


TESTS = [
    running_steps_are_lines_that_go,
    no_color_has_live_lines_without_colours,
    a_question_is_asked_above_nothing_that_moves,
    a_password_is_not_shown,
    an_interrupted_password_leaves_the_terminal_as_it_was,
    a_table_is_made_for_people_and_data_for_programs,
]


def main():
    smo, examples = (str(pathlib.Path(p).resolve()) for p in sys.argv[1:3])
    print(f"1..{len(TESTS)}", flush=True)
    failed = 0
    for n, test in enumerate(TESTS, 1):
        place = None
        try:
            place = Place(smo, examples)
            test(place)
            print(f"ok {n} - {test.__name__}", flush=True)
        except (Failure, OSError, ValueError, LookupError):
            failed += 1
            print(f"not ok {n} - {test.__name__}", flush=True)
            print("\n".join("# " + line for line in traceback.format_exc().splitlines()), flush=True)
        finally:
            if place:
                shutil.rmtree(place.dir, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
