/* SPDX-License-Identifier: MIT */
/* What a birth by clone3 gives: the number of a pidfd, the control group, the numbers that were asked for. */
#include "oddity.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

static pid_t make(struct clone_args *args)
{
	args->exit_signal = SIGCHLD;
	pid_t pid = (pid_t)syscall(SYS_clone3, args, sizeof(*args));

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		MUST(waitpid(pid, NULL, 0) == pid);
	return pid;
}

/* A group of its own, where this program may make one. */
static int new_group(char path[64])
{
	static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (int i = 0; i < 2; i++) {
		char file[80];
		snprintf(file, sizeof(file), "%s/cgroup.procs", roots[i]);
		snprintf(path, 64, "%s/newborn-%d", roots[i], getpid());
		if (access(file, F_OK) == 0 && mkdir(path, 0700) == 0)
			return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	return -1;
}

static void in_a_group(void)
{
	char path[64];
	int group = new_group(path);
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .cgroup = (uint64_t)group };

	if (group < 0)
		return;
	MUST(make(&args) > 0);
	while (rmdir(path) != 0) /* the dead one leaves it in a moment */
		sleep_ms(1);
	EXPECT("1 birth flags~CLONE_INTO_CGROUP cgroup_path~/newborn-");
}

/* A number that is free: somebody has just had it, and numbers go round. */
static pid_t free_number(void)
{
	struct clone_args args = { 0 };

	return make(&args);
}

static void by_its_number(void)
{
	pid_t wanted = free_number();
	struct clone_args args = { .set_tid = (uint64_t)(uintptr_t)&wanted, .set_tid_size = 1 };

	MUST(wanted > 0);
	if (make(&args) == wanted) /* needs CAP_CHECKPOINT_RESTORE */
		EXPECT("1 birth tid=%d set_tid~%d", wanted, wanted);
}

int main(void)
{
	int pidfd = -1;
	struct clone_args args = { .flags = CLONE_PIDFD, .pidfd = (uint64_t)(uintptr_t)&pidfd };

	MUST(make(&args) > 0);
	EXPECT("1 birth flags~CLONE_PIDFD pidfd_number=%d", pidfd);
	in_a_group();
	by_its_number();
	return 0;
}
