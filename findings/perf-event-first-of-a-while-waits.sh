#!/bin/sh
# SPDX-License-Identifier: MIT
# perf events: the first event of any task, after a second in which nobody had one, waits for a grace period of RCU.
#
# Run:    Linux 6.18.44 x86-64, two CPUs. Needs a C compiler, and that nobody else has an event of a task meanwhile.
# Guess:  perf_event_open of one software event of the caller's own takes some 20 us, whenever it is called: a tool that
#         watches a program of 50 ms pays as little for its events the first time as the tenth.
# Is:     The scheduler's hooks for events are code that is patched in while an event needs them. The first one that
#         does patches them in, and then waits until every CPU has gone by (kernel/events/core.c, account_event:
#         static_branch_enable, synchronize_rcu): 5 to 12 ms, in the system call. They are taken out a second after the
#         last such event was closed: runs side by side, or one right after the other, don't show it, and a benchmark
#         whose runs are further apart pays each time.
# Seen:
#   after a quiet while: more than 1 ms
#   beside it: less than 1 ms
#   right after both were closed: less than 1 ms
#   after a quiet while: more than 1 ms
set -u
command -v cc >/dev/null || { echo "skipped: cc is missing"; exit 77; }
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT

cat >"$dir/first.c" <<'C'
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int timed(const char *what)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(a), .config = PERF_COUNT_SW_DUMMY,
		.exclude_kernel = 1, .exclude_hv = 1 };
	double begin = ms();
	int fd = (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0);

	if (fd < 0)
		exit(77);
	printf("%s: %s than 1 ms\n", what, ms() - begin < 1 ? "less" : "more");
	return fd;
}

int main(void)
{
	sleep(3);
	int a = timed("after a quiet while"), b = timed("beside it");

	close(a);
	close(b);
	close(timed("right after both were closed"));
	sleep(3);
	close(timed("after a quiet while"));
	return 0;
}
C
cc -O1 -o "$dir/first" "$dir/first.c" || exit 77
out=$("$dir/first") || { echo "skipped: no perf event can be opened here"; exit 77; }
echo "$out"
want='after a quiet while: more than 1 ms
beside it: less than 1 ms
right after both were closed: less than 1 ms
after a quiet while: more than 1 ms'
[ "$out" = "$want" ] || { echo "CHANGED: expected
$want"; exit 1; }
