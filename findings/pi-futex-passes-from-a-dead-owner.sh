#!/bin/sh
# SPDX-License-Identifier: MIT
# A priority-inheritance futex whose owner ends is handed to who waits, with no robust list; who comes later is refused.
#
# Run:    Linux 6.18.44 x86-64, a program of this script, without the C library's mutexes. Needs a C compiler.
# Guess:  Only a robust list tells the kernel which locks a dying thread holds. Without one the word keeps the dead
#         thread's tid, and FUTEX_LOCK_PI sleeps for ever, who waits as who comes, as on a plain lock.
# Is:     A waiter makes the kernel keep a record of the owner, which hangs on the owner's task: at its end the lock
#         goes to the foremost waiter, whose call returns 0, the word having FUTEX_OWNER_DIED beside the new tid. With
#         nobody waiting there is no record: whoever comes later names an owner that is not there, and gets ESRCH at
#         once. So the same bug shows in two ways, by chance. glibc 2.36 has no place for either in a mutex that isn't
#         robust: in the first case it ends the program by an assertion, in the second pthread_mutex_lock sleeps for
#         ever, on a word of its own; so a wait for a lost lock is not to be looked for at the lock.
# Seen:
#   a waiter is there: FUTEX_LOCK_PI = 0, the word has the waiter's tid, FUTEX_OWNER_DIED
#   nobody is there, one comes: FUTEX_LOCK_PI = ESRCH, the word has the dead thread's tid
#   a plain futex, a waiter is there: it sleeps on
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned word;
static volatile pid_t waiter_tid;
static volatile int leave;

static void *owner(void *arg)
{
	__atomic_store_n(&word, (unsigned)gettid(), __ATOMIC_SEQ_CST);
	while (!leave)
		usleep(1000);
	return arg;
}

static long lock(int operation, unsigned value)
{
	struct timespec limit;

	/* FUTEX_LOCK_PI takes the time of the clock, FUTEX_WAIT how long. */
	clock_gettime(CLOCK_REALTIME, &limit);
	if (operation == FUTEX_WAIT)
		limit.tv_sec = 0;
	limit.tv_sec += 2;
	return syscall(SYS_futex, &word, operation, value, &limit, NULL, 0) < 0 ? errno : 0;
}

static long got;

static void *waiter(void *pi)
{
	waiter_tid = gettid();
	got = pi ? lock(FUTEX_LOCK_PI, 0) : lock(FUTEX_WAIT, word);
	return NULL;
}

/* In futex(2), by /proc/PID/task/TID/syscall. */
static int waits(pid_t tid)
{
	char path[64];
	long call = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	f = fopen(path, "r");
	if (f && fscanf(f, "%ld", &call) != 1)
		call = -1;
	if (f)
		fclose(f);
	return call == SYS_futex;
}

static pid_t dead(pthread_t *t)
{
	word = 0;
	leave = 0;
	waiter_tid = 0;
	pthread_create(t, NULL, owner, NULL);
	while (__atomic_load_n(&word, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	return (pid_t)word;
}

static void leave_behind(pthread_t t, pthread_t w)
{
	while (waiter_tid == 0 || !waits(waiter_tid))
		usleep(1000);
	leave = 1;
	pthread_join(t, NULL);
	pthread_join(w, NULL);
}

static void say(const char *when, const char *whose, pid_t tid)
{
	printf("%s: FUTEX_LOCK_PI = %s, the word has %s tid%s\n", when, got ? strerrorname_np((int)got) : "0",
		(pid_t)(word & FUTEX_TID_MASK) == tid ? whose : "another",
		word & FUTEX_OWNER_DIED ? ", FUTEX_OWNER_DIED" : "");
}

int main(void)
{
	pthread_t t, w;
	pid_t who;

	dead(&t);
	pthread_create(&w, NULL, waiter, &word);
	leave_behind(t, w);
	say("a waiter is there", "the waiter's", waiter_tid);
	who = dead(&t);
	leave = 1;
	pthread_join(t, NULL);
	got = lock(FUTEX_LOCK_PI, 0);
	say("nobody is there, one comes", "the dead thread's", who);
	dead(&t);
	pthread_create(&w, NULL, waiter, NULL);
	leave_behind(t, w);
	printf("a plain futex, a waiter is there: %s\n", got == ETIMEDOUT ? "it sleeps on" : "it is woken");
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
timeout 30 "$dir/t" >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
a waiter is there: FUTEX_LOCK_PI = 0, the word has the waiter's tid, FUTEX_OWNER_DIED
nobody is there, one comes: FUTEX_LOCK_PI = ESRCH, the word has the dead thread's tid
a plain futex, a waiter is there: it sleeps on
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
