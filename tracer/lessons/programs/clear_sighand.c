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
#define FLAGS 0x100000000 /* CLONE_CLEAR_SIGHAND */
#else
#define FLAGS 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static void handler(int sig)
{
	(void)sig;
}

static int child(void)
{
	struct sigaction one, two;

	sigaction(SIGUSR1, NULL, &one);
	sigaction(SIGUSR2, NULL, &two);
	return (one.sa_handler == handler) | (two.sa_handler == SIG_IGN) << 1;
}

int main(void)
{
	/* The first five words of struct clone_args, and stack, stack_size,
     * tls. */
	unsigned long long args[8] = { FLAGS, 0, 0, 0, SIGCHLD };
	int pid, status;

	signal(SIGUSR1, handler);
	signal(SIGUSR2, SIG_IGN);
	pid = syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0)
		_exit(child());
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("clone3");
		return 77;
	}
	printf("it has the handler of SIGUSR1: %s\n",
		YES(WEXITSTATUS(status) & 1));
	printf("it ignores SIGUSR2: %s\n", YES(WEXITSTATUS(status) & 2));
	return 0;
}
