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

from harness import Failure, Trace, become_subreaper, descendants, end_leftovers, status_of, wait_until

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


def asleep(pid):
    return status_of(pid).get("State", "X")[0] == "S"


def states(pids):
    """What each is and does, for a failure."""
    said = ((pid, status_of(pid)) for pid in pids)
    return ", ".join(" ".join([str(pid), *(status.get(key, "?") for key in ("Name", "State", "PPid", "TracerPid"))]) for pid, status in said)


def is_to_die(pid):
    status = status_of(pid)
    return any(int(status.get(key, "0"), 16) >> (signal.SIGKILL - 1) & 1 for key in ("SigPnd", "ShdPnd"))


def one(thrtrace, waits, options, case):
    name, to, sig, args, want, complete = case
    before = descendants()  # on a busy machine those of the last case may not all be reaped
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        p = subprocess.Popen([thrtrace, "--format=json", "-o", trace.name, *options, "--", waits, *args],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0)
        program = []
        try:
            if not select.select([p.stdout], [], [], 20)[0] or p.stdout.readline() != b"ready\n":
                raise Failure("the program does not get ready")
            program = descendants() - before - {p.pid}
            wait_until("all wait", lambda: all(asleep(pid) for pid in program))
            (os.killpg if to == "group" else os.kill)(p.pid, sig)
            try:
                code = p.wait(10)
            except subprocess.TimeoutExpired:
                raise Failure("thrtrace does not end") from None
            if code != want:
                raise Failure(f"thrtrace ends with {code}, expected {want}")
            lives_on = name == "kill" and options and options[0] in OUTLIVES
            for pid in program:
                if lives_on:
                    wait_until(f"{pid} is let go", lambda: status_of(pid).get("TracerPid", "0") == "0")
                    if not asleep(pid) or is_to_die(pid):
                        raise Failure(f"{pid} does not live on: {status_of(pid)}")
                else:
                    wait_until(f"{pid} ends", lambda: status_of(pid).get("State", "X")[0] in "ZX")
            if complete:
                trace.seek(0)
                Trace([json.loads(line) for line in trace.read().decode().splitlines()])
        except Failure as e:
            raise Failure(f"{name} {' '.join(options)}: {e}; there are {states([p.pid, *program])}, and now {states(descendants())}") from None
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
