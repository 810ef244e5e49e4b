#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""--format=strace against strace itself.

    strace_lines.py THRTRACE PROGRAM...

Each program is run under both. What a task's lines say must be the same, line by line; numbers that each run has of its own
are none of it, and the differences that thrtrace(1) lists are taken out (`told`). Each line is in strace's grammar; a line
that was left unfinished is resumed; strace-log-merge, and b3-strace-parser (npm) where node finds it, take them all.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_main, skip

TOOL, PROGRAMS = sys.argv[1], sys.argv[2:]
# Not futex: whether a wait is asked for at all is a race. Not munmap: malloc trims its arenas by where they happen to lie.
CALLS = ["clone", "clone3", "execve", "execveat", "exit", "exit_group", "mmap", "mprotect", "madvise", "set_robust_list",
         "set_tid_address", "rseq", "prctl", "sigaltstack", "tgkill", "unshare"]
OF_X86 = ["fork", "vfork", "arch_prctl"]

LINE = re.compile(r"(\d+) +(\d+\.\d{6}) (.*)")
NAME, END = r"[a-z]\w*", r"(?: <\d+\.\d{6}>)?"
RESULT = r" *= (?:-?\d+|0x[0-9a-f]+|-1 E[A-Z0-9]+ \(.*\)|\? E[A-Z]+ \(.*\)|\?|\? <unavailable>)" + END
GRAMMAR = [re.compile(p) for p in (
    rf"{NAME}\(.*\){RESULT}", rf"{NAME}\(.* <unfinished \.\.\.>", rf"<\.\.\. {NAME} resumed>.*\){RESULT}",
    r"--- SIG\w+ \{si_signo=SIG\w+(, si_\w+=\w+)+\} ---", r"--- stopped by SIG\w+ ---", r"\+\+\+ exited with \d+ \+\+\+",
    r"\+\+\+ killed by SIG\w+( \(core dumped\))? \+\+\+", r"\+\+\+ superseded by execve in pid \d+ \+\+\+")]
B3 = """const p = require("b3-strace-parser/lib/parser.js"); p.initialize({ trace: false });
let wrong = 0;
for (const line of require("fs").readFileSync(0, "utf8").split("\\n").filter(Boolean))
	try { p.parseLine(line, {}); } catch (e) { if (!/Unfinished/.test(e.constructor.name)) { wrong++; console.log(line); } }
process.exit(wrong ? 1 : 0);"""


def lines_of(path):
    with open(path, encoding="utf-8") as f:
        matches = [(line, LINE.fullmatch(line)) for line in f.read().splitlines()]
    for line, match in matches:
        if not match:
            raise Failure(f"no number and time before {line!r}")
    return [match.groups() for _, match in matches]


def whole(lines):
    """What each task's lines say, by its number; a call that was left and resumed is one line again."""
    of, left = collections.defaultdict(list), {}
    for tid, _, said in lines:
        if said.endswith(" <unfinished ...>"):
            if tid in left:
                raise Failure(f"{tid} leaves {said!r} after {left[tid]!r}")
            left[tid] = said[:-len(" <unfinished ...>")]
            continue
        resumed = re.match(r"<\.\.\. (\w+) resumed>(.*)", said)
        if resumed:
            begun = left.pop(tid, None) or next((left.pop(t) for t, b in list(left.items()) if b.startswith("execve(")), None)
            if not begun or not begun.startswith(resumed[1] + "("):
                raise Failure(f"{tid} resumes {said!r} after {begun!r}")
            said = begun + resumed[2]
        of[tid].append(said)
    return of


def told(said):
    """Less the numbers of one run, and less what thrtrace(1) lists as different."""
    said = re.sub(r" <\d+\.\d{6}>$", "", said)
    said = re.sub(r" => \{[^}]*\}", "", said)
    said = re.sub(r", si_(?!signo|code|addr)\w+=[^,}]*", "", said)
    if not said.startswith("execve"):
        said = said.replace('"...', '"')
    said = re.sub(r"^rseq\(\w+, \w+", "rseq(N, N", said)
    said = re.sub(r"^\+\+\+ superseded by .*", "+++ exited with 0 +++", said)
    said = re.sub(r"0x[0-9a-f]+|\b\d{3,}\b", "N", said)
    return re.sub(r"\) +=", ") =", said)


def stories(lines):
    """Of each task, in the order of births."""
    return [[told(said) for said in of] for of in whole(lines).values()]


