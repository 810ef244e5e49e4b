#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--diff: two runs of one program differ in nothing; of two programs what came, went and moved is told.

    diff.py THRTRACE STORMY GOLDEN      (STORMY: of ../tracees; GOLDEN: the folder of golden traces)
"""
import json
import os
import subprocess
import sys
import tempfile

from harness import Failure, in_own_folder

THRTRACE, STORMY, GOLDEN = map(os.path.abspath, sys.argv[1:])


def diff(a, b, *options):
    return subprocess.run([THRTRACE, "--diff", *options, a, b], capture_output=True, text=True, check=False)


def want(what, got, expected):
    if got != expected:
        raise Failure(f"{what}: {got!r}, expected {expected!r}")


def trace(name, *args):
    subprocess.run([THRTRACE, "--light", "--format=json", "-o", name, STORMY, *args], stdout=subprocess.DEVNULL, check=True)
    return name


def equal_runs():
    a, b = trace("a", "3"), trace("b", "3")
    done = diff(a, b)
    want("equal runs", (done.returncode, done.stdout), (0, "no difference\n"))
    want("as JSON", (diff(a, b, "--format=json").returncode, diff(a, b, "--format=json").stdout), (0, ""))


def more_threads():
    a, b = trace("a", "3"), trace("b", "5")
    done = diff(a, b)
    want("two more", (done.returncode, done.stdout), (1, "~ thread storm, stormy: 3 -> 5\n"))
    told = json.loads(diff(a, b, "--format=json").stdout)
    want("as JSON", (told["change"], told["tasks"], told["a"]["n"], told["b"]["n"]), ("moved", "thread storm, stormy", 3, 5))
    with open(b, encoding="utf-8") as f:  # and from standard input
        done = subprocess.run([THRTRACE, "--diff", a, "-"], stdin=f, capture_output=True, text=True, check=False)
    want("from stdin", done.stdout, "~ thread storm, stormy: 3 -> 5\n")


def other_programs():
    """Of the golden traces: each is like itself, and one that ended by a fault is not like one that did not."""
    for name in sorted(os.listdir(GOLDEN)):
        if name.endswith(".json"):
            path = os.path.join(GOLDEN, name)
            want(name, diff(path, path).stdout, "no difference\n")
    good, bad = (os.path.join(GOLDEN, name) for name in ("glibc.json", "fault.json"))
    there, back = (sorted(diff(*pair).stdout.splitlines()) for pair in ((good, bad), (bad, good)))
    want("a finding", any(line.startswith("+ finding stack-overflow ") for line in there), True)
    want("the status", any(line == "~ the program's end: exit status 0 -> SIGSEGV" for line in there), True)
    want("and back", sorted(line[0].translate(str.maketrans("+-", "-+")) for line in there), sorted(line[0] for line in back))


def no_traces():
    with open("text", "w", encoding="ascii") as f:
        f.write("no JSON\n")
    with open("other", "w", encoding="ascii") as f:
        f.write('{"event":"birth"}\n')
    open("empty", "w", encoding="ascii").close()
    hostile = trace("hostile", "1")
    with open(hostile, "a", encoding="ascii") as f:
        f.write('{"event":"finding","fingerprint":"a\\u001b[31m"}\n{"event":"end","task":7}\n{"event":"birth","task":"T99"}\n')
    for name in ("text", "other", "empty", "missing"):
        done = diff(name, hostile)
        want(name, (done.returncode, done.stdout, len(done.stderr.splitlines())), (125, "", 1))
    done = diff(trace("a", "1"), hostile)
    want("control characters", (done.returncode, "\x1b" in done.stdout, "a\\33[31m" in done.stdout), (1, False, True))
    want("one file", subprocess.run([THRTRACE, "--diff", hostile], capture_output=True, check=False).returncode, 125)


def many_groups():
    """Each thread runs another routine: a table whose time grew by the square took minutes for so many."""
    with open("many", "w", encoding="ascii") as f:
        f.write('{"event":"start","schema":1}\n')
        for i in range(60000):
            f.write(f'{{"event":"birth","task":"T{i}","tid":{i + 2},"tgid":1,"kind":"thread","name":"x","label":"f{i}"}}\n')
    began = os.times().children_user
    want("itself", diff("many", "many").stdout, "no difference\n")
    done = diff(trace("a", "1"), "many")
    want("lines", len(done.stdout.splitlines()) > 60000, True)
    want("within seconds of CPU time", os.times().children_user - began < 20, True)


def main(folder):
    os.chdir(folder)
    for case in (equal_runs, more_threads, other_programs, no_traces, many_groups):
        case()
    os.chdir("/")


if __name__ == "__main__":
    sys.exit(in_own_folder(main))
