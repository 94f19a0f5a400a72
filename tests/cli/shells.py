#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in the shells themselves: keys go in through a terminal, the completed line comes out.

    shells.py SMO

Each line is typed, the tabulator pressed, and then "echo" written before what is there now, so that
the shell itself prints it.  Results are TAP; a shell that is not installed is skipped.
"""
import os
import pathlib
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time

DEADLINE = 20
START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
}
LOAD = {
    "bash": "source <(smo completion bash)",
    "zsh": "bindkey -e; unsetopt prompt_cr prompt_sp; autoload -U compinit; compinit -u -D; "
           "source <(smo completion zsh)",
}
CASES = [
    ("a verb", "smo graph des", "smo graph describe"),
    ("a group", "smo clus", "smo cluster"),
    ("an option", "smo graph list --proj", "smo graph list --project"),
    ("an option's word", "smo graph list -o js", "smo graph list -o json"),
    ("a graph out of the state", "smo graph status hello", "smo graph status hello-world-graph"),
    ("a cluster out of the state", "smo cluster cordon ed", "smo cluster cordon edge"),
    ("a service of a graph", "smo graph trigger hello-world-graph hello-w",
     "smo graph trigger hello-world-graph hello-world"),
    ("a file", "smo graph check descr", "smo graph check descriptor.yaml"),
    ("the other name", "smo-cli graph rem", "smo-cli graph remove"),
    ("nothing that there is", "smo graph zzz", "smo graph zzz"),
]


class Terminal:
    def __init__(self, argv, environment, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, environment)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def until(self, text):
        """What comes until a line begins with @text, that line included; all of it when none."""
        end = time.monotonic() + DEADLINE
        self.seen = ""
        while time.monotonic() < end:
            ready, _, _ = select.select([self.fd], [], [], 0.2)
            if ready:
                try:
                    self.seen += os.read(self.fd, 4096).decode("utf-8", "replace")
                except OSError:
                    break
            for line in self.seen.replace("\r", "\n").split("\n")[:-1]:
                if line.startswith(text):
                    return line[len(text):].strip()
        return None

    def end(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def loaded(shell, environment, cwd):
    """A shell that knows the completion, or what it said instead."""
    terminal = Terminal(START[shell], environment, cwd)
    terminal.type(LOAD[shell] + "; echo LOADED\n")
    return terminal, terminal.until("LOADED") is not None


def completed(terminal, line, mark):
    """What @line has become after the tabulator."""
    terminal.type(line + "\t\x01echo DONE-" + mark + " \x05\n")
    answer = terminal.until("DONE-" + mark)
    return answer if answer is not None else f"no answer: {terminal.seen!r}"


def play(shell, environment, cwd):
    """(what, typed, wanted, got) of each case; got is None where there is no such shell."""
    if not shutil.which(shell):
        yield from ((*case, None) for case in CASES)
        return
    terminal, ready = loaded(shell, environment, cwd)
    try:
        for number, case in enumerate(CASES):
            yield (*case, completed(terminal, case[1], str(number)) if ready
                   else f"not loaded: {terminal.seen!r}")
    finally:
        terminal.end()


def main():
    smo = pathlib.Path(sys.argv[1]).resolve()
    examples = pathlib.Path(__file__).resolve().parents[2] / "examples"
    print(f"1..{len(START) * len(CASES)}")
    number = failed = 0
    with tempfile.TemporaryDirectory(prefix="smo-shells-") as name:
        home = pathlib.Path(name)
        programs = home / "bin"
        programs.mkdir()
        for called in ("smo", "smo-cli"):
            (programs / called).symlink_to(smo)
        environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": name, "TERM": "dumb",
                       "SMO_DIR": f"{name}/state", "LC_ALL": "C.UTF-8", "PS1": "> "}
        environment |= {k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS")}
        shutil.copy(examples / "hello-world" / "hdag.yaml", home / "descriptor.yaml")
        for command in (["init", "--sim"], ["graph", "deploy", "descriptor.yaml", "-p", "demo"]):
            subprocess.run([str(smo), *command], env=environment, cwd=name, check=True,
                           capture_output=True, timeout=120)
        for shell in START:
            for what, typed, wanted, got in play(shell, environment, name):
                number += 1
                bad = got not in (None, wanted)
                failed += bad
                print(f"{'not ok' if bad else 'ok'} {number} - {shell}: {what}"
                      + (f" # SKIP {shell} is not installed" if got is None else ""), flush=True)
                if bad:
                    print(f"# typed {typed!r}, wanted {wanted!r}, got {got!r}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
