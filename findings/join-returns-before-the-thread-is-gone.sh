#!/bin/sh
# SPDX-License-Identifier: MIT
# After pthread_join has returned the process can still count as multi-threaded: unshare and clone are refused with EINVAL.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 and musl 1.2.3 (static), one program of this script with each. Needs a C
#         compiler; without musl-gcc only glibc's half is looked at.
# Guess:  The join waits for the end of the thread. After it the process has one thread, and what needs that works:
#         unshare(CLONE_NEWUSER), setns to a user namespace, unshare(CLONE_VM), a tgkill fails with ESRCH.
# Is:     What a join sleeps on is written by the kernel when the thread gives its memory up. Only then are its files
#         closed and its other belongings dropped, and only at last does it leave the group. To make that moment
#         wide, the thread here has a file table of its own with some thousand files. "Threads:" in
#         /proc/self/status, tgkill and unshare(CLONE_VM), which does nothing but check, agree that it is there.
#         It passes: those who see an EINVAL now and then should wait until tgkill(tid, 0) says ESRCH.
# Seen (20 joins; the number differs from run to run):
#   glibc: the joined thread was still there 20 times; then unshare: Invalid argument; a moment later: Success
#   musl: the joined thread was still there 20 times; then unshare: Invalid argument; a moment later: Success
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int tid;

static void *worker(void *arg)
{
	tid = syscall(SYS_gettid);
	if (unshare(CLONE_FILES) < 0)
		return arg;
	while (dup(0) >= 0)
		;
	return arg;
}

static int still_there(void)
{
	return syscall(SYS_tgkill, getpid(), tid, 0) == 0;
}

int main(void)
{
	struct rlimit lim;
	int there = 0, refused = 0, later = 0;

	getrlimit(RLIMIT_NOFILE, &lim);
	lim.rlim_cur = lim.rlim_max < 20000 ? lim.rlim_max : 20000;
	setrlimit(RLIMIT_NOFILE, &lim);
	for (int i = 0; i < 20; i++) {
		pthread_t t;
		int r;

		if (pthread_create(&t, NULL, worker, NULL) != 0)
			return 77;
		pthread_join(t, NULL);
		r = unshare(CLONE_VM) < 0 ? errno : 0;
		/* There after the call was answered: so it was there all the time. */
		if (still_there()) {
			there++;
			refused = r;
		}
		while (still_there())
			usleep(1000);
		later = unshare(CLONE_VM) < 0 ? errno : 0;
	}
	printf("the joined thread was still there %d times; then unshare: %s", there, strerror(refused));
	printf("; a moment later: %s\n", later ? strerror(later) : "Success");
	return there > 0 && refused == EINVAL && later == 0 ? 0 : 1;
}
C
cc -O1 -pthread -o "$dir/glibc" "$dir/t.c" || exit 77
ok=0
printf 'glibc: '
"$dir/glibc" </dev/null || ok=1
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	printf 'musl: '
	"$dir/musl" </dev/null || ok=1
fi
[ $ok = 0 ] && exit 0
echo "changed"
exit 1
