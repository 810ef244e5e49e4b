#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb -p with a thread's number has that thread alone; a breakpoint that another thread comes to kills the process.
#
# Run:    gdb 13.1 (Debian gdb 13.1-3), Linux 6.18.44 x86-64, a program of this script. Needs a C compiler and the
#         right to trace.
# Guess:  A process is what gdb attaches to. Given the number of one of its threads (as top -H or ps -L show them) it
#         finds the process, stops all threads and lists them, that one being the current.
# Is:     The number is taken for a process that has one thread: nothing else is attached to, nor seen, and the others
#         run on while gdb shows its prompt. A breakpoint goes into memory that they execute, too: one that comes to
#         it gets SIGTRAP, and there is nobody to take it, so the process is killed. With the process's number (Tgid
#         in /proc/TID/status) all is well.
# Seen:
#   gdb -p of the process: 3 threads; a breakpoint that the other thread comes to: hit
#   gdb -p of a thread: 1 threads; a breakpoint that the other thread comes to: killed by SIGTRAP
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download gdb=13.1-3 >/dev/null 2>&1 && dpkg -x gdb_*.deb root) ||
	{ echo "skipped: gdb 13.1-3 is not to be had"; exit 77; }
gdb() { timeout 60 "$dir/root/usr/bin/gdb" --data-directory "$dir/root/usr/share/gdb" -nx -q -batch "$@" 2>&1; }
gdb -ex 'print 1' >/dev/null || { echo "skipped: a library that gdb needs is missing"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

static volatile int ticks;

__attribute__((noipa)) void tick(void)
{
	ticks++;
}

static void *sleeper(void *arg)
{
	printf("%d\n", gettid());
	fflush(stdout);
	for (;;)
		pause();
	return arg;
}

static void *ticker(void *arg)
{
	for (;;) {
		tick();
		usleep(10000);
	}
	return arg;
}

int main(void)
{
	pthread_t t;

	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	alarm(60);
	if (pthread_create(&t, NULL, ticker, NULL) != 0 || pthread_create(&t, NULL, sleeper, NULL) != 0)
		return 77;
	for (;;)
		pause();
}
C
cc -g -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
mkfifo "$dir/told"
look() {
	"$dir/t" >"$dir/told" &
	process=$!
	read -r thread <"$dir/told"
	number=$process
	[ "$1" = thread ] && number=$thread
	gdb -p "$number" -ex 'info threads' -ex 'break tick' -ex continue -ex kill >"$dir/gdb"
	kill -KILL $process 2>/dev/null
	wait $process 2>/dev/null
	hit=otherwise
	grep -q 'hit Breakpoint 1' "$dir/gdb" && hit=hit
	grep -q 'terminated with signal SIGTRAP' "$dir/gdb" && hit="killed by SIGTRAP"
	echo "$(grep -c '(LWP [0-9]*) "t"' "$dir/gdb") threads; a breakpoint that the other thread comes to: $hit"
}
{
	echo "gdb -p of the process: $(look process)"
	echo "gdb -p of a thread: $(look thread)"
} >"$dir/out"
grep -q 'ptrace: Operation not permitted' "$dir/gdb" && { echo "skipped: can't trace here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
gdb -p of the process: 3 threads; a breakpoint that the other thread comes to: hit
gdb -p of a thread: 1 threads; a breakpoint that the other thread comes to: killed by SIGTRAP
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
