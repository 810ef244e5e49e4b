/* SPDX-License-Identifier: MIT */
#include "creators/start_routine.h"

#include <string.h>

#include "creators/start_label.h"
#include "creators/start_search.h"

int start_hints_regs(const void *prstatus, size_t len, struct start_hints *ret)
{
	return unwind_arch_regs(prstatus, len, &ret->regs);
}

static bool search(struct start_search *s)
{
	if (!s->h->own_stack)
		return search_unknown(s, "it goes on where its creator is");
	if (!s->code)
		return search_unknown(s, "the file that it begins in is not known: it may be gone already");
	if (!start_arch.find || s->machine != start_arch.machine)
		return search_unknown(s, "not known for this machine type");
	return start_arch.find(s);
}

void start_routine_find(struct symbols_space *space, const struct start_hints *hints, const struct backtrace *creator,
	struct start_routine *ret)
{
	struct start_search s = { .space = space, .h = hints, .ret = ret };

	*ret = (struct start_routine){ 0 };
	const struct symbols_range *r = symbols_range(space, hints->tid, hints->regs.r[unwind_arch.pc]);
	s.code = r ? r->module : NULL;
	s.machine = s.code && s.code->elf ? s.code->machine : 0;
	if (search(&s))
		start_label(space, hints->tid, creator, hints->ran, ret);
	else
		(void)search_unknown(&s, "neither a libc's thread structure nor its wrapper's registers show one");
}

/* ---- of a thread that has begun long ago ---- */

static bool is_named_as_libc(const struct vma *v)
{
	const char *slash = strrchr(v->name, '/'), *name = slash ? slash + 1 : v->name;

	return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-", 5) == 0 ||
		strncmp(name, "libpthread", 10) == 0;
}

/* One walk over the code of files in the process. */
static taddr walk_for_threads_code(struct symbols_space *space, pid_t tid, bool libc)
{
	const struct kernel *door = symbols_door(space);
	struct vma v;

	for (taddr at = 0; door->vma(door->ctx, tid, at, true, &v) == 0; at = v.high) {
		const struct symbols_range *r = is_named_as_libc(&v) == libc ? symbols_range(space, tid, v.low) : NULL;
		if (r && r->module && module_mark(r->module, start_routine_mark))
			return v.low;
		if (v.high <= at)
			break;
	}
	return 0;
}

/* Whoever is called as it is comes first: to ask another is to read all of its symbols, which may be megabytes. */
taddr start_threads_code(struct symbols_space *space, pid_t tid)
{
	taddr code = walk_for_threads_code(space, tid, true);

	return code ? code : walk_for_threads_code(space, tid, false);
}

/* How large struct pthread is in the library that threads_code is of; NULL: none, or it is of another machine. */
static const struct module_mark *record_size(const struct start_search *s, taddr threads_code)
{
	const struct symbols_range *r = threads_code ? symbols_range(s->space, s->h->tid, threads_code) : NULL;

	if (!r || !r->module || !r->module->elf || r->module->machine != start_arch.machine)
		return NULL;
	return search_descriptor(s, threads_code, "_thread_db_sizeof_pthread");
}

taddr start_record_of(struct symbols_space *space, pid_t tid, taddr tp, taddr threads_code)
{
	struct start_hints hints = { .tid = tid };
	struct start_search s = { .space = space, .h = &hints };

	if (!start_arch.record_below_tp)
		return tp;
	const struct module_mark *size = record_size(&s, threads_code);
	return size ? search_record_of(tp, size) : 0;
}

/* In struct pthread: tid, a pid_t that nobody uses, robust_prev, robust_head (glibc's nptl/descr.h, 64 bits). */
#define ROBUST_HEAD_BEHIND_TID 16

taddr start_base_of_running(struct symbols_space *space, pid_t tid, taddr robust_head, taddr threads_code)
{
	struct start_hints hints = { .tid = tid };
	struct start_search s = { .space = space, .h = &hints };
	uint64_t word;

	if (!start_arch.record_below_tp)
		return 0;
	const struct module_mark *size = record_size(&s, threads_code);
	if (!size)
		return 0;
	const struct module_mark *number = search_descriptor(&s, threads_code, "_thread_db_pthread_tid");
	taddr at = robust_head - ROBUST_HEAD_BEHIND_TID;
	if (robust_head < ROBUST_HEAD_BEHIND_TID || !number || number->value[2] > at)
		return 0;
	if (!search_words(&s, at, &word, 1) || (pid_t)word != tid)
		return 0;
	return search_base_of(at - number->value[2], size);
}

/* musl's struct start_args, right below where the stack began: {start_func, start_arg, ...}, 32 bytes. */
#define MUSL_START_ARGS 32

void start_routine_of_running(
	struct symbols_space *space, pid_t tid, taddr tp, taddr musl_top, taddr threads_code, struct start_routine *ret)
{
	struct start_hints hints = { .tid = tid, .tls = tp };
	struct start_search s = { .space = space, .h = &hints, .ret = ret };
	uint64_t pair[2];

	*ret = (struct start_routine){ 0 };
	hints.regs.r[unwind_arch.pc] = threads_code;
	taddr pd = search_record_of(tp, record_size(&s, threads_code));
	bool known = musl_top ? search_words(&s, (musl_top & ~7ULL) - MUSL_START_ARGS, pair, 2) &&
			search_is_code(&s, pair[0]) && search_found(&s, pair[0], pair[1], true) :
				threads_code && search_thread_record(&s, pd, 0);
	if (known)
		start_label_of_running(space, tid, ret);
	else
		(void)search_unknown(&s,
			threads_code || musl_top ? "the C library's record of the thread names no routine" :
						   "no C library's record of threads was found in the program");
}
