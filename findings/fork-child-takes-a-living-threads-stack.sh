#!/bin/sh
# SPDX-License-Identifier: MIT
# The first thread made in a child of fork gets, without an mmap, stack and pthread_t of a thread that runs in the parent.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), Linux 6.18.44 x86-64.
#         Needs a C compiler.
# Guess:  Stacks of threads that fork didn't copy are lost in the child, as memory nobody knows of; the cache of free
#         stacks is empty there, as no thread has been joined. So pthread_create maps a new one, at a new address.
# Is:     glibc's fork puts the stacks of all threads that aren't in the child into the cache of free ones, and the next
#         pthread_create takes one: no mmap, no mprotect, the same addresses as a thread of the parent (a copy
#         of its memory, with what it had left there below the stack pointer). So a tracer that follows both
#         processes sees two threads with equal stack, TLS base and pthread_t, and may not key on them.
# Seen:
#   in the child: the mappings have grown by 0; pthread_t and stack are those of the parent's thread: yes
#   what that thread had written below: still there
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEEP (1024 * 1024)
static int told[2];
static char *mark;

/* A mark a megabyte down, where no later call of this thread comes. */
static void leave_a_mark(void)
{
	char deep[DEEP];

	mark = deep;
	memcpy(mark, "mark", 5);
	__asm__ volatile("" : : "r"(deep) : "memory");
}

static void *old(void *arg)
{
	leave_a_mark();
	if (write(told[1], "x", 1) != 1)
		exit(77);
	for (;;)
		pause();
	return arg;
}

static void *new(void *arg)
{
	char here;

	*(int *)arg = &here > mark && &here < mark + DEEP + 65536;
	return memcmp(mark, "mark", 5) == 0 ? "still there" : "gone";
}

static long mapped(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld", &pages) != 1)
		exit(77);
	fclose(f);
	return pages;
}

int main(void)
{
	pthread_t t;
	char c;

	if (pipe(told) < 0 || pthread_create(&t, NULL, old, NULL) != 0 || read(told[0], &c, 1) != 1)
		return 77;
	if (fork() == 0) {
		long before = mapped();
		int same_stack = 0;
		pthread_t t2;
		void *said;

		if (pthread_create(&t2, NULL, new, &same_stack) != 0)
			exit(77);
		pthread_join(t2, &said);
		printf("in the child: the mappings have grown by %ld; ", mapped() - before);
		printf("pthread_t and stack are those of the parent's thread: %s\n", t2 == t && same_stack ? "yes" : "no");
		printf("what that thread had written below: %s\n", (char *)said);
		exit(0);
	}
	wait(NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
in the child: the mappings have grown by 0; pthread_t and stack are those of the parent's thread: yes
what that thread had written below: still there
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
