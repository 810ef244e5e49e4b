/* SPDX-License-Identifier: MIT */
#include "creators/start_routine.h"

#include <elf.h>
#include <string.h>

#include <thrtrace/firstcall.h>

#include "creators/start_label.h"

/* DWARF numbers of the registers that wrappers leave their arguments in. */
enum { X86_RDX = 1, X86_R8 = 8, X86_R9 = 9, X86_R12 = 12, A64_X10 = 10, A64_X11 = 11, A64_X12 = 12 };

/* Larger than struct pthread of any glibc (0x940 in 2.36). */
#define PD_BYTES 0xa00
/* musl puts struct start_args right at the top of the new stack. */
#define MUSL_ARGS_MAX 128

static const char start_routine_mark[] = "_thread_db_pthread_start_routine";

struct search {
	struct symbols_space *space;
	const struct start_hints *h;
	struct start_routine *ret;
	struct module *code; /* what the task will run first: the libc, or a static program */
	uint16_t machine;
};

int start_hints_regs(const void *prstatus, size_t len, struct start_hints *ret)
{
	return unwind_arch_regs(prstatus, len, &ret->regs);
}

static bool is_code(const struct search *s, taddr addr)
{
	return start_is_code(s->space, s->h->tid, addr);
}

static bool words(const struct search *s, taddr addr, uint64_t *ret, size_t n)
{
	return start_words(s->space, s->h->tid, addr, ret, n);
}

static bool found(struct search *s, taddr fn, uint64_t arg, bool arg_known)
{
	/* Of all that was looked at, the mapping of fn is what may have changed: by dlclose and dlopen. */
	symbols_space_look(s->space);
	symbols_frame(s->space, s->h->tid, fn, true, &s->ret->at);
	s->ret->known = true;
	s->ret->arg = arg;
	s->ret->arg_known = arg_known;
	return true;
}

static bool unknown(struct search *s, const char *why)
{
	if (!s->ret->unknown)
		s->ret->unknown = why;
	return false;
}

/* A descriptor of libthread_db in the module of addr: {bits, elements, offset} (glibc, nptl_db/db_info.c). */
static const struct module_mark *descriptor(const struct search *s, taddr addr, const char *name)
{
	const struct symbols_range *r = symbols_range(s->space, s->h->tid, addr);
	struct module_mark *mark = r && r->module ? module_mark(r->module, name) : NULL;
	const struct kernel *door = symbols_door(s->space);

	if (!mark)
		return NULL;
	if (!mark->read)
		mark->read = door->read_mem(
				     door->ctx, s->h->tid, mark->addr + r->bias, mark->value, sizeof(mark->value)) >= 4;
	return mark->read ? mark : NULL;
}

/* Where pthread_create left the caller's function: by descriptor, in libc or (before 2.34) where start_thread is. */
static bool from_descriptor(struct search *s, taddr pd, taddr start_thread)
{
	const struct module_mark *d = descriptor(s, s->h->regs.r[unwind_arch.pc], start_routine_mark);
	uint64_t pair[2];

	if (!d && start_thread)
		d = descriptor(s, start_thread, start_routine_mark);
	if (!d || d->value[0] != 64 || d->value[2] >= 65536 || !words(s, pd + d->value[2], pair, 2))
		return false;
	return is_code(s, pair[0]) && found(s, pair[0], pair[1], true);
}

/* Without one (stripped static programs): at birth struct pthread holds only one pointer to code. */
static bool from_pd_scan(struct search *s, taddr pd)
{
	uint64_t w[PD_BYTES / 8];
	size_t hits = 0, at = 0;
	const struct kernel *door = symbols_door(s->space);
	ssize_t got = door->read_mem(door->ctx, s->h->tid, pd, w, sizeof(w));

	for (size_t i = 0; got > 0 && i + 1 < (size_t)got / 8; i++) {
		if (w[i] > 4096 && is_code(s, w[i])) {
			at = i;
			hits++;
		}
	}
	if (hits != 1)
		return unknown(s,
			hits ? "struct pthread holds several code pointers" : "struct pthread holds no code pointer");
	return found(s, w[at], w[at + 1], true);
}

static bool from_pthread(struct search *s, taddr pd, taddr start_thread)
{
	return from_descriptor(s, pd, start_thread) || from_pd_scan(s, pd);
}

/* fn(arg) is what the libc's wrapper will call; it is pthread_create's when arg is the struct pthread. */
static bool from_call(struct search *s, taddr fn, uint64_t arg, taddr pd)
{
	if (!is_code(s, fn))
		return false;
	if (s->h->settls && arg == pd)
		return from_pthread(s, pd, fn);
	return found(s, fn, arg, true);
}

/* musl 1.1.22 and later: fn is its start or start_c11, arg a struct start_args on the new stack. */
static bool from_musl(struct search *s, taddr fn, uint64_t arg, taddr sp)
{
	uint64_t pair[2];

	if (!is_code(s, fn))
		return false;
	if (s->h->settls && arg > sp && arg - sp <= MUSL_ARGS_MAX && words(s, arg, pair, 2) && is_code(s, pair[0]))
		return found(s, pair[0], pair[1], true);
	return found(s, fn, arg, true);
}

