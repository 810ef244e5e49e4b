/* SPDX-License-Identifier: MIT */
/*
 * What a new thread of CPython will call. Sources: Modules/_threadmodule.c (struct bootstate), Lib/threading.py,
 * Include/internal/pycore_dict.h and pycore_object.h, Include/cpython/object.h, classobject.h, funcobject.h and
 * tupleobject.h of 3.11 to 3.15, as gcc lays them out.
 */
#include <errno.h>
#include <string.h>

#include "code/cpython_impl.h"

/* The same in 3.11 to 3.15. */
#define BOOT_FUNC        8
#define OBJECT_TYPE      8
#define TYPE_NAME        24
#define TYPE_FLAGS       168
#define TYPE_DICT        264
#define TYPE_MRO         344
#define METHOD_FUNC      16
#define METHOD_SELF      24
#define FUNCTION_CODE    48
#define TUPLE_SIZE       16
#define DICT_KEYS        32
#define DICT_VALUES      40
#define KEYS_INDEX_BYTES 9
#define KEYS_KIND        10
#define KEYS_N           24
#define KEYS_INDICES     32

#define FLAG_INLINE_VALUES (1U << 2) /* from 3.13 on */
#define FLAG_MANAGED_DICT  (1U << 4)

#define ENTRIES_MAX 1024
#define MRO_MAX     32
#define WORD        8

/* Words of an object lie together: they are read so. */
#define LINE  64U
#define LINES 16

struct reader {
	const struct cpython *py;
	const struct mem *mem;
	struct line {
		taddr at; /* 0: empty */
		uint8_t bytes[LINE];
	} line[LINES];
};

static bool is_3_11(const struct reader *r)
{
	return r->py->version >> 16 == 0x030b;
}

static bool is_3_12(const struct reader *r)
{
	return r->py->version >> 16 == 0x030c;
}

/* Where a tuple's objects begin: since 3.14 behind its hash. */
static unsigned tuple_item(const struct reader *r)
{
	return r->py->version >> 16 < 0x030e ? 24 : 32;
}

static unsigned type_cached_keys(const struct reader *r)
{
	if (is_3_11(r))
		return 872;
	return r->py->version >> 16 < 0x030f ? 880 : 888;
}

/* 0 where it can't be read, as where it is 0. */
static uint64_t word_at(struct reader *r, taddr at)
{
	taddr begin = at & ~(taddr)(LINE - 1);
	struct line *l = &r->line[begin / LINE % LINES];
	uint64_t word;

	if (begin == 0 || at % sizeof(word))
		return 0;
	if (l->at != begin) {
		l->at = 0;
		if (mem_read(r->mem, begin, l->bytes, LINE))
			return 0;
		l->at = begin;
	}
	memcpy(&word, l->bytes + (at - begin), sizeof(word));
	return word;
}

static bool is_of_type(struct reader *r, taddr object, const char *name)
{
	char is[32];
	bool cut;
	taddr type = object ? word_at(r, object + OBJECT_TYPE) : 0;
	taddr at = type ? word_at(r, type + TYPE_NAME) : 0;

	return at && mem_str(r->mem, at, is, sizeof(is), &cut) >= 0 && strcmp(is, name) == 0;
}

/* ---- dictionaries ---- */

struct keys {
	taddr entries;
	size_t n, entry;
};

static bool read_keys(struct reader *r, taddr at, struct keys *ret)
{
	uint64_t head = at ? word_at(r, at + WORD) : 0, n = at ? word_at(r, at + KEYS_N) : 0;

	if (!head || n > ENTRIES_MAX)
		return false;
	unsigned index_bytes = head >> (8 * (KEYS_INDEX_BYTES - WORD)) & 0xff;
	bool any_keys = (head >> (8 * (KEYS_KIND - WORD)) & 0xff) == 0; /* not all are str: with their hashes */
	if (index_bytes > 24)
		return false;
	ret->entries = at + KEYS_INDICES + (1ULL << index_bytes) + (any_keys ? WORD : 0);
	ret->n = n;
	ret->entry = any_keys ? 3 * WORD : 2 * WORD;
	return true;
}

/* The place of a key; k->n: it has none of the name. */
static size_t find_key(struct reader *r, const struct keys *k, const char *name)
{
	char key[64];

	for (size_t i = 0; i < k->n; i++) {
		taddr at = word_at(r, k->entries + i * k->entry);
		if (at && cpython_text(r->py, r->mem, at, key, sizeof(key)) == 0 && strcmp(key, name) == 0)
			return i;
	}
	return k->n;
}

