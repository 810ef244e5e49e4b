#!/bin/sh
# SPDX-License-Identifier: MIT
# The threads of a core file, and so gdb's numbers, have another order each time: only the one that dumps is first.
#
# Run:    Linux 6.18.44 x86-64, gdb 13.1 (Debian gdb 13.1-3), glibc 2.36, a program of this script. Needs a C
#         compiler, and a core_pattern that is a plain file name.
# Guess:  The thread that dumps is first, then the others as /proc/PID/task has them, by age: gdb numbers them so. So
#         thread 3 of two cores of the same program, ended by the same fault, is the same thread of it.
# Is:     Only the first is certain. The kernel lists the others as they come to their end for the dump, each before
#         those that came earlier (kernel/exit.c, coredump_task_exit); who is faster depends on where each slept and
#         on which CPU. main, too, stands anywhere. So threads of two cores, or of a core and of a live process (where
#         gdb numbers by /proc/PID/task), are to be matched by tid or by what they run, never by number.
# Seen (the program's threads by age, main is 0; the one that aborts is 4; another order each time):
#   4, then 5 0 6 1 7 2 8 3
#   4, then 0 1 2 3 5 6 7 8
#   4, then 0 2 1 3 5 6 7 8
#   4, then 0 1 2 3 5 6 7 8
#   4, then 0 1 2 7 3 5 6 8
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
case $(cat /proc/sys/kernel/core_pattern) in
*[!a-z]*) echo "skipped: kernel.core_pattern is no plain name"; exit 77 ;;
esac
(cd "$dir" && apt-get -qq download gdb=13.1-3 >/dev/null 2>&1 && dpkg -x gdb_*.deb root) ||
	{ echo "skipped: gdb 13.1-3 is not to be had"; exit 77; }
gdb() { timeout 60 "$dir/root/usr/bin/gdb" --data-directory "$dir/root/usr/share/gdb" -nx -q -batch "$@" 2>&1; }
gdb -ex 'print 1' >/dev/null || { echo "skipped: a library that gdb needs is missing"; exit 77; }

# Prints the tids of its threads, main's first, and dumps core.
cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define N 8
static volatile int here;
static volatile int go;

static void *thread(void *number)
{
	printf("%d\n", gettid());
	fflush(stdout);
	here++;
	while ((long)number != 4 || !go)
		usleep((long)number == 4 ? 10000 : 100000000);
	abort();
}

int main(void)
{
	struct rlimit whole = { RLIM_INFINITY, RLIM_INFINITY };
	pthread_t t;

	if (setrlimit(RLIMIT_CORE, &whole) < 0)
		return 77;
	printf("%d\n", getpid());
	for (long i = 1; i <= N; i++) {
		if (pthread_create(&t, NULL, thread, (void *)i) != 0)
			return 77;
		while (here < i)
			usleep(1000);
	}
	usleep(50000);
	go = 1;
	for (;;)
		pause();
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
# Up to twenty cores, until there were two orders.
: >"$dir/orders"
run=0
while [ $run -lt 20 ] && [ "$(sort -u "$dir/orders" | wc -l)" -lt 2 ]; do
	run=$((run + 1))
	mkdir "$dir/$run"
	(cd "$dir/$run" && ../t >tids 2>/dev/null) 2>/dev/null
	core=$(find "$dir/$run" -name 'core*' | head -n 1)
	[ -n "$core" ] || { echo "skipped: no core was written"; exit 77; }
	# A tid's place by age, for each thread that gdb lists.
	gdb -ex 'info threads' "$dir/t" "$core" | sed -n 's/^[* ] *[0-9]* .*LWP \([0-9]*\)).*/\1/p' |
		while read -r tid; do echo $(($(grep -nx "$tid" "$dir/$run/tids" | cut -d: -f1) - 1)); done |
		tr '\n' ' ' | sed 's/ $//' >"$dir/$run/order"
	rm -f "$core"
	read -r one others <"$dir/$run/order"
	echo "$one, then $others" | tee -a "$dir/orders"
	case "$others" in
	*[0-8]\ [0-8]\ [0-8]\ [0-8]\ [0-8]\ [0-8]\ [0-8]\ [0-8]) ;;
	*) one=missing ;;
	esac
	if [ "$one" != 4 ]; then
		echo "changed: the first is $one"
		exit 1
	fi
done
[ "$(sort -u "$dir/orders" | wc -l)" -ge 2 ] && exit 0
echo "changed"
exit 1
