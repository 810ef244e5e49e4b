#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""For each language, with and without debug information and symbols: does the creator's backtrace reach the program's
own function, and is the start routine the right one? Prints a table; exits 1 when an answer is wrong or unknown.

    creator_table.py PROBE SOURCES [WORKDIR]
    creator_table.py --observe THRTRACE SOURCES [WORKDIR]      (as --observe --creators=on tells it)

What nobody stopped may be gone before it is looked at: of those one in twenty may be unknown, and none wrong.

A stripped program is judged by address: it is a copy of one with symbols, which tells what is where.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import skip, why_no_events

OBSERVED = sys.argv[1] == "--observe"
PROBE, SOURCES, *WORK = map(os.path.abspath, sys.argv[1 + OBSERVED:])
WORK = WORK[0] if WORK else os.path.abspath("creators")


def run(*argv, **kw):
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, **kw)


def symbols(path):
    """name -> (address, size), of functions, demangled."""
    found = {}
    for line in run("nm", "-CS", "--defined-only", path).stdout.splitlines():
        m = re.match(r"([0-9a-f]+) ([0-9a-f]+) [tTwWiu] (.+)", line)
        if m:
            found.setdefault(m[3], []).append((int(m[1], 16), int(m[2], 16)))
    return found


def matching(table, pattern):
    return [(a, n) for name, places in table.items() if re.search(pattern, name) for a, n in places]


def covers(places, at):
    return any(a <= at < a + n for a, n in places)


class Case:
    def __init__(self, lang, variant, build, make, start, label, strip=False, argv=None, tables=None, where=None):
        self.lang, self.variant, self.build, self.strip = lang, variant, build, strip
        self.make, self.start, self.label = make, start, label
        self.argv, self.tables, self.where = argv, tables, where


def gnu(compiler, src, *flags):
    return lambda out: run(compiler, *flags, "-o", out, os.path.join(SOURCES, src))


def go(*flags):
    def build(out):
        env = dict(os.environ, GO111MODULE="off", CGO_ENABLED="0")
        return run("go", "build", "-o", out, *flags, os.path.join(SOURCES, "go.go"), env=env)
    return build


def cases():
    c = dict(make=r"^make_one", start=r"^run_one$", label=r"^run_one$")
    for cc, name in (("gcc", "C (glibc)"), ("clang", "C (clang)")):
        for flags, v in ((["-g", "-O0"], "-g -O0"), (["-O2"], "-O2"), (["-O2", "-static"], "-O2 static"),
                         (["-O2", "-static-pie"], "-O2 static-pie"), (["-O2", "-no-pie"], "-O2 no-pie")):
            for strip in (False, True):
                yield Case(name, v, gnu(cc, "c.c", *flags), strip=strip, **c)
    for flags, v in ((["-O2"], "-O2"), (["-g", "-O0"], "-g -O0"), (["-O2", "-static"], "-O2 static"), (["-O0", "-static"], "-O0 static")):
        for strip in (False, True):
            yield Case("C (musl)", v, gnu("musl-gcc", "c.c", *flags), strip=strip, **c)
    for cc, flags in (("gcc", ["-O2"]), ("gcc", ["-O2", "-static"]), ("musl-gcc", ["-O2", "-static"])):
        for strip in (False, True):
            yield Case("clone(2)", " ".join([cc] + flags), gnu(cc, "rawclone.c", *flags), strip=strip, **c)
    for flags in (["-g", "-O0"], ["-O2"], ["-O2", "-static"]):
        for strip in (False, True):
            yield Case("C++", " ".join(flags), gnu("g++", "cxx.cc", *flags), r"^make_one\(int\)$",
                       r"^execute_native_thread_routine", r"^run_one\(int\)$", strip=strip)
            yield Case("C++ lambda", " ".join(flags), gnu("g++", "cxx_lambda.cc", *flags), r"^make_one\(int\)$",
                       r"^execute_native_thread_routine", r"make_one\(int\)::\{lambda", strip=strip)
    for flags in (["-g"], ["-O"]):
        for strip in (False, True):
            yield Case("Rust", " ".join(flags), gnu("rustc", "rust.rs", *flags), r"rust::make_one",
                       r"thread_start", r"make_one::|FnOnce.*call_once.*vtable.shim", strip=strip)
    for strip in (False, True):
        yield Case("Go", "", go(), r"^main\.makeOne|^main\.runOne", r"^runtime\.mstart", r"^main\.|^runtime\.", strip=strip)
    yield Case("Go", "-ldflags -s -w", go("-ldflags=-s -w"), r"^main\.", r"^runtime\.mstart", r"^main\.|^runtime\.")
    for strip in (False, True):
        yield Case("OpenMP", "-O2", gnu("gcc", "omp.c", "-fopenmp", "-O2"), r"^make_one", None, r"make_one.*omp_fn",
                   strip=strip)
    yield Case("Python", "python3", None, r"thread_PyThread_start_new_thread", r"pythread_wrapper|thread_run",
               r"thread_run", argv=["python3", os.path.join(SOURCES, "py.py")])


