/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/wait.h>

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | CLONE_NEWIPC)
#else
#define FLAGS CLONE_NEWUSER
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *sem)
{
	return semctl(*(int *)sem, 0, GETVAL) == 0;
}

int main(void)
{
	int sem = semget(IPC_PRIVATE, 1, 0600), pid = -1, status = 0;

	if (sem >= 0)
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &sem);
	if (pid < 0) {
		perror(sem < 0 ? "semget" : "clone");
	} else {
		waitpid(pid, &status, 0);
		printf("it finds my semaphore: %s\n",
			WEXITSTATUS(status) ? "yes" : "no");
	}
	semctl(sem, 0, IPC_RMID);
	return pid < 0 ? 77 : 0;
}
