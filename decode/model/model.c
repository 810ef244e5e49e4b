/* SPDX-License-Identifier: MIT */
/* The model of model.h: records, their indexes, and what each event does to them. */
#include <thrtrace/model.h>

#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <thrtrace/tables.h>

#include "model/areas.h"
#include "model/stack.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE  103
#endif
#define ARCH_SET_FS 0x1002

/*
 * musl's struct pthread keeps detach_state here on 64-bit machines whose TLS base is its start (1.2.x:
 * pthread_impl.h).
 */
#define MUSL_DETACH_STATE 0x38

#define SHAPES 32

/* Bytes below an initial stack pointer that stand for the whole stack when its bounds are unknown. */
#define STACK_MARK 64

/* A kind of thread that has been explained once: later ones are "like T1". */
struct shape {
	uint64_t flags, exit_signal, stack_bytes, guard_bytes;
	enum clone_via via;
	enum stack_kind stack;
	enum guard_kind guard;
	uint32_t label;
	bool used;
};

struct space {
	uint32_t refs; /* groups in it: CLONE_VM without CLONE_THREAD makes more than one */
	enum libc_kind libc;
	struct areas areas;
	struct task *by_clear; /* live tasks by the word that their end clears, or that their joiner waits on */
};

struct model {
	struct task *by_serial;
	struct task *by_tid, *dead_by_tid;
	struct group *groups;
	struct task *dead_first, *dead_last;
	size_t n_dead, keep_dead;
	uint32_t last_serial;
	struct model_counts counts;
	struct creation *creations;
	struct shape shape[SHAPES];
	unsigned next_shape;
};

/* ---- records ---- */

struct model *model_new(size_t keep_dead)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m)
		m->keep_dead = keep_dead;
	return m;
}

static void space_put(struct space *s)
{
	if (!s || --s->refs)
		return;
	areas_release(&s->areas);
	free(s);
}

static struct space *space_new(enum libc_kind libc)
{
	struct space *s = calloc(1, sizeof(*s));

	if (s) {
		s->refs = 1;
		s->libc = libc;
	}
	return s;
}

static void group_free(struct model *m, struct group *g)
{
	HASH_DEL(m->groups, g);
	space_put(g->space);
	free(g);
}

static void unhash_clear(struct task *t)
{
	if (t->clear_key && t->group)
		HASH_DELETE(hh_clear, t->group->space->by_clear, t);
	t->clear_key = 0;
}

/* The word whose wake-up ends a join of t: glibc's is the one the kernel clears, musl's is another. */
static void hash_clear(struct task *t)
{
	struct space *s = t->group->space;

	unhash_clear(t);
	if (s->libc == LIBC_MUSL)
		t->clear_key = t->tls_known && t->tls ? t->tls + MUSL_DETACH_STATE : 0;
	else
		t->clear_key = t->clear_tid;
	if (t->clear_key)
		HASH_ADD(hh_clear, s->by_clear, clear_key, sizeof(t->clear_key), t);
}

void model_free(struct model *m)
{
	struct task *t, *tnext;
	struct group *g, *gnext;

	if (!m)
		return;
	HASH_ITER (hh, m->groups, g, gnext) {
		HASH_CLEAR(hh_clear, g->space->by_clear);
		group_free(m, g);
	}
	struct creation *c, *cnext;
	HASH_ITER (hh, m->creations, c, cnext) {
		HASH_DEL(m->creations, c);
		free(c);
	}
	HASH_CLEAR(hh_tid, m->by_tid);
	HASH_CLEAR(hh_tid, m->dead_by_tid);
	HASH_ITER (hh, m->by_serial, t, tnext) {
		HASH_DEL(m->by_serial, t);
		free(t);
	}
	free(m);
}

struct task *model_task_new(struct model *m, pid_t tid, pid_t tgid, struct task *creator)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->id = (struct task_id){ .tid = tid, .serial = ++m->last_serial };
	t->label = t->id.serial - 1;
	t->tgid = tgid;
	if (creator) {
		t->creator = creator->id.serial;
		t->creator_label = creator->label;
		memcpy(t->comm, creator->comm, sizeof(t->comm));
	}
	HASH_ADD(hh, m->by_serial, id.serial, sizeof(t->id.serial), t);
	if (!t->hh.tbl) {
		free(t);
		return NULL;
	}
	struct task *other = model_by_tid(m, tid);
	if (other) /* the tid was reused before its former owner's end was told */
		HASH_DELETE(hh_tid, m->by_tid, other);
	HASH_ADD(hh_tid, m->by_tid, id.tid, sizeof(t->id.tid), t);
	return t;
}

