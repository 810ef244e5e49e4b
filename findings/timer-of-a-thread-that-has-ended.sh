#!/bin/sh
# SPDX-License-Identifier: MIT
# A timer that signals a thread (SIGEV_THREAD_ID) runs on when that thread has ended: it can be armed, and signals nobody.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36, a program of this script. Needs a C compiler.
# Guess:  A timer is the process's. When the thread that it was to signal is gone, its signal goes to the process, as one of a
#         plain timer; or the timer is gone too, and timer_settime says EINVAL.
# Is:     It stays. timer_settime arms it without an error, timer_gettime shows it running, period after period, and each of
#         its signals is dropped: the process's handler never runs, and no overrun is counted.
# Seen:
#   thread lives: timer_settime 0, handler ran, time is left: yes, overruns: 0
#   thread has ended: timer_settime 0, handler did not run, time is left: yes, overruns: 0
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
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

static volatile sig_atomic_t ran;
static int told[2], go[2];

static void handler(int sig)
{
	(void)sig;
	ran = 1;
}

static void *thread(void *arg)
{
	pid_t tid = gettid();
	char c;

	(void)!write(told[1], &tid, sizeof(tid));
	while (read(go[0], &c, 1) < 0)
		; /* the timer's signals */
	return arg;
}

static void run(const char *what, int ends)
{
	struct sigevent how = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	const struct timespec period = { .tv_nsec = 20000000 };
	const struct itimerspec every = { .it_value = period, .it_interval = period };
	struct itimerspec left;
	timer_t timer;
	pthread_t t;
	pid_t tid;

	ran = 0;
	if (pipe(told) || pipe(go) || pthread_create(&t, NULL, thread, NULL) != 0)
		exit(77);
	(void)!read(told[0], &tid, sizeof(tid));
	how.sigev_notify_thread_id = tid;
	if (timer_create(CLOCK_MONOTONIC, &how, &timer))
		exit(77);
	if (ends) {
		(void)!write(go[1], "", 1);
		pthread_join(t, NULL);
		usleep(50000); /* pthread_join is before the last of a thread's end */
	}
	int armed = timer_settime(timer, 0, &every, NULL);
	for (int i = 0; i < 25; i++)
		nanosleep(&period, NULL);
	timer_gettime(timer, &left);
	printf("%s: timer_settime %d, handler %s, time is left: %s, overruns: %d\n", what, armed, ran ? "ran" : "did not run",
		left.it_value.tv_nsec ? "yes" : "no", ends ? timer_getoverrun(timer) : 0);
	timer_delete(timer);
	if (!ends) {
		(void)!write(go[1], "", 1);
		pthread_join(t, NULL);
	}
}

int main(void)
{
	signal(SIGUSR1, handler);
	run("thread lives", 0);
	run("thread has ended", 1);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
thread lives: timer_settime 0, handler ran, time is left: yes, overruns: 0
thread has ended: timer_settime 0, handler did not run, time is left: yes, overruns: 0
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
