#!/bin/sh
# SPDX-License-Identifier: MIT
# personality() changes the calling thread alone: two threads of a process can see two kernel versions, two kinds of mmap.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  The manual calls it the process's execution domain, and /proc has one file "personality" for a process: so a
#         change by any thread holds for all.
# Is:     It is kept for each task, copied at its creation, and the file is the leader's (each thread has one, under task/).
#         A worker that sets UNAME26 reads a release of 2.6 from uname(2) while main reads the real one; with
#         READ_IMPLIES_EXEC what the worker maps readable is executable, and what main maps at the same time isn't. A
#         thread that main creates has main's, one that the worker creates the worker's.
# Seen:
#   worker: release 2.6, a readable mapping is r-x
#   main: release of the kernel, a readable mapping is r--
#   the worker's child thread: release 2.6, a readable mapping is r-x
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/utsname.h>

static int set;
static pthread_barrier_t both;

static void look(const char *who)
{
	/* Shared, so that no neighbour is merged with it. */
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char line[256], prot[8] = "";
	unsigned long from;
	struct utsname u;
	FILE *f = fopen("/proc/self/maps", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%*x %4s", &from, prot) == 2 && from == (unsigned long)p)
			break;
	if (f)
		fclose(f);
	prot[3] = '\0';
	uname(&u);
	printf("%s: release %s", who, strncmp(u.release, "2.6.", 4) == 0 ? "2.6" : "of the kernel");
	printf(", a readable mapping is %s\n", prot);
}

static void *grandchild(void *arg)
{
	look("the worker's child thread");
	return arg;
}

static void *worker(void *arg)
{
	pthread_t t;

	set = personality(UNAME26 | READ_IMPLIES_EXEC) != -1;
	if (set)
		look("worker");
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both);
	if (pthread_create(&t, NULL, grandchild, NULL) != 0)
		exit(77);
	pthread_join(t, NULL);
	return arg;
}

int main(void)
{
	pthread_t t;

	pthread_barrier_init(&both, NULL, 2);
	if (pthread_create(&t, NULL, worker, NULL) != 0)
		return 77;
	pthread_barrier_wait(&both);
	if (!set)
		return 77;
	look("main");
	pthread_barrier_wait(&both);
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: personality() is refused here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
worker: release 2.6, a readable mapping is r-x
main: release of the kernel, a readable mapping is r--
the worker's child thread: release 2.6, a readable mapping is r-x
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
