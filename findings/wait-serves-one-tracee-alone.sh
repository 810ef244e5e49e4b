#!/bin/sh
# SPDX-License-Identifier: MIT
# waitpid(2) for any tracee: of several that are stopped it reports the same one each time: of a tracer's own children the
# eldest, of others the one that was attached last.
#
# Run:    Linux 6.18.44 x86-64. Needs a C compiler.
# Guess:  Stops are reported in the order in which they happened, or in turn; so a tracer that takes one, sees to it, lets it go
#         on and waits again serves each of its tracees.
# Is:     There is no queue. The kernel takes the first that has something of two lists: the tracer's children, which lie there
#         by age, and then those that it traces and that are none, of which who is attached, or born to one that is, goes to
#         the head (kernel/exit.c, do_wait; kernel/ptrace.c, __ptrace_link). One that stops again before the next wait is
#         reported again, and the others stay stopped for good. A tracer has to take all reports that there are before it
#         lets anybody go on, or to ask for each by its number.
# Seen:   (reports of the one that was attached first, second, last; each is let go on when reported)
#   own children: 300, 0, 0
#   of another process: 0, 0, 300
#   all taken before anyone goes on: 100, 100, 100
set -u
command -v cc >/dev/null || { echo "skipped: cc is missing"; exit 77; }
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT

cat >"$dir/serves.c" <<'C'
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TRACEES = 3, WAITS = 300 };

static pid_t tracee[TRACEES], others;
static unsigned reports[TRACEES];

static void end(int status)
{
	for (int i = 0; i < TRACEES; i++)
		if (tracee[i] > 0)
			kill(tracee[i], SIGKILL);
	if (others > 0)
		kill(others, SIGKILL);
	exit(status);
}

static int is_stopped(pid_t pid)
{
	char path[64], text[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f)
		fclose(f);
	text[n] = '\0';
	const char *name_ends = strrchr(text, ')');
	return name_ends && name_ends[2] == 't';
}

static void until_all_are_stopped(void)
{
	for (int i = 0; i < TRACEES; i++)
		while (!is_stopped(tracee[i]))
			nanosleep(&(struct timespec){ .tv_nsec = 100000 }, NULL);
}

/* Whose report it was. */
static int next(int flags)
{
	int status;
	pid_t pid = waitpid(-1, &status, flags | __WALL);

	for (int i = 0; i < TRACEES; i++)
		if (pid == tracee[i]) {
			reports[i]++;
			return i;
		}
	if (pid != 0)
		end(1);
	return -1;
}

static void stop_again_and_again(void)
{
	signal(SIGUSR1, SIG_IGN);
	raise(SIGSTOP); /* until it is traced */
	for (;;)
		kill(getpid(), SIGUSR1);
}

/* Three that stop again and again: children of ours, or of a child of ours. */
static void make(int own)
{
	int to[2];

	if (pipe(to))
		exit(77);
	pid_t parent = own ? 0 : fork();
	if (parent == 0) {
		for (int i = 0; i < TRACEES; i++) {
			pid_t pid = fork();
			if (pid == 0)
				stop_again_and_again();
			while (waitpid(pid, NULL, WUNTRACED) != pid)
				;
			if (write(to[1], &pid, sizeof(pid)) != sizeof(pid))
				_exit(1);
		}
		if (!own)
			for (;;)
				pause();
	}
	others = parent;
	for (int i = 0; i < TRACEES; i++)
		if (read(to[0], &tracee[i], sizeof(tracee[i])) != sizeof(tracee[i]) ||
			ptrace(PTRACE_SEIZE, tracee[i], 0, 0) || kill(tracee[i], SIGCONT))
			end(77);
	close(to[0]);
	close(to[1]);
}

static void unmake(void)
{
	for (int i = 0; i < TRACEES; i++)
		kill(tracee[i], SIGKILL);
	for (int i = 0; i < TRACEES; i++)
		waitpid(tracee[i], NULL, __WALL);
	if (others) {
		kill(others, SIGKILL);
		waitpid(others, NULL, 0);
	}
	memset(tracee, 0, sizeof(tracee));
	memset(reports, 0, sizeof(reports));
	others = 0;
}

static void one_by_one(const char *whose, int own)
{
	make(own);
	for (int n = 0; n < WAITS; n++) {
		until_all_are_stopped();
		ptrace(PTRACE_CONT, tracee[next(0)], 0, 0);
	}
	printf("%s: %u, %u, %u\n", whose, reports[0], reports[1], reports[2]);
	unmake();
}

int main(void)
{
	one_by_one("own children", 1);
	one_by_one("of another process", 0);
	make(0);
	for (int n = 0; n < WAITS / TRACEES; n++) {
		until_all_are_stopped();
		while (next(WNOHANG) >= 0)
			;
		for (int i = 0; i < TRACEES; i++)
			ptrace(PTRACE_CONT, tracee[i], 0, 0);
	}
	printf("all taken before anyone goes on: %u, %u, %u\n", reports[0], reports[1], reports[2]);
	unmake();
	return 0;
}
C
cc -O1 -w -o "$dir/serves" "$dir/serves.c" || exit 77
out=$(timeout 60 "$dir/serves") || { echo "skipped or failed ($?): nobody can be traced here: $out"; exit 77; }
echo "$out"
want='own children: 300, 0, 0
of another process: 0, 0, 300
all taken before anyone goes on: 100, 100, 100'
[ "$out" = "$want" ] || { echo "CHANGED: expected
$want"; exit 1; }
