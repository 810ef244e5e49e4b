/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/wait.h>

#define YES(x) ((x) ? "yes" : "no")

#ifdef WITH
#define FLAGS CLONE_SYSVSEM
#else
#define FLAGS 0
#endif

static char stack[65536] __attribute__((aligned(16)));

static int child(void *sem)
{
	return semop(*(int *)sem,
		&(struct sembuf){ .sem_op = 1, .sem_flg = SEM_UNDO }, 1);
}

int main(void)
{
	int sem = semget(IPC_PRIVATE, 1, 0600), pid = -1, status = 1;

	if (sem >= 0)
		pid = clone(child, stack + 65536, FLAGS | SIGCHLD, &sem);
	if (pid < 0) {
		perror(sem < 0 ? "semget" : "clone");
		semctl(sem, 0, IPC_RMID);
		return 77;
	}
	waitpid(pid, &status, 0);
	printf("the child added 1, to be undone: %s\n", YES(status == 0));
	printf("it has ended; the semaphore is %d\n", semctl(sem, 0, GETVAL));
	semctl(sem, 0, IPC_RMID);
	return 0;
}
