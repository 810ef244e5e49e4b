#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tracers in and around thrtrace: what can't work is said, nothing hangs, and exit statuses are right.

    nested.py THRTRACE
"""
import os
import shutil
import sys
import tempfile

from harness import Failure, become_subreaper, check_leftovers, run, sanitizer_options, skip
from transparency import VARIANTS

TIMEOUT = 30
PROGRAM = ("sh", "-c", "(exit 4) ; echo done; exit 5")


def expect(argv, code, out, *words):
    ran = run(argv, TIMEOUT)
    check_leftovers(" ".join(argv))
    missing = [word for word in words if word not in ran.err]
    if ran.code != code or ran.out != out or missing:
        raise Failure(f"{' '.join(argv)}: status {ran.code}, {code} expected; {missing} not told; {ran.out}{ran.err}")


def main():
    thrtrace = os.path.abspath(sys.argv[1])
    failures = []
    become_subreaper()
    sanitizer_options("detect_leaks=0") # the search for leaks is a ptrace of its own
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as d:
        strace = ["strace", "-f", "-q", "-o", os.path.join(d, "inner")]
        inner = [thrtrace, "-q", "-o", os.path.join(d, "inner")]
        told = ("traced already", "one tracer")
        cases = []
        for name, options in VARIANTS.items():
            outer = [thrtrace, *options, "-q", "-o", os.path.join(d, "outer")]
            # Children are let go where they need no tracer; else a second one can't have them.
            free = name in ("all", "light")
            for how in VARIANTS.values():
                inside = (5, "done\n") if free else (125, "", *told)
                cases.append(([*outer, "--", *inner, *how, "--", *PROGRAM], *inside))
            if shutil.which("strace"):
                inside = (5, "done\n") if free else (1, "", "Operation not permitted")
                cases.append(([*outer, "--", *strace, *PROGRAM], *inside))
                cases.append(([*strace, *outer, "--", *PROGRAM], 125, "", *told))
                cases.append(([s for s in strace if s != "-f"] + [*outer, "--", *PROGRAM], 5, "done\n"))
        for argv, *want in cases:
            try:
                expect(argv, *want)
            except Failure as e:
                failures.append(str(e))
    for failure in failures:
        print(f"FAILED: {failure}"[:3000])
    if not failures and not shutil.which("strace"):
        skip("strace is missing; thrtrace in thrtrace is right")
    return len(failures) != 0


if __name__ == "__main__":
    sys.exit(main())
