/* SPDX-License-Identifier: MIT */
#include "fakekernel_impl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "follow/detach.h"
#include "follow/handlers.h"
#include <thrtrace/choice.h>

void fake_broken(struct fake *f, const char *fmt, ...)
{
	va_list ap;

	if (f->broken[0])
		return;
	va_start(ap, fmt);
	vsnprintf(f->broken, sizeof(f->broken), fmt, ap);
	va_end(ap);
}

struct ftask *fake_task(struct fake *f, pid_t tid)
{
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].tid == tid)
			return &f->task[i];
	if (f->n_tasks == TASKS)
		abort();
	f->task[f->n_tasks] = (struct ftask){ .tid = tid, .tgid = tid, .ppid = 1 };
	return &f->task[f->n_tasks++];
}

/* ---- SIGKILL ---- */

void fake_dies(struct ftask *t)
{
	if (t->state == DEAD || t->state == LEFT)
		return;
	t->dying = true;
	/* Nothing but a resume ends an exit stop. */
	if ((t->state == STOPPED && !t->exit_seen) || t->state == LISTENS)
		t->state = RUNS;
}

void fake_kill_process(struct fake *f, pid_t tgid)
{
	f->injected = true;
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].tgid == tgid && f->task[i].state != NEVER)
			fake_dies(&f->task[i]);
}

int fake_stopped(struct fake *f, pid_t tid, const char *what)
{
	static const char *const states[] = { "not there yet", "running", "stopped", "listening", "dead", "let go",
		"a zombie" };
	struct ftask *t = fake_task(f, tid);

	if (f->inject && f->requests++ == f->kill_at_request)
		fake_kill_process(f, t->tgid);
	f->batch_over = true;
	if ((t->dying && t->state == RUNS) || (t->state == DEAD && t->unheard))
		return -ESRCH;
	if (t->state == STOPPED)
		return 0;
	fake_broken(f, "%s is asked of %d, which is %s", what, tid, states[t->state]);
	return -ESRCH;
}

int fake_there(struct fake *f, pid_t tid, const char *what)
{
	struct ftask *t = fake_task(f, tid);

	f->batch_over = true;
	if ((t->state == DEAD && !t->unheard) || t->state == NEVER)
		fake_broken(
			f, "%s is asked of %d, which is %s", what, tid, t->state == DEAD ? "dead" : "not there yet");
	return t->state == DEAD || t->state == NEVER ? -ESRCH : 0;
}

int fake_event_of(const struct item *i)
{
	return (int)((unsigned)i->wstatus >> 16);
}

/* ---- life ---- */

struct fake *fk_new(enum trace_mode mode)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		abort();
	f->mode = mode;
	f->clock = 1000000;
	f->tick = 1000;
	f->libc = LIBC_GLIBC;
	f->kill_at_item = f->kill_at_request = SIZE_MAX;
	f->k = (struct kernel){ .ctx = f };
	fake_wait_door(&f->k);
	fake_request_door(&f->k);
	recorder_init(&f->recorder);
	f->run = (struct run){
		.k = &f->k,
		.asked = { .mode = mode, .prove = PROVE_FIRST },
		.syscall_filter_child = mode == MODE_FILTER,
		.lets_go = true,
		.asks_waits = true,
		.asks_newborns = true,
		.asks_windows = true,
		.adopts_when_quiet = true,
		.asks_rest = true,
		.main.tid = PROGRAM,
	};
	const struct view recorded = { .sink = &f->recorder.s, .output.fd = -1 };
	choice_default(&f->run.asked.choice);
	if (telling_add_view(&f->run.tell, &recorded) || run_begin_telling(&f->run, 4096, f->clock) ||
		!tracee_new(&f->run.tracees, PROGRAM, TR_LAUNCHING))
		abort();
	fake_task(f, PROGRAM)->state = RUNS;
	fake_task(f, PROGRAM)->reported = true;
	return f;
}

void fk_attach(struct fake *f)
{
	tracee_free_all(&f->run.tracees);
	f->attaches = true;
	f->run.attach = &f->attach;
	f->run.main.tid = 0;
	f->run.syscall_filter_child = false;
}

void fk_many(struct fake *f, size_t n)
{
	f->attach.many = n;
}

void fk_free(struct fake *f)
{
	attached_release(&f->attach);
	run_release(&f->run);
	recorder_release(&f->recorder);
	free(f);
}

struct run *fk_run_of(struct fake *f)
{
	return &f->run;
}

/* ---- running ---- */

