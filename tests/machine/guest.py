#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs tests in a guest, as ctest does: each by its command, with its limit of time times SLOWER, in its folder, twice as many
at once as there are processors (a test waits for longer than it computes); those alone that ctest runs alone.

    guest.py TESTS LIST ARCH [REGEX]

TESTS: what ctest --show-only=json-v1 says. LIST: which of them run where, see tests.list. Exit status 1 when one has failed.
"""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import time

SLOWER = 10  # than the machine that ctest's limits are for, most of it by emulation
SKIP = 77


def rules(path):
    """(REGEX, None) of "run REGEX" and (REGEX, why) of "not REGEX ARCH WHY", by what is said last first."""
    found = []
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.split(None, 1)
            if not words or words[0].startswith("#"):
                continue
            if words[0] == "run":
                found.append((words[1].strip(), "any", None))
            else:
                found.append(tuple(words[1].strip().split(None, 2)))
    return found[::-1]


def why_not(name, arch, said):
    for regex, where, why in said:
        if where in ("any", arch) and re.fullmatch(regex, name):
            return why
    return "not a test for other machines"


def properties(test):
    return {p["name"]: p["value"] for p in test.get("properties", ())}


def run(test):
    """Its status, or None when its time was over, and what it printed."""
    said = properties(test)
    command = test["command"]
    if os.path.basename(command[0]).startswith("qemu-"):  # [QEMU, "-L", ROOT, ...]: how they are run where they are built
        command = command[3:]
    if os.path.basename(command[0]).startswith("python3"):
        command = ["/usr/bin/python3", *command[1:]]
    environment = dict(os.environ, THRTRACE_SLOWER=str(SLOWER), **dict(word.split("=", 1) for word in said.get("ENVIRONMENT", ())))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # nothing there is kept, and compiling takes longest of all
    folder = said["WORKING_DIRECTORY"]
    os.makedirs(folder, exist_ok=True)
    try:
        ran = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, timeout=said.get("TIMEOUT", 60) * SLOWER, check=False)
        return ran.returncode, ran.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return None, (e.stdout or b"").decode(errors="replace")
    except OSError as e:
        return -1, str(e)


def judge(test):
    """Runs it, tells how it went, and returns that in a word."""
    began = time.monotonic()
    status, out = run(test)
    result = {0: "ok", SKIP: "skipped"}.get(status, "FAILED")
    lines = out.strip().splitlines()
    why = {"ok": "", "skipped": lines[-1][-160:] if lines else ""}.get(result, f"status {status}" if status is not None else "its time was over")
    told = [f"       | {line[:1000]}" for line in lines[-60:]] if result == "FAILED" else []
    told.append(f"{result:6} {test['name']} {time.monotonic() - began:.1f} s{': ' + why if why else ''}")
    print("\n".join(told), flush=True)
    return result


def alone(test):
    return bool(properties(test).get("RUN_SERIAL"))


def main():
    tests, rows, arch, regex = (sys.argv[1:] + ["."])[:4]
    said = rules(rows)
    counts = {"ok": 0, "FAILED": 0, "skipped": 0}
    with open(tests, encoding="utf-8") as f:
        tests = [test for test in json.load(f)["tests"] if re.search(regex, test["name"]) and "command" in test
                 and why_not(test["name"], arch, said) is None]
    with concurrent.futures.ThreadPoolExecutor(2 * os.cpu_count()) as pool:
        results = list(pool.map(judge, (test for test in tests if not alone(test))))
    for result in results + [judge(test) for test in tests if alone(test)]:
        counts[result] += 1
    print(", ".join(f"{count} {result}" for result, count in counts.items()), f"on Linux {os.uname().release} {arch}")
    return 1 if counts["FAILED"] or not counts["ok"] else 0


if __name__ == "__main__":
    sys.exit(main())
