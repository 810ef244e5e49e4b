/* SPDX-License-Identifier: MIT */
/*
 * The tests behind decode/tables/refusals.def. Each answers for one check of the kernel, given the call and the
 * facts; that earlier checks have passed may be relied on.
 */
#include "verdict/refusals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sys/mman.h>

#include <thrtrace/page.h>

enum { FIRST_ARGS_SIZE = 64, SET_TID_ARGS_SIZE = 80, CGROUP_ARGS_SIZE = 88 }; /* CLONE_ARGS_SIZE_VER0 to VER2 */
enum { LAST_SIGNAL = 64, RESERVED_PIDS = 300 };
#define HALF_OF_SPACE   (UINT64_C(1) << 63)
#define X86_64_USER_END UINT64_C(0x7ffffffff000) /* TASK_SIZE_MAX with four-level page tables */

static bool is_unshare(const struct verdict_query *q)
{
	return q->call == VC_UNSHARE;
}

static bool all(const struct verdict_query *q, uint64_t bits)
{
	return (refusal_flags(q) & bits) == bits;
}

static bool any(const struct verdict_query *q, uint64_t bits)
{
	return (refusal_flags(q) & bits) != 0;
}

static bool kernel_before(const struct verdict_query *q, uint32_t version)
{
	return q->who->kernel && q->who->kernel < version;
}

static enum fact both(bool asked, enum fact fact)
{
	return asked ? fact : FACT_NO;
}

/* A fact that can't be known before the call: unknown counts as good when foretelling, and is possible afterwards. */
static enum fact only_afterwards(const struct verdict_query *q, enum fact known)
{
	return known == FACT_UNKNOWN && !q->err ? FACT_NO : known;
}

static enum fact always(const struct verdict_query *q)
{
	(void)q;
	return FACT_YES;
}

static enum fact afterwards(const struct verdict_query *q)
{
	return only_afterwards(q, FACT_UNKNOWN);
}

/* ---- clone3: the struct ---- */

static enum fact size_above_page(const struct verdict_query *q)
{
	return fact_of(q->clone->args_size > page_bytes_or_least(q->who->page_bytes));
}

static enum fact size_below_first(const struct verdict_query *q)
{
	return fact_of(q->clone->args_size < FIRST_ARGS_SIZE);
}

/* Fields that came with 5.5 and 5.7 are a non-zero tail to an older kernel. */
static enum fact tail_set(const struct verdict_query *q)
{
	const struct call_clone *c = q->clone;

	if (q->defects & CALL_TAIL_SET)
		return FACT_YES;
	if (kernel_before(q, LINUX(5, 5, 0)) && (c->set_tid || c->set_tid_size))
		return FACT_YES;
	return fact_of(kernel_before(q, LINUX(5, 7, 0)) && c->cgroup);
}

static enum fact args_unreadable(const struct verdict_query *q)
{
	return fact_of(q->defects & (CALL_ARGS_UNREAD | CALL_ARGS_SHORT));
}

static enum fact set_tid_size(const struct verdict_query *q)
{
	const struct call_clone *c = q->clone;

	return fact_of(c->set_tid_size > CLONE_SET_TID_MAX || (c->set_tid != 0) != (c->set_tid_size != 0));
}

/* 7.1 looks at the byte only here, and at the signal in kernel_clone. */
static enum fact exit_signal_wide(const struct verdict_query *q)
{
	uint64_t most = q->who->kernel && kernel_before(q, LINUX(7, 1, 0)) ? LAST_SIGNAL : CLONE_SIGNAL_MASK_;

	return fact_of(q->clone->exit_signal > most);
}

static enum fact cgroup_args(const struct verdict_query *q)
{
	return fact_of(
		any(q, CLONE_INTO_CGROUP_) && (q->clone->cgroup > INT32_MAX || q->clone->args_size < CGROUP_ARGS_SIZE));
}

static enum fact set_tid_unreadable(const struct verdict_query *q)
{
	return fact_of(q->defects & CALL_SET_TID_UNREAD);
}

static enum fact unknown_flag(const struct verdict_query *q)
{
	uint64_t valid = clone_flags_valid(ON_CLONE3, q->who->kernel) | CLONE_DETACHED_ | CLONE_SIGNAL_MASK_;

	return fact_of(q->clone->flags & ~valid);
}