struct task *model_by_tid(const struct model *m, pid_t tid)
{
	struct task *t;

	HASH_FIND(hh_tid, m->by_tid, &tid, sizeof(tid), t);
	return t;
}

static struct task *dead_by_tid(const struct model *m, pid_t tid)
{
	struct task *t;

	HASH_FIND(hh_tid, m->dead_by_tid, &tid, sizeof(tid), t);
	return t;
}

struct task *model_last_by_tid(const struct model *m, pid_t tid)
{
	struct task *t = model_by_tid(m, tid);

	return t ? t : dead_by_tid(m, tid);
}

struct task *model_by_serial(const struct model *m, uint32_t serial)
{
	struct task *t;

	HASH_FIND(hh, m->by_serial, &serial, sizeof(serial), t);
	return t;
}

const struct task *model_next(const struct model *m, uint32_t after_serial)
{
	/* uthash keeps the order of insertion, which is the order of birth. */
	if (after_serial == 0)
		return m->by_serial;
	const struct task *t = model_by_serial(m, after_serial);
	return t ? t->hh.next : NULL;
}

struct model_counts model_counts(const struct model *m)
{
	return m->counts;
}

enum libc_kind model_libc(const struct model *m, const struct task *t)
{
	(void)m;
	return t->group ? t->group->space->libc : LIBC_UNKNOWN;
}

const struct area *model_area(const struct model *m, const struct task *t, taddr addr)
{
	(void)m;
	return t->group ? areas_find(&t->group->space->areas, addr) : NULL;
}

struct task *model_stack_owner(const struct model *m, const struct task *t, taddr addr)
{
	const struct area *a = model_area(m, t, addr);

	return a && a->owner ? model_by_serial(m, a->owner) : NULL;
}

struct task *model_joined_by_wait(const struct model *m, const struct task *t, taddr addr, uint32_t op, uint32_t val)
{
	uint32_t cmd = op & (uint32_t)FUTEX_CMD_MASK;
	bool is_private = op & FUTEX_PRIVATE_FLAG;
	struct task *found;
	(void)m;

	if (!t->group || (cmd != FUTEX_WAIT && cmd != FUTEX_WAIT_BITSET))
		return NULL;
	/*
	 * The kernel's wake at exit is a shared one: a private waiter would never hear it (facts: mm_release). musl's
	 * own is private.
	 */
	bool musl = t->group->space->libc == LIBC_MUSL;
	if (musl ? !is_private || (val != 1 && val != 2) : is_private)
		return NULL;
	HASH_FIND(hh_clear, t->group->space->by_clear, &addr, sizeof(addr), found);
	return found == t ? NULL : found;
}

/* ---- birth ---- */

static int join_group(struct model *m, struct task *t, struct task *creator, const struct ev_birth *b)
{
	struct group *g;

	HASH_FIND(hh, m->groups, &t->tgid, sizeof(t->tgid), g);
	if (g && !t->thread && b->kind == BIRTH_CALL) { /* its last owner's end was never told */
		g->tgid = -g->tgid;
		HASH_DEL(m->groups, g);
		HASH_ADD(hh, m->groups, tgid, sizeof(g->tgid), g);
		g = NULL;
	}
	if (!g) {
		g = calloc(1, sizeof(*g));
		if (!g)
			return -ENOMEM;
		g->tgid = t->tgid;
		g->serial = t->id.serial;
		bool shares = creator && creator->group && (b->args.flags & CLONE_VM);
		if (shares) {
			g->space = creator->group->space;
			g->space->refs++;
		} else {
			g->space = space_new(creator && creator->group ? creator->group->space->libc : LIBC_UNKNOWN);
		}
		if (!g->space) {
			free(g);
			return -ENOMEM;
		}
		HASH_ADD(hh, m->groups, tgid, sizeof(g->tgid), g);
	}
	t->group = g;
	g->live++;
	g->total++;
	if (g->live > g->peak)
		g->peak = g->live;
	return 0;
}

