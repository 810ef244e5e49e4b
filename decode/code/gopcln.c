/* SPDX-License-Identifier: MIT */
#include <thrtrace/gopcln.h>

#include <errno.h>
#include <string.h>

#define MAGIC_1_18 0xfffffff0U
#define MAGIC_1_20 0xfffffff1U

/* Words of the header, each as wide as a pointer, behind its first 8 bytes. */
enum { H_NFUNC, H_NFILES, H_TEXT, H_NAMES, H_UNITS, H_FILES, H_PCS, H_FUNCS, H_WORDS };

struct table {
	const uint8_t *bytes;
	size_t len;
	uint8_t quantum; /* of pc differences */
	uint64_t head[H_WORDS];
	uint64_t addr;
};

static bool u32_at(const struct table *t, uint64_t at, uint32_t *ret)
{
	if (at > t->len || t->len - at < 4)
		return false;
	memcpy(ret, t->bytes + at, 4);
	return true;
}

static const char *text_at(const struct table *t, uint64_t at)
{
	return at < t->len && memchr(t->bytes + at, '\0', t->len - at) ? (const char *)t->bytes + at : NULL;
}

static int open_table(struct table *t, uint64_t text)
{
	uint32_t magic;

	if (!u32_at(t, 0, &magic) || t->len < 8 || (magic != MAGIC_1_18 && magic != MAGIC_1_20))
		return -EINVAL;
	size_t word = t->bytes[7];
	t->quantum = t->bytes[6];
	if ((word != 4 && word != 8) || t->len < 8 + H_WORDS * word)
		return -EINVAL;
	for (size_t i = 0; i < H_WORDS; i++)
		memcpy(&t->head[i], t->bytes + 8 + i * word, word); /* little endian, as all that Go runs on here */
	if (!t->head[H_TEXT])
		t->head[H_TEXT] = text;
	if (t->head[H_FUNCS] > t->len || t->head[H_NFUNC] > (t->len - t->head[H_FUNCS]) / 8)
		return -EINVAL;
	return 0;
}

/* One number of Go's variable-length encoding. */
static bool varint(const struct table *t, uint64_t *at, uint32_t *ret)
{
	uint32_t v = 0;

	for (unsigned shift = 0; shift < 35 && *at < t->len; shift += 7) {
		uint8_t b = t->bytes[(*at)++];
		v |= shift < 32 ? (uint32_t)(b & 0x7f) << shift : 0;
		if (!(b & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

/* The value that the pc-value table at offset `at` has for t->addr, or -1. */
static int32_t value_at(const struct table *t, uint64_t start, uint32_t at)
{
	uint64_t pos = t->head[H_PCS] + at, pc = start;
	uint32_t delta, step;
	int32_t value = -1;

	if (at == 0 || pos >= t->len)
		return -1;
	for (bool first = true; varint(t, &pos, &delta) && (delta != 0 || first) && varint(t, &pos, &step);
		first = false) {
		uint32_t diff = delta & 1 ? ~(delta >> 1) : delta >> 1;
		value = (int32_t)((uint32_t)value + diff);
		pc += (uint64_t)step * t->quantum;
		if (t->addr < pc)
			return value;
	}
	return -1;
}

static void find_line(const struct table *t, uint64_t func, struct gopcln_func *ret)
{
	uint32_t pcfile, pcln, unit, name;
	int32_t file, line;

	if (!u32_at(t, func + 20, &pcfile) || !u32_at(t, func + 24, &pcln) || !u32_at(t, func + 32, &unit))
		return;
	file = value_at(t, ret->start, pcfile);
	line = value_at(t, ret->start, pcln);
	if (file < 0 || line <= 0 || !u32_at(t, t->head[H_UNITS] + ((uint64_t)unit + (uint32_t)file) * 4, &name))
		return;
	ret->file = text_at(t, t->head[H_FILES] + name);
	ret->line = ret->file ? (unsigned)line : 0;
}

int gopcln_find(const void *bytes, size_t len, uint64_t text, uint64_t addr, struct gopcln_func *ret)
{
	struct table t = { .bytes = bytes, .len = len, .addr = addr };
	struct gopcln_func f = { 0 };
	uint32_t entry, func, name;
	int err = open_table(&t, text);

	if (err)
		return err;
	if (addr < t.head[H_TEXT] || addr - t.head[H_TEXT] > UINT32_MAX)
		return -ENOENT;
	/* Entries {first pc, offset of the function's record}, then the end of the last one. */
	uint64_t low = 0, high = t.head[H_NFUNC], want = addr - t.head[H_TEXT];
	while (low < high) {
		uint64_t mid = low + (high - low) / 2;
		if (u32_at(&t, t.head[H_FUNCS] + mid * 8, &entry) && entry <= want)
			low = mid + 1;
		else
			high = mid;
	}
	uint64_t at = t.head[H_FUNCS] + (low - 1) * 8;
	if (low == 0 || !u32_at(&t, at, &entry) || !u32_at(&t, at + 4, &func))
		return -ENOENT;
	if (low == t.head[H_NFUNC] && (!u32_at(&t, at + 8, &name) || want >= name))
		return -ENOENT;
	uint64_t record = t.head[H_FUNCS] + func;
	f.start = t.head[H_TEXT] + entry;
	if (!u32_at(&t, record + 4, &name) || (f.name = text_at(&t, t.head[H_NAMES] + name)) == NULL || !f.name[0])
		return -ENOENT;
	find_line(&t, record, &f);
	*ret = f;
	return 0;
}
