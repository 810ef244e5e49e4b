#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures how much slower programs run under thrtrace, and under strace where it is installed.

Each row runs one program natively and under each tracer, one after the other, as often as asked (--repeat), and tells
the medians of the times and of the ratios within a round: other load of the machine then touches all alike. After
each run of thrtrace the births and ends in its output are counted and compared with the number of tasks that the
program makes. The trace goes to a file. CPU seconds are those of the tracer and the program together: on a busy machine
they are the steadier measure. "bare" is a tracer that takes the same stops and does nothing with them (bare.c).

With --against another build of thrtrace runs in the same rounds, and a second table tells the ratios of the two.

  run.py --bin DIR --thrtrace FILE [--against FILE] [--repeat N] [--only NAME[,NAME...]] [--scale F] [--cpu N]
         [--markdown FILE]
"""
import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
RUN_LIMIT_S = 120


def followed_calls():
    """The calls that thrtrace follows by default, for strace -e trace=: those it would stop at somewhere."""
    rows = open(os.path.join(HERE, "../../include/thrtrace/syscalls.def")).read()
    names = re.findall(r"^SYSCALL\((\w+)", rows, re.M)
    return ["?" + n for n in names]


class Case:
    def __init__(self, name, command, tasks=None, modes=("default", "light"), one_cpu=False, note=""):
        self.name, self.command, self.tasks, self.modes, self.one_cpu, self.note = name, command, tasks, modes, one_cpu, note


def scaled(n, scale):
    return max(1, int(n * scale))


def cases(bin_dir, scale):
    def own(name, n):
        return [os.path.join(bin_dir, name), str(n)]

    every = ("default", "light", "observe", "observe, creators", "bare", "bare, light", "no-seccomp", "strace-bpf", "strace")
    churn = scaled(5000, scale)
    rows = [
        Case("calls", own("calls", scaled(2000000, scale)), 3, ("default", "light", "observe", "attached", "bare")),
        Case("calls, fewer", own("calls", scaled(20000, scale)), 3, every),
        Case("maps", own("maps", scaled(100000, scale)), 2, ("default", "light", "observe", "strace-bpf")),
        Case("churn", own("churn", churn), churn + 1, every),
        Case("churn, one CPU", own("churn", churn), churn + 1, every, one_cpu=True),
    ]
    for words, name in (["100", "100"], "100 on a PI mutex"), (["200", "50", "pairs"], "100 pairs"):
        rows.append(Case(name, [os.path.join(bin_dir, "locks"), *words], int(words[0]) + 1, ("no-seccomp", "strace")))
    for n in (1000, 4000):
        n = scaled(n, scale)
        rows.append(Case("alive %d" % n, own("alive", n), n + 1, ("default", "light", "observe", "observe, creators", "strace-bpf")))
    n = scaled(8000, scale)
    rows.append(Case("alive %d" % n, own("alive", n), n + 1, ("default", "light", "observe", "observe, creators", "strace-bpf")))
    n = scaled(16000, scale)
    rows.append(Case("alive %d" % n, own("alive", n), n + 1, ("default", "light")))
    if shutil.which("java"):
        rows.append(Case("java", ["java", "-version"], None, ("default", "light", "observe", "observe, creators", "bare", "bare, light", "strace-bpf")))
    if shutil.which("python3"):
        python = os.path.realpath(sys.executable)
        rows.append(Case("python", [python, "-c", "import threading; t = threading.Thread(target=id, args=(0,)); "
                                    "t.start(); t.join()"], 2, ("default", "light", "observe", "bare", "bare, light", "strace-bpf")))
    return rows


class Peak(threading.Thread):
    """The largest resident size of a process, looked at while it runs."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.kib, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            try:
                with open("/proc/%d/status" % self.pid) as f:
                    found = re.search(r"VmHWM:\s+(\d+)", f.read())
            except OSError:
                return
            if found:
                self.kib = max(self.kib, int(found.group(1)))


