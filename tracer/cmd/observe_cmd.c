/* SPDX-License-Identifier: MIT */
/* --observe: a program is watched by perf events, and nobody is stopped. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/launch.h"
#include "cmd/program.h"
#include "cmd/view.h"
#include "kernel/kernel_linux.h"
#include "observe/observe.h"

static int refuse(const char *why)
{
	fprintf(stderr, "thrtrace: %s\n", why);
	return EXIT_OWN;
}

/* What goes with a program that ptrace follows, and not with one that nobody stops. */
static int check(const struct options *o)
{
	if (o->processes.n || o->only_thread)
		return refuse("--observe watches a program from its start; -p is --light by itself");
	if (o->record)
		return refuse("--observe has no record: --record holds what ptrace answers");
	if (o->argc < 1)
		return refuse("no program is named; see --help");
	return 0;
}

/* kernel.perf_event_paranoid; -2 when it can't be read. */
static int paranoid(void)
{
	FILE *f = fopen("/proc/sys/kernel/perf_event_paranoid", "re");
	int level;

	if (!f)
		return -2;
	if (fscanf(f, "%d", &level) != 1)
		level = -2;
	fclose(f);
	return level;
}

/* The waiting helper has its events, or the reason is said. 0, or an exit status. */
static int open_events(struct events *e, pid_t helper)
{
	int err = events_open(e, helper);

	if (!err)
		return 0;
	fprintf(stderr, "thrtrace: --observe: %s: %s\n%s\n", e->what ? e->what : "perf events", strerror(-err),
		observe_denial(err, paranoid()));
	return EXIT_OWN;
}

/* From the helper that waits to the end of all that it has made. */
static int observe(struct run *r, const struct options *o, const char *path, char **env)
{
	struct launch l = { .path = path,
		.argv = o->argv,
		.envp = env,
		.mask = kernel_linux_old_mask(r->k),
		.ignore_sigchld = kernel_linux_ignored_sigchld(r->k) };
	struct events events;
	pid_t helper;
	int go, status, err = launch_behind(&l, &helper, &go, &status);

	if (err)
		return program_say(EXIT_OWN, "can't start a process", err);
	program_spare_writes(); /* now: the program would inherit it */
	int exit_status = open_events(&events, helper);
	if (!exit_status) {
		r->asked.deadline_ns = o->duration_ns ? run_now(r) + o->duration_ns : 0;
		(void)!write(go, "", 1);
		err = observe_run(r, &events, helper, path);
	}
	events_close(&events);
	close(go);
	if (exit_status) {
		close(status);
		return exit_status;
	}
	int child_err = r->begun ? (close(status), 0) : launch_error(status);
	return program_conclude(r, o, o->argv[0], err, child_err);
}

static int with_door(struct run *r, const struct options *o, const char *path)
{
	int err = kernel_linux_new(&r->k);

	if (!err)
		err = run_begin_telling(r, KEEP_DEAD, r->k->now_ns(r->k->ctx));
	if (err)
		return program_say(EXIT_OWN, "can't begin", err);
	char **env = program_environment(o);
	int status = env ? observe(r, o, path, env) : EXIT_OWN;
	free(env);
	return status;
}

int observe_cmd(struct options *o)
{
	struct run r = { .asked = { .mode = MODE_OBSERVE, .follow_forks = o->follow_forks } };
	char path[PATH_MAX];
	int status = check(o);

	r.asked.argv = (const char *const *)(uintptr_t)o->argv;
	int err = status ? 0 : launch_resolve(o->argv[0], path, sizeof(path));
	if (err)
		status = program_not_run(o->argv[0], err);
	if (!status)
		status = view_open(&r, o) ? EXIT_OWN : 0;
	if (!status)
		status = with_door(&r, o, path);
	int wstatus = r.main.wstatus;
	run_release(&r);
	kernel_linux_free(r.k);
	view_close(&r);
	return program_status(status, wstatus);
}
