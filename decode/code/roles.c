/* SPDX-License-Identifier: MIT */
/* Which row of the table of roles a thread is like. */
#include <thrtrace/roles.h>

#include <stdint.h>
#include <string.h>

#include <thrtrace/tables.h>

static const struct role_row rows[] = {
/* clang-format off */
#define ROLE(id, runtime, label, name, start, through, there, task_flags, ends, what, setting, seen) \
	{ id, runtime, label, name, start, through, there, task_flags, ROLE_##ends, what, setting, seen },
#include "tables/roles.def"
#undef ROLE
	/* clang-format on */
};
_Static_assert(ARRAY_SIZE(rows) <= ROLES_MAX, "each row has its bit");

const struct role_row *role_row_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

size_t role_row_place(const struct role_row *row)
{
	return (size_t)(row - rows);
}

/* ---- patterns ---- */

/*
 * Is all of text like p[0 .. n)? A * that is tried in vain is tried again further on; of several only the last one need
 * be: what stands before it has its place already. So it takes no more than n times the length of text.
 */
static bool like(const char *p, size_t n, const char *text)
{
	size_t i = 0, star = n, again = 0, at = 0;

	if (n && p[0] != '*' && p[0] != '%' && p[0] != text[0]) /* nearly always */
		return false;
	while (text[at]) {
		bool digit = text[at] >= '0' && text[at] <= '9';
		if (i < n && p[i] == '*') {
			star = i++;
			again = at;
		} else if (i < n && p[i] == '%' && digit) {
			at += strspn(text + at, "0123456789");
			i++;
		} else if (i < n && p[i] == text[at]) {
			i++;
			at++;
		} else if (star < n) {
			i = star + 1;
			at = ++again;
		} else {
			return false;
		}
	}
	while (i < n && p[i] == '*')
		i++;
	return i == n;
}

/* The next alternative of a pattern: its length; 0 past the last. */
static size_t alternative(const char **at)
{
	*at += **at == '|';
	return strcspn(*at, "|");
}

bool role_pattern(const char *pattern, const char *text)
{
	const char *at = pattern;

	for (size_t n; (n = alternative(&at)) > 0; at += n)
		if (like(at, n, text))
			return true;
	return false;
}

/* ---- marks ---- */

/* One alternative of a start mark, which ends at end. */
static bool starts_in(const char *at, const char *end, const struct frame *f)
{
	const char *colon = memchr(at, ':', (size_t)(end - at)), *symbol = colon + 1;
	size_t n = (size_t)(end - symbol);
	bool any = n == 1 && *symbol == '*';

	return (any || (f->symbol && like(symbol, n, f->symbol))) && like(at, (size_t)(colon - at), f->module);
}

static bool starts_so(const char *pattern, const struct frame *f)
{
	const char *end;

	if (!f || !f->module)
		return false;
	for (const char *at = pattern; at; at = *end ? end + 1 : NULL) {
		end = strchr(at, '|');
		end = end ? end : at + strlen(at);
		if ((at[0] == '*' || at[0] == f->module[0]) && starts_in(at, end, f)) /* most are of another letter */
			return true;
	}
	return false;
}

static bool was_called(const char *pattern, const struct backtrace *bt)
{
	bool modules = pattern[0] == '@';

	for (size_t i = 0; bt && i < bt->n; i++) {
		if (frame_is_python(&bt->frame[i])) /* marks are of native code */
			continue;
		const char *is = modules ? bt->frame[i].module : bt->frame[i].symbol;
		if (is && role_pattern(pattern + modules, is))
			return true;
	}
	return false;
}

static bool made_so(const char *through, const struct backtrace *bt)
{
	if (through[0] == '!')
		return bt && bt->n && !was_called(through + 1, bt);
	if (through[0] == '~')
		return !was_called(through + 1, bt);
	return was_called(through, bt);
}

/*
 * Births are many, and rows too. Those that stand together often name the same text, and equal literals of one file are
 * one object: what was found of it for the row before holds for the next.
 */
struct asked {
	const char *start, *through;
	bool starts_so, made_so;
};

static bool born_so(const struct role_row *r, const struct role_marks *m, struct asked *last)
{
	if ((m->task_flags & r->task_flags) != r->task_flags)
		return false;
	if (!r->start && !r->through)
		return r->task_flags != 0; /* its name alone is no mark */
	if (r->start && r->start != last->start) {
		last->start = r->start;
		last->starts_so = starts_so(r->start, m->start);
	}
	if (r->start && !last->starts_so)
		return false;
	if (r->through && r->through != last->through) {
		last->through = r->through;
		last->made_so = made_so(r->through, m->bt);
	}
	return !r->through || last->made_so;
}

static void ask_rows(struct role_maybe *ret, const struct role_marks *marks)
{
	struct asked last = { .start = NULL };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (born_so(&rows[i], marks, &last))
			ret->row[i / 32] |= 1U << i % 32;
}

/* ---- the same marks again ---- */

/*
 * Copies a name behind what is there, with a letter before it that says whether there is one. Where the copy ends;
 * SIZE_MAX: room is too little.
 */
static size_t add_name(char *to, size_t at, size_t room, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	if (at > room || room - at < n + 2)
		return SIZE_MAX;
	to[at] = name ? 'n' : '-';
	if (n)
		memcpy(to + at + 1, name, n);
	to[at + 1 + n] = '\0';
	return at + n + 2;
}

static size_t add_frame(char *to, size_t at, size_t room, const struct frame *f)
{
	return add_name(to, add_name(to, at, room, f ? f->module : NULL), room, f ? f->symbol : NULL);
}

/* All that born_so() asks for. SIZE_MAX likewise. */
static size_t copy_marks(char *to, size_t room, const struct role_marks *m)
{
	size_t frames = m->bt ? m->bt->n : 0;

	memcpy(to, &m->task_flags, sizeof(m->task_flags));
	size_t at = add_frame(to, sizeof(m->task_flags), room, m->start);
	for (size_t i = 0; i < frames; i++)
		at = add_frame(to, at, room, &m->bt->frame[i]);
	return at;
}

void role_birth(struct role_maybe *ret, const struct role_marks *marks, struct role_memo *memo)
{
	char copy[sizeof(memo->marks)];

	*ret = (struct role_maybe){ .row = { 0 } };
	if (!marks->start && !marks->bt && !marks->task_flags)
		return;
	size_t len = memo ? copy_marks(copy, sizeof(copy), marks) : SIZE_MAX;
	if (len != SIZE_MAX && len == memo->len && memcmp(copy, memo->marks, len) == 0) {
		*ret = memo->maybe;
		return;
	}
	ask_rows(ret, marks);
	if (len == SIZE_MAX)
		return;
	memcpy(memo->marks, copy, len);
	memo->len = len;
	memo->maybe = *ret;
}

const struct role_row *role_of(const struct role_maybe *maybe, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!maybe->row[i / 32]) {
			i |= 31;
			continue;
		}
		bool may = maybe->row[i / 32] & 1U << i % 32;
		if (may && (!rows[i].name || role_pattern(rows[i].name, name)))
			return &rows[i];
	}
	return NULL;
}

