#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares the PromQL checker with promtool on written, generated and damaged queries: both must
accept, or both must refuse.

usage: promql_promtool.py PROGRAM [GENERATED]

PROGRAM is the filter of promql.c. Skipped (exit code 77) without promtool (Debian: prometheus).
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile

RIGHT = """
up
up{job="x"}
{__name__="up"}
{job=~"a.*",instance!~"b|c"}
{job="a",}
up{}
up offset 5m
up offset -5m
up[5m] offset 1h
rate(http_requests_total[5m])
rate(http_requests_total{job="x"}[1h30m])
sum(rate(a[1m])) by (x, y)
sum by (x) (rate(a[1m]))
sum without () (a)
sum by () (a)
SUM(a)
topk(3, a)
quantile(0.9, a)
count_values("v", a)
histogram_quantile(0.99, sum by (le) (rate(a_bucket[5m])))
a and b or c unless d
a == bool b
1 == bool 2
a > 1
1 < a
a + on (x) group_left (y) b
a * ignoring (x) group_right b
a + on () b
-a
-1
+a ^ 2
-1 ^ 2
2 ^ 3 ^ 2
a % 2 + 3 * 4
a atan2 b
"text"
'single'
`raw \\ text`
"\\u00e9\\x41\\101"
1e3
0x1F
.5
5.
Inf
-inf
NaN
time()
vector(1)
scalar(a)
absent(a{b="c"})
absent_over_time(a[5m])
a @ 1234
a @ start()
a[5m] @ end()
a @ -1.5
a offset 1m @ 100
a @ 100 offset 1m
rate(a[5m])[30m:1m]
(a + b)[5m:]
max_over_time(rate(a[1m])[10m:])
a[5m:] offset 1m
label_replace(a, "x", "$1", "y", "(.*)")
label_join(a, "x", "-", "b", "c")
round(a)
round(a, 5)
clamp(a, 0, 1)
day_of_week()
hour(a)
sum(a) # comment
a:b:c
node_cpu{cpu=~"[0-9]+"}
sum
count{x="y"}
by
group(a)
(a)
((1))
a > bool 1
a{x=~"^(?:a|b)$"}
a{x=~""} and b
a{x="1",y!=""}
sum(a) by (le) / ignoring (le) group_left sum(b)
(sum(kube_deployment_status_replicas_ready{deployment="x"}) OR on() vector(0))
a
  + b
(a)[5m:1m]
sort_desc(a)
pi()
deg(a)
minute(vector(time()))
a{on="b",by="c",sum="d"}
sum by (on, by, bool, start, offset) (a)
a and ignoring (x) b
start
end
a ^ -1
--a
1 - -1
count(count(node_cpu_seconds_total) by (cpu))
a[1y2w3d4h5m6s7ms]
""".strip("\n").replace("a\n  + b\n", "")

WRONG = """
up{
up}
{}
{job=""}
{job=~".*"}
up{job=x}
up{job="x" instance="y"}
up{1a="x"}
up{job=~"("}
up{job=~"*"}
up[5]
up[]
up[5m
up[0s]
up[-5m]
rate(up)
rate(up[5m]
rate()
rate(a[1m], b)
rate(a[1m])[5m]
sum(a[5m])
sum()
sum(a) by
sum(a) by (1)
sum by (x) (a) by (y)
topk(a)
topk("x", a)
count_values(1, a)
nosuch(a)
RATE(a[5m])
a +
+ 
* a
a b
a[5m] + b
a[5m] == 1
1 == 2
1 and 2
a and 1
a or bool b
a + bool b
a and on (x) group_left b
a + on (x) group_left (x) b
1 + on (x) b
"a" + 1
-"a"
-a[5m]
"unclosed
'unclosed
"\\q"
1x
0x
1.2.3
a offset
a offset x
a offset 5
1 offset 5m
(a + b) offset 5m
rate(a[5m]) offset 5m
a offset 5m offset 5m
a @ b
a @ start
a @ 1 @ 2
1 @ 5
a offset 5m [5m]
a[5m][5m]
a[5m:1m:1m]
time(a)
vector(a)
scalar(1)
scalar(a[5m])
round()
clamp(a, 1)
label_replace(a, b, c, d, e)
absent("a")
a{__name__="b"}
()
(a
a)
a,b
[5m]
@ 5
offset 5m
bool
on
a = b
a =~ "b"
a !
a & b
a | b
$x
a{b="c"}}
sum(a) by (x) by (y)
a[5m] offset 1h30
1s
5m
a offset 0s
a offset +5m
a unless 5
rate(a[5m]) > bool
a < > b
a{x=~"a)"}
a{x=~"[a"}
a{x=~"\\\\"}
a{x="y",,}
""".strip("\n")


