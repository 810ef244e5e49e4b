#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""leak_check.py THRTRACE: LeakSanitizer traces the threads of its program, which thrtrace does already: it is said by whom the
program is ended, where it is, and of no other end.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from harness import Failure, run_main, skip

SOURCE = """
#include <pthread.h>
#include <stdlib.h>
static void *volatile kept;
static void *leak(void *arg) { kept = malloc(4711); kept = NULL; return arg; }
int main(int argc, char **argv)
{
	pthread_t t;
	if (argc > 1)
		return atoi(argv[1]);
	return pthread_create(&t, NULL, leak, NULL) || pthread_join(t, NULL);
}
"""
WAYS = {"default": [], "all": ["--no-seccomp"], "light": ["--light"]}


def build(folder, compiler, sanitizer):
    """The program that leaks from a thread; None where it can't be made."""
    source, program = os.path.join(folder, "leaks.c"), os.path.join(folder, f"leaks-{compiler}-{sanitizer}")
    with open(source, "w", encoding="ascii") as f:
        f.write(SOURCE)
    if not shutil.which(compiler):
        return None
    done = subprocess.run([compiler, "-g", f"-fsanitize={sanitizer}", "-pthread", "-o", program, source], capture_output=True, check=False)
    return None if done.returncode else program


def findings(thrtrace, options, argv, env=()):
    """Which of ours are told, and the status."""
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run([thrtrace, *options, "--format=json", "-o", out.name, "--", *argv], env={**os.environ, **dict(env)},
                              capture_output=True, timeout=60, check=False)
        lines = [json.loads(line) for line in open(out.name, encoding="utf-8")]
    return [e["id"] for e in lines if e["event"] == "finding" and e["id"] == "leak-check-failed"], done.returncode


def check(thrtrace, program, options):
    off = {"ASAN_OPTIONS": "detect_leaks=0", "LSAN_OPTIONS": "detect_leaks=0"}
    told, status = findings(thrtrace, options, [program])
    if told != ["leak-check-failed"] or status == 0:
        raise Failure(f"{program} {options}: {told}, status {status}")
    for argv, env, want in (([program], off, 0), ([program, "3"], off, 3), (["sh", "-c", "exit 4"], {}, 4)):
        got = findings(thrtrace, options, argv, env.items())
        if got != ([], want):
            raise Failure(f"{argv} {options}: {got}, expected nothing and {want}")


def main():
    thrtrace = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="thrtrace-live-") as folder:
        made = [build(folder, compiler, sanitizer) for compiler in ("gcc", "clang") for sanitizer in ("leak", "address")]
        made = [program for program in made if program]
        if not made:
            skip("no compiler has a LeakSanitizer")
        for program in made:
            for options in WAYS.values():
                check(thrtrace, program, options)


if __name__ == "__main__":
    run_main(main)
