#!/bin/sh
# SPDX-License-Identifier: MIT
# jemalloc's background thread, set in MALLOC_CONF, is off for good in a child of fork: a daemon that forks has none.
#
# Run:    jemalloc 5.3.0 (Debian libjemalloc2 5.3.0-1), glibc 2.36, Linux 6.18.44 x86-64. Needs a C compiler.
# Guess:  background_thread:true holds for the process and what it forks. The thread itself is not copied, so the
#         child makes one of its own, at once or with its first work, as other libraries with helpers do.
# Is:     The library's handler for the child turns the setting off, and nothing turns it on again: the option that
#         was read at the start says true, the state says false, and pages are given back by whoever calls free, as
#         without it. A server started with daemon(3), or pre-forked workers, have lost what MALLOC_CONF asks for. The
#         child has to write "background_thread" by mallctl itself.
# Seen:
#   the process: opt.background_thread 1, background_thread 1, threads besides main: yes
#   a child of fork: opt.background_thread 1, background_thread 0, threads besides main: no
#   the child, after some work: opt.background_thread 1, background_thread 0, threads besides main: no
#   the child, having set it: opt.background_thread 1, background_thread 1, threads besides main: yes
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libjemalloc2=5.3.0-1 >/dev/null 2>&1 && dpkg -x libjemalloc2_*.deb root) ||
	{ echo "skipped: libjemalloc2 5.3.0-1 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int mallctl(const char *name, void *old, size_t *old_size, void *new, size_t new_size);

static int is(const char *name)
{
	char value = 0;
	size_t size = sizeof(value);

	if (mallctl(name, &value, &size, NULL, 0) != 0)
		exit(77);
	return value;
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

static void say(const char *who)
{
	printf("%s: opt.background_thread %d, background_thread %d, threads besides main: %s\n", who,
		is("opt.background_thread"), is("background_thread"), others());
	fflush(stdout);
}

/* Of all sizes, so that there is something to give back. */
static void work(void)
{
	static void *p[2000];

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < 2000; i++) {
			p[i] = malloc(i * 50 + 1);
			memset(p[i], 1, i * 50 + 1);
		}
		for (size_t i = 0; i < 2000; i++)
			free(p[i]);
	}
}

int main(void)
{
	char yes = 1;

	say("the process");
	if (fork() == 0) {
		say("a child of fork");
		work();
		say("the child, after some work");
		if (mallctl("background_thread", NULL, NULL, &yes, sizeof(yes)) != 0)
			return 77;
		work();
		say("the child, having set it");
		return 0;
	}
	wait(NULL);
	return 0;
}
C
jemalloc=$(find "$dir/root" -name libjemalloc.so.2 | head -n 1)
cc -O1 -o "$dir/t" "$dir/t.c" "$jemalloc" || exit 77
MALLOC_CONF=background_thread:true LD_LIBRARY_PATH=$(dirname "$jemalloc") timeout 60 "$dir/t" >"$dir/out" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
the process: opt.background_thread 1, background_thread 1, threads besides main: yes
a child of fork: opt.background_thread 1, background_thread 0, threads besides main: no
the child, after some work: opt.background_thread 1, background_thread 0, threads besides main: no
the child, having set it: opt.background_thread 1, background_thread 1, threads besides main: yes
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
