/* SPDX-License-Identifier: MIT */
/* Processes: made, and waited for. */
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure/measure.h"

static bool is_over(pid_t pid)
{
	return pid > 0 && waitpid(pid, NULL, 0) == pid;
}

void measure_fork(struct samples *s)
{
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		pid_t pid = fork();
		if (pid == 0)
			_exit(0);
		if (!is_over(pid)) {
			s->unknown = "fork failed";
			return;
		}
		samples_add(s, (double)(measure_now() - begin));
	}
}

/* Small pages: their tables are what a fork copies. */
void measure_fork_large(struct samples *s)
{
	enum { LARGE = 256 << 20, PAGE = 4096 };
	char *memory = mmap(NULL, LARGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		s->unknown = "there is no such memory";
		return;
	}
	madvise(memory, LARGE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < LARGE; i += PAGE)
		memory[i] = 1;
	s->end_ns = measure_now() + 200000000U; /* the memory took a while */
	measure_fork(s);
	munmap(memory, LARGE);
}

void measure_vfork(struct samples *s)
{
	while (samples_want(s)) {
		uint64_t begin = measure_now();
		pid_t pid = vfork(); /* NOLINT: what it costs is asked */
		if (pid == 0)
			_exit(0);
		if (!is_over(pid)) {
			s->unknown = "vfork failed";
			return;
		}
		samples_add(s, (double)(measure_now() - begin));
	}
}

void measure_spawn(struct samples *s)
{
	char *argv[] = { "true", NULL };
	pid_t pid;

	while (samples_want(s)) {
		uint64_t begin = measure_now();
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) || !is_over(pid)) {
			s->unknown = "/bin/true could not be spawned";
			return;
		}
		samples_add(s, (double)(measure_now() - begin));
	}
}
