#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""kernel.pid_max of a pid namespace, when the numbers have begun again: named as the certain reason, with its numbers.

    pid_max.py THRTRACE PROGRAM
"""
import json
import subprocess
import sys
import tempfile

from harness import Failure, become_subreaper, check_leftovers, run, run_main, skip

WRAP = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c"]
MAX = 500


def main():
    thrtrace, program = sys.argv[1:]
    become_subreaper()
    own = f"echo {MAX} >/proc/sys/kernel/pid_max && "
    outside = open("/proc/sys/kernel/pid_max", encoding="ascii").read()
    try:
        # A kernel before 6.14 has one for all: it is left alone.
        probe = subprocess.run([*WRAP, "cat /proc/sys/kernel/pid_max"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        skip("unshare(1) is missing")
    if probe.returncode != 0 or probe.stdout == outside:
        skip("kernel.pid_max of a pid namespace of its own can't be had")
    with tempfile.NamedTemporaryFile() as trace:
        ran = run([*WRAP, own + f'exec "{thrtrace}" --format=json -e trace=clone,clone3 -o {trace.name} "{program}"'], 100)
        check_leftovers("after the trace")
        events = [json.loads(line) for line in open(trace.name, encoding="ascii")]
    failed = [e for e in events if e["event"] == "failed"]
    if ran.code != 0 or not failed:
        raise Failure(f"it ends with {ran.code}, {ran.err!r}, and {len(failed)} failures")
    for e in failed:
        hit = [(l["name"], l["current"], l["max"]) for l in e["limits"] if l["hit"]]
        if not e["certain"] or [h[0] for h in hit] != ["kernel.pid_max"] or hit[0][2] != MAX or hit[0][1] < MAX - 1:
            raise Failure(f"certain {e['certain']}, rule {e['rule']}, hit {hit}: {e['why']}")


if __name__ == "__main__":
    run_main(main)
