#!/bin/sh
# SPDX-License-Identifier: MIT
# FUTEX_WAKE told to wake 0 wakes one, and told to wake -1 wakes one, too; futex_wake(2) wakes none for 0.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  The number is the most that are woken: 0 wakes nobody; and -1 wakes all, being UINT_MAX, or is refused with
#         EINVAL.
# Is:     The old call wakes first and compares then, as signed numbers: after the first, 1 >= 0 and 1 >= -1, so it
#         stops. The number that means all is INT_MAX. The new call (Linux 6.7) looks at 0 beforehand, but not at a
#         negative number. So who moves from the one to the other changes what 0 does, and a waker that passes -1
#         leaves the others asleep.
# Seen (six threads wait):
#   FUTEX_WAKE 0 woke 1
#   FUTEX_WAKE -1 woke 1
#   futex_wake 0 woke 0
#   futex_wake -1 woke 1
#   FUTEX_WAKE INT_MAX woke 3
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FUTEX_WAKE_NR 454 /* the same on all machines */
#define U32_PRIVATE (2 | 128)
#define N 6

static int word, awake;

static void *waiter(void *arg)
{
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	__atomic_add_fetch(&awake, 1, __ATOMIC_SEQ_CST);
	return arg;
}

/* How many the call said that it woke, or -1 if that many did not come. */
static long came(long said)
{
	static int before;
	int now = 0;

	for (int i = 0; i < 30; i++) {
		usleep(10000);
		now = __atomic_load_n(&awake, __ATOMIC_SEQ_CST);
	}
	now -= before;
	before += now;
	return said == now ? said : -1;
}

static long old(int n)
{
	return came(syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0));
}

static long new(int n)
{
	return came(syscall(FUTEX_WAKE_NR, &word, 0xffffffffUL, n, U32_PRIVATE));
}

int main(void)
{
	pthread_t t[N];

	if (syscall(FUTEX_WAKE_NR, &word, 0xffffffffUL, 1, U32_PRIVATE) < 0)
		return 77;
	for (int i = 0; i < N; i++)
		if (pthread_create(&t[i], NULL, waiter, NULL) != 0)
			return 77;
	usleep(300000);
	printf("FUTEX_WAKE 0 woke %ld\n", old(0));
	printf("FUTEX_WAKE -1 woke %ld\n", old(-1));
	printf("futex_wake 0 woke %ld\n", new(0));
	printf("futex_wake -1 woke %ld\n", new(-1));
	printf("FUTEX_WAKE INT_MAX woke %ld\n", old(INT_MAX));
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no futex_wake (Linux 6.7)"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
FUTEX_WAKE 0 woke 1
FUTEX_WAKE -1 woke 1
futex_wake 0 woke 0
futex_wake -1 woke 1
FUTEX_WAKE INT_MAX woke 3
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
