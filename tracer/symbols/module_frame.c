/* SPDX-License-Identifier: MIT */
/* What a frame of a backtrace is called, and where its line of source is. */
#include "symbols/module_load.h"

#include <stdlib.h>

#include <thrtrace/gopcln.h>

#include "symbols/lines.h"

/*
 * Answers are kept: a backtrace asks for the same few places again and again. A build runs thousands of small programs,
 * each asked about once.
 */
enum { CACHE_SLOTS_MIN = 32, CACHE_SLOTS_MAX = 512 };
struct module_slot {
	bool used, exact;
	struct frame frame; /* without pc, in_program */
};

/* outer: the line is to be one of the function that ret names, and not of what is inlined in it. */
static void look_up(struct module *m, uint64_t addr, bool outer, struct frame *ret)
{
	struct gopcln_func go;
	struct module_symbol *s = module_symbol(m, addr);

	if (s) {
		ret->symbol = module_symbol_shown(s);
		ret->offset = ret->module_offset - s->addr;
	}
	/*
	 * A system library's debug package is compressed and large (libc's takes 50 ms to open), and where
	 * pthread_create lies in libc's sources helps nobody: the program's lines do.
	 */
	bool wanted = m->program || !m->lines_apart;
	if (!wanted || lines_find(m->lines, addr, outer, &ret->file, &ret->line) != 0)
		ret->file = NULL;
	/* A stripped Go program still has its own table. */
	if (m->pclntab && gopcln_find(m->pclntab, m->pclntab_len, m->text, addr, &go) == 0) {
		if (!ret->symbol) {
			ret->symbol = go.name;
			ret->offset = ret->module_offset - go.start;
		}
		if (!ret->file) {
			ret->file = go.file;
			ret->line = go.line;
		}
	}
	ret->runtime = backtrace_is_runtime(ret->symbol);
}

void module_frame(struct module *m, uint64_t offset, bool exact, struct frame *ret)
{
	if (!m->cache) {
		module_read_symbols(m);
		m->cache_slots = m->n_raw > CACHE_SLOTS_MAX || m->pclntab ? CACHE_SLOTS_MAX : CACHE_SLOTS_MIN;
		m->cache = calloc(m->cache_slots, sizeof(*m->cache));
	}
	size_t hash = (size_t)((offset ^ offset >> 9 ^ offset >> 18) % m->cache_slots);
	struct module_slot *slot = m->cache ? &m->cache[hash] : NULL;
	if (slot && slot->used && slot->exact == exact && slot->frame.module_offset == offset) {
		*ret = slot->frame;
		return;
	}
	*ret = (struct frame){ .module = m->name, .module_offset = offset };
	/* Where a task stands is told to the very line; where it was called from, as its author would say it. */
	look_up(m, exact || offset == 0 ? offset : offset - 1, !exact, ret);
	if (slot)
		*slot = (struct module_slot){ .used = true, .exact = exact, .frame = *ret };
}
