#!/bin/sh
# SPDX-License-Identifier: MIT
# With glibc 2.43 the stacks of all threads are one mapping: /proc/PID/maps has neither their number nor their size.
#
# Run:    glibc 2.43 (Debian unstable, libc6 2.43-7) and 2.36 (libc6 2.36-9+deb12u14), unpacked and started by their
#         own loaders, Linux 6.18.44 x86-64. Needs a C compiler.
# Guess:  A stack is a mapping of its own, with a guard that is a mapping, too: pmap shows 8 MiB a thread, N threads
#         are 2 N mappings, and vm.max_map_count (65530) ends the making of threads at some 32,700.
# Is:     From the guards that are markers inside the mapping (MADV_GUARD_INSTALL) on nothing keeps two stacks apart:
#         they have the same rights, they touch, and the kernel merges them. A hundred threads are one mapping of 800
#         MiB and not one entry more than before. What looks for a thread's stack by the mapping that its stack
#         pointer is in, as many a profiler and crash handler, finds the stacks of all; max_map_count doesn't limit
#         threads any more. smaps tells that there are guards in it ("gu" among its VmFlags), not where.
# Seen (a hundred threads that wait):
#   glibc 2.36: mappings more than before: 200; the mapping of a thread's stack: 8192 KiB, gu no
#   glibc 2.43: mappings more than before: 1; the mapping of a thread's stack: 100 times 8192 KiB, gu yes
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb old &&
	rm libc6_*.deb) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

# Unstable's package is fetched through an apt that knows only unstable, from where this machine has Debian's packages.
unstable() {
	mkdir -p "$dir/apt/lists/partial" "$dir/apt/cache/archives/partial"
	uri=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
	: "${uri:=$(sed -n 's/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\) .* main.*/\2/p' /etc/apt/sources.list 2>/dev/null | head -n 1)}"
	echo "deb $uri unstable main" >"$dir/apt/list"
	cat >"$dir/apt/conf" <<-C
		Dir::Etc::sourcelist "$dir/apt/list";
		Dir::Etc::sourceparts "-";
		Dir::State::lists "$dir/apt/lists";
		Dir::Cache "$dir/apt/cache";
	C
	apt-get -qq -c "$dir/apt/conf" update >/dev/null 2>&1
	(cd "$dir" && apt-get -qq -c "$dir/apt/conf" download "$1" >/dev/null 2>&1 && dpkg -x ./*.deb new)
}
unstable libc6=2.43-7 || { echo "skipped: libc6 2.43-7 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define N 100
#define SIZE (8ul << 20)

static int mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	int n = 0, c;

	if (!f)
		exit(77);
	while ((c = fgetc(f)) != EOF)
		n += c == '\n';
	fclose(f);
	return n;
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* How long the mapping is that this is in, and whether it has guards. */
static void tell_mapping(const void *address)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to, size = 0;
	int here = 0, guards = 0;
	char line[512];

	if (!f)
		exit(77);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
			here = (unsigned long)address >= from && (unsigned long)address < to;
			size = here ? to - from : size;
		} else if (here && strncmp(line, "VmFlags:", 8) == 0) {
			guards = strstr(line, " gu") != NULL;
		}
	}
	fclose(f);
	/* Something else may touch it, too: it is a little longer then. */
	if (size / SIZE > 1)
		printf("%lu times ", size / SIZE);
	printf("%lu KiB, gu %s\n", (size < SIZE ? size : SIZE) / 1024, guards ? "yes" : "no");
}

static void *last(void *before)
{
	printf("glibc %s: mappings more than before: %d", gnu_get_libc_version(), mappings() - *(int *)before);
	printf("; the mapping of a thread's stack: ");
	tell_mapping(&before);
	return before;
}

int main(void)
{
	pthread_attr_t attr;
	int before;
	pthread_t t;
	void *p;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, SIZE);
	/* What the first thread brings along is there before: its arena, libgcc. */
	p = malloc(1000);
	printf("%s", p ? "" : "no memory");
	free(p);
	before = mappings();
	for (int i = 1; i < N; i++)
		if (pthread_create(&t, &attr, sleeper, NULL) != 0)
			return 77;
	if (pthread_create(&t, &attr, last, &before) != 0)
		return 77;
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
run() { MALLOC_ARENA_MAX=1 "$1/ld-linux-x86-64.so.2" --library-path "$1" "$dir/t"; }
run "$dir/old/lib/x86_64-linux-gnu" >"$dir/out" || exit 77
run "$dir/new/usr/lib/x86_64-linux-gnu" >>"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
glibc 2.36: mappings more than before: 200; the mapping of a thread's stack: 8192 KiB, gu no
glibc 2.43: mappings more than before: 1; the mapping of a thread's stack: 100 times 8192 KiB, gu yes
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
