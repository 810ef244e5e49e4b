#!/bin/sh
# SPDX-License-Identifier: MIT
# What a real-time thread creates has a timer slack of 0 for ever, and so has all that comes of it, at any policy.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script; linked statically, on Debian's
#         5.10.0-32, 6.1.0-50, 6.12.117 and 7.2.13 under qemu, too. Needs a C compiler and the right to real-time
#         policies (root).
# Guess:  By prctl(2) a thread begins with its creator's slack, and real-time threads have theirs not applied: it is
#         there, 50 us. So a child at SCHED_OTHER (by SCHED_RESET_ON_FORK) has 50 us as any other.
# Is:     That was so (on 5.10). On 6.1, 6.12, 6.18 and 7.2 the kernel sets the slack of a thread that becomes
#         real-time to 0, and what it creates then has 0 for its own and for its default. The thread itself gets its
#         50 us back when it leaves the policy; a child has no other default to go back to (PR_SET_TIMERSLACK with 0
#         means the default, and that is 0), nor have its children. So a service that a real-time thread has started
#         wakes for each of its timers by itself, and nothing in its own settings says so but /proc/PID/timerslack_ns.
# Seen:
#   at first: SCHED_OTHER, slack 50000, default 50000
#   real-time: slack 0
#   its thread: SCHED_OTHER, slack 0, default 0
#   a process of that thread: SCHED_OTHER, slack 0, default 0
#   real-time no more: SCHED_OTHER, slack 50000, default 50000
#   its next thread: SCHED_OTHER, slack 50000, default 50000
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The default is what 0 sets. */
static void say(const char *who)
{
	int slack = prctl(PR_GET_TIMERSLACK), policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;

	prctl(PR_SET_TIMERSLACK, 0);
	printf("%s: %s, slack %d, default %d\n", who, policy == SCHED_OTHER ? "SCHED_OTHER" : "another policy", slack,
		prctl(PR_GET_TIMERSLACK));
	fflush(stdout);
}

static void *thread(void *who)
{
	say(who);
	return who;
}

static void *thread_that_forks(void *who)
{
	say(who);
	if (fork() == 0) {
		say("a process of that thread");
		_exit(0);
	}
	wait(NULL);
	return who;
}

static void run(void *(*what)(void *), const char *who)
{
	pthread_t t;

	if (pthread_create(&t, NULL, what, (void *)who) != 0)
		exit(77);
	pthread_join(t, NULL);
}

int main(void)
{
	struct sched_param param = { .sched_priority = 1 };

	say("at first");
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
		return 77;
	printf("real-time: slack %d\n", prctl(PR_GET_TIMERSLACK));
	run(thread_that_forks, "its thread");
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);
	say("real-time no more");
	run(thread, "its next thread");
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no right to SCHED_FIFO"; exit 77; }
cat "$dir/out"
if ! grep -q '^at first: SCHED_OTHER, slack 50000, default 50000$' "$dir/out"; then
	echo "skipped: whoever started this has another timer slack"
	exit 77
fi
cat >"$dir/want" <<'W'
at first: SCHED_OTHER, slack 50000, default 50000
real-time: slack 0
its thread: SCHED_OTHER, slack 0, default 0
a process of that thread: SCHED_OTHER, slack 0, default 0
real-time no more: SCHED_OTHER, slack 50000, default 50000
its next thread: SCHED_OTHER, slack 50000, default 50000
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
