#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The verdict on each way to die in tracees/faults.c, and the finding on each mistake in tracees/rawclone.c that shows
at the creation itself: both programs print what is right.

    verdicts.py PROBE FAULTS RAWCLONE
"""
import subprocess
import sys

PROBE, FAULTS, RAWCLONE = sys.argv[1:4]


def lines(*argv):
    return subprocess.run([PROBE, *argv], capture_output=True, text=True, timeout=60)


def check(name, flag, program, way):
    run = lines(flag, program, way)
    want = [l[len("expect: "):] for l in run.stderr.splitlines() if l.startswith("expect: ")]
    got = run.stdout.splitlines()
    good = bool(want) and any(l.startswith(want[0]) for l in got) and (want[0] != "none" or got[0] == "none")
    print(f"{'ok  ' if good else 'MISS'} {name} {way}: {got[0] if got else '-'}")
    return good


def main():
    good = [check("fault", "-f", FAULTS, way) for way in ("recursion", "jump", "null", "oldstack", "wild")]
    # nosighand fails with EINVAL, and nocleartid and toolate show at the wait: neither at a creation.
    good += [check("clone", "-c", RAWCLONE, way)
             for way in ("good", "nosettls", "lowend", "unaligned", "shared", "freed")]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
