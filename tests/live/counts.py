#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The table of calls, -c and -C, against strace's.

    counts.py THRTRACE THREADED PROGRAM...

Each program's calls and errors are those that strace -c -f counts of the calls that thrtrace follows; the table has strace's
form. THREADED makes threads; what is said of their calls, of sorting, columns and ways of tracing is tried with it.
"""
import re
import shutil
import subprocess
import sys

from harness import SLOWER, Failure, run_main, skip

TOOL, THREADED, PROGRAMS = sys.argv[1], sys.argv[2], sys.argv[2:]
USUAL = ["% time", "seconds", "usecs/call", "calls", "errors", "syscall"]


def table(*command):
    """Its titles, its rows as words by title, and what stands below it. strace and thrtrace write it to standard error."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60 * SLOWER, check=False)
    lines = done.stderr.splitlines()
    rules = [i for i, line in enumerate(lines) if re.fullmatch(r"-+( -+)+", line)]
    if len(rules) != 2:
        return None, [], done.stderr
    ends = [m.end() for m in re.finditer(r"-+", lines[rules[0]])]
    starts = [0] + [e + 1 for e in ends[:-1]]
    def cells(line):
        return [line[a:b].strip() for a, b in zip(starts, ends[:-1] + [None])]
    titles = cells(lines[rules[0] - 1])
    rows = [dict(zip(titles, cells(line))) for line in lines[rules[0] + 1:rules[1]] + [lines[rules[1] + 1]]]
    return titles, rows, "\n".join(lines[rules[1] + 2:])


def want(what, got, wanted):
    if got != wanted:
        raise Failure(f"{what}: {got!r}, not {wanted!r}")


def followed():
    text = subprocess.run([TOOL, "--list-calls"], capture_output=True, text=True, check=True).stdout
    return {line.split()[0] for line in text.splitlines() if line.strip()}


def counts(rows, calls):
    return {r["syscall"]: (r["calls"], r["errors"]) for r in rows[:-1] if r["syscall"] in calls}


def compared(program, calls):
    """Whether a wait is asked for at all, and how malloc's arenas lie, is a race of each run, and who traces shifts it: what
    differs does so always, and of a few runs of each one is as one of the other's."""
    mine, theirs = [], []
    for _ in range(8):
        titles, rows, _ = table(TOOL, "-c", "-f", program)
        other_titles, other, said = table("strace", "-c", "-f", program)
        if not other_titles:
            skip(f"strace counts nothing here: {said[-200:]}")
        want("titles", titles, other_titles)
        mine.append(counts(rows, calls))
        theirs.append(counts(other, calls))
        both = [count for count in mine if count in theirs]
        if both:
            return sum(int(n) for n, _ in both[0].values())
    differ = [name for name in set().union(*mine, *theirs) if all(m.get(name) != t.get(name) for m in mine for t in theirs)]
    raise Failure(f"calls and errors of {program}, {differ or 'together'}: {mine}, not one of {theirs}")


def sums(rows):
    *rows, total = rows
    want("last row", total["syscall"], "total")
    for title in ("calls", "errors"):
        want(f"sum of {title}", sum(int(r[title] or 0) for r in rows), int(total[title] or 0))
    if abs(sum(float(r["seconds"]) for r in rows) - float(total["seconds"])) > 1e-6 * len(rows):
        raise Failure(f"seconds of {rows} are not {total}")
    if abs(sum(float(r["% time"]) for r in rows) - 100) > 0.01 * len(rows):
        raise Failure(f"percents of {rows}")
    times = [float(r["seconds"]) for r in rows]
    want("rows by time", times, sorted(times, reverse=True))


def chosen():
    titles, rows, _ = table(TOOL, "-c", "-S", "calls", "-U", "calls,thread-calls,min-time,max-time,total-time", THREADED)
    want("titles", titles, ["calls", "by threads", "shortest", "longest", "seconds", "syscall"])
    n = [int(r["calls"]) for r in rows[:-1]]
    want("rows by calls", n, sorted(n, reverse=True))
    of = {r["syscall"]: r for r in rows}
    want("set_tid_address is the first thread's", of["set_tid_address"]["by threads"], "")
    robust = of["set_robust_list"]
    want("set_robust_list of each, by all but the first", int(robust["by threads"]), int(robust["calls"]) - 1)
    for r in rows:
        if not float(r["shortest"]) <= float(r["longest"]) <= float(r["seconds"]):
            raise Failure(f"times of {r}")
    _, rows, _ = table(TOOL, "-c", "-S", "name", "-e", "trace=clone3,clone,rseq", THREADED)
    names = [r["syscall"] for r in rows[:-1]]
    want("of the chosen calls, by name", names, sorted(set(names) & {"clone3", "clone", "rseq"}))


def beside():
    for form in ("text", "strace"):
        titles, rows, below = table(TOOL, "-C", f"--format={form}", "-e", "trace=all", THREADED)
        want(f"titles behind {form}", titles, USUAL)
        sums(rows)
        want(f"behind the table of {form}", below, "")
    done = subprocess.run([TOOL, "-C", "--format=strace", "-e", "trace=all", THREADED], capture_output=True, text=True, check=False)
    lines = [line for line in done.stderr.splitlines() if re.match(r"\d+ +\d+\.\d{6} (\w+\(.*= |<\.\.\. )", line)]
    lines = [line for line in lines if not line.endswith("= ?")]
    total = [line.split()[3] for line in done.stderr.splitlines() if line.endswith(" total")]
    want("lines of calls before the table, and its total", [str(len(lines))], total)
    for words, is_taken in (["-S", "calls"], False), (["-U", "calls"], False), (["-S", "calls", "--format=calls"], True), \
            (["-U", "calls", "--format=calls:/dev/null"], True):
        done = subprocess.run([TOOL, *words, THREADED], capture_output=True, text=True, check=False)
        if ("about the table of calls" in done.stderr) == is_taken or (done.returncode == 125) == is_taken:
            raise Failure(f"{words}: {done}")
    _, _, below = table(TOOL, "-C", THREADED)
    if "-e trace=all" not in below:
        raise Failure(f"-C counts what is shown, and says: {below!r}")


def not_counted():
    for option, word in (("--light", "light mode"), ("--observe", "--observe")):
        titles, _, said = table(TOOL, "-c", option, THREADED)
        if titles and option == "--light" or f"not counted {'in' if option == '--light' else 'by'} {word}" not in said:
            if "perf" in said or "kernel.perf_event_paranoid" in said:
                continue
            raise Failure(f"-c {option} says: {said!r}")


def main():
    if not shutil.which("strace"):
        skip("strace is missing")
    calls = followed()
    n = [compared(program, calls) for program in PROGRAMS]
    titles, rows, below = table(TOOL, "-c", THREADED)
    want("titles", titles, USUAL)
    want("below the table", below, "")
    sums(rows)
    chosen()
    beside()
    not_counted()
    print("calls that both count:", ", ".join(f"{p.rsplit('/', 1)[-1]} {k}" for p, k in zip(PROGRAMS, n)))


if __name__ == "__main__":
    run_main(main)
