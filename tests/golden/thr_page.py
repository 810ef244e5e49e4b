#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of the README's program, under the C library that is here, is the one kept for it in golden/thr/.

    thr_page.py THRTRACE THR [--expect]

--expect writes the page instead. Left out is what differs from run to run and from kernel to kernel:

- addresses: @1, @2, ... in the order in which they first come up, so that what is the same place stays so
- the numbers of the two tasks, times, pages touched, turns on the CPU
- which of two threads was seen first: T0's part is told before T1's, and its wait in one piece
- what T0 finds in the word that it waits on: T1 may be ending already
- what the kernel adds: its version, the size of its rseq area, what kcmp can prove
- libc's own frames below pthread_create: their names are in libc6-dbg
"""
import difflib
import os
import platform
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
from harness import Failure, become_subreaper, check_leftovers, run, run_main, skip  # noqa: E402

PAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "thr")

RULES = (
    (r"\b\d+(\.\d+)? (ns|us|ms|s)\b", "TIME"),
    (r"(?m)^( +ran  ).*", r"\1..."),
    (r"(?m)^( +proved  ).*", r"\1..."),
    (r"touched \d+ KiB", "touched N KiB"),
    (r"< pthread_create <.*\)", "< pthread_create < ...)"),
    (r"Linux \d+\.\d+", "Linux N"),
    # Where the wait is told before that end: on a busy machine it may not be, or not be over.
    (r"; (joined by T0 after TIME|T0 waits to join it)", ""),
    (r"^thrtrace \d+\.\d+\.\d+:", "thrtrace V:"),
    (r"(rseq\([^,]*, )\d+", r"\1SIZE"),
    (r"(futex\(.*) \.\.\.\n((?: +\|.*\n)*)T0 <T0>  futex\(\S+ \.\.\.\) = 0, begun TIME ago\n", r"\1 = 0\n\2"),
    (r"(futex\([^,]*, [A-Z_|]+, )[^,]+", r"\1WORD"),
)


def by_task(page):
    """An item is a line of its own with what is indented below it: T0's items, then T1's, then those of neither."""
    head, *items = re.split(r"\n+(?=\S)", page.strip())
    labels = [re.match(r"(?:== )?(T\d+) |", item).group(1) or "neither" for item in items]
    order = sorted(range(len(items)), key=lambda i: (labels[i] == "neither", labels[i], i))
    return "\n".join([head] + [items[i] for i in order]) + "\n"


def shape(page):
    for label, task in re.findall(r"^== (T\d+) \([pt]id (\d+)\)", page, re.M):
        page = re.sub(rf"\b{task}\b", f"<{label}>", page)
    page = by_task(page)
    for pattern, to in RULES:
        page = re.sub(pattern, to, page)
    places = {}
    page = re.sub(r"0x[0-9a-f]{9,}", lambda m: places.setdefault(m.group(), f"@{len(places) + 1}"), page)
    # The columns of the table are as wide as what is left out.
    head, table = page.split("THREADS of", 1)
    table = re.sub(r" {2,}", "  ", table)
    table = re.sub(r"(\d+ MiB  )\d+ KiB", r"\1N KiB", table)
    return f"{head}THREADS of{table}"


def one_page(thrtrace, thr):
    """A page on which T0 sleeps once, until T1 has ended: where T1 was quicker there is no wait to tell of, or two."""
    for _ in range(50):
        ran = run([thrtrace, "-o", "/dev/stderr", thr], 30)
        check_leftovers("after the trace")
        if ran.code != 0:
            raise Failure(f"thr under thrtrace ends with {ran.code}\n{ran.err}")
        if "T0 has joined T1: it waited" in ran.err and ran.err.count("FUTEX_WAIT") == 1:
            return ran.err
    raise Failure(f"T0 never waits for T1:\n{ran.err}")


def main():
    thrtrace, thr, *options = sys.argv[1:]
    if os.sysconf("SC_PAGESIZE") != 4096:
        skip("what is given back of a stack depends on the size of a page")
    become_subreaper()
    page = one_page(thrtrace, thr)
    libc = re.match(r".*, (\w+) (\d+)\.(\d+)$", page.splitlines()[0])
    if not libc:
        raise Failure(f"no C library is named: {page.splitlines()[0]}")
    name, *version = libc.groups()
    kernel = tuple(int(n) for n in re.match(r"(\d+)\.(\d+)", platform.release()).groups())
    if name == "glibc" and tuple(map(int, version)) >= (2, 42) and kernel < (6, 13):
        skip("this glibc makes other guards where the kernel has no MADV_GUARD_INSTALL")
    machine = "" if platform.machine() == "x86_64" else f"-{platform.machine()}"
    path = os.path.join(PAGES, f"{name}-{'.'.join(version)}{machine}.txt")
    got = shape(page)
    if options == ["--expect"]:
        with open(path, "w", encoding="utf-8") as f:
            f.write(got)
        return
    if not os.path.exists(path):
        skip(f"there is no page for {name} {'.'.join(version)}, {platform.machine()}")
    with open(path, encoding="utf-8") as f:
        want = f.read()
    if want != got:
        raise Failure("".join(difflib.unified_diff(want.splitlines(True), got.splitlines(True), path, "now")) + "\n" + page)


if __name__ == "__main__":
    run_main(main)
