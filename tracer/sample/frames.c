/* SPDX-License-Identifier: MIT */
#include "sample/frames.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <thrtrace/abi.h>
#include <thrtrace/proc_text.h>

#include "creators/creators.h"
#include "kernel/before_all.h"
#include "kernel/kernel_linux.h"
#include "observe/sampled.h"

/*
 * A thread that is ready to run stops when its turn comes, and one that sleeps has to be given one, too. So some are
 * asked at a time.
 */
#define ASKED_MAX 64
/* A task that can be stopped is, within this time. */
#define STOP_WITHIN_NS 2000000000U

/* Bytes of a stack: of deeper ones the outer frames are not told. */
#define COPIED_STACK 65536
/* What the ABI lets a function use below its stack pointer. */
#define RED_ZONE 128

/* A thread that was asked to stop. */
struct asked {
	struct census_stack *s; /* NULL: the place is free */
	uint64_t t_ns;
	bool rested; /* it has, and has gone on: `at` is how it was */
	struct sampled at;
	uint8_t stack[COPIED_STACK];
};

struct frames {
	struct kernel *k;
	struct sampled_door door; /* in front of it */
	struct creators *creators;
	struct asked asked[ASKED_MAX];
	size_t n_asked;
};

int frames_new(struct frames **ret)
{
	struct frames *f = calloc(1, sizeof(*f));

	*ret = f;
	if (!f)
		return -ENOMEM;
	int err = kernel_linux_new(&f->k);
	if (err)
		return err;
	sampled_door_init(&f->door, f->k);
	f->creators = creators_new(&f->door.door);
	if (!f->creators)
		return -ENOMEM;
	f->creators->late = true;
	return 0;
}

void frames_free(struct frames *f)
{
	if (!f)
		return;
	creators_free(f->creators);
	sampled_door_release(&f->door);
	if (f->k)
		kernel_linux_free(f->k);
	free(f);
}

/* ---- stopping ---- */

/* A signal on its way to the task is delivered as it goes on; a group-stop goes on by itself. */
static void let_go(struct frames *f, const struct kstatus *st)
{
	bool event = st->wstatus >> 16;

	(void)!f->k->resume(f->k->ctx, st->tid, RESUME_DETACH, event ? 0 : WSTOPSIG(st->wstatus));
}

static const char *why_not(struct frames *f, pid_t tid, int err)
{
	char status[4096];
	uint64_t tracer;

	if (err == -ESRCH)
		return "it has ended";
	ssize_t n = f->k->read_proc(f->k->ctx, tid, "status", status, sizeof(status) - 1);
	status[n > 0 ? n : 0] = '\0';
	if (err == -EPERM && proc_field_u64(&tracer, status, "TracerPid:", 10) && tracer)
		return "another tracer has it (TracerPid)";
	if (err == -EPERM)
		return "thrtrace has no right to trace it (ptrace(2), Ptrace access mode checking)";
	return "it can't be stopped";
}

/* ---- looking ---- */

/* All that its frames need, as quickly as can be. */
static void copy(struct frames *f, pid_t tid, pid_t tgid, struct asked *a)
{
	struct sampled *at = &a->at;
	struct regs regs;
	struct vma v;

	*at = (struct sampled){ .tid = tid, .tgid = tgid, .bytes = a->stack };
	ssize_t got = f->k->regset(f->k->ctx, tid, NT_PRSTATUS, at->prstatus, sizeof(at->prstatus));
	at->prstatus_len = got > 0 ? (size_t)got : 0;
	const struct abi *abi = abi_by_regset_len(abi_native(), at->prstatus_len);
	if (!abi || abi->regs_parse(at->prstatus, at->prstatus_len, &regs) ||
		f->k->vma(f->k->ctx, tid, regs.sp, false, &v))
		return;
	at->sp = regs.sp;
	at->pc = regs.pc;
	at->from = regs.sp - v.low > RED_ZONE ? regs.sp - RED_ZONE : v.low;
	got = f->k->read_mem(f->k->ctx, tid, at->from, a->stack,
		v.high - at->from < COPIED_STACK ? (size_t)(v.high - at->from) : COPIED_STACK);
	at->n = got > 0 ? (size_t)got : 0;
}

