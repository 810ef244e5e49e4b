#!/bin/sh
# SPDX-License-Identifier: MIT
# perf events: an event gets its ring at once, and another one only after a grace period of RCU.
#
# Run:    Linux 6.18.44 x86-64, two CPUs. Needs a C compiler.
# Guess:  PERF_EVENT_IOC_SET_OUTPUT stores a pointer, and takes microseconds each time: so a tool may begin with a small ring
#         and move its events over to a larger one when that fills up.
# Is:     The first time it does. An event that has a ring leaves that one's list, which others may be walking through just
#         then, and it enters the new one's only after all of them have gone (kernel/events/core.c, ring_buffer_attach:
#         cond_synchronize_rcu): some 8 ms for each event, one after the other, in the ioctl. To take the first ring away
#         (-1) is quick, and does not help: the wait comes with the next one. Meanwhile the event writes where it did.
# Seen:
#   first ring: less than 1 ms
#   another ring: more than 1 ms
#   none: less than 1 ms
#   a ring after none: more than 1 ms
set -u
command -v cc >/dev/null || { echo "skipped: cc is missing"; exit 77; }
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT

cat >"$dir/rings.c" <<'C'
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 9 };

static double ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int open_event(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(a), .config = PERF_COUNT_SW_DUMMY,
		.task = 1, .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 };
	int fd = (int)syscall(SYS_perf_event_open, &a, 0, 0, -1, 0);

	if (fd < 0)
		exit(77);
	return fd;
}

static int open_ring(void)
{
	int fd = open_event();

	if (mmap(NULL, 9 * (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		exit(77);
	return fd;
}

static double output(int fd, long ring)
{
	double begin = ms();

	if (ioctl(fd, PERF_EVENT_IOC_SET_OUTPUT, ring))
		exit(77);
	return ms() - begin;
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median: now and then somebody else has the CPU, or a grace period has just ended. */
static void say(const char *what, double took[TRIES])
{
	qsort(took, TRIES, sizeof(*took), less);
	printf("%s: %s than 1 ms\n", what, took[TRIES / 2] < 1 ? "less" : "more");
}

int main(void)
{
	double first[TRIES], other[TRIES], none[TRIES], again[TRIES];
	int a = open_ring(), b = open_ring();

	for (int i = 0; i < TRIES; i++) {
		int fd = open_event();
		first[i] = output(fd, a);
		other[i] = output(fd, b);
		none[i] = output(fd, -1);
		again[i] = output(fd, a);
		close(fd);
	}
	say("first ring", first);
	say("another ring", other);
	say("none", none);
	say("a ring after none", again);
	return 0;
}
C
cc -O1 -o "$dir/rings" "$dir/rings.c" || exit 77
out=$("$dir/rings") || { echo "skipped: no perf event can be opened here, or has a ring"; exit 77; }
echo "$out"
want='first ring: less than 1 ms
another ring: more than 1 ms
none: less than 1 ms
a ring after none: more than 1 ms'
[ "$out" = "$want" ] || { echo "CHANGED: expected
$want"; exit 1; }
