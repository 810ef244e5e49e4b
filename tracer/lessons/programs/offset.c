/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/proc/self/status", O_RDONLY);
	int pid = fork();

	if (fd < 0 || pid < 0) {
		perror(pid < 0 ? "fork" : "/proc/self/status");
		return 77;
	}
	if (pid == 0) {
#ifdef WITH
		_exit(lseek(fd, 100, SEEK_SET) != 100);
#else
		fd = open("/proc/self/status", O_RDONLY);
		_exit(lseek(fd, 100, SEEK_SET) != 100);
#endif
	}
	wait(NULL);
	printf("the child has gone to byte 100\n");
	printf("its parent is at byte %ld\n", (long)lseek(fd, 0, SEEK_CUR));
	return 0;
}
