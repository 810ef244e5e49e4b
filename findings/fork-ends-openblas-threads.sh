#!/bin/sh
# SPDX-License-Identifier: MIT
# fork() in a process that has loaded OpenBLAS ends the BLAS threads of the parent; system() and posix_spawn don't.
#
# Run:    OpenBLAS 0.3.21 (Debian libopenblas0-pthread 0.3.21+ds-4, libgfortran5 12.2.0-14+deb12u1), glibc 2.36, Linux
#         6.18.44 x86-64, two CPUs. Needs a C compiler.
# Guess:  A fork copies the thread that calls it. The parent is as it was; the child has no BLAS threads, and makes
#         its own when it needs them, or does without.
# Is:     The library has a handler for before the fork (pthread_atfork), which tells all its threads to end and joins
#         them: in the parent. Its next large product makes them anew. So a program that computes and forks now and
#         then, as by Python's os.fork, ends and makes all BLAS threads each time; the fork waits for their ends, and
#         the first product after it pays. What starts a program by vfork or posix_spawn has nothing of it.
# Seen (threads besides main; OPENBLAS_NUM_THREADS is the number of CPUs):
#   loaded: yes; after system(): yes; after fork(): no; after the next product: yes
#   in the child of fork(): no; after a product there: yes
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
[ "$(nproc)" -ge 2 ] || { echo "skipped: one CPU"; exit 77; }
(cd "$dir" && apt-get -qq download libopenblas0-pthread=0.3.21+ds-4 libgfortran5=12.2.0-14+deb12u1 >/dev/null 2>&1 &&
	for deb in ./*.deb; do dpkg -x "$deb" root || exit 1; done) ||
	{ echo "skipped: a package is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 300
void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double *a,
	int lda, const double *b, int ldb, double beta, double *c, int ldc);
static double a[SIZE * SIZE], b[SIZE * SIZE], c[SIZE * SIZE];

static void product(void)
{
	cblas_dgemm(101, 111, 111, SIZE, SIZE, SIZE, 1, a, SIZE, b, SIZE, 0, c, SIZE);
}

static const char *others(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n > 3 ? "yes" : "no";
}

int main(void)
{
	printf("loaded: %s", others());
	fflush(stdout);
	if (system("true") != 0)
		return 77;
	printf("; after system(): %s", others());
	fflush(stdout);
	if (fork() == 0)
		_exit(0);
	wait(NULL);
	printf("; after fork(): %s", others());
	product();
	printf("; after the next product: %s\n", others());
	fflush(stdout);
	if (fork() == 0) {
		printf("in the child of fork(): %s", others());
		product();
		printf("; after a product there: %s\n", others());
		return 0;
	}
	wait(NULL);
	return 0;
}
C
blas=$(find "$dir/root" -name libopenblas.so.0 | head -n 1)
cc -O1 -o "$dir/t" "$dir/t.c" "$blas" || exit 77
unset OMP_NUM_THREADS GOTO_NUM_THREADS
OPENBLAS_NUM_THREADS=$(nproc) LD_LIBRARY_PATH=$(dirname "$blas"):$dir/root/usr/lib/x86_64-linux-gnu \
	timeout 60 "$dir/t" >"$dir/out" || { echo "skipped: the library doesn't run here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
loaded: yes; after system(): yes; after fork(): no; after the next product: yes
in the child of fork(): no; after a product there: yes
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
