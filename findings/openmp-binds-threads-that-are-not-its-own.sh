#!/bin/sh
# SPDX-License-Identifier: MIT
# OMP_PROC_BIND=true puts the whole program on one core before main(), plain pthreads and child processes included.
#
# Run:    libgomp of GCC 12.2 (Debian libgomp1 12.2.0-14+deb12u1), glibc 2.36, Linux 6.18.44 x86-64, two CPUs. Needs gcc with
#         -fopenmp, and more than one core.
# Guess:  The threads of a parallel region are bound, each to its place, while the region runs. A program that is linked
#         with OpenMP and doesn't come to a parallel region is as it was, and threads that it makes by
#         pthread_create are none of OpenMP's business.
# Is:     The library's constructor binds the initial thread to the first place, when it is loaded, and nothing unbinds it.
#         An affinity mask is inherited by whatever a thread creates: all pthreads share that core, and nproc in a
#         child says 1. It is enough that some library in the process links libgomp.
# Seen (on two CPUs; "one core" where the mask holds fewer CPUs than before):
#   no variable: main: all CPUs; a pthread: all CPUs; a child process: all CPUs
#   OMP_PROC_BIND=true: main: one core; a pthread: one core; a child process: one core
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v gcc >/dev/null || { echo "skipped: no gcc"; exit 77; }
(cd "$dir" && apt-get -qq download libgomp1=12.2.0-14+deb12u1 >/dev/null 2>&1 && dpkg -x libgomp1_*.deb root) ||
	{ echo "skipped: libgomp1 12.2.0-14+deb12u1 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int all;

static void look(const char *who)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	printf("%s: %s", who, CPU_COUNT(&set) < all ? "one core" : "all CPUs");
	fflush(stdout);
}

static void *thread(void *arg)
{
	look("; a pthread");
	return arg;
}

/* There is no parallel region here; the call only sees to it that the library is linked. */
int main(int argc, char **argv)
{
	pthread_t t;

	if (argc < 2 || omp_in_parallel())
		return 77;
	all = atoi(argv[1]);
	look("main");
	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	if (fork() == 0) {
		look("; a child process");
		_exit(0);
	}
	wait(NULL);
	printf("\n");
	return 0;
}
C
gcc -O1 -fopenmp -o "$dir/t" "$dir/t.c" || exit 77
LD_LIBRARY_PATH=$dir/root/usr/lib/x86_64-linux-gnu
export LD_LIBRARY_PATH
unset OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY OMP_NUM_THREADS OMP_THREAD_LIMIT
cpus=$(nproc)
cores=$(cat /sys/devices/system/cpu/cpu[0-9]*/topology/core_cpus_list 2>/dev/null | sort -u | wc -l)
if [ "$cpus" -lt 2 ] || [ "$cores" -lt 2 ]; then
	echo "skipped: one core"
	exit 77
fi
{
	echo "no variable: $("$dir/t" "$cpus")"
	echo "OMP_PROC_BIND=true: $(OMP_PROC_BIND=true "$dir/t" "$cpus")"
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
no variable: main: all CPUs; a pthread: all CPUs; a child process: all CPUs
OMP_PROC_BIND=true: main: one core; a pthread: one core; a child process: one core
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
