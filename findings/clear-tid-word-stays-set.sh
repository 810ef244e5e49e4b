#!/bin/sh
# SPDX-License-Identifier: MIT
# CLONE_CHILD_CLEARTID does nothing at the end of a process whose memory nobody else has, though its parent waits for the word.
#
# Run:    Linux 6.18.44 x86-64, a program of this script. Needs a C compiler.
# Guess:  At a task's end the kernel clears the word that CLONE_CHILD_CLEARTID named and wakes who waits for it by futex. In
#         memory that is mapped shared a parent can so await a child's end without wait(2), as pthread_join awaits a thread.
# Is:     The word is left alone when nobody else has the same address space: the kernel takes it for memory that goes away
#         with the task, and does not look whether the page is shared. The waiter sleeps on. With any other task
#         that shares the memory, one that has nothing to do with the matter, the word is cleared and the waiter is woken.
# Seen:
#   a child with memory of its own: the word is 7, who waits for it sleeps on
#   the same, and a process that shares its memory: the word is 0, who waits for it is woken
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int there;

static int partner(void *arg)
{
	(void)arg;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	there = 1;
	for (;;)
		pause();
}

static void run(const char *what, int shared)
{
	int *word = mmap(NULL, sizeof(*word), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec most = { .tv_sec = 1 };
	int go[2];
	char c;

	if (word == MAP_FAILED || pipe(go))
		exit(77);
	*word = 7;
	long pid = syscall(SYS_clone, CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, word, 0);
	if (pid < 0)
		exit(77);
	if (pid == 0) {
		close(go[1]);
		if (shared && clone(partner, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL) < 0)
			_exit(77);
		while (shared && !there)
			usleep(1000);
		(void)!read(go[0], &c, 1);
		_exit(0);
	}
	close(go[1]);
	int woken = syscall(SYS_futex, word, FUTEX_WAIT, 7, &most, NULL, 0) == 0 || errno == EAGAIN;
	waitpid((pid_t)pid, NULL, 0);
	printf("%s: the word is %d, who waits for it %s\n", what, *word, woken ? "is woken" : "sleeps on");
	fflush(stdout);
}

int main(void)
{
	run("a child with memory of its own", 0);
	run("the same, and a process that shares its memory", 1);
	return 0;
}
C
cc -O1 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
a child with memory of its own: the word is 7, who waits for it sleeps on
the same, and a process that shares its memory: the word is 0, who waits for it is woken
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
