/* SPDX-License-Identifier: MIT */
/* What a birth adds to the model: the task, its group and space, where its stack lies, and who made it. */
#include "model/model_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/uapi.h>

#include "model/stack.h"

/* Bytes below an initial stack pointer that stand for the whole stack when its bounds are unknown. */
#define STACK_MARK 64

static int join_group(struct model *m, struct task *t, const struct task *creator, const struct ev_birth *b)
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
		bool shares = creator && creator->group && (b->args.flags & CLONE_VM_);
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

/* Remembers the top of a stack whose bounds nobody has told, to notice a second task on it. */
static void mark_place(const struct model *m, struct task *t, taddr sp)
{
	const struct area *there = sp ? areas_find(&t->group->space->areas, sp - 1) : NULL;
	const struct task *owner = there && there->owner ? model_by_serial(m, there->owner) : NULL;

	if (sp < STACK_MARK || (there && !there->mark && owner && owner->life != TASK_DEAD))
		return;
	struct area *a = areas_add(&t->group->space->areas, sp - STACK_MARK, sp);
	if (!a)
		return;
	a->mark = true;
	a->role = AREA_STACK;
	a->owner = t->id.serial;
}

/*
 * Remembers the stack of a task that was there before: a later thread on it, or a fault in its guard, is then known.
 */
static void take_found_stack(const struct model *m, struct task *t, const struct stack_area *found)
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
	a->made_seen = m->sees_maps;
}

static void take_attached(const struct model *m, struct task *t, const struct attached_facts *a)
{
	t->age_ns = a->age_known ? a->age_ns : 0;
	t->before_known = a->cpu_known;
	t->before = a->used;
	t->robust_set = a->robust_known && a->robust_head;
	t->robust_head = t->robust_set ? a->robust_head : 0;
	t->rseq = a->rseq_known ? a->rseq : 0;
	t->group->space->libc = a->libc;
	t->group->started = true;
	if (a->stack)
		take_found_stack(m, t, a->stack);
}

/*
 * Who is alive and runs in the same place. Two threads whose stack pointers are pages apart have been given pieces of
 * one mapping.
 */
static const struct task *rival_in(const struct model *m, const struct area *a, taddr sp, enum libc_kind libc)
{
	const struct task *t = a && a->owner ? model_by_serial(m, a->owner) : NULL;

	if (!t || t->life != TASK_LIVE || t->t_exit_ns)
		return NULL;
	/* Its detached thread unmaps its stack before it ends, and the place may have been mapped anew, unseen. */
	if (libc == LIBC_MUSL && !a->made_seen && !a->mark)
		return NULL;
	/* Its runtime takes a stack back right before the exit of who has left it for good (runtime.exitThread). */
	if (libc == LIBC_GO)
		return NULL;
	taddr apart = t->stack.sp > sp ? t->stack.sp - sp : sp - t->stack.sp;
	return a->mark || apart < m->page ? t : NULL;
}

/*
 * Another thread was given a piece of the mapping around this stack pointer, and nobody has told its bounds. It may be
 * over: C libraries keep a stack for the next one.
 */
static bool holds_another(const struct model *m, const struct areas *all, const struct stack_area *s)
{
	const struct area *a, *before;

	for (taddr low = s->low; low < s->high && (a = areas_overlapping(all, low, s->high)); low = a->high) {
		while (a->low > low && (before = areas_overlapping(all, low, a->low)))
			a = before;
		taddr apart = a->high > s->sp ? a->high - s->sp : s->sp - a->high;
		if (a->mark && apart >= m->page)
			return true;
	}
	return false;
}

/*
 * The mapping around its stack pointer begins as a stack that is known, and that ends below it: the kernel has made one
 * mapping of both. Where a stack was before and is no more, the mapping does not begin above that one's guard.
 */
static bool follows_another(const struct areas *all, const struct stack_area *s)
{
	const struct area *a = areas_find(all, s->low);

	return a && !a->mark && a->role == AREA_STACK && a->usable == s->low && a->high < s->sp;
}

static void take_stack(struct model *m, struct task *t, struct ev_birth *b)
{
	taddr sp = call_clone_sp(&b->args);
	enum libc_kind libc = t->group->space->libc;
	struct area *a = sp ? areas_find(&t->group->space->areas, sp - 1) : NULL;

	/*
	 * What was there before may have been unmapped unseen; and an end may be told later than who was joined by
	 * it goes on.
	 */
	if (a && ((b->observed && !b->facts.at_sp_known) || !stack_area_holds(a, b)))
		a = NULL;
	b->rival = b->observed ? NULL : rival_in(m, a, sp, libc);
	stack_find(&t->stack, b, a && !a->mark ? a : NULL, libc, m->page);
	if ((!a || a->mark) && b->args.via != VIA_CLONE3 &&
		(holds_another(m, &t->group->space->areas, &t->stack) ||
			follows_another(&t->group->space->areas, &t->stack)))
		stack_is_piece(&t->stack);
	if (b->rival && t->stack.kind == STACK_CACHED)
		t->stack.kind = STACK_OWN_MAPPING;
	if (t->stack.kind != STACK_OWN_MAPPING && t->stack.kind != STACK_CACHED) {
		mark_place(m, t, sp);
		return;
	}
	if (!a || a->low > t->stack.low || a->high != t->stack.high) { /* known from the mappings only: remember it */
		taddr low = t->stack.guard_bytes ? t->stack.guard_low : t->stack.low;
		a = areas_add(&t->group->space->areas, low, t->stack.high);
		if (!a)
			return;
		a->usable = t->stack.low;
		a->madv_guard = t->stack.guard == GUARD_MADVISE ? t->stack.guard_bytes : 0;
		a->made_seen = m->sees_maps;
	}
	t->stack.again = a->used && !a->made_seen;
	b->stack_ns = a->used ? 0 : a->made_ns;
	a->role = AREA_STACK;
	a->owner = t->id.serial;
	a->used++;
}

