/* SPDX-License-Identifier: MIT */
/* Ends that are kept back until their joiner returns, which follows within moments. */
#include <stdlib.h>

#include "follow/handlers_impl.h"

bool handle_late_add(struct run *r, uint32_t serial, const struct event *ev)
{
	if (r->ends.n_late == r->ends.cap_late) {
		size_t cap = r->ends.cap_late ? r->ends.cap_late * 2 : 64;
		struct late_end *late = realloc(r->ends.late, cap * sizeof(*late));
		if (!late)
			return false;
		r->ends.late = late;
		r->ends.cap_late = cap;
	}
	r->ends.late[r->ends.n_late++] = (struct late_end){ .serial = serial, .t_ns = ev->t_ns, .end = ev->u.end };
	return true;
}

void handle_remember_left(struct run *r, const struct tracee *t, const struct task *task)
{
	/* musl's word is the lock of its list of threads, of all of them: who waits there joins nobody. */
	if (task->clear_tid && task->clear_key == task->clear_tid)
		r->ends.left[r->ends.n_left++ % ARRAY_SIZE(r->ends.left)] = (struct left){ t->serial, t->tgid,
			task->clear_tid };
}

const struct task *left_by_word(const struct run *r, pid_t tgid, taddr addr)
{
	for (size_t n = r->ends.n_left, i = 0; i < n && i < ARRAY_SIZE(r->ends.left); i++) {
		const struct left *l = &r->ends.left[(n - 1 - i) % ARRAY_SIZE(r->ends.left)];
		if (l->tgid == tgid && l->clear_tid == addr)
			return model_by_serial(r->tell.model, l->serial);
	}
	return NULL;
}

const struct task *left_last(const struct run *r, pid_t tgid)
{
	for (size_t n = r->ends.n_left, i = 0; i < n && i < ARRAY_SIZE(r->ends.left); i++) {
		const struct left *l = &r->ends.left[(n - 1 - i) % ARRAY_SIZE(r->ends.left)];
		if (l->tgid == tgid)
			return model_by_serial(r->tell.model, l->serial);
	}
	return NULL;
}

void tell_late_ends(struct run *r, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->ends.n_late; i++) {
		struct late_end *l = &r->ends.late[i];
		if (l->t_ns > before) {
			r->ends.late[kept++] = *l;
			continue;
		}
		const struct task *task = model_by_serial(r->tell.model, l->serial);
		struct event ev = { .kind = EV_END, .task = task, .t_ns = l->t_ns, .u.end = l->end };
		if (task)
			run_tell(r, &ev, true);
	}
	r->ends.n_late = kept;
}

void handle_late_end_of(struct run *r, uint32_t serial)
{
	for (size_t i = 0; i < r->ends.n_late; i++) {
		if (r->ends.late[i].serial != serial)
			continue;
		struct late_end l = r->ends.late[i];
		r->ends.late[i] = r->ends.late[--r->ends.n_late];
		struct event ev = {
			.kind = EV_END, .task = model_by_serial(r->tell.model, serial), .t_ns = l.t_ns, .u.end = l.end
		};
		if (ev.task)
			run_tell(r, &ev, true);
		return;
	}
}
