#!/bin/sh
# SPDX-License-Identifier: MIT
# After an execve by a thread that is not the leader, that thread's own pidfd says that it exited with 0, and the pidfd of
# the leader thread, which the execve killed, says that it is alive.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  A PIDFD_THREAD descriptor follows the task. So after the exec the one of the thread that called execve is
#         not readable, for that thread runs the new program, and the leader's polls POLLIN|POLLHUP, for it was killed.
# Is:     The reverse. A pidfd holds the struct pid, not the task, and the execing thread takes the leader's number
#         over. Its old number dies: POLLIN|POLLHUP, no signal can be sent through it, and PIDFD_GET_INFO has
#         PIDFD_INFO_EXIT (8) set with exit code 0 for a thread that never exited. A supervisor that keeps a pidfd a
#         thread counts a clean end there, and never hears of the leader's.
# Seen:
#   before  leader: poll 0, info has exit: no      execing thread: poll 0, info has exit: no
#   after   leader: poll 0, info has exit: no      execing thread: poll 11, info has exit: yes, code 0
#   comm of the process after the exec: sleep
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PIDFD_THREAD 0200
#define INFO_EXIT 8u

/* The first 64 bytes of struct pidfd_info, as Linux 6.13 and later have it. */
struct info {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid, creds[8];
	int32_t exit_code;
};
#define GET_INFO _IOWR(0xFF, 11, char[64])

static int told[2], go[2];

static void *execer(void *arg)
{
	pid_t tid = gettid();
	char c;

	if (write(told[1], &tid, sizeof(tid)) < 0 || read(go[0], &c, 1) != 1)
		_exit(1);
	execl("/bin/sleep", "sleep", "30", NULL);
	return arg;
}

static void look(const char *who, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct info info = { .mask = INFO_EXIT };

	poll(&p, 1, 0);
	if (ioctl(fd, GET_INFO, &info) < 0)
		printf("%s: poll %x, no info", who, p.revents);
	else if (info.mask & INFO_EXIT)
		printf("%s: poll %x, info has exit: yes, code %d", who, p.revents, info.exit_code);
	else
		printf("%s: poll %x, info has exit: no", who, p.revents);
}

static int comm(pid_t pid, char *buf, int size)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "r");
	if (!f || !fgets(buf, size, f))
		buf[0] = '\0';
	if (f)
		fclose(f);
	return strcmp(buf, "sleep\n") == 0;
}

int main(void)
{
	char name[32];
	pid_t pid, tid;
	int leader, thread;

	if (pipe(told) < 0 || pipe(go) < 0)
		return 77;
	pid = fork();
	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, execer, NULL);
		for (;;)
			pause();
	}
	if (read(told[0], &tid, sizeof(tid)) != sizeof(tid))
		return 77;
	leader = syscall(SYS_pidfd_open, pid, PIDFD_THREAD);
	thread = syscall(SYS_pidfd_open, tid, PIDFD_THREAD);
	if (leader < 0 || thread < 0) {
		kill(pid, SIGKILL);
		return 77;
	}
	printf("before  ");
	look("leader", leader);
	look("      execing thread", thread);
	if (write(go[1], "x", 1) != 1)
		return 77;
	for (int i = 0; i < 500 && !comm(pid, name, sizeof(name)); i++)
		usleep(10000);
	usleep(100000);
	printf("\nafter   ");
	look("leader", leader);
	look("      execing thread", thread);
	printf("\ncomm of the process after the exec: %s", name);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no PIDFD_THREAD (Linux 6.9)"; exit 77; }
cat "$dir/out"
if grep -q 'no info' "$dir/out"; then
	echo "skipped: no PIDFD_GET_INFO (Linux 6.13)"
	exit 77
fi
cat >"$dir/want" <<'W'
before  leader: poll 0, info has exit: no      execing thread: poll 0, info has exit: no
after   leader: poll 0, info has exit: no      execing thread: poll 11, info has exit: yes, code 0
comm of the process after the exec: sleep
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
