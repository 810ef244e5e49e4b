#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What other programs say of the sources.

    check_style.py format|shell|spelling SOURCES

format: clang-format 14, whose output is the rule (each version has its own). shell: shellcheck, of every script.
spelling: codespell, of every text; words that it takes for wrong ones stand in .codespellrc.
"""
import os
import re
import shutil
import subprocess
import sys

from tree import files

FORMAT_VERSION = "14"


def skip(reason):
    print("skipped:", reason)
    return 77


def check_format():
    said = None
    for command in ("clang-format-" + FORMAT_VERSION, "clang-format"):
        if shutil.which(command):
            said = subprocess.run([command, "--version"], capture_output=True, text=True, check=True).stdout.strip()
            if re.search(rf"version {FORMAT_VERSION}\.", said):
                return subprocess.run([command, "--dry-run", "-Werror", *files(r"\.[ch]$")], check=False).returncode
    return skip(f"the rule is what clang-format {FORMAT_VERSION} writes; here is {said or 'none'}")


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


def main():
    what, top = sys.argv[1:]
    os.chdir(top)
    return {"format": check_format, "shell": check_shell, "spelling": check_spelling}[what]()


if __name__ == "__main__":
    sys.exit(main())