/* thrtrace's thread ends: the kernel lets go of all (kernel/ptrace.c, exit_ptrace). */
static void let_go(struct fake *f)
{
	for (size_t i = 0; i < f->n_tasks; i++) {
		struct ftask *t = &f->task[i];
		if (t->state == STOPPED && fake_event_of(&t->at) == 0 && t->at.sig)
			fake_broken(f, "signal %d of %d is lost: its stop was reported, and it was not resumed",
				t->at.sig, t->tid);
		if (t->state == STOPPED || t->state == LISTENS || t->state == RUNS)
			t->state = LEFT;
	}
	detach_tell(&f->run);
}

/* The first broken promise of a run, "" when all were kept. */
static const char *play(struct fake *f, int *ret_err)
{
	*ret_err = 0;
	if (f->run.attach && !f->attach.n && attach_begin(&f->run, (const pid_t[]){ PROGRAM }, 1) == 0)
		fake_broken(f, "nothing was attached to");
	else if (f->run.attach)
		attach_tell(&f->run);
	if (!f->broken[0])
		*ret_err = run_loop(&f->run);
	if (f->run.leaving)
		let_go(f);
	for (size_t i = 0; i < f->n_tasks; i++)
		if (f->task[i].state == STOPPED || f->task[i].state == LISTENS)
			fake_broken(f, "%d is left stopped", f->task[i].tid);
	if (f->run.tracees.by_tid)
		fake_broken(f, "tracee %d is still remembered, state %d", f->run.tracees.by_tid->tid,
			f->run.tracees.by_tid->state);
	if (f->run.tracees.holding || f->run.tracees.early || f->run.tracees.n_creating || f->run.tracees.n_execs ||
		f->run.ends.n_late)
		fake_broken(f, "lists and counters are off: %s early, %s held, %zu creating, %zu in execve, %zu late",
			f->run.tracees.early ? "some" : "none", f->run.tracees.holding ? "some" : "none",
			f->run.tracees.n_creating, f->run.tracees.n_execs, f->run.ends.n_late);
	if (model_counts(f->run.tell.model).live)
		fake_broken(
			f, "%llu tasks live on in the model", (unsigned long long)model_counts(f->run.tell.model).live);
	recorder_finish(&f->recorder);
	return f->broken[0] ? f->broken : f->recorder.broken;
}

int fk_run(struct fake *f)
{
	int err;
	const char *what = play(f, &err);

	if (what[0])
		fail_msg("%s\nthe story so far:\n%s", what, fk_story(f));
	return err;
}

const char *fk_story(const struct fake *f)
{
	return outbuf_str(&f->recorder.story);
}

const char *fk_resumes(struct fake *f, pid_t tid)
{
	return fake_task(f, tid)->resumes;
}

int fk_comms(const struct fake *f)
{
	return f->comms;
}

int fk_sent(const struct fake *f)
{
	return f->sent;
}

/* One run with one kill. False when the kill never came about. */
static bool play_killed(enum trace_mode mode, void (*scenario)(struct fake *f), size_t item, size_t victim,
	size_t request, unsigned variant)
{
	struct fake *f = fk_new(mode);
	int err;

	scenario(f);
	f->inject = true;
	f->soon = variant & 1;
	f->no_exit_stop = variant & 2;
	f->kill_at_item = item;
	f->kill_at_request = request;
	bool whose = victim < f->n_tasks && f->task[victim].tgid == f->task[victim].tid;
	f->kill_tgid = whose ? f->task[victim].tgid : 0;
	if (item != SIZE_MAX && !whose) {
		fk_free(f);
		return false;
	}
	const char *what = play(f, &err);
	if (what[0])
		fail_msg("SIGKILL for %d after item %zd, or at request %zd, variant %u: %s\nthe story so far:\n%s",
			f->kill_tgid, (ssize_t)item, (ssize_t)request, variant, what, fk_story(f));
	bool came = f->injected;
	fk_free(f);
	return item != SIZE_MAX || came;
}

void fk_kill_everywhere(enum trace_mode mode, void (*scenario)(struct fake *f))
{
	struct fake *f = fk_new(mode);
	scenario(f);
	size_t items = f->n_items, tasks = f->n_tasks;
	fk_free(f);
	for (unsigned variant = 0; variant < 4; variant++) {
		for (size_t item = 0; item < items; item++)
			for (size_t victim = 0; victim < tasks; victim++)
				(void)play_killed(mode, scenario, item, victim, SIZE_MAX, variant);
		for (size_t request = 0; play_killed(mode, scenario, SIZE_MAX, 0, request, variant); request++)
			;
	}
}