static uint32_t like_which(struct model *m, const struct task *t)
{
	struct shape s = {
		.flags = t->born.flags,
		.exit_signal = t->born.exit_signal,
		.via = t->born.via,
		.guard = t->stack.guard,
		.stack = t->stack.kind == STACK_CACHED ? STACK_OWN_MAPPING : t->stack.kind,
		.stack_bytes = t->stack.high - t->stack.low,
		.guard_bytes = t->stack.guard_bytes,
		.label = t->label,
		.used = true,
	};

	if (t->stack.kind == STACK_CALLER || t->stack.kind == STACK_HEAP)
		s.stack_bytes = s.guard_bytes = 0;
	for (unsigned i = 0; i < SHAPES; i++) {
		const struct shape *o = &m->shape[i];
		if (o->used && o->flags == s.flags && o->exit_signal == s.exit_signal && o->via == s.via &&
			o->stack == s.stack && o->guard == s.guard && o->stack_bytes == s.stack_bytes &&
			o->guard_bytes == s.guard_bytes)
			return o->label + 1;
	}
	m->shape[m->next_shape++ % SHAPES] = s;
	return 0;
}

/* A stack whose bounds nobody told: its top is remembered, to notice a second task on it. */
static void mark_place(struct task *t, taddr sp, struct area *a)
{
	if (sp < STACK_MARK || (a && !a->mark))
		return;
	a = areas_add(&t->group->space->areas, sp - STACK_MARK, sp);
	if (!a)
		return;
	a->mark = true;
	a->role = AREA_STACK;
	a->owner = t->id.serial;
}

/* So that a later thread on the same memory, or a fault in the guard, is told as what it is. */
static void take_found_stack(struct task *t, const struct stack_area *found)
{
	t->stack = *found;
	if (found->kind != STACK_OWN_MAPPING || !found->high)
		return;
	struct area *a = areas_add(
		&t->group->space->areas, found->guard_bytes ? found->guard_low : found->low, found->high);
	if (!a)
		return;
	a->usable = found->low;
	a->madv_guard = found->guard == GUARD_MADVISE ? found->guard_bytes : 0;
	a->role = AREA_STACK;
	a->owner = t->id.serial;
	a->used = 1;
}

static void take_attached(struct task *t, const struct attached_facts *a)
{
	t->age_ns = a->age_known ? a->age_ns : 0;
	t->robust_set = a->robust_known && a->robust_head;
	t->robust_head = t->robust_set ? a->robust_head : 0;
	t->rseq = a->rseq_known ? a->rseq : 0;
	t->group->space->libc = a->libc;
	t->group->started = true;
	if (a->stack)
		take_found_stack(t, a->stack);
}

static void take_stack(struct model *m, struct task *t, struct ev_birth *b)
{
	taddr sp = call_clone_sp(&b->args);
	struct area *a = sp ? areas_find(&t->group->space->areas, sp - 1) : NULL;

	b->rival = a && a->owner ? model_by_serial(m, a->owner) : NULL;
	if (b->rival && (b->rival->life != TASK_LIVE || b->rival->t_exit_ns))
		b->rival = NULL;
	stack_find(&t->stack, b, a && !a->mark ? a : NULL, t->group->space->libc);
	if (t->stack.kind != STACK_OWN_MAPPING && t->stack.kind != STACK_CACHED) {
		mark_place(t, sp, a);
		return;
	}
	if (!a || a->low > t->stack.low || a->high != t->stack.high) { /* known from the mappings only: remember it */
		taddr low = t->stack.guard_bytes ? t->stack.guard_low : t->stack.low;
		a = areas_add(&t->group->space->areas, low, t->stack.high);
		if (!a)
			return;
		a->usable = t->stack.low;
		a->madv_guard = t->stack.guard == GUARD_MADVISE ? t->stack.guard_bytes : 0;
	}
	b->stack_ns = a->used ? 0 : a->made_ns;
	a->role = AREA_STACK;
	a->owner = t->id.serial;
	a->used++;
}

/*
 * Counts the birth at its place. A place that can't be recorded is not counted: the summary is short of it, the trace
 * is not.
 */
static void count_creation(struct model *m, struct task *t, const struct ev_birth *b)
{
	taddr key[2] = { t->made_at.pc, b->start && b->start->known ? b->start->at.pc : 0 };
	struct creation *c;

	if (HASH_COUNT(m->creations) >= CREATIONS_MAX)
		key[0] = key[1] = 0;
	HASH_FIND(hh, m->creations, key, sizeof(key), c);
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return;
		c->made_pc = key[0];
		c->start_pc = key[1];
		c->made_at = key[0] ? t->made_at : (struct frame){ 0 };
		c->start = key[1] ? t->at : (struct frame){ 0 };
		c->first_ns = t->t_born_ns;
		HASH_ADD(hh, m->creations, made_pc, sizeof(key), c);
		if (!c->hh.tbl) {
			free(c);
			return;
		}
	}
	t->creation = c;
	c->made++;
	if (++c->live > c->peak)
		c->peak = c->live;
	c->last_ns = t->t_born_ns;
	if (t->stack.high)
		c->stack_bytes += t->stack.high - t->stack.low + t->stack.guard_bytes;
}

