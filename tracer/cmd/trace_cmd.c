/* SPDX-License-Identifier: MIT */
/* Traces a program from its start to its end, or processes that run already until they end or are let go. */
#include "cmd/trace_cmd.h"

#include <errno.h>
#include <linux/limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "follow/attach.h"
#include "follow/attach_watch.h"
#include "creators/creators.h"
#include "follow/detach.h"
#include "follow/facts.h"
#include "filter/filter.h"
#include "kernel/kernel_linux.h"
#include "cmd/commands.h"
#include "cmd/launch.h"
#include "cmd/program.h"
#include "cmd/pick.h"
#include "kernel/limit_facts.h"
#include "kernel/program.h"
#include "cmd/recording.h"
#include "cmd/view.h"

extern char **environ;

/* A filter can't be had without libseccomp or in some sandboxes: every call then stops, and that is said. */
static struct filter_program *make_filter(struct run *r, const struct options *o, const struct program_facts *program)
{
	struct filter_program *filter = NULL;

	if (r->asked.mode != MODE_FILTER)
		return NULL;
	int err = filter_new(&filter, &o->choice, program->kind);
	if (err) {
		fprintf(stderr,
			"thrtrace: no seccomp filter (%s): every system call of the program will stop, which is slow\n",
			strerror(-err));
		r->asked.mode = MODE_ALL;
		return NULL;
	}
	r->syscall_filter_child = true;
	return filter;
}

/* A process has one tracer: -f of one that traces thrtrace itself has taken the child already. */
static void say_whose(struct run *r, pid_t tid)
{
	int64_t tracer = facts_status(r, tid, "TracerPid:");

	if (tracer > 0)
		fprintf(stderr,
			"thrtrace: the new process is traced already, by pid %d; a process can have one tracer only\n",
			(int)tracer);
}

/* Seizes the waiting child, lets it go, and follows it. */
static int follow(struct run *r, struct recording *record, pid_t tid, int go)
{
	int err = r->k->seize(r->k->ctx, tid, run_ptrace_options(r->asked.mode));

	if (err) {
		say_whose(r, tid);
		kill(tid, SIGKILL);
		close(go);
		return err;
	}
	r->main.tid = tid;
	r->foreign_filter = facts_status(r, getpid(), "Seccomp:") == 2;
	err = tracee_new(&r->tracees, tid, TR_LAUNCHING) ? 0 : -ENOMEM;
	if (!err && record)
		err = recording_begin(record, r, NULL);
	if (err) {
		kill(tid, SIGKILL);
		close(go);
		return err;
	}
	launch_go(go);
	/* While it gets to its execve: it is first heard of before it can have made a task. */
	r->pids_before = malloc(sizeof(*r->pids_before));
	if (r->pids_before)
		pids_events_read(r->pids_before, tid);
	return run_loop(r);
}

/* All of one trace, and what is still to be done when thrtrace has let go of its tracees. */
struct trace {
	struct options *o;
	struct run r;
	struct attach attach;
	struct picked picked;     /* of -p */
	struct recording *record; /* NULL: --record was not given */
};

static void release(struct trace *t)
{
	struct run *r = &t->r;

	run_release(r);
	recording_free(t->record);
	creators_free(r->creators);
	free(r->pids_before);
	attached_release(&t->attach);
	pick_release(&t->picked);
	kernel_linux_free(r->k);
	view_close(r);
}

/* The tracees are their own masters again. By another thread than the one that traced: it has ended. */
static void after_detach(void *arg)
{
	struct trace *t = arg;
	struct run *r = &t->r;

	detach_tell(r);
	int err = r->failure ? r->failure : r->error;
	int status = program_conclude(r, t->o, NULL, err, 0);
	recording_end(t->record, r, err);
	if (r->main.tid)
		detach_wait_program(r);
	int wstatus = r->main.wstatus;
	release(t);
	options_release(t->o);
	exit(program_status(status, wstatus));
}

static void set_deadline(struct trace *t)
{
	t->r.asked.deadline_ns = t->o->duration_ns ? run_now(&t->r) + t->o->duration_ns : 0;
}

static int launch_and_follow(struct trace *t, const char *path)
{
	struct run *r = &t->r;
	const struct options *o = t->o;
	struct program_facts program;
	pid_t tid;
	int go, status;

	program_identify_file(path, &program);
	if (program.x32)
		fprintf(stderr,
			"thrtrace: %s is an x32 program, which few kernels run (CONFIG_X86_X32_ABI). thrtrace does not "
			"decode "
			"x32 calls: births and ends are told, and what kcmp shows of them\n",
			path);
	if (program.setid && geteuid() != 0)
		fprintf(stderr,
			"thrtrace: the program is set-user-ID or set-group-ID: traced by an ordinary user it runs "
			"without "
			"that privilege\n");
	char **env = program_environment(o);
	struct filter_program *filter = make_filter(r, o, &program);
	struct launch l = { .path = path,
		.argv = o->argv,
		.envp = env,
		.mask = kernel_linux_old_mask(r->k),
		.filter = filter,
		.ignore_sigchld = kernel_linux_ignored_sigchld(r->k) };
	r->asked.program = program_start_of(path, env);
	int err = env ? launch_fork(&l, &tid, &go, &status) : -ENOMEM;
	if (err) {
		filter_free(filter);
		free(env);
		return program_say(EXIT_OWN, "can't start a process", err);
	}
	program_spare_writes(); /* now: the program would inherit it */
	set_deadline(t);
	err = follow(r, t->record, tid, go);
	int child_err = r->begun ? (close(status), 0) : launch_error(status);
	filter_free(filter);
	free(env);
	if (r->leaving)
		detach_by_exit(after_detach, t);
	int exit_status = program_conclude(r, o, o->argv[0], err, child_err);
	recording_end(t->record, r, err);
	return exit_status;
}

