/* SPDX-License-Identifier: MIT */
#include "cmd/replay.h"

#include <errno.h>

#include <thrtrace/abi.h>

#include "follow/detach.h"
#include "follow/handlers.h"
#include "cmd/view.h"

static int read_head(struct replay *p)
{
	struct question q = { .op = TAPE_HEAD };
	struct tape_io io;

	if (!tape_in_find(p->in, &q, &io))
		return -ENODATA;
	tape_head_io(&io, &p->head);
	if (!tape_in_done(p->in, &io))
		return -ENODATA;
	const struct abi *abi = abi_by_name(p->head.arch);
	if (!abi)
		return -EAFNOSUPPORT;
	abi_assume(abi);
	return 0;
}

int replay_open(struct replay *p, const void *bytes, size_t n)
{
	*p = (struct replay){ .in = NULL };
	int err = tape_in_new(&p->in, bytes, n);

	return err ? err : read_head(p);
}

void replay_close(struct replay *p)
{
	creators_free(p->creators);
	seen_end(&p->seen);
	source_release(&p->source);
	tape_head_release(&p->head);
	attached_release(&p->attach);
	tape_in_free(p->in);
	abi_assume(NULL);
}

static int set_up(struct replay *p, struct run *r)
{
	const struct tape_head *h = &p->head;
	struct tape tape = { .in = p->in };

	tape_door_init(&p->door, tape, NULL);
	p->door.command = h->command;
	p->door.last_ns = h->t0_ns;
	r->k = &p->door.k;
	r->asked.mode = h->mode;
	r->asked.follow_forks = h->follow_forks;
	r->asked.prove = h->prove;
	r->foreign_filter = h->foreign_filter;
	r->syscall_filter_child = h->syscall_filter_child;
	r->lets_go = h->lets_go;
	r->asks_waits = h->asks_waits;
	r->asks_newborns = h->asks_newborns;
	r->asks_argv = h->asks_argv;
	r->asks_harm = h->asks_harm;
	r->asks_leaving = h->asks_leaving;
	r->asks_exits = h->asks_exits;
	r->asks_rest = h->asks_rest;
	r->asks_windows = h->asks_windows;
	r->adopts_when_quiet = h->adopts_when_quiet;
	r->asked.accounts = h->accounts;
	r->asked.program = h->program;
	r->asked.choice = h->choice;
	r->asked.argv = h->argv;
	r->main.tid = h->main_tid;
	int err = run_begin_telling(r, KEEP_DEAD, h->t0_ns);
	if (err)
		return err;
	r->asked.deadline_ns = h->deadline_ns ? telling_time(&r->tell, h->deadline_ns) : 0;
	if (h->creators && (h->attached || !h->observed.calls))
		p->creators = r->creators = creators_tape_new(tape, NULL);
	if (h->attached) {
		r->attach = &p->attach;
		r->attach->only_thread = h->observed.only_thread;
		r->attach->many = h->many;
		err = attached_restore(r, h->process, h->n_processes, h->task, h->n_tasks);
		if (err)
			return err;
	}
	bool launching = !r->main.tid || tracee_new(&r->tracees, r->main.tid, TR_LAUNCHING);
	return launching && (r->creators || !h->creators || h->observed.calls) ? 0 : -ENOMEM;
}

static int follow_again(struct run *r)
{
	if (r->attach)
		attach_tell(r);
	return run_loop(r);
}

static int observe_again(struct replay *p, struct run *r)
{
	const struct tape_head *h = &p->head;
	struct observed program = { .helper = h->observed.helper, .path = h->observed.path, .file = h->observed.file };
	int err = 0;

	source_init(&p->source, NULL);
	p->source.tape.in = p->in;
	if (h->observed.calls) {
		p->seen.ids = h->observed.ids;
		program.seen = &p->seen;
		err = seen_begin_replay(&p->seen, p->source.tape, h->creators);
	}
	if (err)
		return err;
	return r->attach ? observe_found(r, &p->source, program.seen) : observe_run(r, &p->source, &program);
}

int replay_run(struct replay *p, struct run *r)
{
	int err = set_up(p, r);
	bool observed = p->head.mode == MODE_OBSERVE;

	if (!err)
		err = observed ? observe_again(p, r) : follow_again(r);
	if (err == -ENODATA) {
		/* What has been told is shown, and nothing that was not: no ends, no table. */
		tell_late_ends(r, UINT64_MAX);
		(void)!telling_idle(&r->tell);
		return err;
	}
	if (r->leaving && !observed)
		detach_tell(r);
	return view_conclude(r, err || !r->begun ? err : view_summary(r));
}
