# SPDX-License-Identifier: MIT
"""What the scripts of this folder share: a record's replay in one view, and what was found wrong with it."""
import subprocess
import sys

TOOL, TAPE = sys.argv[1:3]
WRONG = []


def replay(form):
    return subprocess.run([TOOL, f"--replay={TAPE}", f"--format={form}"], capture_output=True, text=True, check=True).stdout


def want(what, got, wanted):
    if got != wanted:
        WRONG.append(f"{what}: {got}, wanted {wanted}")
