#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""-e inject: a call fails in the program as asked, the kernel does not make it, and it is no finding.

    inject.py THRTRACE THR      (THR: the program of tests/tracees/thr.c: a thread, joined)
"""
import errno
import functools
import os
import sys

from harness import Failure, Trace, run, run_main, run_traced


def injected(events):
    return [(e["name"], e["errno"]) for e in events if e["event"] == "call" and e.get("injected")]


def expect(what, got, want):
    if got != want:
        raise Failure(f"{what}: {got}, expected {want}")


def births(events):
    return len(Trace(events).births)


@functools.cache
def creation(thrtrace, thr):
    """The call that this C library makes threads with: clone3, or clone where it has no wrapper of that for the machine."""
    return next(birth["via"] for birth in Trace(run_traced(thrtrace, [], [thr], 30)[1]).births.values() if birth["kind"] == "thread")


def creation_fails(thrtrace, thr, options):
    ran, events = run_traced(thrtrace, [*options, "-e", f"inject={creation(thrtrace, thr)}:error=EAGAIN"], [thr], 30)
    expect("pthread_create's program ends with", ran.code, 1)
    expect("what failed", injected(events), [(creation(thrtrace, thr), "EAGAIN")])
    expect("tasks", births(events), 1)
    expect("findings", [e for e in events if e["event"] == "finding"], [])


def the_library_falls_back(thrtrace, thr, options):
    if creation(thrtrace, thr) != "clone3":
        return
    ran, events = run_traced(thrtrace, [*options, "-e", "inject=clone3:error=ENOSYS"], [thr], 30)
    expect("the program ends with", ran.code, 0)
    expect("what failed", injected(events), [("clone3", "ENOSYS")])
    expect("tasks", births(events), 2)


def what_passes_otherwise_is_stopped(thrtrace, thr, options):
    """Calls that the default filter lets pass, or a part of them."""
    _, plain = run_traced(thrtrace, [*options, "-e", "trace=munmap"], [thr], 30)
    unmaps = {e["name"] for e in plain if e["event"] == "call"} & {"munmap"}  # of ld.so.cache, where there is one
    _, events = run_traced(thrtrace, [*options, "-e", "inject=set_robust_list,rseq,munmap:error=EPERM"], [thr], 30)
    got = {name for name, _ in injected(events)}
    if not {"set_robust_list", *unmaps} <= got:
        raise Failure(f"only {got} were made to fail")


def another_than_asked_is_made(thrtrace, thr, options):
    ran, events = run_traced(thrtrace, [*options, "-e", f"inject={creation(thrtrace, thr)}:error=EAGAIN:when=2"], [thr], 30)
    expect("the program ends with", ran.code, 0)
    expect("what failed", injected(events), [])
    expect("tasks", births(events), 2)


def no_stack_is_mapped(thrtrace, thr, options):
    ran, events = run_traced(thrtrace, [*options, "-e", f"inject=mprotect:error={errno.ENOMEM}:when=1+", "-e", "trace=mmap,clone3,mprotect"],
                             [thr], 30)
    if ran.code not in (1, 127):
        raise Failure(f"the program ends with {ran.code}")
    if ("mprotect", "ENOMEM") not in injected(events):
        raise Failure(f"no mprotect failed: {injected(events)}")


def where_nothing_stops(thrtrace, thr):
    for options in (["--light"], ["--record", "/dev/null"], ["-p", str(os.getpid())]):
        ran = run([thrtrace, *options, "-e", "inject=clone3:error=EAGAIN", *([] if "-p" in options else [thr])], 30)
        if ran.code != 125 or "-e inject" not in ran.err:
            raise Failure(f"{options}: {ran.code}, {ran.err}")


def main():
    thrtrace, thr = sys.argv[1:]
    for options in ([], ["--no-seccomp"]):
        for case in (creation_fails, the_library_falls_back, what_passes_otherwise_is_stopped, another_than_asked_is_made, no_stack_is_mapped):
            case(thrtrace, thr, options)
            print(f"{' '.join(options) or 'default'}: {case.__name__}")
    where_nothing_stops(thrtrace, thr)
    return 0


sys.exit(run_main(main))
