/* SPDX-License-Identifier: MIT */
#include "follow/birth_facts.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <string.h>

#include "follow/attached.h"
#include "follow/facts.h"

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

/* Of a process with thousands of threads, each of which may make some, one is asked for all. NULL: it is not so. */
static struct attached_process *crowd_of(struct run *r, pid_t tgid)
{
	struct attached_process *p = r->attach && r->attach->many ? attached_process_of(r, tgid) : NULL;

	return p && p->threads > r->attach->many ? p : NULL;
}

/*
 * Each process, and the first thread that a task makes with a word of flags: the kernel does the same with the same
 * word. What a later one is not asked (twenty-two questions), its block does not claim. That it is a thread at all is
 * asked of each: another word than the one that was read may have reached the kernel.
 */
static bool to_be_proved(
	struct run *r, const struct tracee *creator, pid_t child, const struct call_clone *args, uint32_t defects)
{
	/* Thousands may be born while a process is attached to: all of them stopped, until it is their turn. */
	if (attached_pending(r) && (args->flags & CLONE_THREAD))
		return false;
	if (r->asked.prove != PROVE_FIRST)
		return r->asked.prove == PROVE_EACH;
	const struct attached_process *crowd = crowd_of(r, creator->tgid);
	bool proved = (creator->proved && creator->proved_flags == args->flags) ||
		(crowd && crowd->proved && crowd->proved_flags == args->flags);
	return !(args->flags & CLONE_THREAD) || !proved || (defects & CALL_ARGS_DOUBTFUL) ||
		r->k->in_group(r->k->ctx, creator->tgid, child) != 1;
}

void birth_facts_prove(struct run *r, struct tracee *creator, pid_t child, const struct call_clone *args,
	uint32_t defects, struct birth_facts *f)
{
	if (!to_be_proved(r, creator, child, args, defects))
		return;
	read_sharing(r, creator, child, f);
	read_namespaces(r, creator->tid, child, f);
	if ((args->flags & CLONE_THREAD) && !(defects & CALL_ARGS_DOUBTFUL)) {
		creator->proved = true;
		creator->proved_flags = args->flags;
		struct attached_process *crowd = crowd_of(r, creator->tgid);
		if (crowd) {
			crowd->proved = true;
			crowd->proved_flags = args->flags;
		}
	}
}

void birth_facts_mappings(struct run *r, const struct tracee *creator, const struct tracee *child,
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
	facts_madv_guard(r, t, page_down(block, kernel_page(r->k)), f->at_sp.high, f);
}

void birth_facts_registers(struct run *r, pid_t tid, struct birth_facts *f)
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

/* The kernel has stored the number where the call said, in the creator's memory, before it reports of the creation. */
static void read_pidfd(
	struct run *r, const struct tracee *creator, const struct pending_birth *p, struct birth_facts *f)
{
	if (!creator || !p->creator_stopped) /* it may have closed it, and stored -1 */
		return;
	ssize_t n = r->k->read_mem(r->k->ctx, creator->tid, p->args.pidfd, &f->pidfd, sizeof(f->pidfd));
	f->pidfd_known = n == (ssize_t)sizeof(f->pidfd) && f->pidfd >= 0;
}

/* What it was put into: the call names a descriptor. */
static void read_cgroup(struct run *r, const struct tracee *child, struct birth_facts *f)
{
	char text[4 * PROC_PATH]; /* version 1 has a line for each of its hierarchies, before that of version 2 */
	char *path = r->newborn.cgroup, *end;

	if (!facts_text(r, child->tid, "cgroup", text, sizeof(text)) || !(end = strrchr(text, '\n')))
		return;
	*end = '\0'; /* what follows it was cut off */
	if (proc_cgroup_path(path, text, NULL))
		f->cgroup = path;
}

static void read_what_it_got(struct run *r, const struct tracee *child, const struct tracee *creator,
	const struct pending_birth *p, struct birth_facts *f)
{
	if (!r->asks_newborns || (p->defects & CALL_ARGS_DOUBTFUL))
		return;
	if (p->args.flags & CLONE_PIDFD)
		read_pidfd(r, creator, p, f);
	if (p->args.flags & CLONE_INTO_CGROUP)
		read_cgroup(r, child, f);
}

void birth_facts_newborn(struct run *r, const struct tracee *child, struct tracee *creator, struct pending_birth *p,
	struct birth_facts *f)
{
	birth_facts_registers(r, child->tid, f);
	if (creator && r->asked.prove != PROVE_NOT)
		birth_facts_prove(r, creator, child->tid, &p->args, p->defects, f);
	else if (creator && (p->defects & CALL_ARGS_UNREAD))
		read_sharing(r, creator, child->tid, f);
	if (creator && p->creator_stopped)
		correct_flags(p, f);
	read_what_it_got(r, child, creator, p, f);
	birth_facts_mappings(r, creator, child, f, &p->args);
	if ((p->defects & CALL_ARGS_DOUBTFUL) && f->at_sp_known && !p->args.stack_size) {
		p->args.stack_size = p->args.stack - f->at_sp.low;
		p->args.stack = f->at_sp.low;
	}
}
