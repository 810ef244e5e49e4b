/* SPDX-License-Identifier: MIT */
/* A sandbox answers ENOSYS to clone3: pthread_create falls back to clone. */
#include "oddity.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void *worker(void *arg)
{
	return arg;
}

int main(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

#if defined(__aarch64__) && __GLIBC_PREREQ(2, 0) && !__GLIBC_PREREQ(2, 38)
	skip("this glibc has no clone3 on this machine");
#endif
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) == 0);
	pthread_t t = start(worker, NULL);
	MUST(pthread_join(t, NULL) == 0);
	EXPECT_IF("calls", "1 failed via=clone3 errno=ENOSYS rule=seccomp-enosys");
	EXPECT("1 birth kind=thread via=clone parent=T0");
	EXPECT("1 end task=T1 how=exit");
	return 0;
}