const struct creation *model_next_creation(const struct model *m, const struct creation *after)
{
	return after ? after->hh.next : m->creations;
}

static int apply_birth(struct model *m, struct event *ev)
{
	struct ev_birth *b = &ev->u.birth;
	struct task *t = ev->task;

	t->birth = b->kind;
	t->born = b->args;
	t->followed = b->followed;
	t->thread = b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED ? (b->args.flags & CLONE_THREAD) != 0 :
									 t->tgid != t->id.tid;
	t->t_born_ns = ev->t_ns;
	if (b->comm)
		strncpy(t->comm, b->comm, sizeof(t->comm) - 1);
	int err = join_group(m, t, b->creator, b);
	if (err)
		return err;
	struct space *s = t->group->space;
	if (s->libc == LIBC_UNKNOWN && b->args.via == VIA_CLONE && (b->args.flags & CLONE_DETACHED))
		s->libc = LIBC_MUSL; /* nobody else sets this flag any more */
	if (b->facts.tp_known) {
		t->tls = b->facts.tp;
		t->tls_known = true;
	} else if (b->args.flags & CLONE_SETTLS) {
		t->tls = call_clone_tls(&b->args);
		t->tls_known = b->args.desc_read || !b->args.tls_desc;
	}
	if (b->args.flags & CLONE_CHILD_CLEARTID)
		t->clear_tid = b->args.child_tid;
	t->tid_inside = b->facts.tid_inside;
	if (b->attached)
		take_attached(t, b->attached);
	if (t->followed)
		hash_clear(t);
	if (!b->attached)
		take_stack(m, t, b);
	if (b->start)
		t->at = *start_runs(b->start, b->bt);
	const struct frame *made_at = b->bt ? backtrace_maker(b->bt) : NULL;
	if (made_at)
		t->made_at = *made_at;
	if (b->kind == BIRTH_CALL) {
		b->like = like_which(m, t);
		count_creation(m, t, b);
	}
	m->counts.births++;
	m->counts.threads += t->thread;
	if (++m->counts.live > m->counts.peak)
		m->counts.peak = m->counts.live;
	return 0;
}

/* ---- calls ---- */

static bool done(const struct ev_call *c)
{
	return c->how == RESULT_SEEN && !call_failed(c->result);
}

static int apply_mmap(struct space *s, struct ev_call *c)
{
	uint64_t len = (c->call->arg[1] + 4095) & ~4095ULL;
	uint32_t prot = (uint32_t)c->call->arg[2], flags = (uint32_t)c->call->arg[3];
	taddr low = (taddr)c->result;
	bool map_stack = flags & MAP_STACK;

	if (!done(c) || !(flags & MAP_ANONYMOUS) || len == 0 || low + len < low)
		return 0;
	struct area *in = areas_find(&s->areas, low);
	if ((flags & MAP_FIXED) && in &&
		in->high >= low + len) { /* a runtime arranges things inside its thread's stack */
		c->area_known = in->role;
		return 0;
	}
	if (!map_stack && prot != PROT_NONE) {
		areas_remove(&s->areas, low, low + len);
		return 0;
	}
	struct area *a = areas_add(&s->areas, low, low + len);
	if (!a)
		return -ENOMEM;
	a->map_stack = map_stack;
	a->usable = prot == PROT_NONE ? low + len : low;
	a->made_ns = c->took_ns;
	c->area_known = AREA_MAYBE;
	return 0;
}

/* The end of [addr, length) of mprotect, madvise and munmap: the kernel rounds the length up to pages. */
static taddr range_end(const struct call *call)
{
	return call->arg[0] + ((call->arg[1] + 4095) & ~4095ULL);
}

/* The call touches this area: what of it the views want to know. */
static void call_touches(struct model *m, struct ev_call *c, const struct area *a)
{
	c->area_known = a->role;
	c->stack_of = a->owner ? model_by_serial(m, a->owner) : NULL;
}

