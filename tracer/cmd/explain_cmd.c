/* SPDX-License-Identifier: MIT */
/* Words explained, without tracing. Every word is explained, also after one that was not understood. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <thrtrace/explain_page.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "kernel/limit_facts.h"
#include "kernel/proc_file.h"

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

	if (!x->o->explain_call)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (strcmp(calls[i].name, x->o->explain_call) == 0) {
			x->call = calls[i].call;
			return 0;
		}
	outbuf_printf(&x->err, "thrtrace: --call=%.40s: use clone, clone3, unshare or setns\n", x->o->explain_call);
	return -EINVAL;
}

/* The caller's facts, but with or without the capabilities. This process is the tool: it shares nothing. */
static int find_caller(struct explaining *x)
{
	struct caller_facts *who = &x->query.who;
	int err = caller_facts_read(who, proc_self());

	if (err)
		return err;
	who->mm_shared = who->sighand_shared = who->fs_shared = FACT_NO;
	switch (x->o->explain_who) {
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

/* Functions of the C library: the words that they make tasks with, as seen of glibc 2.36 and musl 1.2.3. */
static const struct {
	const char *name, *word, *note;
} functions[] = {
	{ "fork", "CLONE_CHILD_SETTID|CLONE_CHILD_CLEARTID|SIGCHLD",
		"fork() of glibc; musl's is the system call fork: SIGCHLD alone." },
	{ "vfork", "CLONE_VM|CLONE_VFORK|SIGCHLD",
		"vfork(): the system call of that name does what clone does with this." },
	{ "pthread_create",
		"CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|"
		"CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID",
		"pthread_create() of glibc; musl adds CLONE_DETACHED, which has no effect." },
	{ "posix_spawn", "CLONE_VM|CLONE_VFORK|SIGCHLD",
		"posix_spawn() of glibc 2.36 and of musl: the child runs on a stack of its own." },
};

/* The word of a function's name, after a sentence about it; else the text itself. */
static const char *word_of_function(struct explaining *x, const char *text, size_t *len)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (strlen(functions[i].name) == *len && memcmp(functions[i].name, text, *len) == 0) {
			if (x->format != PAGE_JSON)
				outbuf_printf(&x->out, "%s%s\n", x->some ? "\n" : "", functions[i].note);
			x->some = false;
			*len = strlen(functions[i].word);
			return functions[i].word;
		}
	return text;
}

static void explain_word(struct explaining *x, const char *text, size_t len)
{
	char why[WORD_ERROR_LEN];
	struct verdict v;

	text = word_of_function(x, text, &len);

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

	if (find_call(x) < 0) {
		worse(x, EXPLAIN_BAD_WORD);
		return;
	}
	if (find_caller(x) < 0) {
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
