#!/bin/sh
# SPDX-License-Identifier: MIT
# glibc runs the SIGEV_THREAD function of a timer with all signals blocked, and that of mq_notify with none, whatever
# the caller's mask.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), Linux 6.18.44 x86-64.
#         Needs a C compiler.
# Guess:  The function's thread has the signal mask of the thread that called timer_create or mq_notify, as each
#         thread has its creator's.
# Is:     Neither, and the two differ. A program that blocks SIGTERM everywhere to take it by sigwait gets it delivered,
#         with the default action, to the thread of an mq_notify; and a child started from a timer's function, by
#         fork and exec, begins with SIGTERM and SIGINT blocked and can't be ended by them.
# Seen:
#   caller blocks nothing: timer all blocked, mq_notify none blocked
#   caller blocks all: timer all blocked, mq_notify none blocked
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static int told[2];

/* The signals that a program can block at will, libc's two internal ones and the two of the kernel left out. */
static void look(union sigval arg)
{
	const char *what;
	sigset_t mask;
	int n = 0;

	(void)arg;
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	for (int sig = 1; sig < 32; sig++)
		n += sig != SIGKILL && sig != SIGSTOP && sigismember(&mask, sig);
	what = n == 29 ? "a" : n == 0 ? "n" : "s";
	if (write(told[1], what, 1) != 1)
		_exit(1);
}

static const char *answer(void)
{
	char c;

	if (read(told[0], &c, 1) != 1)
		return "?";
	return c == 'a' ? "all blocked" : c == 'n' ? "none blocked" : "some blocked";
}

static int run(const char *who)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD, .sigev_notify_function = look };
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[64];
	timer_t timer;
	mqd_t q;

	if (timer_create(CLOCK_MONOTONIC, &ev, &timer) < 0)
		return 77;
	timer_settime(timer, 0, &soon, NULL);
	printf("%s: timer %s", who, answer());
	timer_delete(timer);
	snprintf(name, sizeof(name), "/sigev-%d", getpid());
	q = mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0600, &attr);
	if (q < 0)
		return 77;
	mq_unlink(name);
	if (mq_notify(q, &ev) < 0 || mq_send(q, "x", 1, 0) < 0)
		return 77;
	printf(", mq_notify %s\n", answer());
	mq_close(q);
	return 0;
}

int main(void)
{
	sigset_t all;
	int r;

	if (pipe(told) < 0)
		return 77;
	alarm(20);
	r = run("caller blocks nothing");
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	return r ? r : run("caller blocks all");
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" >"$dir/out" ||
	{ echo "skipped: no message queues here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
caller blocks nothing: timer all blocked, mq_notify none blocked
caller blocks all: timer all blocked, mq_notify none blocked
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
