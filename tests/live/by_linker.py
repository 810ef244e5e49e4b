#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Where thread-local variables lie is told alike of a program and of the dynamic linker with that program as its argument.

    by_linker.py THRTRACE PROGRAM
"""
import re
import subprocess
import sys

from harness import Failure, become_subreaper, check_leftovers, run, run_main, skip


def told(thrtrace, *argv):
    ran = run([thrtrace, "-o", "/dev/stderr", *argv], 30)
    check_leftovers("after the trace")
    found = re.search(r"^   tls +(.*)", ran.err, re.M)
    if ran.code != 0 or not found:
        raise Failure(f"{argv} under thrtrace ends with {ran.code}, and tells nothing of TLS:\n{ran.err}")
    return found.group(1)


def main():
    thrtrace, program = sys.argv[1:]
    become_subreaper()
    with open(program, "rb") as f:
        linker = re.search(rb"/lib[\w/.-]*/ld[\w.-]+", f.read(4096))
    if not linker:
        skip(f"{program} names no dynamic linker")
    linker = linker.group().decode()
    if subprocess.run([linker, program], capture_output=True, check=False).returncode != 0:
        skip(f"{linker} runs no program that is its argument")
    one, other = told(thrtrace, program), told(thrtrace, linker, program)
    if one != other:
        raise Failure(f"of the program: {one}\nof the linker with it: {other}")
    for module in ("own_tls 200 at base", "libc"):
        if module not in one:
            raise Failure(f"{module} is not told: {one}")


if __name__ == "__main__":
    run_main(main)