static enum fact low_byte(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_SIGNAL_MASK_ & ~CLONE_NEWTIME_) ||
		(any(q, CLONE_NEWTIME_) && kernel_before(q, LINUX(5, 6, 0))));
}

/*
 * Stable kernels take it since March 2023: "fork: allow CLONE_NEWTIME in clone3 flags" is in the announcement of
 * 5.10.175, in what was sent for review as 5.15.103-rc1 and as 6.2.7-rc2, and in Debian's changelog among what 6.1.20
 * brought. A distribution may call each of its kernels 6.1.0: then which it is, is not
 * known.
 */
static enum fact newtime_refused(const struct verdict_query *q)
{
	static const uint32_t takes[] = { LINUX(5, 10, 175), LINUX(5, 15, 103), LINUX(6, 1, 20), LINUX(6, 2, 7) };
	uint32_t kernel = q->who->kernel;

	for (size_t i = 0; i < ARRAY_SIZE(takes); i++) {
		if (kernel >> 8 != takes[i] >> 8 || !any(q, CLONE_NEWTIME_))
			continue;
		if ((kernel & 0xff) == 0)
			return only_afterwards(q, FACT_UNKNOWN);
		return fact_of(kernel < takes[i]);
	}
	return fact_of(any(q, CLONE_NEWTIME_));
}

static enum fact has_detached(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_DETACHED_));
}

static enum fact sighand_and_clear(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_SIGHAND_ | CLONE_CLEAR_SIGHAND_));
}

static enum fact exit_signal_unused(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_THREAD_ | CLONE_PARENT_) && q->clone->exit_signal);
}

static enum fact stack_pair(const struct verdict_query *q)
{
	return fact_of((q->clone->stack != 0) != (q->clone->stack_size != 0));
}

static bool is_x86_64(const struct verdict_query *q)
{
	return q->who->audit_arch == AUDIT_ARCH_X86_64;
}

/* access_ok. x86-64 let every address of the lower half through from 6.4 to 6.11, and looks at the end before and
 * after. */
static enum fact stack_range(const struct verdict_query *q)
{
	uint64_t from = q->clone->stack, size = q->clone->stack_size;
	uint64_t end = q->who->user_end ? q->who->user_end : X86_64_USER_END;

	if (!from)
		return FACT_NO;
	if (from + size < from || from + size >= HALF_OF_SPACE)
		return FACT_YES;
	if (from + size <= end)
		return FACT_NO;
	if (!is_x86_64(q) || !q->who->user_end)
		return FACT_UNKNOWN;
	return fact_of(kernel_before(q, LINUX(6, 4, 0)) || !kernel_before(q, LINUX(6, 12, 0)));
}

/* ---- the words among themselves ---- */

static enum fact pidfd_and_settid(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_PIDFD_ | CLONE_PARENT_SETTID_));
}

static enum fact pidfd_is_parent_tid(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_PIDFD_ | CLONE_PARENT_SETTID_) && q->clone->pidfd == q->clone->parent_tid);
}

static enum fact exit_signal_invalid(const struct verdict_query *q)
{
	return fact_of(q->clone->exit_signal > LAST_SIGNAL);
}

static enum fact newns_and_fs(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_NEWNS_ | CLONE_FS_));
}

static enum fact newuser_and_fs(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_NEWUSER_ | CLONE_FS_));
}

static enum fact newuser_forbidden(const struct verdict_query *q)
{
	bool asked = any(q, CLONE_NEWUSER_) && q->who->sys_admin != FACT_YES;

	return both(asked, q->who->userns_forbidden == FACT_YES ? FACT_YES : FACT_NO);
}

static enum fact thread_without_sighand(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_THREAD_) && !any(q, CLONE_SIGHAND_));
}

static enum fact sighand_without_vm(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_SIGHAND_) && !any(q, CLONE_VM_));
}

static enum fact parent_by_init(const struct verdict_query *q)
{
	return both(any(q, CLONE_PARENT_), q->who->pid_ns_init);
}

static enum fact thread_and_ns(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_THREAD_) && any(q, CLONE_NEWUSER_ | CLONE_NEWPID_));
}

static enum fact thread_elsewhere(const struct verdict_query *q)
{
	return both(any(q, CLONE_THREAD_), q->who->pid_children_elsewhere);
}

