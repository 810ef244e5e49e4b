#!/bin/sh
# SPDX-License-Identifier: MIT
# Once main has left by pthread_exit, glibc's fchmodat says "not supported": for the other threads /proc/self is a zombie's.
#
# Run:    glibc 2.36 (Debian libc6 2.36-9+deb12u14, unpacked and started by its own loader), Linux 6.18.44 x86-64.
#         Needs a C compiler.
# Guess:  A process goes on whole after its main thread's pthread_exit, as POSIX wants it: but for main's stack nothing is
#         missing, and what library calls do doesn't depend on it.
# Is:     /proc/self is the leader's folder, and the leader is a zombie: it has no memory, no files and no program any more,
#         though its threads do. maps reads empty, exe and fd/N are not there, so /dev/stdout and /dev/fd/N can't be
#         opened, and what a libc does by way of /proc/self/fd fails with an errno that leads astray: for
#         fchmodat(AT_SYMLINK_NOFOLLOW) EOPNOTSUPP. /proc/thread-self is whole. A child of fork is well again.
# Seen:
#   main is there: fchmodat ok, /dev/stderr ok, maps full
#   main has left: fchmodat EOPNOTSUPP, /dev/stderr ENOENT, maps empty; thread-self's maps full
#   a fork's child: fchmodat ok, /dev/stderr ok, maps full
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download libc6=2.36-9+deb12u14 >/dev/null 2>&1 && dpkg -x libc6_*.deb root) ||
	{ echo "skipped: libc6 2.36-9+deb12u14 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *file;

static const char *result(int r)
{
	return r < 0 ? strerrorname_np(errno) : "ok";
}

static const char *full(const char *path)
{
	int fd = open(path, O_RDONLY);
	const char *said = "full";
	char c;

	if (fd < 0 || read(fd, &c, 1) != 1)
		said = "empty";
	close(fd);
	return said;
}

static void look(const char *when)
{
	printf("%s: fchmodat %s", when, result(fchmodat(AT_FDCWD, file, 0600, AT_SYMLINK_NOFOLLOW)));
	printf(", /dev/stderr %s", result(open("/dev/stderr", O_WRONLY)));
	printf(", maps %s", full("/proc/self/maps"));
}

static int main_is_zombie(void)
{
	char line[256] = "";
	FILE *f = fopen("/proc/self/stat", "r");

	if (!f || !fgets(line, sizeof(line), f))
		exit(77);
	fclose(f);
	return strncmp(strrchr(line, ')'), ") Z", 3) == 0;
}

static void *goes_on(void *arg)
{
	while (!main_is_zombie())
		usleep(1000);
	look("main has left");
	printf("; thread-self's maps %s\n", full("/proc/thread-self/maps"));
	fflush(stdout);
	if (fork() == 0) {
		look("a fork's child");
		printf("\n");
		exit(0);
	}
	wait(NULL);
	exit(0);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t;

	if (argc < 2)
		return 77;
	file = argv[1];
	look("main is there");
	printf("\n");
	fflush(stdout);
	if (pthread_create(&t, NULL, goes_on, NULL) != 0)
		return 77;
	pthread_exit(NULL);
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/lib/x86_64-linux-gnu
: >"$dir/file"
: >"$dir/err"
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" "$dir/file" >"$dir/out" 2>"$dir/err" || exit 77
cat "$dir/out"
cat >"$dir/want" <<'W'
main is there: fchmodat ok, /dev/stderr ok, maps full
main has left: fchmodat EOPNOTSUPP, /dev/stderr ENOENT, maps empty; thread-self's maps full
a fork's child: fchmodat ok, /dev/stderr ok, maps full
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
