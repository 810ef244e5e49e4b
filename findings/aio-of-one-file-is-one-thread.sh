#!/bin/sh
# SPDX-License-Identifier: MIT
# Eight aio_read of one descriptor are one thread in glibc, one after the other; of eight duplicates they are eight.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), musl 1.2.3 (static),
#         Linux 6.18.44 x86-64. Needs a C compiler; without musl-gcc only glibc is looked at. (glibc 2.43-7: the
#         same.)
# Guess:  Each request that waits is a thread that waits, up to aio_init's limit of some 20 threads: so reads of one
#         large file go on at the same time.
# Is:     glibc queues requests by descriptor, and a descriptor has one thread at a time. Who reads one file at many
#         offsets reads it with one thread, no faster than by pread in a loop; and a request that blocks holds up all
#         later ones of that descriptor. With dup(2) each is a queue of its own. musl makes a thread for each.
# Seen (threads besides main while eight requests wait for an empty pipe):
#   glibc: of one descriptor 1, of eight duplicates 8
#   musl: of one descriptor 8, of eight duplicates 8
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <aio.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N 8
static struct aiocb requests[N];
static char bytes[N];

static int others(void)
{
	DIR *d = opendir("/proc/self/task");
	int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 3;
}

static int look(int duplicates)
{
	int fd[2], n = 0;

	if (pipe(fd) < 0)
		exit(77);
	for (int i = 0; i < N; i++) {
		memset(&requests[i], 0, sizeof(requests[i]));
		requests[i].aio_fildes = duplicates ? dup(fd[0]) : fd[0];
		requests[i].aio_buf = &bytes[i];
		requests[i].aio_nbytes = 1;
		if (aio_read(&requests[i]) < 0)
			exit(77);
	}
	/* As many as there are when no more come: musl's make themselves known one after another. */
	for (int quiet = 0; quiet < 20; quiet++) {
		if (others() != n)
			quiet = 0;
		n = others();
		usleep(10000);
	}
	if (write(fd[1], "12345678", N) != N)
		exit(77);
	for (int i = 0; i < N; i++)
		while (aio_error(&requests[i]) == EINPROGRESS)
			usleep(1000);
	/* The threads of glibc stay a second for more. */
	while (others() > 0)
		usleep(10000);
	return n;
}

int main(void)
{
	int one = look(0), eight = look(1);

	printf("of one descriptor %d, of eight duplicates %d\n", one, eight);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
echo "glibc: $(timeout 60 "$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t")" >"$dir/out"
echo "glibc: of one descriptor 1, of eight duplicates 8" >"$dir/want"
if command -v musl-gcc >/dev/null && musl-gcc -O1 -static -pthread -o "$dir/musl" "$dir/t.c"; then
	echo "musl: $(timeout 60 "$dir/musl")" >>"$dir/out"
	echo "musl: of one descriptor 8, of eight duplicates 8" >>"$dir/want"
fi
cat "$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
