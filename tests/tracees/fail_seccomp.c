/* SPDX-License-Identifier: MIT */
/* clone3 fails with EPERM or ENOSYS (first argument: eperm, enosys): a seccomp filter refuses it. */
#include "failing.h"

#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static bool refuse_clone3(unsigned err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0;
}

int main(int argc, char **argv)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	int err = argc > 1 && strcmp(argv[1], "enosys") == 0 ? ENOSYS : EPERM;

	if (!refuse_clone3((unsigned)err))
		return skipped("no seccomp filter can be installed");
	long tid = syscall(SYS_clone3, &a, sizeof(a));
	if (tid == 0)
		_exit(0);
	if (tid > 0 || errno != err)
		return 1;
	return failed("clone3", 0, err, 0, argc, argv);
}
