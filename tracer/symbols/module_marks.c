/* SPDX-License-Identifier: MIT */
/*
 * What a file exports for debuggers. Such symbols are few among tens of thousands, and their table of names is
 * megabytes: it is gone through in pieces, and only for the symbols that may be one.
 */
#include "symbols/module_load.h"

#include <stdlib.h>
#include <string.h>

/* A larger table of names is not gone through. */
#define NAMES_MAX ((size_t)64 << 20)
#define PIECE     ((size_t)64 << 10)
/* The longest name that is told from others. */
#define MARK_NAME 32

static bool is_mark(const char *name)
{
	static const char *const others[] = { "__nptl_version", "_r_debug", "_dl_debug_addr", "_PyRuntime",
		"Py_Version", "__jit_debug_descriptor", "gHotSpotVMStructs" };

	if (name[0] == '_' && name[1] == 'Z') /* C++'s, which most are */
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(name, others[i]) == 0)
			return true;
	return strncmp(name, "_thread_db_", 11) == 0;
}

/* Symbols of one table of names, by the piece that has theirs; of one piece in the order of m->raw. */
struct by_piece {
	const struct module *m;
	size_t slot;
	size_t pieces;
	uint32_t *begin; /* by piece: its first place in raw; one more ends the last */
	uint32_t *raw;
};

/* All marks are variables: the names of functions, which are most, are not even read. */
static bool may_be_mark(const struct symbol_raw *r, size_t slot)
{
	return r->strings == slot && GELF_ST_TYPE(r->info) != STT_FUNC;
}

/* Those that may be one. *ret_n of them; NULL: out of memory. */
static uint32_t *choose(const struct module *m, size_t slot, size_t *ret_n)
{
	uint32_t *chosen = malloc((m->n_raw + 1) * sizeof(*chosen));

	*ret_n = 0;
	for (size_t i = 0; chosen && i < m->n_raw; i++)
		if (may_be_mark(&m->raw[i], slot))
			chosen[(*ret_n)++] = (uint32_t)i;
	return chosen;
}

/* begin[p + 1] counts piece p at first, and is where its next symbol goes in the end. */
static void deal(struct by_piece *b, const uint32_t *chosen, size_t n)
{
	const struct symbol_raw *all = b->m->raw;

	for (size_t i = 0; i < n; i++)
		b->begin[all[chosen[i]].name / PIECE + 1]++;
	for (size_t p = 0, sum = 0; p < b->pieces; p++) {
		size_t count = b->begin[p + 1];
		b->begin[p + 1] = (uint32_t)sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		b->raw[b->begin[all[chosen[i]].name / PIECE + 1]++] = chosen[i];
}

static void add(struct module *m, const struct symbol_raw *r)
{
	char *name = m->n_marks < MODULE_MARKS ? strings_name(&m->strings[r->strings], r->name) : NULL;

	if (name)
		m->mark[m->n_marks++] = (struct module_mark){ .name = name, .addr = r->addr };
}

/* piece has room for PIECE + MARK_NAME + 1 bytes. */
static void look_through(struct module *m, const struct by_piece *b, size_t number, char *piece)
{
	uint32_t first = b->begin[number], end = b->begin[number + 1];
	size_t n = first < end ? strings_read(&m->strings[b->slot], number * PIECE, piece, PIECE + MARK_NAME) : 0;

	piece[n] = '\0';
	for (uint32_t i = first; i < end; i++) {
		const struct symbol_raw *r = &m->raw[b->raw[i]];
		if (r->name % PIECE < n && is_mark(piece + r->name % PIECE))
			add(m, r);
	}
}

static void read_from(struct module *m, size_t slot)
{
	size_t len = m->strings[slot].len, n;
	struct by_piece b = { .m = m, .slot = slot, .pieces = len / PIECE + 1 };

	if (!len || len > NAMES_MAX)
		return;
	char *piece = malloc(PIECE + MARK_NAME + 1);
	uint32_t *chosen = choose(m, slot, &n);
	b.begin = calloc(b.pieces + 1, sizeof(*b.begin));
	b.raw = chosen ? malloc((n + 1) * sizeof(*b.raw)) : NULL;
	if (piece && b.begin && b.raw) {
		deal(&b, chosen, n);
		for (size_t i = 0; i < b.pieces; i++)
			look_through(m, &b, i, piece);
	}
	free(b.raw);
	free(b.begin);
	free(chosen);
	free(piece);
}

struct module_mark *module_mark(struct module *m, const char *name)
{
	if (m->asked_mark == name) /* the same constant as at the birth before */
		return m->found_mark;
	if (!m->marks_read) {
		m->marks_read = true;
		module_read_symbols(m);
		for (size_t slot = 0; slot < ARRAY_SIZE(m->strings); slot++)
			read_from(m, slot);
	}
	m->asked_mark = name;
	m->found_mark = NULL;
	for (size_t i = 0; i < m->n_marks && !m->found_mark; i++)
		if (strcmp(m->mark[i].name, name) == 0)
			m->found_mark = &m->mark[i];
	return m->found_mark;
}

void module_marks_free(struct module *m)
{
	for (size_t i = 0; i < m->n_marks; i++)
		free(m->mark[i].name);
}
