/* SPDX-License-Identifier: MIT */
#include "cmd/program.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/tips.h"
#include "cmd/view.h"

struct program_start program_start_of(const char *path, char *const *env)
{
	struct program_start start = { .path = path, .env_at = (uintptr_t)env };

	while (env && env[start.n_env])
		start.n_env++;
	return start;
}

char **program_environment(const struct options *o)
{
	size_t n = 0;

	while (environ[n])
		n++;
	char **env = calloc(n + o->env.n + 1, sizeof(*env));
	if (!env)
		return NULL;
	memcpy(env, environ, n * sizeof(*env));
	for (size_t c = 0; c < o->env.n; c++) {
		const char *change = o->env.text[c];
		size_t len = strcspn(change, "="), kept = 0;
		for (size_t i = 0; i < n; i++)
			if (strncmp(env[i], change, len) || env[i][len] != '=')
				env[kept++] = env[i];
		n = kept;
		if (change[len])
			env[n++] = o->env.text[c];
		env[n] = NULL;
	}
	return env;
}

void program_spare_writes(void)
{
	signal(SIGPIPE, SIG_IGN); /* the reader has gone away */
	signal(SIGTTOU, SIG_IGN); /* stty tostop, and the terminal is the program's */
	signal(SIGXFSZ, SIG_IGN); /* RLIMIT_FSIZE is meant for the program */
}

/*
 * Dies as the program died, so that a shell sees the same. Past the C library, which keeps two signals for itself: 32
 * and 33.
 */
static int exit_as(int wstatus)
{
	if (!WIFSIGNALED(wstatus))
		return WEXITSTATUS(wstatus);
	int sig = WTERMSIG(wstatus);
	struct rlimit none = { 0, 0 };
	const uint64_t by_default[8] = { 0 }; /* struct sigaction of the kernel: SIG_DFL, and nothing else */
	uint64_t mask = UINT64_C(1) << (sig - 1);
	setrlimit(RLIMIT_CORE, &none); /* the core, if any, is the program's */
	syscall(SYS_rt_sigaction, sig, by_default, NULL, sizeof(mask));
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &mask, NULL, sizeof(mask));
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
	return 128 + sig;
}

int program_status(int status, int wstatus)
{
	return status ? status : exit_as(wstatus);
}

int program_say(int status, const char *what, int err)
{
	fprintf(stderr, "thrtrace: %s: %s\n", what, strerror(-err));
	return status;
}

int program_not_run(const char *command, int err)
{
	return program_say(err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN, command, err);
}

int program_conclude(struct run *r, const struct options *o, const char *command, int loop_err, int child_err)
{
	if (child_err)
		return program_not_run(command, child_err);
	int err = view_conclude(r, loop_err ? loop_err : r->begun ? view_summary(r) : 0);
	if (o->tips)
		tip_say();
	if (err && err != -EPIPE)
		return view_has_told(r, err) ? EXIT_OWN : program_say(EXIT_OWN, "the trace ends early", err);
	return view_found(r, o);
}
