/* SPDX-License-Identifier: MIT */
#include "follow/attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrtrace/procstat.h>

#include "follow/attach_denial.h"
#include "follow/attach_meanwhile.h"
#include "follow/birth_attached.h"
#include "follow/facts.h"
#include "kernel/program.h"

/* So many threads of a process may be stopped at a time for being told of: the others run meanwhile. */
#define STOPPING_MAX 32
/* A task that can be stopped is, within this time; or it sleeps where it can't be. */
#define STOP_WITHIN_NS 10000000U
/* So many that sleep are told of before reports are looked for; and while reports come. */
#define ASLEEP_MAX  64
#define ASLEEP_BUSY 32
/* In a record from before births were taken in; of those that were gone as well, which are not looked at. */
#define ASLEEP_BUSY_THEN 2
/* After so many threads of a list those are served that have reported meanwhile. */
#define SERVED_EACH 32
/* A scan that finds new threads each time: of a process whose threads nobody can seize as fast as it makes them. */
#define PASSES_MAX 10000

/* ---- seizing ---- */

static int seize(struct run *r, pid_t tid)
{
	r->attach->seizing_ns = r->k->now_ns(r->k->ctx);
	int err = r->k->seize(r->k->ctx, tid, run_ptrace_options(r->asked.mode));
	r->attach->seizing_ns = 0;
	return err;
}

static bool is_gone(const struct attach_denial *f)
{
	return !f->exists || f->state == 'Z' || f->state == 'X';
}

/*
 * A thread could not be seized, and that is no wonder: it is ours already (its creator was seized before it was born,
 * and
 * an event will tell of it), or it is on its way out (the kernel looks for exit_state). *ret_err: 0, or -ENOMEM.
 */
static bool is_excused(struct run *r, struct attached_process *p, pid_t tid, int *ret_err)
{
	struct attach_denial f;

	*ret_err = 0;
	if (attach_is_ours(r, tid)) { /* thousands may be, of a program that makes threads */
		attached_add_born(r->attach, tid);
		return true;
	}
	attach_denial_read(&f, r, tid, EPERM);
	if (tid == p->tgid && f.state == 'Z' && !tracee_find(&r->tracees, tid))
		*ret_err = attached_add(r, p, tid, TR_ZOMBIE);
	return is_gone(&f);
}

static int seized(struct run *r, struct attached_process *p, pid_t tid)
{
	struct tracee *zombie = tracee_find(&r->tracees, tid);

	if (!zombie)
		return attached_add(r, p, tid, TR_ATTACHED);
	tracee_set_state(&r->tracees, zombie, TR_ATTACHED);
	return 0;
}

/*
 * execve by another thread than the first ends the leader and takes its tid. So what was a zombie in the pass before
 * may
 * live now; and the reason for a refusal may be gone when it is looked for: that is why it is tried twice.
 */
static int seize_thread(struct run *r, struct attached_process *p, pid_t tid, size_t *found)
{
	const struct tracee *known = tracee_find(&r->tracees, tid);
	int err = 0;

	if ((known && known->state != TR_ZOMBIE) || attached_is_born(r->attach, tid) || attached_is_leaving(r, tid))
		return 0;
	for (unsigned tries = 0; tries < 2; tries++) {
		err = seize(r, tid);
		if (!err) {
			(*found)++;
			return seized(r, p, tid);
		}
		if (err != -EPERM)
			return err == -ESRCH ? 0 : err;
		int excuse;
		if (is_excused(r, p, tid, &excuse))
			return excuse;
	}
	return err;
}

/* One look at /proc/TGID/task: seizes what is new there. 0, or the first error; *found: how many were new. */
static int pass(struct run *r, struct attached_process *p, size_t *found)
{
	pid_t *tids;
	int n = attached_list(r, p->tgid, p->threads, &tids), first_err = 0;

	if (n < 0) /* execve swaps tids: the folder may not be there for a moment, nor its list */
		return n == -ENOENT || n == -ESRCH ? 0 : n;

	for (int i = 0; i < n; i++) {
		int err = seize_thread(r, p, tids[i], found);
		if (err && !first_err)
			first_err = err;
		if (err == -ENOMEM)
			break;
		if (i % SERVED_EACH == 0)
			attach_serve(r);
	}
	free(tids);
	return first_err;
}

/* Of what was found of a process nothing lives: there is nothing, or its leader as a zombie. */
static bool nobody_lives(const struct run *r, const struct attached_process *p)
{
	const struct tracee *leader = tracee_find(&r->tracees, p->tgid);

	return p->threads == (leader && leader->state == TR_ZOMBIE);
}

/* It is there, whoever could not be seized of it. */
static bool is_alive(struct run *r, const struct attached_process *p)
{
	struct attach_denial f;

	attach_denial_read(&f, r, p->tgid, 0);
	return !is_gone(&f);
}

/*
 * Threads are born while the list is read, and a list read beside deaths may lack some (fs/proc/base.c, first_tid). A
 * thread of a seized one is ours by itself. So when two passes in a row find nobody new, all are. Each pass tries those
 * again that could not be seized, as when execve was replacing them: what counts is what the last one could not. A
 * process that lives, and nobody of which could be seized nor refused it, is in such an execve.
 */
static int seize_process(struct run *r, struct attached_process *p)
{
	unsigned quiet = 0;
	int err = 0;

	for (unsigned n = 0; n < PASSES_MAX && quiet < 2; n++) {
		size_t found = 0;
		err = pass(r, p, &found);
		if (err == -ENOMEM)
			break;
		quiet = found ? 0 : quiet + 1;
		if (quiet == 2 && !err && nobody_lives(r, p) && is_alive(r, p))
			quiet = 0;
	}
	return err;
}

