/* SPDX-License-Identifier: MIT */
/* What a call changes in the model: areas that become stacks, what a task registers, who joins whom. */
#include "model/model_impl.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include <thrtrace/page.h>
#include <thrtrace/uapi.h>

static bool done(const struct ev_call *c)
{
	return c->how == RESULT_SEEN && !call_failed(c->result);
}

static int apply_mmap(const struct model *m, struct space *s, struct ev_call *c)
{
	uint64_t len = page_round_up(c->call->arg[1], m->page);
	uint32_t prot = (uint32_t)c->call->arg[2], flags = (uint32_t)c->call->arg[3];
	taddr low = (taddr)c->result;

	if (!done(c) || !(flags & MAP_ANONYMOUS) || len == 0 || low + len < low)
		return 0;
	struct area *in = areas_find(&s->areas, low);
	if ((flags & MAP_FIXED) && in &&
		in->high >= low + len) { /* a runtime arranges things inside its thread's stack, or in its heap */
		c->area_known = in->role;
		in->arranged |= in->role == AREA_MAYBE && prot != PROT_NONE;
		return 0;
	}
	if (!(flags & MAP_STACK) && prot != PROT_NONE) {
		areas_remove(&s->areas, low, low + len);
		return 0;
	}
	struct area *a = areas_add(&s->areas, low, low + len);
	if (!a)
		return -ENOMEM;
	a->usable = prot == PROT_NONE ? low + len : low;
	a->made_ns = c->took_ns;
	a->made_seen = true;
	c->area_known = AREA_MAYBE;
	return 0;
}

/* The end of [addr, length) of mprotect, madvise and munmap: the kernel rounds the length up to pages. */
static taddr range_end(const struct model *m, const struct call *call)
{
	return call->arg[0] + page_round_up(call->arg[1], m->page);
}

/* The call touches this area: what of it the views want to know. */
static void call_touches(struct model *m, struct ev_call *c, const struct area *a)
{
	c->area_known = a->role;
	c->stack_of = a->owner ? model_by_serial(m, a->owner) : NULL;
}

static void apply_mprotect(struct model *m, struct space *s, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(m, c->call);
	struct area *a = areas_find(&s->areas, low);

	if (!a || high < low || high > a->high)
		return;
	call_touches(m, c, a);
	if (!done(c))
		return;
	a->made_ns += a->role == AREA_MAYBE ? c->took_ns : 0;
	if (c->call->arg[2] != PROT_NONE) {
		if (low < a->usable)
			a->usable = low;
		if (a->runtime_guard > low && low <= a->low)
			a->runtime_guard = 0;
	} else if (low == a->low && a->usable == a->low) {
		a->runtime_guard = high;
		struct task *t = own(c->stack_of);
		if (t && t->life != TASK_DEAD && t->stack.high == a->high) {
			t->stack.guard = GUARD_RUNTIME;
			t->stack.guard_low = low;
			t->stack.guard_bytes = high - low;
			t->stack.low = high;
		}
	}
}

void apply_touched(struct task *t, const struct touched *touched)
{
	t->stack.gone |= touched->gone;
	if (!touched->known || !t->stack.high || touched->lowest > t->stack.high)
		return;
	uint64_t bytes = t->stack.high - touched->lowest;
	if (!t->stack.touched_known || bytes > t->stack.touched)
		t->stack.touched = bytes;
	t->stack.touched_known = true;
}

static void apply_madvise(struct model *m, struct space *s, struct task *t, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(m, c->call);
	struct area *a = areas_find(&s->areas, low);

	apply_touched(t, &c->touched);
	if (!a || high < low)
		return;
	call_touches(m, c, a);
	if (!done(c))
		return;
	a->made_ns += a->role == AREA_MAYBE ? c->took_ns : 0;
	if (c->call->arg[2] == MADV_GUARD_INSTALL_ && low == a->low)
		a->madv_guard = high - low;
	else if (c->call->arg[2] == MADV_GUARD_REMOVE_ && low <= a->low)
		a->madv_guard = 0;
}

static void apply_munmap(struct model *m, struct space *s, const struct task *by, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(m, c->call);
	struct area *a = areas_find(&s->areas, low);

	if (a)
		call_touches(m, c, a);
	if (!done(c) || high <= low)
		return;
	while ((a = areas_overlapping(&s->areas, low, high))) {
		struct task *t = a->owner && high >= a->high ? own(model_by_serial(m, a->owner)) : NULL;
		if (t && t->life != TASK_DEAD) {
			t->stack.unmapped_by = by->label + 1;
			t->stack.gone = true;
		}
		areas_remove(&s->areas, a->low, a->high);
	}
}

static bool is_startup(const struct task *t)
{
	return t->group->total == 1 && t->group->exec_done && !t->group->started;
}

