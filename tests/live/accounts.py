#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""accounts.py THRTRACE TRACEES CASE: --accounts, held against what threads tell of themselves at the last."""
import csv
import io
import json
import re
import sys
import tempfile

from harness import Failure, run, run_case, run_main

THRTRACE, TRACEES = (sys.argv + ["", ""])[1:3]
POLICIES = {0: "SCHED_OTHER", 1: "SCHED_FIFO", 2: "SCHED_RR", 3: "SCHED_BATCH", 5: "SCHED_IDLE"}
PROGRAM = f"{TRACEES}/scheduled"


def ask(*args, status=0):
    done = run([THRTRACE, *args], 60)
    if done.code != status:
        raise Failure(f"{args}: status {done.code}: {done.err}")
    return done


def own(text):
    """What each thread said: {tid: (policy, nice, priority, CPUs, switches)}."""
    told = {}
    for line in re.findall(r"^thread (.*)$", text, re.M):
        tid, policy, nice, priority, mask, switches = line.split()
        told[int(tid)] = (POLICIES[int(policy)], int(nice), int(priority), int(mask, 16), int(switches))
    if len(told) != 5:
        raise Failure(f"five threads tell of themselves: {text}")
    return told


def mask_of(cpus):
    mask = 0
    for part in cpus.split(","):
        low, _, high = part.partition("-")
        for cpu in range(int(low), int(high or low) + 1):
            mask |= 1 << cpu
    return mask


def compare(tid, want, got):
    """got: as want; a thread may be switched a few times more until its end. Between two stops it is not put off by us."""
    if got[:4] != want[:4] or not want[4] <= got[4] <= want[4] + 50:
        raise Failure(f"{tid}: {got}, and the thread itself says {want}")


def in_mode(*mode):
    done = ask(*mode, "--accounts", "--format=json", PROGRAM)
    ends = {e["tid"]: e for e in map(json.loads, done.err.splitlines()) if e["event"] == "end"}
    for tid, want in own(done.out).items():
        e = ends[tid]
        s = e["scheduling"]
        compare(tid, want, (s["policy"], s["nice"], s["priority"], mask_of(s["cpus"]), e["voluntary"] + e["involuntary"]))
        if not (e["cpu_ns"] > 0 and e["turns"] > 0 and mask_of(s["cpus"]) >> s["last_cpu"] & 1):
            raise Failure(f"{tid}: {e}")


def each_mode():
    for mode in (), ("--light",), ("--no-seccomp",):
        in_mode(*mode)


def views_agree():
    """One run, recorded: its row in CSV, its row in the table, its line in its block."""
    with tempfile.TemporaryDirectory() as folder:
        tape = f"{folder}/tape"
        told = own(ask("--accounts", f"--record={tape}", "-o", "/dev/null", PROGRAM).out)
        rows = {int(r["tid"]): r for r in csv.DictReader(io.StringIO(ask(f"--replay={tape}", "--format=csv").out))}
        text = ask(f"--replay={tape}").out
        for tid, want in told.items():
            r = rows[tid]
            compare(tid, want, (r["policy"], int(r["nice"]), int(r["rt_priority"]), mask_of(r["cpus"]),
                                int(r["voluntary"]) + int(r["involuntary"])))
            how = f"{want[0]} {want[2]}" if want[2] else f"{want[0]}, nice {want[1]}"
            if not re.search(rf"^  T\d +{tid} .* {r['voluntary']}\+{r['involuntary']} +{how} +{r['cpus']} +{r['last_cpu']}$", text, re.M):
                raise Failure(f"no row of {tid}, {r}: {text}")
            if f"nice {want[1]}" not in text or f"; on CPUs {r['cpus']}, last on " not in text:
                raise Failure(f"no line of {tid}: {text}")


def not_asked_for():
    """Without it nothing of that is read, and a record that lacks it can't be asked for it."""
    with tempfile.TemporaryDirectory() as folder:
        tape = f"{folder}/tape"
        ask(f"--record={tape}", "-o", "/dev/null", PROGRAM)
        text = ask(f"--replay={tape}").out
        if "SWITCHES" in text or "\n   scheduled " in text:
            raise Failure(f"nobody has asked for it: {text}")
        done = ask(f"--replay={tape}", "--accounts", status=125)
        if "made with no --accounts" not in done.err:
            raise Failure(done.err)
        ask("--observe", "--accounts", PROGRAM, status=125)


CASES = [each_mode, views_agree, not_asked_for]

if __name__ == "__main__":
    run_main(lambda: run_case(CASES, 3))