/* ---- the beginning ---- */

void attach_refuse(struct run *r, pid_t pid, int err)
{
	struct attach_denial f;
	struct outbuf out;

	attach_denial_read(&f, r, pid, -err);
	outbuf_init(&out, 4096);
	attach_refusal_format(&out, &f);
	fprintf(stderr, "thrtrace: %s\n", outbuf_str(&out));
	outbuf_release(&out);
}

void attach_identify(struct run *r, struct attached_process *p)
{
	struct program_facts program;

	r->k->identify(r->k->ctx, p->tgid, &program);
	p->libc = program.kind;
	memcpy(p->libc_name, program.libc, sizeof(p->libc_name));
	p->other_pid_ns = attach_other_ns(r, p->tgid, "pid");
}

/* One word of -p. 0, or -errno when nothing came of it. */
static int attach_one(struct run *r, pid_t pid)
{
	struct attach_denial f;
	size_t found = 0;

	attach_denial_read(&f, r, pid, 0);
	if (attach_is_folly(&f))
		return -EPERM;
	struct attached_process *p = attached_process_new(r->attach, f.tgid);
	if (!p)
		return -ENOMEM;
	size_t before = p->threads;
	int err = r->attach->only_thread ? seize_thread(r, p, pid, &found) : seize_process(r, p);
	if (before == 0 && nobody_lives(r, p)) {
		tracee_free(&r->tracees, tracee_find(&r->tracees, p->tgid)); /* a zombie that nobody is left of */
		r->attach->n_processes--;
		return err ? err : -ESRCH;
	}
	if (before == 0)
		attach_identify(r, p);
	if (err) /* a part of it: another tracer has the rest */
		attach_refuse(r, pid, err);
	return 0;
}

/*
 * /proc/PID/task lists threads in the order of their birth, and so they were seized. They are told of in another: one
 * that runs has to be stopped first.
 */
static void reserve_labels(struct run *r)
{
	struct attach *a = r->attach;
	uint32_t next = model_reserve(r->tell.model, HASH_COUNT(r->tracees.by_tid));

	for (size_t i = 0; i < a->n; i++) {
		struct tracee *t = tracee_find(&r->tracees, a->queue[i]);
		if (t && !t->reserved)
			t->reserved = next++;
	}
}

void attach_tell(struct run *r)
{
	struct attach *a = r->attach;
	pid_t *tgids = calloc(a->n_processes, sizeof(*tgids));
	struct run_start start = { .attached = tgids, .n_attached = a->n_processes };
	char comm[COMM_LEN];

	if (!tgids) {
		run_fail(r, -ENOMEM);
		return;
	}
	for (size_t i = 0; i < a->n_processes; i++) {
		tgids[i] = a->process[i].tgid;
		start.n_threads += a->process[i].threads;
	}
	if (a->n_processes == 1) {
		facts_comm(r, tgids[0], comm);
		start.comm = comm;
		start.libc = a->process[0].libc_name[0] ? a->process[0].libc_name : NULL;
	}
	run_fail(r, run_begin(r, &start));
	reserve_labels(r);
	free(tgids);
}

size_t attach_begin(struct run *r, const pid_t *pids, size_t n)
{
	size_t got = 0;

	for (size_t i = 0; i < n; i++) {
		int err = attach_one(r, pids[i]);
		if (err)
			attach_refuse(r, pids[i], err);
		else
			got++;
	}
	attach_served(r);
	attached_forget_born(r->attach);
	return got;
}

/* ---- telling of them ---- */

/* In MODE_ALL each has to be stopped once, or its calls would not be. */
static void look_at(struct run *r, struct tracee *t)
{
	struct glance g;

	if (t->state == TR_ZOMBIE) {
		birth_attached(r, t, ATTACHED_ZOMBIE, NULL);
	} else if (attach_was_newborn(r, t)) { /* at its first stop, which is on the way */
		r->attach->stopping++;
	} else if (r->asked.mode == MODE_LIGHT && birth_glance(r, t, &g)) {
		birth_attached(r, t, ATTACHED_AS_IT_IS, &g);
		tracee_set_state(&r->tracees, t, TR_RUNNING);
	} else if (r->k->interrupt(r->k->ctx, t->tid) == 0) {
		r->attach->stopping++;
	}
}

void attach_continue(struct run *r)
{
	struct attach *a = r->attach;

	/* Who has reported is stopped, and those who sleep are not: they can wait to be told of. */
	unsigned most = !a->busy ? ASLEEP_MAX : a->many ? ASLEEP_BUSY : ASLEEP_BUSY_THEN;

	for (unsigned n = 0; n < most && a->next < a->n && a->stopping < STOPPING_MAX && !r->error;) {
		struct tracee *t = tracee_find(&r->tracees, a->queue[a->next++]);
		bool untold = t && !t->serial && (t->state == TR_ATTACHED || t->state == TR_ZOMBIE);
		if (untold)
			look_at(r, t);
		n += untold || !a->many;
	}
}

uint64_t attach_patience(const struct run *r)
{
	return r->attach->stopping < STOPPING_MAX ? 0 : STOP_WITHIN_NS;
}

void attach_quiet(struct run *r)
{
	if (r->attach->stopping >= STOPPING_MAX)
		r->attach->stopping = 0;
}

void attach_reported(struct run *r, struct tracee *t, const struct stop *st)
{
	bool gone = st->kind == STOP_EXITED || st->kind == STOP_KILLED;

	if (r->attach && r->attach->stopping)
		r->attach->stopping--;
	birth_attached(r, t, gone ? ATTACHED_GONE : ATTACHED_STOPPED, NULL);
	tracee_set_state(&r->tracees, t, TR_RUNNING);
}