/* A task's own words for the kernel: where its robust list, its tid and its TLS lie. */
static void apply_registration(struct task *t, struct ev_call *c)
{
	const uint64_t *arg = c->call->arg;

	c->startup = is_startup(t);
	switch ((int)c->call->id) {
	case CALL_set_robust_list:
		if (done(c)) {
			t->robust_head = arg[0];
			t->robust_set = true;
		}
		break;
	case CALL_set_tid_address:
		t->clear_tid = arg[0];
		hash_clear(t);
		break;
	case CALL_rseq:
		if (done(c))
			t->rseq = arg[2] & RSEQ_FLAG_UNREGISTER_ ? 0 : arg[0];
		break;
	case CALL_arch_prctl:
		if (done(c) && arg[0] == ARCH_SET_FS_) {
			t->tls = arg[1];
			t->tls_known = true;
			hash_clear(t);
		}
		break;
	default:
		break;
	}
}

static void apply_altstack(struct task *t, struct ev_call *c)
{
	const struct call_altstack *a = &c->call->u.altstack;
	struct task *found = NULL;

	if (!done(c) || !c->call->arg[0] || (c->call->defects & CALL_ARGS_UNREAD))
		return;
	taddr at = (uint32_t)a->flags & SS_DISABLE_ ? 0 : a->sp;
	if (at)
		HASH_FIND(hh_alt, t->group->space->by_altstack, &at, sizeof(at), found);
	c->altstack_rival = found != t ? found : NULL;
	hash_altstack(t, at);
}

static void apply_prctl(struct task *t, const struct ev_call *c)
{
	if (!done(c))
		return;
	if ((uint32_t)c->call->arg[0] == PR_SET_NAME_) {
		memcpy(t->comm, c->call->u.name.comm, sizeof(t->comm));
		t->named = true;
		find_role(t);
	} else if ((uint32_t)c->call->arg[0] == PR_SET_PDEATHSIG_) {
		t->pdeath_sig = (int)c->call->arg[1];
	}
}

int apply_call(struct model *m, struct event *ev)
{
	struct ev_call *c = &ev->u.call;
	struct task *t = own(ev->task);

	if (c->unstarted)
		own(c->unstarted)->start_refused = true;
	if (!t->group)
		return 0;
	struct space *s = t->group->space;
	switch ((int)c->call->id) {
	case CALL_mmap:
		return apply_mmap(m, s, c);
	case CALL_mprotect:
		apply_mprotect(m, s, c);
		break;
	case CALL_munmap:
		apply_munmap(m, s, t, c);
		break;
	case CALL_madvise:
		apply_madvise(m, s, t, c);
		break;
	case CALL_set_robust_list:
	case CALL_set_tid_address:
	case CALL_rseq:
	case CALL_arch_prctl:
		apply_registration(t, c);
		break;
	case CALL_sigaltstack:
		apply_altstack(t, c);
		break;
	case CALL_prctl:
		apply_prctl(t, c);
		break;
	case CALL_clone:
	case CALL_clone3:
		t->group->started = true;
		break;
	default:
		break;
	}
	return 0;
}

void apply_call_begin(struct event *ev)
{
	struct task *joined = own(ev->u.call.joins);

	if (!joined || ev->u.call.waits != WAITS_TO_JOIN)
		return;
	joined->joiner = ev->task->id.serial;
	joined->joiner_label = ev->task->label;
	own(ev->task)->join_begin_ns = ev->t_ns;
}

void apply_join(struct event *ev)
{
	struct ev_join *j = &ev->u.join;

	j->waited_ns = ev->t_ns - ev->task->join_begin_ns;
	j->after_exit_ns = j->joined->t_exit_ns ? ev->t_ns - j->joined->t_exit_ns : 0;
	own(j->joined)->joined = true;
	own(j->joined)->join_after_ns = j->after_exit_ns;
}

static void count_never_joined(struct creation *c, const struct task *t)
{
	c->never_joined++;
	if (t->stack.kind == STACK_OWN_MAPPING || t->stack.kind == STACK_CACHED)
		c->never_joined_bytes += t->stack.high - t->stack.low + t->stack.guard_bytes;
}

void apply_noted(struct event *ev)
{
	const struct ev_noted *n = &ev->u.noted;
	struct task *t = own(ev->task);

	if (t->joined)
		return;
	t->noted = n->note;
	t->joined_late = n->late;
	if (t->noted == JOIN_NEVER && !n->killed && t->creation && !is_kept_by_runtime(t))
		count_never_joined(t->creation, t);
	if (!n->by)
		return;
	t->joined = true;
	t->joiner = n->by->id.serial;
	t->joiner_label = n->by->label;
}
