#!/bin/sh
# SPDX-License-Identifier: MIT
# lsns doesn't list a namespace that only a thread is in: it looks at the leaders, but each thread has its own.
#
# Run:    lsns of util-linux 2.38.1 (Debian util-linux 2.38.1-5+deb12u3), Linux 6.18.44 x86-64, glibc 2.36. As root (it
#         makes a network namespace). Needs a C compiler.
# Guess:  lsns, as root, lists all namespaces in which something runs, so the network namespace too that a worker thread
#         made for itself by unshare (what programs in Go do with a locked thread). And asked about the
#         worker's tid, lsns -p lists those of the worker.
# Is:     It reads /proc/PID/ns for the numbers that a listing of /proc has, which are the leaders'. The namespace is in no
#         list, and lsns -p TID prints nothing at all, with exit status 0, though /proc/TID/ns/net is there. So a
#         leaked network namespace of a long-running thread is one that the usual tool can't find.
# Seen:
#   /proc/TID/ns/net differs from main's: yes
#   lsns lists main's: yes
#   lsns lists the thread's: no
#   lsns -p TID: 0 lines, exit 0
set -u
dir=$(mktemp -d) || exit 77
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download util-linux=2.38.1-5+deb12u3 >/dev/null 2>&1 && dpkg -x util-linux_*.deb root) ||
	{ echo "skipped: util-linux 2.38.1-5+deb12u3 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

static void *worker(void *arg)
{
	printf("%d\n", unshare(CLONE_NEWNET) < 0 ? 0 : gettid());
	fflush(stdout);
	for (;;)
		pause();
	return arg;
}

int main(void)
{
	pthread_t t;

	alarm(60);
	pthread_create(&t, NULL, worker, NULL);
	for (;;)
		pause();
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/tid" &
pid=$!
while [ ! -s "$dir/tid" ]; do sleep 0.1; done
tid=$(cat "$dir/tid")
[ "$tid" != 0 ] || { echo "skipped: no network namespace for us"; exit 77; }
number() { readlink "/proc/$1/ns/net" | tr -dc 0-9; }
listed() { grep -qw "$1" "$dir/all" && echo yes || echo no; }
lsns=$dir/root/usr/bin/lsns
"$lsns" -n -t net -o NS >"$dir/all"
{
	[ "$(number "$pid")" != "$(number "$tid")" ] && echo "/proc/TID/ns/net differs from main's: yes"
	echo "lsns lists main's: $(listed "$(number "$pid")")"
	echo "lsns lists the thread's: $(listed "$(number "$tid")")"
	"$lsns" -n -p "$tid" >"$dir/of"
	rc=$?
	echo "lsns -p TID: $(wc -l <"$dir/of") lines, exit $rc"
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
/proc/TID/ns/net differs from main's: yes
lsns lists main's: yes
lsns lists the thread's: no
lsns -p TID: 0 lines, exit 0
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
