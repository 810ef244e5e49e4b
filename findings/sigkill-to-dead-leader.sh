#!/bin/sh
# SPDX-License-Identifier: MIT
# SIGKILL sent with tgkill to a thread-group leader that has exited kills nobody, and SIGTERM and SIGSTOP are lost too.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  main leaves by pthread_exit, a second thread sleeps on. tgkill(pid, pid, SIGKILL) either fails with ESRCH,
#         since that thread is dead, or kills the process: SIGKILL is for the whole group, whichever thread it hits.
# Is:     It returns 0, and nothing happens: a dead leader is kept as a zombie, so it is found, but a signal that is sent
#         to a thread that is exiting is dropped before the kernel looks whether it is a fatal one. tkill and
#         pidfd_send_signal on a PIDFD_THREAD descriptor do the same. kill(pid, SIGKILL) works.
#         So a tool that ends a process by a tgkill to the leader believes in a success that is none.
# Seen:
#   leader: Z (zombie)
#   tgkill(leader, SIGTERM) = 0, alive
#   tgkill(leader, SIGSTOP) = 0, alive, the other thread: S (sleeping)
#   tgkill(leader, SIGKILL) = 0, alive
#   tkill(leader, SIGKILL) = 0, alive
#   pidfd_send_signal(PIDFD_THREAD, SIGKILL) = 0, alive
#   kill(pid, SIGKILL) = 0, ended
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int told[2];

static void *sleeper(void *arg)
{
	pid_t tid = gettid();

	if (write(told[1], &tid, sizeof(tid)) < 0)
		_exit(1);
	for (;;)
		pause();
	return arg;
}

static const char *state(pid_t pid, pid_t tid)
{
	static char line[128];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f) && strncmp(line, "State:\t", 7) != 0)
		;
	if (f)
		fclose(f);
	line[strcspn(line, "\n")] = '\0';
	return line + 7;
}

/* Half a second is given to the signal to do its work. */
static const char *after(pid_t pid)
{
	for (int i = 0; i < 50; i++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return "ended";
		usleep(10000);
	}
	return "alive";
}

int main(void)
{
	pid_t pid, tid;
	long r;

	if (pipe(told) < 0)
		return 77;
	pid = fork();
	if (pid == 0) {
		pthread_t t;

		pthread_create(&t, NULL, sleeper, NULL);
		pthread_exit(NULL);
	}
	if (read(told[0], &tid, sizeof(tid)) != sizeof(tid))
		return 77;
	for (int i = 0; i < 500 && *state(pid, pid) != 'Z'; i++)
		usleep(10000);
	printf("leader: %s\n", state(pid, pid));
	r = syscall(SYS_tgkill, pid, pid, SIGTERM);
	printf("tgkill(leader, SIGTERM) = %ld, %s\n", r, after(pid));
	r = syscall(SYS_tgkill, pid, pid, SIGSTOP);
	printf("tgkill(leader, SIGSTOP) = %ld, %s", r, after(pid));
	printf(", the other thread: %s\n", state(pid, tid));
	r = syscall(SYS_tgkill, pid, pid, SIGKILL);
	printf("tgkill(leader, SIGKILL) = %ld, %s\n", r, after(pid));
	r = syscall(SYS_tkill, pid, SIGKILL);
	printf("tkill(leader, SIGKILL) = %ld, %s\n", r, after(pid));
	r = syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, pid, 0200), SIGKILL, NULL, 0);
	printf("pidfd_send_signal(PIDFD_THREAD, SIGKILL) = %ld, %s\n", r, after(pid));
	r = kill(pid, SIGKILL);
	printf("kill(pid, SIGKILL) = %ld, %s\n", r, after(pid));
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
leader: Z (zombie)
tgkill(leader, SIGTERM) = 0, alive
tgkill(leader, SIGSTOP) = 0, alive, the other thread: S (sleeping)
tgkill(leader, SIGKILL) = 0, alive
tkill(leader, SIGKILL) = 0, alive
pidfd_send_signal(PIDFD_THREAD, SIGKILL) = 0, alive
kill(pid, SIGKILL) = 0, ended
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
