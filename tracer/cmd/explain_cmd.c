/* SPDX-License-Identifier: MIT */
#include "cmd/explain_cmd.h"
#include "kernel/limit_facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct explaining {
	const struct explain_options *o;
	struct outbuf *out, *err;
	unsigned call;
	struct explain_query query;
	char who_text[64];
	int status;
	bool some;
};

static void worse(struct explaining *x, int status)
{
	if (status > x->status)
		x->status = status;
}

static int find_call(struct explaining *x)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = { { "clone", ON_CLONE }, { "clone3", ON_CLONE3 }, { "unshare", ON_UNSHARE },
		{ "setns", ON_SETNS } };

	if (!x->o->call)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, x->o->call) == 0) {
			x->call = calls[i].call;
			return 0;
		}
	outbuf_printf(x->err, "thrtrace: --call=%.40s: use clone, clone3, unshare or setns\n", x->o->call);
	return -EINVAL;
}

/* The caller's facts, but with or without the capabilities. This process is the tool: it shares nothing. */
static int find_caller(struct explaining *x)
{
	struct caller_facts *who = &x->query.who;
	int err = caller_facts_read(who, getpid());

	if (err)
		return err;
	who->mm_shared = who->sighand_shared = who->fs_shared = FACT_NO;
	switch (x->o->who) {
	case FOR_CALLER:
		snprintf(x->who_text, sizeof(x->who_text), "this process (uid %u, %s CAP_SYS_ADMIN)", geteuid(),
			who->sys_admin == FACT_YES ? "with" : "without");
		break;
	case FOR_PRIVILEGED:
		snprintf(x->who_text, sizeof(x->who_text), "a privileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_YES;
		break;
	case FOR_UNPRIVILEGED:
		snprintf(x->who_text, sizeof(x->who_text), "an unprivileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_NO;
		break;
	}
	x->query.who_text = x->who_text;
	return 0;
}

static void explain_word(struct explaining *x, const char *text, size_t len)
{
	char why[WORD_ERROR_LEN];
	struct verdict v;

	if (flag_word_parse(&x->query.word, text, len, x->call, why) < 0) {
		outbuf_printf(x->err, "thrtrace: %s\n", why);
		worse(x, EXPLAIN_BAD_WORD);
		return;
	}
	if (x->some && x->o->format != PAGE_JSON)
		outbuf_putc(x->out, '\n');
	x->some = true;
	explain_page(x->out, &x->query, x->o->format);
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
		n = read(x->o->in_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		outbuf_put(&in, buf, (size_t)n);
	}
	if (n < 0 || outbuf_status(&in)) {
		outbuf_printf(
			x->err, "thrtrace: standard input: %s\n", n < 0 ? strerror(errno) : "more than can be held");
		worse(x, EXPLAIN_FAILED);
	} else {
		explain_lines(x, outbuf_str(&in), in.len);
	}
	outbuf_release(&in);
}

int explain_cmd(const struct explain_options *o, struct outbuf *out, struct outbuf *err)
{
	struct explaining x = { .o = o, .out = out, .err = err };

	if (find_call(&x) < 0)
		return EXPLAIN_BAD_WORD;
	if (find_caller(&x) < 0) {
		outbuf_puts(err, "thrtrace: /proc can't be read\n");
		return EXPLAIN_FAILED;
	}
	if (o->n_words == 0) {
		outbuf_puts(err, "thrtrace: --explain needs a flag word, as 0x3d0f00, 'vm|vfork|SIGCHLD', or -\n");
		return EXPLAIN_BAD_WORD;
	}
	for (size_t i = 0; i < o->n_words; i++) {
		if (strcmp(o->words[i], "-") == 0)
			explain_input(&x);
		else
			explain_word(&x, o->words[i], strlen(o->words[i]));
	}
	if (outbuf_status(out) || outbuf_status(err))
		worse(&x, EXPLAIN_FAILED);
	return x.status;
}
