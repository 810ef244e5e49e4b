/* SPDX-License-Identifier: MIT */
/* Where the wrappers of clone on RISC-V of 64 bits leave the new thread's function. */
#include "creators/start_search.h"

#include <elf.h>

enum { A2 = 12, A3 = 13 };

#define GO_MARK 1234
#define TCB     16 /* glibc's tcbhead_t lies between struct pthread and the thread pointer (sysdeps/riscv/nptl/tls.h) */

static bool find(struct start_search *s)
{
	const uint64_t *r = s->h->regs.r;
	taddr sp = r[unwind_arch.sp];
	uint64_t top[2], go[2];
	const struct module_mark *size = search_descriptor(s, r[unwind_arch.pc], "_thread_db_sizeof_pthread");
	taddr pd = search_record_of(s->h->tls, size);

	/* glibc's clone3 wrapper (2.41) keeps fn and arg in registers; its clone wrapper, and musl's, on the stack. */
	if (s->h->clone3)
		return search_call(s, r[A2], r[A3], pd);
	/* Go's runtime.clone keeps a number to be recognised and fn below the stack pointer (sys_linux_riscv64.s). */
	if (s->code && s->code->pclntab && search_words(s, sp - 32, go, 2) && go[0] == GO_MARK &&
		search_is_code(s, go[1]))
		return search_found(s, go[1], 0, false);
	if (!search_words(s, sp, top, 2))
		return false;
	return search_call(s, top[0], top[1], pd) || search_musl(s, top[0], top[1], sp);
}

const struct start_arch start_arch = { .machine = EM_RISCV, .find = find, .record_below_tp = true, .tcb_between = TCB };
