# SPDX-License-Identifier: MIT
"""Cases of observe.py: --observe --creators=on, which has the calls as well."""
import collections
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from harness import SLOWER, skip, wait_until, why_no_events
from observing import want

CREATORS = ["--creators=on"]


def routine(birth):
    return (birth["start_routine"] or {}).get("symbol")


def looked_in_time(run, threads, may_lack):
    """A run whose threads could be looked at, but for so many: on a busy machine a program may be gone before. Those say why."""
    for _ in range(8):
        told = run("stormy", str(threads), options=CREATORS)
        lack = [e for e in told.of("birth", kind="thread") if not routine(e)]
        want("reasons", all(e["unknown"]["start_routine"] for e in lack), True)
        if len(lack) <= may_lack:
            break
    return told


def creators(run):
    """The call, its caller, what the thread runs, and how each ends: as a stop would have told."""
    told = looked_in_time(run, 2, 0)
    for e in told.of("birth", kind="thread"):
        frames = [f["symbol"] for f in e["creator"]]
        # A libc without its symbols of debugging exports no clone3; with them it is __clone3.
        want("the caller", "main" in frames and frames[0] in ("clone3", "__clone3", "clone", None), True)
        want("what it runs", (routine(e), e["label"]), ("storm", "storm"))
        want("its flags", ("CLONE_THREAD" in e["flags"], e["parent"]), (True, "T0"))
        want("its TLS base", int(e["tls"], 16) > 0, True)
        want("its end", (told.one("end", task=e["task"])["how"], told.one("end", task=e["task"])["status"]), ("exit", 0))
    want("threads", len(told.of("birth", kind="thread")), 2)
    end = told.one("end", task="T0")
    want("the program's end", (end["how"], end["status"]), ("exit_group", 0))
    # Times count from when the program may go, and not from thrtrace's search for tracepoints.
    want("the time of the first birth", told.one("birth", task="T0")["t_ns"] < 300000000, True)


def creators_many(run):
    """Hundreds of threads: each has its creator and what it runs."""
    told = looked_in_time(run, 600, 30)
    births = told.of("birth", kind="thread")
    want("losses", told.of("finding", id="records-lost"), [])
    want("births", collections.Counter(e["kind"] for e in told.of("birth")), {"program": 1, "thread": 600})
    routines = [routine(e) for e in births]
    want("routines", set(routines) - {None}, {"storm"})
    want("unknown routines", routines.count(None) <= 30, True)
    want("creators", all("main" in [f["symbol"] for f in e["creator"]] for e in births), True)


def creators_burst(run):
    """More samples than the rings have room for, while the first one's frames are found: none is lost."""
    if os.geteuid() != 0:
        skip("as nobody the rings are smaller still, and their reader waits for a CPU")
    told = run("../bench/churn", "20000", options=CREATORS)
    want("losses", told.of("finding", id="records-lost"), [])
    want("births", len(told.of("birth", kind="thread")), 20000)


