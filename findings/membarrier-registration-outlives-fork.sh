#!/bin/sh
# SPDX-License-Identifier: MIT
# What a process registers with membarrier(2) its child by fork has, too, though the address space is a new one.
#
# Run:    Linux 6.18.44 x86-64, a program of this script. Needs a C compiler.
# Guess:  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED is about an address space: a child by fork has another one, and gets EPERM
#         until it registers itself, as the manual page says of every process. So a library registers in a child anew
#         (pthread_atfork).
# Is:     The state is copied with the address space: the child may use what its parent has registered. Only execve takes it
#         away.
# Seen:
#   before: EPERM
#   registered: 0
#   a child by fork: 0
#   after execve: EPERM
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long barrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

static void say(const char *what)
{
	printf("%s: %s\n", what, barrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) ? strerrorname_np(errno) : "0");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say(argv[1]);
		return 0;
	}
	say("before");
	if (barrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED))
		return 77;
	say("registered");
	if (fork() == 0) {
		say("a child by fork");
		_exit(0);
	}
	wait(NULL);
	execl("/proc/self/exe", argv[0], "after execve", (char *)NULL);
	return 77;
}
C
cc -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
before: EPERM
registered: 0
a child by fork: 0
after execve: EPERM
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
