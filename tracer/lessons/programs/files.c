/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_FILES
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *fd)
{
	return close(*(int *)fd);
}

int main(void)
{
	int fd = open("/dev/null", O_RDONLY), status;
	int pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &fd);

	if (pid < 0) {
		perror("clone");
		return 77;
	}
	waitpid(pid, &status, 0);
	printf("the child has closed it: %s\n", YES(status == 0));
	printf("its creator has it open: %s\n",
		fcntl(fd, F_GETFD) < 0 ? "no" : "yes");
	return 0;
}
