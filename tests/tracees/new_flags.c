/* SPDX-License-Identifier: MIT */
/* The flags of clone3 that Linux 7.1 has brought, and whether each does what is said of it. */
#include "oddity.h"

#include <dirent.h>

#define AUTOREAP     (UINT64_C(1) << 34)
#define NNP          (UINT64_C(1) << 35)
#define AUTOKILL     (UINT64_C(1) << 36)
#define EMPTY_MNTNS  (UINT64_C(1) << 37)
#define HAS(fl, pid) EXPECT("1 birth flags_word=0x%llx tid=%d kind=process parent=T0", (unsigned long long)(fl), pid)

static pid_t create(uint64_t flags, uint64_t signal, int *pidfd)
{
	struct clone_args args = { .flags = flags, .exit_signal = signal, .pidfd = (uint64_t)(uintptr_t)pidfd };

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static void never_a_zombie(void)
{
	pid_t pid = create(AUTOREAP, 0, NULL);

	if (pid == 0)
		_exit(3);
	if (pid < 0 && errno == EINVAL)
		skip("this kernel has no CLONE_AUTOREAP");
	MUST(pid > 0);
	wait_gone(pid);
	MUST(waitpid(pid, NULL, __WALL) < 0 && errno == ECHILD);
	HAS(AUTOREAP, pid);
}

static void no_new_privileges(void)
{
	int before = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	pid_t pid = create(NNP, SIGCHLD, NULL);

	if (pid == 0)
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 1);
	MUST(status_of(pid) == 0);
	MUST(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == before);
	HAS(NNP, pid);
}

static void killed_with_its_pidfd(void)
{
	int pidfd = -1;
	uint64_t flags = CLONE_PIDFD | AUTOREAP | NNP | AUTOKILL;
	pid_t pid = create(flags, 0, &pidfd);

	while (pid == 0)
		pause();
	MUST(pid > 0 && kill(pid, 0) == 0);
	close(pidfd);
	wait_gone(pid);
	HAS(flags, pid);
}

/* 0: neither a file nor /proc is there. */
static int sees_mounts(void)
{
	int n = 0;
	DIR *root = opendir("/");

	for (struct dirent *e; root && (e = readdir(root));)
		n += e->d_name[0] != '.';
	return n > 0 || access("/proc/self", F_OK) == 0;
}

static void nothing_but_a_root(void)
{
	pid_t pid = create(EMPTY_MNTNS, SIGCHLD, NULL);

	if (pid == 0)
		_exit(sees_mounts());
	if (pid < 0 && errno == EPERM)
		return;
	MUST(status_of(pid) == 0);
	HAS(EMPTY_MNTNS, pid);
}

int main(void)
{
	never_a_zombie();
	no_new_privileges();
	killed_with_its_pidfd();
	nothing_but_a_root();
	return 0;
}