/* Somebody's own wrapper: what do the new task's first instructions call? */
static bool from_first_call(struct search *s)
{
	static const uint8_t dwarf[16] = { 0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15 };
	const uint64_t *r = s->h->regs.r;
	const struct kernel *door = symbols_door(s->space);
	uint8_t code[128];
	uint64_t stack[8], arg;
	taddr fn;
	ssize_t len = door->read_mem(door->ctx, s->h->tid, r[unwind_arch.pc], code, sizeof(code));
	ssize_t top = door->read_mem(door->ctx, s->h->tid, r[unwind_arch.sp], stack, sizeof(stack));
	struct firstcall f = { .code = code,
		.len = len > 0 ? (size_t)len : 0,
		.pc = r[unwind_arch.pc],
		.stack = stack,
		.n_stack = top > 0 ? (size_t)top / 8 : 0 };

	for (size_t i = 0; i < 16; i++)
		f.reg[i] = r[dwarf[i]];
	return firstcall_x86_64(&f, &fn, &arg) == 0 && is_code(s, fn) && found(s, fn, arg, true);
}

static bool from_x86_64(struct search *s)
{
	const uint64_t *r = s->h->regs.r;
	taddr sp = r[unwind_arch.sp];
	uint64_t top[2] = { 0, 0 };

	/* glibc's clone3 wrapper keeps fn in rdx and arg in r8; its clone wrapper puts both on the new stack. */
	if (s->h->clone3)
		return from_call(s, r[X86_RDX], r[X86_R8], s->h->tls) || from_first_call(s);
	bool stack = words(s, sp, top, 2) || words(s, sp, top, 1);
	/* Go's runtime.clone keeps fn in r12, m in r13 and g in r9. */
	if (s->code && s->code->pclntab && is_code(s, r[X86_R12]) && !(stack && is_code(s, top[0])))
		return found(s, r[X86_R12], 0, false);
	if (stack && from_call(s, top[0], top[1], s->h->tls))
		return true;
	/* musl's __clone keeps fn in r9 and arg on the new stack. */
	if (stack && from_musl(s, r[X86_R9], top[0], sp))
		return true;
	return from_first_call(s);
}

static bool from_aarch64(struct search *s)
{
	const uint64_t *r = s->h->regs.r;
	taddr sp = r[unwind_arch.sp], pd = s->h->tls;
	uint64_t top[2];
	const struct module_mark *size = descriptor(s, r[unwind_arch.pc], "_thread_db_sizeof_pthread");

	/* TLS lies above the thread pointer and struct pthread below it. */
	if (size)
		pd -= size->value[0];
	if (s->h->clone3)
		return from_call(s, r[A64_X11], r[A64_X12], pd);
	if (from_call(s, r[A64_X10], r[A64_X12], pd))
		return true;
	return words(s, sp, top, 2) && from_musl(s, top[0], top[1], sp);
}

static bool search(struct search *s)
{
	if (!s->h->own_stack)
		return unknown(s, "it goes on where its creator is");
	switch (s->machine) {
	case EM_X86_64:
		return from_x86_64(s);
	case EM_AARCH64:
		return from_aarch64(s);
	default:
		return unknown(s, "not known for this machine type");
	}
}

void start_routine_find(struct symbols_space *space, const struct start_hints *hints, const struct backtrace *creator,
	struct start_routine *ret)
{
	struct search s = { .space = space, .h = hints, .ret = ret };

	*ret = (struct start_routine){ 0 };
	const struct symbols_range *r = symbols_range(space, hints->tid, hints->regs.r[unwind_arch.pc]);
	s.code = r ? r->module : NULL;
	s.machine = s.code && s.code->elf ? s.code->machine : 0;
	if (search(&s))
		start_label(space, hints->tid, creator, ret);
	else
		(void)unknown(&s, "neither a libc's thread structure nor its wrapper's registers show one");
}

/* ---- of a thread that has begun long ago ---- */

/* One walk over the mappings of the process; only a file's code can be it. */
taddr start_threads_code(struct symbols_space *space, pid_t tid)
{
	const struct kernel *door = symbols_door(space);
	struct vma v;

	for (taddr at = 0; door->vma(door->ctx, tid, at, true, &v) == 0; at = v.high) {
		const struct symbols_range *r = v.inode && (v.prot & VMA_EXEC) ? symbols_range(space, tid, v.low) :
										 NULL;
		if (r && r->module && module_mark(r->module, start_routine_mark))
			return v.low;
		if (v.high <= at)
			break;
	}
	return 0;
}

/* musl's struct start_args, right below where the stack began: {start_func, start_arg, ...}, 32 bytes. */
#define MUSL_START_ARGS 32

void start_routine_of_running(struct symbols_space *space, pid_t tid, taddr tp, const struct stack_record *rec,
	taddr threads_code, struct start_routine *ret)
{
	struct start_hints hints = { .tid = tid, .tls = tp };
	struct search s = { .space = space, .h = &hints, .ret = ret };
	uint64_t pair[2];
	taddr pd = tp;

	*ret = (struct start_routine){ 0 };
	hints.regs.r[unwind_arch.pc] = threads_code;
	const struct symbols_range *r = threads_code ? symbols_range(space, tid, threads_code) : NULL;
	const struct module_mark *size = threads_code ? descriptor(&s, threads_code, "_thread_db_sizeof_pthread") :
							NULL;
	if (r && r->module && r->module->elf && r->module->machine == EM_AARCH64 && size)
		pd -= size->value[0];
	bool known = rec->musl_top ? words(&s, (rec->musl_top & ~7ULL) - MUSL_START_ARGS, pair, 2) &&
			is_code(&s, pair[0]) && found(&s, pair[0], pair[1], true) :
				     threads_code && from_descriptor(&s, pd, 0);
	if (known)
		start_label_of_running(space, tid, ret);
	else
		(void)unknown(&s,
			threads_code || rec->musl_top ? "the C library's record of the thread names no routine" :
							"no C library's record of threads was found in the program");
}
