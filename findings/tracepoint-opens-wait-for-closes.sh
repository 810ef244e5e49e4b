#!/bin/sh
# SPDX-License-Identifier: MIT
# perf events: who opens a tracepoint waits for whoever closes another one, and that takes a grace period of RCU for each.
#
# Run:    Linux 6.18.44 x86-64, two CPUs; as root. Needs a C compiler and tracefs at /sys/kernel/tracing.
# Guess:  perf_event_open(2) takes microseconds, and so does close(2); the events of two processes on two tracepoints have
#         nothing to do with each other.
# Is:     The last one who closes a tracepoint waits until nobody can be inside it any more, with the lock in hand that guards
#         all tracepoints (kernel/trace/trace_event_perf.c, event_mutex): some 20 to 40 ms for each, one after the other. A
#         process that ends with a dozen of them open is that long in its exit; and a stranger's perf_event_open of any other
#         tracepoint, 20 us by itself, waits meanwhile. A tool that is run again and again measures its own run before.
# Seen:
#   open by itself: less than 2 ms
#   close of one that somebody else has open, too: less than 2 ms
#   last close: more than 4 ms
#   open while another process closes others: more than 4 ms
set -u
[ "$(id -u)" = 0 ] || { echo "skipped: tracefs is root's"; exit 77; }
command -v cc >/dev/null || { echo "skipped: cc is missing"; exit 77; }
events=/sys/kernel/tracing/events/syscalls
[ -r $events/sys_enter_vhangup/id ] || { echo "skipped: no tracepoints of calls are to be seen at /sys/kernel/tracing"; exit 77; }
ids=''
# Calls that hardly anybody makes, and nobody traces.
for call in acct adjtimex bpf chroot delete_module vhangup settimeofday swapoff; do
	ids="$ids $(cat $events/sys_enter_$call/id)"
done
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT

cat >"$dir/points.c" <<'C'
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 9 };

static double ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int open_point(const char *id)
{
	struct perf_event_attr a = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(a), .config = strtoull(id, NULL, 10),
		.sample_period = 1, .disabled = 1 };
	int fd = (int)syscall(SYS_perf_event_open, &a, -1, 0, -1, 0);

	if (fd < 0)
		exit(77);
	return fd;
}

static int less(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median: now and then somebody else has the CPU. */
static void say(const char *what, double took[TRIES])
{
	qsort(took, TRIES, sizeof(*took), less);
	double m = took[TRIES / 2];

	printf("%s: %s\n", what, m < 2 ? "less than 2 ms" : m > 4 ? "more than 4 ms" : "about 3 ms");
}

/* Of the time that a child takes to close all but the first, how long its parent waits to open that one. */
static double open_beside(int n, char **id)
{
	int ready[2];
	char c;

	if (pipe(ready))
		exit(77);
	if (fork() == 0) {
		int fd[64];
		for (int i = 2; i < n; i++)
			fd[i] = open_point(id[i]);
		(void)!write(ready[1], "", 1);
		for (int i = 2; i < n; i++)
			close(fd[i]);
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		exit(77);
	usleep(1000);
	double begin = ms();
	int fd = open_point(id[1]);
	double took = ms() - begin;
	wait(NULL);
	close(fd);
	close(ready[0]);
	close(ready[1]);
	return took;
}

int main(int argc, char **argv)
{
	double open_ms[TRIES], shared_ms[TRIES], last_ms[TRIES], beside_ms[TRIES];

	if (argc < 4 || argc > 64)
		return 77;
	for (int i = 0; i < TRIES; i++) {
		double t[4];
		t[0] = ms();
		int one = open_point(argv[1]);
		t[1] = ms();
		int two = open_point(argv[1]);
		t[2] = ms();
		close(two);
		t[3] = ms();
		close(one);
		open_ms[i] = t[1] - t[0];
		shared_ms[i] = t[3] - t[2];
		last_ms[i] = ms() - t[3];
		beside_ms[i] = open_beside(argc, argv);
	}
	say("open by itself", open_ms);
	say("close of one that somebody else has open, too", shared_ms);
	say("last close", last_ms);
	say("open while another process closes others", beside_ms);
	return 0;
}
C
cc -O1 -o "$dir/points" "$dir/points.c" || exit 77
# shellcheck disable=SC2086 # a list of numbers
out=$("$dir/points" $ids) || { echo "skipped: the tracepoints can't be opened"; exit 77; }
echo "$out"
want='open by itself: less than 2 ms
close of one that somebody else has open, too: less than 2 ms
last close: more than 4 ms
open while another process closes others: more than 4 ms'
[ "$out" = "$want" ] || { echo "CHANGED: expected
$want"; exit 1; }
