/* SPDX-License-Identifier: MIT */
/* Why and with what a task ends: read at its exit stop, or guessed from its last word. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "creators/creators.h"
#include "follow/facts.h"
#include "follow/handlers_impl.h"
#include "follow/unjoined.h"

static bool execs(const struct tracee *o)
{
	return o->in_call && (o->call.id == CALL_execve || o->call.id == CALL_execveat);
}

/* No call stops in MODE_LIGHT; a thread that waits in execve for the others' ends is seen there all the same. */
static bool execs_by_proc(struct run *r, const struct tracee *o)
{
	char text[64];
	ssize_t n = o->state == TR_RUNNING ? r->k->read_proc(r->k->ctx, o->tid, "syscall", text, sizeof(text) - 1) :
					     -ESRCH;

	if (n <= 0 || text[0] < '0' || text[0] > '9')
		return false;
	text[n] = '\0';
	enum call_id id = call_by_nr(abi_native(), strtoull(text, NULL, 10));
	return id == CALL_execve || id == CALL_execveat;
}

/*
 * Every thread of a process asks the same within moments, and there may be thousands: one search serves them all. It
 * asks of each of them (some 20 us), so the more there are, the longer it has to serve.
 */
#define EXEC_SEEN_NS      50000000U
#define EXEC_SEEN_EACH_NS 200000U

/* Serial of the other task of t's process that is in execve; 0 none. */
static uint32_t who_execs(struct run *r, const struct tracee *t, uint64_t t_ns)
{
	bool light = r->asked.mode == MODE_LIGHT;
	uint64_t serves_ns = EXEC_SEEN_NS + HASH_COUNT(r->tracees.by_tid) * (uint64_t)EXEC_SEEN_EACH_NS;
	const struct tracee *o, *next;

	if (!light && r->tracees.n_execs == 0)
		return 0;
	if (light && r->ends.exec_seen.tgid == t->tgid && t_ns - r->ends.exec_seen.t_ns < serves_ns)
		return r->ends.exec_seen.serial == t->serial ? 0 : r->ends.exec_seen.serial;
	/* Thousands may be torn down by one execve: as a rule it is the one that began last. */
	o = light ? NULL : tracee_find(&r->tracees, r->tracees.exec_tid);
	if (o && o != t && o->tgid == t->tgid && execs(o))
		return o->serial;
	uint32_t found = 0;
	HASH_ITER (hh, r->tracees.by_tid, o, next) {
		if (o == t || o->tgid != t->tgid || !(light ? execs_by_proc(r, o) : execs(o)))
			continue;
		found = o->serial;
		break;
	}
	if (light) {
		r->ends.exec_seen.tgid = t->tgid;
		r->ends.exec_seen.serial = found;
		r->ends.exec_seen.t_ns = t_ns;
	}
	return found;
}

/*
 * Why: the wait status in the event's message, and the call that the task is in. Another thread's exit_group and
 * another thread's execve both end it by an internal SIGKILL; execve leaves status 0.
 */
static void read_how(struct run *r, struct tracee *t, struct ev_end *e, const struct stop *st, struct regs *regs)
{
	const struct abi *abi = NULL;
	uint64_t msg;

	if (handle_event_message(r, t, st, &msg)) { /* it has gone on already: its last word must do */
		e->exit_stop_seen = false;
		return;
	}
	int wstatus = (int)msg;
	enum call_id in = facts_call(r, t->tid, regs, &abi) == 0 ? call_by_nr(abi, regs->nr) : CALL_OTHER;
	e->status = (wstatus >> 8) & 0xff;
	e->sig = wstatus & 0x7f;
	e->core = wstatus & 0x80;
	if (e->sig)
		e->how = END_SIGNAL;
	else if (in == CALL_exit)
		e->how = END_EXIT;
	else if (in == CALL_exit_group)
		e->how = END_EXIT_GROUP;
	else if (wstatus == 0 && (t->ender = who_execs(r, t, st->t_ns)))
		e->how = END_EXEC;
	else
		e->how = END_EXIT_GROUP;
	e->by_other = e->how == END_EXIT_GROUP && in != CALL_exit_group;
}