/* What the caller has chosen for its children is looked at, not CLONE_NEWTIME: which clone3 of stable kernels takes. */
static enum fact timens_and_vm(const struct verdict_query *q)
{
	return both(any(q, CLONE_THREAD_ | CLONE_VM_), q->who->time_children_elsewhere);
}

static enum fact pidfd_and_detached(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_PIDFD_ | CLONE_DETACHED_));
}

static enum fact pidfd_and_thread(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_PIDFD_ | CLONE_THREAD_));
}

static enum fact autoreap_and_thread(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_AUTOREAP_ | CLONE_THREAD_));
}

static enum fact autoreap_and_parent(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_AUTOREAP_ | CLONE_PARENT_));
}

static enum fact autoreap_and_signal(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_AUTOREAP_) && q->clone->exit_signal);
}

static enum fact nnp_and_thread(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_NNP_ | CLONE_THREAD_));
}

static enum fact autokill_alone(const struct verdict_query *q)
{
	return fact_of(
		any(q, CLONE_PIDFD_AUTOKILL_) && (!all(q, CLONE_PIDFD_ | CLONE_AUTOREAP_) || any(q, CLONE_THREAD_)));
}

static enum fact negated(enum fact f)
{
	return f == FACT_UNKNOWN ? FACT_UNKNOWN : fact_of(f == FACT_NO);
}

static enum fact autokill_unprivileged(const struct verdict_query *q)
{
	return both(any(q, CLONE_PIDFD_AUTOKILL_) && !any(q, CLONE_NNP_), negated(q->who->sys_admin));
}

/* ---- unshare, setns ---- */

static enum fact unshare_flag(const struct verdict_query *q)
{
	return fact_of(q->flags & ~clone_flags_valid(ON_UNSHARE, q->who->kernel));
}

static enum fact unshare_threads(const struct verdict_query *q)
{
	return both(any(q, CLONE_THREAD_ | CLONE_SIGHAND_ | CLONE_VM_), q->who->threads);
}

static enum fact unshare_sighand(const struct verdict_query *q)
{
	return both(any(q, CLONE_SIGHAND_ | CLONE_VM_), q->who->sighand_shared);
}

static enum fact unshare_vm(const struct verdict_query *q)
{
	return both(any(q, CLONE_VM_), q->who->mm_shared);
}

/* The descriptor is none that can be worked with; one that is open now may have been opened since. */
static enum fact fd_closed(const struct verdict_query *q)
{
	const struct fd_facts *fd = q->args ? &q->args->fd : NULL;

	if (fd && (fd->open == FACT_NO || (fd->open == FACT_YES && fd->flags & O_PATH)))
		return FACT_YES;
	return afterwards(q);
}

static enum fact setns_no_namespace(const struct verdict_query *q)
{
	const struct fd_facts *fd = q->args ? &q->args->fd : NULL;

	if (!fd || fd->is_namespace == FACT_UNKNOWN || fd->pidfd == FACT_UNKNOWN)
		return afterwards(q);
	return fact_of(fd->is_namespace == FACT_NO && fd->pidfd == FACT_NO);
}

static enum fact setns_kind(const struct verdict_query *q)
{
	const struct fd_facts *fd = q->args ? &q->args->fd : NULL;

	if (!q->flags || (fd && fd->is_namespace == FACT_NO))
		return FACT_NO;
	return fd && fd->kind ? fact_of(fd->kind != q->flags) : afterwards(q);
}

static bool is_pidfd(const struct verdict_query *q)
{
	return q->args && q->args->fd.pidfd == FACT_YES;
}

static enum fact setns_pidfd_flags(const struct verdict_query *q)
{
	return fact_of(is_pidfd(q) && !q->flags);
}

static enum fact setns_pidfd(const struct verdict_query *q)
{
	return both(is_pidfd(q), afterwards(q));
}

static enum fact setns_own_user(const struct verdict_query *q)
{
	return both(
		any(q, CLONE_NEWUSER_) && !is_pidfd(q), only_afterwards(q, q->args ? q->args->fd.own : FACT_UNKNOWN));
}

static enum fact setns_pid_above(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWPID_), afterwards(q));
}

static enum fact setns_flag(const struct verdict_query *q)
{
	return fact_of(q->flags & ~clone_flags_valid(ON_SETNS, q->who->kernel));
}