static void apply_mprotect(struct model *m, struct space *s, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(c->call);
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
		struct task *t = c->stack_of;
		if (t && t->life != TASK_DEAD && t->stack.high == a->high) {
			t->stack.guard = GUARD_RUNTIME;
			t->stack.guard_low = low;
			t->stack.guard_bytes = high - low;
			t->stack.low = high;
		}
	}
}

static void apply_touched(struct task *t, const struct touched *touched)
{
	if (!touched->known || !t->stack.high || touched->lowest > t->stack.high)
		return;
	uint64_t bytes = t->stack.high - touched->lowest;
	if (!t->stack.touched_known || bytes > t->stack.touched)
		t->stack.touched = bytes;
	t->stack.touched_known = true;
}

static void apply_madvise(struct model *m, struct space *s, struct task *t, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(c->call);
	struct area *a = areas_find(&s->areas, low);

	apply_touched(t, &c->touched);
	if (!a || high < low)
		return;
	call_touches(m, c, a);
	if (!done(c))
		return;
	a->made_ns += a->role == AREA_MAYBE ? c->took_ns : 0;
	if (c->call->arg[2] == MADV_GUARD_INSTALL && low == a->low)
		a->madv_guard = high - low;
	else if (c->call->arg[2] == MADV_GUARD_REMOVE && low <= a->low)
		a->madv_guard = 0;
}

static void apply_munmap(struct model *m, struct space *s, struct ev_call *c)
{
	taddr low = c->call->arg[0], high = range_end(c->call);
	struct area *a = areas_find(&s->areas, low);

	if (a)
		call_touches(m, c, a);
	if (done(c) && high > low)
		areas_remove(&s->areas, low, high);
}

static bool is_startup(const struct task *t)
{
	return t->group->total == 1 && t->group->exec_done && !t->group->started;
}

