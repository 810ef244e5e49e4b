/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define YES(x) ((x) ? "yes" : "no")

/* CLONE_NEWUSER is in both ways: so no right is needed. */
#ifdef WITH
#define FLAGS (CLONE_NEWUSER | 0x80) /* CLONE_NEWTIME */
#else
#define FLAGS CLONE_NEWUSER
#endif
#define DAY 86400

static int is_later(time_t then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= then + DAY;
}

int main(void)
{
	struct timespec now;
	int fd, set, mine, pid, status = 0;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (unshare(FLAGS)) {
		perror("unshare");
		return 77;
	}
	fd = open("/proc/self/timens_offsets", O_WRONLY);
	set = write(fd, "monotonic 86400 0\n", 18) == 18;
	if (!set && FLAGS != CLONE_NEWUSER) {
		perror("/proc/self/timens_offsets");
		return 77;
	}
	mine = is_later(now.tv_sec);
	pid = fork();
	if (pid == 0)
		_exit(is_later(now.tv_sec));
	if (pid < 0) {
		perror("fork");
		return 77;
	}
	wait(&status);
	printf("the offset can be set: %s\n", YES(set));
	printf("my clock is a day ahead: %s\n", YES(mine));
	printf("my child's is: %s\n", YES(WEXITSTATUS(status)));
	return 0;
}
