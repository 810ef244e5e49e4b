#!/bin/sh
# SPDX-License-Identifier: MIT
# The first child of a pid namespace that shares its parent's signal handlers sets the parent's SIGCHLD to be ignored.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs root and a C compiler.
# Guess:  CLONE_NEWPID changes what numbers the child has. Its end is told to its parent as that of any other child: by
#         SIGCHLD, which a handler of the parent's catches, and by waitpid.
# Is:     A namespace whose first task ends takes all others in it along, and that task waits for them; so that nobody has
#         to wait for each, the kernel lets it ignore SIGCHLD from then on. With CLONE_SIGHAND the table of handlers is
#         its parent's, too: the parent's handler is gone for good, the child's own end brings no signal, and since SIGCHLD
#         is ignored there is nobody to wait for: ECHILD, also with __WALL.
# Seen:
#   a child that shares memory and handlers: waitpid has the status, handler ran 1 times, it is set still now
#   the same, first of a pid namespace: waitpid No child processes, handler ran 0 times, it is SIG_IGN now
#   the same with handlers of its own: waitpid has the status, handler ran 1 times, it is set still now
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile sig_atomic_t signals;

static void on_child(int sig)
{
	(void)sig;
	signals++;
}

static int child(void *arg)
{
	(void)arg;
	syscall(SYS_exit, 3);
	return 0;
}

static void run(const char *what, int flags)
{
	struct sigaction mine = { .sa_handler = on_child, .sa_flags = SA_RESTART }, now;
	int status = 0;

	signals = 0;
	sigaction(SIGCHLD, &mine, NULL);
	pid_t pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, NULL);
	if (pid < 0) {
		printf("skipped: %s\n", strerror(errno));
		exit(77);
	}
	pid_t got = waitpid(pid, &status, __WALL);
	int err = errno;
	sigaction(SIGCHLD, NULL, &now);
	printf("%s: waitpid %s, handler ran %d times, it is %s now\n", what,
		got == pid ? "has the status" : strerror(err), (int)signals,
		now.sa_handler == on_child ? "set still" : now.sa_handler == SIG_IGN ? "SIG_IGN" : "another");
}

int main(void)
{
	run("a child that shares memory and handlers", CLONE_VM | CLONE_SIGHAND);
	run("the same, first of a pid namespace", CLONE_VM | CLONE_SIGHAND | CLONE_NEWPID);
	run("the same with handlers of its own", CLONE_VM | CLONE_NEWPID);
	return 0;
}
C
cc -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { cat "$dir/out"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
a child that shares memory and handlers: waitpid has the status, handler ran 1 times, it is set still now
the same, first of a pid namespace: waitpid No child processes, handler ran 0 times, it is SIG_IGN now
the same with handlers of its own: waitpid has the status, handler ran 1 times, it is set still now
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