static int apply_call(struct model *m, struct event *ev)
{
	struct ev_call *c = &ev->u.call;
	struct task *t = ev->task;
	const uint64_t *arg = c->call->arg;

	if (!t->group)
		return 0;
	struct space *s = t->group->space;
	switch ((int)c->call->id) {
	case CALL_mmap:
		return apply_mmap(s, c);
	case CALL_mprotect:
		apply_mprotect(m, s, c);
		break;
	case CALL_munmap:
		apply_munmap(m, s, c);
		break;
	case CALL_madvise:
		apply_madvise(m, s, t, c);
		break;
	case CALL_set_robust_list:
		c->startup = is_startup(t);
		if (done(c)) {
			t->robust_head = arg[0];
			t->robust_set = true;
		}
		break;
	case CALL_set_tid_address:
		c->startup = is_startup(t);
		t->clear_tid = arg[0];
		hash_clear(t);
		break;
	case CALL_rseq:
		c->startup = is_startup(t);
		if (done(c))
			t->rseq = arg[2] & 1 ? 0 : arg[0]; /* RSEQ_FLAG_UNREGISTER */
		break;
	case CALL_arch_prctl:
		c->startup = is_startup(t);
		if (done(c) && arg[0] == ARCH_SET_FS) {
			t->tls = arg[1];
			t->tls_known = true;
			hash_clear(t);
		}
		break;
	case CALL_prctl:
		if (done(c) && (int)arg[0] == PR_SET_NAME) {
			memcpy(t->comm, c->call->u.name.comm, sizeof(t->comm));
			t->named = true;
		}
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

static void apply_call_begin(struct event *ev)
{
	struct task *joined = ev->u.call.joins;

	if (!joined)
		return;
	joined->joiner = ev->task->id.serial;
	joined->joiner_label = ev->task->label;
	ev->task->join_of = joined->id.serial;
	ev->task->join_begin_ns = ev->t_ns;
}

static void apply_join(struct event *ev)
{
	struct ev_join *j = &ev->u.join;

	j->waited_ns = ev->t_ns - ev->task->join_begin_ns;
	j->after_exit_ns = j->joined->t_exit_ns ? ev->t_ns - j->joined->t_exit_ns : 0;
	j->joined->joined = true;
	j->joined->join_after_ns = j->after_exit_ns;
	ev->task->join_of = 0;
}

/* ---- execve and the end ---- */

static int apply_exec(struct model *m, struct event *ev)
{
	struct ev_exec *x = &ev->u.exec;
	struct task *t = ev->task;
	struct space *fresh = space_new(x->libc_kind);

	if (!fresh)
		return -ENOMEM;
	/*
	 * Whoever is still on record in this process has no word in the new space; and a hash must not outlive its
	 * members.
	 */
	struct task *o, *next;
	HASH_ITER (hh_clear, t->group->space->by_clear, o, next)
		if (o->group == t->group)
			unhash_clear(o);
	space_put(t->group->space);
	t->group->space = fresh;
	t->group->exec_done = true;
	t->group->started = false;
	t->group->total = t->group->live;
	t->thread = false;
	if (t->id.tid != t->tgid) { /* the caller's tid becomes the leader's: execve(2), "multithreaded process" */
		HASH_DELETE(hh_tid, m->by_tid, t);
		t->id.tid = t->tgid;
		HASH_ADD(hh_tid, m->by_tid, id.tid, sizeof(t->id.tid), t);
	}
	if (x->comm) {
		strncpy(t->comm, x->comm, sizeof(t->comm) - 1);
		t->named = false;
	}
	t->clear_tid = t->robust_head = t->rseq = t->tls = 0;
	t->robust_set = t->tls_known = false;
	t->stack = (struct stack_area){
		.kind = STACK_MAIN,
		.low = x->stack_low,
		.high = x->stack_high,
		.guard = GUARD_KERNEL,
		.source = "[stack] and RLIMIT_STACK",
	};
	return 0;
}

static void forget_eldest(struct model *m)
{
	struct task *t = m->dead_first;

	m->dead_first = t->next_dead;
	if (!m->dead_first)
		m->dead_last = NULL;
	m->n_dead--;
	if (dead_by_tid(m, t->id.tid) == t)
		HASH_DELETE(hh_tid, m->dead_by_tid, t);
	HASH_DEL(m->by_serial, t);
	free(t);
}

static void bury(struct model *m, struct task *t)
{
	struct group *g = t->group;
	struct task *former;

	unhash_clear(t);
	if (model_by_tid(m, t->id.tid) == t)
		HASH_DELETE(hh_tid, m->by_tid, t);
	HASH_REPLACE(hh_tid, m->dead_by_tid, id.tid, sizeof(t->id.tid), t, former);
	(void)former;
	t->group = NULL;
	if (g && --g->live == 0)
		group_free(m, g);
	if (m->dead_last)
		m->dead_last->next_dead = t;
	else
		m->dead_first = t;
	m->dead_last = t;
	m->n_dead++;
}

static void apply_end(struct model *m, struct event *ev)
{
	struct task *t = ev->task;

	apply_touched(t, &ev->u.end.touched);
	t->end = ev->u.end;
	t->end.by = NULL;
	t->end_by_label = ev->u.end.by ? ev->u.end.by->label + 1 : 0;
	t->life = TASK_DEAD;
	t->t_end_ns = ev->t_ns;
	if (ev->u.end.t_exit_ns)
		t->t_exit_ns = ev->u.end.t_exit_ns;
	if (t->creation)
		t->creation->live--;
	m->counts.ends++;
	m->counts.live--;
	bury(m, t);
}

/* Not those that this end is still to be told with: who ended it may be long dead, and then counts as the youngest. */
static void forget_some(struct model *m, const struct event *ev)
{
	while (m->n_dead > m->keep_dead && m->dead_first != ev->task) {
		struct task *eldest = m->dead_first;
		if (eldest != ev->u.end.by) {
			forget_eldest(m);
			continue;
		}
		m->dead_first = eldest->next_dead;
		m->dead_last->next_dead = eldest;
		m->dead_last = eldest;
		eldest->next_dead = NULL;
	}
}

int model_apply(struct model *m, struct event *ev)
{
	switch (ev->kind) {
	case EV_BIRTH:
		return apply_birth(m, ev);
	case EV_CALL_BEGIN:
		apply_call_begin(ev);
		return 0;
	case EV_CALL:
		return apply_call(m, ev);
	case EV_EXEC:
		return apply_exec(m, ev);
	case EV_JOIN:
		apply_join(ev);
		return 0;
	case EV_LEADER_EXIT:
		ev->task->life = TASK_EXITING;
		return 0;
	case EV_END:
		apply_end(m, ev);
		forget_some(m, ev);
		return 0;
	case EV_START:
	case EV_SIGNAL:
	case EV_STOPPED:
	case EV_CONTINUED:
	case EV_FINDING:
	case EV_SUMMARY:
	case EV_KINDS:
		break;
	}
	return 0;
}
