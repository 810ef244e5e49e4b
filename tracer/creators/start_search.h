/* SPDX-License-Identifier: MIT */
/*
 * Between the files that look for a new thread's function: the search, what all machines have in common of it
 * (start_search.c), and the way through the C libraries' wrappers of one machine (start_x86_64.c, start_aarch64.c, or
 * start_noarch.c).
 */
#ifndef TRACER_START_SEARCH_H
#define TRACER_START_SEARCH_H

#include "creators/start_routine.h"

/* The descriptor of where the function stands in struct pthread. */
extern const char start_routine_mark[];

struct start_search {
	struct symbols_space *space;
	const struct start_hints *h;
	struct start_routine *ret;
	struct module *code; /* what the task will run first: the libc, or a static program */
	uint16_t machine;
};

struct start_arch {
	uint16_t machine; /* EM_*: the ELF files whose wrappers are known; 0: none */
	/* The search of a task that rests before its first instruction, on a stack of its own. */
	bool (*find)(struct start_search *s);
	bool record_below_tp; /* glibc's struct pthread ends below the thread pointer, and does not begin at it */
	uint8_t tcb_between;  /* bytes between that end and the thread pointer */
};
extern const struct start_arch start_arch;

/* Where glibc's struct pthread of the thread pointer tp is; size: its descriptor, or NULL. */
static inline taddr search_record_of(taddr tp, const struct module_mark *size)
{
	return start_arch.record_below_tp && size ? tp - start_arch.tcb_between - size->value[0] : tp;
}

/* The reverse. */
static inline taddr search_base_of(taddr record, const struct module_mark *size)
{
	return start_arch.record_below_tp ? record + size->value[0] + start_arch.tcb_between : record;
}

bool search_is_code(const struct start_search *s, taddr addr);
bool search_words(const struct start_search *s, taddr addr, uint64_t *ret, size_t n);
/* The search is over: true. */
bool search_found(struct start_search *s, taddr fn, uint64_t arg, bool arg_known);
/* Why it is over, unless that is known: false. */
bool search_unknown(struct start_search *s, const char *why);
/* A descriptor of libthread_db in the module of addr: {bits, elements, offset} (glibc, nptl_db/db_info.c); or NULL. */
const struct module_mark *search_descriptor(const struct start_search *s, taddr addr, const char *name);
/* Where pthread_create left the caller's function: by descriptor, in libc or (before 2.34) where start_thread is. */
bool search_thread_record(struct start_search *s, taddr pd, taddr start_thread);
/* fn(arg) is what the libc's wrapper will call; it is pthread_create's when arg is the struct pthread, pd. */
bool search_call(struct start_search *s, taddr fn, uint64_t arg, taddr pd);
/* musl 1.1.22 and later: fn is its start or start_c11, arg a struct start_args on the new stack. */
bool search_musl(struct start_search *s, taddr fn, uint64_t arg, taddr sp);

#endif
