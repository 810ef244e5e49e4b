/* SPDX-License-Identifier: MIT */
#include "cmd/explain_cmd.h"
#include "kernel/limit_facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct run {
	const struct explain_options *o;
	struct outbuf *out, *err;
	unsigned call;
	struct explain_query query;
	char who_text[64];
	int status;
	bool some;
};

static void worse(struct run *r, int status)
{
	if (status > r->status)
		r->status = status;
}

static int find_call(struct run *r)
{
	static const struct {
		const char *name;
		unsigned call;
	} calls[] = { { "clone", ON_CLONE }, { "clone3", ON_CLONE3 }, { "unshare", ON_UNSHARE },
		{ "setns", ON_SETNS } };

	if (!r->o->call)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, r->o->call) == 0) {
			r->call = calls[i].call;
			return 0;
		}
	outbuf_printf(r->err, "thrtrace: --call=%.40s: use clone, clone3, unshare or setns\n", r->o->call);
	return -EINVAL;
}

/* The caller's facts, but with or without the capabilities. This process is the tool: it shares nothing. */
static int find_caller(struct run *r)
{
	struct caller_facts *who = &r->query.who;
	int err = caller_facts_read(who, getpid());

	if (err)
		return err;
	who->mm_shared = who->sighand_shared = who->fs_shared = FACT_NO;
	switch (r->o->who) {
	case FOR_CALLER:
		snprintf(r->who_text, sizeof(r->who_text), "this process (uid %u, %s CAP_SYS_ADMIN)", geteuid(),
			who->sys_admin == FACT_YES ? "with" : "without");
		break;
	case FOR_PRIVILEGED:
		snprintf(r->who_text, sizeof(r->who_text), "a privileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_YES;
		break;
	case FOR_UNPRIVILEGED:
		snprintf(r->who_text, sizeof(r->who_text), "an unprivileged process");
		who->sys_admin = who->restore = who->nproc_exempt = FACT_NO;
		break;
	}
	r->query.who_text = r->who_text;
	return 0;
}

static void explain_word(struct run *r, const char *text, size_t len)
{
	char why[WORD_ERROR_LEN];
	struct verdict v;

	if (flag_word_parse(&r->query.word, text, len, r->call, why) < 0) {
		outbuf_printf(r->err, "thrtrace: %s\n", why);
		worse(r, EXPLAIN_BAD_WORD);
		return;
	}
	if (r->some && r->o->format != PAGE_JSON)
		outbuf_putc(r->out, '\n');
	r->some = true;
	explain_page(r->out, &r->query, r->o->format);
	explain_verdict(&v, &r->query);
	if (v.err)
		worse(r, EXPLAIN_REFUSED);
}

/* One word a line; empty lines and lines that start with # say nothing. */
static void explain_lines(struct run *r, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;
		size_t blank = 0;
		while (blank < n && (text[blank] == ' ' || text[blank] == '\t' || text[blank] == '\r'))
			blank++;
		if (blank < n && text[blank] != '#')
			explain_word(r, text, n);
		n += end != NULL;
		text += n;
		len -= n;
	}
}

static void explain_input(struct run *r)
{
	struct outbuf in;
	char buf[4096];
	ssize_t n = 0;

	outbuf_init(&in, 1 << 24);
	for (;;) {
		n = read(r->o->in_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		outbuf_put(&in, buf, (size_t)n);
	}
	if (n < 0 || outbuf_status(&in)) {
		outbuf_printf(
			r->err, "thrtrace: standard input: %s\n", n < 0 ? strerror(errno) : "more than can be held");
		worse(r, EXPLAIN_FAILED);
	} else {
		explain_lines(r, outbuf_str(&in), in.len);
	}
	outbuf_release(&in);
}

int explain_cmd(const struct explain_options *o, struct outbuf *out, struct outbuf *err)
{
	struct run r = { .o = o, .out = out, .err = err };

	if (find_call(&r) < 0)
		return EXPLAIN_BAD_WORD;
	if (find_caller(&r) < 0) {
		outbuf_puts(err, "thrtrace: /proc can't be read\n");
		return EXPLAIN_FAILED;
	}
	if (o->n_words == 0) {
		outbuf_puts(err, "thrtrace: --explain needs a flag word, as 0x3d0f00, 'vm|vfork|SIGCHLD', or -\n");
		return EXPLAIN_BAD_WORD;
	}
	for (size_t i = 0; i < o->n_words; i++) {
		if (strcmp(o->words[i], "-") == 0)
			explain_input(&r);
		else
			explain_word(&r, o->words[i], strlen(o->words[i]));
	}
	if (outbuf_status(out) || outbuf_status(err))
		worse(&r, EXPLAIN_FAILED);
	return r.status;
}
