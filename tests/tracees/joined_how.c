/* SPDX-License-Identifier: MIT */
/* Threads whose joins wait, come late, are detached before and after the start, or never come; with an argument then an
 * execve. joins.py builds it for musl as well, so it is one file. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile pid_t quick_tid[6];

static void nap(void)
{
	usleep(1000);
}

static void *quick(void *arg)
{
	*(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
	return arg;
}

static void gone(volatile pid_t *tid)
{
	while (!*tid)
		nap();
	while (syscall(SYS_tgkill, getpid(), *tid, 0) == 0)
		nap();
}

static void *slow(void *arg)
{
	gone(&quick_tid[5]);
	return arg;
}

/* Its stack is given back by itself: the next thread's is there already, and not in its place. */
static void *alone(void *arg)
{
	while (!quick_tid[4])
		nap();
	return quick(arg);
}

static void *lets_slow_end(void *arg)
{
	char path[64], text[8];
	snprintf(path, sizeof(path), "/proc/self/task/%d/wchan", getpid());
	do { /* T0 sleeps in pthread_join */
		FILE *f = fopen(path, "r");
		text[0] = 0;
		if (f && fgets(text, sizeof(text), f))
			nap();
		if (f)
			fclose(f);
	} while (strncmp(text, "futex", 5) != 0);
	quick_tid[5] = (pid_t)syscall(SYS_gettid);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[8];
	pthread_attr_t detached;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	pthread_create(&t[1], 0, slow, 0);
	pthread_create(&t[2], 0, quick, (void *)&quick_tid[2]);
	pthread_create(&t[3], &detached, alone, (void *)&quick_tid[3]);
	pthread_create(&t[4], 0, quick, (void *)&quick_tid[4]);
	for (int i = 2; i <= 4; i++)
		gone(&quick_tid[i]);
	pthread_create(&t[5], 0, lets_slow_end, 0);
	pthread_detach(t[5]);
	pthread_join(t[1], 0);
	pthread_join(t[2], 0);
	if (argc > 1)
		execl(argv[1], argv[1], (char *)0);
	return 0;
}
