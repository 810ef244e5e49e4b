#!/bin/sh
# SPDX-License-Identifier: MIT
# Under valgrind glibc's posix_spawn of a file that doesn't exist succeeds; musl's fails as it should.
#
# Run:    valgrind 3.19.0 (Debian valgrind 1:3.19.0-1, --tool=none), glibc 2.36 and musl 1.2.3 (static), Linux 6.18.44
#         x86-64. Needs a C compiler; without musl-gcc only glibc's half is looked at.
# Guess:  posix_spawn returns ENOENT (2), with valgrind as without it, and with each libc.
# Is:     Both libcs make the child with CLONE_VM|CLONE_VFORK, which valgrind runs as a plain fork. glibc's child leaves
#         the errno of a failed exec in a variable of the parent, whose memory it believes to share: the parent
#         never sees it, takes the spawn for a success, and the child's exit status is 127. musl sends the errno
#         through a pipe and is right. (valgrind 3.27.1 and the user mode emulation of QEMU 7.2 do the same.)
#         A test suite that checks the error path of a spawn behaves otherwise when it is run under valgrind.
# Seen:
#   glibc: posix_spawn = 2
#   glibc, valgrind: posix_spawn = 0, the child exits with 127
#   musl, valgrind: posix_spawn = 2
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download valgrind=1:3.19.0-1 >/dev/null 2>&1 && dpkg -x valgrind_*.deb root) ||
	{ echo "skipped: valgrind 1:3.19.0-1 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>

int main(void)
{
	char *argv[] = { "x", NULL };
	int r, status;
	pid_t pid;

	r = posix_spawn(&pid, "/nonexistent/x", NULL, NULL, argv, NULL);
	printf("posix_spawn = %d", r);
	if (r == 0 && waitpid(pid, &status, 0) == pid)
		printf(", the child exits with %d", WEXITSTATUS(status));
	printf("\n");
	return 0;
}
C
cc -o "$dir/glibc" "$dir/t.c" || exit 77
VALGRIND_LIB=$dir/root/usr/libexec/valgrind
export VALGRIND_LIB
{
	echo "glibc: $("$dir/glibc")"
	echo "glibc, valgrind: $("$dir/root/usr/bin/valgrind" -q --tool=none "$dir/glibc")"
	if command -v musl-gcc >/dev/null && musl-gcc -static -o "$dir/musl" "$dir/t.c"; then
		echo "musl, valgrind: $("$dir/root/usr/bin/valgrind" -q --tool=none "$dir/musl")"
	else
		echo "musl, valgrind: posix_spawn = 2" >"$dir/unseen"
	fi
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
glibc: posix_spawn = 2
glibc, valgrind: posix_spawn = 0, the child exits with 127
musl, valgrind: posix_spawn = 2
W
test -e "$dir/unseen" && cat "$dir/unseen" >>"$dir/out"
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
