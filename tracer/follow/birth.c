/* SPDX-License-Identifier: MIT */
#include "follow/birth.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <string.h>

#include "follow/attach.h"
#include "follow/calls.h"
#include "creators/creators.h"
#include "follow/facts.h"
#include "follow/postmortem.h"
#include "creators/tls.h"

/* ---- what the door can tell about a newborn ---- */

/*
 * kcmp(2) answers "equal" also when neither task has the object, which happens for IO and SYSVSEM only: equality
 * there proves nothing.
 */
static void read_proof(struct run *r, pid_t creator, pid_t child, struct birth_facts *f)
{
	static const int kinds[PROOF_KINDS] = {
		[PROOF_VM] = KCMP_VM,
		[PROOF_FILES] = KCMP_FILES,
		[PROOF_FS] = KCMP_FS,
		[PROOF_SIGHAND] = KCMP_SIGHAND,
		[PROOF_SYSVSEM] = KCMP_SYSVSEM,
		[PROOF_IO] = KCMP_IO,
	};

	for (unsigned i = 0; i < PROOF_KINDS; i++) {
		int same = r->k->kcmp(r->k->ctx, creator, child, kinds[i]);
		if (same < 0) {
			f->proof[i] = PROOF_UNKNOWN;
			f->proof_errno = -same;
		} else {
			f->proof[i] = same == 0 ? PROOF_SAME : PROOF_DIFFERENT;
		}
	}
}

static void read_sharing(struct run *r, const struct tracee *creator, pid_t child, struct birth_facts *f)
{
	int in_group = r->k->in_group(r->k->ctx, creator->tgid, child);

	read_proof(r, creator->tid, child, f);
	f->tgid = in_group < 0 ? PROOF_UNKNOWN : in_group ? PROOF_SAME : PROOF_DIFFERENT;
}

/*
 * Which namespaces it is in, against those that its creator's children get (unshare and setns of a pid or time
 * namespace move the children only).
 */
static void read_namespaces(struct run *r, pid_t creator, pid_t child, struct birth_facts *f)
{
	static const struct {
		const char *child, *creator;
	} names[NS_KINDS] = {
		[NS_CGROUP] = { "cgroup", "cgroup" },
		[NS_IPC] = { "ipc", "ipc" },
		[NS_MNT] = { "mnt", "mnt" },
		[NS_NET] = { "net", "net" },
		[NS_PID] = { "pid", "pid_for_children" },
		[NS_TIME] = { "time", "time_for_children" },
		[NS_USER] = { "user", "user" },
		[NS_UTS] = { "uts", "uts" },
	};

	for (unsigned i = 0; i < NS_KINDS; i++) {
		uint64_t a, b;
		bool known = r->k->ns(r->k->ctx, child, names[i].child, &a) == 0 &&
			r->k->ns(r->k->ctx, creator, names[i].creator, &b) == 0;
		f->ns[i] = !known ? PROOF_UNKNOWN : a == b ? PROOF_SAME : PROOF_DIFFERENT;
	}
}

/*
 * Each process, and the first thread that a task makes with a word of flags: the kernel does the same with the same
 * word. What a later one is not asked (twenty-two questions), its block does not claim. That it is a thread at all is
 * asked of each: another word than the one that was read may have reached the kernel.
 */
static bool to_be_proved(
	struct run *r, const struct tracee *creator, pid_t child, const struct call_clone *args, uint32_t defects)
{
	if (r->asked.prove != PROVE_FIRST)
		return r->asked.prove == PROVE_EACH;
	return !(args->flags & CLONE_THREAD) || !creator->proved || creator->proved_flags != args->flags ||
		(defects & CALL_ARGS_DOUBTFUL) || r->k->in_group(r->k->ctx, creator->tgid, child) != 1;
}

static void prove(struct run *r, struct tracee *creator, pid_t child, const struct call_clone *args, uint32_t defects,
	struct birth_facts *f)
{
	if (!to_be_proved(r, creator, child, args, defects))
		return;
	read_sharing(r, creator, child, f);
	read_namespaces(r, creator->tid, child, f);
	if ((args->flags & CLONE_THREAD) && !(defects & CALL_ARGS_DOUBTFUL)) {
		creator->proved = true;
		creator->proved_flags = args->flags;
	}
}

