#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What attaching does to a process of thousands of threads: how long it takes, and how long a thread is held up.

    attaching.py --bin DIR --thrtrace FILE [--slots N] [--repeat N] [--text]

The program (busy.c) is one whose threads come and go, and one of as many threads that sleep. "all are had" is when
thrtrace tells the first event, "all are told of" when it tells the last thread that was there. The program itself
measures how long a thread was held up at most, in its first 1.5 s and after: first alone, then under thrtrace. --text:
how long with text, which does not tell when threads were had and told of.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def one(tools, still, traced):
    argv = [os.path.join(tools.bin, "busy"), str(tools.slots), "6", *(["still"] if still else [])]
    with tempfile.NamedTemporaryFile() as out, subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as p:
        p.stdout.readline()
        had = told = float("nan")
        if traced:
            form = "text" if tools.text else "json"
            watch = [tools.thrtrace, "--duration=3s", "--format", form, "-o", out.name, "-p", str(p.pid)]
            subprocess.run(watch, check=True)
            for line in () if tools.text else open(out.name, encoding="utf-8"):
                event = json.loads(line)
                had = event["t_ns"] / 1e6 if event["event"] == "start" else had
                told = event["t_ns"] / 1e6 if event.get("kind") == "attached" else told
        return had, told, p.stdout.readline().strip()


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--bin", required=True)
    args.add_argument("--thrtrace", required=True)
    args.add_argument("--slots", type=int, default=2500)
    args.add_argument("--repeat", type=int, default=3)
    args.add_argument("--text", action="store_true")
    tools = args.parse_args()
    for _ in range(tools.repeat):
        for still, traced in ((True, True), (False, False), (False, True)):
            had, told, said = one(tools, still, traced)
            print(f"{'still' if still else 'busy':6} {'attached' if traced else 'alone':9} all are had {had:8.0f} ms, "
                  f"all are told of {told:8.0f} ms; {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
