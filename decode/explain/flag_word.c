/* SPDX-License-Identifier: MIT */
/* Parses a flag word as people write it. */
#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What the words gave so far, before it is known which call they are for. */
struct gathered {
	uint64_t numbers;  /* all numbers, or-ed */
	uint64_t named;    /* bits of CLONE_ names */
	uint64_t signals;  /* number of the signal that was named */
	unsigned calls;    /* the calls that know all the names */
	bool unshare_only; /* UNSHARE_EMPTY_MNTNS was named */
	bool some;
	char *err;
};

/* One sentence into the caller's buffer; the words of the user are cut and made printable. */
static int complain(struct gathered *g, const char *before, const char *word, size_t len, const char *after)
{
	struct outbuf out;

	outbuf_init(&out, WORD_ERROR_LEN - 1);
	outbuf_puts(&out, before);
	for (size_t i = 0; i < len && i < 40; i++)
		outbuf_putc(&out, isprint((unsigned char)word[i]) ? word[i] : '?');
	outbuf_puts(&out, after);
	const char *text = outbuf_status(&out) ? "not a flag word" : outbuf_str(&out);
	memcpy(g->err, text, strlen(text) + 1);
	outbuf_release(&out);
	return -EINVAL;
}

static bool is_separator(char c)
{
	return c == '|' || c == ',' || isspace((unsigned char)c);
}

static int take_number(struct gathered *g, const char *word, size_t len)
{
	char digits[32];
	char *end;

	if (len >= sizeof(digits))
		return complain(g, "'", word, len, "' is too long for a 64-bit number");
	memcpy(digits, word, len);
	digits[len] = '\0';
	errno = 0;
	unsigned long long v = strtoull(digits, &end, 0);
	if (errno == ERANGE)
		return complain(g, "'", word, len, "' does not fit into 64 bits");
	if (end != digits + len)
		return complain(
			g, "'", word, len, "' is not a number: 0x for hex, a leading 0 for octal, else decimal");
	g->numbers |= v;
	return 0;
}

static int take_signal(struct gathered *g, const char *word, size_t len)
{
	unsigned sig = signal_by_name(word, len);

	if (!sig)
		return complain(g, "no signal is called '", word, len, "'");
	if (g->signals && g->signals != sig)
		return complain(g, "'", word, len, "' is a second exit signal: a task has one");
	g->signals = sig;
	return 0;
}

static int unknown_name(struct gathered *g, const char *word, size_t len)
{
	const struct clone_flag *near = clone_flag_nearest(word, len);
	char after[64];
	struct outbuf out;

	if (!near)
		return complain(g, "no flag is called '", word, len, "'");
	outbuf_init(&out, sizeof(after) - 1);
	outbuf_printf(&out, "'; did you mean %s?", near->name);
	memcpy(after, outbuf_str(&out), strlen(outbuf_str(&out)) + 1);
	outbuf_release(&out);
	return complain(g, "no flag is called '", word, len, after);
}

static int take_name(struct gathered *g, const char *word, size_t len)
{
	const struct clone_flag *flag = clone_flag_by_name(word, len);

	if (!flag && len > 3 && strncasecmp(word, "SIG", 3) == 0 && signal_by_name(word, len))
		return take_signal(g, word, len);
	if (!flag && len > 3 && strncasecmp(word, "SIG", 3) == 0 && !clone_flag_nearest(word, len))
		return take_signal(g, word, len);
	if (!flag)
		return unknown_name(g, word, len);
	if (flag->until && clone_flag_of(flag->value, ON_CLONE) != flag)
		return complain(g, "'", word, len, "' is gone from Linux; its bit has another meaning now");
	g->named |= flag->value;
	g->calls &= flag->calls;
	g->unshare_only |= flag->calls == ON_UNSHARE;
	return 0;
}

static int take_word(struct gathered *g, const char *word, size_t len)
{
	g->some = true;
	if (isdigit((unsigned char)word[0]))
		return take_number(g, word, len);
	return take_name(g, word, len);
}

static int gather(struct gathered *g, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (is_separator(text[i])) {
			i++;
			continue;
		}
		size_t start = i;
		while (i < len && !is_separator(text[i]))
			i++;
		int err = take_word(g, text + start, i - start);
		if (err)
			return err;
	}
	return g->some ? 0 : complain(g, "no flag word given", "", 0, "");
}

static enum flag_call choose_call(const struct gathered *g)
{
	if (g->unshare_only)
		return ON_UNSHARE;
	if (g->numbers >> 32 || g->named >> 32 || g->named & CLONE_NEWTIME_)
		return ON_CLONE3;
	return ON_CLONE;
}

/* Splits the low byte of the numbers as the call does. */
static void split_signal(const struct gathered *g, struct flag_word *w)
{
	uint64_t low = g->numbers & CLONE_SIGNAL_MASK_;

	w->flags = (g->numbers & ~CLONE_SIGNAL_MASK_) | g->named;
	w->exit_signal = 0;
	switch (w->call) {
	case ON_CLONE: /* 0x80, even by its name CLONE_NEWTIME, is part of the signal here */
		w->exit_signal = low | g->signals | (g->named & CLONE_SIGNAL_MASK_);
		w->flags &= ~CLONE_SIGNAL_MASK_;
		break;
	case ON_CLONE3:
		w->exit_signal = (low & ~CLONE_NEWTIME_) | g->signals;
		w->flags |= low & CLONE_NEWTIME_;
		break;
	case ON_UNSHARE:
	case ON_SETNS:
		w->flags |= low;
		break;
	}
	w->word = w->flags | w->exit_signal;
}

int flag_word_parse(struct flag_word *ret, const char *text, size_t len, unsigned call, char err[WORD_ERROR_LEN])
{
	struct gathered g = { .calls = ~0u, .err = err };
	struct flag_word w = { .call_given = call != 0 };

	int status = gather(&g, text, len);
	if (status)
		return status;
	w.call = call ? (enum flag_call)call : choose_call(&g);
	if (g.signals && (w.call == ON_UNSHARE || w.call == ON_SETNS))
		return complain(&g, "unshare and setns make no task and take no exit signal", "", 0, "");
	if (g.unshare_only && w.call != ON_UNSHARE)
		return complain(&g, "UNSHARE_EMPTY_MNTNS is for unshare only; clone3 has CLONE_EMPTY_MNTNS", "", 0, "");
	split_signal(&g, &w);
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;
		if (w.flags & bit && !clone_flag_of(bit, w.call))
			w.unknown |= bit;
	}
	*ret = w;
	return 0;
}
