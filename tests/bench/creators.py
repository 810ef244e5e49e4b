#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a creator's backtrace costs: CPU time per creation with it and without, paired, beside strace -k.

    creators.py THRTRACE DEEP [ROUNDS]

CPU time is that of tracer and program together; all run on one CPU, in turn, so that a drift of the machine's speed
strikes each alike. The median of the differences is told.
"""
import os
import resource
import shutil
import statistics
import subprocess
import sys

TOOL, DEEP = sys.argv[1:3]
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5


def cpu(argv):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def paired(with_it, without, n, warm):
    """Microseconds per creation that with_it costs more; the first run of each (files into the cache) is not counted."""
    costs = []
    for i in range(ROUNDS + 1):
        a, b = cpu(with_it), cpu(without)
        if i:
            costs.append((a - b - warm) * 1e6 / n)
    return statistics.median(costs), min(costs), max(costs)


def thrtrace(creators, n, how):
    return [TOOL, f"--creators={creators}", "-o", "/dev/null", DEEP, str(n), how]


def row(what, figures):
    print(f"| {what} | {figures[0]:.1f} | {figures[1]:.1f} to {figures[2]:.1f} |")
    return figures[0]


def main():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    n = 4000
    # Symbols and lines are read once a run: that is no cost of a creation.
    once = statistics.median(cpu(thrtrace("on", 1, "same")) - cpu(thrtrace("off", 1, "same")) for _ in range(ROUNDS))
    print(f"Read once a run (symbols, lines): {once * 1e3:.1f} ms, taken off below.\n")
    print("| what a creation costs more | us, median | us, range |\n|---|---|---|")
    row("backtrace and start routine, same place (recognised)", paired(thrtrace("on", n, "same"), thrtrace("off", n, "same"), n, once))
    full = row("backtrace and start routine, another height each time (unwound)",
               paired(thrtrace("on", n, "vary"), thrtrace("off", n, "vary"), n, once))
    if shutil.which("strace"):
        base = ["strace", "-f", "-qq", "-e", "trace=clone3", "-o", "/dev/null"]
        k = row("strace -k, per stack", paired(base[:1] + ["-k"] + base[1:] + [DEEP, "400", "vary"], base + [DEEP, "400", "vary"], 400, 0))
        print(f"\nUnwound, beside strace -k: {full / k:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
