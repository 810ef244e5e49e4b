#!/bin/sh
# SPDX-License-Identifier: MIT
# pidstat -w has a process's context switches from its first thread alone; its CPU, one option away, is that of all threads.
#
# Run:    sysstat 12.6.1 (Debian 12.6.1-1), Linux 6.18.44 x86-64, a program of this script. Needs a C compiler.
# Guess:  A row of pidstat without -t is a process: -u has the CPU of all of its threads, and -w the switches of all of them.
#         A service whose threads wake each other thousands of times a second shows it in cswch/s.
# Is:     It reads /proc/PID/stat for the one and /proc/PID/status for the other. The kernel adds up all threads in stat
#         (and in io), and has the first thread's own numbers in status, schedstat and sched: of a process whose first thread
#         sleeps, as it does in most services, cswch/s says 0.00. With -t its thread's row has the thousands.
# Seen:
#   -u, the process: over 20 %CPU
#   -w, the process: under 10 cswch/s
#   -w -t, its second thread: over 1000 cswch/s
set -u
dir=$(mktemp -d) || exit 77
pid=
trap 'kill $pid 2>/dev/null; rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download sysstat=12.6.1-1 >/dev/null 2>&1 && dpkg -x sysstat_*.deb root) ||
	{ echo "skipped: sysstat 12.6.1-1 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <pthread.h>
#include <time.h>
#include <unistd.h>

/* 0.2 ms of work, a moment of sleep: each a switch. */
static void *busy(void *arg)
{
	struct timespec t, until;

	for (;;) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &until);
		until.tv_nsec += 200000;
		do
			clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
		while (t.tv_sec * 1000000000L + t.tv_nsec < until.tv_sec * 1000000000L + until.tv_nsec);
		nanosleep(&(struct timespec){ .tv_nsec = 1000 }, NULL);
	}
	return arg;
}

int main(void)
{
	pthread_t t;

	alarm(60);
	if (pthread_create(&t, NULL, busy, NULL) != 0)
		return 77;
	for (;;)
		pause();
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" &
pid=$!
sleep 0.5
pidstat=$dir/root/usr/bin/pidstat
export LC_ALL=C S_TIME_FORMAT=ISO
# The row "Average:" of the process, or of the thread that is not its first, in the column that the title calls so.
column() {
	awk -v what="$1" -v who="$2" -v pid=$pid '
		$2 == "UID" { for (i = 2; i <= NF; i++) if ($i == what) col = i }
		$1 == "Average:" && who == "process" && $3 == pid { print $col }
		$1 == "Average:" && who == "thread" && $3 == "-" && $4 != pid && $4 ~ /^[0-9]+$/ { print $col }'
}
over() { awk -v a="$1" -v b="$2" 'BEGIN { print (a > b ? "over " : "at most ") b }'; }
under() { awk -v a="$1" -v b="$2" 'BEGIN { print (a < b ? "under " : "at least ") b }'; }
{
	echo "-u, the process: $(over "$("$pidstat" -u -p $pid 2 1 | column %CPU process)" 20) %CPU"
	echo "-w, the process: $(under "$("$pidstat" -w -p $pid 2 1 | column cswch/s process)" 10) cswch/s"
	echo "-w -t, its second thread: $(over "$("$pidstat" -w -t -p $pid 2 1 | column cswch/s thread)" 1000) cswch/s"
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
-u, the process: over 20 %CPU
-w, the process: under 10 cswch/s
-w -t, its second thread: over 1000 cswch/s
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