static enum fact setns_several(const struct verdict_query *q)
{
	return fact_of(q->flags & (q->flags - 1));
}

static enum fact setns_user_threads(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWUSER_), q->who->threads);
}

static enum fact setns_fs_shared(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWUSER_ | CLONE_NEWNS_), q->who->fs_shared);
}

static enum fact setns_time_threads(const struct verdict_query *q)
{
	if (!any(q, CLONE_NEWTIME_))
		return FACT_NO;
	return q->who->threads == FACT_YES ? FACT_YES : q->who->mm_shared;
}

/* Which user namespaces own the targets is not known: the caller's own, as far as is foretold. */
static enum fact setns_unprivileged(const struct verdict_query *q)
{
	if (any(q, CLONE_NEWUSER_) || !refusal_flags(q) || q->who->sys_admin == FACT_YES)
		return afterwards(q);
	return both(any(q, CLONE_NS_PRIVILEGED_), negated(q->who->sys_admin));
}

/* ---- user namespace ---- */

static enum fact userns_missing(const struct verdict_query *q)
{
	return fact_of(any(q, CLONE_NEWUSER_) && q->who->ns_missing & CLONE_NEWUSER_);
}

static enum fact userns_limit(const struct verdict_query *q)
{
	if (!any(q, CLONE_NEWUSER_))
		return FACT_NO;
	return q->who->ns_forbidden & CLONE_NEWUSER_ ? FACT_YES : only_afterwards(q, FACT_UNKNOWN);
}

static enum fact userns_chroot(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWUSER_), q->who->chrooted);
}

static enum fact userns_unmapped(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWUSER_), q->who->ids_unmapped);
}

/* ---- limits ---- */

/* Whether `need` more would pass the limit; near it, the numbers may have changed since: unknown. */
static enum fact limit_passed(const struct limit *l, uint64_t need, uint64_t slack)
{
	if (l->max_known && l->max == LIMIT_NONE)
		return FACT_NO;
	if (!l->max_known || !l->current_known)
		return FACT_UNKNOWN;
	if (need > l->max || l->current > l->max - need)
		return FACT_YES;
	return l->current + need + slack > l->max ? FACT_UNKNOWN : FACT_NO;
}

static enum fact limit_hit(const struct verdict_query *q, enum limit_id id, uint64_t need, uint64_t slack)
{
	enum fact worst = FACT_NO;

	if (!q->limits)
		return FACT_NO;
	for (size_t i = 0; i < q->limits->n_limits; i++) {
		struct limit *l = &q->limits->limits[i];
		if (l->id != id)
			continue;
		enum fact f = limit_passed(l, need, slack);
		l->hit = f == FACT_YES;
		if (f == FACT_YES)
			worst = FACT_YES;
		else if (f == FACT_UNKNOWN && worst == FACT_NO)
			worst = FACT_UNKNOWN;
	}
	return worst;
}

/* pids.max is the last of the limits to be looked at: when its counter grew, all others were passed. */
static bool cgroup_refused(const struct verdict_query *q)
{
	for (size_t i = 0; q->limits && i < q->limits->n_limits; i++)
		if (q->limits->limits[i].refused_now == FACT_YES)
			return true;
	return false;
}

enum { TASK_SLACK = 4 }; /* so many tasks may have ended between the failure and the reading */

static enum fact nproc_reached(const struct verdict_query *q)
{
	if (q->who->nproc_exempt == FACT_YES || cgroup_refused(q))
		return FACT_NO;
	return limit_hit(q, LIMIT_NPROC, 1, TASK_SLACK);
}

static enum fact threads_max_reached(const struct verdict_query *q)
{
	return cgroup_refused(q) ? FACT_NO : limit_hit(q, LIMIT_THREADS_MAX, 1, TASK_SLACK);
}

static enum fact is_deadline(const struct verdict_query *q)
{
	return only_afterwards(q, q->who->deadline);
}

static enum fact fs_in_exec(const struct verdict_query *q)
{
	if (q->args && q->args->nobody_execs)
		return FACT_NO;
	return both(any(q, CLONE_FS_) && q->who->fs_shared != FACT_NO, only_afterwards(q, FACT_UNKNOWN));
}

