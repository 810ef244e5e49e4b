/* SPDX-License-Identifier: MIT */
#include "cmd/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <thrtrace/abi.h>

#include "cmd/view.h"
#include "tape/tape_door.h"

/* ---- the head ---- */

static int attached_of(struct tape_head *ret, const struct run *r)
{
	const struct attach *a = r->attach;
	ssize_t n = attached_tasks(r, &ret->task);

	if (n < 0)
		return (int)n;
	ret->attached = true;
	ret->n_tasks = (size_t)n;
	ret->process = calloc(a->n_processes + 1, sizeof(*ret->process));
	if (!ret->process)
		return -ENOMEM;
	ret->n_processes = a->n_processes;
	for (size_t i = 0; i < a->n_processes; i++)
		ret->process[i] = a->process[i];
	return 0;
}

static struct tape_observed observed_of(const struct run *r, const struct observed *program)
{
	struct tape_observed ret = { .only_thread = r->attach && r->attach->only_thread };

	if (!program)
		return ret;
	ret.helper = program->helper;
	ret.path = program->path;
	ret.file = program->file;
	ret.calls = program->seen != NULL;
	if (ret.calls)
		ret.ids = program->seen->ids;
	return ret;
}

int tape_head_of(struct tape_head *ret, const struct run *r, const struct observed *program)
{
	*ret = (struct tape_head){
		.version = THRTRACE_VERSION,
		.mode = r->asked.mode,
		.follow_forks = r->asked.follow_forks,
		.prove = r->asked.prove,
		.creators = r->creators || (program && program->seen && program->seen->creators),
		.foreign_filter = r->foreign_filter,
		.syscall_filter_child = r->syscall_filter_child,
		.lets_go = r->lets_go,
		.asks_waits = r->asks_waits,
		.asks_newborns = r->asks_newborns,
		.asks_argv = r->asks_argv,
		.asks_harm = r->asks_harm,
		.accounts = r->asked.accounts,
		.asks_leaving = r->asks_leaving,
		.asks_exits = r->asks_exits,
		.asks_rest = r->asks_rest,
		.asks_windows = r->asks_windows,
		.adopts_when_quiet = r->adopts_when_quiet,
		.many = r->attach ? r->attach->many : 0,
		.program = r->asked.program,
		.choice = r->asked.choice,
		.main_tid = r->main.tid,
		.command = r->command,
		.t0_ns = r->tell.t0_ns,
		.deadline_ns = r->asked.deadline_ns ? r->asked.deadline_ns + r->tell.t0_ns : 0,
		.argv = (const char **)(uintptr_t)r->asked.argv,
	};
	snprintf(ret->arch, sizeof(ret->arch), "%s", abi_native() ? abi_native()->name : "");
	while (ret->argv && ret->argv[ret->argc])
		ret->argc++;
	ret->observed = observed_of(r, program);
	return r->attach ? attached_of(ret, r) : 0;
}

/* By name: numbers of calls are no promise. */
static void put_choice(struct tape_io *io, struct call_choice *c)
{
	uint64_t n = 0;

	TAPE_BOOL(io, c->by_rule);
	bool signals = c->signals == ALL_SIGNALS;
	TAPE_BOOL(io, signals);
	c->signals = signals ? ALL_SIGNALS : c->signals;
	for (unsigned i = 0; i < CALL_IDS; i++)
		n += c->shown[i];
	bool all = n == CALL_IDS;
	TAPE_BOOL(io, all);
	if (io->in)
		for (unsigned i = 0; i < CALL_IDS; i++)
			c->shown[i] = all;
	if (all)
		return;
	tape_u64(io, &n);
	for (unsigned i = 0; io->out && i < CALL_IDS; i++) {
		const char *name = call_row((enum call_id)i)->name;
		if (c->shown[i])
			tape_text(io, &name);
	}
	while (io->in && n-- && !io->bad) {
		const char *name;
		tape_text(io, &name);
		enum call_id id = name ? call_by_name(name, strlen(name)) : CALL_OTHER;
		if (id != CALL_OTHER) /* a call that only a later thrtrace follows is not asked about by this one */
			c->shown[id] = true;
	}
}