static bool was_short(const struct task *task, const struct ev_end *e)
{
	/* Of another than BIRTH_CALL only the time since it was found is known. */
	return task && task->birth == BIRTH_CALL && e->t_exit_ns - task->t_born_ns < EV_END_SHORT_NS;
}

/*
 * A name that no event has told of is read from a file of /proc, which costs a tenth and more of what a short life
 * does, and hardly any program gives one to a thread that ends at once. So not each short life is asked: the first of
 * a process and then one of many are, and all of them once a name was another than had been told.
 */
#define NAMES_FIRST 16
#define NAMES_EACH  16

static void read_name(struct run *r, const struct tracee *t, const struct task *task, struct ev_end *e)
{
	struct ends *ends = &r->ends;

	if (ends->names.tgid != t->tgid) {
		ends->names.tgid = t->tgid;
		ends->names.n_short = 0;
		ends->names.other = false;
	}
	if (was_short(task, e) && !ends->names.other && ends->names.n_short++ >= NAMES_FIRST &&
		ends->names.n_short % NAMES_EACH)
		return;
	facts_last_name(r, t->tid, e);
	if (e->comm_known && strncmp(e->comm, task->comm, sizeof(task->comm)) != 0)
		ends->names.other = true;
}

/* Less by what the task had used when the program began. */
static void take_off(struct task_usage *u, const struct task_usage *before)
{
	const struct {
		uint64_t *of;
		uint64_t by;
	} rows[] = {
		{ &u->cpu_ns, before->cpu_ns },
		{ &u->wait_ns, before->wait_ns },
		{ &u->turns, before->turns },
		{ &u->voluntary, before->voluntary },
		{ &u->involuntary, before->involuntary },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		*rows[i].of -= rows[i].by < *rows[i].of ? rows[i].by : *rows[i].of;
}

/* A file or two of /proc a task: more than all that light mode does else, and a tenth of what a short life costs. */
static void read_usage(struct run *r, const struct tracee *t, const struct task *task, struct ev_end *e)
{
	bool all = r->asked.accounts;
	struct task_usage u;

	if (r->asked.mode == MODE_LIGHT && !all)
		return;
	e->cpu_spared = !all && was_short(task, e);
	if (e->cpu_spared || r->k->usage(r->k->ctx, t->tid, all || t->tid == t->tgid ? 0 : EV_END_SPLIT, &u))
		return;
	if (task && task->id.serial == r->main.serial)
		take_off(&u, &r->main.before);
	facts_take_usage(e, &u);
}

/*
 * glibc's thread gives its stack back before it ends, but for so much below its stack pointer (nptl/pthread_create.c,
 * advise_stack_range; PTHREAD_STACK_MIN). That is seen where calls are. Elsewhere, when the lowest page that was left
 * is there, more may have been.
 */
#define FRAME_ABOVE 512 /* from the stack pointer at its exit to the frame that counts */

static bool may_be_given_back(struct run *r, const struct task *task, const struct ev_end *e, taddr sp)
{
	const struct stack_area *s = &task->stack;

	return r->asked.mode == MODE_LIGHT && model_libc(r->tell.model, task) == LIBC_GLIBC && e->how == END_EXIT &&
		s->kind != STACK_MAIN && sp > s->low && sp <= s->high &&
		e->touched.lowest <= page_down(sp + FRAME_ABOVE, kernel_page(r->k)) - abi_native()->stack_min;
}

/*
 * The kernel clears the word at the end. In glibc it stands in struct pthread, and so do the head of the robust list,
 * right behind it, and what tells of a join: one read has all three.
 */
#define RECORD_EXPECTED 1024

static void expect_record(struct run *r, const struct tracee *t, const struct task *task)
{
	uint64_t page = kernel_page(r->k);
	taddr word = task->clear_tid;

	if (!word || !r->k->expect_mem || model_libc(r->tell.model, task) != LIBC_GLIBC)
		return;
	size_t rest = (size_t)(page_down(word, page) + page - word);
	struct mem_range record = { word, rest < RECORD_EXPECTED ? rest : RECORD_EXPECTED };
	facts_used(r, t->tid, word, sizeof(pid_t));
	r->k->expect_mem(r->k->ctx, (const pid_t[]){ t->tid, t->tid }, &record, 1);
}

/* Of the first robust mutex that it has: who else knows of it, and which it is. */
static void read_lock(struct run *r, const struct tracee *t, struct ev_end *e)
{
	uint32_t word;

	if (!r->asks_harm || !e->robust_held || !e->robust_first)
		return;
	if (r->k->read_mem(r->k->ctx, t->tid, e->robust_first, &word, sizeof(word)) == sizeof(word))
		e->robust_word = word;
	if (r->creators)
		e->robust_symbol = creators_datum(
			r->creators, (struct task_ids){ t->tid, t->tgid }, e->robust_first, &e->robust_offset);
}

/* --light does not see set_tid_address: there the word may be another one by now. */
static bool lost_its_word(struct run *r, const struct tracee *t, const struct task *task, const struct ev_end *e)
{
	uint32_t word;

	return r->asks_harm && r->asked.mode != MODE_LIGHT && e->how == END_EXIT && task->thread && task->clear_tid &&
		r->k->read_mem(r->k->ctx, t->tid, task->clear_tid, &word, sizeof(word)) == -EFAULT;
}

/* What its exit stop shows, task or not. */
void handle_read_exit(struct run *r, struct tracee *t, const struct task *task, const struct stop *st)
{
	struct ev_end *e = &t->end;

	struct regs regs = { 0 };

	*e = (struct ev_end){ .exit_stop_seen = true, .t_exit_ns = st->t_ns };
	read_how(r, t, e, st, &regs);
	if (task)
		expect_record(r, t, task);
	facts_robust(r, t->tid, e);
	read_lock(r, t, e);
	if (task) {
		read_name(r, t, task, e);
		e->noted = unjoined_note(r, t, task);
	}
	e->word_gone = task && lost_its_word(r, t, task, e);
	e->rseq_known = r->k->rseq(r->k->ctx, t->tid, &e->rseq) == 0;
	if (t->touched_now.known)
		e->touched = t->touched_now;
	else if (task)
		facts_touched(r, t, task, &e->touched);
	if (task && e->touched.known && may_be_given_back(r, task, e, regs.sp))
		e->touched.known = false;
	read_usage(r, t, task, e);
	if (r->asked.accounts)
		facts_sched(r, t->tid, &e->sched);
}

/* Whose exit_group or execve ended it, when that is another task. */
const struct task *handle_ender_of(struct run *r, const struct tracee *t, const struct ev_end *e)
{
	uint32_t serial = 0;

	if (e->how == END_EXEC)
		serial = t->ender;
	else if (e->by_other && r->ends.ender_tgid == t->tgid)
		serial = r->ends.ender_serial;
	return serial && serial != t->serial ? model_by_serial(r->tell.model, serial) : NULL;
}

/*
 * A task that was killed on its way into a stop has no exit stop, and its status is that of its group: what the
 * others do tells whether it was torn down with them.
 */
void handle_guess_how(struct run *r, struct tracee *t, int wstatus, uint64_t t_ns, struct ev_end *e)
{
	e->how = END_EXIT;
	if (WIFSIGNALED(wstatus)) {
		e->how = END_SIGNAL;
		e->sig = WTERMSIG(wstatus);
	} else if (wstatus == 0 && (t->ender = who_execs(r, t, t_ns))) {
		e->how = END_EXEC;
	} else if (r->ends.ender_tgid == t->tgid) {
		e->how = END_EXIT_GROUP;
		e->by_other = true;
	}
	e->status = WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 0;
}
