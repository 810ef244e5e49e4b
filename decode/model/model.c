/* SPDX-License-Identifier: MIT */
/* The model of model.h: records and their indexes. */
#include "model/model_impl.h"

#include <stdlib.h>
#include <string.h>

#include <thrtrace/abi.h>
#include <thrtrace/page.h>
#include <thrtrace/uapi.h>

/*
 * Where musl's struct pthread keeps detach_state on 64-bit machines (1.2.x: pthread_impl.h). The thread pointer is its
 * start; or, with thread-local variables above it, its end: then it has 200 bytes, and no dtv before it.
 */
#define MUSL_STATE       UINT64_C(0x38)
#define MUSL_STATE_BELOW UINT64_C(160)

static taddr musl_state(taddr tp)
{
	const struct abi *abi = abi_native();

	return abi && abi->tls_above_tp ? tp - MUSL_STATE_BELOW : tp + MUSL_STATE;
}

struct model *model_new(size_t keep_dead)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m) {
		m->keep_dead = keep_dead;
		m->page = PAGE_BYTES_LEAST;
	}
	return m;
}

void space_put(struct space *s)
{
	if (!s || --s->refs)
		return;
	areas_release(&s->areas);
	free(s);
}

struct space *space_new(enum libc_kind libc)
{
	struct space *s = calloc(1, sizeof(*s));

	if (s) {
		s->refs = 1;
		s->libc = libc;
	}
	return s;
}

void group_free(struct model *m, struct group *g)
{
	HASH_DEL(m->groups, g);
	space_put(g->space);
	free(g);
}

void unhash_clear(struct task *t)
{
	if (t->clear_key && t->group)
		HASH_DELETE(hh_clear, t->group->space->by_clear, t);
	t->clear_key = 0;
}

/* The word whose wake-up ends a join of t: glibc's is the one the kernel clears, musl's is another. */
void hash_clear(struct task *t)
{
	struct space *s = t->group->space;

	unhash_clear(t);
	if (s->libc == LIBC_MUSL)
		t->clear_key = t->tls_known && t->tls ? musl_state(t->tls) : 0;
	else
		t->clear_key = t->clear_tid;
	if (t->clear_key)
		HASH_ADD(hh_clear, s->by_clear, clear_key, sizeof(t->clear_key), t);
}

void hash_altstack(struct task *t, taddr altstack)
{
	struct task *found = NULL;

	if (!t->group)
		return;
	struct space *s = t->group->space;
	if (t->altstack)
		HASH_FIND(hh_alt, s->by_altstack, &t->altstack, sizeof(t->altstack), found);
	if (found == t)
		HASH_DELETE(hh_alt, s->by_altstack, t);
	t->altstack = altstack;
	if (altstack)
		HASH_REPLACE(hh_alt, s->by_altstack, altstack, sizeof(t->altstack), t, found);
}

