/* SPDX-License-Identifier: MIT */
/* Words explained, without tracing. Every word is explained, also after one that was not understood. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <thrtrace/explain_page.h>

#include "cmd/commands.h"
#include "cmd/flag_words.h"
#include "cmd/print.h"

/* Exit statuses: the largest that applies to a word. */
enum explain_status {
	EXPLAIN_ACCEPTED = 0, /* the kernel accepts every word */
	EXPLAIN_REFUSED = 1,  /* it refuses one at least */
	EXPLAIN_BAD_WORD = 2, /* one at least was not understood, or an option has a bad value */
	EXPLAIN_FAILED = 3    /* no memory, or the input could not be read */
};

struct explaining {
	const struct options *o;
	enum page_format format;
	struct outbuf out, err;
	unsigned call;
	struct explain_query query;
	char who_text[WHO_TEXT];
	int status;
	bool some;
};

static void worse(struct explaining *x, int status)
{
	if (status > x->status)
		x->status = status;
}

/* The word of a function's name, after a sentence about it; else the text itself. */
static const char *word_of_text(struct explaining *x, const char *text, size_t *len)
{
	const char *note, *word = word_of_function(text, len, &note);

	if (!note)
		return word;
	if (x->format != PAGE_JSON)
		outbuf_printf(&x->out, "%s%s\n", x->some ? "\n" : "", note);
	x->some = false;
	return word;
}

static void explain_word(struct explaining *x, const char *text, size_t len)
{
	char why[WORD_ERROR_LEN];
	struct verdict v;

	text = word_of_text(x, text, &len);

	if (flag_word_parse(&x->query.word, text, len, x->call, why) < 0) {
		outbuf_printf(&x->err, "thrtrace: %s\n", why);
		worse(x, EXPLAIN_BAD_WORD);
		return;
	}
	if (x->some && x->format != PAGE_JSON)
		outbuf_putc(&x->out, '\n');
	x->some = true;
	explain_page(&x->out, &x->query, x->format);
	explain_verdict(&v, &x->query);
	if (v.err)
		worse(x, EXPLAIN_REFUSED);
}

/* One word a line; empty lines and lines that start with # say nothing. */
static void explain_lines(struct explaining *x, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		size_t blank = 0;
		while (blank < n && (text[blank] == ' ' || text[blank] == '\t' || text[blank] == '\r'))
			blank++;
		if (blank < n && text[blank] != '#')
			explain_word(x, text, n);
		n += end != NULL;
		text += n;
		len -= n;
	}
}

static void explain_input(struct explaining *x)
{
	struct outbuf in;
	char buf[4096];
	ssize_t n = 0;

	outbuf_init(&in, 1 << 24);
	for (;;) {
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		outbuf_put(&in, buf, (size_t)n);
	}
	if (n < 0 || outbuf_status(&in)) {
		outbuf_printf(
			&x->err, "thrtrace: standard input: %s\n", n < 0 ? strerror(errno) : "more than can be held");
		worse(x, EXPLAIN_FAILED);
	} else {
		explain_lines(x, outbuf_str(&in), in.len);
	}
	outbuf_release(&in);
}

static void explain_words(struct explaining *x)
{
	const struct options *o = x->o;

	if (word_call(&x->call, o->explain_call) < 0) {
		outbuf_printf(
			&x->err, "thrtrace: --call=%.40s: use clone, clone3, unshare or setns\n", o->explain_call);
		worse(x, EXPLAIN_BAD_WORD);
		return;
	}
	if (word_caller(&x->query, x->who_text, o->explain_who) < 0) {
		outbuf_puts(&x->err, "thrtrace: /proc can't be read\n");
		worse(x, EXPLAIN_FAILED);
		return;
	}
	if (o->argc == 0) {
		outbuf_puts(&x->err,
			"thrtrace: --explain needs a flag word, as 0x3d0f00, 'vm|vfork|SIGCHLD', fork, or -\n");
		worse(x, EXPLAIN_BAD_WORD);
	}
	for (int i = 0; i < o->argc; i++) {
		if (strcmp(o->argv[i], "-") == 0)
			explain_input(x);
		else
			explain_word(x, o->argv[i], strlen(o->argv[i]));
	}
}

int explain_cmd(struct options *o)
{
	struct explaining x = { .o = o, .format = page_format_by_name(o->format ? o->format : "text") };

	if (x.format != PAGE_TEXT && x.format != PAGE_JSON) {
		fprintf(stderr, "thrtrace: --format=%s: an explanation is text or json\n", o->format);
		return EXIT_OWN;
	}
	outbuf_init(&x.out, 64 << 20);
	outbuf_init(&x.err, 1 << 20);
	explain_words(&x);
	if (outbuf_status(&x.out) || outbuf_status(&x.err))
		worse(&x, EXPLAIN_FAILED);
	print(&x.out, stdout);
	print(&x.err, stderr);
	return x.status;
}