def creators_closed(run):
    """The kernel takes long to close a tracepoint for whoever has it open last: a child of nobody's, and not thrtrace."""
    if not shutil.which("strace"):
        skip("strace is missing")
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as seen:
        done = subprocess.run(["strace", "-f", "-qq", "-o", seen.name, "-e", "trace=perf_event_open,close,exit_group,wait4",
                               "-e", "inject=wait4:delay_exit=100000",  # a child that does not wait is over by then
                               run.thrtrace, "--observe", "--creators=on", "-o", os.devnull, run.tracee("stormy"), "1"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOWER, check=False)
        lines = [line.split(None, 1) for line in seen.read().decode().splitlines()]
    if why_no_events(done.stderr):
        skip(why_no_events(done.stderr))
    self = lines[0][0]
    opened = {m[1] for _, call in lines if (m := re.match(r"perf_event_open\({type=PERF_TYPE_TRACEPOINT.* = (\d+)", call))}
    closed = [i for i, (pid, call) in enumerate(lines) if pid == self and (m := re.match(r"close\((\d+)", call)) and m[1] in opened]
    ended = [i for i, (pid, call) in enumerate(lines) if pid != self and call.startswith("exit_group")]
    want("tracepoints that thrtrace has closed", len(closed) >= len(opened) > 0, True)
    want("the child's end is after that", ended[-1] > closed[-1], True)


def creators_doubt(run):
    """What another thread rewrites while the kernel reads it is not told; nor does it mislead about what was made."""
    if not os.path.exists(run.tracee("clone3_race")):
        skip("there is no such program for this machine")
    told = run("clone3_race", options=[*CREATORS, "-f"])
    made = re.search(r"^EXPECT \+?(\d+) birth kind=thread", told.output, re.M)
    kinds = [e["tid"] == e["tgid"] for e in told.of("birth")[1:]]
    want("threads, with the one that rewrites", (kinds.count(False), len(kinds)), (int(made[1]), 201))
    for e in told.of("birth"):
        if "CLONE_THREAD" in (e["flags"] or []):
            want(f"flags of {e['task']}", e["tid"] != e["tgid"], True)


def creators_aside(run):
    """Words of clone3 that don't lie on the stack are told when they are constants, and otherwise not."""
    for _ in range(8):  # on a busy machine the program may be gone before they are looked at
        told = run("clone3_aside", options=CREATORS)
        want("flags that were rewritten", told.one("birth", task="T1")["flags"], None)
        constant = told.one("birth", task="T2")
        if constant["flags"] is not None:
            break
    want("constant ones", (constant["flags"], constant["exit_signal"]), ([], "SIGCHLD"))


def creators_fail(run):
    """A call that makes nothing: its error, and why."""
    if os.geteuid() != 0:
        skip("the program takes a user of its own for the limit, as root alone may")
    told = run("fail_nproc", options=[*CREATORS, "-f"])
    calls, failed = told.of("call", errno="EAGAIN"), told.of("failed")
    want("what fails", len(calls) > 0, True)
    # Why is asked of who lives still.
    want("why it fails", {(e["errno"], e["rule"]) for e in failed} <= {("EAGAIN", "rlimit-nproc")}, True)
    want("the calls", {e["seq"] for e in failed} <= {e["seq"] for e in calls}, True)


def creators_leader(run):
    """A first thread that has left was not killed by the signal that kills the others later."""
    told = run("leader_gone", "kill", options=CREATORS)
    want("its end", (told.one("end", task="T0")["how"], told.one("end", task="T0")["status"]), ("exit", 0))
    want("the other's end", (told.one("end", task="T1")["how"], told.one("end", task="T1")["signal"]), ("signal", "SIGKILL"))
    want("thrtrace's own end", told.status, -9)


def creators_times(run):
    """The event of a call is of its end, and births come with it; the start has the wall clock of its own instant."""
    before = time.time_ns()
    told = run("stormy", "2", options=CREATORS)
    births = told.of("birth", kind="thread")
    calls = {e["ret"]: e for e in told.of("call")}
    want("calls", {b["tid"]: calls[b["tid"]]["t_ns"] for b in births}, {b["tid"]: b["t_ns"] for b in births})
    begin = told.one("start")["wall_ns"] - told.one("start")["t_ns"]
    want("the clock", before <= begin <= time.time_ns(), True)


def creators_guards(run):
    """A guard that no record tells is read while the thread lives, whatever it is made of."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        tracer = subprocess.Popen([run.thrtrace, "--observe", "--creators=on", "--format=json", "-o", trace.name, run.tracee("guarded")],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if tracer.stdout.readline() != "guarded\n":
            skip(tracer.communicate()[1].partition("\n")[0] or "this kernel has no MADV_GUARD_INSTALL")

        def births():
            return [e for line in open(trace.name, encoding="utf-8") if line.endswith("\n") and (e := json.loads(line))["event"] == "birth"]
        wait_until("each birth is told", lambda: len(births()) == 5)
        tracer.terminate()
        want("the program's status", (tracer.wait(20), tracer.communicate()[1]), (0, ""))
        guards = sorted((b["guard"]["kind"], b["guard"]["bytes"]) for b in births()[1:])
    want("guards", guards, [("MADV_GUARD", 12288), ("PROT_NONE", 4096), ("PROT_READ", 8192), ("none", 0)])
