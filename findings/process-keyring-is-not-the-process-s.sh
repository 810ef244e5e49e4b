#!/bin/sh
# SPDX-License-Identifier: MIT
# The "process keyring" that one thread makes is not there for a thread that existed before.
#
# Run:    Linux 6.18.44 x86-64, glibc 2.36 (any libc does), a program of this script. Needs a C compiler, and a kernel
#         that lets one use keys (containers often don't).
# Guess:  KEY_SPEC_PROCESS_KEYRING names one keyring for all threads of the process, whoever uses it first, as
#         KEY_SPEC_THREAD_KEYRING names one for each thread.
# Is:     It hangs on the credentials, and they are a thread's own: the first use puts the new keyring into the
#         credentials of that thread alone. A thread that was there before finds ENOKEY, and would make a second
#         "process keyring" by its own first use; one created later has a copy of its creator's credentials,
#         so it finds the keyring. In a pool, who sees a key depends on the order of creation and use.
# Seen:
#   main has put a key into its process keyring
#   main: there; an older thread: Required key not available; a younger thread: there
set -u
dir=$(mktemp -d) || exit 77
trap 'rm -rf "$dir"' EXIT
command -v cc >/dev/null || { echo "skipped: no C compiler"; exit 77; }

cat >"$dir/t.c" <<'C'
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int go[2], up[2];

/* Asks for the keyring's number without making it. */
static const char *look(void)
{
	long id = syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 0);

	return id < 0 ? strerror(errno) : "there";
}

static void *older(void *arg)
{
	char c;

	if (write(up[1], "x", 1) != 1 || read(go[0], &c, 1) != 1)
		return arg;
	return (void *)look();
}

static void *younger(void *arg)
{
	(void)arg;
	return (void *)look();
}

int main(void)
{
	pthread_t t;
	void *said;
	char c;

	if (pipe(go) < 0 || pipe(up) < 0 || pthread_create(&t, NULL, older, NULL) != 0 || read(up[0], &c, 1) != 1)
		return 77;
	if (syscall(SYS_add_key, "user", "thread-finding", "x", 1, KEY_SPEC_PROCESS_KEYRING) < 0)
		return 77;
	printf("main has put a key into its process keyring\n");
	printf("main: %s", look());
	if (write(go[1], "x", 1) != 1)
		return 77;
	pthread_join(t, &said);
	printf("; an older thread: %s", (char *)said);
	pthread_create(&t, NULL, younger, NULL);
	pthread_join(t, &said);
	printf("; a younger thread: %s\n", (char *)said);
	return 0;
}
C
cc -O1 -pthread -o "$dir/t" "$dir/t.c" || exit 77
"$dir/t" >"$dir/out" || { echo "skipped: no keys for us here"; exit 77; }
cat "$dir/out"
cat >"$dir/want" <<'W'
main has put a key into its process keyring
main: there; an older thread: Required key not available; a younger thread: there
W
cmp -s "$dir/out" "$dir/want" && exit 0
echo "changed"
exit 1
