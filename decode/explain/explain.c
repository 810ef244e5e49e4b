/* SPDX-License-Identifier: MIT */
/* What each resource becomes in a new task. */
#include <string.h>

#include <thrtrace/explain.h>

enum resource_id {
#define RESOURCE(id, ...) RES_##id,
#include "tables/resources.def"
#undef RESOURCE
	RES_COUNT
};

static const struct resource_row rows[] = {
#define RESOURCE(id, key, title, flag, set, set_text, clear, clear_text, per, see, source)                             \
	{ key, title, per, see, source },
#include "tables/resources.def"
#undef RESOURCE
};

/* The pair of outcomes of each row. */
static const struct {
	uint64_t flag;
	struct resource_share set, clear;
} outcomes[] = {
#define RESOURCE(id, key, title, flag, set, set_text, clear, clear_text, per, see, source)                             \
	{ flag, { set, set_text }, { clear, clear_text } },
#include "tables/resources.def"
#undef RESOURCE
};

const struct resource_row *resource_rows(size_t *ret_n)
{
	*ret_n = ARRAY_SIZE(rows);
	return rows;
}

static const struct {
	const char *key, *text;
	bool tried;
} experiments[] = {
#define EXPERIMENT(key, function, text) { key, text, true },
#define ALONE(key, function, text)      { key, text, true },
#define NO_EXPERIMENT(key, why)         { key, why, false },
#include <thrtrace/experiments.def>
#undef EXPERIMENT
#undef ALONE
#undef NO_EXPERIMENT
};

const char *resource_experiment(const struct resource_row *row, bool *ret_tried)
{
	for (size_t i = 0; i < ARRAY_SIZE(experiments); i++)
		if (strcmp(experiments[i].key, row->key) == 0) {
			*ret_tried = experiments[i].tried;
			return experiments[i].text;
		}
	*ret_tried = false;
	return "";
}

uint64_t unshare_implies(uint64_t flags)
{
	uint64_t all = flags;

	if (all & CLONE_NEWUSER_)
		all |= CLONE_THREAD_ | CLONE_FS_;
	if (all & UNSHARE_EMPTY_MNTNS_)
		all |= CLONE_NEWNS_;
	if (all & CLONE_NEWNS_)
		all |= CLONE_FS_;
	if (all & CLONE_NEWIPC_)
		all |= CLONE_SYSVSEM_;
	if (all & CLONE_VM_)
		all |= CLONE_SIGHAND_;
	if (all & CLONE_SIGHAND_)
		all |= CLONE_THREAD_;
	return all & ~flags;
}

static struct resource_share share(enum share_state state, const char *text)
{
	return (struct resource_share){ state, text };
}

/* kernel/fork.c, copy_process: who becomes real_parent, and what exit_signal is. */
static struct resource_share parent_share(uint64_t flags)
{
	if (flags & CLONE_THREAD_)
		return share(SHARE_PARENT, "the process's parent; its end sends no signal, and none can wait for it");
	if (flags & CLONE_PARENT_)
		return share(SHARE_PARENT, "the creator's parent, which gets the exit signal of the creator's process");
	if (flags & CLONE_AUTOREAP_)
		return share(SHARE_FRESH, "its creator, which gets no signal and has nothing to wait for");
	if (flags & CLONE_NEWPID_ && flags & CLONE_SIGHAND_) /* kernel/pid_namespace.c, zap_pid_ns_processes */
		return share(SHARE_FRESH, "its creator, which gets the exit signal, but ignores SIGCHLD from then on");
	return outcomes[RES_PARENT].clear;
}

static struct resource_share stack_share(uint64_t flags)
{
	if (!(flags & CLONE_VM_))
		return outcomes[RES_STACK].clear;
	if (flags & CLONE_VFORK_)
		return share(SHARE_PARENT, "the stack argument; without one its creator's, which sleeps meanwhile");
	return share(SHARE_FRESH, "the stack argument (without one both would run on the same stack)");
}

static struct resource_share errno_share(uint64_t flags)
{
	if (flags & CLONE_SETTLS_)
		return share(SHARE_FRESH, "in its own TLS");
	if (flags & CLONE_VM_)
		return share(SHARE_SHARED, "one TLS for both: each spoils the other's errno");
	return outcomes[RES_ERRNO].clear;
}

/*
 * kernel/time/namespace.c, timens_on_fork: copy_namespaces calls it only without CLONE_VM, since 6.2.
 * Before that only stable kernels let clone3 come there with CLONE_VM: their child is in the new one at once.
 */
static struct resource_share time_ns_share(uint64_t flags)
{
	if (flags & CLONE_NEWTIME_ && flags & CLONE_VM_)
		return share(SHARE_SHARED,
			"the creator's until it execs (CLONE_VM), then the new one; before Linux 6.2 the new one at "
			"once");
	return flags & CLONE_NEWTIME_ ? outcomes[RES_NS_TIME].set : outcomes[RES_NS_TIME].clear;
}

static struct resource_share tracer_share(uint64_t flags)
{
	if (flags & CLONE_PTRACE_)
		return share(SHARE_PARENT, "the creator's tracer, if it has one");
	if (flags & CLONE_UNTRACED_)
		return share(SHARE_NONE, "untraced, even if the creator's tracer follows children");
	return outcomes[RES_PTRACE].clear;
}

/* The rows that more than one bit decides. False for the others. */
static bool combined_share(enum resource_id id, uint64_t flags, struct resource_share *ret)
{
	if (id == RES_PARENT)
		*ret = parent_share(flags);
	else if (id == RES_STACK)
		*ret = stack_share(flags);
	else if (id == RES_ERRNO)
		*ret = errno_share(flags);
	else if (id == RES_NS_TIME)
		*ret = time_ns_share(flags);
	else if (id == RES_PTRACE)
		*ret = tracer_share(flags);
	else if (id == RES_SIGHAND && flags & CLONE_CLEAR_SIGHAND_)
		*ret = share(SHARE_FRESH, "caught signals are back at their default; ignored ones stay ignored");
	else if (id == RES_NS_MNT && flags & CLONE_EMPTY_MNTNS_)
		*ret = share(SHARE_FRESH, "new: nothing but a root");
	else if (id == RES_CREDS && flags & CLONE_NEWUSER_)
		*ret = share(SHARE_FRESH, "the same ids outside; every capability in its new user namespace");
	else if (id == RES_ALTSTACK && (flags & (CLONE_VM_ | CLONE_VFORK_)) == CLONE_VM_)
		*ret = share(SHARE_NONE, "disabled, until it calls sigaltstack"); /* kernel/fork.c: sas_ss_reset */
	else if (id == RES_ALTSTACK && flags & CLONE_VM_)
		*ret = share(SHARE_PARENT, "its creator's, which sleeps meanwhile");
	else if (id == RES_OOM && (flags & (CLONE_VM_ | CLONE_VFORK_ | CLONE_THREAD_)) == CLONE_VM_)
		*ret = share(SHARE_COPIED, "equal now; a write is passed on to all that share the memory");
	else
		return false;
	return true;
}

struct resource_share resource_share(size_t row, uint64_t flags)
{
	struct resource_share ret;

	if (row >= RES_COUNT)
		return share(SHARE_NONE, "");
	if (combined_share((enum resource_id)row, flags, &ret))
		return ret;
	return flags & outcomes[row].flag ? outcomes[row].set : outcomes[row].clear;
}

const char *share_state_name(enum share_state state)
{
	static const char *const names[SHARE_STATES] = { "shared", "copied", "fresh", "parent", "none" };

	return state < SHARE_STATES ? names[state] : "";
}
