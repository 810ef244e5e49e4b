#!/bin/sh
# SPDX-License-Identifier: MIT
# MAP_STACK is no empty flag: what is mapped with it gets no huge pages, and merges with nothing mapped without it.
#
# Run:    Linux 6.18.44 x86-64, a program of this script; linked statically, on Debian's 6.1.0-50, 6.12.117 and 7.2.13
#         under qemu, too. Needs a C compiler.
# Guess:  mmap(2) has it: MAP_STACK is a no-op on Linux, kept for machines that might need it. A stack with it and one
#         without are alike.
# Is:     From 6.12 on (not on 6.1) the mapping is as after madvise(MADV_NOHUGEPAGE): "nh" among its VmFlags, not
#         eligible for huge pages, and not merged with memory that was mapped without the flag, though they touch and
#         have the same rights. So stacks of glibc, which passes it, stay small where transparent huge pages are
#         "always", and those of runtimes that map without it can cost 2 MiB at the first touch.
#         madvise(MADV_HUGEPAGE) takes it back.
# Seen:
#   without MAP_STACK: nh no, after MADV_HUGEPAGE huge pages possible: yes
#   with MAP_STACK: nh yes, after MADV_HUGEPAGE huge pages possible: yes
#   two that touch, both without: one mapping; both with: one mapping; one with, one without: two mappings
#   the stack of a pthread: nh yes
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
[ -e /sys/kernel/mm/transparent_hugepage/enabled ] || { echo "skipped: a kernel without huge pages"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SIZE (4ul << 20)

struct seen {
	unsigned long from, to;
	int no_huge, eligible;
};

/* The mapping of /proc/self/smaps that has the address. */
static struct seen look(const void *address)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	struct seen s = { 0 };
	char line[512];
	int here = 0;

	if (!f)
		exit(77);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
			here = (unsigned long)address >= from && (unsigned long)address < to;
			if (here) {
				s.from = from;
				s.to = to;
			}
		}
		if (!here)
			continue;
		sscanf(line, "THPeligible: %d", &s.eligible);
		if (strncmp(line, "VmFlags:", 8) == 0)
			s.no_huge = strstr(line, " nh") != NULL;
	}
	fclose(f);
	return s;
}

static const char *yes(int is)
{
	return is ? "yes" : "no";
}

static char *map(void *at, int flags)
{
	char *p;

	flags |= MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0);
	p = mmap(at, SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED)
		exit(77);
	return p;
}

static void one(const char *what, int flags)
{
	char *p = map(NULL, flags);

	printf("%s: nh %s", what, yes(look(p).no_huge));
	if (madvise(p, SIZE, MADV_HUGEPAGE) < 0)
		exit(77);
	printf(", after MADV_HUGEPAGE huge pages possible: %s\n", yes(look(p).eligible));
	munmap(p, SIZE);
}

/* In the middle of a place of its own, where nothing else touches them. */
static const char *touching(int lower, int upper)
{
	char *place = mmap(NULL, 4 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	map(place + SIZE, lower);
	map(place + 2 * SIZE, upper);
	return look(place + SIZE).to - look(place + SIZE).from == 2 * SIZE ? "one mapping" : "two mappings";
}

static void *thread(void *arg)
{
	printf("the stack of a pthread: nh %s\n", yes(look(&arg).no_huge));
	return arg;
}

int main(void)
{
	pthread_t t;

	one("without MAP_STACK", 0);
	one("with MAP_STACK", MAP_STACK);
	printf("two that touch, both without: %s", touching(0, 0));
	printf("; both with: %s", touching(MAP_STACK, MAP_STACK));
	printf("; one with, one without: %s\n", touching(MAP_STACK, 0));
	fflush(stdout);
	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return 77;
	pthread_join(t, NULL);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
grep -q THPeligible /proc/self/smaps || { echo "skipped: no THPeligible in smaps"; exit 77; }
"$dir/t" >"$dir/out" || { echo "skipped: huge pages can't be asked for"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
without MAP_STACK: nh no, after MADV_HUGEPAGE huge pages possible: yes
with MAP_STACK: nh yes, after MADV_HUGEPAGE huge pages possible: yes
two that touch, both without: one mapping; both with: one mapping; one with, one without: two mappings
the stack of a pthread: nh yes
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
