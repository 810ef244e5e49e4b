#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What is kept from one birth to the next must not outlive what it was read of: two libraries that replace each other at
the same addresses, by dlclose and dlopen, and threads that each of them makes from one place with another argument.

    replaced.py THRTRACE PROGRAM LIB_ONE LIB_TWO
"""
import json
import os
import subprocess
import sys
import tempfile

from harness import SLOWER

THRTRACE, PROGRAM, ONE, TWO = sys.argv[1:5]


def births(options):
    with tempfile.TemporaryDirectory() as d:
        out = os.path.join(d, "trace")
        p = subprocess.run([THRTRACE, "--format=json", "-o", out] + options + [PROGRAM, ONE, TWO], check=True, timeout=60 * SLOWER,
                           capture_output=True, text=True)
        with open(out) as f:
            events = [json.loads(line) for line in f]
    places = p.stdout.split()
    if len(set(places)) != 1:
        print("the libraries do not lie at the same addresses here:", places)
    return [e for e in events if e["event"] == "birth" and e["kind"] == "thread"]


def main():
    bad = 0
    for options in ([], ["--light"]):
        found = births(options)
        bad += len(found) != 18
        for n, e in enumerate(found, 1):
            who = "one" if (n - 1) // 3 % 2 == 0 else "two"
            frames = [f["symbol"] for f in e["creator"]]
            start = e["start_routine"]
            ok = who + "_make" in frames and start and start["symbol"] == who + "_run" and int(start["arg"], 16) == n
            if not ok:
                print("birth %d: want %s_run(%d), told %s(%s) from %s" % (n, who, n, start and start["symbol"], start and start["arg"], frames))
            bad += not ok
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