def frame_of(told):
    return {"symbol": told["symbol"] or "", "module": told["module"] or "", "at": int(told["module_offset"] or "0", 16)}


def label_of(told):
    return {"symbol": told or "", "module": "", "at": 0}


def observed(argv):
    """The creations of a run that nobody stopped, in the shape of the probe's."""
    with tempfile.NamedTemporaryFile(prefix="thrtrace-live-", suffix=".jsonl") as trace:
        out = run(PROBE, "--observe", "--creators=on", "--format=json", "-o", trace.name, *argv)
        if why_no_events(out.stderr):
            skip(why_no_events(out.stderr))
        lines = [json.loads(line) for line in open(trace.name, encoding="utf-8")]
    made = [e for e in lines if e["event"] == "birth" and e["task"] != "T0"]
    return [{"frames": [frame_of(f) for f in e.get("creator") or []],
             "unknown": (e.get("start_routine") or {"unknown": "no start routine"}).get("unknown"),
             "start": frame_of(e["start_routine"]) if "pc" in (e.get("start_routine") or {}) else None,
             "label": label_of(e.get("label"))} for e in made]


def creations(argv):
    if OBSERVED:
        return observed(argv)
    out = run(PROBE, "-n", "12", *argv)
    return [json.loads(line) for line in out.stdout.splitlines()]


def judge(case, made, table):
    """(chain reaches the function, start routine right, label right)"""
    def is_it(frame, pattern):
        if frame["symbol"]:
            return bool(re.search(pattern, frame["symbol"]))
        return covers(matching(table, pattern), frame["at"])
    chain = any(is_it(f, case.make) for f in made["frames"])
    start = not made["unknown"] and (case.start is None or is_it(made["start"], case.start) or
                                     (made["start"]["module"] or "").startswith("libstdc++"))
    label = not made["unknown"] and is_it(made["label"], case.label)
    if OBSERVED and not label and not made["unknown"]:
        # JSON has no label without a symbol. And what a library's structure pointed to is told by memory that was the
        # thread's own at its first instant alone: then the creator's function stands there, as it does on the page.
        # Or, where the program has the library in it, the library's routine.
        label = (is_it(made["label"], case.make) or made["label"]["symbol"] == made["start"]["symbol"]
                 if made["label"]["symbol"] else case.strip)
    return chain, start, label


def is_unknown(made, start, label):
    """A chain that is cut, a routine or a name that is not told: a program may be gone before it is looked at."""
    return made is None or ((start or made["unknown"]) and (label or made["unknown"] or not made["label"]["symbol"]))


def main():
    os.makedirs(WORK, exist_ok=True)
    bad, unknown, total, judged = 0, 0, 0, set()
    print(f"{'program':<12} {'built':<18} {'strip':<6} {'chain':<6} {'start':<6} {'label':<6} frames  behind the label")
    for n, case in enumerate(cases()):
        path, table = os.path.join(WORK, f"p{n}"), {}
        argv = case.argv
        if case.build:
            try:
                built = case.build(path)
            except FileNotFoundError as e:
                print(f"{case.lang:<12} {case.variant:<18} skipped: no {e.filename}")
                continue
            if built.returncode:
                print(f"{case.lang:<12} {case.variant:<18} skipped: {built.stderr.splitlines()[0][:60]}")
                continue
            table, argv = symbols(path), [path]
            if case.strip:
                run("strip", path)
        else:
            argv = [sys.executable] + argv[1:]
            if not matching(symbols(os.path.realpath(sys.executable)), case.label):
                print(f"{case.lang:<12} {case.variant:<18} skipped: the interpreter is stripped, its functions have no names")
                continue
        judged.add(case.lang)
        made = creations(argv)
        best = max((judge(case, m, table) + (i,) for i, m in enumerate(made)), default=(False, False, False, -1))
        chain, start, label, at = best
        ok = chain and start and label
        total += 1
        if OBSERVED and not ok and is_unknown(made[at] if at >= 0 else None, start, label):
            unknown += 1
        else:
            bad += not ok
        frame = made[at]["label"] if at >= 0 else {"symbol": "", "module": "", "at": 0}
        shown = frame["symbol"] or f"{frame['module']}+{frame['at']:#x}"
        say = lambda b: "yes" if b else "MISS"
        print(f"{case.lang:<12} {case.variant:<18} {'yes' if case.strip else '':<6} {say(chain):<6} {say(start):<6} "
              f"{say(label):<6} {len(made[at]['frames']) if at >= 0 else 0:>6}  {shown[:60]}")
        if not ok and os.environ.get("VERBOSE"):
            for m in made:
                print(json.dumps(m)[:3000])
    print(f"{bad} misses" + (f", {unknown} of {total} unknown" if OBSERVED else ""))
    if unknown * 20 > total:
        bad += 1
    if "C (glibc)" not in judged:
        print("not one program of C was built: is that a mistake in it?" if shutil.which("gcc") else "skipped: gcc is missing")
        return 1 if shutil.which("gcc") else 77
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
