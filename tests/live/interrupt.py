#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""thrtrace or its terminal's process group gets a signal: the program fares as it would untraced, nothing stays stopped.

    interrupt.py THRTRACE WAITS      (WAITS: the program of tests/tracees/waits.c)
"""
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

from harness import Failure, Trace, become_subreaper, descendants, end_leftovers, status_of

# name, to whom ("group": as Ctrl-C does; "thrtrace": to it alone), signal, argument, thrtrace's end, trace complete?
CASES = (
    ("ctrl-c", "group", signal.SIGINT, (), -signal.SIGINT, True),
    ("ctrl-c, caught", "group", signal.SIGINT, ("catch",), 42, True),
    ("term", "thrtrace", signal.SIGTERM, (), -signal.SIGTERM, True),
    ("term, caught", "thrtrace", signal.SIGTERM, ("catch",), 42, True),
    ("kill", "thrtrace", signal.SIGKILL, (), -signal.SIGKILL, False),
)
# Without the filter in it, a program lives on when thrtrace is killed.
OUTLIVES = ("--no-seccomp", "--light")


def one(thrtrace, waits, options, case):
    name, to, sig, args, want, complete = case
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        p = subprocess.Popen([thrtrace, "--format=json", "-o", trace.name, *options, "--", waits, *args],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0)
        try:
            if not select.select([p.stdout], [], [], 20)[0] or p.stdout.readline() != b"ready\n":
                raise Failure("the program does not get ready")
            time.sleep(0.05)
            program = [pid for pid in descendants() if pid != p.pid]
            (os.killpg if to == "group" else os.kill)(p.pid, sig)
            try:
                code = p.wait(10)
            except subprocess.TimeoutExpired:
                raise Failure("thrtrace does not end") from None
            if code != want:
                raise Failure(f"thrtrace ends with {code}, expected {want}")
            deadline = time.monotonic() + 5
            lives_on = name == "kill" and options and options[0] in OUTLIVES
            time.sleep(0.1 if lives_on else 0)
            for pid in program:
                status = status_of(pid)
                if lives_on and (status.get("State", "X")[0] != "S" or status["TracerPid"] != "0"):
                    raise Failure(f"{pid} does not live on: {status}")
                while not lives_on and status_of(pid).get("State", "X")[0] not in "ZX":
                    if time.monotonic() > deadline:
                        raise Failure(f"{pid} lives on: {status_of(pid)}")
                    time.sleep(0.01)
            if complete:
                trace.seek(0)
                Trace([json.loads(line) for line in trace.read().decode().splitlines()])
        except Failure as e:
            raise Failure(f"{name} {' '.join(options)}: {e}") from None
        finally:
            p.stdout.close()
            end_leftovers(descendants())
            p.wait()


def main():
    become_subreaper()
    failed = False
    for options in ([], ["-f"], ["--no-seccomp"], ["--light"]):
        for case in CASES:
            try:
                one(*sys.argv[1:], options, case)
            except Failure as e:
                print(f"FAILED: {e}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
