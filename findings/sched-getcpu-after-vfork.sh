#!/bin/sh
# SPDX-License-Identifier: MIT
# In a vfork child glibc's sched_getcpu names the CPU on which the parent sleeps, not the one on which the child runs.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), musl 1.2.3 (static), Linux
#         6.18.44 x86-64. Needs a C compiler and two CPUs; without musl-gcc only glibc's half is looked at.
# Guess:  A child that has bound itself to the other CPU is told that CPU.
# Is:     glibc (2.35 and later) reads the number from the thread's rseq area, which the kernel keeps up to date for the
#         registered thread. The child of vfork (as any CLONE_VM child) shares the parent's memory,
#         and so its area, but is registered nowhere: what it reads was true of the parent when that last ran.
#         getcpu(2), and musl's sched_getcpu, which asks the vDSO, are right.
# Seen (the parent on the first CPU that it may use, "one", the child on the second, "two"):
#   glibc: the child is on two by getcpu, on one by sched_getcpu
#   musl: the child is on two by getcpu, on two by sched_getcpu
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int main(void)
{
	int cpu[2], n = 0;
	volatile unsigned by_kernel = 0;
	volatile int by_libc = 0;
	cpu_set_t may;
	pid_t pid;

	sched_getaffinity(0, sizeof(may), &may);
	for (int i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &may))
			cpu[n++] = i;
	if (n < 2)
		return 77;
	bind_to(cpu[0]);
	pid = vfork();
	if (pid == 0) {
		unsigned now;

		bind_to(cpu[1]);
		syscall(SYS_getcpu, &now, NULL, NULL);
		by_kernel = now;
		by_libc = sched_getcpu();
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("the child is on %s by getcpu", (int)by_kernel == cpu[1] ? "two" : "another");
	printf(", on %s by sched_getcpu\n", by_libc == cpu[1] ? "two" : by_libc == cpu[0] ? "one" : "another");
	return 0;
}
C
cc -O1 -o "$dir/glibc" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
glibc=$("$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/glibc") || { echo "skipped: one CPU only"; exit 77; }
echo "glibc: $glibc"
musl="the child is on two by getcpu, on two by sched_getcpu"
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -o "$dir/musl" "$dir/t.c"; then
	musl=$("$dir/musl")
	echo "musl: $musl"
fi
[ "$glibc" = "the child is on two by getcpu, on one by sched_getcpu" ] &&
	[ "$musl" = "the child is on two by getcpu, on two by sched_getcpu" ] && exit 0
echo "changed"
exit 1
