#!/bin/sh
# SPDX-License-Identifier: MIT
# With kernel.shm_rmid_forced a System V segment is destroyed when the thread that made it ends, not its process.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script, as root: it sets the sysctl in an IPC
#         namespace of its own. Needs a C compiler.
# Guess:  The sysctl ties a segment to the life of the process that made it: one that a worker made and nobody has
#         attached yet is there until the process ends.
# Is:     The kernel keeps the task that called shmget as the creator. When that thread ends, its segments that
#         nobody is attached to are destroyed, though the process, which knows the id, goes on: a shmat of it then
#         fails with EINVAL. A segment of main made at the same time is there.
# Seen:
#   the worker runs: its segment is there, main's is there
#   the worker is joined: its segment is gone, main's is there
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

static int mine, of_worker, go[2];
static volatile int tid;

static void *worker(void *arg)
{
	char c;

	of_worker = shmget(IPC_PRIVATE, 4096, 0600);
	tid = gettid();
	return read(go[0], &c, 1) == 1 ? NULL : arg;
}

static const char *there(int id)
{
	struct shmid_ds ds;

	return shmctl(id, IPC_STAT, &ds) == 0 ? "there" : "gone";
}

int main(void)
{
	pthread_t t;
	int fd;

	if (unshare(CLONE_NEWIPC) < 0 || pipe(go) < 0)
		return 77;
	fd = open("/proc/sys/kernel/shm_rmid_forced", O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		return 77;
	mine = shmget(IPC_PRIVATE, 4096, 0600);
	if (pthread_create(&t, NULL, worker, NULL) != 0)
		return 77;
	while (!tid)
		usleep(1000);
	printf("the worker runs: its segment is %s, main's is %s\n", there(of_worker), there(mine));
	if (write(go[1], "x", 1) != 1)
		return 77;
	pthread_join(t, NULL);
	/* The join returns a moment before the kernel is through with the thread. */
	for (int i = 0; i < 500 && syscall(SYS_tgkill, getpid(), tid, 0) == 0; i++)
		usleep(10000);
	printf("the worker is joined: its segment is %s, main's is %s\n", there(of_worker), there(mine));
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no IPC namespace of one's own here (root is needed)"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
the worker runs: its segment is there, main's is there
the worker is joined: its segment is gone, main's is there
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
