#!/bin/sh
# SPDX-License-Identifier: MIT
# pidfd_open(2) of a thread's number fails with ENOENT: the EINVAL that the manual page has is of older kernels.
#
# Run:    Linux 6.18.44 x86-64, a program of this script. Needs a C compiler.
# Guess:  EINVAL, as pidfd_open(2) says of a number that is no thread-group leader's; ESRCH where there is nobody; so a
#         program that sees EINVAL knows: that is a thread, try again with PIDFD_THREAD.
# Is:     ENOENT for a living thread, as if something were missing. EINVAL is left for flags that are not known. Older
#         kernels do as the page says: there this ends with 77.
# Seen:
#   a living thread: ENOENT; with PIDFD_THREAD: a descriptor
#   an unused number: ESRCH; with PIDFD_THREAD: ESRCH
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIDFD_THREAD_ O_EXCL

static int told[2];

static void *thread(void *arg)
{
	pid_t tid = gettid();

	(void)!write(told[1], &tid, sizeof(tid));
	pause();
	return arg;
}

static const char *opened(pid_t pid, unsigned flags)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, flags);

	return fd < 0 ? strerrorname_np(errno) : "a descriptor";
}

static void look(const char *what, pid_t pid)
{
	printf("%s: %s", what, opened(pid, 0));
	printf("; with PIDFD_THREAD: %s\n", opened(pid, PIDFD_THREAD_));
}

int main(void)
{
	pthread_t t;
	pid_t tid, gone;

	if (pipe(told) || pthread_create(&t, NULL, thread, NULL) != 0)
		return 77;
	(void)!read(told[0], &tid, sizeof(tid));
	look("a living thread", tid);
	gone = fork();
	if (gone == 0)
		_exit(0);
	waitpid(gone, NULL, 0);
	look("an unused number", gone);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
a living thread: ENOENT; with PIDFD_THREAD: a descriptor
an unused number: ESRCH; with PIDFD_THREAD: ESRCH
W
cmp -s "$dir/out" "$dir/want" && exit 0
grep -q "^a living thread: EINVAL" "$dir/out" && exit 77
echo "changed"
exit 1
