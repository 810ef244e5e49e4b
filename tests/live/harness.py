# SPDX-License-Identifier: MIT
"""What the live tests share: run a command plain and traced, read the JSON Lines, check what always holds.

Every process that a test starts is a descendant of it, also after its parent's death (PR_SET_CHILD_SUBREAPER), so that
what is left over can be found, judged and ended by its pid.
"""
import ctypes
import errno
import itertools
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

SKIP = 77
PR_SET_CHILD_SUBREAPER = 36
# How much slower than the machines that limits of time are for: tests/machine runs these tests in an emulated one.
SLOWER = float(os.environ.get("THRTRACE_SLOWER", "1"))


def ways(firsts, *others):
    """Each with each; on an emulated processor each of the first with one combination of the others, by turns."""
    rest = list(itertools.product(*others))
    if SLOWER <= 1:
        return [(first, *combination) for first in firsts for combination in rest]
    return [(first, *rest[i % len(rest)]) for i, first in enumerate(firsts)]


class Failure(Exception):
    pass


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def become_subreaper():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def become(number):
    """This user and group, and of no others."""
    os.setgroups([])
    os.setgid(number)
    os.setuid(number)


def sanitizer_options(options):
    """For a thrtrace that is built with sanitizers: what they would do to the test themselves."""
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), options)))


def wait_until(what, ready, seconds=15):
    deadline = time.monotonic() + seconds * SLOWER
    while not ready():
        if time.monotonic() > deadline:
            raise Failure(f"{what}: not within {seconds} s")
        time.sleep(0.005)


# ---- processes ----

def status_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as f:
            return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
    except OSError:
        return {}


def descendants():
    """Pids of all living descendants of this process."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            status = status_of(name)
            if status:
                parents[int(name)] = int(status["PPid"])
    found, more = set(), {os.getpid()}
    while more:
        more = {pid for pid, parent in parents.items() if parent in more and pid not in found}
        found |= more
    return found


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def end_leftovers(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    time.sleep(0.01 if pids else 0)
    reap()


def check_leftovers(what):
    """Orphans may still be on their way out, but none may be stopped or traced. All are ended."""
    bad, deadline = [], time.monotonic() + 2 * SLOWER
    while True:
        reap()
        left = descendants()
        for pid in left:
            status = status_of(pid)
            state = status.get("State", "?")
            if status and (state[0] in "tT" or status.get("TracerPid", "0") != "0"):
                bad.append(f"{pid} ({status.get('Name')}) is {state}, TracerPid {status.get('TracerPid')}")
        if bad or not left or time.monotonic() > deadline:
            break
        time.sleep(0.01)
    end_leftovers(left)
    if bad:
        raise Failure(f"{what}: left behind: " + "; ".join(bad))


def why_no_events(err):
    """What --observe says when no perf event, or no tracepoint, can be had here; "" when it had them."""
    return err.splitlines()[0] if re.search("perf_event_open|tracepoints", err) else ""


class Ran:
    def __init__(self, out, err, code):
        self.out, self.err, self.code = out, err, code


def run(argv, timeout, env=None, cwd=None, **popen):
    """Output goes to files, not to pipes: an orphan that keeps them open can't make the test wait. popen: of Popen."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        # A group of its own: in an orphaned one, as under a daemon, SIGTSTP and its kin do not stop anything.
        popen = {"stdin": subprocess.DEVNULL, "process_group": 0, **popen}
        try:
            p = subprocess.Popen(argv, stdout=out, stderr=err, env=env, cwd=cwd, **popen)
        except OSError as e:
            if e.errno == errno.ENOEXEC:
                skip(f"this kernel runs no program like {argv[0]}")
            raise
        try:
            code = p.wait(timeout * SLOWER)
        except subprocess.TimeoutExpired:
            states = {pid: status_of(pid).get("State") for pid in sorted(descendants())}
            p.kill()
            p.wait()
            end_leftovers(descendants())
            raise Failure(f"{' '.join(argv)}: not done after {timeout * SLOWER:g} s; processes: {states}") from None
        out.seek(0)
        err.seek(0)
        return Ran(out.read().decode(errors="replace"), err.read().decode(errors="replace"), code)


