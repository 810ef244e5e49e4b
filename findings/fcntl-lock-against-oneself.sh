#!/bin/sh
# SPDX-License-Identifier: MIT
# After unshare(CLONE_FILES) a thread conflicts with the fcntl locks of its own process: F_GETLK names its own pid.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  Traditional record locks belong to the process (they are what threads can't use against each other). All threads
#         have one pid, so a thread never meets a lock of its process, whatever it unshares.
# Is:     The kernel takes the file table for the owner. Threads share one, so it looks like the process; a thread that has
#         made its own, by unshare or by a clone without CLONE_FILES, is another owner: F_SETLK gives EAGAIN, F_SETLKW
#         would wait for its own process, and l_pid is getpid().
# Seen:
#   one table: F_GETLK finds no lock, F_SETLK: Success
#   own table: F_GETLK finds a write lock of pid = getpid(), F_SETLK: Resource temporarily unavailable
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fd;

static void try(const char *what)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	fcntl(fd, F_GETLK, &lock);
	if (lock.l_type == F_UNLCK)
		printf("%s: F_GETLK finds no lock", what);
	else
		printf("%s: F_GETLK finds a %s lock of pid %s getpid()", what, lock.l_type == F_WRLCK ? "write" : "read",
		       lock.l_pid == getpid() ? "=" : "!=");
	lock.l_type = F_WRLCK;
	errno = 0;
	fcntl(fd, F_SETLK, &lock);
	printf(", F_SETLK: %s\n", strerror(errno));
}

static void *thread(void *arg)
{
	try("one table");
	unshare(CLONE_FILES);
	try("own table");
	return arg;
}

int main(int argc, char **argv)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	pthread_t t;

	fd = open(argc > 1 ? argv[1] : "lock", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || fcntl(fd, F_SETLK, &lock) < 0 || pthread_create(&t, NULL, thread, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" "$dir/lock" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
one table: F_GETLK finds no lock, F_SETLK: Success
own table: F_GETLK finds a write lock of pid = getpid(), F_SETLK: Resource temporarily unavailable
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
