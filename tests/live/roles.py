#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What threads are for, where it is told otherwise than of a plain trace (runtimes.py), and none invented.

    roles.py THRTRACE TRACEES CASE
"""
import json
import re
import subprocess
import sys

from harness import Failure, in_own_folder, run, run_case
from role_check import JAVA, THRTRACE, Seen, need, write

TRACEES = (sys.argv + ["", ""])[2]


def java_light(_):
    """Without a stop at calls names are read at the end."""
    Seen([need("java"), "-version"], ["--light"]).check(JAVA, ["openjdk-main", "openjdk-vm-thread"])


JAVA_WAITS = """
class W {
    public static void main(String[] a) throws Exception {
        System.out.println("ready");
        System.in.read();
    }
}
"""


def looked_at(argv):
    """{name: role} of the threads of a program that says "ready", as --snapshot has them; and its groups by role."""
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as p:
        try:
            if p.stdout.readline().strip() != b"ready":
                raise Failure(f"{argv} is not ready")
            pid, rows = str(p.pid), []
            for more in ["--all"], ["--by=role"]:
                ran = run([THRTRACE, "--snapshot", pid, "--interval=1ms", "--format=json", *more], 60)
                if ran.code:
                    raise Failure(f"--snapshot {more}: {ran.code}\n{ran.err}")
                rows += [json.loads(line) for line in ran.out.splitlines()]
        finally:
            p.stdin.close()
            p.kill()
    threads = {r["name"]: r["role"] for r in rows if r["event"] == "census_thread" and r["tid"] != p.pid}
    return threads, [r["role"] for r in rows if r["event"] == "census_group"]


def snapshot(folder):
    """Without a trace: by names, where the runtime's library is mapped, and by what threads were made to run."""
    threads, groups = looked_at([f"{TRACEES}/alike", "wait"])
    if set(threads.values()) != {None} or groups != [None] or len(threads) < 10:
        raise Failure(f"alike: {threads}, {groups}")
    path = need("java")
    threads, groups = looked_at([path, "-XX:+UseSerialGC", write(folder, "W.java", JAVA_WAITS)])
    of_id = {}
    for line in run([THRTRACE, "--roles", "--format=json"], 60).out.splitlines():
        row = json.loads(line)
        of_id[row["id"]] = f"{row['label']} ({row['runtime']})"
    for name, role in threads.items():
        want = next((of_id.get(want) for like, want in JAVA.items() if re.fullmatch(like, name)), None)
        if role != want:
            raise Failure(f"{name}: {role}, not {want}")
    there = {"VM thread (OpenJDK)", None} <= set(groups)
    if "VM Thread" not in threads or len(set(groups)) != len(groups) or not there:
        raise Failure(f"by role: {groups}")


def no_runtime(_):
    """No thread of theirs has a role, whatever it is called."""
    for name in "alike", "names", "many", "guards", "touched", "joined", "detached", "ending", "user_stack", "robust":
        threads = Seen([f"{TRACEES}/{name}"]).threads.values()
        with_role = [(called, role) for called, _, role, _ in threads if role]
        if with_role or not threads:
            raise Failure(f"{name}: of {len(threads)} threads with a role: {with_role}")


CASES = [java_light, snapshot, no_runtime]

if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        run_case(CASES, 3)
        sys.exit(0)
    sys.exit(in_own_folder(next(case for case in CASES if case.__name__ == sys.argv[3])))