void model_free(struct model *m)
{
	struct task *t, *tnext;
	struct group *g, *gnext;

	if (!m)
		return;
	HASH_ITER (hh, m->groups, g, gnext) {
		HASH_CLEAR(hh_clear, g->space->by_clear);
		HASH_CLEAR(hh_alt, g->space->by_altstack);
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

static const struct task *task_new(struct model *m, uint32_t serial, pid_t tid, pid_t tgid, const struct task *creator)
{
	struct task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->id = (struct task_id){ .tid = tid, .serial = serial };
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
	struct task *other = own(model_by_tid(m, tid));
	if (other) /* the tid was reused before its former owner's end was told */
		HASH_DELETE(hh_tid, m->by_tid, other);
	HASH_ADD(hh_tid, m->by_tid, id.tid, sizeof(t->id.tid), t);
	return t;
}

const struct task *model_task_new(struct model *m, pid_t tid, pid_t tgid, const struct task *creator)
{
	return task_new(m, ++m->last_serial, tid, tgid, creator);
}

uint32_t model_reserve(struct model *m, size_t n)
{
	uint32_t first = m->last_serial + 1;

	m->last_serial += (uint32_t)n;
	return first;
}

const struct task *model_task_new_as(struct model *m, uint32_t serial, pid_t tid, pid_t tgid)
{
	m->unsorted = true;
	return task_new(m, serial, tid, tgid, NULL);
}

const struct task *model_by_tid(const struct model *m, pid_t tid)
{
	struct task *t;

	HASH_FIND(hh_tid, m->by_tid, &tid, sizeof(tid), t);
	return t;
}

const struct task *model_dead_by_tid(const struct model *m, pid_t tid)
{
	struct task *t;

	HASH_FIND(hh_tid, m->dead_by_tid, &tid, sizeof(tid), t);
	return t;
}

const struct task *model_last_by_tid(const struct model *m, pid_t tid)
{
	const struct task *t = model_by_tid(m, tid);

	return t ? t : model_dead_by_tid(m, tid);
}

const struct task *model_by_serial(const struct model *m, uint32_t serial)
{
	struct task *t;

	HASH_FIND(hh, m->by_serial, &serial, sizeof(serial), t);
	return t;
}

const struct task *model_next(const struct model *m, uint32_t after_serial)
{
	/* uthash keeps the order of insertion, which is the order of birth, or was made to be (sort_tasks). */
	if (after_serial == 0)
		return m->by_serial;
	const struct task *t = model_by_serial(m, after_serial);
	return t ? t->hh.next : NULL;
}

uint64_t model_page(const struct model *m)
{
	return m->page;
}

void model_ends_missing(struct model *m)
{
	m->lacks_ends = true;
}

bool model_lacks_ends(const struct model *m)
{
	return m->lacks_ends;
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

const struct task *model_stack_owner(const struct model *m, const struct task *t, taddr addr)
{
	const struct area *a = model_area(m, t, addr);

	return a && a->owner ? model_by_serial(m, a->owner) : NULL;
}

const struct task *model_joined_by_wait(
	const struct model *m, const struct task *t, taddr addr, uint32_t op, uint32_t val)
{
	uint32_t cmd = op & FUTEX_CMD_MASK_;
	bool is_private = op & FUTEX_PRIVATE_FLAG_;
	struct task *found;
	(void)m;

	if (!t->group || (cmd != FUTEX_WAIT_ && cmd != FUTEX_WAIT_BITSET_))
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

/*
 * The word's values of musl (detach_state) and, from 2.43 on, of glibc (joinstate) are the same: 0 it has ended, 1 it
 * is ending, 2 it is joinable, 3 it is detached. pthread_join waits while the word is 2 or 1. pthread_detach turns 2
 * into 3, and waits as a join does where it finds 1. Nobody waits at 3. Up to glibc 2.42 the word holds the tid.
 */
#define IS_ENDING 1

bool model_wait_is_doubtful(const struct task *waiter, const struct task *on, uint32_t val)
{
	if (on->start_refused && on->creator == waiter->id.serial)
		return true;
	return val == IS_ENDING && on->clear_key != on->born.parent_tid;
}

const struct creation *model_next_creation(const struct model *m, const struct creation *after)
{
	return after ? after->hh.next : m->creations;
}

bool task_window(const struct task *t, struct task_account *ret)
{
	const struct ev_end *e = &t->end;

	if (t->life != TASK_DEAD || e->how != END_DETACHED || !t->followed || !e->cpu_known)
		return false;
	if (t->birth == BIRTH_ATTACHED && !t->before_known)
		return false;
	*ret = (struct task_account){
		.cpu_ns = e->cpu_ns > t->before.cpu_ns ? e->cpu_ns - t->before.cpu_ns : 0,
		.wait_ns = e->wait_ns > t->before.wait_ns ? e->wait_ns - t->before.wait_ns : 0,
		.turns = e->turns > t->before.turns ? e->turns - t->before.turns : 0,
	};
	return true;
}
