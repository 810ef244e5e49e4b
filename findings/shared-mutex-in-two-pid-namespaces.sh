#!/bin/sh
# SPDX-License-Identifier: MIT
# A recursive mutex in shared memory is had by two processes at once when each is the first of a pid namespace of its own.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36, a program of this script. Needs root and a C compiler.
# Guess:  PTHREAD_PROCESS_SHARED is all that a mutex needs between processes that map the same memory, wherever they
#         run: two containers with one /dev/shm, say. What one holds the other waits for.
# Is:     Recursive and error-checking mutexes know their owner by the tid, and that is a number of the pid namespace: the
#         first process of each container has the same. The second takes the lock for its own: a recursive one it gets,
#         of an error-checking one it hears EDEADLK. A normal mutex asks for no owner, and works.
# Seen:
#   normal, one pid namespace: the other gets ETIMEDOUT, tids are two
#   normal, two pid namespaces: the other gets ETIMEDOUT, tids are the same
#   error-checking, one pid namespace: the other gets ETIMEDOUT, tids are two
#   error-checking, two pid namespaces: the other gets EDEADLK, tids are the same
#   recursive, one pid namespace: the other gets ETIMEDOUT, tids are two
#   recursive, two pid namespaces: the other gets 0, tids are the same
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct both {
	pthread_mutex_t mutex;
	pid_t tid[2];
	int result;
} *both;

static void hold(int ready)
{
	both->tid[0] = gettid();
	pthread_mutex_lock(&both->mutex);
	(void)!write(ready, "", 1);
	pause();
}

static void try(int ready)
{
	struct timespec soon;

	clock_gettime(CLOCK_REALTIME, &soon);
	soon.tv_nsec += 200000000;
	soon.tv_sec += soon.tv_nsec / 1000000000;
	soon.tv_nsec %= 1000000000;
	both->tid[1] = gettid();
	both->result = pthread_mutex_timedlock(&both->mutex, &soon);
	(void)!write(ready, "", 1);
}

/* In a child, or in the first process of a pid namespace of its own. */
static pid_t begin(void (*what)(int), int alone)
{
	int ready[2];
	char c;

	if (pipe(ready))
		exit(77);
	pid_t pid = fork();
	if (pid == 0) {
		if (alone && unshare(CLONE_NEWPID))
			_exit(77);
		pid_t inner = alone ? fork() : 0;
		if (inner == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			what(ready[1]);
			_exit(0);
		}
		close(ready[1]);
		waitpid(inner, NULL, 0);
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1) {
		puts("skipped: no pid namespace");
		exit(77);
	}
	close(ready[0]);
	return pid;
}

static void run(const char *what, int type, int alone)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutex_init(&both->mutex, &attr);
	pid_t holder = begin(hold, alone);
	waitpid(begin(try, alone), NULL, 0);
	printf("%s, %s: the other gets %s, tids are %s\n", what, alone ? "two pid namespaces" : "one pid namespace",
		both->result ? strerrorname_np(both->result) : "0", both->tid[0] == both->tid[1] ? "the same" : "two");
	fflush(stdout);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
}

int main(void)
{
	both = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	setvbuf(stdout, NULL, _IONBF, 0);
	run("normal", PTHREAD_MUTEX_NORMAL, 0);
	run("normal", PTHREAD_MUTEX_NORMAL, 1);
	run("error-checking", PTHREAD_MUTEX_ERRORCHECK, 0);
	run("error-checking", PTHREAD_MUTEX_ERRORCHECK, 1);
	run("recursive", PTHREAD_MUTEX_RECURSIVE, 0);
	run("recursive", PTHREAD_MUTEX_RECURSIVE, 1);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { cat "$dir/out"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
normal, one pid namespace: the other gets ETIMEDOUT, tids are two
normal, two pid namespaces: the other gets ETIMEDOUT, tids are the same
error-checking, one pid namespace: the other gets ETIMEDOUT, tids are two
error-checking, two pid namespaces: the other gets EDEADLK, tids are the same
recursive, one pid namespace: the other gets ETIMEDOUT, tids are two
recursive, two pid namespaces: the other gets 0, tids are the same
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