static int keep(struct census_stack *s, const struct backtrace *bt)
{
	s->stopped = bt->stopped;
	s->frame = malloc((bt->n + 1) * sizeof(*s->frame));
	if (!s->frame)
		return -ENOMEM;
	memcpy(s->frame, bt->frame, bt->n * sizeof(*s->frame));
	s->n = bt->n;
	return 0;
}

static void ask(struct frames *f, struct census_stack *s)
{
	struct asked *a = f->asked;
	int err = f->k->seize(f->k->ctx, s->tid, 0);

	if (err) {
		s->stopped = why_not(f, s->tid, err);
		return;
	}
	while (a->s)
		a++;
	(void)!f->k->interrupt(f->k->ctx, s->tid); /* -ESRCH: it ends, and its last report tells */
	a->s = s;
	a->t_ns = f->k->now_ns(f->k->ctx);
	a->rested = false;
	f->n_asked++;
}

static void settle(struct frames *f, struct asked *a, const char *why)
{
	a->s->stopped = why;
	a->s = NULL;
	f->n_asked--;
}

static void on_report(struct frames *f, pid_t tgid, const struct kstatus *st)
{
	bool rests = WIFSTOPPED(st->wstatus);

	for (struct asked *a = f->asked; a < f->asked + ASKED_MAX; a++) {
		if (!a->s || a->rested || a->s->tid != st->tid)
			continue;
		if (!rests) {
			settle(f, a, "it has ended");
			return;
		}
		copy(f, st->tid, tgid, a);
		let_go(f, st);
		a->s->held_ns = f->k->now_ns(f->k->ctx) - st->t_ns;
		a->rested = true;
		return;
	}
	if (rests) /* one that was given up */
		let_go(f, st);
}

/* 0 or -ENOMEM. */
static int unwind(struct frames *f, pid_t tgid, struct asked *a)
{
	struct backtrace bt;

	sampled_door_show(&f->door, &a->at, true);
	creators_backtrace(f->creators, (struct task_ids){ a->s->tid, tgid }, false, &bt);
	sampled_door_show(&f->door, NULL, false);
	int err = keep(a->s, &bt);
	settle(f, a, bt.stopped);
	return err;
}

/* Reports that are there come first: who rests waits for that. 0; -ENOMEM; -EINTR. */
static int serve(struct frames *f, pid_t tgid)
{
	uint64_t now = f->k->now_ns(f->k->ctx);
	bool any = false;
	struct kstatus st;
	int got, err = 0;

	for (struct asked *a = f->asked; a < f->asked + ASKED_MAX; a++)
		any |= a->s && a->rested;
	while ((got = f->k->wait(f->k->ctx, &st, any ? 0 : STOP_WITHIN_NS / 16)) > 0) {
		on_report(f, tgid, &st);
		any = true;
	}
	for (struct asked *a = f->asked; a < f->asked + ASKED_MAX && !err; a++) {
		if (a->s && a->rested)
			err = unwind(f, tgid, a);
		else if (a->s && got == -ECHILD)
			settle(f, a, "it has ended");
		else if (a->s && now - a->t_ns > STOP_WITHIN_NS)
			settle(f, a, "it sleeps uninterruptibly, and could not be stopped");
	}
	return err ? err : got == -EINTR ? -EINTR : 0;
}

int frames_read(struct frames *f, const struct census *c, struct census_stacks *ret)
{
	struct before_all before;
	int err = 0;

	*ret = (struct census_stacks){ .stack = calloc(c->n + 1, sizeof(*ret->stack)) };
	if (!ret->stack)
		return -ENOMEM;
	before_all_begin(&before);
	while (!err && (ret->n < c->n || f->n_asked)) {
		while (f->n_asked < ASKED_MAX && ret->n < c->n) {
			ret->stack[ret->n].tid = c->task[ret->n].tid;
			ask(f, &ret->stack[ret->n++]);
		}
		if (f->n_asked)
			err = serve(f, c->pid);
	}
	for (struct asked *a = f->asked; a < f->asked + ASKED_MAX; a++)
		if (a->s)
			settle(f, a, "thrtrace was asked to end");
	before_all_end(&before);
	return err;
}
