/* SPDX-License-Identifier: MIT */
/* --observe: a program is watched by perf events, and nobody is stopped. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/launch.h"
#include "cmd/pick.h"
#include "cmd/program.h"
#include "cmd/recording.h"
#include "cmd/view.h"
#include "creators/creators.h"
#include "follow/attached.h"
#include "kernel/kernel_linux.h"
#include "observe/observe.h"
#include "observe/seen.h"

#define NO_TRACEPOINTS                                                                                                 \
	"--observe --creators: this kernel has no tracepoints of system calls (CONFIG_FTRACE_SYSCALLS), or does not "  \
	"let "                                                                                                         \
	"them be found; without --creators births are told without their calls"
#define NOT_ALL                                                                                                        \
	"--observe --creators=on -p: calls of tasks that are there already can be had from all tasks of the machine "  \
	"alone, which takes root or CAP_PERFMON; without --creators=on the routines of those that are there are told " \
	"anyway"
/* /proc/sys/fs/nr_open, as it is by default. */
#define NR_OPEN_USUAL 1048576U
/* More than thrtrace opens for itself. */
#define DESCRIPTORS_OWN 64

static int refuse(const char *why)
{
	fprintf(stderr, "thrtrace: %s\n", why);
	return EXIT_OWN;
}

/* Calls are seen where that was asked for: it has its cost, and is not the usual way. */
static bool asks_calls(const struct options *o)
{
	return (o->asked & GIVEN_CREATORS) && o->creators;
}