/* Ids run from 1 to pid_max - 1, and those below 300 are not given twice (kernel/pid.c, RESERVED_PIDS). */
static enum fact pid_max_reached(const struct verdict_query *q)
{
	return cgroup_refused(q) ? FACT_NO : limit_hit(q, LIMIT_PID_MAX, 2, RESERVED_PIDS);
}

static enum fact nofile_reached(const struct verdict_query *q)
{
	if (!any(q, CLONE_PIDFD_))
		return FACT_NO;
	return q->limits ? limit_hit(q, LIMIT_NOFILE, 1, UINT32_MAX) : only_afterwards(q, FACT_UNKNOWN);
}

/* The level that refused may be an ancestor of the one that counted it (v1, and v2 before 6.11): look at the numbers
 * too. */
static enum fact pids_max_reached(const struct verdict_query *q)
{
	enum fact f = limit_hit(q, LIMIT_PIDS_CGROUP, 1, TASK_SLACK);

	return cgroup_refused(q) ? FACT_YES : f;
}

/* ---- namespaces ---- */

static enum fact ns_unprivileged(const struct verdict_query *q)
{
	uint64_t asked = CLONE_NS_PRIVILEGED_;

	if (is_unshare(q) && clone_flags_valid(ON_UNSHARE, q->who->kernel) & UNSHARE_EMPTY_MNTNS_)
		asked |= UNSHARE_EMPTY_MNTNS_;
	return both(any(q, asked) && !any(q, CLONE_NEWUSER_), negated(q->who->sys_admin));
}

static enum fact newipc_and_sysvsem(const struct verdict_query *q)
{
	return fact_of(all(q, CLONE_NEWIPC_ | CLONE_SYSVSEM_));
}

static enum fact ns_missing(const struct verdict_query *q)
{
	return fact_of(any(q, q->who->ns_missing));
}

static enum fact newpid_elsewhere(const struct verdict_query *q)
{
	return both(any(q, CLONE_NEWPID_), q->who->pid_children_elsewhere);
}

static enum fact ns_limit(const struct verdict_query *q)
{
	if (any(q, q->who->ns_forbidden & CLONE_NS_PRIVILEGED_))
		return FACT_YES;
	return both(any(q, CLONE_NS_PRIVILEGED_), only_afterwards(q, FACT_UNKNOWN));
}

static enum fact settls_range(const struct verdict_query *q)
{
	if (!any(q, CLONE_SETTLS_) || q->clone->tls < X86_64_USER_END)
		return FACT_NO;
	if (!q->who->audit_arch)
		return FACT_UNKNOWN;
	if (!is_x86_64(q))
		return FACT_NO;
	return q->who->user_end ? fact_of(q->clone->tls >= q->who->user_end) : FACT_UNKNOWN;
}

/* set_new_tls: a call with the i386 convention names a descriptor and not an address. */
static bool has_descriptor(const struct verdict_query *q)
{
	return any(q, CLONE_SETTLS_) && q->clone->tls_desc;
}

static enum fact descriptor_unreadable(const struct verdict_query *q)
{
	return fact_of(has_descriptor(q) && !q->clone->desc_read);
}

/* tls_desc_okay, and the range of entries; clone has none allocated, so that -1 will not do. */
static enum fact descriptor_bad(const struct verdict_query *q)
{
	enum { SEG_32BIT = 1 << 0, CONTENTS_HIGH = 1 << 2, READ_EXEC_ONLY = 1 << 3, NOT_PRESENT = 1 << 5 };
	enum { ENTRY_FIRST = 12, ENTRY_LAST = 14, ENTRY_FIRST_32 = 6, ENTRY_LAST_32 = 8 };
	const uint32_t *desc = q->clone->desc;

	if (!has_descriptor(q) || !q->clone->desc_read)
		return FACT_NO;
	bool blank = !desc[DESC_BASE] && !desc[DESC_LIMIT];
	bool zero = blank && !desc[DESC_FLAGS], empty = blank && desc[DESC_FLAGS] == (READ_EXEC_ONLY | NOT_PRESENT);
	if (!zero && !empty && (desc[DESC_FLAGS] & (SEG_32BIT | CONTENTS_HIGH | NOT_PRESENT)) != SEG_32BIT)
		return FACT_YES;
	if (desc[DESC_ENTRY] >= ENTRY_FIRST_32 && desc[DESC_ENTRY] <= ENTRY_LAST_32)
		return FACT_UNKNOWN; /* a 32-bit kernel has its entries there */
	return fact_of(desc[DESC_ENTRY] < ENTRY_FIRST || desc[DESC_ENTRY] > ENTRY_LAST);
}

