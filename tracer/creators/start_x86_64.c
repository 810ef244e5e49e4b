/* SPDX-License-Identifier: MIT */
/* Where the wrappers of clone on x86-64 leave the new thread's function, in registers by their DWARF number. */
#include "creators/start_search.h"

#include <elf.h>

#include <thrtrace/firstcall.h>

enum { RDX = 1, R8 = 8, R9 = 9, R12 = 12 };

/* Somebody's own wrapper: what do the new task's first instructions call? */
static bool from_first_call(struct start_search *s)
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
	return firstcall_x86_64(&f, &fn, &arg) == 0 && search_is_code(s, fn) && search_found(s, fn, arg, true);
}

static bool find(struct start_search *s)
{
	const uint64_t *r = s->h->regs.r;
	taddr sp = r[unwind_arch.sp];
	uint64_t top[2] = { 0, 0 };

	/* glibc's clone3 wrapper keeps fn in rdx and arg in r8; its clone wrapper puts both on the new stack. */
	if (s->h->clone3)
		return search_call(s, r[RDX], r[R8], s->h->tls) || from_first_call(s);
	bool stack = search_words(s, sp, top, 2) || search_words(s, sp, top, 1);
	/* Go's runtime.clone keeps fn in r12, m in r13 and g in r9. */
	if (s->code && s->code->pclntab && search_is_code(s, r[R12]) && !(stack && search_is_code(s, top[0])))
		return search_found(s, r[R12], 0, false);
	if (stack && search_call(s, top[0], top[1], s->h->tls))
		return true;
	/* musl's __clone keeps fn in r9 and arg on the new stack. */
	if (stack && search_musl(s, r[R9], top[0], sp))
		return true;
	return from_first_call(s);
}

const struct start_arch start_arch = { .machine = EM_X86_64, .find = find };