class Maker:
    """Random queries, mostly right."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def pick(self, *words):
        return self.chance.choice(words)

    def selector(self):
        text = self.pick("a", "http_requests_total", "x:y", "node_load1")
        if self.chance.random() < 0.5:
            text += "{" + self.pick('job="x"', 'a!="b",c=~"d.+"', "", 'le=~"a|b"', 'j!~"x?"') + "}"
        return text

    def duration(self):
        return self.pick("5m", "1h30m", "30s", "1d", "100ms")

    def instant(self, depth):
        if depth <= 0:
            return self.selector()
        kind = self.chance.randrange(8)
        if kind == 0:
            return self.selector() + self.pick("", " offset 5m", " @ 100", " offset 1m @ end()")
        if kind == 1:
            return f"{self.pick('rate', 'increase', 'max_over_time', 'irate', 'deriv')}({self.range(depth - 1)})"
        if kind == 2:
            by = self.pick("", " by (job)", " without (a, b)")
            return f"{self.pick('sum', 'avg', 'max', 'count')}{by}({self.instant(depth - 1)})"
        if kind == 3:
            return f"{self.pick('topk', 'quantile')}({self.scalar(depth - 1)}, {self.instant(depth - 1)})"
        if kind == 4:
            operator = self.pick("+", "-", "*", "/", "%", "^", "==", "> bool", "<", "and", "or", "unless",
                                 "+ on (a)", "* on (a) group_left (b)", "and ignoring (x)")
            return f"{self.instant(depth - 1)} {operator} {self.instant(depth - 1)}"
        if kind == 5:
            return f"{self.instant(depth - 1)} {self.pick('+', '>', '* ', '^', '<= bool')} {self.scalar(depth - 1)}"
        if kind == 6:
            return f"{self.pick('abs', 'ceil', 'ln', 'sort', 'absent')}({self.instant(depth - 1)})"
        return f"{self.pick('', '-')}({self.instant(depth - 1)})"

    def range(self, depth):
        if depth > 0 and self.chance.random() < 0.3:
            return f"({self.instant(depth - 1)})[{self.duration()}:{self.pick('', '1m')}]"
        return f"{self.selector()}[{self.duration()}]{self.pick('', ' offset 1h')}"

    def scalar(self, depth):
        if depth <= 0:
            return self.pick("1", "0.5", "1e3", "Inf", "-2", "0x10")
        return self.pick("time()", f"scalar({self.instant(depth - 1)})",
                         f"({self.scalar(depth - 1)} + {self.scalar(depth - 1)})", "3")

    def damaged(self, text):
        i = self.chance.randrange(len(text))
        kind = self.chance.randrange(4)
        if kind == 0:
            return text[:i] + text[i + 1:]
        if kind == 1:
            return text[:i] + self.pick("(", ")", "[", "]", "{", "}", ",", "+", "by", " 5m ", "\"", ">", " and ") + text[i:]
        if kind == 2:
            j = self.chance.randrange(len(text))
            i, j = min(i, j), max(i, j)
            return text[:i] + text[j:]
        words = text.split(" ")
        self.chance.shuffle(words)
        return " ".join(words)


def by_promtool(queries):
    """Which of them promtool accepts."""
    rules = [{"record": f"r{i}", "expr": query} for i, query in enumerate(queries)]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rules.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"groups": [{"name": "g", "rules": rules}]}, file)
        out = subprocess.run(["promtool", "check", "rules", "--lint=none", path],
                             capture_output=True, text=True, check=False)
    refused = {int(n) - 1 for n in re.findall(r"rule (\d+), ", out.stdout + out.stderr)}
    assert (out.returncode == 0) == (not refused), out.stderr
    return [i not in refused for i in range(len(queries))]


def main():
    if not shutil.which("promtool"):
        print("1..0 # SKIP promtool is not installed (Debian: prometheus)")
        return 77
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    maker = Maker(5)
    right, wrong = RIGHT.split("\n"), WRONG.split("\n")
    generated = [maker.instant(3) for _ in range(count)]
    damaged = [maker.damaged(q) for q in generated + right if q]
    queries = [q for q in right + wrong + generated + damaged if q.strip()]
    ours = subprocess.run([sys.argv[1]], input="".join(json.dumps([q]) + "\n" for q in queries),
                          text=True, capture_output=True, check=True).stdout.splitlines()
    theirs = by_promtool(queries)
    differ = [(q, o, t) for q, o, t in zip(queries, ours, theirs, strict=True) if o.startswith("ok") != t]
    for query, our, their in differ[:40]:
        print(f"# promtool {'accepts' if their else 'refuses'}, we say {our}: {query}")
    accepted = sum(theirs)
    ok = not differ and accepted > len(queries) // 4 and accepted < len(queries) * 3 // 4
    print("1..1")
    print(f"# {len(queries)} queries, promtool accepts {accepted}, {len(differ)} differ")
    print(("ok" if ok else "not ok") + " 1 - the checker agrees with promtool")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
