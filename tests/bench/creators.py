#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a creator's backtrace costs: CPU time per creation with it and without, beside strace -k.

    creators.py THRTRACE DEEP [ROUNDS]

CPU time is that of tracer and program together; all run on one CPU. A round runs everything once, in an order drawn by
lot, so that a drift of the machine's speed and what the run before left in its caches strike all alike. Told is the
difference of the medians, which a disturbed run does not move, and the same of the lower quartiles: where the two are far
from each other, the machine was not quiet. What is read once a run (symbols, lines) is measured by runs of one creation,
and taken off.
"""
import os
import random
import resource
import shutil
import subprocess
import sys

TOOL, DEEP = sys.argv[1:3]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 15


def cpu(argv):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def thrtrace(creators, n, how):
    return [TOOL, f"--creators={creators}", "-o", "/dev/null", DEEP, str(n), how]


def strace(k, n):
    return ["strace", "-f", "-qq", *(["-k"] if k else []), "-e", "trace=clone3", "-o", "/dev/null", DEEP, str(n), "vary"]


def runs(commands):
    """name -> CPU seconds of each round; the first round (files into the cache) is not counted."""
    took = {name: [] for name in commands}
    for i in range(ROUNDS + 1):
        for name in random.sample(sorted(commands), len(commands)):
            seconds = cpu(commands[name])
            if i:
                took[name].append(seconds)
    return took


def per_creation(took, how, n):
    """Microseconds that a creation costs more: by the medians, by the lower quartiles."""
    def at(name, part):
        return sorted(took[name])[int(part * (ROUNDS - 1))]

    def more(part):
        return (at(f"on {how} {n}", part) - at(f"off {how} {n}", part)) - (at(f"on {how} 1", part) - at(f"off {how} 1", part))
    return more(0.5) * 1e6 / n, more(0.25) * 1e6 / n


def row(what, figures):
    print(f"| {what} | {figures[0]:.1f} | {figures[1]:.1f} |")
    return figures[0]


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    n, n_strace = 3000, 300
    commands = {f"{c} {how} {k}": thrtrace(c, k, how) for c in ("on", "off") for how in ("same", "vary") for k in (1, n)}
    if shutil.which("strace"):
        commands.update({f"{'on' if k else 'off'} strace {i}": strace(k, i) for k in (True, False) for i in (1, n_strace)})
    took = runs(commands)
    print("| what a creation costs more | us, by the medians | by the lower quartiles |\n|---|---|---|")
    row("backtrace and start routine, same place (recognised)", per_creation(took, "same", n))
    full = row("backtrace and start routine, another height each time (unwound)", per_creation(took, "vary", n))
    if "on strace 1" in commands:
        k = row("strace -k, per stack", per_creation(took, "strace", n_strace))
        print(f"\nUnwound, beside strace -k: {full / k:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
