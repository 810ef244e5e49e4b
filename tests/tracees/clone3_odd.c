/* SPDX-License-Identifier: MIT */
/* clone3 with every published size of its struct, with longer ones, and with arguments that can't be read. */
#include "rawtask.h"

static size_t bytes; /* of a page */
static char *page;   /* one page, followed by one without access */

/* clone3 with a struct of this size that ends where the memory does. */
static long call(size_t size, unsigned char last)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	char *at = page + bytes - (size < bytes ? size : bytes);

	memset(page, 0, bytes);
	memcpy(at, &args, size < sizeof(args) ? size : sizeof(args));
	if (size > sizeof(args) && size <= bytes)
		at[size - 1] = (char)last;
	long pid = syscall(SYS_clone3, at, size);
	if (pid == 0)
		_exit(5);
	return pid < 0 ? -errno : status_of((pid_t)pid);
}

int main(void)
{
	bytes = (size_t)sysconf(_SC_PAGESIZE);
	page = map(2 * bytes, PROT_READ | PROT_WRITE, 0);
	MUST(mprotect(page + bytes, bytes, PROT_NONE) == 0);

	MUST(call(64, 0) == 5);
	MUST(call(80, 0) == 5);
	MUST(call(88, 0) == 5);
	MUST(call(96, 0) == 5);
	MUST(call(bytes, 0) == 5);
	EXPECT("5 birth kind=process via=clone3 exit_signal=SIGCHLD");
	MUST(call(96, 1) == -E2BIG);
	MUST(call(bytes, 1) == -E2BIG);
	MUST(call(bytes + 1, 0) == -E2BIG);
	MUST(syscall(SYS_clone3, page, SIZE_MAX / 2) == -1 && errno == E2BIG);
	EXPECT_IF("calls", "4 call name=clone3 errno=E2BIG ret=-7");
	MUST(call(0, 0) == -EINVAL);
	MUST(call(63, 0) == -EINVAL);
	EXPECT_IF("calls", "2 call name=clone3 errno=EINVAL");
	MUST(syscall(SYS_clone3, NULL, 88) == -1 && errno == EFAULT);
	MUST(syscall(SYS_clone3, page + bytes, 88) == -1 && errno == EFAULT);
	MUST(syscall(SYS_clone3, page + bytes - 63, 64) == -1 && errno == EFAULT);
	MUST(syscall(SYS_clone3, -1L, 88) == -1 && errno == EFAULT);
	EXPECT_IF("calls", "4 call name=clone3 errno=EFAULT");
	EXPECT("6 birth");
	return 0;
}
