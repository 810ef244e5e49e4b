#!/bin/sh
# SPDX-License-Identifier: MIT
# A listing of /proc/PID/task can miss threads that lived before it began and still live after its end.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  Threads that come or go during the listing may or may not be there, as with any folder; a thread that lives all
#         the time is there once. /proc itself keeps to that: it goes on from the last pid.
# Is:     The position in a task folder is a count. It is helped by the tid at which the last read stopped; but if just
#         that thread is gone, the kernel walks as many threads from the leader as it had listed, and when earlier
#         ones have ended too, it steps over as many that live. Here T0, T1 and T2 end between two reads (T2 is the one
#         to come next): T3 and T4 are never listed. Who attaches to all threads must list again until nothing
#         new comes, even where nothing creates threads.
# Seen:
#   first read: main T0 T1
#   T0, T1, T2 end
#   the rest: T5 T6 T7 T8 T9
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N 10
static volatile int end[N], tid[N];

static void *sleeper(void *arg)
{
	int i = *(int *)arg;

	tid[i] = gettid();
	while (!end[i])
		usleep(1000);
	return NULL;
}

static void name(const char *entry)
{
	int n = atoi(entry);

	if (n == getpid())
		printf(" main");
	for (int i = 0; n && i < N; i++)
		if (tid[i] == n)
			printf(" T%d", i);
}

/* What getdents64 needs for an entry of that name: a head of 19 bytes, the name, a NUL, up to the next multiple of 8. */
static int room(int n)
{
	return (19 + snprintf(NULL, 0, "%d", n) + 1 + 7) & ~7;
}

/* Reads ".", "..", and as many entries as the first three need. */
static long list(int fd)
{
	char buf[256];
	int size = 24 + 24 + room(getpid()) + room(tid[0]) + room(tid[1]);
	long n = syscall(SYS_getdents64, fd, buf, size);

	for (long at = 0; at < n; at += ((struct dirent64 *)(buf + at))->d_reclen)
		name(((struct dirent64 *)(buf + at))->d_name);
	return n;
}

int main(void)
{
	static int number[N];
	pthread_t t[N];
	int fd;

	for (int i = 0; i < N; i++) {
		number[i] = i;
		pthread_create(&t[i], NULL, sleeper, &number[i]);
		while (!tid[i])
			usleep(100);
	}
	fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY);
	printf("first read:");
	list(fd);
	for (int i = 0; i < 3; i++) {
		end[i] = 1;
		pthread_join(t[i], NULL);
	}
	for (int i = 0; i < 3; i++)
		while (syscall(SYS_tgkill, getpid(), tid[i], 0) == 0)
			usleep(1000);
	printf("\nT0, T1, T2 end\nthe rest:");
	while (list(fd) > 0)
		;
	printf("\n");
	for (int i = 3; i < N; i++)
		if (syscall(SYS_tgkill, getpid(), tid[i], 0) < 0)
			return 77;
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
if ! grep -qx 'first read: main T0 T1' "$dir/out"; then
	echo "skipped: the first read held another number of entries than meant"
	exit 77
fi
grep -qx 'the rest: T5 T6 T7 T8 T9' "$dir/out" && exit 0
echo "changed"
exit 1
