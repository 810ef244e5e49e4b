/* SPDX-License-Identifier: MIT */
/* One thread of a process that runs, on one page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/census_options.h"
#include "cmd/commands.h"
#include "cmd/print.h"
#include "kernel/thread_facts.h"
#include "sample/frames.h"
#include "sample/sample.h"

#define INTERVAL_NS 200000000U /* rates are of so long a time */
#define OUTPUT_MAX  (1U << 20)

/* Two looks at the whole process: who owns a lock, and what a name stands for, is told by the other threads. */
static int look(const struct options *o, pid_t tgid, struct census *ret)
{
	struct sample *s;
	int err = sample_new(&s, tgid);

	if (!err) {
		census_ask(s, NULL, true);
		census_pause(o->census.interval_ns ? o->census.interval_ns : INTERVAL_NS);
		err = sample_look(s, ret);
	}
	sample_free(s);
	return err;
}

/* The thread alone is stopped. */
static int read_frames(struct frames **f, const struct thread_page *p, struct census_stacks *ret)
{
	struct census_task copy = *p->t;
	struct census one = *p->c;
	int err = frames_new(f);

	one.task = &copy;
	one.n = 1;
	if (!err)
		err = frames_read(*f, &one, ret);
	return err == -EINTR ? 0 : err;
}

static int show(const struct options *o, int format, struct thread_page *p)
{
	struct census_stacks stacks = { .stack = NULL };
	struct frames *frames = NULL;
	struct outbuf out;
	int err = o->census.stacks ? read_frames(&frames, p, &stacks) : 0;

	outbuf_init(&out, OUTPUT_MAX);
	if (stacks.n)
		p->stack = &stacks.stack[0];
	if (!err && format)
		err = thread_page_json(p, &out);
	else if (!err)
		thread_page_text(p, &out);
	census_stacks_release(&stacks);
	frames_free(frames);
	if (err)
		fprintf(stderr, "thrtrace: %s\n", strerror(-err));
	int status = print(&out, stdout);
	return err ? EXIT_OWN : status;
}

int explain_thread_cmd(struct options *o)
{
	static const char *const formats[] = { "text", "json", NULL };
	int format = print_format(o, formats);
	struct thread_facts facts;
	struct census c;
	char *end = NULL;
	long tid = strtol(o->subject, &end, 10);

	if (format < 0)
		return EXIT_OWN;
	if (tid < 1 || tid > INT32_MAX || *end) {
		fprintf(stderr, "thrtrace: --explain-thread takes the number of a thread\n");
		return EXIT_OWN;
	}
	int err = thread_facts_read(&facts, (pid_t)tid);
	if (!err)
		err = look(o, facts.tgid, &c);
	if (err && err != -ESRCH) {
		fprintf(stderr, "thrtrace: process %d: %s\n", facts.tgid, strerror(-err));
		return EXIT_OWN;
	}
	const struct census_task *t = err ? NULL : census_by_tid(&c, facts.tid);
	int status = EXIT_OWN;
	if (t)
		status = show(o, format, &(struct thread_page){ .c = &c, .t = t, .facts = &facts });
	else
		fprintf(stderr, "thrtrace: there is no thread %ld\n", tid);
	if (!err)
		census_release(&c);
	return status;
}
