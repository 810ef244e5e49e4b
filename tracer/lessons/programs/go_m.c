/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#define GO                                                                 \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM |   \
		CLONE_THREAD)
#ifdef WITH
#define FLAGS GO
#else
#define FLAGS                                                              \
	(GO | CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)
#endif

static char stack[65536] __attribute__((aligned(16)));
static char tls[8192] __attribute__((aligned(64)));
static volatile int word, go, ends, own_base;
static char *base;

static int child(void *arg)
{
	own_base = (char *)__builtin_thread_pointer() != base;
	while (!go)
		;
	ends = 1;
	return arg != NULL;
}

int main(void)
{
	char *new_base = tls + sizeof(tls) / 2;
	int tid;

	base = __builtin_thread_pointer();
	*(char **)new_base = new_base; /* as the ABI asks */
	tid = clone(child, stack + 65536, FLAGS, NULL, &word, new_base, &word);
	if (tid < 0) {
		perror("clone");
		return 77;
	}
	printf("its tid was stored: %s\n", YES(word == tid));
	go = 1;
	while (!ends || word)
		usleep(1000);
	printf("its TLS base is its own: %s\n", YES(own_base));
	return 0;
}