AGAINST = ", other build"


def is_ours(mode):
    """A mode in which thrtrace itself traces: what --against repeats."""
    return mode in ("default", "light", "observe", "observe, creators", "no-seccomp", "attached")


def under(mode, tools, out):
    if mode.endswith(AGAINST):
        other = argparse.Namespace(**vars(tools))
        other.thrtrace = tools.against
        return under(mode[:-len(AGAINST)], other, out)
    calls = "trace=" + ",".join(followed_calls())
    return {
        "native": [],
        "default": [tools.thrtrace, "-o", out],
        "light": [tools.thrtrace, "--light", "-o", out],
        "observe": [tools.thrtrace, "--observe", "-o", out],
        "observe, creators": [tools.thrtrace, "--observe", "--creators=on", "-o", out],
        "attached": [],  # the program is started alone, and thrtrace attaches to it
        "bare": [os.path.join(tools.bin, "bare")],
        "bare, light": [os.path.join(tools.bin, "bare"), "--light"],
        "no-seccomp": [tools.thrtrace, "--no-seccomp", "-o", out],
        "strace-bpf": ["strace", "-f", "--seccomp-bpf", "-o", out, "-e", calls],
        "strace": ["strace", "-f", "-o", out, "-e", calls],
    }[mode]


def counts(out):
    births = ends = 0
    with open(out, errors="replace") as f:
        for line in f:
            if line.startswith("== T"):
                births += " is born: " in line
                ends += " has ended" in line
    return births + 1, ends  # the program itself has no birth block


def check(case, mode, out):
    mode = mode.removesuffix(AGAINST)
    if mode not in ("default", "light", "observe", "observe, creators", "no-seccomp"):
        return ""
    births, ends = counts(out)
    want = case.tasks if case.tasks is not None else births
    return "" if births == ends == want else "%d born, %d ended, truly %d" % (births, ends, want)


def tracer_of(mode, tools):
    return tools.against if mode.endswith(AGAINST) else tools.thrtrace


def run_once(case, mode, tools, out):
    cpu = tools.cpu if tools.cpu is not None else (1 if os.cpu_count() > 1 else 0) if case.one_cpu else None
    pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
    begin = time.perf_counter()
    p = subprocess.Popen(under(mode, tools, out) + case.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         preexec_fn=pin)
    tracer = subprocess.Popen([tracer_of(mode, tools), "-o", out, "-p", str(p.pid)]) if mode.startswith("attached") else p
    peak = Peak(tracer.pid)
    peak.start()
    limit = threading.Timer(RUN_LIMIT_S, p.kill)
    limit.start()
    # Not p.wait(timeout): that looks every 50 ms only.
    status, usage = os.wait4(p.pid, 0)[1:]
    took = time.perf_counter() - begin
    p.returncode = status
    if tracer is not p:
        status = status or tracer.wait(RUN_LIMIT_S)
    limit.cancel()
    peak.over.set()
    wrong = "" if status == 0 else "wait status %#x" % status
    return took, usage.ru_utime + usage.ru_stime, peak.kib, wrong or (check(case, mode, out) if mode != "native" else "")


def measure(case, tools, out):
    modes = ["native"] + [m for m in case.modes if not m.startswith("strace") or shutil.which("strace")]
    if tools.against:
        modes = [o for m in modes for o in ([m, m + AGAINST] if is_ours(m) else [m])]
    took = {m: [] for m in modes}
    cpu = {m: [] for m in modes}
    kib = dict.fromkeys(modes, 0)
    problems = []
    for i in range(tools.repeat):
        for m in modes if i % 2 == 0 else reversed(modes):
            if took[m] and statistics.median(took[m]) > tools.slow and len(took[m]) >= 2:
                took[m].append(statistics.median(took[m]))  # two runs of a very slow one must do
                cpu[m].append(statistics.median(cpu[m]))
                continue
            t, c, peak, wrong = run_once(case, m, tools, out)
            took[m].append(t)
            cpu[m].append(c)
            kib[m] = max(kib[m], peak)
            if wrong:
                problems.append("%s, %s: %s" % (case.name, m, wrong))
    return took, cpu, kib, problems


