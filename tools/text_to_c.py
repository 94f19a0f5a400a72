#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""text_to_c.py NAME FILE [HEADER]: FILE as the C text constant NAME, on standard output."""
import sys


def quoted(line):
    out = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
    return '\t"%s\\n"' % out


def main():
    name, path = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        lines = f.read().splitlines()
    print("/* Made from %s. */" % path.rsplit("/", 1)[-1])
    for header in sys.argv[3:]:
        print('#include "%s"' % header)
    print("\nconst char %s[] =\n%s;" % (name, "\n".join(map(quoted, lines))))


if __name__ == "__main__":
    main()