static int attach_and_follow(struct trace *t)
{
	struct run *r = &t->r;

	program_spare_writes();
	r->attach = &t->attach;
	t->attach.only_thread = t->o->only_thread;
	t->attach.many = ATTACHED_MANY;
	struct attach_watch *watch = attach_watch_new(&t->attach, r->k);
	size_t got = attach_begin(r, t->picked.pid, t->picked.n);
	attach_watch_free(watch);
	if (!got)
		return EXIT_NOBODY;
	set_deadline(t);
	int err = t->record ? recording_begin(t->record, r, NULL) : 0;
	if (!err) {
		attach_tell(r);
		err = run_loop(r);
	}
	if (r->leaving)
		detach_by_exit(after_detach, t);
	int status = program_conclude(r, t->o, NULL, err, 0);
	recording_end(t->record, r, err);
	return status;
}

static int trace_with_door(struct trace *t, const char *path)
{
	struct run *r = &t->r;
	int err = kernel_linux_new(&r->k);

	if (err == -ENOSYS)
		fprintf(stderr, "thrtrace: this kernel is too old: PTRACE_GET_SYSCALL_INFO came with Linux 5.3\n");
	if (err || run_begin_telling(r, KEEP_DEAD, r->k->now_ns(r->k->ctx)))
		return EXIT_OWN;
	r->lets_go = r->asks_waits = r->asks_newborns = r->asks_argv = r->asks_harm = r->asks_leaving = r->asks_exits =
		r->asks_rest = r->asks_windows = r->adopts_when_quiet = true;
	r->creators = t->o->creators ? creators_new(r->k) : NULL;
	return path ? launch_and_follow(t, path) : attach_and_follow(t);
}

static int refuse(struct options *o, const char *why)
{
	snprintf(o->error, sizeof(o->error), "%s", why);
	return -EINVAL;
}

static int check_attach(struct options *o)
{
	if (o->argc && o->argv[0][strspn(o->argv[0], "0123456789")] == '\0')
		return refuse(o, "-p takes one word: quote a list of several, as in -p \"$(pidof NAME)\"");
	if (o->argc)
		return refuse(o, "-p traces what runs already, and a PROGRAM would be started: it is one or the other");
	if (o->env.n)
		return refuse(o, "-E changes the environment of a program that is started; with -p none is");
	if ((o->asked & GIVEN_MODE) && o->mode == MODE_FILTER)
		return refuse(o,
			"--seccomp-bpf: no filter is put into a running process, for it could never be taken "
			"out again; -p is --light by itself, or --no-seccomp");
	if (!(o->asked & GIVEN_MODE))
		o->mode = MODE_LIGHT;
	return 0;
}

static int check_inject(struct options *o)
{
	if (!o->choice.n_injects)
		return 0;
	if (o->mode == MODE_LIGHT)
		return refuse(o,
			"-e inject stops the calls that it makes fail: not with --light, which stops at none, and with "
			"-p only with --no-seccomp");
	if (o->record)
		return refuse(o, "--record and -e inject exclude each other: a record has what the kernel answers");
	return 0;
}

int trace_check(struct options *o)
{
	int err = o->processes.n ? check_attach(o) : 0;

	if (o->counts_alone && !(o->asked & GIVEN_CALLS)) /* whoever counts wants all */
		o->choice.by_rule = false;
	if (!err)
		err = check_inject(o);
	if (err || o->processes.n)
		return err;
	if (o->only_thread)
		return refuse(o, "--only-thread belongs to -p: it says which threads of a running process are meant");
	if (o->duration_ns && o->mode == MODE_FILTER)
		return refuse(o,
			"--duration: a started program carries thrtrace's seccomp filter and can't live on "
			"without it; add --light or --no-seccomp");
	return 0;
}

/* The program's file into path, or the processes of -p. 0, or an exit status after it has said why. */
static int find_whom(struct trace *t, char *path, size_t size)
{
	struct options *o = t->o;

	if (trace_check(o)) {
		fprintf(stderr, "thrtrace: %s\n", o->error);
		return EXIT_OWN;
	}
	if (!pick_has_proc())
		return EXIT_OWN;
	if (o->processes.n)
		return pick_asked(&t->picked, o);
	if (o->argc < 1) {
		fprintf(stderr, "thrtrace: no program is named; see --help\n");
		return EXIT_OWN;
	}
	int err = launch_resolve(o->argv[0], path, size);
	return err ? program_not_run(o->argv[0], err) : 0;
}

/* Opens where the trace and its record go. 0, or an exit status after it has said why. */
static int open_files(struct trace *t)
{
	const struct options *o = t->o;
	int err = o->record ? recording_open(&t->record, o->record) : 0;

	if (err)
		return program_say(EXIT_OWN, o->record, err);
	return view_open(&t->r, o) ? EXIT_OWN : 0;
}

int trace_cmd(struct options *o)
{
	struct trace t = { .o = o };
	char path[PATH_MAX];
	int status = find_whom(&t, path, sizeof(path)), wstatus = 0;

	t.r.asked.mode = o->mode;
	t.r.asked.follow_forks = o->follow_forks;
	t.r.asked.prove = o->prove;
	t.r.asked.accounts = o->accounts;
	t.r.asked.choice = o->choice;
	t.r.asked.argv = o->processes.n ? NULL : (const char *const *)(uintptr_t)o->argv;
	if (!status)
		status = open_files(&t);
	if (!status) {
		status = trace_with_door(&t, o->processes.n ? NULL : path);
		wstatus = t.r.main.wstatus;
	}
	release(&t);
	return program_status(status, wstatus);
}