/* A live thread whose end clears the word of this one's. musl gives all of its threads one word, which is a lock. */
static const struct task *find_clear_rival(const struct model *m, const struct task *t)
{
	const struct space *s = t->group->space;
	struct task *found = NULL;

	if (t->clear_tid && s->libc != LIBC_MUSL && !m->lacks_ends)
		HASH_FIND(hh_clear, s->by_clear, &t->clear_tid, sizeof(t->clear_tid), found);
	return found && found->life == TASK_LIVE && !found->t_exit_ns ? found : NULL;
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

/* The child of a fork has a copy of its creator's memory, and of its threads that one alone. */
static void take_left_behind(const struct model *m, struct task *t, const struct ev_birth *b)
{
	const struct group *g = b->creator ? b->creator->group : NULL;

	if (t->thread || b->kind != BIRTH_CALL || (b->args.flags & CLONE_VM_) || !g || g->live < 2 || m->lacks_ends)
		return;
	for (const struct task *o = m->by_serial; o && t->left_behind.n + 1 < g->live; o = o->hh.next)
		if (o->group == g && o != b->creator && o->life == TASK_LIVE && !o->t_exit_ns)
			few_add(&t->left_behind, o);
}

void find_role(struct task *t)
{
	t->role = role_of(&t->roles, t->comm);
}

/* Processes have none: their first threads run main(). */
static void take_marks(struct model *m, struct task *t, const struct ev_birth *b)
{
	const struct frame *start = b->start && b->start->known ? &b->start->at : NULL;
	struct role_marks marks = { .start = start, .bt = b->bt };

	if (!t->thread)
		return;
	if (b->kind == BIRTH_IO_WORKER)
		marks.task_flags = ROLE_PF_IO_WORKER;
	t->start_in = start ? start->module : NULL;
	role_birth(&t->roles, &marks, &m->role_memo);
	find_role(t);
}

int apply_birth(struct model *m, struct event *ev)
{
	struct ev_birth *b = &ev->u.birth;
	struct task *t = own(ev->task);

	t->birth = b->kind;
	t->born = b->args;
	t->followed = b->followed;
	t->thread = b->kind == BIRTH_CALL || b->kind == BIRTH_UNTRACED ? (b->args.flags & CLONE_THREAD_) != 0 :
									 t->tgid != t->id.tid;
	t->t_born_ns = ev->t_ns;
	if (b->comm)
		strncpy(t->comm, b->comm, sizeof(t->comm) - 1);
	int err = join_group(m, t, b->creator, b);
	if (err)
		return err;
	struct space *s = t->group->space;
	if (s->libc == LIBC_UNKNOWN && b->args.via == VIA_CLONE && (b->args.flags & CLONE_DETACHED_))
		s->libc = LIBC_MUSL; /* nobody else sets this flag any more */
	b->go = s->libc == LIBC_GO;
	if (b->facts.tp_known) {
		t->tls = b->facts.tp;
		t->tls_known = true;
	} else if (b->args.flags & CLONE_SETTLS_) {
		t->tls = call_clone_tls(&b->args);
		t->tls_known = b->args.desc_read || !b->args.tls_desc;
	}
	if (b->args.flags & CLONE_CHILD_CLEARTID_)
		t->clear_tid = b->args.child_tid;
	t->tid_inside = b->facts.tid_inside;
	if (b->attached)
		take_attached(m, t, b->attached);
	if (t->followed) {
		b->clear_rival = find_clear_rival(m, t);
		hash_clear(t);
	}
	if (b->kind == BIRTH_OBSERVED) {
		if (b->stack)
			take_found_stack(m, t, b->stack);
	} else if (!b->attached) {
		take_stack(m, t, b);
	}
	if (b->start)
		t->at = *start_runs(b->start, b->bt);
	const struct frame *made_at = b->bt ? backtrace_maker(b->bt) : NULL;
	if (made_at)
		t->made_at = *made_at;
	if (b->kind == BIRTH_CALL) {
		b->like = like_which(m, t);
		count_creation(m, t, b);
	}
	take_left_behind(m, t, b);
	take_marks(m, t, b);
	m->counts.births++;
	m->counts.there += b->kind == BIRTH_ATTACHED;
	m->counts.threads += t->thread;
	if (++m->counts.live > m->counts.peak)
		m->counts.peak = m->counts.live;
	return 0;
}
