/* SPDX-License-Identifier: MIT */
/* spawn_many N: runs itself by posix_spawn, N times in a row. */
#include <spawn.h>

#include "oddity.h"

extern char **environ;

int main(int argc, char **argv)
{
	char *args[] = { argv[0], NULL };
	pid_t pid;

	for (long n = argc > 1 ? strtol(argv[1], NULL, 10) : 0; n > 0; n--) {
		MUST(posix_spawn(&pid, "/proc/self/exe", NULL, NULL, args, environ) == 0);
		MUST(status_of(pid) == 0);
	}
	return 0;
}
