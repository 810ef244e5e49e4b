#!/bin/sh
# SPDX-License-Identifier: MIT
# With musl pthread_getattr_np says of the main thread how much stack it has touched so far, not how much it may use.
#
# Run:    musl 1.2.3 (Debian musl-tools 1.2.3-1, static) and glibc 2.36, Linux 6.18.44 x86-64. Needs musl-gcc.
# Guess:  The size is a property of the stack: the soft RLIMIT_STACK, 8 MiB as a rule, and the same each time.
# Is:     glibc answers so. musl looks how far down memory is mapped below the frame, and the kernel maps the main stack as
#         it is touched: 132 KiB or so at first, and more after a deeper call. The lowest address moves down from call
#         to call, so a runtime that asks once, at its start, for the bounds in which it scans or checks the stack
#         has bounds that the stack soon leaves.
# Seen (in one run; some KiB more or less with the random place of the stack):
#   glibc: 8192 KiB, after a call that is 1 MiB deep 8192 KiB, after 4 MiB 8192 KiB
#   musl: 128 KiB, after a call that is 1 MiB deep 1092 KiB, after 4 MiB 4168 KiB
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
for tool in cc musl-gcc; do
	command -v $tool >/dev/null || { echo "skipped: no $tool"; exit 77; }
done

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static size_t size(void)
{
	pthread_attr_t attr;
	size_t n = 0;
	void *low;

	if (pthread_getattr_np(pthread_self(), &attr) == 0)
		pthread_attr_getstack(&attr, &low, &n);
	return n / 1024;
}

static int down(int frames)
{
	volatile char frame[65536];

	memset((void *)frame, frames, sizeof(frame));
	return frames > 0 ? down(frames - 1) + frame[1] : frame[0];
}

int main(void)
{
	struct rlimit lim;
	size_t first, second, third;

	/* Room for the 4 MiB, and a limit that glibc can show. */
	if (getrlimit(RLIMIT_STACK, &lim) < 0 || lim.rlim_cur < 8 << 20 || lim.rlim_cur == RLIM_INFINITY)
		return 77;
	first = size();
	down(16);
	second = size();
	down(64);
	third = size();
	printf("%zu KiB, after a call that is 1 MiB deep %zu KiB, after 4 MiB %zu KiB\n", first, second, third);
	return first == second && second == third ? 10 : first < 1024 && second > 1024 && third > 4096 ? 20 : 30;
}
C
cc -O0 -o "$dir/glibc" "$dir/t.c" || exit 77
musl-gcc -O0 -static -o "$dir/musl" "$dir/t.c" || exit 77
printf 'glibc: '
"$dir/glibc"
glibc=$?
[ $glibc = 77 ] && { echo "skipped: RLIMIT_STACK is below 8 MiB or has no end"; exit 77; }
printf 'musl: '
"$dir/musl"
musl=$?
[ $glibc = 10 ] && [ $musl = 20 ] && exit 0
echo "changed"
exit 1
