# SPDX-License-Identifier: MIT
"""What tests of --observe share: a run of it, held to what is always so, and what it told."""
import json
import os
import re
import subprocess
import tempfile

from harness import SLOWER, Failure, skip, why_no_events


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


def observe(thrtrace, command, options=(), before=None, tries=3):
    """Runs it under --observe (of no command: with these options), and holds the trace to what is always so.

    Again where records of it were lost: what the others of a busy machine do goes through the same rings."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        os.chmod(trace.name, 0o666)
        done = subprocess.run([thrtrace, "--observe", "--format=json", "-o", trace.name, *options,
                               *(["--", *command] if command else [])],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60 * SLOWER, check=False,
                              preexec_fn=before)
        if why_no_events(done.stderr) and not os.path.getsize(trace.name):
            skip(why_no_events(done.stderr))
        lines = [json.loads(line) for line in open(trace.name, encoding="utf-8")]
    if command and tries and ("no record of it has come" in done.stderr or any(e.get("id") == "records-lost" for e in lines)):
        return observe(thrtrace, command, options, before, tries - 1)
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


class Run:
    """Runs a program of ../tracees, or watches what runs already."""

    def __init__(self, thrtrace, where, before=None):
        self.thrtrace, self.where, self.before = thrtrace, where, before

    def tracee(self, name):
        return os.path.join(self.where, name)

    def __call__(self, program=None, *args, wrap=(), options=(), before=None):
        return observe(self.thrtrace, [*wrap, self.tracee(program), *args] if program else [], options, before or self.before)


def unlike_its_own(run):
    """Switches are as getrusage(2) has them. The threads whose time on a CPU is another: what is told, and what it has."""
    told = run("stormy", "8", "account")
    own = {int(m[1]): tuple(map(int, m.groups()[1:])) for m in re.finditer(r"^account (\d+) (\d+) (\d+) (\d+)$", told.output, re.M)}
    want("accounts", len(own), 8)
    wrong = []
    for e in told.of("end"):
        if e["tid"] not in own:
            continue
        cpu_us, voluntary, involuntary = own[e["tid"]]
        # What comes after the program has looked: its own line, and its end.
        after_ns = 3000000 if SLOWER <= 1 else 100000000
        want(f"voluntary switches of {e['tid']}", 0 <= e["voluntary"] - voluntary <= 12, True)
        want(f"involuntary switches of {e['tid']}", 0 <= e["involuntary"] - involuntary <= 12, True)
        if not cpu_us * 850 <= e["cpu_ns"] <= cpu_us * 1300 + after_ns:
            wrong.append(f"{e['tid']}: {e['cpu_ns']} ns, {cpu_us} us")
    return wrong
