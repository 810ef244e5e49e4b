/* SPDX-License-Identifier: MIT */
/* execve, execveat. */
#include "calls/calls.h"

#include "tables/tables_impl.h"

#include <string.h>

#define CHUNK_BYTES 512 /* pointers are fetched some dozens at a time: one read per pointer is one system call each */

static bool is_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i])
			return false;
	}
	return true;
}

/* Counts pointers up to the NULL or CALL_STRINGS_MAX. False when a hole comes first. */
static bool count_strings(const struct call *c, const struct mem *mem, taddr at, uint32_t *ret, bool *ret_more)
{
	unsigned char bytes[CHUNK_BYTES];
	size_t word = call_word(c);

	while (at && *ret < CALL_STRINGS_MAX) {
		ssize_t got = mem->read(mem->ctx, at, bytes, sizeof(bytes));
		for (ssize_t off = 0; off + (ssize_t)word <= got; off += (ssize_t)word) {
			if (is_zero(bytes + off, word))
				return true;
			if (++*ret == CALL_STRINGS_MAX)
				break;
		}
		if (got < (ssize_t)sizeof(bytes) && *ret < CALL_STRINGS_MAX)
			return false;
		at += sizeof(bytes);
	}
	*ret_more = *ret == CALL_STRINGS_MAX;
	return true;
}

/* Places in the row. */
static unsigned path_slot(const struct call *c)
{
	return c->id == CALL_execveat ? 1 : 0;
}

void exec_read(struct call *c, const struct mem *mem)
{
	struct call_exec *x = &c->u.exec;
	unsigned first = path_slot(c);
	bool cut = false;

	x->path_read = mem_str(mem, c->arg[first], x->path, sizeof(x->path), &cut) >= 0;
	if (!x->path_read)
		x->path[0] = '\0'; /* the part before a hole is no path */
	if (cut)
		c->defects |= CALL_STRING_CUT;
	x->argv_read = count_strings(c, mem, c->arg[first + 1], &x->argc, &x->argc_more);
	x->envp_read = count_strings(c, mem, c->arg[first + 2], &x->envc, &x->envc_more);
	if (!x->path_read || !x->argv_read || !x->envp_read)
		c->defects |= CALL_ARGS_UNREAD;
}

unsigned call_argv_place(const struct call *call)
{
	return path_slot(call) + 1;
}

/* strace's -s, which it takes for the array, too. */
#define WORD_BYTES 32
#define WORDS_MAX  32

static void word_format(struct outbuf *out, unsigned n, const char *word, size_t len)
{
	outbuf_puts(out, n ? ", " : "[");
	quote_format(out, word, len < WORD_BYTES ? len : WORD_BYTES);
	if (len > WORD_BYTES)
		outbuf_puts(out, "...");
}

static void words_end(struct outbuf *out, unsigned n, bool more)
{
	if (more)
		outbuf_puts(out, ", ...");
	outbuf_puts(out, n ? "]" : "[]");
}

void call_argv_format(const struct call *c, const struct mem *mem, struct outbuf *out)
{
	taddr at = c->arg[call_argv_place(c)];
	unsigned word = call_word(c), n = 0;
	char text[WORD_BYTES + 2];
	uint64_t p;

	if (!at || mem_word(mem, at, word, &p)) {
		addr_format(out, at);
		return;
	}
	while (p && n < WORDS_MAX) {
		bool cut = false;
		ssize_t len = mem_str(mem, p, text, sizeof(text), &cut);
		if (len < 0)
			outbuf_printf(out, "%s0x%llx", n ? ", " : "[", (unsigned long long)p);
		else
			word_format(out, n, text, (size_t)len);
		n++;
		at += word;
		if (mem_word(mem, at, word, &p)) { /* it has no end that could be read */
			outbuf_printf(out, ", ... /* 0x%llx */]", (unsigned long long)at);
			return;
		}
	}
	words_end(out, n, p);
}

void call_words_format(char *const *words, struct outbuf *out)
{
	unsigned n = 0;

	for (; words[n] && n < WORDS_MAX; n++)
		word_format(out, n, words[n], strlen(words[n]));
	words_end(out, n, words[n]);
}

void path_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_exec *x = &c->u.exec;

	if (!x->path_read) {
		addr_format(out, value);
		return;
	}
	quote_format(out, x->path, strlen(x->path));
	if (c->defects & CALL_STRING_CUT)
		outbuf_puts(out, "...");
}

static void count_format(struct outbuf *out, const char *what, uint32_t n, bool more, bool read)
{
	if (!read)
		outbuf_printf(out, " /* ??? %ss */", what);
	else if (more)
		outbuf_printf(out, " /* %u or more %ss */", n, what);
	else
		outbuf_printf(out, " /* %u %s%s */", n, what, n == 1 ? "" : "s");
}

void strings_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	const struct call_exec *x = &c->u.exec;

	addr_format(out, value);
	if (!value)
		return;
	/* The two arrays may be one; then their counts are equal, too. */
	if (value == c->arg[path_slot(c) + 1])
		count_format(out, "arg", x->argc, x->argc_more, x->argv_read);
	else
		count_format(out, "var", x->envc, x->envc_more, x->envp_read);
}

void at_flags_format(const struct call *c, uint64_t value, struct outbuf *out)
{
	(void)c;
	table_flags_format(out, &table_at_flags, (uint32_t)value);
}
