/* SPDX-License-Identifier: MIT */
#include "observe/story_impl.h"

#include <errno.h>
#include <sys/mman.h>

#include "follow/attached.h"

/*
 * pthread_create maps a stack without access and opens all of it but its guard; the thread follows at once. Records
 * tell no stack pointer: that it runs there is likely, and said so. Their ranges are those of whole mappings: an opened
 * one may go on in what lies above it, a closed one in the guard of the stack above. What both have is the stack.
 */
static void found_stack(struct watched *creator, struct stack_area *ret)
{
	struct made_map *reserved = &creator->reserved, *opened = &creator->opened;

	*ret = (struct stack_area){
		.kind = STACK_UNKNOWN,
		.unknown = "no mapping was made for it just before: it runs on one that was there, or on memory of the "
			   "program",
	};
	if (opened->high && opened->low >= reserved->low && opened->low < reserved->high)
		*ret = (struct stack_area){
			.kind = STACK_OWN_MAPPING,
			.low = opened->low,
			.high = opened->high < reserved->high ? opened->high : reserved->high,
			.guard = opened->low > reserved->low ? GUARD_PROT_NONE : GUARD_NONE,
			.guard_low = reserved->low,
			.guard_bytes = opened->low - reserved->low,
			.source = "the mapping that its creator opened just before",
		};
	*reserved = *opened = (struct made_map){ 0, 0 };
}

/* Threads always are, but of -p --only-thread. */
static bool follows_births(const struct story *s)
{
	return !(s->r->attach && s->r->attach->only_thread);
}

int story_fork(struct story *s, const struct perf_record *r)
{
	struct watched *creator = watched_find(s, r->u.task.parent_tid);
	const struct task *by = watched_task(s, creator);
	bool thread = r->u.task.tgid == r->u.task.parent_tgid;
	struct stack_area stack;

	if (!by || !by->followed || watched_find(s, r->u.task.tid))
		return 0; /* of a process that is not followed; or told twice */
	const struct task *t = model_task_new(s->r->tell.model, r->u.task.tid, r->u.task.tgid, by);
	bool followed = thread ? follows_births(s) : s->r->asked.follow_forks;
	struct watched *w = t ? watched_new(s, t, followed) : NULL;
	if (!w)
		return -ENOMEM;
	w->waits = true;
	w->out_ns = r->t_ns;
	struct event ev = {
		.kind = EV_BIRTH,
		.task = t,
		.t_ns = story_time(s, r),
		.u.birth = { .kind = BIRTH_OBSERVED, .creator = by, .followed = followed },
	};
	if (thread) {
		found_stack(creator, &stack);
		ev.u.birth.stack = &stack;
	}
	run_tell(s->r, &ev, true);
	return 0;
}

void story_map(struct story *s, const struct perf_record *r)
{
	struct watched *w = watched_find(s, r->by_tid);
	struct made_map m = { r->u.map.low, r->u.map.high };

	if (w)
		w->blank = false;
	if (!w || !r->u.map.anonymous)
		return;
	if (r->u.map.prot == PROT_NONE) {
		w->reserved = m;
		w->opened = (struct made_map){ 0, 0 };
	} else {
		w->opened = m;
	}
}