/* ---- set_tid ---- */

static int levels_of(const struct verdict_query *q)
{
	return q->who->pid_ns_level < 0 ? -1 : q->who->pid_ns_level + 1 + any(q, CLONE_NEWPID_);
}

static enum fact set_tid_depth(const struct verdict_query *q)
{
	int levels = levels_of(q);

	if (!q->clone->set_tid_size)
		return FACT_NO;
	if (q->who->pid_children_elsewhere == FACT_YES) /* how deep that namespace lies is not known */
		return FACT_UNKNOWN;
	if (levels < 0)
		return q->clone->set_tid_size == 1 ? FACT_NO : FACT_UNKNOWN;
	return fact_of(q->clone->set_tid_size > (uint64_t)levels);
}

enum tid_check { TID_FINE, TID_BAD, TID_DENIED, TID_USED, TID_UNSURE };

/* kernel/pid.c, alloc_pid: what one level of set_tid meets. Level 0 is the innermost. */
static enum tid_check tid_check(const struct verdict_query *q, unsigned level)
{
	int32_t tid = q->clone->set_tids[level];
	bool newborn = level == 0 && any(q, CLONE_NEWPID_);
	bool outermost = level + 1 == q->clone->n_set_tid;

	if (tid < 1 || (newborn && tid != 1))
		return TID_BAD;
	if (q->who->pid_children_elsewhere == FACT_YES)
		return TID_UNSURE;
	if (!newborn && q->who->pid_max && tid >= q->who->pid_max)
		return TID_BAD;
	/* The new namespace belongs to the new user namespace, or to the caller's, where it had to have CAP_SYS_ADMIN.
	 */
	enum fact may = newborn ? FACT_YES : q->who->restore;
	if (may != FACT_YES)
		return may == FACT_NO ? TID_DENIED : TID_UNSURE;
	if (newborn || !outermost || !q->args)
		return TID_FINE;
	return q->args->set_tid_in_use == FACT_YES ? TID_USED : TID_FINE;
}

static enum fact set_tid_meets(const struct verdict_query *q, enum tid_check wanted)
{
	for (unsigned i = 0; i < q->clone->n_set_tid; i++) {
		enum tid_check met = tid_check(q, i);
		if (met == TID_UNSURE)
			return FACT_UNKNOWN;
		if (met != TID_FINE)
			return fact_of(met == wanted);
	}
	return FACT_NO;
}

static enum fact set_tid_value(const struct verdict_query *q)
{
	return set_tid_meets(q, TID_BAD);
}

static enum fact set_tid_unprivileged(const struct verdict_query *q)
{
	return set_tid_meets(q, TID_DENIED);
}

static enum fact set_tid_used(const struct verdict_query *q)
{
	if (!q->clone->set_tid_size)
		return FACT_NO;
	enum fact f = set_tid_meets(q, TID_USED);
	return f == FACT_NO ? only_afterwards(q, FACT_UNKNOWN) : f;
}

static enum fact pid_ns_dying(const struct verdict_query *q)
{
	return only_afterwards(q, q->who->pid_ns_dying);
}

/* ---- pidfd, cgroup ---- */

static enum fact pidfd_afterwards(const struct verdict_query *q)
{
	return both(any(q, CLONE_PIDFD_), afterwards(q));
}

static enum fact pidfd_unwritable(const struct verdict_query *q)
{
	return both(any(q, CLONE_PIDFD_), only_afterwards(q, q->args ? q->args->pidfd_unwritable : FACT_UNKNOWN));
}

static enum fact cgroup_bad(const struct verdict_query *q)
{
	return both(any(q, CLONE_INTO_CGROUP_), only_afterwards(q, q->args ? q->args->cgroup_bad : FACT_UNKNOWN));
}

static enum fact cgroup_afterwards(const struct verdict_query *q)
{
	return both(any(q, CLONE_INTO_CGROUP_), afterwards(q));
}

/* ---- afterwards ---- */

static enum fact fork_commit(const struct verdict_query *q)
{
	bool copies = q->call == VC_FORK || !any(q, CLONE_VM_);

