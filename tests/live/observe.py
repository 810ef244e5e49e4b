#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--observe on programs of ../tracees: births, names, ends and accounts are those that the programs tell of themselves, and
the programs fare as they do alone.

    observe.py THRTRACE DIRECTORY [CASE...]     (DIRECTORY: where the programs are built)
    observe.py --list
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, skip

NOBODY = 65534


class Told:
    """What one run told: its lines of JSON by kind, and how the program ended."""

    def __init__(self, lines, status, output):
        self.lines, self.status, self.output = lines, status, output

    def of(self, event, **like):
        return [e for e in self.lines if e["event"] == event and all(e.get(k) == v for k, v in like.items())]

    def one(self, event, **like):
        found = self.of(event, **like)
        if len(found) != 1:
            raise Failure(f"{len(found)} events {event} {like}, expected 1")
        return found[0]


def observe(thrtrace, command, options=(), before=None):
    """Runs it under --observe, and holds the trace to what is always so."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        os.chmod(trace.name, 0o666)
        done = subprocess.run([thrtrace, "--observe", "--format=json", "-o", trace.name, *options, "--", *command],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
                              preexec_fn=before)
        if "perf_event_open" in done.stderr and not os.path.getsize(trace.name):
            skip(done.stderr.splitlines()[0])
        lines = [json.loads(line) for line in open(trace.name, encoding="utf-8")]
    told = Told(lines, done.returncode, done.stdout)
    if done.stderr.startswith("thrtrace:"):
        raise Failure(done.stderr)
    summary = told.one("summary")
    if summary["births"] != summary["ends"]:
        raise Failure(f"{summary['births']} births, {summary['ends']} ends")
    if summary["stops"]:
        raise Failure(f"{summary['stops']} stops")
    born = {}
    for e in lines:
        if e["event"] == "birth":
            born[e["task"]] = e
        elif e["event"] == "end" and e["task"] not in born:
            raise Failure(f"an end without a birth: {e}")
    return told


def want(what, got, expected):
    if got != expected:
        raise Failure(f"{what}: {got!r}, expected {expected!r}")


# ---- the cases ----

def thread(run):
    """One thread: whose it is, where its stack is, how the program ends."""
    told = run("stormy", "1")
    birth = told.one("birth", kind="observed")
    want("its creator", birth["parent"], "T0")
    want("its end", told.one("end", task="T1")["how"], "observed")
    want("the program's status", told.one("end", task="T0")["status"], 0)


def execve(run):
    """execve by another thread: the first one's record ends by it, and the caller goes on under its number."""
    told = run("exec_thread")
    exec_ = told.one("exec")
    want("the first one's end", (told.one("end", task="T0")["how"], told.one("end", task="T0")["by"]), ("exec", exec_["task"]))
    want("its number", exec_["tid"], told.one("birth", task="T0")["tid"])
    want("thrtrace's status", told.status, 5)


def leader(run):
    """A first thread that leaves before the others: its end is the last one, with the status of the process."""
    told = run("leader_gone")
    last = told.of("end")[-1]
    want("the last end", (last["task"], last["status"]), ("T0", 3))


def names(run):
    """Each name that is set, by whom."""
    told = run("names")
    births = told.of("birth", kind="observed")
    want("names", len(told.of("name")) >= len(births) > 5, True)
    for e in told.of("name"):
        want("who named it", e["by"], e["task"])


def killed(run):
    """A signal that kills the whole process."""
    told = run("sigkill_group")
    want("the program's end", (told.one("end", task="T0")["how"], told.one("end", task="T0")["signal"]), ("signal", "SIGKILL"))
    want("thrtrace's own end", told.status, -9)


def untraced(run):
    """CLONE_UNTRACED hides nothing."""
    told = run("clone_untraced", options=["-f"])
    want("births", len(told.of("birth")), 4)


def many(run):
    """Hundreds of threads that end at once: none is missing."""
    told = run("stormy", "600")
    want("births", len(told.of("birth", kind="observed")), 600)
    want("ends", len(told.of("end", how="observed")), 601)


def account(run):
    """Switches and time on a CPU as getrusage(2) has them."""
    told = run("stormy", "8", "account")
    own = {int(m[1]): tuple(map(int, m.groups()[1:])) for m in re.finditer(r"^account (\d+) (\d+) (\d+) (\d+)$", told.output, re.M)}
    want("accounts", len(own), 8)
    for e in told.of("end"):
        if e["tid"] not in own:
            continue
        cpu_us, voluntary, involuntary = own[e["tid"]]
        # What comes after the program has looked: its own line, and its end.
        want(f"voluntary switches of {e['tid']}", 0 <= e["voluntary"] - voluntary <= 12, True)
        want(f"involuntary switches of {e['tid']}", 0 <= e["involuntary"] - involuntary <= 12, True)
        want(f"time of {e['tid']}: {e['cpu_ns']} ns, {cpu_us} us", cpu_us * 850 <= e["cpu_ns"] <= cpu_us * 1300 + 3000000, True)


def tracer(run):
    """The one place of a tracer stays free: strace works in it as it does alone."""
    if not shutil.which("strace"):
        skip("strace is missing")
    told = run("stormy", "1", wrap=["strace", "-f", "-o", "/dev/null", "-e", "trace=clone,clone3"], options=["-f"])
    want("the status", told.status, 0)


def nobody(run):
    """Without any right, where the machine allows that."""
    if os.geteuid() != 0:
        skip("it runs as nobody, which root alone can begin")
    try:
        level = int(open("/proc/sys/kernel/perf_event_paranoid", encoding="ascii").read())
    except OSError:
        skip("there is no kernel.perf_event_paranoid")
    if level > 2:
        skip(f"kernel.perf_event_paranoid is {level}")
    told = run("stormy", "1", before=lambda: (os.setgroups([]), os.setgid(NOBODY), os.setuid(NOBODY)))
    want("births", len(told.of("birth")), 2)


CASES = {f.__name__: f for f in (thread, execve, leader, names, killed, untraced, many, account, tracer, nobody)}


def main():
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
        return 0
    thrtrace, where, *chosen = sys.argv[1:]

    def run(program, *args, wrap=(), options=(), before=None):
        return observe(thrtrace, [*wrap, os.path.join(where, program), *args], options, before)

    for name in chosen or CASES:
        try:
            CASES[name](run)
        except Failure as e:
            print(f"{name}: {e}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