/* How many follow, each of a byte or more. all: where they are; when they are read, an array made for them. */
static void *put_count(struct tape_io *io, size_t *n, void *all, size_t size)
{
	TAPE_NUM(io, *n);
	if (!io->in)
		return all;
	io->bad |= *n > (size_t)(io->end - io->at);
	all = io->bad ? NULL : calloc(*n + 1, size);
	io->bad |= !all;
	*n = io->bad ? 0 : *n;
	return all;
}

static void put_argv(struct tape_io *io, struct tape_head *h)
{
	h->argv = put_count(io, &h->argc, h->argv, sizeof(*h->argv));
	for (size_t i = 0; !io->bad && i < h->argc; i++) {
		tape_text(io, &h->argv[i]);
		io->bad |= !h->argv[i];
	}
}

static void put_attached(struct tape_io *io, struct tape_head *h)
{
	h->process = put_count(io, &h->n_processes, h->process, sizeof(*h->process));
	for (size_t i = 0; !io->bad && i < h->n_processes; i++) {
		struct attached_process *p = &h->process[i];
		TAPE_INT(io, p->tgid);
		TAPE_BELOW(io, p->libc, LIBC_GO + 1);
		tape_words(io, p->libc_name, sizeof(p->libc_name));
		TAPE_BOOL(io, p->other_pid_ns);
	}
	h->task = put_count(io, &h->n_tasks, h->task, sizeof(*h->task));
	for (size_t i = 0; !io->bad && i < h->n_tasks; i++) {
		TAPE_INT(io, h->task[i].tid);
		TAPE_INT(io, h->task[i].tgid);
		TAPE_BOOL(io, h->task[i].zombie);
	}
}

static void put_name(struct tape_io *io, char *buf, size_t size)
{
	tape_chars(io, buf, size);
	for (const char *c = buf; io->in && *c; c++)
		io->bad |= *c <= 0x20 || *c > 0x7e;
}

static void put_deadline(struct tape_io *io, struct tape_head *h)
{
	uint64_t t = h->deadline_ns ? h->deadline_ns : h->t0_ns;

	tape_time(io, &t);
	h->deadline_ns = t == h->t0_ns ? 0 : t;
}

static void put_program(struct tape_io *io, struct tape_head *h)
{
	TAPE_BOOL(io, h->asks_argv);
	tape_text(io, &h->program.path);
	tape_u64(io, &h->program.env_at);
	tape_u64(io, &h->program.n_env);
}

static void put_observed(struct tape_io *io, struct tape_observed *o)
{
	TAPE_BOOL(io, o->only_thread);
	TAPE_INT(io, o->helper);
	tape_text(io, &o->path);
	tape_program(io, &o->file);
	TAPE_BOOL(io, o->calls);
	for (unsigned i = 0; o->calls && i < TRACED_CALLS; i++) {
		TAPE_NUM(io, o->ids.enter[i]);
		TAPE_NUM(io, o->ids.exit[i]);
	}
}

void tape_head_io(struct tape_io *io, struct tape_head *h)
{
	put_name(io, h->version, sizeof(h->version));
	put_name(io, h->arch, sizeof(h->arch));
	TAPE_BELOW(io, h->mode, MODE_OBSERVE + 1);
	TAPE_BOOL(io, h->follow_forks);
	TAPE_BELOW(io, h->prove, PROVE_EACH + 1);
	TAPE_BOOL(io, h->creators);
	TAPE_BOOL(io, h->foreign_filter);
	TAPE_BOOL(io, h->syscall_filter_child);
	put_choice(io, &h->choice);
	TAPE_INT(io, h->main_tid);
	TAPE_INT(io, h->command);
	tape_u64(io, &h->t0_ns);
	if (io->in)
		tape_in_base(io->in, h->t0_ns);
	put_argv(io, h);
	TAPE_BOOL(io, h->attached);
	if (h->attached)
		put_attached(io, h);
	/* These came later. No deadline is one at the trace's beginning. */
	if (io->out || io->at < io->end)
		put_deadline(io, h);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->lets_go);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_waits);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_newborns);
	if (io->out || io->at < io->end)
		put_program(io, h);
	if (io->out || io->at < io->end)
		tape_u64(io, &h->choice.signals);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_harm);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->accounts);
	if (h->mode == MODE_OBSERVE)
		put_observed(io, &h->observed);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_leaving);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_exits);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_rest);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->asks_windows);
	if (io->out || io->at < io->end)
		tape_u64(io, &h->many);
	if (io->out || io->at < io->end)
		TAPE_BOOL(io, h->adopts_when_quiet);
}

