#!/bin/sh
# SPDX-License-Identifier: MIT
# perf record -s counts each thread for perf report -T, and one thread is always missing there, not always the same.
#
# Run:    perf 6.1.192 (Debian linux-perf 6.1.192-3), Linux 6.18.44 x86-64, glibc 2.36. Needs a C compiler and the right to
#         count one's own processes.
# Guess:  -T prints a line for each thread that ran: main and four workers give five. All five are in the samples.
# Is:     Four lines. The numbers come from a record that the kernel writes when a task ends whose counters are inherited,
#         and the task with the original counters has none. One would take this for main, whose counters perf opened;
#         but at a switch between two threads with the same counters the kernel swaps them instead of
#         reloading, so the originals wander: now main is missing, now a worker, with all its CPU time. (Kernels before
#         6.18 or so write no such record at all: then the table is empty.)
# Seen (the workers burn 30, 60, 90 and 120 ms; which one is missing differs from run to run):
#   in the samples: 5 threads, in the table: 4 threads
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download linux-perf=6.1.192-3 >/dev/null 2>&1 && dpkg -x linux-perf_*.deb root) ||
	{ echo "skipped: linux-perf 6.1.192-3 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <pthread.h>
#include <time.h>

static void burn(long ms)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < ms);
}

static void *worker(void *arg)
{
	burn((long)arg);
	return arg;
}

int main(void)
{
	pthread_t t[4];

	burn(20);
	for (long i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, worker, (void *)(30 * (i + 1))) != 0)
			return 77;
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
perf=$dir/root/usr/bin/perf
"$perf" record -q -s -e cpu-clock -o "$dir/data" "$dir/t" >"$dir/log" 2>&1 ||
	{ echo "skipped: perf counts nothing here"; exit 77; }
sampled=$("$perf" report -i "$dir/data" --stdio -q --sort pid 2>/dev/null | grep -c '%')
# Behind the report: a comment with PID, TID and the event's name, then a line for each thread.
"$perf" report -i "$dir/data" --stdio -T 2>/dev/null | sed -n '/PID *TID/,$p' >"$dir/table"
cat "$dir/table"
counted=$(grep -c '^ *[0-9]' "$dir/table")
echo "in the samples: $sampled threads, in the table: $counted threads"
[ "$counted" = 0 ] && { echo "skipped: this kernel writes no counts at a thread's end"; exit 77; }
[ "$sampled" = 5 ] && [ "$counted" = 4 ] && exit 0
echo "changed"
exit 1
