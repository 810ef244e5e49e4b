/* SPDX-License-Identifier: MIT */
#include "follow/untraced.h"

#include <thrtrace/explain.h>

#include "follow/facts.h"

bool untraced_take(struct run *r, struct tracee *t, const struct syscall_stop *at)
{
	enum call_id id = call_by_nr(abi_by_audit(at->arch), at->nr);
	struct task_mem ctx = { r->k, t->tid };
	struct mem mem = task_mem(&ctx);
	uint64_t flags = at->arg[0];
	int err;

	if (!r->syscall_filter_child || (id != CALL_clone && id != CALL_clone3))
		return false;
	bool read = t->in_call && t->call.id == CALL_clone3 && t->call.u.clone.args_read >= sizeof(flags);
	if (id == CALL_clone3 && read)
		flags = t->call.u.clone.flags;
	else if (id == CALL_clone3 && mem_u64(&mem, at->arg[0], &flags) < 0)
		return false;
	if (!(flags & CLONE_UNTRACED_))
		return false;
	uint64_t traced = flags & ~CLONE_UNTRACED_;
	if (id == CALL_clone3)
		err = r->k->write_mem(r->k->ctx, t->tid, at->arg[0], &traced, sizeof(traced));
	else
		err = r->k->set_arg0(r->k->ctx, t->tid, at->arch, traced);
	if (err)
		return false;
	t->untraced.taken = true;
	t->untraced.at = id == CALL_clone3 ? at->arg[0] : 0;
	t->untraced.flags = flags;
	t->untraced.arch = at->arch;
	return true;
}

void untraced_put_back(struct run *r, struct tracee *t, bool returned)
{
	if (!t->untraced.taken)
		return;
	const struct abi *abi = abi_by_audit(t->untraced.arch);
	t->untraced.taken = false;
	/* -ESRCH: it dies, and needs it no more. Memory that has gone meanwhile is the program's own doing. */
	if (t->untraced.at)
		(void)!r->k->write_mem(
			r->k->ctx, t->tid, t->untraced.at, &t->untraced.flags, sizeof(t->untraced.flags));
	else if (!returned || !abi || !abi->arg0_is_result)
		(void)!r->k->set_arg0(r->k->ctx, t->tid, t->untraced.arch, t->untraced.flags);
}
