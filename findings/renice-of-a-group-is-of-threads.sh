#!/bin/sh
# SPDX-License-Identifier: MIT
# renice -g changes all threads of the processes in a group, renice -p of the same single process only its first thread.
#
# Run:    renice of util-linux 2.38.1 (Debian bsdutils 1:2.38.1-5+deb12u3), Linux 6.18.44 x86-64, glibc 2.36. Needs a C
#         compiler.
# Guess:  Linux keeps the nice value for each thread, and setpriority touches the one whose number it is given. A
#         process group is a list of processes, so -g does to each of them what -p does: its leader is changed.
# Is:     By process the kernel looks one task up, by group (and by user) it walks over processes and, in each, over
#         threads. For a group of one process with three threads -p reaches one and -g three. ioprio_set (ionice -P)
#         does the same. So a busy worker pool is reniced at one blow by its group, and not by its pid.
# Seen (nice values of the first thread and two more):
#   at first: 0 0 0
#   renice -n 5 -p PID: 5 0 0
#   renice -n 7 -g PID: 7 7 7
set -u
dir=$(mktemp -d) || exit 77
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download bsdutils=1:2.38.1-5+deb12u3 >/dev/null 2>&1 && dpkg -x bsdutils_*.deb root) ||
	{ echo "skipped: bsdutils 1:2.38.1-5+deb12u3 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	pthread_t t;

	alarm(60);
	setpgid(0, 0);
	pthread_create(&t, NULL, sleeper, NULL);
	pthread_create(&t, NULL, sleeper, NULL);
	puts("up");
	fflush(stdout);
	sleeper(NULL);
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/up" &
pid=$!
while [ ! -s "$dir/up" ]; do sleep 0.1; done
# Field 19 of stat, the leader's first; the name has no blank here.
nice_of() {
	line="$1: $(cut -d' ' -f19 "/proc/$pid/stat")"
	for task in /proc/"$pid"/task/*; do
		[ "${task##*/}" = "$pid" ] || line="$line $(cut -d' ' -f19 "$task/stat")"
	done
	echo "$line"
}
renice=$dir/root/usr/bin/renice
{
	nice_of "at first"
	"$renice" -n 5 -p "$pid" >/dev/null
	nice_of "renice -n 5 -p PID"
	"$renice" -n 7 -g "$pid" >/dev/null
	nice_of "renice -n 7 -g PID"
} >"$dir/out"
cat "$dir/out"
if ! grep -qx 'at first: 0 0 0' "$dir/out"; then
	echo "skipped: begun with another nice value"
	exit 77
fi
cat >"$dir/want" <<'W'
at first: 0 0 0
renice -n 5 -p PID: 5 0 0
renice -n 7 -g PID: 7 7 7
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
