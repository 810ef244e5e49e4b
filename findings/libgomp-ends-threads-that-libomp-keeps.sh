#!/bin/sh
# SPDX-License-Identifier: MIT
# A smaller parallel region ends the threads of libgomp that it has no use for; libomp keeps them, and lends them out.
#
# Run:    libgomp of GCC 12.2 (Debian libgomp1 12.2.0-14+deb12u1) and libomp of LLVM 14 (libomp5-14 1:14.0.6-12),
#         Linux 6.18.44 x86-64. Needs gcc with -fopenmp; one program is run with both (libomp has libgomp's calls,
#         too).
# Guess:  Both keep a pool for the process, as large as the largest region so far: threads are made once. A region of
#         eight, one of two and one of eight again are seven births, and a second thread that runs a region takes idle
#         ones.
# Is:     So it is with libomp. In libgomp each thread that runs regions has a team of its own: one that has only two
#         places sends the others home, which end, and the next of eight makes six anew, each time; only a region of
#         one leaves the team alone. And when the thread that owns a team ends, its workers end with it. So a program
#         that alternates between sizes, or runs regions in short-lived threads, makes and ends threads all the time,
#         and a trace of it is full of births.
# Seen (tasks of the process after each region):
#   libgomp: of 8: 8, of 2: 2, of 8: 8, of 1: 8
#   libgomp: a thread runs one of 4: 12, it has ended: 8, another runs one of 4: 12
#   libomp: of 8: 8, of 2: 8, of 8: 8, of 1: 8
#   libomp: a thread runs one of 4: 12, it has ended: 11, another runs one of 4: 12
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v gcc >/dev/null || { echo "skipped: no gcc"; exit 77; }
(cd "$dir" && apt-get -qq download libgomp1=12.2.0-14+deb12u1 libomp5-14=1:14.0.6-12 >/dev/null 2>&1 &&
	for deb in ./*.deb; do dpkg -x "$deb" root || exit 1; done) ||
	{ echo "skipped: a package is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <omp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int tasks(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* The number when it has not changed for a while: who ends is gone then. */
static int settled(void)
{
	int n = tasks();

	for (int quiet = 0; quiet < 20; quiet++) {
		usleep(10000);
		if (tasks() != n)
			quiet = 0;
		n = tasks();
	}
	return n;
}

static void region(int threads)
{
	int got = 0;

#pragma omp parallel num_threads(threads) reduction(+ : got)
	got += 1;
	if (got != threads)
		exit(77);
}

static void *thread(void *arg)
{
	region(4);
	printf(" %d", settled());
	return arg;
}

static void in_a_thread(void)
{
	pthread_t t;

	if (pthread_create(&t, NULL, thread, NULL) != 0)
		exit(77);
	pthread_join(t, NULL);
}

int main(void)
{
	static const int sizes[] = { 8, 2, 8, 1 };

	for (int i = 0; i < 4; i++) {
		region(sizes[i]);
		printf("%s of %d: %d", i ? "," : "", sizes[i], settled());
	}
	printf("\n a thread runs one of 4:");
	in_a_thread();
	printf(", it has ended: %d, another runs one of 4:", settled());
	in_a_thread();
	printf("\n");
	return 0;
}
C
gcc -O1 -fopenmp -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/usr/lib
mkdir "$dir/libgomp" "$dir/libomp"
cp "$lib/x86_64-linux-gnu/libgomp.so.1" "$dir/libgomp/"
omp=$(find "$lib" -name 'libomp*.so.5' -type f | head -n 1)
cp "$omp" "$dir/libomp/libgomp.so.1"
unset OMP_PROC_BIND OMP_PLACES GOMP_CPU_AFFINITY OMP_NUM_THREADS OMP_THREAD_LIMIT OMP_DYNAMIC
for of in libgomp libomp; do
	LD_LIBRARY_PATH=$dir/$of timeout 60 "$dir/t" | sed "s/^/$of:/" || exit 77
done >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
libgomp: of 8: 8, of 2: 2, of 8: 8, of 1: 8
libgomp: a thread runs one of 4: 12, it has ended: 8, another runs one of 4: 12
libomp: of 8: 8, of 2: 8, of 8: 8, of 1: 8
libomp: a thread runs one of 4: 12, it has ended: 11, another runs one of 4: 12
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
