#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""In a pid namespace whose /proc is that of another, thrtrace tells nothing rather than another process's name.

    outer_proc.py THRTRACE PROGRAM
"""
import subprocess
import sys

from harness import Failure, become_subreaper, check_leftovers, run, run_main, skip

WRAP = ["unshare", "--pid", "--fork", "--kill-child"]


def refused(argv):
    ran = run([*WRAP, *argv], 30)
    check_leftovers("after the trace")
    if ran.code != 125 or "/proc belongs to another pid namespace" not in ran.err or "--mount-proc" not in ran.err:
        raise Failure(f"{argv} ends with {ran.code} and says {ran.err!r}")


def main():
    thrtrace, program = sys.argv[1:]
    become_subreaper()
    try:
        probe = subprocess.run([*WRAP, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        skip("unshare(1) is missing")
    if probe.returncode != 0:
        skip("no pid namespace can be had")
    refused([thrtrace, program])
    refused([thrtrace, "-p", "1"])
    # With a /proc of its own it is as anywhere.
    ran = run([*WRAP, "--mount-proc", thrtrace, "-o", "/dev/stderr", program], 30)
    check_leftovers("after the trace")
    if ran.code != 0 or "THREADS of" not in ran.err:
        raise Failure(f"with its own /proc it ends with {ran.code} and says {ran.err!r}")
    # What reads of thrtrace itself alone goes on.
    ran = run([*WRAP, thrtrace, "--explain", "fork"], 30)
    if ran.code != 0:
        raise Failure(f"--explain ends with {ran.code} and says {ran.err!r}")


if __name__ == "__main__":
    run_main(main)
