#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What became of each thread's join: waited for, late, detached before or after the start, never. By glibc and, where its
compiler is there, by musl; and by execve, which takes what was noted with it.

    joins.py THRTRACE
"""
import os
import re
import subprocess
import sys

from harness import Failure, in_own_folder, run, run_traced

SOURCE = r"""#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static volatile pid_t quick_tid[6];
static void nap(void) { usleep(1000); }
static void *quick(void *arg) { *(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid); return arg; }
static void gone(volatile pid_t *tid)
{
	while (!*tid)
		nap();
	while (syscall(SYS_tgkill, getpid(), *tid, 0) == 0)
		nap();
}
static void *slow(void *arg) { gone(&quick_tid[5]); return arg; }
/* Its stack is given back by itself: the next thread's is there already, and not in its place. */
static void *alone(void *arg)
{
	while (!quick_tid[4])
		nap();
	return quick(arg);
}
static void *lets_slow_end(void *arg)
{
	char path[64], text[8];
	snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", getpid());
	do { /* T0 sleeps in pthread_join */
		FILE *f = fopen(path, "r");
		text[0] = 0;
		if (f && fgets(text, sizeof(text), f))
			nap();
		if (f)
			fclose(f);
	} while (strncmp(text, "futex", 5) != 0);
	quick_tid[5] = (pid_t)syscall(SYS_gettid);
	return arg;
}
int main(int argc, char **argv)
{
	pthread_t t[8];
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_create(&t[1], 0, slow, 0);
	pthread_create(&t[2], 0, quick, (void *)&quick_tid[2]);
	pthread_create(&t[3], &detached, alone, (void *)&quick_tid[3]);
	pthread_create(&t[4], 0, quick, (void *)&quick_tid[4]);
	for (int i = 2; i <= 4; i++)
		gone(&quick_tid[i]);
	pthread_create(&t[5], 0, lets_slow_end, 0);
	pthread_detach(t[5]);
	pthread_join(t[1], 0);
	pthread_join(t[2], 0);
	if (argc > 1)
		execl(argv[1], argv[1], (char *)0);
	return 0;
}
"""
# glibc notes that it was joined, and not by whom; musl only that its memory is gone.
GLIBC = {"T1": ("T0", "waited"), "T2": ("T0 (late)", "late"), "T3": ("detached", "detached"), "T4": ("never", "never"),
         "T5": ("detached", "detached")}
WANT = {
    ("cc", "filter"): GLIBC,
    ("cc", "all"): GLIBC,
    ("cc", "light"): {**GLIBC, "T1": ("T0|joined", "joined"), "T2": ("T0|joined", "joined")},
    ("musl-gcc", "filter"): {**GLIBC, "T2": ("freed", "freed")},
    ("musl-gcc", "light"): {**GLIBC, "T1": ("freed", "freed"), "T2": ("freed", "freed")},
}
MODES = {"filter": [], "all": ["--no-seccomp"], "light": ["--light"]}


def rows_of(thrtrace, options, argv):
    events = run_traced(thrtrace, options, argv, 60)[1]
    return {row["task"]: row for row in events[-1]["threads"]}


def table_of(thrtrace, options, argv):
    text = run([thrtrace, "-c", *options, "--", *argv], 60).err
    return {m[1]: m[2] for m in re.finditer(r"^  (T\d+) .*?\)  +(\S.*?)$", text, re.M)}


def check(thrtrace, program, options, want):
    rows, table = rows_of(thrtrace, options, [program]), table_of(thrtrace, options, [program])
    for task, (cell, word) in want.items():
        if rows[task].get("join") != word:
            raise Failure(f"{program} {options}: {task} is {rows[task].get('join')}, not {word}")
        if not re.fullmatch(cell.replace("(", r"\(").replace(")", r"\)"), table.get(task, "")):
            raise Failure(f"{program} {options}: JOINED of {task} is {table.get(task)!r}, not {cell!r}")


def new_glibc():
    """From 2.43 on the record says neither."""
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
    return name == "glibc" and tuple(map(int, version.split(".")[:2])) >= (2, 43)


def body(folder):
    thrtrace = sys.argv[1]
    with open(os.path.join(folder, "ends.c"), "w", encoding="ascii") as f:
        f.write(SOURCE)
    for (compiler, mode), want in WANT.items():
        program = os.path.join(folder, compiler)
        try:
            built = subprocess.run([compiler, "-O1", "-pthread", "-o", program, f.name], check=False).returncode == 0
        except FileNotFoundError:
            built = False
        if not built:
            print(f"no {compiler}: not tried")
        elif compiler != "cc" or not new_glibc():
            check(thrtrace, program, MODES[mode], want)
    if new_glibc():
        return
    program = os.path.join(folder, "cc")
    rows = rows_of(thrtrace, [], [program, "/bin/true"])
    got = [rows[t].get("join") for t in ("T1", "T2", "T3", "T4", "T5")]
    if got != ["waited", "late", "detached", None, "detached"]:
        raise Failure(f"before an execve: {got}")


if __name__ == "__main__":
    sys.exit(in_own_folder(body))
