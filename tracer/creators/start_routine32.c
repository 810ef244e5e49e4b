/* SPDX-License-Identifier: MIT */
#include "creators/start_routine32.h"

#include "creators/start_label.h"

/* musl puts struct start_args right at the top of the new stack. */
#define MUSL_ARGS_MAX 128

struct search {
	struct symbols_space *space;
	const struct start_hints *h;
	uint32_t sp;
	struct start_routine *ret;
};

static bool words(const struct search *s, uint32_t addr, uint32_t *ret, size_t n)
{
	const struct kernel *door = symbols_door(s->space);

	return door->read_mem(door->ctx, s->h->tid, addr, ret, n * sizeof(*ret)) == (ssize_t)(n * sizeof(*ret));
}

static bool is_code(const struct search *s, uint32_t addr)
{
	return start_is_code(s->space, s->h->tid, addr);
}

static bool found(struct search *s, uint32_t fn, uint32_t arg)
{
	symbols_space_look(s->space); /* its mapping may have changed since it was last asked for */
	symbols_frame(s->space, s->h->tid, fn, true, &s->ret->at);
	s->ret->known = true;
	s->ret->arg = arg;
	s->ret->arg_known = true;
	return true;
}

/*
 * pthread_create's caller's function, where libthread_db's descriptor in the module of `code` says: {bits, elements,
 * offset}.
 */
static bool from_pthread(struct search *s, uint32_t pd, uint32_t code)
{
	const struct symbols_range *r = symbols_range(s->space, s->h->tid, code);
	const struct module_mark *mark = r && r->module ? module_mark(r->module, "_thread_db_pthread_start_routine") :
							  NULL;
	uint32_t descriptor[3], pair[2];

	if (!mark || !words(s, (uint32_t)(mark->addr + r->bias), descriptor, 3) || descriptor[0] != 32 ||
		descriptor[2] >= 65536 || !words(s, pd + descriptor[2], pair, 2))
		return false;
	return is_code(s, pair[0]) && found(s, pair[0], pair[1]);
}

/* fn(arg) is what the wrapper will call; with the thread's own structure as argument fn is libc's start_thread. */
static bool from_call(struct search *s, uint32_t fn, uint32_t arg)
{
	uint32_t pair[2];

	if (!is_code(s, fn))
		return false;
	if (s->h->settls && arg == s->h->tls)
		return from_pthread(s, arg, fn);
	/* musl: fn is its start, arg a struct start_args on the new stack, whose first words are the caller's. */
	if (s->h->settls && arg > s->sp && arg - s->sp <= MUSL_ARGS_MAX && words(s, arg, pair, 2) &&
		is_code(s, pair[0]))
		return found(s, pair[0], pair[1]);
	return found(s, fn, arg);
}

static bool search(struct search *s, const struct regs32 *regs)
{
	const uint32_t *r = regs->r;
	uint32_t top[4];

	/* glibc's clone3 wrapper keeps fn in edx and arg in esi. */
	if (s->h->clone3)
		return from_call(s, r[R32_EDX], r[R32_ESI]);
	if (!words(s, r[R32_ESP], top, 4))
		return false;
	/* glibc's __clone keeps fn in ebx and arg in the fourth word; musl's fn in ebp and arg in the first. */
	return (top[0] == r[R32_EBX] && from_call(s, top[0], top[3])) || from_call(s, r[R32_EBP], top[0]);
}

void start_routine32_find(struct symbols_space *space, const struct start_hints *h, const struct regs32 *regs,
	const struct backtrace *creator, struct start_routine *ret)
{
	struct search s = { .space = space, .h = h, .sp = regs->r[R32_ESP], .ret = ret };

	*ret = (struct start_routine){
		.unknown = "neither a libc's thread structure nor its wrapper's registers show one"
	};
	if (!h->own_stack) {
		ret->unknown = "it goes on where its creator is";
		return;
	}
	if (!search(&s, regs))
		return;
	ret->unknown = NULL;
	/* A runtime's trampoline (std::thread's): the place that made the thread says more. */
	const struct frame *own = creator ? backtrace_own(creator) : NULL;
	if (own && !frame_is_own(&ret->at))
		ret->label = *own;
}
