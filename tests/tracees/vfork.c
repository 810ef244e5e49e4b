/* SPDX-License-Identifier: MIT */
/* vfork: the child that exits, the child that executes a program. */
#include "oddity.h"

#ifdef SYS_vfork
#define VIA "vfork"
#else /* where that is no call, the C library's vfork is a clone */
#define VIA "clone"
#endif

int main(void)
{
	pid_t pid = vfork();

	if (pid == 0)
		_exit(3);
	MUST(status_of(pid) == 3);
	pid_t other = vfork();
	if (other == 0) {
		execl("/bin/sh", "sh", "-c", "exit 4", (char *)NULL);
		_exit(127);
	}
	MUST(status_of(other) == 4);
	EXPECT("2 birth kind=vfork via=" VIA " flags~CLONE_VM flags~CLONE_VFORK exit_signal=SIGCHLD parent=T0");
	EXPECT("1 birth task=T1 tid=%d", pid);
	EXPECT("1 birth task=T2 tid=%d", other);
	EXPECT_IF("nof", "2 birth kind=vfork followed=false");
	EXPECT_IF("f", "1 end task=T1 how=exit_group status=3");
	EXPECT_IF("f", "1 exec task=T2 tid=%d", other);
	EXPECT_IF("f,calls", "1 exec path=/bin/sh");
	EXPECT_IF("f", "1 end task=T2 how=exit_group status=4");
	EXPECT("1 end task=T0 how=exit_group status=0");
	return 0;
}
