#!/bin/sh
# SPDX-License-Identifier: MIT
# A timer_create timer's signal is handled by the thread that happens to run, a setitimer timer's by the sleeping main.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler, and half
#         a second of one CPU.
# Guess:  SIGEV_SIGNAL and ITIMER_REAL both signal the process; no thread blocks the signal; so the kernel takes main,
#         which it prefers, and which only sleeps. The worker that computes is left alone by both.
# Is:     For setitimer (and kill) that is so. A POSIX timer's signal goes to the thread that the timer's interrupt finds
#         on the CPU, if that is of the same process: the worker gets it in the midst of its work, with its EINTRs and
#         on its stack, and main keeps sleeping. Main has it only where another process was on the CPU at that
#         moment. (By its history the kernel has done so since about 6.4; only 6.18 was run.)
# Seen (in 0.2 s; the numbers differ with the load of the machine, the 0 doesn't):
#   setitimer(ITIMER_REAL): main 17, worker 0
#   timer_create(CLOCK_MONOTONIC, SIGEV_SIGNAL): main 9, worker 8
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
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile int in_main, in_worker, ready, stop;
static int leader;

static void handler(int sig)
{
	(void)sig;
	if (gettid() == leader)
		in_main++;
	else
		in_worker++;
}

static void *worker(void *arg)
{
	ready = 1;
	while (!stop)
		;
	return arg;
}

/* Sleeps through 20 expiries, so that main is off the CPU but for a signal of its own. */
static void sleep_on(void)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += 205000000;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) != 0)
		;
}

static void report(const char *what)
{
	printf("%s: main %d, worker %d\n", what, in_main, in_worker);
	in_main = in_worker = 0;
}

int main(void)
{
	struct itimerval tv = { { 0, 10000 }, { 0, 10000 } }, off = { 0 };
	struct itimerspec ts = { { 0, 10000000 }, { 0, 10000000 } };
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	int cpu = sched_getcpu(), bad;
	cpu_set_t set;
	timer_t timer;
	pthread_t t;

	/* Both on one CPU, so that the timer's interrupt comes where the worker runs. */
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return 77;
	leader = gettid();
	signal(SIGALRM, handler);
	if (pthread_create(&t, NULL, worker, NULL) != 0)
		return 77;
	while (!ready)
		usleep(1000);
	setitimer(ITIMER_REAL, &tv, NULL);
	sleep_on();
	setitimer(ITIMER_REAL, &off, NULL);
	bad = in_worker > 0;
	report("setitimer(ITIMER_REAL)");
	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) < 0)
		return 77;
	timer_settime(timer, 0, &ts, NULL);
	sleep_on();
	timer_delete(timer);
	bad |= in_worker == 0;
	report("timer_create(CLOCK_MONOTONIC, SIGEV_SIGNAL)");
	stop = 1;
	return bad;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t"
case $? in
0) exit 0 ;;
77) exit 77 ;;
esac
echo "changed"
exit 1
