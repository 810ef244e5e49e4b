#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""cost.py THRTRACE TRACEES CASE: --cost against measurements of another program, its progress, and --cost-with."""
import json
import os
import pty
import subprocess
import sys

from harness import Failure, run_case, skip

THRTRACE, TRACEES = (sys.argv + ["", ""])[1:3]
ROUNDS = 6      # of both, in turn
WITHIN = 0.25


def cost(*args, status=0):
    r = subprocess.run([THRTRACE, "--cost", *args], capture_output=True, text=True, check=False)
    if r.returncode != status:
        raise Failure(f"{args}: status {r.returncode}: {r.stderr}")
    if status == 0 and r.stderr:
        raise Failure(f"no terminal, and yet: {r.stderr}")
    return r


def rows(*args):
    return {r.get("id", r["event"]): r for r in map(json.loads, cost("--format=json", *args).stdout.splitlines())}


def other(what):
    return float(subprocess.run([f"{TRACEES}/costs", what], capture_output=True, text=True, check=True).stdout)


def others_measure_the_same():
    """Within a quarter, three times in a row or not; a machine that does something else has no one answer."""
    wanted = {"pthread": "pthread", "thread-switch": "switch", "vfork": "vfork"}
    agreed = dict.fromkeys(wanted, 0)
    seen = []
    for _ in range(ROUNDS):
        before = {key: other(what) for key, what in wanted.items()}
        own = rows()
        after = {key: other(what) for key, what in wanted.items()}
        for key in wanted:
            low, high = sorted((before[key], after[key]))
            seen.append(f"{key}: {own[key]['median_ns']:.0f} ns, others {low:.0f} to {high:.0f}")
            agreed[key] += low * (1 - WITHIN) <= own[key]["median_ns"] <= high * (1 + WITHIN)
        if min(agreed.values()) >= 3:
            return
    if os.getloadavg()[0] > os.cpu_count():
        skip(f"the machine is busy: {seen}")
    raise Failure(f"{agreed} of {ROUNDS} agree: {seen}")


def the_order_is_that_of_the_machine():
    r = rows()
    if len(r) < 14:
        raise Failure(f"{list(r)}")
    if not r["task-switch"]["median_ns"] < r["thread-switch"]["median_ns"] < r["posix-spawn"]["median_ns"]:
        raise Failure(f"{r}")
    for key, row in r.items():
        if row["event"] == "cost" and row["n"] and not 0 < row["min_ns"] <= row["median_ns"] <= row["p99_ns"]:
            raise Failure(f"{key}: {row}")
    memory = r["cost_memory"]
    if memory["threads"] != 1000 or not memory["address_space"] or not 4096 <= memory["kernel_stack"] <= 128 << 10:
        raise Failure(f"{memory}")


def commands_add_rows():
    line = '{"name":"a task of another runtime","median_ns":123,"n":7}'
    r = rows(f"--cost-with=echo '{line}'", "--cost-with=echo '{\"name\":\"b\",\"median_ns\":4}'")
    if r["a task of another runtime"]["median_ns"] != 123 or r["b"]["n"] != 1:
        raise Failure(f"{r}")
    for bad, why in (("false", "it failed"), ("echo x", "no object"), ("true", "no object")):
        err = cost(f"--cost-with={bad}", status=125).stderr
        if why not in err:
            raise Failure(f"{bad}: {err}")


def progress_is_shown_on_a_terminal():
    main, terminal = pty.openpty()
    with subprocess.Popen([THRTRACE, "--cost"], stdout=subprocess.PIPE, stderr=terminal) as p:
        os.close(terminal)
        seen = b""
        while True:
            try:
                piece = os.read(main, 4096)
            except OSError: # the other end is closed
                break
            if not piece:
                break
            seen += piece
        out = p.stdout.read().decode()
    if p.returncode or "MEDIAN" not in out:
        raise Failure(f"status {p.returncode}: {out}")
    if b"] 13/14 memory" not in seen or not seen.endswith(b"\r\x1b[K") or b"[###" not in seen:
        raise Failure(f"{seen!r}")


CASES = [others_measure_the_same, the_order_is_that_of_the_machine, commands_add_rows, progress_is_shown_on_a_terminal]


if __name__ == "__main__":
    run_case(CASES, 3)
