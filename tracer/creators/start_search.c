/* SPDX-License-Identifier: MIT */
/* What the C libraries keep of a thread that is about to begin. */
#include "creators/start_search.h"

#include "creators/start_label.h"

/* Larger than struct pthread of any glibc (0x940 in 2.36). */
#define PD_BYTES 0xa00
/* musl puts struct start_args right at the top of the new stack. */
#define MUSL_ARGS_MAX 128
/* A word that is smaller is a number and no address of code: nothing is mapped so low. */
#define LOWEST_CODE 4096

const char start_routine_mark[] = "_thread_db_pthread_start_routine";

bool search_is_code(const struct start_search *s, taddr addr)
{
	return start_is_code(s->space, s->h->tid, addr);
}

bool search_words(const struct start_search *s, taddr addr, uint64_t *ret, size_t n)
{
	return start_words(s->space, s->h->tid, addr, ret, n);
}

bool search_found(struct start_search *s, taddr fn, uint64_t arg, bool arg_known)
{
	/* Of all that was looked at, the mapping of fn is what may have changed: by dlclose and dlopen. */
	symbols_space_look(s->space);
	symbols_frame(s->space, s->h->tid, fn, true, &s->ret->at);
	s->ret->known = true;
	s->ret->arg = arg;
	s->ret->arg_known = arg_known;
	return true;
}

bool search_unknown(struct start_search *s, const char *why)
{
	if (!s->ret->unknown)
		s->ret->unknown = why;
	return false;
}

/* From the file, which says the same as the process; else from that. */
static bool read_mark(const struct start_search *s, struct module_mark *mark, taddr at)
{
	const struct kernel *door = symbols_door(s->space);
	const struct symbols_range *r = symbols_range(s->space, s->h->tid, at);
	ssize_t got = r ? symbols_file(r, at, mark->value, sizeof(mark->value)) : -1;

	if (got < 4)
		got = door->read_mem(door->ctx, s->h->tid, at, mark->value, sizeof(mark->value));
	return got >= 4;
}

const struct module_mark *search_descriptor(const struct start_search *s, taddr addr, const char *name)
{
	const struct symbols_range *r = symbols_range(s->space, s->h->tid, addr);
	struct module_mark *mark = r && r->module ? module_mark(r->module, name) : NULL;

	if (!mark)
		return NULL;
	if (!mark->read)
		mark->read = read_mark(s, mark, mark->addr + r->bias);
	return mark->read ? mark : NULL;
}

bool search_thread_record(struct start_search *s, taddr pd, taddr start_thread)
{
	const struct module_mark *d = search_descriptor(s, s->h->regs.r[unwind_arch.pc], start_routine_mark);
	uint64_t pair[2];

	if (!d && start_thread)
		d = search_descriptor(s, start_thread, start_routine_mark);
	if (!d || d->value[0] != 64 || d->value[2] >= 65536 || !search_words(s, pd + d->value[2], pair, 2))
		return false;
	return search_is_code(s, pair[0]) && search_found(s, pair[0], pair[1], true);
}

/* Without one (stripped static programs): at birth struct pthread holds only one pointer to code. */
static bool from_pd_scan(struct start_search *s, taddr pd)
{
	uint64_t w[PD_BYTES / 8];
	size_t hits = 0, at = 0;
	const struct kernel *door = symbols_door(s->space);
	ssize_t got = door->read_mem(door->ctx, s->h->tid, pd, w, sizeof(w));

	for (size_t i = 0; got > 0 && i + 1 < (size_t)got / 8; i++) {
		if (w[i] > LOWEST_CODE && search_is_code(s, w[i])) {
			at = i;
			hits++;
		}
	}
	if (hits != 1)
		return search_unknown(s,
			hits ? "struct pthread holds several code pointers" : "struct pthread holds no code pointer");
	return search_found(s, w[at], w[at + 1], true);
}

static bool from_pthread(struct start_search *s, taddr pd, taddr start_thread)
{
	return search_thread_record(s, pd, start_thread) || from_pd_scan(s, pd);
}

bool search_call(struct start_search *s, taddr fn, uint64_t arg, taddr pd)
{
	if (!search_is_code(s, fn))
		return false;
	if (s->h->settls && arg == pd)
		return from_pthread(s, pd, fn);
	return search_found(s, fn, arg, true);
}

bool search_musl(struct start_search *s, taddr fn, uint64_t arg, taddr sp)
{
	uint64_t pair[2];

	if (!search_is_code(s, fn))
		return false;
	if (s->h->settls && arg > sp && arg - sp <= MUSL_ARGS_MAX && search_words(s, arg, pair, 2) &&
		search_is_code(s, pair[0]))
		return search_found(s, pair[0], pair[1], true);
	return search_found(s, fn, arg, true);
}
