#!/bin/sh
# SPDX-License-Identifier: MIT
# pthread_join of a thread that seccomp killed, or that left by exit(2), succeeds, with the result of an earlier thread.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), Linux 6.18.44 x86-64. Needs
#         a C compiler. (glibc 2.43-7 does the same.)
# Guess:  The kernel clears the tid word at the end, however a thread ends; so pthread_join returns. No start routine
#         has returned and nothing was handed to pthread_exit, so the result is NULL.
# Is:     glibc keeps the result in the thread's descriptor, on its stack, and takes that stack from the threads that
#         were there before: nobody clears the result. So the joiner is told 0, and gets what the thread before it on
#         that stack had returned; only on a new stack it is NULL. Nothing says that the thread
#         was cut off.
# Seen:
#   a new stack, exit(2): joined, result NULL
#   exit(2): joined, result of the thread before
#   killed by seccomp: joined, result of the thread before
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What is needed of linux/filter.h and linux/seccomp.h. */
struct instruction {
	unsigned short code;
	unsigned char yes, no;
	unsigned int k;
};
struct program {
	unsigned short n;
	struct instruction *first;
};
#define LOAD_WORD 0x20
#define JUMP_EQUAL 0x15
#define RETURN 0x06
#define KILL_THREAD 0u
#define ALLOW 0x7fff0000u

static int result;

static void *before(void *arg)
{
	(void)arg;
	return &result;
}

/* getppid is what this thread may not call. */
static void forbid(void)
{
	struct instruction filter[] = { { LOAD_WORD, 0, 0, 0 }, { JUMP_EQUAL, 0, 1, SYS_getppid },
		{ RETURN, 0, 0, KILL_THREAD }, { RETURN, 0, 0, ALLOW } };
	struct program program = { 4, filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, 2, &program, 0, 0) < 0)
		_exit(77);
}

static void *after(void *killed)
{
	if (killed) {
		forbid();
		syscall(SYS_getppid);
	}
	syscall(SYS_exit, 0);
	return NULL;
}

int main(int argc, char **argv)
{
	int new_stack = argc > 1 && strcmp(argv[1], "new") == 0, killed = argc > 1 && strcmp(argv[1], "killed") == 0;
	void *got = &got;
	pthread_t t;

	if (!new_stack && (pthread_create(&t, NULL, before, NULL) != 0 || pthread_join(t, NULL) != 0))
		return 77;
	if (pthread_create(&t, NULL, after, killed ? &result : NULL) != 0)
		return 77;
	if (pthread_join(t, &got) != 0)
		printf("not joined\n");
	else
		printf("joined, result %s\n", got == &result ? "of the thread before" : got ? "of its own" : "NULL");
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
run() { "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" "$1"; }
cat >"$dir/out" <<O
a new stack, exit(2): $(run new)
exit(2): $(run exit)
killed by seccomp: $(run killed)
O
cat >"$dir/want" <<'W'
a new stack, exit(2): joined, result NULL
exit(2): joined, result of the thread before
killed by seccomp: joined, result of the thread before
W
cat "$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
