#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What thrtrace itself tells of failures: of calls that fail, of faults, of mistakes of those who call clone themselves.

    told.py THRTRACE PROGRAM WAY WANT [OPTION...]

WANT: rule=ID for a failed call (certain=ID: and nothing else is possible), verdict=WORDS for a fault ("none": no finding;
* stands for any words), finding=ID for a mistake. In each case
the lines of the JSON, the marks of the text, and the number in the summary must be the same.
"""
import json
import re
import subprocess
import sys
import tempfile

from harness import SLOWER

TOOL, PROGRAM, WAY, WANT = sys.argv[1:5]
OF_FAILURES = {"creation-failed", "memory-refused", "namespace-refused", "scheduling-refused"}


def replayed(tape, form):
    """The same run in another view."""
    again = [option for option in sys.argv[5:] if option.startswith("--long-join")]
    run = subprocess.run([TOOL, f"--replay={tape}", f"--format={form}", *again], capture_output=True, text=True, timeout=100 * SLOWER)
    if run.returncode != 0:
        raise SystemExit(f"the replay as {form} fails: {run.stderr}")
    return run.stdout


def check_counts(events, tape):
    lines = [e for e in events if e["event"] == "finding"]
    marks = len(re.findall(r"^.*!! (?!above)", replayed(tape, "text"), re.M))
    timeline = sum(row["name"].startswith("!! ") for row in json.loads(replayed(tape, "chrome")))
    counts = {"lines": len(lines), "marks": marks, "timeline": timeline, "summary": events[-1]["findings"]}
    if len(set(counts.values())) != 1:
        raise SystemExit(f"findings are counted differently: {counts}")
    seqs = {e["seq"] for e in events if e["event"] != "finding"}
    for line in lines:
        if line["severity"] not in ("error", "warning", "note") or not line["text"] or not line["repair"]:
            raise SystemExit(f"a finding without its words: {line}")
        if line["of"] is not None and line["of"] not in seqs:
            raise SystemExit(f"a finding of no event: {line}")
    return lines


def main():
    key, want = WANT.split("=", 1)
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as tape:
        argv = [TOOL, "--format=json", "--error-exitcode=42", "-o", out.name, f"--record={tape.name}", *sys.argv[5:], PROGRAM]
        argv += [WAY] if WAY != "-" else []
        run = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100 * SLOWER)
        if run.stdout.startswith("SKIP "):
            print("skipped:", run.stdout[5:].strip())
            return 77
        events = [json.loads(line) for line in open(out.name, encoding="ascii")]
        lines = check_counts(events, tape.name)
    found = events[-1]["findings"]
    if run.returncode >= 0 and (run.returncode == 42) != (found > 0):
        print(f"{found} findings, and the exit status is {run.returncode}")
        return 1
    if key == "certain" and not all(e["certain"] for e in events if e["event"] == "failed"):
        print("what is certain is called likely:", lines)
        return 1
    if key in ("rule", "certain"):
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
        got = [v for v in got if v and re.match(re.escape(want).replace(r"\*", ".*"), v)]
        want = got[0] if got else want
    else:
        got = [line["id"] for line in lines if line["id"] not in OF_FAILURES]
        if want == "none":
            births = sum(e["event"] == "birth" and e["parent"] is not None for e in events)
            print(got, f"of {births} births")
            return 0 if births and not got else 1
    print(got)
    return 0 if want in got else 1


if __name__ == "__main__":
    sys.exit(main())
