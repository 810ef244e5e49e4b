#!/bin/sh
# SPDX-License-Identifier: MIT
# A request of io_uring is cancelled when the thread that submitted it ends, though the ring and its process live on.
#
# Run:    Linux 6.18.44 x86-64, a program of this script (io_uring without a library). Needs a C compiler.
# Guess:  A ring belongs to who has its descriptor: a request in it is the process's, whichever thread submitted it. A short
#         thread may put a read into the ring and end; whoever waits at the ring gets its result.
# Is:     A request belongs to the task that submitted it. At that task's end the kernel cancels all of its requests that have
#         not begun, and the ring has ECANCELED for them. Data that comes later stays in the pipe.
# Seen:
#   submitted by the thread that waits: the read ends with 1 byte
#   by another thread, which lives: the read ends with 1 byte
#   by another thread, which has ended: the read ends with ECANCELED
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params params;
static char *sq, *cq;
static struct io_uring_sqe *sqe;
static int ring, data[2], submitted[2];
static char byte;

static void submit(void)
{
	unsigned *tail = (unsigned *)(sq + params.sq_off.tail);
	unsigned at = *tail & *(unsigned *)(sq + params.sq_off.ring_mask);

	memset(&sqe[at], 0, sizeof(*sqe));
	sqe[at].opcode = IORING_OP_READ;
	sqe[at].fd = data[0];
	sqe[at].addr = (unsigned long)&byte;
	sqe[at].len = 1;
	((unsigned *)(sq + params.sq_off.array))[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) != 1)
		exit(77);
	(void)!write(submitted[1], "", 1);
}

static void *thread(void *stays)
{
	submit();
	while (stays)
		pause();
	return NULL;
}

static void *map(size_t n, off_t what)
{
	void *at = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, ring, what);

	if (at == MAP_FAILED)
		exit(77);
	return at;
}

static void run(const char *what, int in_thread, int stays)
{
	pthread_t t;
	char c;

	memset(&params, 0, sizeof(params));
	ring = (int)syscall(SYS_io_uring_setup, 4, &params);
	if (ring < 0 || pipe(data) || pipe(submitted)) {
		printf("skipped: io_uring_setup: %s\n", strerror(errno));
		exit(77);
	}
	sq = map(params.sq_off.array + params.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
	cq = map(params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	sqe = map(params.sq_entries * sizeof(*sqe), IORING_OFF_SQES);
	if (!in_thread)
		submit();
	else if (pthread_create(&t, NULL, thread, stays ? &ring : NULL) != 0)
		exit(77);
	(void)!read(submitted[0], &c, 1);
	if (in_thread && !stays) {
		pthread_join(t, NULL);
		usleep(100000); /* pthread_join is before the last of a thread's end */
	}
	(void)!write(data[1], "x", 1);
	syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	int res = ((struct io_uring_cqe *)(cq + params.cq_off.cqes))->res;
	printf("%s: the read ends with %s\n", what, res < 0 ? strerrorname_np(-res) : res ? "1 byte" : "0 bytes");
}

int main(void)
{
	run("submitted by the thread that waits", 0, 0);
	run("by another thread, which lives", 1, 1);
	run("by another thread, which has ended", 1, 0);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { cat "$dir/out"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
submitted by the thread that waits: the read ends with 1 byte
by another thread, which lives: the read ends with 1 byte
by another thread, which has ended: the read ends with ECANCELED
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
