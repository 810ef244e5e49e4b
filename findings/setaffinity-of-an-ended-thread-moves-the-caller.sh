#!/bin/sh
# SPDX-License-Identifier: MIT
# pthread_setaffinity_np of a thread that has ended and is not joined yet succeeds, and binds the thread that called it.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), musl 1.2.3 (static),
#         Linux 6.18.44 x86-64, two CPUs. Needs a C compiler; without musl-gcc only glibc is looked at. (glibc 2.43-7:
#         the same.)
# Guess:  ESRCH, as the manual page has it for a thread that could not be found, and as pthread_setschedparam does.
# Is:     Both libraries hand the tid of the thread's descriptor to sched_setaffinity(2) as it is. At the thread's end
#         that became 0, which means: the caller. So a supervisor that sets the CPUs of its workers and meets one that
#         has just ended is bound itself from then on, with all that it creates, and is told 0. pthread_getaffinity_np
#         answers with the caller's CPUs for the same reason. pthread_setschedparam looks first, and says ESRCH.
# Seen:
#   glibc: the thread has ended: pthread_setaffinity_np 0, the caller may run on one CPU; pthread_setschedparam ESRCH
#   musl: the thread has ended: pthread_setaffinity_np 0, the caller may run on one CPU; pthread_setschedparam ESRCH
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile pid_t tid;

static void *thread(void *arg)
{
	tid = syscall(SYS_gettid);
	return arg;
}

static const char *errno_name(int error)
{
	return error == 0 ? "0" : error == ESRCH ? "ESRCH" : "another error";
}

int main(void)
{
	struct sched_param param = { 0 };
	cpu_set_t all, one;
	char path[64];
	pthread_t t;
	int last = 0, error;

	if (sched_getaffinity(0, sizeof(all), &all) < 0 || CPU_COUNT(&all) < 2)
		return 77;
	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return 77;
	while (tid == 0)
		usleep(1000);
	snprintf(path, sizeof(path), "/proc/self/task/%d", tid);
	while (access(path, F_OK) == 0)
		usleep(1000);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all))
			last = i;
	CPU_ZERO(&one);
	CPU_SET(last, &one);
	error = pthread_setaffinity_np(t, sizeof(one), &one);
	printf("the thread has ended: pthread_setaffinity_np %s", errno_name(error));
	sched_getaffinity(0, sizeof(all), &all);
	printf(", the caller may run on %s", CPU_COUNT(&all) == 1 ? "one CPU" : "all CPUs");
	printf("; pthread_setschedparam %s\n", errno_name(pthread_setschedparam(t, SCHED_OTHER, &param)));
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
said=$("$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t") || { echo "skipped: one CPU"; exit 77; }
same="the thread has ended: pthread_setaffinity_np 0, the caller may run on one CPU; pthread_setschedparam ESRCH"
echo "glibc: $said" >"$dir/out"
echo "glibc: $same" >"$dir/want"
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	echo "musl: $("$dir/musl")" >>"$dir/out"
	echo "musl: $same" >>"$dir/want"
fi
cat "$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
