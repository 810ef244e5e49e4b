#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Threads that nobody joins, as ThreadSanitizer reports them: the same number of the same lines.

    thread_leaks.py THRTRACE
"""
import collections
import os
import re
import subprocess
import sys
import tempfile

from harness import Failure, become_subreaper, run, run_traced, skip

HEAD = """#define _GNU_SOURCE
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
static pthread_t t[5];
static int tid[5];
static void *f(void *arg) { __atomic_store_n((int *)arg, (int)syscall(SYS_gettid), __ATOMIC_RELAXED); return arg; }
static void gone(int i)
{
	while (!__atomic_load_n(&tid[i], __ATOMIC_RELAXED) || syscall(SYS_tgkill, getpid(), __atomic_load_n(&tid[i], __ATOMIC_RELAXED), 0) == 0)
		usleep(1000);
}
"""
PROGRAMS = {
    "one": """int main(void) {
	pthread_create(&t[0], 0, f, &tid[0]);
	gone(0);
}""",
    "five of one line": """static void make(int i) {
	pthread_create(&t[i], 0, f, &tid[i]);
}
int main(void) {
	for (int i = 0; i < 5; i++)
		make(i);
	for (int i = 0; i < 5; i++)
		gone(i);
}""",
    "by a thread": """static void *g(void *arg) {
	pthread_create(&t[1], 0, f, &tid[1]);
	gone(1);
	return arg;
}
int main(void) {
	pthread_create(&t[0], 0, g, 0);
	pthread_join(t[0], 0);
}""",
    "one of three": """int main(void) {
	pthread_create(&t[0], 0, f, &tid[0]);
	pthread_create(&t[1], 0, f, &tid[1]);
	pthread_create(&t[2], 0, f, &tid[2]);
	pthread_join(t[0], 0);
	pthread_detach(t[1]);
	gone(2);
}""",
    "none": """int main(void) {
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], 0, f, &tid[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], 0);
}""",
}


def build(source, to, *options):
    return subprocess.run(["cc", "-g", "-O0", "-pthread", *options, "-o", to, source], capture_output=True).returncode == 0


def of_sanitizer(program):
    """Line: how many. It maps its shadow where randomized addresses would be in its way."""
    ran = run(["setarch", "-R", program], 60)
    if "FATAL: ThreadSanitizer" in ran.err or ran.code not in (0, 66):
        skip(f"ThreadSanitizer does not run here: {ran.err[:200]}")
    leaks = collections.Counter()
    for report in ran.err.split("WARNING: ThreadSanitizer: thread leak")[1:]:
        line = re.search(r"#1 .*?\.c:(\d+)", report)
        more = re.search(r"And (\d+) more similar", report)
        leaks[int(line[1])] += 1 + (int(more[1]) if more else 0)
    return leaks


def of_thrtrace(thrtrace, options, program):
    _, events = run_traced(thrtrace, options, [program], 60)
    leaks = collections.Counter()
    for e in events:
        if e["event"] == "finding" and e["id"] == "never-joined":
            n, line = re.match(r"(\d+) threads?, made by \w+ at \w+\.c:(\d+),", e["text"]).groups()
            leaks[int(line)] += int(n)
    return leaks


def main():
    thrtrace = os.path.abspath(sys.argv[1])
    become_subreaper()
    with tempfile.TemporaryDirectory(prefix="thrtrace-leaks-") as folder:
        source, plain, watched = (os.path.join(folder, n) for n in ("leaks.c", "plain", "watched"))
        for name, text in PROGRAMS.items():
            with open(source, "w", encoding="ascii") as f:
                f.write(HEAD + text + "\n")
            if not build(source, watched, "-fsanitize=thread") or not build(source, plain):
                skip("no compiler with ThreadSanitizer")
            wanted = of_sanitizer(watched)
            if bool(wanted) != (name != "none"):
                raise Failure(f"{name}: ThreadSanitizer itself says {wanted}")
            for options in [], ["--light"]:
                have = of_thrtrace(thrtrace, options, plain)
                if have != wanted:
                    raise Failure(f"{name} {options}: by line {dict(have)}, ThreadSanitizer says {dict(wanted)}")
    print(f"{len(PROGRAMS)} programs")


if __name__ == "__main__":
    try:
        main()
    except Failure as e:
        print(f"FAILED: {e}")
        sys.exit(1)