def run_traced(thrtrace, options, argv, timeout, env=None, cwd=None, wrap=(), **popen):
    """Ran, and the events of the trace."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        command = [*wrap, thrtrace, "--format=json", "-o", trace.name, *options, "--", *argv]
        ran = run(command, timeout, env, cwd, **popen)
        trace.seek(0)
        data = trace.read()
    check_leftovers("after the trace")
    events = []
    for number, line in enumerate(data.decode("utf-8", errors="strict").splitlines(), 1):
        try:
            events.append(json.loads(line))
        except ValueError as e:
            raise Failure(f"line {number} of the trace is no JSON: {e}: {line[:200]}\n{ran.err}") from None
    return ran, events


# ---- what holds for every trace ----

class Trace:
    """Checks births and ends while it reads; .births and .ends by label."""

    def __init__(self, events):
        self.events = events
        self.births, self.ends, self.tids = {}, {}, {}
        if not events or events[0]["event"] != "start":
            raise Failure("the trace does not begin with a start event")
        if events[-1]["event"] != "summary":
            raise Failure(f"the trace ends with {events[-1]['event']}, not with a summary")
        seq = 0
        for event in events:
            if event["seq"] < seq:
                raise Failure(f"seq falls from {seq}: {event}")
            seq = event["seq"]
            self.read(event)
        self.check_summary(events[-1])

    def read(self, event):
        kind, label = event["event"], event.get("task")
        for key in ("parent", "joined", "joins", "by", "joined_by"):
            other = event.get(key)
            if other is not None and other not in self.births:
                raise Failure(f"{key}={other} is not born yet: {event}")
        if label is None:
            return
        if kind == "birth":
            if label in self.births:
                raise Failure(f"{label} is born twice: {event}")
            self.births[label] = event
            self.tids[label] = event["tid"]
            return
        if label not in self.births:
            raise Failure(f"{label} is not born yet: {event}")
        if label in self.ends and not (kind == "finding" and event["of"] == self.ends[label]["seq"]):
            raise Failure(f"{label} has ended already: {event}")
        if not self.births[label]["followed"] and kind != "finding": # what is odd shows at its birth
            raise Failure(f"{label} is not followed: {event}")
        if kind == "exec":
            if self.tids[label] != event["former_tid"]:
                raise Failure(f"{label} had tid {self.tids[label]}: {event}")
            self.tids[label] = event["tid"]
        if self.tids[label] != event["tid"]:
            raise Failure(f"{label} has tid {self.tids[label]}: {event}")
        if kind == "end":
            self.ends[label] = event
            ran = (event.get("cpu_ns") or 0) + (event.get("wait_ns") or 0)
            # A thread may have waited to run for long before its creator's event was looked at: its life begins then.
            if self.births[label]["kind"] == "program" and ran > (event.get("lived_ns") or 0) + 10_000_000:
                raise Failure(f"{label} ran, or waited to run, for longer than it lived: {event}")

    def check_summary(self, summary):
        followed = {label for label, birth in self.births.items() if birth["followed"]}
        missing = followed - set(self.ends)
        if missing:
            raise Failure(f"born and never ended: {sorted(missing)}")
        if summary["births"] != len(self.births) or summary["ends"] != summary["births"]:
            raise Failure(f"{len(self.births)} births in the trace; the summary says {summary['births']}, "
                          f"and {summary['ends']} ends")
        rows = [row["task"] for row in summary["threads"]]
        if len(set(rows)) != len(rows) or not set(rows) <= set(self.births):
            raise Failure(f"the table is wrong: {rows}")
        if len(rows) != len(self.births) and len(rows) < 4096:
            raise Failure(f"{len(self.births)} births and {len(rows)} rows in the table")
        if rows != sorted(rows, key=lambda label: int(label[1:])):
            raise Failure(f"the table is not in the order of birth: {rows}")

    def count(self, event, **want):
        return sum(1 for e in self.events if e["event"] == event and all(e.get(k) == v for k, v in want.items()))


def in_own_folder(body):
    """The main function of a driver of one case: body(folder). A Failure is told. The exit status."""
    become_subreaper()
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        try:
            body(folder)
        except Failure as e:
            print(f"FAILED: {e}"[:8000])
            return 1
    return 0


def run_main(main):
    """The whole of a driver that is one case: a Failure is told, and makes the exit status 1."""
    try:
        main()
    except Failure as failure:
        print(failure)
        sys.exit(1)


def run_case(cases, place):
    """The whole of a driver of several cases, which --list names: the one that is named by the argument in this place."""
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.__name__ for case in cases))
        return
    become_subreaper()
    next(case for case in cases if case.__name__ == sys.argv[place])()


def check_same(plain, traced, mask=lambda text: text, stderr=True):
    if plain.code != traced.code:
        raise Failure(f"exit status {plain.code} untraced, {traced.code} traced\n{traced.out}{traced.err}")
    if mask(plain.out) != mask(traced.out):
        raise Failure(f"stdout differs. Untraced:\n{plain.out}Traced:\n{traced.out}{traced.err}")
    if stderr and mask(plain.err) != mask(traced.err):
        raise Failure(f"stderr differs. Untraced:\n{plain.err}Traced:\n{traced.err}")
