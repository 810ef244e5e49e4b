#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What other programs say of the sources.

    check_style.py format|shell|spelling|tidy SOURCES [BUILD]

format: clang-format, whose output is the rule. shell: shellcheck, of every script. spelling: codespell, of every text; words
that it takes for wrong ones stand in .codespellrc. tidy: clang-tidy with the checks of .clang-tidy, of decode/ and tracer/ as
BUILD's compile_commands.json has them.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

from tree import files

VERSION = "14"  # of clang's tools: each writes and finds otherwise


def skip(reason):
    print("skipped:", reason)
    return 77


def clang_tool(name):
    """The command of the version that counts, and what was found instead."""
    said = None
    for command in (f"{name}-{VERSION}", name):
        if shutil.which(command):
            said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {VERSION}\.", said):
                return command, None
            said = re.search(r"version \S+", said)[0]
    return None, f"the rule is what {name} {VERSION} says; here is {said or 'none'}"


def check_format():
    command, other = clang_tool("clang-format")
    if not command:
        return skip(other)
    return subprocess.run([command, "--dry-run", "-Werror", *files(r"\.[ch]$")], check=False).returncode


def is_script(path):
    if path.endswith(".sh"):
        return True
    if "." in os.path.basename(path):
        return False
    with open(path, "rb") as f:
        return re.match(rb"#!/bin/(ba)?sh\b", f.readline()) is not None


def check_shell():
    if not shutil.which("shellcheck"):
        return skip("shellcheck is not installed")
    return subprocess.run(["shellcheck", *filter(is_script, files(r""))], check=False).returncode


def check_spelling():
    if not shutil.which("codespell"):
        return skip("codespell is not installed")
    # What was recorded is the machine's spelling, not ours.
    texts = files(r"(\.([chs]|def|inc|md|py|sh|go|rs|cpp|yml|txt|[1-8])|/CMakeLists\.txt|^\.ci/\w+)$")
    texts = [path for path in texts if not path.startswith(("tests/golden/", "tests/fuzz/corpus/"))]
    return subprocess.run(["codespell", "--config", ".codespellrc", *texts], check=False).returncode


def check_tidy(build):
    command, other = clang_tool("clang-tidy")
    if not command:
        return skip(other)
    sources = files(r"^(decode|tracer)/.*\.c$")
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        built = {os.path.relpath(os.path.realpath(entry["file"])) for entry in json.load(f)}
    sources = [path for path in sources if path in built]  # the others are for libraries or machines that are not here
    if len(sources) < 100:
        print(f"only {len(sources)} sources in {build}/compile_commands.json")
        return 1
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as some:
        runs = list(some.map(lambda path: subprocess.run([command, "-quiet", "-p", build, path], capture_output=True,
                                                         text=True, check=False), sources))
    bad = [run.stdout for run in runs if run.returncode]
    print("".join(bad))
    return len(bad) > 0


def main():
    what, top = sys.argv[1:3]
    build = [os.path.abspath(path) for path in sys.argv[3:]]
    os.chdir(os.path.realpath(top))
    return {"format": check_format, "shell": check_shell, "spelling": check_spelling, "tidy": check_tidy}[what](*build)


if __name__ == "__main__":
    sys.exit(main())
