#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What became of each thread's join: waited for, late, detached before or after the start, never. By glibc and, where its
compiler is there, by musl; and by execve, which takes what was noted with it.

    joins.py THRTRACE SOURCE PROGRAM

PROGRAM is SOURCE, built with glibc.
"""
import os
import re
import subprocess
import sys

from harness import Failure, in_own_folder, run, run_traced, skip

# glibc notes that it was joined, and not by whom; musl only that its memory is gone.
GLIBC = {"T1": ("T0", "waited"), "T2": ("T0 (late)", "late"), "T3": ("detached", "detached"), "T4": ("never", "never"),
         "T5": ("detached", "detached")}
WANT = {
    ("glibc", "filter"): GLIBC,
    ("glibc", "all"): GLIBC,
    ("glibc", "light"): {**GLIBC, "T1": ("T0|joined", "joined"), "T2": ("T0|joined", "joined")},
    ("musl", "filter"): {**GLIBC, "T2": ("freed", "freed")},
    ("musl", "light"): {**GLIBC, "T1": ("freed", "freed"), "T2": ("freed", "freed")},
}
MODES = {"filter": [], "all": ["--no-seccomp"], "light": ["--light"]}


def rows_of(thrtrace, options, argv):
    events = run_traced(thrtrace, options, argv, 60)[1]
    return {row["task"]: row for row in events[-1]["threads"]}


def table_of(thrtrace, options, argv):
    text = run([thrtrace, *options, "--", *argv], 60).err
    return {m[1]: m[2] for m in re.finditer(r"^  (T\d+) .*?\)  +(\S.*?)$", text, re.M)}


def check(thrtrace, program, options, want):
    rows, table = rows_of(thrtrace, options, [program]), table_of(thrtrace, options, [program])
    for task, (cell, word) in want.items():
        if rows[task].get("join") != word:
            raise Failure(f"{program} {options}: {task} is {rows[task].get('join')}, not {word}")
        if not re.fullmatch(cell.replace("(", r"\(").replace(")", r"\)"), table.get(task, "")):
            raise Failure(f"{program} {options}: JOINED of {task} is {table.get(task)!r}, not {cell!r}")


def new_glibc():
    """From 2.43 on the record says neither."""
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    return name == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 43)


def built_with_musl(folder, source):
    """The program's path; None without musl's compiler."""
    program = os.path.join(folder, "musl")
    try:
        built = subprocess.run(["musl-gcc", "-D_GNU_SOURCE=", "-O1", "-pthread", "-o", program, source], check=False)
    except FileNotFoundError:
        return None
    return program if built.returncode == 0 else None


def body(folder):
    thrtrace, source, program = sys.argv[1:]
    programs = {"glibc": None if new_glibc() else program, "musl": built_with_musl(folder, source)}
    for (library, mode), want in WANT.items():
        if programs[library]:
            check(thrtrace, programs[library], MODES[mode], want)
        else:
            print(f"{library}: not tried")
    if not any(programs.values()):
        skip("glibc's record says neither from 2.43 on, and musl-gcc is missing")
    if programs["glibc"]:
        rows = rows_of(thrtrace, [], [program, "/bin/true"])
        got = [rows[t].get("join") for t in ("T1", "T2", "T3", "T4", "T5")]
        if got != ["waited", "late", "detached", None, "detached"]:
            raise Failure(f"before an execve: {got}")


if __name__ == "__main__":
    sys.exit(in_own_folder(body))
