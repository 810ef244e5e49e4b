#!/bin/sh
# SPDX-License-Identifier: MIT
# A glibc thread that ends with 3000 robust mutexes held leaves the 952 that it locked first locked for ever; a musl
# thread leaves none.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36, musl 1.2.3 (static), one program of this script with each. Needs a C compiler;
#         without musl-gcc only glibc's half is looked at.
# Guess:  "Robust" has no limit: whoever tries one of the 3000 next gets EOWNERDEAD.
# Is:     The kernel walks at most 2048 entries of a robust list (so that a list in a circle ends), and the list begins with
#         the newest lock. The 952 oldest keep the dead thread's tid and answer EBUSY. musl walks its list itself in
#         pthread_exit, where no limit holds, and leaves the kernel nothing; only a thread that is killed would meet it.
# Seen:
#   glibc: 952 x Device or resource busy, 2048 x Owner died
#   musl: 3000 x Previous owner died
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define N 3000
static pthread_mutex_t m[N];

static void *owner(void *arg)
{
	for (int i = 0; i < N; i++)
		pthread_mutex_lock(&m[i]);
	return arg;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t t;
	int last = 0, n = 0;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	for (int i = 0; i < N; i++)
		pthread_mutex_init(&m[i], &attr);
	if (pthread_create(&t, NULL, owner, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	/* From the first that was locked to the last: how many in a row answer alike. */
	for (int i = 0; i < N; i++) {
		int r = pthread_mutex_trylock(&m[i]);

		if (n > 0 && r != last) {
			printf("%d x %s, ", n, strerror(last));
			n = 0;
		}
		last = r;
		n++;
	}
	printf("%d x %s\n", n, strerror(last));
	return 0;
}
C
cc -O1 -pthread -o "$dir/glibc" "$dir/t.c" || exit 77
musl="3000 x Previous owner died"
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	musl=$("$dir/musl")
	echo "musl: $musl"
fi
glibc=$("$dir/glibc")
echo "glibc: $glibc"
[ "$glibc" = "952 x Device or resource busy, 2048 x Owner died" ] && [ "$musl" = "3000 x Previous owner died" ] && exit 0
echo "changed"
exit 1