	return both(copies && q->limits && q->limits->overcommit == 2, only_afterwards(q, FACT_UNKNOWN));
}

/* For an errno that a limit gives too, a filter is only one of the possible causes. */
static enum fact seccomp_refused(const struct verdict_query *q)
{
	bool ambiguous = q->err == EAGAIN || q->err == ENOMEM || q->err == EINTR;

	if (!q->err || q->who->seccomp_filter == FACT_NO)
		return FACT_NO;
	return ambiguous ? FACT_UNKNOWN : q->who->seccomp_filter;
}

static enum fact lsm_refused(const struct verdict_query *q)
{
	bool typical = q->err == EPERM || q->err == EACCES;

	return typical && q->who->seccomp_filter != FACT_YES ? FACT_UNKNOWN : FACT_NO;
}

/* ---- mappings: what is asked for ---- */

#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08 /* Linux 6.11 */
#endif
#define MMAP_MIN_ADDR 65536 /* vm.mmap_min_addr, as it is nearly everywhere */

static const struct map_args *map_of(const struct verdict_query *q)
{
	return q->args && q->args->map.known ? &q->args->map : NULL;
}

static bool has_map_flags(const struct verdict_query *q, uint32_t flags)
{
	const struct map_args *m = map_of(q);

	return m && (m->flags & flags);
}

static bool of_file(const struct verdict_query *q)
{
	return map_of(q) && !has_map_flags(q, MAP_ANONYMOUS);
}

static bool is_unaligned(const struct verdict_query *q, uint64_t v)
{
	return v % page_bytes_or_least(q->who->page_bytes) != 0;
}

static enum fact mmap_offset(const struct verdict_query *q)
{
	return fact_of(map_of(q) && is_unaligned(q, map_of(q)->offset));
}

static enum fact mmap_type(const struct verdict_query *q)
{
	uint32_t type = map_of(q) ? map_of(q)->flags & MAP_TYPE : MAP_PRIVATE;

	return fact_of(type != MAP_PRIVATE && type != MAP_SHARED &&
		type != (of_file(q) ? MAP_SHARED_VALIDATE : MAP_DROPPABLE));
}

static enum fact mmap_empty(const struct verdict_query *q)
{
	return fact_of(map_of(q) && !q->args->bytes);
}

static enum fact mmap_place(const struct verdict_query *q)
{
	return fact_of(has_map_flags(q, MAP_FIXED | MAP_FIXED_NOREPLACE) && is_unaligned(q, map_of(q)->addr));
}

static enum fact mmap_closed(const struct verdict_query *q)
{
	return both(of_file(q), fd_closed(q));
}

static enum fact mmap_access(const struct verdict_query *q)
{
	const struct fd_facts *fd = q->args ? &q->args->fd : NULL;

	if (!of_file(q))
		return FACT_NO;
	bool writes = !has_map_flags(q, MAP_PRIVATE) && (map_of(q)->prot & PROT_WRITE);
	uint32_t mode = fd->flags & O_ACCMODE;
	if (fd->open == FACT_YES && (mode == O_WRONLY || (writes && mode != O_RDWR)))
		return FACT_YES;
	return afterwards(q);
}

static enum fact mmap_low(const struct verdict_query *q)
{
	bool low = has_map_flags(q, MAP_FIXED | MAP_FIXED_NOREPLACE) && map_of(q)->addr < MMAP_MIN_ADDR;

	return both(low, afterwards(q));
}

static enum fact mmap_file(const struct verdict_query *q)
{
	return both(of_file(q), afterwards(q));
}

static enum fact mmap_locked(const struct verdict_query *q)
{
	return both(has_map_flags(q, MAP_LOCKED), afterwards(q));
}

static enum fact mprotect_place(const struct verdict_query *q)
{
	return fact_of(map_of(q) && is_unaligned(q, map_of(q)->addr));
}

static enum fact mprotect_unmapped(const struct verdict_query *q)
{
	return q->args ? q->args->unmapped : FACT_NO;
}

/* ---- memory of a stack ---- */

/* mm/mmap.c: refused when there are more than max already. */
static enum fact mmap_map_count(const struct verdict_query *q)
{
	return limit_hit(q, LIMIT_MAP_COUNT, 0, 2);
}

