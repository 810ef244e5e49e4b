#!/bin/sh
# SPDX-License-Identifier: MIT
# One pthread_create while mlockall(MCL_FUTURE) holds, and glibc 2.43 never again makes a guard with MADV_GUARD_INSTALL.
#
# Run:    glibc 2.43 (Debian unstable, libc6 2.43-7, unpacked and started by its own loader), Linux 6.18.44 x86-64.
#         Needs a C compiler, and the right to lock 3 MiB of memory.
# Guess:  The guard of a new stack is a PTE marker inside one writable mapping (2.42 and later). Memory that is locked
#         makes no difference to that; and if it does, then only as long as it is locked.
# Is:     The kernel refuses MADV_GUARD_INSTALL on a locked mapping with EINVAL. glibc takes this for a kernel that
#         doesn't know the advice and, for the rest of the process, reserves stacks PROT_NONE and opens them with
#         mprotect as 2.41 did. munlockall doesn't bring it back. So which kind of guard a thread has depends on what
#         was locked when some other thread was made: a tool can't conclude it from the version of the libc.
# Seen (is there a PROT_NONE mapping that ends where the stack begins?):
#   glibc 2.43
#   before mlockall: no
#   while locked: yes
#   after munlockall: yes
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

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
	(cd "$dir" && apt-get -qq -c "$dir/apt/conf" download "$1" >/dev/null 2>&1 && dpkg -x ./*.deb root)
}
unstable libc6=2.43-7 || { echo "skipped: libc6 2.43-7 is not to be had"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const char *guard;

static void *look(void *arg)
{
	unsigned long from, to, base;
	pthread_attr_t attr;
	char line[256], prot[8];
	size_t size;
	void *low;
	FILE *f;

	pthread_getattr_np(pthread_self(), &attr);
	pthread_attr_getstack(&attr, &low, &size);
	base = (unsigned long)low;
	guard = "no";
	f = fopen("/proc/self/maps", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, prot) == 3 && to == base && strncmp(prot, "---", 3) == 0)
			guard = "yes";
	if (f)
		fclose(f);
	return arg;
}

/* Each stack is larger than those before it, so that none comes from glibc's cache. */
static void create(const char *when)
{
	static size_t size = 128 * 1024;
	pthread_attr_t attr;
	pthread_t t;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, size *= 2);
	if (pthread_create(&t, &attr, look, NULL) != 0)
		exit(77);
	pthread_join(t, NULL);
	printf("%s: %s\n", when, guard);
}

int main(void)
{
	printf("glibc %s\n", gnu_get_libc_version());
	create("before mlockall");
	if (mlockall(MCL_FUTURE) < 0)
		return 77;
	create("while locked");
	munlockall();
	create("after munlockall");
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
lib=$dir/root/usr/lib/x86_64-linux-gnu
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" "$dir/t" >"$dir/out" || { echo "skipped: can't lock memory"; exit 77; }
cat "$dir/out"
if grep -qx 'before mlockall: yes' "$dir/out"; then
	echo "skipped: no MADV_GUARD_INSTALL (Linux 6.13)"
	exit 77
fi
cat >"$dir/want" <<'W'
glibc 2.43
before mlockall: no
while locked: yes
after munlockall: yes
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
