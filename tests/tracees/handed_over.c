/* SPDX-License-Identifier: MIT */
/* Children that call execve and execveat with every kind of array: none, long, odd, broken. For strace_lines.py. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE ((size_t)sysconf(_SC_PAGESIZE))

static void with(const char *path, const void *argv, const void *envp)
{
	if (fork() == 0) {
		syscall(SYS_execve, path, argv, envp);
		_exit(0);
	}
	wait(NULL);
}

static void at(int dir, const char *path, const void *argv, int flags)
{
	static char *const no_env[] = { NULL };

	if (fork() == 0) {
		syscall(SYS_execveat, dir, path, argv, no_env, flags);
		_exit(0);
	}
	wait(NULL);
}

int main(void)
{
	static const char *many[34], *none[1], *one[] = { "A=1", NULL };
	char cut[34];
	const char *odd[] = { "x",
		"y\"\n\001"
		"2\303\251",
		cut, cut + 1, cut + 2, "", NULL, NULL };
	const char **page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED || mprotect((char *)page + PAGE, PAGE, PROT_NONE) < 0)
		return 1;
	memset(cut, 'z', sizeof(cut));
	cut[33] = '\0';
	for (int i = 0; i < 33; i++)
		many[i] = "good";
	const char **end = page + PAGE / sizeof(*page);
	end[-2] = "a";
	end[-1] = "b";
	with("/bin/true", NULL, NULL);
	with("/bin/true", none, none);
	with("/bin/true", many, one);
	many[32] = NULL;
	with("/bin/true", many, one);
	with("/bin/true", odd, one);
	odd[6] = (const char *)(uintptr_t)2;
	with("/nonexistent", odd, one);
	with("/nonexistent", end - 2, end - 2);
	with("/nonexistent", end, one);
	with("/nonexistent", (void *)(uintptr_t)16, (void *)(uintptr_t)16);
	at(-100, "/bin/true", one, 0x100);
	at(77, "nonexistent", one, 0x1000);
	return 0;
}
