#!/bin/sh
# SPDX-License-Identifier: MIT
# A program without a thread of its own that has used io_uring is refused unshare(2) as a multi-threaded one.
#
# Run:    Linux 6.18.44 x86-64, a program of this script. Needs a C compiler and the right to io_uring.
# Guess:  A program that never called clone is single-threaded. The workers of io_uring are the kernel's, shown in
#         /proc/PID/task for convenience; a rule for programs with threads is not about them.
# Is:     They are tasks of the thread group. One request that the kernel couldn't do at once (or was asked by
#         IOSQE_ASYNC not to) makes a worker, which stays some seconds for more: until then unshare of CLONE_NEWUSER,
#         CLONE_THREAD or CLONE_VM is EINVAL. Closing the ring lets the worker go, but not before close has returned.
#         What works in a test, where the data was in the page cache, fails in production, and works again a little
#         later. A child by fork has no worker, which is the way out.
# Seen:
#   before: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
#   after one request to a worker: 2 tasks, unshare(CLONE_VM) EINVAL, unshare(CLONE_NEWUSER) EINVAL
#   a child by fork: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
#   the ring is closed and the worker gone: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int tasks(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static const char *outcome(int r)
{
	return r == 0 ? "0" : errno == EINVAL ? "EINVAL" : strerror(errno);
}

static void say(const char *when)
{
	int n = tasks(), memory = unshare(CLONE_VM);
	const char *of_memory = outcome(memory);

	printf("%s: %d task%s, unshare(CLONE_VM) %s, unshare(CLONE_NEWUSER) %s\n", when, n, n > 1 ? "s" : "", of_memory,
		outcome(unshare(CLONE_NEWUSER)));
	fflush(stdout);
}

static void say_in_a_child(const char *when)
{
	if (fork() == 0) {
		say(when);
		_exit(0);
	}
	wait(NULL);
}

static int ask_a_worker(void)
{
	struct io_uring_params p = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 1, &p);
	struct io_uring_sqe *sqe;
	char *sq;

	if (ring < 0)
		return -1;
	sqe = mmap(NULL, sizeof(*sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);
	sq = mmap(NULL, p.sq_off.array + 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
	if (sqe == MAP_FAILED || sq == MAP_FAILED)
		return -1;
	*sqe = (struct io_uring_sqe){ .opcode = IORING_OP_NOP, .flags = IOSQE_ASYNC };
	*(unsigned *)(sq + p.sq_off.array) = 0;
	*(volatile unsigned *)(sq + p.sq_off.tail) = 1;
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		return -1;
	munmap(sqe, sizeof(*sqe));
	munmap(sq, p.sq_off.array + 4);
	return ring;
}

int main(void)
{
	int ring;

	say_in_a_child("before");
	ring = ask_a_worker();
	if (ring >= 0) {
		say("after one request to a worker");
		say_in_a_child("a child by fork");
		close(ring);
		for (int i = 0; i < 1000 && tasks() > 1; i++)
			usleep(10000);
		say("the ring is closed and the worker gone");
	}
	return ring < 0 ? 77 : 0;
}
C
cc -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no io_uring, or no user namespaces"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
before: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
after one request to a worker: 2 tasks, unshare(CLONE_VM) EINVAL, unshare(CLONE_NEWUSER) EINVAL
a child by fork: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
the ring is closed and the worker gone: 1 task, unshare(CLONE_VM) 0, unshare(CLONE_NEWUSER) 0
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
