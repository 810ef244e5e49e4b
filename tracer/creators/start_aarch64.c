/* SPDX-License-Identifier: MIT */
/* Where the wrappers of clone on AArch64 leave the new thread's function, in registers by their DWARF number. */
#include "creators/start_search.h"

#include <elf.h>

#include "symbols/module.h"

enum { X10 = 10, X11 = 11, X12 = 12 };

#define GO_MARK 1234

static bool find(struct start_search *s)
{
	const uint64_t *r = s->h->regs.r;
	taddr sp = r[unwind_arch.sp];
	uint64_t top[2];
	const struct module_mark *size = search_descriptor(s, r[unwind_arch.pc], "_thread_db_sizeof_pthread");
	taddr pd = search_record_of(s->h->tls, size);

	if (s->h->clone3)
		return search_call(s, r[X11], r[X12], pd);
	/* Go's runtime.clone keeps fn in x12 and g in x11 (sys_linux_arm64.s), and a number to be recognised in x10. */
	if (s->code && s->code->pclntab && r[X10] == GO_MARK && search_is_code(s, r[X12]))
		return search_found(s, r[X12], 0, false);
	if (search_call(s, r[X10], r[X12], pd))
		return true;
	return search_words(s, sp, top, 2) && search_musl(s, top[0], top[1], sp);
}

const struct start_arch start_arch = { .machine = EM_AARCH64, .find = find, .record_below_tp = true };
