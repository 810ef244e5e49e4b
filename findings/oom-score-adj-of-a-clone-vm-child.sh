#!/bin/sh
# SPDX-License-Identifier: MIT
# A child made with CLONE_VM that writes its own oom_score_adj writes its parent's, too; a vfork child doesn't.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler.
# Guess:  oom_score_adj is a process's. A child process that sets its own, as launchers do between fork and exec,
#         changes nobody else's, whatever it shares.
# Is:     The kernel keeps one value for all processes that share a memory, for it couldn't free that by killing one of
#         them: a write through any one is copied to all. But it only looks for others once there was a child with
#         CLONE_VM and without CLONE_VFORK. So a launcher that gives its children 500 marks itself as the next victim
#         when it uses plain CLONE_VM, and not with vfork or posix_spawn; and the value stays when the child has gone.
# Seen:
#   at first: 0
#   a child with CLONE_VM|CLONE_VFORK wrote 300: it has 300, the parent 0
#   a child with CLONE_VM wrote 500: it has 500, the parent 500
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int child_has;

static int get(void)
{
	char buf[16] = "";
	int fd = open("/proc/self/oom_score_adj", O_RDONLY);

	if (fd < 0 || read(fd, buf, sizeof(buf) - 1) < 0)
		exit(77);
	close(fd);
	return atoi(buf);
}

static int child(void *arg)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);
	ssize_t n = fd < 0 ? -1 : write(fd, arg, strlen(arg));

	close(fd);
	child_has = n < 0 ? -1 : get();
	_exit(0);
}

static void run(const char *what, int flags, char *value)
{
	pid_t pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, value);

	if (pid < 0)
		exit(77);
	waitpid(pid, NULL, 0);
	printf("a child with %s wrote %s: it has %d, the parent %d\n", what, value, child_has, get());
}

int main(void)
{
	int first = get();

	if (first != 0)
		return 77;
	printf("at first: %d\n", first);
	run("CLONE_VM|CLONE_VFORK", CLONE_VM | CLONE_VFORK, "300");
	run("CLONE_VM", CLONE_VM, "500");
	return 0;
}
C
cc -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: oom_score_adj is not 0 at first"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
at first: 0
a child with CLONE_VM|CLONE_VFORK wrote 300: it has 300, the parent 0
a child with CLONE_VM wrote 500: it has 500, the parent 500
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
