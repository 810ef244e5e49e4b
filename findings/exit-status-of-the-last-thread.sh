#!/bin/sh
# SPDX-License-Identifier: MIT
# A process whose threads leave one by one by exit(2) ends with the status of the one that left last, not of its first.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script; linked statically, on Debian's
#         5.10.0-32 and 6.1.0-50 under qemu, too. Needs a C compiler.
# Guess:  wait() is told of the leader, the task that has the pid: main's exit(5) is the status, whatever a thread says
#         later. And a main that left by pthread_exit means 0, as the C libraries do it.
# Is:     That was so (5.10 says 5 and 0). On 6.1 and 6.18 who leaves last speaks for the process, as if it had called
#         exit_group with its code. So with raw exits the status is that of whoever was slowest, and a thread that ends
#         itself with some code makes a failure of a main that has said 0. The leader's own record keeps its own code: a
#         tracer that reads PTRACE_GETEVENTMSG at the leader's exit stop hears 5, and wait() then says 3.
# Seen:
#   main exit(5), then a thread exit(3): status 3
#   main pthread_exit, then a thread exit(3): status 3
#   a thread exit(3), then main exit(5): status 5
#   main's exit stop: 5, wait() afterwards: 3
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum how { MAIN_EXITS_FIRST, MAIN_LEAVES_BY_PTHREAD_EXIT, MAIN_EXITS_LAST };

/* Whether the task is gone, or a zombie. */
static int has_left(pid_t tid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", getpid(), tid);
	f = fopen(path, "r");
	if (!f)
		return 1;
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return state == 'Z' || state == 'X';
}

static volatile pid_t thread_tid;

static void *thread(void *arg)
{
	thread_tid = gettid();
	if ((enum how)(long)arg != MAIN_EXITS_LAST)
		while (!has_left(getpid()))
			usleep(1000);
	syscall(SYS_exit, 3);
	return NULL;
}

static void life(enum how how)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, (void *)(long)how) != 0)
		_exit(77);
	if (how == MAIN_LEAVES_BY_PTHREAD_EXIT)
		pthread_exit(NULL);
	if (how == MAIN_EXITS_LAST)
		while (thread_tid == 0 || !has_left(thread_tid))
			usleep(1000);
	syscall(SYS_exit, 5);
}

static void status_of(const char *what, enum how how)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		life(how);
	waitpid(pid, &status, 0);
	printf("%s: status %d\n", what, WEXITSTATUS(status));
	fflush(stdout);
}

static int traced(void)
{
	unsigned long code = 0;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(77);
		raise(SIGSTOP);
		life(MAIN_EXITS_FIRST);
	}
	waitpid(pid, &status, 0);
	if (!WIFSTOPPED(status))
		return 77;
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
	ptrace(PTRACE_CONT, pid, 0, 0);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (status >> 16 == PTRACE_EVENT_EXIT)
			ptrace(PTRACE_GETEVENTMSG, pid, 0, &code);
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
	printf("main's exit stop: %lu, wait() afterwards: %d\n", code >> 8, WEXITSTATUS(status));
	return 0;
}

int main(void)
{
	status_of("main exit(5), then a thread exit(3)", MAIN_EXITS_FIRST);
	status_of("main pthread_exit, then a thread exit(3)", MAIN_LEAVES_BY_PTHREAD_EXIT);
	status_of("a thread exit(3), then main exit(5)", MAIN_EXITS_LAST);
	return traced();
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: can't trace here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
main exit(5), then a thread exit(3): status 3
main pthread_exit, then a thread exit(3): status 3
a thread exit(3), then main exit(5): status 5
main's exit stop: 5, wait() afterwards: 3
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
