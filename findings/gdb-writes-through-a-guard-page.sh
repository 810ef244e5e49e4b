#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb reads and writes a PROT_NONE guard page as if it were memory, and can't reach a MADV_GUARD_INSTALL one.
#
# Run:    gdb 13.1 (Debian gdb 13.1-3), Linux 6.18.44 x86-64 (CONFIG_PROC_MEM_ALWAYS_FORCE, the usual choice), glibc 2.36.
#         Needs a C compiler.
# Guess:  No access is no access: gdb says "Cannot access memory" for both kinds of guard, in reading and in writing.
# Is:     The kernel lets a debugger past the protection of a mapping, by intent (that is how a breakpoint gets into code).
#         PROT_NONE is such a protection: a guard of glibc up to 2.41, musl or the JVM reads as zeroes, and a write
#         even puts a page there, which the program itself still can't touch. The guard of glibc 2.42 and later is
#         no protection but a marker where the page would be: there the debugger fails, too. So whether x/x
#         works below a stack doesn't tell if the thread can reach it, and the answer depends on the libc.
# Seen:
#   old kind, read: 0
#   old kind, after a write of 5: 5
#   new kind, read: Cannot access memory
#   new kind, after a write of 5: Cannot access memory
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }
(cd "$dir" && apt-get -qq download gdb=13.1-3 >/dev/null 2>&1 && dpkg -x gdb_*.deb root) ||
	{ echo "skipped: gdb 13.1-3 is not to be had"; exit 77; }
gdb() { "$dir/root/usr/bin/gdb" --data-directory "$dir/root/usr/share/gdb" -nx -q -batch "$@"; }
gdb -ex 'print 1' >/dev/null 2>&1 || { echo "skipped: a library that gdb needs is missing"; exit 77; }

cat >"$dir/t.c" <<'C'
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
long *old_kind, *new_kind;

void ready(void)
{
}

int main(void)
{
	old_kind = mmap(0, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect((char *)old_kind + 4096, 61440, PROT_READ | PROT_WRITE);
	new_kind = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (madvise(new_kind, 4096, MADV_GUARD_INSTALL) < 0)
		return 77;
	ready();
	return 0;
}
C
cc -g -O0 -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" || { echo "skipped: no MADV_GUARD_INSTALL (Linux 6.13)"; exit 77; }
# Every step is a gdb command of its own, for a failed one ends a batch.
ask() {
	echo "$1: $(gdb -ex 'break ready' -ex run -ex "$2" -ex "print/d $3" "$dir/t" 2>&1 |
		sed -n -e 's/^\$[0-9]* = //p' -e 's/^\(Cannot access memory\).*/\1/p' | tail -n 1)"
}
{
	ask "old kind, read" "echo" "*old_kind"
	ask "old kind, after a write of 5" "set var *old_kind = 5" "*old_kind"
	ask "new kind, read" "echo" "*new_kind"
	ask "new kind, after a write of 5" "set var *new_kind = 5" "*new_kind"
} >"$dir/out"
cat "$dir/out"
cat >"$dir/want" <<'W'
old kind, read: 0
old kind, after a write of 5: 5
new kind, read: Cannot access memory
new kind, after a write of 5: Cannot access memory
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
