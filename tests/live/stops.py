#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What tracing costs, where it can be counted: stops per create and join, as man/thrtrace.1 (STOPS) has them, and
births and ends that equal the true numbers with many threads at once.

  stops.py THRTRACE CHURN ALIVE SPAWN_MANY
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from harness import SLOWER, wait_until

THRTRACE, CHURN, ALIVE, SPAWN_MANY = sys.argv[1:5]
N = 300
MANY, PROCESSES = (2000, 1500) if SLOWER <= 1 else (300, 150)
# Seconds, for a loaded machine and a build with sanitizers: what a quadratic tracer would not reach.
BOUND = 60 * SLOWER


def trace(options, command):
    with tempfile.TemporaryDirectory() as d:
        out = os.path.join(d, "trace")
        begin = time.monotonic()
        subprocess.run([THRTRACE, "--format=json", "-o", out] + options + command, check=True, timeout=4 * BOUND)
        took = time.monotonic() - begin
        with open(out) as f:
            return [json.loads(line) for line in f], took


def peak_kib(options, command):
    """The largest resident size of thrtrace. A child may still have this program's memory when it is said to be begun."""
    with subprocess.Popen([THRTRACE, "-o", "/dev/null"] + options + command) as p:
        wait_until("thrtrace is begun", lambda: os.path.samefile("/proc/%d/exe" % p.pid, THRTRACE))
        peak = 0
        while p.poll() is None:
            with open("/proc/%d/status" % p.pid) as f:
                peak = max([peak] + [int(line.split()[1]) for line in f if line.startswith("VmHWM:")])
            time.sleep(0.02)
        return peak


def is_sanitized():
    """Then what is freed stays for a while, to catch its use."""
    return b"libasan" in subprocess.run(["ldd", THRTRACE], capture_output=True).stdout


def counted(events, kind):
    return sum(e["event"] == kind for e in events)


def main():
    bad = []

    def check(what, ok):
        print(("ok    " if ok else "FAILED ") + what)
        if not ok:
            bad.append(what)

    # A stack that glibc makes anew costs 4 stops more; a few are made before the cache is warm. The rest: the program.
    for name, options, per_thread, rest in (("default", [], 7, 60), ("--light", ["--light"], 3, 10)):
        events, _ = trace(options, [CHURN, str(N)])
        stops = events[-1]["stops"]
        check("%s: %d stops for %d threads, at most %d each" % (name, stops, N, per_thread),
              N * 3 <= stops <= per_thread * N + rest)
        check("%s: births and ends" % name, counted(events, "birth") == counted(events, "end") == N + 1)
    for options in ([], ["--light"]):
        for command in ([ALIVE, str(MANY)], [CHURN, str(MANY)]):
            events, took = trace(options, command)
            name = "%s %s %s" % (" ".join(options) or "default", os.path.basename(command[0]), command[1])
            check("%s: births and ends" % name, counted(events, "birth") == counted(events, "end") == MANY + 1)
            check("%s: %.1f s" % (name, took), took < BOUND)
    events, _ = trace([], [CHURN, "20"])
    ends = [e for e in events if e["event"] == "end"]
    check("a life under a millisecond has no CPU account, a longer one has",
          all((e["cpu_ns"] is None) == (e["lived_ns"] < 1000000) for e in ends))
    # A turn ends by a switch, and the last one by the exit stop.
    counted_ends = [e for e in ends if e["turns"] is not None]
    check("why a task left a CPU is looked up for the first thread, and for others with many turns",
          all((e["voluntary"] is None) == (e["turns"] < 16 and e["task"] != "T0") for e in counted_ends) and
          any(e["task"] == "T0" for e in counted_ends))
    check("as many turns on a CPU as switches", all(abs(e["voluntary"] + e["involuntary"] - e["turns"]) <= 2
                                                    for e in counted_ends if e["voluntary"] is not None))
    proved = [e for e in events if e["event"] == "birth" and "VM" in e.get("proved", {}) and e["proved"]["VM"] == "same"]
    check("the sharing is proved once for a word of flags", len(proved) == 1)
    each, _ = trace(["--prove=each"], [CHURN, "20"])
    check("or at each birth", sum(e["event"] == "birth" and e.get("proved", {}).get("VM") == "same" for e in each) == 20)
    registered = {c: [e for e in events if e["event"] == "call" and e.get("name") == c] for c in
                  ("rseq", "set_robust_list", "madvise")}
    for call, found in registered.items():
        # An older libc has no rseq, another one gives its stacks back in another way.
        check("%s: told without a stop at its return (%d)" % (call, len(found)),
              all(e["ret"] == 0 for e in found) and len(found) in (0, 20))
    if not is_sanitized():
        # KEEP_DEAD records stay, whether the processes are followed or not, and nothing else.
        followed, left = [peak_kib(options, [SPAWN_MANY, str(PROCESSES)]) for options in (["-f"], [])]
        check("%d KiB with %d processes that are followed, %d with as many that are not" % (followed, PROCESSES, left),
              left < followed + 2048 * PROCESSES // 1500)
    # An ignored SIGCHLD is never sent, unless thrtrace sees to it.
    with tempfile.TemporaryDirectory() as d:
        p = subprocess.run([THRTRACE, "-o", os.path.join(d, "trace"), "sh", "-c", "sleep 0.1"], timeout=BOUND,
                           preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        check("started with SIGCHLD ignored", p.returncode == 0)
    # The command that reads the trace is thrtrace's child, too, and outlives the program.
    p = subprocess.run([THRTRACE, "-o", "|cat >&2", CHURN, "1"], timeout=BOUND, capture_output=True)
    check("the trace goes to a command", b" is born: " in p.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
