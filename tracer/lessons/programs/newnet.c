/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWNET)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));
static struct sockaddr_un name = { .sun_family = AF_UNIX };
static socklen_t len = sizeof(name.sun_family);

static int child(void *arg)
{
	int s = socket(AF_UNIX, SOCK_STREAM, 0);

	return !arg && connect(s, (struct sockaddr *)&name, len) == 0;
}

int main(void)
{
	int server = socket(AF_UNIX, SOCK_STREAM, 0), pid, status;

	/* An abstract name, which is in no folder; the kernel chooses it. */
	bind(server, (struct sockaddr *)&name, len);
	len = sizeof(name);
	if (listen(server, 1) ||
		getsockname(server, (struct sockaddr *)&name, &len)) {
		perror("socket");
		return 77;
	}
	pid = clone(child, stack + 65536, FLAGS | SIGCHLD, NULL);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone");
		return 77;
	}
	printf("it connects to me: %s\n", WEXITSTATUS(status) ? "yes" : "no");
	return 0;
}
