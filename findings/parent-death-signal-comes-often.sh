#!/bin/sh
# SPDX-License-Identifier: MIT
# PR_SET_PDEATHSIG gives a signal for each thread that asked, and all again when the next thread of the parent ends.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  (The manual warns that the "parent" is the thread that forked.) A process asks for a signal at its parent's death,
#         so it gets one, once: if that thread ends, then at that time, and nothing more when the process ends later.
# Is:     The wish is kept for each thread of the child and is not used up. When the forking thread ends the child is handed
#         to another thread of the parent, whose end is a parent's death again, up to the last one. Each time each
#         thread of the child that asked has one signal sent to its process: a child of which three threads
#         asked for a queued signal gets three, and getppid() says that the parent is alive, for it is.
# Seen (three threads of the child asked for a real-time signal; the parent has two threads):
#   the forking thread of the parent ends: 3 signals, getppid() is the parent
#   the parent's other thread, and so the parent, ends: 3 signals, getppid() is another
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static int go[2], asked[2];

static void *asks(void *arg)
{
	prctl(PR_SET_PDEATHSIG, SIGRTMIN);
	if (write(asked[1], "x", 1) != 1)
		exit(77);
	for (;;)
		pause();
	return arg;
}

/* Signals that come until half a second passes without one; the first may take five seconds. */
static int count(const sigset_t *set)
{
	struct timespec first = { 5, 0 }, next = { 0, 500000000 };
	int n = 0;

	while (sigtimedwait(set, NULL, n ? &next : &first) > 0)
		n++;
	return n;
}

static void child(pid_t parent)
{
	pthread_t t;
	sigset_t set;
	char c[2];

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL); /* for the threads, too */
	prctl(PR_SET_PDEATHSIG, SIGRTMIN);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t, NULL, asks, NULL) != 0 || read(asked[0], c, 1) != 1)
			exit(77);
	if (write(go[1], "x", 1) != 1)
		exit(77);
	printf("the forking thread of the parent ends: %d signals", count(&set));
	printf(", getppid() is %s\n", getppid() == parent ? "the parent" : "another");
	if (write(go[1], "x", 1) != 1)
		exit(77);
	printf("the parent's other thread, and so the parent, ends: %d signals", count(&set));
	printf(", getppid() is %s\n", getppid() == parent ? "the parent" : "another");
	exit(0);
}

static void *forks(void *arg)
{
	pid_t parent = getpid();
	char c;

	if (fork() == 0)
		child(parent);
	/* Until all threads of the child have asked. */
	return read(go[0], &c, 1) == 1 ? arg : NULL;
}

int main(void)
{
	pthread_t t;
	char c;

	if (pipe(go) < 0 || pipe(asked) < 0 || pthread_create(&t, NULL, forks, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	return read(go[0], &c, 1) == 1 ? 0 : 77;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
# The pipe's end says that the grandchild, too, is through.
"$dir/t" | cat >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
the forking thread of the parent ends: 3 signals, getppid() is the parent
the parent's other thread, and so the parent, ends: 3 signals, getppid() is another
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
