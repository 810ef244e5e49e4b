#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What thrtrace itself tells of failures: of calls that fail, of faults, of mistakes of those who call clone themselves.

    told.py THRTRACE PROGRAM WAY WANT [OPTION...]

WANT: rule=ID for a failed call, verdict=WORDS for a fault ("none": no finding), finding=KIND for a mistake.
"""
import json
import subprocess
import sys
import tempfile

TOOL, PROGRAM, WAY, WANT = sys.argv[1:5]


def main():
    key, want = WANT.split("=", 1)
    with tempfile.NamedTemporaryFile() as out:
        argv = [TOOL, "--format=json", "--error-exitcode=42", "-o", out.name, *sys.argv[5:], PROGRAM] + ([WAY] if WAY != "-" else [])
        run = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100)
        if run.stdout.startswith("SKIP "):
            print("skipped:", run.stdout[5:].strip())
            return 77
        events = [json.loads(line) for line in open(out.name, encoding="ascii")]
    found = events[-1]["findings"]
    if run.returncode >= 0 and (run.returncode == 42) != (found > 0):
        print(f"{found} findings, and the exit status is {run.returncode}")
        return 1
    if key == "rule":
        got = [e["rule"] for e in events if e["event"] == "failed"]
        hit = [l for e in events if e["event"] == "failed" for l in e["limits"] if l["hit"]]
        if any(l["current"] is None or l["max"] is None for l in hit):
            print("a limit that was hit has no number:", hit)
            return 1
    elif key == "verdict":
        got = [e["verdict"] for e in events if e["event"] == "signal" and e["fatal"]]
        if want == "none":
            print(got)
            return 0 if got == [None] else 1
        got = [v for v in got if v and v.startswith(want)]
        want = got[0] if got else want
    else:
        got = [e["kind"] for e in events if e["event"] == "finding"]
        if want == "none":
            births = sum(e["event"] == "birth" and e["parent"] is not None for e in events)
            print(got, f"of {births} births")
            return 0 if births and not got else 1
    print(got)
    return 0 if want in got else 1


if __name__ == "__main__":
    sys.exit(main())
