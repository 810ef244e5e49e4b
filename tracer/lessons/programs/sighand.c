/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS (CLONE_VM | CLONE_SIGHAND)
#else
#define FLAGS CLONE_VM
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *set)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t usr1;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	*(int *)set = sigaction(SIGUSR1, &ignore, NULL) == 0;
	return 0;
}

int main(void)
{
	struct sigaction now;
	sigset_t blocked;
	int set = 0, pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &set);

	if (pid < 0 || waitpid(pid, NULL, 0) < 0 || !set) {
		perror("clone");
		return 77;
	}
	sigaction(SIGUSR1, NULL, &now);
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	printf("the child ignores and blocks SIGUSR1\n");
	printf("its creator ignores it: %s\n", YES(now.sa_handler == SIG_IGN));
	printf(
		"its creator blocks it: %s\n", YES(sigismember(&blocked, SIGUSR1)));
	return 0;
}
