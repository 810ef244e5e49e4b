#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The page of a 32-bit program says what the page of a 64-bit one does.

    page32.py THRTRACE THR THR32 [OPTION...]

THR and THR32 are one program, built for both. Compared are the lines that must be there, in their order, with numbers,
sizes and the names of libc's own frames left out.
"""
import re
import sys

from harness import Failure, become_subreaper, check_leftovers, run, run_main


def shape(page):
    lines = []
    for line in page.splitlines():
        line = re.sub(r"^\s*(created by .*\(main < \w+).*", r"\1", line)  # libc's frames have other names, or none
        line = re.sub(r"TLS base \((fs_base|of gs)\) 0x[0-9a-f]+(, from the struct user_desc at 0x[0-9a-f]+)?", "TLS base", line)
        line = re.sub(r"0x[0-9a-f]+", "#", line)
        line = re.sub(r"\d+(\.\d+)? (ns|us|ms|s|KiB|MiB)\b", "#", line)
        line = re.sub(r"\bthr\w*", "thr", line)
        line = re.sub(r"\d+", "#", line)
        line = re.sub(r"[\s+-]+", " ", line).strip()
        # In the table: who joined it. The creator may come to that before its end, or late.
        lines.append(re.sub(r"exit\(#\) T#( \(late\))?$", "exit(#)", line))
    return lines


def page_of(thrtrace, options, program):
    ran = run([thrtrace, "-o", "/dev/stderr", *options, program], 30)
    check_leftovers("after the trace")
    if ran.code != 0:
        raise Failure(f"{program} under thrtrace ends with {ran.code}\n{ran.err}")
    return ran.err


def main():
    thrtrace, thr, thr32, *options = sys.argv[1:]
    become_subreaper()
    run([thr32], 30)  # no 32-bit programs at all: skipped
    page, page32 = page_of(thrtrace, options, thr), page_of(thrtrace, options, thr32)
    # Which of two threads is seen first is the kernel's choice, and so are lines that tell of a wait.
    want, got = sorted(set(shape(page))), sorted(set(shape(page32)))
    odd = [line for line in set(want) ^ set(got) if not re.search(r"futex|join|wait|\.\.\.$|ran |switch", line)]
    if odd:
        raise Failure("not on both pages:\n" + "\n".join(odd) + f"\n\n64-bit:\n{page}\n32-bit:\n{page32}")
    for must in (r"created by   T0 in main at thr\.c:\d+", r"starts in    \w+ at thr\.c:\d+, arg 0x2a", "robust list empty",
                 "points to itself", r"guard 0x[0-9a-f]+, 4 KiB, PROT_NONE"):
        if "--light" not in options and not re.search(must, page32):
            raise Failure(f"the page does not say {must!r}:\n{page32}")


if __name__ == "__main__":
    run_main(main)