/* What goes with a program that ptrace follows, and not with one that nobody stops. */
static int check(const struct options *o)
{
	if (o->processes.n && o->argc)
		return refuse("-p watches what runs already, and a PROGRAM would be started: it is one or the other");
	if (o->processes.n && o->env.n)
		return refuse("-E changes the environment of a program that is started; with -p none is");
	if (o->only_thread && !o->processes.n)
		return refuse("--only-thread belongs to -p: it says which threads of a running process are meant");
	if (o->argc < 1 && !o->processes.n)
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

/* Why there are no events, and what can be done: an exit status. */
static int say_denied(const struct events *e, int err)
{
	fprintf(stderr, "thrtrace: --observe: %s: %s\n%s\n", e->what ? e->what : "perf events", strerror(-err),
		observe_denial(err, e->no_ring, paranoid()));
	return EXIT_OWN;
}

/* One run of it, from its begin on. */
struct watching {
	const struct options *o;
	struct run r;
	struct source source;
	struct recording *record; /* NULL: --record was not given */
};

/* What is asked from here on goes onto the record, where there is one. 0 or -errno. */
static int record_from_here(struct watching *w, const struct observed *program)
{
	int err = w->record ? recording_begin(w->record, &w->r, program) : 0;

	if (!w->record || err)
		return err;
	w->source.tape = recording_tape(w->record);
	return program && program->seen ? seen_record_onto(program->seen, w->source.tape) : 0;
}

static int open_all(struct events *e, pid_t helper, const struct tracepoints *ids)
{
	int err = events_open(e, helper, ids != NULL);

	return err || !ids ? err : events_open_calls(e, helper, ids);
}

/* Where the events of so many CPUs have taken a tenth of the time, or more, it is said. */
static void say_dear(const struct watching *w, const struct tracepoints *ids)
{
	struct model_counts c = model_counts(w->r.tell.model);
	size_t each = events_each(w->source.events, ids);
	uint64_t took_ns = (c.births - c.there) * each * EVENT_COST_NS;

	if (each > EVENTS_DEAR && took_ns > run_now(&w->r) / 10)
		fprintf(stderr,
			"thrtrace: --observe: with %zu CPUs each task takes %zu events, which the kernel made in some "
			"%" PRIu64 " ms of the program's time; --light would cost it less\n",
			w->source.events->n_rings, each, took_ns / 1000000);
}

/* The events are open, and the helper waits: go. 0 or -errno. */
static int observe_from_go(struct watching *w, const struct observed *program, int go)
{
	struct run *r = &w->r;

	telling_begin_anew(&r->tell, r->k->now_ns(r->k->ctx));
	r->asked.deadline_ns = w->o->duration_ns ? run_now(r) + w->o->duration_ns : 0;
	int err = record_from_here(w, program);
	if (err)
		return err;
	(void)!write(go, "", 1);
	return observe_run(r, &w->source, program);
}

/* The program has run, and of nothing a record has come, not even of its begin: no view could say so. */
static void say_blind(const struct events *e)
{
	uint64_t lost = events_lost(e);

	fprintf(stderr, "thrtrace: --observe: the program ran, and no record of it has come");
	if (lost && lost != UINT64_MAX)
		fprintf(stderr,
			": %" PRIu64 " were lost, since the kernel wrote faster than thrtrace got a CPU to read", lost);
	fprintf(stderr, "\n");
}

/* From the helper that waits to the end of all that it has made; made: the launch's. */
static int observe_made(struct watching *w, const char *path, char **env, pid_t *made)
{
	const struct options *o = w->o;
	struct run *r = &w->r;
	struct launch l = { .path = path,
		.argv = o->argv,
		.envp = env,
		.mask = kernel_linux_old_mask(r->k),
		.ignore_sigchld = kernel_linux_ignored_sigchld(r->k),
		.made = made };
	struct seen seen = { .creators = NULL };
	r->asked.program = program_start_of(path, env);
	bool calls = asks_calls(o);
	struct observed program = { .path = path, .seen = calls ? &seen : NULL };
	int go, status, err = calls ? tracepoints_find(&seen.ids) : 0;

	if (err)
		return refuse(NO_TRACEPOINTS);
	program_identify_file(path, &program.file);
	err = launch_behind(&l, &program.helper, &go, &status);
	if (err)
		return program_say(EXIT_OWN, "can't start a process", err);
	program_spare_writes(); /* now: the program would inherit it */
	w->source.made = made;
	err = open_all(w->source.events, program.helper, calls ? &seen.ids : NULL);
	int exit_status = err ? say_denied(w->source.events, err) : 0;
	if (!exit_status) /* strangers' records come, too, and must not fill the rings before the program begins */
		source_begin_emptying(&w->source);
	if (!exit_status && calls && seen_begin(&seen, r->k, true))
		exit_status = program_say(EXIT_OWN, "can't begin", -ENOMEM);
	if (!exit_status)
		err = observe_from_go(w, &program, go);
	if (!exit_status && r->begun)
		say_dear(w, calls ? &seen.ids : NULL);
	close(go);
	bool blind = !exit_status && !r->begun;
	int child_err = blind ? launch_error(status) : (close(status), 0);
	if (blind && !child_err && !err)
		say_blind(w->source.events);
	source_end_emptying(&w->source);
	events_close(w->source.events);
	if (!exit_status) {
		exit_status = program_conclude(r, o, o->argv[0], err, child_err);
		recording_end(w->record, r, err);
	}
	seen_end(&seen); /* now: names of functions are its own, and the table has them */
	return exit_status;
}

static int observe(struct watching *w, const char *path, char **env)
{
	pid_t *made = mmap(NULL, sizeof(*made), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (made == MAP_FAILED)
		return program_say(EXIT_OWN, "can't start a process", -errno);
	int exit_status = observe_made(w, path, env, made);
	munmap(made, sizeof(*made));
	return exit_status;
}

/* Each thread takes an event a CPU, and that a descriptor: as many as thrtrace may have. */
static void raise_descriptors(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	struct rlimit more = { .rlim_cur = NR_OPEN_USUAL, .rlim_max = NR_OPEN_USUAL };
	if (l.rlim_max >= NR_OPEN_USUAL || setrlimit(RLIMIT_NOFILE, &more)) { /* not everybody may */
		l.rlim_cur = l.rlim_max;
		(void)!setrlimit(RLIMIT_NOFILE, &l);
	}
}

/* Opens the rings of -p, and the samplers: of tasks that are there already nothing can be inherited. 0 or -errno. */
static int open_rings(struct watching *w, const struct tracepoints *ids)
{
	int err = events_open_rings(w->source.events, ids != NULL);

	return err || !ids ? err : events_open_all_calls(w->source.events, ids);
}

/* Those that run already, until they are gone: how many of them, as observe_find, or -errno. */
static int observe_picked(struct watching *w, const struct picked *whom, struct seen *seen)
{
	struct run *r = &w->r;
	struct observed calls = { .seen = seen };
	int got = open_rings(w, seen ? &seen->ids : NULL), err = 0;

	if (!got && seen)
		got = seen_begin(seen, r->k, true);
	if (got)
		return got;
	r->asked.deadline_ns = w->o->duration_ns ? run_now(r) + w->o->duration_ns : 0;
	got = observe_find(r, &w->source, whom->pid, whom->n);
	if (got > 0)
		err = record_from_here(w, seen ? &calls : NULL);
	if (got > 0 && !err)
		err = observe_found(r, &w->source, seen);
	if (r->begun)
		say_dear(w, NULL);
	return err ? err : got;
}

static int observe_those(struct watching *w, const struct picked *whom)
{
	const struct options *o = w->o;
	struct run *r = &w->r;
	struct attach attach = { .only_thread = o->only_thread };
	struct seen seen = { .creators = NULL };
	bool calls = asks_calls(o);

	if (calls && !events_may_watch_all())
		return refuse(NOT_ALL);
	if (calls && tracepoints_find(&seen.ids))
		return refuse(NO_TRACEPOINTS);
	program_spare_writes();
	raise_descriptors();
	r->attach = &attach;
	r->creators = o->creators ? creators_new(r->k) : NULL;
	int status = EXIT_NOBODY, got = observe_picked(w, whom, calls ? &seen : NULL), err = got < 0 ? got : 0;
	if (r->begun)
		status = program_conclude(r, o, NULL, err, 0);
	else if (err)
		status = say_denied(w->source.events, err);
	recording_end(w->record, r, err);
	source_end_emptying(&w->source);
	events_close(w->source.events);
	seen_end(&seen);
	creators_free(r->creators);
	attached_release(&attach);
	r->attach = NULL;
	return status;
}

static int observe_program(struct watching *w, const char *path)
{
	char **env = program_environment(w->o);
	int status = env ? observe(w, path, env) : EXIT_OWN;

	free(env);
	return status;
}

/* Whom to watch: the program's file into path, or processes. 0, or an exit status after it has said why. */
static int find_whom(struct options *o, char *path, size_t size, struct picked *ret)
{
	int status = check(o);

	if (status)
		return status;
	if (!pick_has_proc())
		return EXIT_OWN;
	if (o->processes.n)
		return pick_asked(ret, o);
	int err = launch_resolve(o->argv[0], path, size);
	return err ? program_not_run(o->argv[0], err) : 0;
}

/* Opens where the trace and its record go, and the door. 0, or an exit status after it has said why. */
static int begin(struct watching *w)
{
	struct run *r = &w->r;
	int err = w->o->record ? recording_open(&w->record, w->o->record) : 0;

	if (err)
		return program_say(EXIT_OWN, w->o->record, err);
	if (view_open(r, w->o))
		return EXIT_OWN;
	err = kernel_linux_new(&r->k);
	if (!err)
		err = run_begin_telling(r, KEEP_DEAD, r->k->now_ns(r->k->ctx));
	return err ? program_say(EXIT_OWN, "can't begin", err) : 0;
}

/* --observe=auto: what keeps the events away, and its error; 0: they could be had. */
struct denial {
	const char *what;
	int err;
	size_t each; /* events for each task, which are too many; 0 */
};

/* Threads of these processes: a thread is a link of its process's folder of tasks. */
static size_t threads_of(const struct picked *whom)
{
	char path[32];
	struct stat st;
	size_t threads = 0;

	for (size_t i = 0; i < whom->n; i++) {
		snprintf(path, sizeof(path), "/proc/%d/task", whom->pid[i]);
		threads += stat(path, &st) == 0 && st.st_nlink > 2 ? (size_t)st.st_nlink - 2 : 0;
	}
	return threads;
}

/* Opens what will be asked for, but on thrtrace itself: before anything is begun, another way can still be taken. */
static struct denial try_events(const struct options *o, const struct picked *whom)
{
	struct rlimit l = { .rlim_cur = RLIM_INFINITY };
	struct events events;
	struct tracepoints ids;

	if (o->processes.n) /* a program would inherit it */
		raise_descriptors();
	int err = events_open_rings(&events, asks_calls(o));
	struct denial denial = { events.what, err, 0 };
	bool calls = asks_calls(o), may_all = events_may_watch_all(), of_all = calls && may_all;
	if (!err && calls && o->processes.n && !of_all)
		denial = (struct denial){ "calls of all tasks", -EPERM, 0 };
	else if (!err && calls)
		denial = (struct denial){ "tracepoints of system calls", tracepoints_find(&ids), 0 };
	bool many = o->processes.n && !getrlimit(RLIMIT_NOFILE, &l) &&
		threads_of(whom) * events.n_rings + DESCRIPTORS_OWN > l.rlim_cur;
	if (!err && many)
		denial = (struct denial){ "one event a CPU for each thread", -EMFILE, 0 };
	if (!denial.err) {
		events.of_all = of_all;
		events.wide = !o->processes.n && may_all;
		size_t each = events_each(&events, calls ? &ids : NULL);
		denial.each = each > EVENTS_DEAR ? each : 0;
	}
	events_close(&events);
	return denial;
}

/* The nearest that ptrace has: births and ends, and no stop at a call. */
static int trace_instead(struct options *o, const struct denial *why)
{
	if (why->each)
		fprintf(stderr,
			"thrtrace: --observe=auto: on this machine each task takes %zu events, %s, which is dearer "
			"than "
			"stops; traced by ptrace instead, as with --light\n",
			why->each, asks_calls(o) ? "twelve a CPU" : "one a CPU");
	else
		fprintf(stderr, "thrtrace: --observe=auto: %s: %s; traced by ptrace instead, as with --light\n",
			why->what, strerror(-why->err));
	o->mode = MODE_LIGHT;
	o->asked |= GIVEN_MODE;
	return trace_cmd(o);
}

/* As --observe, from what find_whom has found on. */
static int watch(struct options *o, const struct picked *picked, const char *path)
{
	struct watching w = { .o = o, .r.asked = { .mode = MODE_OBSERVE, .follow_forks = o->follow_forks } };
	struct events events = { .ring = NULL };
	struct run *r = &w.r;

	source_init(&w.source, &events);
	r->asked.argv = o->processes.n ? NULL : (const char *const *)(uintptr_t)o->argv;
	int status = begin(&w);
	if (!status)
		status = o->processes.n ? observe_those(&w, picked) : observe_program(&w, path);
	int wstatus = r->main.wstatus;
	run_release(r);
	recording_free(w.record);
	source_release(&w.source);
	kernel_linux_free(r->k);
	view_close(r);
	return program_status(status, wstatus);
}

int observe_cmd(struct options *o)
{
	struct picked picked = { 0 };
	struct denial denial = { 0 };
	char path[PATH_MAX];

	if (o->subject && strcmp(o->subject, "auto") != 0)
		return refuse("--observe=: it is auto, or nothing follows");
	int status = find_whom(o, path, sizeof(path), &picked);
	if (!status && o->subject)
		denial = try_events(o, &picked);
	bool instead = denial.err || denial.each;
	if (!status && !instead)
		status = watch(o, &picked, path);
	pick_release(&picked);
	return !status && instead ? trace_instead(o, &denial) : status;
}
