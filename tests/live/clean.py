#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real programs that do nothing wrong with threads: no finding above a note, and of some notes none.

    clean.py THRTRACE
"""
import os
import shutil
import sys
import tempfile

from harness import Failure, become_subreaper, run, run_traced, skip

POOL = """
import concurrent.futures, threading, time
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    list(pool.map(lambda x: x * x, range(50)))
threading.Thread(target=time.sleep, args=(100,), daemon=True).start()
"""
WORKERS = """
const { Worker } = require('worker_threads');
new Worker('1', { eval: true });
require('fs').readFile('/etc/passwd', () => {});
"""
NOT_EVEN_NOTES = {"creds-differ", "lock-at-exit"}
# What each needs to be there is its first word; "data" is a file of random bytes, "lines" one of text, "repo" of git's.
PROGRAMS = [
    ["xz", "-T4", "-kf", "-0", "--block-size=100000", "data"],
    ["sort", "--parallel=4", "-S", "1M", "-o", "sorted", "lines"],
    ["pigz", "-kf", "-p", "4", "data"],
    ["zstd", "-qkf", "-T4", "data"],
    ["python3", "-c", POOL],
    ["node", "-e", WORKERS],
    ["java", "-version"],
    ["git", "-C", "repo", "-c", "pack.threads=4", "repack", "-adfq"],
    ["openssl", "speed", "-seconds", "1", "-bytes", "64", "-multi", "2", "sha256"],
    ["curl", "-s", "http://localhost:1/"],
    ["perl", "-Mthreads", "-e", "threads->create(sub { 1 })->join for 1 .. 3"],
    ["perl", "-e", "for (1 .. 3) { fork || exit } wait for 1 .. 3"],
    ["tar", "-czf", "all.tar.gz", "data"],
]


def make_data():
    with open("data", "wb") as f:
        f.write(os.urandom(1000000))
    with open("lines", "w", encoding="ascii") as f:
        f.writelines(f"{i * 7919 % 100003}\n" for i in range(200000))
    if shutil.which("git"):
        git = ["git", "-C", "repo", "-c", "user.name=a", "-c", "user.email=a@localhost"]
        for command in ["git", "init", "-q", "repo"], [*git, "commit", "-q", "--allow-empty", "-m", "one"]:
            if run(command, 60).code:
                raise Failure(f"{command} failed")


def check(thrtrace, command):
    ran, events = run_traced(thrtrace, ["-f"], command, 120)
    if not any(e["event"] == "summary" for e in events):
        raise Failure(f"{command}: the trace has no end\n{ran.err}")
    bad = [e for e in events if e["event"] == "finding" and (e["severity"] != "note" or e["id"] in NOT_EVEN_NOTES)]
    if bad:
        raise Failure(f"{command}: {bad[0]['id']}: {bad[0]['text']}")


def main():
    thrtrace = os.path.abspath(sys.argv[1])
    become_subreaper()
    missing = {p[0] for p in PROGRAMS if not shutil.which(p[0])}
    if len(missing) > len(PROGRAMS) / 2:
        skip(f"not here: {', '.join(sorted(missing))}")
    with tempfile.TemporaryDirectory(prefix="thrtrace-clean-") as folder:
        os.chdir(folder)
        make_data()
        for command in PROGRAMS:
            if command[0] not in missing:
                check(thrtrace, command)
        os.chdir("/")
    print(f"clean: {len(PROGRAMS)} programs, but for {', '.join(sorted(missing)) or 'none'}")


if __name__ == "__main__":
    try:
        main()
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