static void read_mappings(struct run *r, const struct tracee *creator, const struct tracee *child,
	struct birth_facts *f, const struct call_clone *args)
{
	/* The creator's open file is asked where the space is the same: one open a process, not one a thread. */
	const struct tracee *t = creator ? creator : child;
	taddr sp = call_clone_sp(args);

	if (!sp || !(args->flags & CLONE_VM))
		return;
	f->at_sp_known = facts_vma(r, t, sp - 1, &f->at_sp) == 0;
	if (!f->at_sp_known)
		return;
	f->below_known = f->at_sp.low && facts_vma(r, t, f->at_sp.low - 1, &f->below_sp) == 0;
	/* glibc before 2.42 passes the pages without access below the stack, too: they are its guard. */
	if (args->via == VIA_CLONE3 && f->below_known && args->stack >= f->below_sp.low && args->stack < f->at_sp.low &&
		f->below_sp.high == f->at_sp.low && !(f->below_sp.prot & (VMA_READ | VMA_WRITE | VMA_EXEC)))
		return;
	taddr block = args->via == VIA_CLONE3 && args->stack > f->at_sp.low ? args->stack : f->at_sp.low;
	uint64_t guard;
	if (r->k->guard_pages(r->k->ctx, t->tgid, block & ~4095ULL, f->at_sp.high, &guard) == 0)
		f->madv_guard = guard;
}

static void read_child(struct run *r, pid_t tid, struct birth_facts *f)
{
	struct regs regs;
	const struct abi *abi;

	if (facts_regs(r, tid, &regs, &abi))
		return;
	f->regs_known = true;
	f->sp = regs.sp;
	f->pc = regs.pc;
	f->tp = regs.tp;
	f->tp_known = regs.tp_known;
}

/* ---- births ---- */

/* A task that will not be shown further: its life ends here as far as the trace is concerned. */
static void tell_left(struct run *r, struct task *task)
{
	struct event ev = { .kind = EV_END, .task = task, .u.end = { .how = END_DETACHED } };

	run_tell(r, &ev, false);
}

/*
 * What a call passes to clone3 lies in memory where others write, and thrtrace reads it at another moment than the
 * kernel: where kcmp and the thread group say something else, they are right.
 */
static void correct_flags(struct pending_birth *p, const struct birth_facts *f)
{
	const struct {
		uint64_t flag;
		unsigned proof;
	} row[] = {
		{ CLONE_VM, f->proof[PROOF_VM] },
		{ CLONE_FILES, f->proof[PROOF_FILES] },
		{ CLONE_FS, f->proof[PROOF_FS] },
		{ CLONE_SIGHAND, f->proof[PROOF_SIGHAND] },
		{ CLONE_THREAD, f->tgid },
	};
	uint64_t flags = p->args.flags, found = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
		if (row[i].proof == PROOF_SAME)
			flags |= row[i].flag;
		else if (row[i].proof == PROOF_DIFFERENT)
			flags &= ~row[i].flag;
		found |= row[i].flag;
	}
	if (flags == p->args.flags)
		return;
	if (!(p->defects & CALL_ARGS_UNREAD))
		p->defects |= CALL_ARGS_CHANGED;
	/* The rest is not to be relied on, but where it runs shows. */
	p->args = (struct call_clone){ .via = p->args.via, .flags = flags & found };
	if ((flags & CLONE_VM) && f->regs_known && f->sp != p->creator_sp)
		p->args.stack = f->sp;
}

static void read_newborn(struct run *r, const struct tracee *child, struct tracee *creator, struct pending_birth *p,
	struct birth_facts *f)
{
	read_child(r, child->tid, f);
	if (creator && r->asked.prove != PROVE_NOT)
		prove(r, creator, child->tid, &p->args, p->defects, f);
	else if (creator && (p->defects & CALL_ARGS_UNREAD))
		read_sharing(r, creator, child->tid, f);
	if (creator && p->creator_stopped)
		correct_flags(p, f);
	read_mappings(r, creator, child, f, &p->args);
	if ((p->defects & CALL_ARGS_DOUBTFUL) && f->at_sp_known && !p->args.stack_size) {
		p->args.stack_size = p->args.stack - f->at_sp.low;
		p->args.stack = f->at_sp.low;
	}
}

