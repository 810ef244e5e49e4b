#!/bin/sh
# SPDX-License-Identifier: MIT
# The SIGCHLD of a child is handled by the thread that forked it, and by main only when that thread is gone.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  SIGCHLD is sent to the process. No thread blocks it, so the kernel gives it to main, which it prefers, as it does
#         with a signal of kill; a worker in a system call isn't disturbed by it.
# Is:     The kernel sends it by way of the child's parent, and a parent is a thread. Each of two workers that forked gets
#         the SIGCHLD of its own child (and its sleep is cut short), main, which waits in pause, has none. When
#         the worker has ended its children are handed to main, and so is the signal. A program that handles
#         SIGCHLD by waking a loop in main should block it in its workers.
# Seen:
#   kill(getpid(), SIGCHLD) is handled by main
#   the end of A's child is handled by A
#   the end of B's child is handled by B
#   the end of A's other child, when A has ended, is handled by main
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
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct worker {
	pthread_t t;
	volatile pid_t tid, child[2];
	volatile int end;
};
static struct worker a, b;
static volatile pid_t handled;
static volatile int main_waits;

static void handler(int sig)
{
	(void)sig;
	handled = gettid();
}

static void *worker(void *arg)
{
	struct worker *w = arg;

	for (int i = 0; i < 2; i++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		w->child[i] = pid;
	}
	w->tid = gettid();
	while (!w->end)
		usleep(10000);
	return NULL;
}

/* Sends sig to pid and tells which thread handled the SIGCHLD that comes of it. */
static void provoke(const char *what, pid_t pid, int sig)
{
	handled = 0;
	kill(pid, sig);
	for (int i = 0; i < 500 && !handled; i++)
		usleep(10000);
	printf("%s is handled by %s\n", what, handled == a.tid ? "A" : handled == b.tid ? "B" : handled ? "main" : "nobody");
	if (pid != getpid())
		waitpid(pid, NULL, 0);
}

/* A thread of its own asks, so that main does nothing but wait for signals. */
static void *ask(void *arg)
{
	/* pthread_create blocks all signals for a moment, in main as well. */
	while (!main_waits)
		usleep(1000);
	provoke("kill(getpid(), SIGCHLD)", getpid(), SIGCHLD);
	provoke("the end of A's child", a.child[0], SIGKILL);
	provoke("the end of B's child", b.child[0], SIGKILL);
	a.end = 1;
	pthread_join(a.t, NULL);
	while (syscall(SYS_tgkill, getpid(), a.tid, 0) == 0)
		usleep(1000);
	provoke("the end of A's other child, when A has ended,", a.child[1], SIGKILL);
	kill(b.child[1], SIGKILL);
	exit(0);
	return arg;
}

int main(void)
{
	pthread_t t;

	signal(SIGCHLD, handler);
	if (pthread_create(&a.t, NULL, worker, &a) != 0 || pthread_create(&b.t, NULL, worker, &b) != 0)
		return 77;
	while (!a.tid || !b.tid)
		usleep(1000);
	if (pthread_create(&t, NULL, ask, NULL) != 0)
		return 77;
	main_waits = 1;
	for (;;)
		pause();
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
kill(getpid(), SIGCHLD) is handled by main
the end of A's child is handled by A
the end of B's child is handled by B
the end of A's other child, when A has ended, is handled by main
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
