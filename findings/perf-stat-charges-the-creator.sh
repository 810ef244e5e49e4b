#!/bin/sh
# SPDX-License-Identifier: MIT
# perf stat --per-thread -p counts what a thread created later does for the thread that created it.
#
# Run:    perf 6.1.192 (Debian linux-perf 6.1.192-3), Linux 6.18.44 x86-64, glibc 2.36. Needs a C compiler and
#         the right to count one's own processes.
# Guess:  A line for each thread with what that thread did; one that starts while perf counts gets a line of its own when it
#         appears (or is left out, as it was not there at first).
# Is:     perf lists the threads once, at its start, and opens counters on them that are inherited; the kernel adds
#         what a thread's children counted to the counter that they have it from. So a main that has slept all the time
#         is shown with the CPU time of the worker that it created, under main's name and tid, and the worker is
#         nowhere. Only threads that were there are told apart.
# Seen (the worker, created a while after perf's start, burns 200 ms):
#   main-sleeps: burnt
#   old-sleeps: idle
#   new-burns: no line
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download linux-perf=6.1.192-3 >/dev/null 2>&1 && dpkg -x linux-perf_*.deb root) ||
	{ echo "skipped: linux-perf 6.1.192-3 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static void *old(void *arg)
{
	pthread_setname_np(pthread_self(), "old-sleeps");
	for (;;)
		pause();
	return arg;
}

static void *new(void *arg)
{
	struct timespec t;

	pthread_setname_np(pthread_self(), "new-burns");
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec == 0 && t.tv_nsec < 200000000);
	return arg;
}

int main(void)
{
	pthread_t t;
	char c;

	pthread_setname_np(pthread_self(), "main-sleeps");
	if (pthread_create(&t, NULL, old, NULL) != 0)
		return 77;
	usleep(100000);
	puts("up");
	fflush(stdout);
	if (read(0, &c, 1) != 1) /* perf counts now */
		return 77;
	if (pthread_create(&t, NULL, new, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
mkfifo "$dir/go" "$dir/control" "$dir/ack"
"$dir/t" <"$dir/go" >"$dir/up" &
pid=$!
exec 3>"$dir/go" 4<>"$dir/control" 5<>"$dir/ack"
while ! grep -q up "$dir/up"; do sleep 0.1; done
# perf answers "ack" when it has opened its counters and turned them on.
"$dir/root/usr/bin/perf" stat --per-thread -D -1 --control "fifo:$dir/control,$dir/ack" -x, -e task-clock -p "$pid" \
	2>"$dir/csv" &
perf=$!
echo enable >&4
ack=$(timeout 20 head -n 1 <&5)
echo x >&3
wait "$pid"
wait "$perf"
if [ -z "$ack" ] || ! grep -q '^old-sleeps-' "$dir/csv"; then
	echo "skipped: perf counts nothing here"
	exit 77
fi
# comm-tid,msec,...
for name in main-sleeps old-sleeps new-burns; do
	awk -F, -v name="$name" 'index($1, name) == 1 { n++; ms += $2 }
		END { print name ": " (n == 0 ? "no line" : ms > 150 ? "burnt" : "idle") }' "$dir/csv"
done >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
main-sleeps: burnt
old-sleeps: idle
new-burns: no line
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
