/* SPDX-License-Identifier: MIT */
/* clone3's words beside the stack: where a file was mapped before, to be rewritten after the call; and constants. */
#include "rawtask.h"

#include <fcntl.h>

static const struct clone_args constant = { .exit_signal = SIGCHLD };

static void call(const struct clone_args *args)
{
	long pid = syscall(SYS_clone3, args, sizeof(*args));

	if (pid == 0)
		_exit(5);
	MUST(pid > 0 && waitpid((pid_t)pid, NULL, __WALL) == pid);
}

/* A page that may only be read, of this program's file; it is gone again. */
static char *where_a_file_was(size_t bytes)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *at = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);

	MUST(fd >= 0 && at != MAP_FAILED && close(fd) == 0 && munmap(at, bytes) == 0);
	return at;
}

int main(void)
{
	size_t bytes = (size_t)sysconf(_SC_PAGESIZE);
	struct clone_args *args = mmap(where_a_file_was(bytes), bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	MUST(args != MAP_FAILED);
	*args = constant;
	call(args);
	args->exit_signal = 0; /* whoever reads it later reads what made no task */
	EXPECT_IF("calls", "1 birth task=T1 kind=process via=clone3 exit_signal=SIGCHLD");

	call(&constant);
	EXPECT_IF("calls", "1 birth task=T2 kind=process via=clone3 exit_signal=SIGCHLD");
	EXPECT("3 birth");
	sleep_ms(100); /* for who looks at it from outside */
	return 0;
}