/* Who called, and what the new task will run. creator: NULL when it has gone on already. */
static void read_code(struct run *r, struct newborn *n, const struct tracee *creator, bool alive)
{
	struct ev_birth *b = &n->ev.u.birth;

	n->bt.n = 0;
	if (r->creators && creator) {
		creators_backtrace(r->creators, (struct task_ids){ creator->tid, creator->tgid }, true, &n->bt);
		b->bt = &n->bt;
	}
	if (r->creators && alive && (b->args.flags & CLONE_VM) && call_clone_sp(&b->args)) {
		creators_start(r->creators, (struct task_ids){ n->child->tid, n->child->tgid }, &b->args,
			b->facts.tp_known ? b->facts.tp : call_clone_tls(&b->args), b->bt, &n->start);
		b->start = &n->start;
		uint64_t word;
		if (b->facts.tp_known && b->facts.tp && (b->args.flags & CLONE_SETTLS)) {
			b->tls_self = tls_self(r->k, n->child->tid, b->facts.tp, b->args.tls_desc ? 4 : 8, &word);
			b->tls = creators_tls(r->creators, (struct task_ids){ n->child->tid, n->child->tgid });
		}
	}
}

/* A task that is born and not followed: let go, or kept silently where a filter of ours is in it. */
static void leave(struct run *r, struct tracee *child, struct task *task)
{
	child->silent = true;
	child->detach = !r->syscall_filter_child;
	child->serial = 0;
	if (r->creators && child->tgid == child->tid) /* nobody will ask about it again, and its end is not looked at */
		creators_gone(r->creators, child->tid);
	tell_left(r, task);
}

void birth_by_call(struct run *r, struct tracee *child, uint64_t st_ns, bool alive)
{
	struct pending_birth *p = &child->birth;
	struct tracee *creator = tracee_find(&r->tracees, p->creator_tid);

	struct birth_facts facts = {
		.creator_known = p->creator_known, .creator_sp = p->creator_sp, .creator_tp = p->creator_tp
	};

	child->silent = p->silent;
	if (alive && !p->silent)
		read_newborn(r, child, creator, p, &facts);
	child->tgid = p->args.flags & CLONE_THREAD ? p->creator_tgid : child->tid;
	if (p->silent)
		return;
	struct task *made_by = model_by_serial(r->tell.model, p->creator_serial);
	struct task *task = model_task_new(r->tell.model, child->tid, child->tgid, made_by);
	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	bool process = !(p->args.flags & CLONE_THREAD);
	struct newborn *n = &r->newborn;
	n->ev = (struct event){
		.kind = EV_BIRTH, .task = task, .t_ns = p->t_event_ns,
		.u.birth = {
			.kind = BIRTH_CALL, .args = p->args, .defects = p->defects, .creator = made_by,
			.followed = process ? r->asked.follow_forks : !(r->attach && r->attach->only_thread),
			.call_ns = p->t_call_ns ? p->t_event_ns - p->t_call_ns : 0,
			.first_ns = p->t_call_ns && st_ns > p->t_call_ns ? st_ns - p->t_call_ns : 0,
			.facts = facts,
		},
	};
	n->due = true;
	n->child = child;
	child->serial = task->id.serial;
	read_code(r, n, creator && p->creator_stopped ? creator : NULL, alive);
	if (!n->ev.u.birth.followed)
		birth_tell(r); /* its tracee ends with the detach */
}

void birth_tell(struct run *r)
{
	struct newborn *n = &r->newborn;

	if (!n->due)
		return;
	n->due = false;
	run_tell(r, &n->ev, true);
	birth_findings(r, n->child, n->ev.task, &n->ev.u.birth);
	if (n->ev.u.birth.facts.regs_known)
		call_expect_registrations(r, n->child, &n->ev.u.birth.args);
	if (!n->ev.u.birth.followed)
		leave(r, n->child, n->ev.task);
}