def compared(program, where):
    name = os.path.basename(program)
    ours, theirs = f"{where}/{name}.ours", f"{where}/{name}.theirs"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 60, "check": False}
    x86 = OF_X86 if os.uname().machine == "x86_64" else []
    status = [subprocess.run(command + [program], **quiet).returncode for command in (
        [TOOL, "-f", "--format=strace", "-e", "trace=" + ",".join(CALLS + x86), "-e", "signal=all", "-o", ours],
        ["strace", "-f", "-ttt", "-T", "-e", "trace=" + ",".join(CALLS + x86), "-o", theirs])]
    if not os.path.exists(theirs) or not os.path.getsize(theirs):
        skip("strace traces nothing here")
    if status[0] != status[1]:
        raise Failure(f"{name}: exit status {status[0]}, of strace {status[1]}")
    mine, other = stories(lines_of(ours)), stories(lines_of(theirs))
    if not other[0][0].startswith("execve(") or mine[0][0] != other[0][0]:
        raise Failure(f"{name}: begins with {mine[0][0]!r}, of strace {other[0][0]!r}")
    if sorted(mine) != sorted(other):
        for a, b in zip(sorted(mine), sorted(other)):
            for x, y in zip(a + [None] * len(b), b + [None] * (len(a) - len(b) if len(a) > len(b) else 0)):
                if x != y:
                    raise Failure(f"{name}: {x!r}, of strace {y!r}")
        raise Failure(f"{name}: {json.dumps(mine, indent=1)}, of strace {json.dumps(other, indent=1)}")
    return sum(map(len, mine))


SIGNAL_SETS = ["all", "none", "!usr1", "SIGUSR1,chld", "!chld,10", "SIGRT_3"]


def chosen(program, where):
    """-e signal=SET of a program that no signal ends."""
    for signals in SIGNAL_SETS:
        seen = []
        for command in ([TOOL, "--format=strace"], ["strace", "-ttt"]):
            subprocess.run(command + ["-f", "-o", f"{where}/chosen", "-e", "trace=none", "-e", "signal=" + signals, program],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
            seen.append(sorted(re.findall(r"--- (SIG\w+)", "\n".join(said for _, _, said in lines_of(f"{where}/chosen")))))
        if seen[0] != seen[1]:
            raise Failure(f"-e signal={signals}: {seen[0]}, of strace {seen[1]}")


def tried(program, where):
    """Whom an execve ends before its first call, and whom after it, is a race of each run: what differs does so always."""
    for left in range(5, -1, -1):
        try:
            return compared(program, where)
        except Failure:
            if not left:
                raise
    return 0


def read_by_others(program, where):
    """All calls, waits among them."""
    path = f"{where}/all"
    subprocess.run([TOOL, "-f", "--format=strace", "-e", "trace=all", "-o", path, program], stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=60, check=False)
    lines = lines_of(path)
    whole(lines)
    for tid, _, said in lines:
        if not any(form.fullmatch(said) for form in GRAMMAR):
            raise Failure(f"not in strace's grammar: {tid} {said!r}")
    by = collections.defaultdict(list)
    for tid, at, said in lines:
        by[tid].append(f"{at} {said}\n")
    for tid, of in by.items(): # as strace -ff would have written it
        with open(f"{where}/log.{tid}", "w", encoding="utf-8") as f:
            f.writelines(of)
    if shutil.which("strace-log-merge"):
        merged = subprocess.run(["strace-log-merge", f"{where}/log"], capture_output=True, text=True, check=True).stdout
        if sorted(line.split() for line in merged.splitlines()) != sorted([tid, at] + said.split() for tid, at, said in lines):
            raise Failure(f"strace-log-merge makes of them:\n{merged}")
    found = shutil.which("node") and subprocess.run(
        ["node", "-e", 'require.resolve("b3-strace-parser/lib/parser.js")'], capture_output=True, check=False).returncode == 0
    if found:
        done = subprocess.run(["node", "-e", B3], input="".join(said + "\n" for _, _, said in lines), capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise Failure(f"b3-strace-parser can't read:\n{done.stdout}{done.stderr}")
    for tid in by:
        os.remove(f"{where}/log.{tid}")


def main():
    if not shutil.which("strace"):
        skip("strace is missing")
    with tempfile.TemporaryDirectory() as where:
        n = [tried(program, where) for program in PROGRAMS]
        for program in PROGRAMS:
            if os.path.basename(program) == "signals":
                chosen(program, where)
            read_by_others(program, where)
    print("lines that are the same:", ", ".join(f"{os.path.basename(p)} {k}" for p, k in zip(PROGRAMS, n)))


if __name__ == "__main__":
    run_main(main)