static enum fact mmap_address_space(const struct verdict_query *q)
{
	return limit_hit(q, LIMIT_AS, refusal_bytes(q), 0);
}

static enum fact counts_as_data(const struct verdict_query *q)
{
	return q->args ? q->args->writable : FACT_UNKNOWN;
}

static enum fact mmap_data(const struct verdict_query *q)
{
	enum fact hit = limit_hit(q, LIMIT_DATA, refusal_bytes(q), 0);

	if (counts_as_data(q) == FACT_NO)
		hit = FACT_NO;
	return hit;
}

/* With overcommit_memory 2 also memory that is not yet writable may count, but not PROT_NONE private memory. */
static enum fact mmap_commit(const struct verdict_query *q)
{
	return counts_as_data(q) == FACT_NO ? FACT_NO : limit_hit(q, LIMIT_COMMIT, refusal_bytes(q), 0);
}

/* mm/vma.c, split_vma: refused when there are max already. */
static enum fact mprotect_map_count(const struct verdict_query *q)
{
	return limit_hit(q, LIMIT_MAP_COUNT, 1, 2);
}

/* ---- scheduling ---- */

enum { POLICY_FIFO = 1, POLICY_RR = 2, POLICY_ISO = 4, POLICY_DEADLINE = 6, POLICY_LAST = 7, PRIORITY_MOST = 99 };

static bool is_realtime(const struct verdict_query *q)
{
	return q->args && q->args->sched.known &&
		(q->args->sched.policy == POLICY_FIFO || q->args->sched.policy == POLICY_RR);
}

static bool is_for_deadline(const struct verdict_query *q)
{
	return q->args && q->args->sched.known && q->args->sched.policy == POLICY_DEADLINE;
}

static enum fact sched_policy(const struct verdict_query *q)
{
	uint32_t policy = q->args && q->args->sched.known ? q->args->sched.policy : 0;

	return fact_of(policy == POLICY_ISO || policy > POLICY_LAST);
}

/* __sched_setscheduler: real-time policies have a priority, and others have none. */
static enum fact sched_priority(const struct verdict_query *q)
{
	const struct sched_args *s = q->args && q->args->sched.known ? &q->args->sched : NULL;

	if (!s)
		return FACT_NO;
	return fact_of(s->priority < 0 || s->priority > PRIORITY_MOST || is_realtime(q) != (s->priority != 0));
}

static enum fact sched_deadline(const struct verdict_query *q)
{
	return both(is_for_deadline(q), afterwards(q));
}

static enum fact sched_deadline_denied(const struct verdict_query *q)
{
	return both(is_for_deadline(q), negated(q->who->sys_nice));
}

static enum fact sched_rtprio(const struct verdict_query *q)
{
	if (!is_realtime(q) || q->who->sys_nice == FACT_YES)
		return FACT_NO;
	enum fact hit = limit_hit(q, LIMIT_RTPRIO, (uint64_t)q->args->sched.priority, 0);
	return hit == FACT_YES ? negated(q->who->sys_nice) : hit;
}

static enum fact sched_group(const struct verdict_query *q)
{
	return both(is_realtime(q) && q->who->sys_nice != FACT_NO, afterwards(q));
}

#define C       (1u << VC_CLONE)
#define C3      (1u << VC_CLONE3)
#define NEW     (C | C3)
#define ANY_NEW (NEW | 1u << VC_FORK | 1u << VC_VFORK)
#define U       (1u << VC_UNSHARE)
#define S       (1u << VC_SETNS)
#define MMAP    (1u << VC_MMAP)
#define MPROT   (1u << VC_MPROTECT)
#define SCHED   (1u << VC_SETSCHEDULER)
#define AFFIN   (1u << VC_SETAFFINITY)
#define PRIO    (1u << VC_SETPRIORITY)

static const struct refusal rows[] = {
#define REFUSAL(id, calls, err, since, until, test, why, repair, source)                                               \
	{ id, calls, err, since, until, test, NULL, why, repair, source },
#define REFUSAL_SAYS(id, calls, err, since, until, test, describe, repair, source)                                     \
	{ id, calls, err, since, until, test, describe, NULL, repair, source },
#include "tables/refusals.def"
#undef REFUSAL_SAYS
#undef REFUSAL
};

const struct refusal *refusals(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(rows);
	return rows;
}
