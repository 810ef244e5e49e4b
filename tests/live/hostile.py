#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Programs that make it hard for a tracer: they fare as untraced, the trace is sound, and nothing hangs.

    hostile.py THRTRACE TRACEES CASE   (TRACEES: the directory of the built programs of tests/tracees)
    hostile.py --list                  names the cases
"""
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from harness import SKIP, Failure, check_leftovers, check_same, descendants, end_leftovers, run, skip, status_of
from transparency import TIMEOUT, VARIANTS, run_cases

NOBODY = 65534


def text_is_clean(case, argv, plain, options, **popen):
    """The page: nothing of the program may act on a terminal."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as page:
        traced = run([case.thrtrace, *options, "--color=never", "-t", "-T", "--summary", "-o", page.name, "--", *argv],
                     TIMEOUT, cwd=case.cwd, **popen)
        text = page.read()
    check_leftovers("after the trace")
    check_same(plain, traced)
    bad = re.search(rb"[^\n\x20-\x7e]", text)
    if b"is born" not in text and b"THREADS" not in text:
        raise Failure(f"the page tells nothing: {text[:300]!r}")
    if bad:
        raise Failure(f"the page holds {bad[0]!r}: {text[max(0, bad.start() - 60):bad.end() + 20]!r}")


def fares_as_untraced(case, *args, code=0, page=True, **popen):
    argv = [case.program("hostile"), *args]
    plain = case.compare(argv, **popen)
    if plain.code == SKIP:
        skip(plain.err.strip())
    if plain.code != code or plain.err:
        raise Failure(f"the program fails: {plain.code} {plain.err}")
    if page:
        case.each(lambda options: text_is_clean(case, argv, plain, options, **popen))


def stacks(case):
    fares_as_untraced(case, "stacks")


def fork_bomb(case):
    """As a user that nobody else is, and no more processes than the limit and 400 allow."""
    if os.geteuid() != 0:
        skip("a user of its own needs root")
    user = next(uid for uid in range(50000, 60000) if not any(status_of(p).get("Uid", "").startswith(f"{uid}\t")
                                                              for p in os.listdir("/proc") if p.isdigit()))
    os.chmod(case.cwd, 0o777)
    case.thrtrace = shutil.copy(case.thrtrace, case.path("thrtrace"))
    program = shutil.copy(case.program("hostile"), case.path("bomb"))

    def limited():
        resource.setrlimit(resource.RLIMIT_NPROC, (40, 40))

    def check(options):
        with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as d:
            os.chmod(d, 0o777)
            for form in ("json", "text"):
                trace = os.path.join(d, "trace")
                ran = run([case.thrtrace, *options, f"--format={form}", "-o", trace, "--", program, "bomb"], TIMEOUT,
                          cwd=d, user=user, group=user, extra_groups=[], preexec_fn=limited)
                check_leftovers("after the trace")
                check_same(plain, ran)

    plain = run([program, "bomb"], TIMEOUT, cwd=case.cwd, user=user, group=user, extra_groups=[], preexec_fn=limited)
    check_leftovers("untraced")
    if (plain.code, plain.out) != (0, "refused\n"):
        raise Failure(f"the program fails: {plain.code} {plain.out}{plain.err}")
    case.each(check)


def exit_storm(case):
    case.timeout = 150 # so many runnable threads keep a small machine busy
    fares_as_untraced(case, "storm", "10000", page=False, variants=["filter"])
    fares_as_untraced(case, "storm", "1000", page=False)


def exec_among_births(case):
    for _ in range(3):
        fares_as_untraced(case, "exec", page=False)


def close_all(case):
    fares_as_untraced(case, "close", code=17)


def unmap_all(case):
    # The kernel writes to the rseq area whenever a task has been off its CPU: without it the stops would show.
    os.environ["GLIBC_TUNABLES"] = "glibc.pthread.rseq=0"
    fares_as_untraced(case, "unmap", code=-signal.SIGSEGV)


def names(case):
    fares_as_untraced(case, "names", code=21)


def stop_storm(case):
    fares_as_untraced(case, "stops", code=14)


def rights(case):
    fares_as_untraced(case, "rights")


def wait_for_end(p, pids, what):
    try:
        code = p.wait(10)
    except subprocess.TimeoutExpired:
        raise Failure(f"{what}: thrtrace does not end: {status_of(p.pid).get('State')}") from None
    deadline = time.monotonic() + 5
    for pid in pids:
        while status_of(pid).get("State", "X")[0] not in "ZX":
            if time.monotonic() > deadline:
                raise Failure(f"{what}: {pid} lives on: {status_of(pid).get('State')}")
            time.sleep(0.005)
    return code


def killed_at(case, options, delay, whom):
    """whom: the whole group, thrtrace too; the program; or thrtrace alone."""
    what = f"{whom} killed after {delay * 1000:.1f} ms"
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as trace:
        command = [case.thrtrace, *options, "--format=json", "-o", trace.name, "--", case.program("hostile"), "churn"]
        p = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             process_group=0)
        try:
            time.sleep(delay)
            pids = descendants() - {p.pid}
            if whom == "program":
                # thrtrace's only child is the program, before its execve, too; or it has not got so far.
                program = [pid for pid in pids if status_of(pid).get("PPid") == str(p.pid)]
                os.kill(program[0] if program else p.pid, signal.SIGKILL)
            elif whom == "group":
                os.killpg(p.pid, signal.SIGKILL)
            else:
                p.kill()
            code = wait_for_end(p, pids if whom == "group" else (), what)
            if code != -signal.SIGKILL and not (whom == "program" and code == 125):
                raise Failure(f"{what}: thrtrace ends with {code}")
        finally:
            p.kill()
            p.wait()
            end_leftovers(descendants())


def killed(case):
    rng = random.Random(7)
    delays = [rng.uniform(0, 0.004) for _ in range(25)] + [rng.uniform(0.004, 0.15) for _ in range(25)]
    for whom in ("group", "program", "thrtrace"):
        for delay in delays:
            case.each(lambda options, d=delay, w=whom: killed_at(case, options, d, w), [rng.choice(list(VARIANTS))])


CASES = {f.__name__: f for f in (
    stacks, fork_bomb, exit_storm, exec_among_births, close_all, unmap_all, names, stop_storm, rights, killed)}

if __name__ == "__main__":
    sys.exit(run_cases(CASES))
