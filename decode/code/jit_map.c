/* SPDX-License-Identifier: MIT */
#include <thrtrace/jit_map.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Code is no larger; and so many pieces below an address are looked at. */
#define SIZE_MAX_OF_PIECE (16U << 20)
#define NEIGHBOURS_MAX    4096

void jit_map_release(struct jit_map *m)
{
	free(m->piece);
	free(m->names);
	*m = (struct jit_map){ 0 };
}

/* A number in hex, HotSpot's with 0x before it: where it ends, or NULL. */
static const char *number(const char *at, const char *end, uint64_t *ret)
{
	uint64_t v = 0;

	if (end - at > 2 && at[0] == '0' && at[1] == 'x')
		at += 2;
	const char *p = at;
	for (; p < end && p - at < 16; p++) {
		unsigned digit = *p >= '0' && *p <= '9' ? (unsigned)(*p - '0') :
			*p >= 'a' && *p <= 'f'          ? (unsigned)(*p - 'a') + 10 :
			*p >= 'A' && *p <= 'F'          ? (unsigned)(*p - 'A') + 10 :
							  16;
		if (digit == 16)
			break;
		v = v << 4 | digit;
	}
	*ret = v;
	return p > at ? p : NULL;
}

static void *grown(void *old, size_t *room, size_t need, size_t each)
{
	size_t more = *room ? *room : 1024;

	while (more < need)
		more *= 2;
	void *made = more == *room ? old : realloc(old, more * each);
	if (made)
		*room = more;
	return made;
}

static int keep(struct jit_map *m, uint64_t at, uint64_t size, const char *name, size_t len)
{
	len = len < JIT_NAME_MAX ? len : JIT_NAME_MAX;
	void *piece = grown(m->piece, &m->room, m->n + 1, sizeof(*m->piece));
	if (!piece)
		return -ENOMEM;
	m->piece = piece;
	char *names = grown(m->names, &m->names_room, m->names_n + len + 1, 1);
	if (!names)
		return -ENOMEM;
	m->names = names;
	memcpy(names + m->names_n, name, len);
	names[m->names_n + len] = '\0';
	m->piece[m->n++] = (struct jit_piece){ at, (uint32_t)size, (uint32_t)m->names_n, m->order };
	m->names_n += len + 1;
	if (size > m->largest)
		m->largest = (uint32_t)size;
	return 0;
}

int jit_map_put(struct jit_map *m, taddr at, uint64_t size, const char *name, size_t len)
{
	if (!size || size > SIZE_MAX_OF_PIECE || at > UINT64_MAX - size || m->n >= JIT_PIECES_MAX ||
		m->names_n >= JIT_TEXT_MAX)
		return 0;
	m->order++;
	return keep(m, at, size, name, len);
}

/* What is no such line is passed over. */
static int take_line(struct jit_map *m, const char *at, const char *end)
{
	uint64_t start, size;
	const char *p = number(at, end, &start);

	if (!p || p == end || *p != ' ')
		return 0;
	p = number(p + 1, end, &size);
	if (!p || end - p < 2 || *p != ' ')
		return 0;
	return jit_map_put(m, start, size, p + 1, (size_t)(end - p - 1));
}

ssize_t jit_map_add(struct jit_map *m, const char *text, size_t n)
{
	const char *at = text, *end;

	while (m->n < JIT_PIECES_MAX && m->names_n < JIT_TEXT_MAX &&
		(end = memchr(at, '\n', n - (size_t)(at - text)))) {
		int err = take_line(m, at, end);
		if (err)
			return err;
		at = end + 1;
	}
	return at - text;
}

static int by_address(const void *a, const void *b)
{
	const struct jit_piece *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* The number of pieces that begin at addr or below. */
static size_t begin_below(const struct jit_map *m, taddr addr)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (m->piece[mid].at <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Does a later piece lie over a part of p, which is the i-th? Then p's code is gone. */
static bool is_gone(const struct jit_map *m, size_t i)
{
	const struct jit_piece *p = &m->piece[i];

	for (size_t k = i + 1; k < m->n && k - i < NEIGHBOURS_MAX && m->piece[k].at < p->at + p->size; k++)
		if (m->piece[k].order > p->order)
			return true;
	for (size_t k = i; k-- > 0 && i - k < NEIGHBOURS_MAX && p->at - m->piece[k].at < m->largest;)
		if (m->piece[k].order > p->order && m->piece[k].at + m->piece[k].size > p->at)
			return true;
	return false;
}

const struct jit_piece *jit_map_find(struct jit_map *m, taddr addr)
{
	if (m->sorted < m->n && m->n > 1)
		qsort(m->piece, m->n, sizeof(*m->piece), by_address);
	m->sorted = m->n;
	size_t below = begin_below(m, addr), best = m->n;
	for (size_t i = below; i-- > 0 && below - i < NEIGHBOURS_MAX && addr - m->piece[i].at < m->largest;)
		if (addr - m->piece[i].at < m->piece[i].size &&
			(best == m->n || m->piece[i].order > m->piece[best].order))
			best = i;
	return best == m->n || is_gone(m, best) ? NULL : &m->piece[best];
}

const char *jit_map_name(const struct jit_map *m, const struct jit_piece *p)
{
	return m->names + p->name;
}

/* "void a.B.f(int)": of a class that does not come with Java. */
static bool is_own_method(const char *name)
{
	static const char *const javas[] = { "java.", "javax.", "jdk.", "sun.", "com.sun." };
	size_t end = strcspn(name, "("), at = end;

	while (at > 0 && name[at - 1] != ' ')
		at--;
	for (size_t i = 0; i < ARRAY_SIZE(javas); i++)
		if (strncmp(name + at, javas[i], strlen(javas[i])) == 0)
			return false;
	return at > 0 && name[end] && memchr(name + at, '.', end - at);
}

bool jit_name_is_own(const char *name)
{
	if (strncmp(name, "JS:", 3) == 0 || strncmp(name, "LazyCompile:", 12) == 0)
		return strstr(name, " /") || strstr(name, " file:");
	return is_own_method(name);
}