void tape_head_release(struct tape_head *h)
{
	free(h->argv);
	free(h->process);
	free(h->task);
	*h = (struct tape_head){ .argv = NULL };
}

/* ---- the recording ---- */

struct recording {
	const char *path;
	int fd;
	struct tape_out *out;
	struct tape_door door;
	struct kernel *live;
	struct creators *creators, *live_creators;
	bool begun;
};

int recording_open(struct recording **ret, const char *path)
{
	struct recording *rec = calloc(1, sizeof(*rec));

	if (!rec)
		return -ENOMEM;
	rec->path = path;
	/* For its owner alone: what a program holds in memory, and is called with, may be nobody else's business. */
	rec->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int err = rec->fd < 0 ? -errno : 0;
	if (!err) {
		rec->out = tape_out_new(rec->fd, TAPE_MAX);
		err = rec->out ? 0 : -ENOMEM;
	}
	if (err) {
		recording_free(rec);
		return err;
	}
	*ret = rec;
	return 0;
}

struct tape recording_tape(const struct recording *rec)
{
	return (struct tape){ .out = rec->out };
}

static int put_head(struct tape_out *out, const struct run *r, const struct observed *program)
{
	struct tape_head head;
	struct tape_io io;
	int err = tape_head_of(&head, r, program);

	tape_out_base(out, r->tell.t0_ns);
	if (!err && tape_out_begin(out, &io)) {
		tape_head_io(&io, &head);
		tape_out_end(out, &io, &(struct question){ .op = TAPE_HEAD });
	}
	head.argv = NULL; /* the run's */
	tape_head_release(&head);
	return err;
}

int recording_begin(struct recording *rec, struct run *r, const struct observed *program)
{
	struct tape tape = recording_tape(rec);

	if (r->creators) {
		rec->creators = creators_tape_new(tape, r->creators);
		if (!rec->creators)
			return -ENOMEM;
		rec->live_creators = r->creators;
		r->creators = rec->creators;
	}
	tape_door_init(&rec->door, tape, r->k);
	rec->live = r->k;
	run_use_door(r, &rec->door.k);
	rec->begun = true;
	return put_head(rec->out, r, program);
}

static void say_why(const struct recording *rec, int err)
{
	if (err == -EFBIG)
		fprintf(stderr,
			"thrtrace: --record=%s: the record has grown to %u MiB and ends there; the trace went on\n",
			rec->path, TAPE_MAX >> 20);
	else if (err == -ETIMEDOUT)
		fprintf(stderr, "thrtrace: --record=%s: its reader took nothing: the record is not whole\n", rec->path);
	else if (err)
		fprintf(stderr, "thrtrace: --record=%s: %s: the record is not whole\n", rec->path, strerror(-err));
}

void recording_end(struct recording *rec, struct run *r, int err)
{
	if (!rec || !rec->begun)
		return;
	run_use_door(r, rec->live);
	if (rec->creators)
		r->creators = rec->live_creators;
	tape_out_finish(rec->out, err ? TAPE_FAILED : TAPE_COMPLETE);
	tape_out_drain(rec->out, r->leaving ? VIEW_PATIENCE_NS : UINT64_MAX);
	say_why(rec, tape_out_status(rec->out));
}

void recording_free(struct recording *rec)
{
	if (!rec)
		return;
	creators_free(rec->creators);
	tape_out_free(rec->out);
	if (rec->fd >= 0)
		close(rec->fd);
	free(rec);
}