/* Its thread group and parent, from /proc while it is there, and else from what its exit stop has shown. */
static pid_t read_family(struct run *r, struct tracee *child, bool alive)
{
	int64_t tgid = alive ? facts_status(r, child->tid, "Tgid:") : child->tgid;

	child->tgid = tgid > 0 ? (pid_t)tgid : child->tid;
	if (child->tgid != child->tid)
		return child->tgid;
	return alive ? (pid_t)facts_status(r, child->tid, "PPid:") : child->ppid;
}

void birth_adopted(struct run *r, struct tracee *child, bool alive)
{
	pid_t family = read_family(r, child, alive);
	const struct tracee *near = family > 0 ? tracee_find(&r->tracees, family) : NULL;
	char comm[COMM_LEN] = "";

	/* What is not of the program's own process is there for -f only, unless a task that is shown has made it. */
	if (near ? near->silent : !r->asked.follow_forks && r->main.tid && child->tgid != r->main.tid) {
		child->silent = true;
		child->detach = !r->syscall_filter_child;
		return;
	}
	struct task *guess = family > 0 ? model_by_tid(r->tell.model, family) : NULL;
	struct task *task = model_task_new(r->tell.model, child->tid, child->tgid, guess);
	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	if (alive)
		facts_comm(r, child->tid, comm);
	bool followed = child->tgid != child->tid || r->asked.follow_forks;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = child->t_first_ns,
		.u.birth = { .kind = BIRTH_ADOPTED,
			.creator = guess,
			.creator_guessed = guess != NULL,
			.followed = followed,
			.comm = alive ? comm : NULL },
	};
	if (alive)
		read_child(r, child->tid, &ev.u.birth.facts);
	child->serial = task->id.serial;
	run_tell(r, &ev, true);
	if (!followed)
		leave(r, child, task);
}

void birth_untraced(struct run *r, struct tracee *creator, pid_t tid, uint64_t t_ns)
{
	struct task *made_by = model_by_serial(r->tell.model, creator->serial);
	const struct call_clone *args = &creator->call.u.clone;
	struct task *task = model_task_new(
		r->tell.model, tid, args->flags & CLONE_THREAD ? creator->tgid : tid, made_by);

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = t_ns,
		.u.birth = { .kind = BIRTH_UNTRACED,
			.args = *args,
			.creator = made_by,
			.defects = creator->call.defects },
	};
	read_mappings(r, creator, creator, &ev.u.birth.facts, args);
	prove(r, creator, tid, args, creator->call.defects, &ev.u.birth.facts);
	run_tell(r, &ev, true);
	tell_left(r, task);
}

void birth_program(struct run *r, struct tracee *t, uint64_t t_ns)
{
	struct task *task = model_task_new(r->tell.model, t->tid, t->tid, NULL);
	char comm[COMM_LEN];

	if (!task) {
		run_fail(r, -ENOMEM);
		return;
	}
	facts_comm(r, t->tid, comm);
	t->tgid = t->tid;
	t->serial = task->id.serial;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = task,
		.t_ns = t_ns,
		.u.birth = { .kind = BIRTH_PROGRAM, .followed = true, .comm = comm },
	};
	run_tell(r, &ev, true);
}

void birth_io_workers(struct run *r, struct tracee *t)
{
	pid_t tids[256];
	int n = r->k->list_tasks(r->k->ctx, t->tgid, tids, ARRAY_SIZE(tids));

	for (int i = 0; i < n; i++) {
		char comm[COMM_LEN];
		if (tracee_find(&r->tracees, tids[i]) || model_by_tid(r->tell.model, tids[i]))
			continue;
		facts_comm(r, tids[i], comm);
		if (strncmp(comm, "iou-", 4) != 0)
			continue;
		struct task *owner = model_by_serial(r->tell.model, t->serial);
		struct task *task = model_task_new(r->tell.model, tids[i], t->tgid, owner);
		if (!task) {
			run_fail(r, -ENOMEM);
			return;
		}
		struct event ev = {
			.kind = EV_BIRTH,
			.task = task,
			.u.birth = { .kind = BIRTH_IO_WORKER, .comm = comm, .creator = owner, .creator_guessed = true },
		};
		run_tell(r, &ev, true);
		tell_left(r, task);
	}
}
