/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef WITH
#define FLAGS 0x200000000 /* CLONE_INTO_CGROUP */
#else
#define FLAGS 0
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

static int is_inside(const char *name)
{
	char text[4096] = "";
	int fd = open("/proc/self/cgroup", O_RDONLY);

	return read(fd, text, sizeof(text) - 1) > 0 && strstr(text, name);
}

int main(void)
{
	/* struct clone_args, to its last word, cgroup. */
	unsigned long long args[11] = { FLAGS, 0, 0, 0, SIGCHLD };
	char name[64], path[128];
	int made, pid = -1, status = 0;

	snprintf(name, sizeof(name), "lesson-%d", getpid());
	snprintf(path, sizeof(path), "/sys/fs/cgroup/unified/%s", name);
	made = mkdir(path, 0755) == 0;
	if (!made) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", name);
		made = access("/sys/fs/cgroup/cgroup.procs", F_OK) == 0 &&
			mkdir(path, 0755) == 0;
	}
	args[10] = open(path, O_RDONLY | O_DIRECTORY);
	if (made)
		pid = syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0)
		_exit(is_inside(name));
	if (pid < 0)
		printf("%s\n",
			made ? "clone3 is refused" :
				   "no cgroup (version 2) can be made");
	else if (waitpid(pid, &status, 0) == pid)
		printf("it began in the new group: %s\n",
			WEXITSTATUS(status) ? "yes" : "no");
	for (int i = 0; made && rmdir(path) && i < 100; i++)
		usleep(1000);
	return pid < 0 ? 77 : 0;
}
