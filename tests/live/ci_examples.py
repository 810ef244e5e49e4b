#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What README tells those to write who test with thrtrace: it is run.

    ci_examples.py THRTRACE README RIGHT WRONG...

The commands of its section, and those of the GitHub and GitLab examples, where ./test is RIGHT, which has no finding, and
where it is WRONG..., which has errors. Each ends as it is said; the file that an example hands over is what its reader takes.
"""
import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

TOOL, README, RIGHT, WRONG = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]


class Failure(Exception):
    pass


def section(text):
    return re.search(r"^## In a test that is to fail\n(.*?)^## ", text, re.S | re.M)[1]


def commands_of(text):
    """$ command   # comment"""
    return [line.split("   #")[0] for line in re.findall(r"^\$ (.*)$", text, re.M)]


def examples_of(text):
    """(which, its commands, the files that it hands over) of each block of YAML."""
    found = []
    for block in re.findall(r"^```yaml\n(.*?)^```", text, re.S | re.M):
        commands = re.findall(r"(?:run|script): (.*)$", block, re.M)
        sarif, junit = re.findall(r"sarif_file: (\S+)", block), re.findall(r"junit: (\S+)", block)
        found.append(("GitHub" if "uses:" in block else "GitLab", commands, sarif, junit))
    return found


def sh(command):
    return subprocess.run(["sh", "-ec", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
                          check=False).returncode


def be_test(argv):
    with open("test", "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nexec " + shlex.join(argv) + "\n")
    os.chmod("test", stat.S_IRWXU)


def findings_in(which, sarif, junit):
    """How many the files have that are no passes."""
    n = 0
    for name in sarif:
        with open(name, encoding="utf-8") as f:
            log = json.load(f)
        if log["version"] != "2.1.0":
            raise Failure(f"{which}: {name} is SARIF {log['version']}")
        n += sum(len(run["results"]) for run in log["runs"])
    for name in junit:
        n += len(ElementTree.parse(name).getroot().findall(".//failure"))
    if not sarif and not junit:
        raise Failure(f"{which}: the example hands no file over")
    return n


def tried(text, argv, is_wrong):
    be_test(argv)
    for command in commands_of(text):
        status = sh(command)
        fails = is_wrong and ("--fail-on=error" in command or "--fail-on=warning" in command) and "--baseline" not in command
        want = (99 if "--error-exitcode=99" in command else 1) if fails else 0
        if status != want:
            raise Failure(f"$ {command}: exit status {status}, not {want}")
    for which, commands, sarif, junit in examples_of(text):
        for command in commands:
            status = sh(command)
            if (status != 0) != is_wrong:
                raise Failure(f"{which}: {command}: exit status {status}")
        n = findings_in(which, sarif, junit)
        if (n != 0) != is_wrong:
            raise Failure(f"{which}: {n} findings are handed over")


def main():
    with open(README, encoding="utf-8") as f:
        text = section(f.read())
    if len(commands_of(text)) < 5 or [e[0] for e in examples_of(text)] != ["GitHub", "GitLab"]:
        raise Failure(f"the section has other commands: {commands_of(text)}, {examples_of(text)}")
    with tempfile.TemporaryDirectory() as where:
        os.symlink(TOOL, f"{where}/thrtrace")
        os.environ["PATH"] = f"{where}:{os.environ['PATH']}"
        os.chdir(where)
        tried(text, WRONG, True)
        tried(text, [RIGHT], False)
        os.chdir("/")
    print(f"examples: {len(commands_of(text))} commands, GitHub, GitLab")


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        print(failure)
        sys.exit(1)
