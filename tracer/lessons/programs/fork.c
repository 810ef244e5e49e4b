/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

static int x = 1;
static pid_t main_pid;
static int same_pid[2]; /* a pipe */

static void *work(void *arg)
{
	char same = getpid() == main_pid;

	x = 2;
	return write(same_pid[1], &same, 1) == 1 ? arg : NULL;
}

int main(void)
{
	char same = 0;

	main_pid = getpid();
	if (pipe(same_pid))
		return 77;
#ifdef WITH
	int pid = fork();
	if (pid == 0) {
		work(NULL);
		_exit(0);
	}
	if (pid < 0)
		return 77;
	wait(NULL);
#else
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
#endif
	if (read(same_pid[0], &same, 1) != 1)
		return 77;
	printf("after it has stored 2, I read %d\n", x);
	printf("its getpid() is mine: %s\n", YES(same));
	return 0;
}
