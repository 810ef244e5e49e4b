#!/bin/sh
# SPDX-License-Identifier: MIT
# A pthread_create that returns an error can have made a thread, which has lived and died, in glibc as in musl.
#
# Run:    glibc 2.36 and musl 1.2.3 (static) under strace 6.1 (Debian strace 6.1-0.1), Linux 6.18.44 x86-64. Needs a C
#         compiler and the right to trace; without musl-gcc only glibc's half is looked at.
# Guess:  It is refused before anything is made: the attributes (SCHED_FIFO without a priority) are checked, EINVAL comes
#         back, and the kernel has seen no clone.
# Is:     The kernel knows no creation with a policy. Both libcs clone first, with success; the new thread sleeps on a
#         private futex, the creator calls sched_setscheduler on its tid, and when this fails it tells the thread to exit
#         without ever calling the start routine, waits for its end, and returns the errno. So a successful clone is no
#         proof of a successful pthread_create, and a count of clones counts threads that the program never had.
# Seen:
#   glibc: pthread_create: Invalid argument, the routine did not run; clones of threads: 1, threads that called exit: 1
#   musl: pthread_create: Invalid argument, the routine did not run; clones of threads: 1, threads that called exit: 1
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download strace=6.1-0.1 >/dev/null 2>&1 && dpkg -x strace_*.deb root) ||
	{ echo "skipped: strace 6.1-0.1 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile int ran;

static void *routine(void *arg)
{
	ran = 1;
	return arg;
}

int main(void)
{
	/* SCHED_FIFO is known to all, but has no priority 0: the kernel says EINVAL, to root as well. */
	struct sched_param param = { .sched_priority = 0 };
	pthread_attr_t attr;
	pthread_t t;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	r = pthread_create(&t, &attr, routine, NULL);
	usleep(100000);
	printf("pthread_create: %s, the routine did%s run\n", strerror(r), ran ? "" : " not");
	return 0;
}
C
cc -O1 -pthread -o "$dir/glibc" "$dir/t.c" || exit 77
strace=$dir/root/usr/bin/strace
"$strace" -o /dev/null true 2>/dev/null || { echo "skipped: can't trace here"; exit 77; }
run() {
	said=$("$strace" -f -qq -e trace=clone,clone3,exit -o "$dir/trace" "$dir/$1")
	echo "$1: $said; clones of threads: $(grep -c CLONE_THREAD "$dir/trace")," \
		"threads that called exit: $(grep -c ' exit(' "$dir/trace")"
}
same="pthread_create: Invalid argument, the routine did not run; clones of threads: 1, threads that called exit: 1"
run glibc >"$dir/out"
echo "glibc: $same" >"$dir/want"
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	run musl >>"$dir/out"
	echo "musl: $same" >>"$dir/want"
fi
cat "$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
