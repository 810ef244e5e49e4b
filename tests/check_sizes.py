#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How long a file, a line and a function may be, and how many parameters a function may have.

    check_sizes.py SOURCES

The lists below name what is longer, and why; an entry that is no longer needed fails as well. Needs universal-ctags.
"""
import json
import os
import re
import shutil
import subprocess
import sys

from tree import files

FILE_LINES, LINE_COLUMNS, FUNCTION_LINES, PARAMETERS = 600, 120, 60, 6

# Lists in one order, which a cut would only hide.
LONG_FILES = {
    "decode/verdict/refusals.c": "one rule after another, in the kernel's order",
    "tracer/tape/kernel_tape.c": "a function a question, as struct kernel lists them",
    "tests/live/attach.py": "a case list",
    "tests/live/flagdiff.c": "a case list",
    "tests/unit/findings/test_findings.c": "a case list",
    "tests/unit/follow/test_races.c": "a case list",
    "tests/unit/sinks/test_sinks.c": "to be split",
}
LONG_LINES = ("tracer/follow/run.c",)
LONG_FUNCTIONS = {
    "tests/tracees/children.c:main": "a case list",
    "tests/unit/abi/test_abi.c:numbers_are_those_of_this_host": "a row a call",
    "tests/unit/tables/test_tables.c:prctl_operations_are_those_of_the_system": "a row an operation",
    "tests/unit/tables/test_tables.c:si_codes_are_those_of_the_system": "a row a code",
}
MANY_PARAMETERS = {
    "tests/live/rawclone.h:raw_clone": "a call and its arguments",
    "tests/unit/model/test_stack.c:is": "a row of what is expected",
}


def columns(line):
    return len(line.expandtabs(8))


def functions(paths):
    """(path, name, lines, parameters) of each."""
    out = subprocess.run(["ctags", "--output-format=json", "--fields=+neS", "--languages=C", "--langmap=C:.c.h",
                          "--kinds-C=f", "-f", "-", "-L", "-"], input="\n".join(paths), capture_output=True, text=True,
                         check=True).stdout
    for line in out.splitlines():
        tag = json.loads(line)
        if tag["_type"] != "tag" or "end" not in tag:
            continue
        depth, count = 0, 0
        inside = re.sub(r"\s", "", tag["signature"])[1:-1]
        for c in inside:
            depth += (c == "(") - (c == ")")
            count += c == "," and depth == 0
        count += inside not in ("", "void")
        yield tag["path"], tag["name"], tag["end"] - tag["line"] + 1, count


def judge(what, limit, found, exceptions):
    """found: name -> how much. The number of complaints."""
    bad = [f"{name} has {n} {what}, more than {limit}" for name, n in sorted(found.items())
           if n > limit and name not in exceptions]
    bad += [f"{name} needs no exception any more: it has {found.get(name, 'no')} {what}" for name in exceptions
            if found.get(name, 0) <= limit]
    print("\n".join(bad), end="\n" if bad else "")
    return len(bad)


def main():
    os.chdir(sys.argv[1])
    if not shutil.which("ctags") or "Universal" not in subprocess.run(["ctags", "--version"], capture_output=True, text=True).stdout:
        print("skipped: universal-ctags is not installed")
        return 77
    code = files(r"\.[ch]$")
    lengths, bad = {}, 0
    for path in code + files(r"\.(py|sh|js|css)$"):
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines()
        lengths[path] = len(lines)
        for number, line in enumerate(lines, 1):
            if path in code and columns(line) > LINE_COLUMNS and path not in LONG_LINES:
                print(f"{path}:{number}: {columns(line)} columns, more than {LINE_COLUMNS}")
                bad += 1
    bad += judge("lines", FILE_LINES, lengths, LONG_FILES)
    by_lines, by_parameters = {}, {}
    for path, name, lines, parameters in functions(code):
        by_lines[f"{path}:{name}"], by_parameters[f"{path}:{name}"] = lines, parameters
    if len(by_lines) < 1000:
        print(f"only {len(by_lines)} functions found: is this ctags of another kind?")
        bad += 1
    bad += judge("lines", FUNCTION_LINES, by_lines, LONG_FUNCTIONS)
    bad += judge("parameters", PARAMETERS, by_parameters, MANY_PARAMETERS)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
