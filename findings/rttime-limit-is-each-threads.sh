#!/bin/sh
# SPDX-License-Identifier: MIT
# RLIMIT_RTTIME is no limit of a process: each of its real-time threads may use all of it, and no signal comes.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler, the right to
#         real-time policies (root), and some seconds' worth of one CPU.
# Guess:  setrlimit(2) speaks of what a process may use of the CPU without blocking, as for RLIMIT_CPU: some threads
#         that use more than half of it each have passed it together, and the process is sent SIGXCPU.
# Is:     The kernel counts for each thread by itself, from its last wait on (sched_yield is none), and compares that
#         with the limit of the process. A hundred threads can use a hundred times the limit, and no signal comes; one
#         that passes it alone has SIGXCPU sent to its process, and if that is not handled, all die. RLIMIT_CPU is the
#         process's, as one guesses.
# Seen (a limit of 500 ms, or of 1 s for RLIMIT_CPU):
#   RLIMIT_RTTIME, three threads that use 300 ms each: no SIGXCPU
#   RLIMIT_RTTIME, one thread that uses 1500 ms: SIGXCPU
#   RLIMIT_CPU, three threads that use 800 ms each: SIGXCPU
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
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signals;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void *compute(void *ms)
{
	struct timespec used;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < (long)ms);
	return ms;
}

/* In a process of its own: what it has used is nobody else's then. */
static int look(int limit, rlim_t amount, int threads, long ms)
{
	struct rlimit limits = { amount, RLIM_INFINITY };
	struct sched_param param = { .sched_priority = 1 };
	pthread_t t[3];
	int status;

	if (fork() == 0) {
		signal(SIGXCPU, count);
		if (setrlimit(limit, &limits) < 0)
			_exit(77);
		if (limit == RLIMIT_RTTIME && sched_setscheduler(0, SCHED_RR, &param) < 0)
			_exit(77);
		for (int i = 0; i < threads; i++)
			if (pthread_create(&t[i], NULL, compute, (void *)ms) != 0)
				_exit(77);
		for (int i = 0; i < threads; i++)
			pthread_join(t[i], NULL);
		printf("%s, %s %ld ms%s: %sSIGXCPU\n", limit == RLIMIT_CPU ? "RLIMIT_CPU" : "RLIMIT_RTTIME",
			threads > 1 ? "three threads that use" : "one thread that uses", ms, threads > 1 ? " each" : "",
			signals ? "" : "no ");
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	return WEXITSTATUS(status);
}

int main(void)
{
	/*
	 * RLIMIT_RTTIME is in us, RLIMIT_CPU in s. Both are counted in ticks, of which a busy host may take some: what is
	 * to pass a limit passes it by far.
	 */
	if (look(RLIMIT_RTTIME, 500000, 3, 300) || look(RLIMIT_RTTIME, 500000, 1, 1500))
		return 77;
	return look(RLIMIT_CPU, 1, 3, 800);
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no right to real-time policies"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
RLIMIT_RTTIME, three threads that use 300 ms each: no SIGXCPU
RLIMIT_RTTIME, one thread that uses 1500 ms: SIGXCPU
RLIMIT_CPU, three threads that use 800 ms each: SIGXCPU
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