/* The values of a dictionary whose keys it shares with others; from 3.13 on they have a head. */
static taddr shared_value(struct reader *r, taddr values, size_t i)
{
	return word_at(r, values + (is_3_11(r) || is_3_12(r) ? 0 : WORD) + i * WORD);
}

static taddr dict_value(struct reader *r, taddr dict, const char *name)
{
	struct keys k;
	taddr values = word_at(r, dict + DICT_VALUES);

	if (!read_keys(r, word_at(r, dict + DICT_KEYS), &k))
		return 0;
	size_t i = find_key(r, &k, name);
	if (i == k.n)
		return 0;
	return values ? shared_value(r, values, i) : word_at(r, k.entries + i * k.entry + WORD);
}

/* Where an object keeps the values of its attributes before somebody asks for its dictionary; 0: it has that. */
static taddr values_of(struct reader *r, taddr object, uint64_t flags, taddr *ret_dict)
{
	taddr before = word_at(r, object - 3 * WORD);

	*ret_dict = before;
	if (is_3_11(r))
		return word_at(r, object - 4 * WORD);
	if (is_3_12(r))
		return before & 1 ? before + 1 : 0;
	return !before && flags & FLAG_INLINE_VALUES ? object + 2 * WORD : 0;
}

static taddr attribute(struct reader *r, taddr object, const char *name)
{
	taddr type = word_at(r, object + OBJECT_TYPE), dict;
	uint64_t flags = type ? word_at(r, type + TYPE_FLAGS) : 0;
	struct keys k;

	if (!(flags & FLAG_MANAGED_DICT))
		return 0;
	taddr values = values_of(r, object, flags, &dict);
	if (!values)
		return dict ? dict_value(r, dict, name) : 0;
	if (!read_keys(r, word_at(r, type + type_cached_keys(r)), &k))
		return 0;
	size_t i = find_key(r, &k, name);
	return i < k.n ? shared_value(r, values, i) : 0;
}

/* What a method of that name is for an object: of the first of its type's ancestors that has one. */
static taddr method(struct reader *r, taddr object, const char *name)
{
	taddr type = word_at(r, object + OBJECT_TYPE), mro = type ? word_at(r, type + TYPE_MRO) : 0, found = 0;
	uint64_t n = mro ? word_at(r, mro + TUPLE_SIZE) : 0;

	for (uint64_t i = 0; i < n && i < MRO_MAX && !found; i++) {
		taddr ancestor = word_at(r, mro + tuple_item(r) + i * WORD);
		taddr dict = ancestor ? word_at(r, ancestor + TYPE_DICT) : 0;
		found = dict ? dict_value(r, dict, name) : 0;
	}
	return found;
}

/* ---- the target ---- */

static taddr code_of(struct reader *r, taddr callable)
{
	if (is_of_type(r, callable, "method"))
		callable = word_at(r, callable + METHOD_FUNC);
	return is_of_type(r, callable, "function") ? word_at(r, callable + FUNCTION_CODE) : 0;
}

static int read_function(struct reader *r, taddr callable, struct cpython_frame *ret)
{
	taddr code = code_of(r, callable), table;
	int err = code ? cpython_code(r->py, r->mem, code, ret, &table) : -ENOENT;

	if (!err)
		ret->pc = code + r->py->at.code_instructions;
	return err;
}

static bool is_threading(const struct cpython_frame *f, const char *name)
{
	size_t n = strlen(f->file);
	static const char file[] = "/threading.py";

	return strcmp(f->name, name) == 0 && n >= sizeof(file) - 1 && strcmp(f->file + n - sizeof(file) + 1, file) == 0;
}

int cpython_target(const struct cpython *py, const struct mem *mem, taddr boot, struct cpython_frame *ret)
{
	struct reader r = { .py = py, .mem = mem };
	taddr func = boot ? word_at(&r, boot + BOOT_FUNC) : 0;

	memset(ret, 0, sizeof(*ret));
	int err = read_function(&r, func, ret);
	if (err || !is_threading(ret, "Thread._bootstrap"))
		return err;
	taddr thread = word_at(&r, func + METHOD_SELF);
	if (!thread)
		return -ENOENT;
	ret->file_at = 0;
	err = read_function(&r, method(&r, thread, "run"), ret);
	if (err || !is_threading(ret, "Thread.run"))
		return err;
	ret->file_at = 0;
	return read_function(&r, attribute(&r, thread, "_target"), ret);
}
