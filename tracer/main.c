/* SPDX-License-Identifier: MIT */
/* thrtrace: parse, run, exit as the program did. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thrtrace/tables.h>

#include "cmd/explain_cmd.h"
#include "cmd/options.h"
#include "cmd/replay_cmd.h"
#include "cmd/trace_cmd.h"

enum { EXIT_OWN_FAILURE = 125 };

static int print(struct outbuf *out, FILE *to)
{
	fwrite(outbuf_str(out), 1, out->len, to);
	int err = outbuf_status(out);
	outbuf_release(out);
	return err || fflush(to) ? EXIT_OWN_FAILURE : 0;
}

/* Dies as the program died, so that a shell sees the same. */
static int exit_as(int wstatus)
{
	if (!WIFSIGNALED(wstatus))
		return WEXITSTATUS(wstatus);
	int sig = WTERMSIG(wstatus);
	struct rlimit none = { 0, 0 };
	sigset_t mask;
	setrlimit(RLIMIT_CORE, &none); /* the core, if any, is the program's */
	signal(sig, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	raise(sig);
	return 128 + sig;
}

static int status_of(int status, int wstatus)
{
	return status ? status : exit_as(wstatus);
}

static void end(struct options *o, int status, int wstatus)
{
	options_release(o);
	exit(status_of(status, wstatus));
}

static int trace(struct options *o)
{
	int wstatus = 0, status = trace_cmd(o, &wstatus, end);

	return status_of(status, wstatus);
}

static int explain(const struct options *o)
{
	enum page_format format = page_format_by_name(o->format ? o->format : "text");
	struct outbuf out, err;
	struct explain_options e = {
		.words = (const char *const *)(uintptr_t)o->argv,
		.n_words = (size_t)o->argc,
		.in_fd = STDIN_FILENO,
		.call = o->explain_call,
		.who = (enum explain_for)o->explain_who,
		.format = format,
	};

	if (format != PAGE_TEXT && format != PAGE_JSON) {
		fprintf(stderr, "thrtrace: --format=%s: an explanation is text or json\n", o->format);
		return EXIT_OWN_FAILURE;
	}
	outbuf_init(&out, 64 << 20);
	outbuf_init(&err, 1 << 20);
	int status = explain_cmd(&e, &out, &err);
	print(&out, stdout);
	print(&err, stderr);
	return status;
}

/* --flags and --resources: the table as a page. */
static int page(const struct options *o, void (*make)(struct outbuf *, enum page_format))
{
	enum page_format format = page_format_by_name(o->format ? o->format : "text");
	struct outbuf out;

	if (format == PAGE_FORMATS) {
		fprintf(stderr, "thrtrace: --format=%s: a table is one of text, json, markdown, man\n", o->format);
		return EXIT_OWN_FAILURE;
	}
	outbuf_init(&out, 8 << 20);
	make(&out, format);
	return print(&out, stdout);
}

static int words(void (*make)(struct outbuf *))
{
	struct outbuf out;

	outbuf_init(&out, 1 << 20);
	make(&out);
	return print(&out, stdout);
}

static int completion(const struct options *o)
{
	struct outbuf out;

	outbuf_init(&out, 1 << 20);
	completion_script(&out, o->shell);
	return print(&out, stdout);
}

int main(int argc, char **argv)
{
	struct options o;
	int status = EXIT_OWN_FAILURE, err = options_parse(&o, argc, argv);

	if (err) {
		fprintf(stderr, "thrtrace: %s\n", err == -EINVAL ? o.error : strerror(-err));
	} else {
		switch (o.command) {
		case DO_HELP:
			status = words(options_help);
			break;
		case DO_VERSION:
			status = words(options_version);
			break;
		case DO_EXPLAIN:
			status = explain(&o);
			break;
		case DO_FLAGS:
			status = page(&o, flags_page);
			break;
		case DO_RESOURCES:
			status = page(&o, resources_page);
			break;
		case DO_COMPLETION:
			status = completion(&o);
			break;
		case DO_TRACE:
			status = trace(&o);
			break;
		case DO_REPLAY:
			status = replay_cmd(&o);
			break;
		}
	}
	options_release(&o);
	return status;
}
