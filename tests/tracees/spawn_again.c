/* SPDX-License-Identifier: MIT */
/*
 * posix_spawn of a program that makes a thread. The child had its creator's address space until its execve, and that
 * lives
 * on: what is asked of the thread's stack and code must not be asked of the old one.
 */
#include <spawn.h>

#include "oddity.h"

extern char **environ;

static void *worker(void *arg)
{
	return arg;
}

static int again(void)
{
	pthread_t t;

	MUST(pthread_create(&t, NULL, worker, NULL) == 0 && pthread_join(t, NULL) == 0);
	return 0;
}

int main(int argc, char **argv)
{
	char *args[] = { argv[0], "again", NULL };
	pid_t pid;

	if (argc > 1)
		return again();
	MUST(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, environ) == 0);
	MUST(status_of(pid) == 0);
	EXPECT_IF("f", "1 birth parent=T1 guard.bytes=%d start_routine.symbol=worker label=worker", GUARD_LEAST);
	EXPECT_IF("f", "1 exec task=T1");
	EXPECT("0 finding");
	return 0;
}