def ratio(took, a, b):
    return statistics.median(x / y for x, y in zip(took[a], took[b]))


def row(case, mode, took, cpu, kib):
    strace = "%.2f | %.2f" % (ratio(took, mode, "strace-bpf"), ratio(cpu, mode, "strace-bpf")) \
        if "strace-bpf" in took else " | "
    return "| %s | %s | %.3f | %.2f | %.3f | %.2f | %s | %s |" % (
        case.name, mode, statistics.median(took[mode]), ratio(took, mode, "native"), statistics.median(cpu[mode]),
        ratio(cpu, mode, "native"), strace,
        "%.1f" % (kib / 1024) if is_ours(mode.removesuffix(AGAINST)) else "")


def compared(case, took, cpu):
    """A line of the second table for each mode that both builds ran in."""
    return ["| %s | %s | %.3f | %.3f |" % (case.name, m, ratio(took, m, m + AGAINST), ratio(cpu, m, m + AGAINST))
            for m in took if m + AGAINST in took]


def machine():
    model = ""
    try:
        with open("/proc/cpuinfo") as f:
            model = re.search(r"model name\s*:\s*(.*)", f.read()).group(1)
    except (OSError, AttributeError):
        pass
    with open("/proc/loadavg") as f:
        load = f.read().split()[0]
    libc = " ".join(platform.libc_ver())
    strace = subprocess.run(["strace", "-V"], capture_output=True, text=True).stdout.splitlines()[:1] \
        if shutil.which("strace") else ["no strace"]
    return "%d CPUs (%s), Linux %s, %s, %s; load average %s when the runs began" % (
        os.cpu_count(), model, platform.release().split("-")[0], libc, strace[0], load)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--bin", required=True, help="where churn, alive, calls, maps and bare are")
    a.add_argument("--thrtrace", required=True)
    a.add_argument("--against", help="another build of thrtrace, run in the same rounds")
    a.add_argument("--repeat", type=int, default=5)
    a.add_argument("--only", default="", help="cases whose name begins with one of these")
    a.add_argument("--modes", default="", help="only these of a case's modes, separated by semicolons")
    a.add_argument("--scale", type=float, default=1.0, help="factor for all sizes")
    a.add_argument("--cpu", type=int, help="run everything on this CPU")
    a.add_argument("--slow", type=float, default=15.0, help="seconds from which on two runs are enough")
    a.add_argument("--markdown", help="write the table to this file, too")
    tools = a.parse_args()
    head = ["Machine: %s." % machine(), "", "| program | how | seconds | x native | CPU s | x native | x strace-bpf | CPU | MiB |",
            "|---|---|---|---|---|---|---|---|---|"]
    lines, problems, second = list(head), [], []
    print("\n".join(head), flush=True)
    with tempfile.TemporaryDirectory() as d:
        for case in cases(tools.bin, tools.scale):
            if tools.only and not any(case.name.startswith(o) for o in tools.only.split(",")):
                continue
            if tools.modes:
                case.modes = [m for m in case.modes if m in tools.modes.split(";")]
            took, cpu, kib, wrong = measure(case, tools, os.path.join(d, "trace"))
            problems += wrong
            second += compared(case, took, cpu)
            for m in took:
                lines.append(row(case, m, took, cpu, kib[m]))
                print(lines[-1], flush=True)
    if second:
        second = ["", "| program | how | seconds x other build | CPU x other build |", "|---|---|---|---|"] + second
        print("\n".join(second))
        lines += second
    tail = ["", "Births and ends: %s." % ("equal the true number in every run" if not problems else "; ".join(problems))]
    print("\n".join(tail))
    if tools.markdown:
        with open(tools.markdown, "w") as f:
            f.write("\n".join(lines + tail) + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
