#!/bin/sh
# SPDX-License-Identifier: MIT
# pthread_getschedparam asks the kernel once: it doesn't see what chrt does later, and new threads are given its answer.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), musl 1.2.3 (static), chrt
#         of util-linux, Linux 6.18.44 x86-64. Needs a C compiler and the right to real-time policies (root); without
#         musl-gcc only glibc is looked at. (glibc 2.43-7: the same.)
# Guess:  Policy and priority are the kernel's, and others may set them: chrt, systemd, a debugger. So the function
#         asks the kernel each time, as musl's does.
# Is:     glibc asks once, keeps the answer in the thread's descriptor, and hands it on to the descriptor of each
#         thread that this one creates with inherited scheduling. A process that asked early and was then given
#         SCHED_FIFO from outside goes on saying SCHED_OTHER, for itself and for its new threads, which the kernel
#         runs at SCHED_FIFO as their creator. sched_getscheduler(2) has the truth.
# Seen:
#   glibc, at first: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_OTHER 0
#   glibc, after chrt -f -p 7: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_FIFO 7
#   glibc, a new thread: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_FIFO 7
#   musl, at first: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_OTHER 0
#   musl, after chrt -f -p 7: pthread_getschedparam SCHED_FIFO 7, the kernel SCHED_FIFO 7
#   musl, a new thread: pthread_getschedparam SCHED_FIFO 7, the kernel SCHED_FIFO 7
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
for tool in cc chrt; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *name(int policy)
{
	return policy == SCHED_OTHER ? "SCHED_OTHER" : policy == SCHED_FIFO ? "SCHED_FIFO" : "another";
}

/* musl has no sched_getscheduler that asks. */
static void say(const char *libc, const char *when)
{
	struct sched_param kept, real;
	int policy;

	if (pthread_getschedparam(pthread_self(), &policy, &kept) != 0 || syscall(SYS_sched_getparam, 0, &real) < 0)
		exit(77);
	printf("%s, %s: pthread_getschedparam %s %d, the kernel %s %d\n", libc, when, name(policy), kept.sched_priority,
		name((int)syscall(SYS_sched_getscheduler, 0)), real.sched_priority);
	fflush(stdout);
}

static void *thread(void *libc)
{
	say(libc, "a new thread");
	return libc;
}

int main(int argc, char **argv)
{
	char command[64];
	pthread_t t;

	if (argc < 2)
		return 77;
	say(argv[1], "at first");
	snprintf(command, sizeof(command), "chrt -f -p 7 %d", getpid());
	if (system(command) != 0)
		return 77;
	say(argv[1], "after chrt -f -p 7");
	if (pthread_create(&t, NULL, thread, argv[1]) != 0)
		return 77;
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" glibc >"$dir/out" 2>/dev/null ||
	{ echo "skipped: no right to SCHED_FIFO"; exit 77; }
cat >"$dir/want" <<'W'
glibc, at first: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_OTHER 0
glibc, after chrt -f -p 7: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_FIFO 7
glibc, a new thread: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_FIFO 7
W
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	"$dir/musl" musl >>"$dir/out"
	cat >>"$dir/want" <<-'W'
		musl, at first: pthread_getschedparam SCHED_OTHER 0, the kernel SCHED_OTHER 0
		musl, after chrt -f -p 7: pthread_getschedparam SCHED_FIFO 7, the kernel SCHED_FIFO 7
		musl, a new thread: pthread_getschedparam SCHED_FIFO 7, the kernel SCHED_FIFO 7
	W
fi
cat "$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
