#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a program of tests/tracees under thrtrace and compares the trace with what the program expects of it.

    run.py THRTRACE TRACEE [ARG...] [--modes=filter,all,light,observe,text] [--follow=no|yes|both] [--wrap=pidns] [--repeat=N]

The program prints lines of the form

    EXPECT[COND,...] COUNT EVENT [KEY=VALUE | KEY~PART]...

and run.py counts the events of the trace (docs: thrtrace-json(5)) that match. COUNT is a number or a range "1.." or
"2..5", with a + before it where the next run may have another. KEY may have dots (guard.kind). "=": the values are equal, as text. "~": PART occurs in the value; in a list,
as one element; in the arguments of a call, in the text of one; among frames, as the function of one. COND: calls (the mode stops at calls), light, observe, f, nof.
Everything else it writes must be the same as without thrtrace; in EXPECT lines numbers behind tid=, tid~, touched= and 0x may differ.
"""
import argparse
import os
import re
import shlex
import shutil
import sys
import tempfile

from harness import (SKIP, SLOWER, Failure, Trace, become_subreaper, check_leftovers, check_same, run, run_traced, skip, ways,
                     why_no_events)

MODES = {"filter": [], "all": ["--no-seccomp"], "light": ["--light"], "observe": ["--observe", "--creators=on"]}
EXPECT = re.compile(r"EXPECT(?:\[([a-z,]*)\])? \+?(\d+)(\.\.)?(\d*) (\w+) ?(.*)")


def mask(text):
    lines = text.splitlines(keepends=True)
    return "".join(re.sub(r"(?<=tid[=~])\d+|(?<=touched)[=~]\w*|0x[0-9a-f]+|\+\d+", "#", l) if l.startswith("EXPECT") else l for l in lines)


def value_at(event, key):
    for part in key.split("."):
        event = event.get(part) if isinstance(event, dict) else None
    return event


def as_text(value):
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def name_of(element):
    return element.get("symbol") if isinstance(element, dict) else element


def contains(value, part):
    if isinstance(value, list):
        return any(part in v["text"] if isinstance(v, dict) and "text" in v else part == as_text(name_of(v)) for v in value)
    return part in as_text(value)


def matches(event, conditions):
    for word in conditions:
        key, op, want = re.fullmatch(r"([\w.]+)([=~])(.*)", word, re.S).groups()
        value = value_at(event, key)
        if op == "=" and as_text(value) != want or op == "~" and not contains(value, want):
            return False
    return True


def check_expectations(out, trace, have):
    seen = 0
    for line in out.splitlines():
        if not line.startswith("EXPECT"):
            continue
        parsed = EXPECT.fullmatch(line)
        if not parsed:
            raise Failure(f"not understood: {line}")
        conds, low, dots, high, event, rest = parsed.groups()
        seen += 1
        if conds and not set(conds.split(",")) <= have:
            continue
        low = int(low)
        high = int(high) if high else None if dots else low
        n = sum(1 for e in trace.events if e["event"] == event and matches(e, shlex.split(rest)))
        if n < low or (high is not None and n > high):
            similar = [str(e)[:1500] for e in trace.events if e["event"] == event][:12]
            raise Failure(f"{line}\nbut there are {n}. The {event} events:\n" + "\n".join(similar))
    if not seen:
        raise Failure("the program expects nothing")


def says_losses(traced, events):
    """What the others of the machine do goes through the same rings, and may be too much while they are busy."""
    return any(e.get("id") == "records-lost" for e in events) or "no record of it has come" in traced.err


def one_mode(args, mode, follow, plain, tries=5):
    options = MODES[mode] + (["-f"] if follow else [])
    traced, events = run_traced(args.thrtrace, options, args.command, args.timeout, wrap=args.wrap)
    if mode == "observe" and not events and why_no_events(traced.err):
        skip(why_no_events(traced.err))
    if mode == "observe" and says_losses(traced, events):
        if not tries:
            skip("records were lost again and again, and that is said")
        one_mode(args, mode, follow, plain, tries - 1)
        return
    check_same(plain, traced, mask)
    have = {mode} if mode in ("light", "observe") else {"calls", mode}
    check_expectations(traced.out, Trace(events), have | {"f" if follow else "nof"})


def text_mode(args, plain):
    """The page of the text view: nothing of the program may act on a terminal, and the program sees no difference."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-") as page:
        traced = run([*args.wrap, args.thrtrace, "-f", "-o", page.name, "--", *args.command], args.timeout)
        text = page.read().decode("utf-8", errors="strict")
    check_leftovers("after the trace")
    check_same(plain, traced, mask)
    bad = re.search(r"[^\n\x20-\x7e]", text)
    if bad:
        raise Failure(f"the page holds {bad[0]!r}: {text[max(0, bad.start() - 60):bad.end() + 20]!r}")
    if not re.search(r"^THREADS\b", text, re.M):
        raise Failure(f"the page has no table:\n{text}")


def pidns_wrap():
    """A pid namespace of its own with few tids: its own pid_max since Linux 6.14, and tids from 300 on after the first round."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        skip("a pid namespace needs root and unshare(1)")
    wrap = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
            "echo 400 > /proc/sys/kernel/pid_max && exec \"$@\"", "sh"]
    before = open("/proc/sys/kernel/pid_max", encoding="ascii").read()
    version = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", os.uname().release).groups())
    if version < (6, 14):
        skip("pid_max is one for all namespaces before Linux 6.14")
    if run([*wrap, "true"], 10).code != 0:
        skip("can't make a pid namespace with a small pid_max here")
    if open("/proc/sys/kernel/pid_max", encoding="ascii").read() != before:
        raise Failure("pid_max of the outer namespace has changed")
    return wrap


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("thrtrace")
    parser.add_argument("command", nargs="+")
    parser.add_argument("--modes", default="filter,all,light")
    parser.add_argument("--follow", default="no", choices=("no", "yes", "both"))
    parser.add_argument("--wrap", default=None, choices=("pidns",))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=20)
    args = parser.parse_args()

    become_subreaper()
    args.wrap = pidns_wrap() if args.wrap else []
    plain = run([*args.wrap, *args.command], args.timeout)
    check_leftovers("untraced")
    if plain.code == SKIP:
        skip(plain.err.strip() or plain.out.strip())
    failed = False
    modes = args.modes.split(",")
    follows = {"no": (False,), "yes": (True,), "both": (False, True)}[args.follow]
    tried = ways([mode for mode in modes if mode != "text"], follows) + [("text", True)] * ("text" in modes)
    for mode, follow in tried:
        try:
            for _ in range(args.repeat if SLOWER <= 1 else 1):
                if mode == "text":
                    text_mode(args, plain)
                else:
                    one_mode(args, mode, follow, plain)
        except Failure as e:
            print(f"FAILED in mode {mode}{' -f' if follow else ''}: {e}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