static bool is_mapped(const char *pattern, size_t len, const struct role_process *p)
{
	const char *at = pattern;

	for (size_t n; at < pattern + len && (n = alternative(&at)) > 0; at += n) {
		if (at + n > pattern + len)
			n = (size_t)(pattern + len - at);
		for (size_t i = 0; i < p->n; i++)
			if (like(at, n, p->module[i]))
				return true;
	}
	return false;
}

static bool is_there(const struct role_row *r, const struct role_process *p, const char *name, uint32_t task_flags)
{
	const char *own = r->there ? strchr(r->there, '=') : NULL;
	const char *names = own ? own + 1 : r->name;

	if ((!r->there && !r->task_flags) || (task_flags & r->task_flags) != r->task_flags)
		return false;
	if (!names || !role_pattern(names, name))
		return false;
	return !r->there || is_mapped(r->there, strcspn(r->there, "="), p);
}

const struct role_row *role_there(const struct role_process *p, const char *name, uint32_t task_flags)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (is_there(&rows[i], p, name, task_flags))
			return &rows[i];
	return NULL;
}

/* ---- words ---- */

static bool ends_so(const char *text, const char *end)
{
	size_t n = strlen(text), len = strlen(end);

	return n >= len && strcmp(text + n - len, end) == 0;
}

static void word(struct outbuf *out, const char *text, bool *any)
{
	outbuf_puts(out, *any ? " and " : "");
	outbuf_puts(out, text);
	*any = true;
}

void role_by_format(struct outbuf *out, const struct role_row *row, const char *module)
{
	bool any = false, positive = row->through && row->through[0] != '!' && row->through[0] != '~';

	if (row->task_flags)
		word(out, "the kernel's flags", &any);
	if (row->start) {
		word(out, ends_so(row->start, ":*") ? "the place of its start routine" : "its start routine", &any);
		outbuf_puts(out, " in ");
		plain_format(out, module ? module : "a module");
	}
	if (positive)
		word(out, "its creator's stack", &any);
	if (row->name)
		word(out, "its name", &any);
}

void role_label_format(struct outbuf *out, const struct role_row *row)
{
	outbuf_printf(out, "%s (%s)", row->label, row->runtime);
}

const char *role_ends_words(enum role_ends ends)
{
	static const char *const words[] = {
		[ROLE_STAYS] = "stays until its process ends or the runtime is shut down",
		[ROLE_IDLE] = "ends when it has had nothing to do for a while",
		[ROLE_DONE] = "ends when its work is done",
		[ROLE_USED] = "ends when its runtime has no use for it any more, or with its process",
		[ROLE_KEPT] = "ends when its work is done; its runtime joins it later, or not before the process ends",
	};

	return words[ends];
}
