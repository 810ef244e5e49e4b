/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char *words[] = { "sh", "-c",
	"test $$ = $0 && echo its pid is mine || echo its pid is another", NULL,
	NULL };
static char pid[32];

static void *work(void *arg)
{
#ifdef WITH
	execvp("sh", words);
#else
	int pid = fork();
	if (pid == 0) {
		execvp("sh", words);
		_exit(127);
	}
	if (pid < 0)
		_exit(77);
	wait(NULL);
#endif
	return arg;
}

int main(void)
{
	pthread_t thread;

	snprintf(pid, sizeof(pid), "%d", getpid());
	words[3] = pid;
	if (access("/bin/sh", X_OK)) {
		printf("there is no /bin/sh\n");
		return 77;
	}
	if (pthread_create(&thread, NULL, work, NULL))
		return 77;
	pthread_join(thread, NULL);
	printf("main is still there\n");
	return 0;
}
