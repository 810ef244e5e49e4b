/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_NEWUSER
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	FILE *map = fopen("/proc/self/uid_map", "r");
	int named = map && fgetc(map) != EOF;
	int may = unshare(CLONE_NEWUTS) == 0; /* takes CAP_SYS_ADMIN */

	return arg ? 127 : named | may << 1;
}

int main(void)
{
	int version_3[2] = { 0x20080522 }, none[6] = { 0 }, pid, status;

	syscall(SYS_capset, version_3, none); /* root's rights, too */
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	status = WEXITSTATUS(status);
	if (FLAGS && !(status & 2)) {
		printf("this system gives it no right\n");
		return 77;
	}
	printf("I have no capability\n");
	printf("it may make a UTS namespace: %s\n", YES(status & 2));
	printf("users have numbers in there: %s\n", YES(status & 1));
	return 0;
}
