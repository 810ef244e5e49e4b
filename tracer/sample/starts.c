/* SPDX-License-Identifier: MIT */
#include "sample/starts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <thrtrace/abi.h>
#include <thrtrace/tables.h>

#include "creators/creators.h"
#include "kernel/kernel_linux.h"

struct starts {
	struct kernel *k;
	struct creators *creators;
	struct role_memo memo;
};

int starts_new(struct starts **ret)
{
	struct starts *s = calloc(1, sizeof(*s));

	*ret = s;
	if (!s)
		return -ENOMEM;
	int err = kernel_linux_asking(&s->k);
	if (err)
		return err;
	s->creators = creators_new(s->k);
	if (!s->creators)
		return -ENOMEM;
	s->creators->late = true;
	return 0;
}

void starts_free(struct starts *s)
{
	if (!s)
		return;
	creators_free(s->creators);
	kernel_linux_free(s->k);
	free(s);
}

static void name_start(struct starts *s, struct census_task *t, const struct start_routine *start)
{
	struct role_maybe maybe;
	struct outbuf b;

	outbuf_init(&b, CENSUS_START_MAX);
	frame_format(&b, start_runs(start, NULL));
	snprintf(t->start, sizeof(t->start), "%s", outbuf_str(&b));
	outbuf_release(&b);
	role_birth(&maybe, &(struct role_marks){ .start = &start->at }, &s->memo);
	t->born_as = role_of(&maybe, t->comm);
}

static bool is_asked(const struct census *c, const struct census_task *t)
{
	return t->tid != c->pid && t->state != 'Z' && t->state != 'X' && !(t->flags & ROLE_PF_IO_WORKER);
}

void starts_read(struct starts *s, struct census *c)
{
	struct start_routine start;

	c->why[CENSUS_NO_START] = "no glibc's record of the thread was found, or it can't be read";

	for (size_t i = 0; i < c->n; i++) {
		struct census_task *t = &c->task[i];
		t->start[0] = '\0';
		t->born_as = NULL;
		if (!t->tp && t->robust_head && abi_native() && !abi_native()->tp_points_to_itself)
			t->tp = creators_base(s->creators, (struct task_ids){ t->tid, c->pid }, t->robust_head);
		if (t->tid != c->pid && (t->tp || t->musl_top)) {
			creators_started(s->creators, (struct task_ids){ t->tid, c->pid },
				&(struct start_asked){ .tp = t->tp, .musl_top = t->musl_top }, &start);
			if (start.known)
				name_start(s, t, &start);
		}
		c->lacks[CENSUS_NO_START] += is_asked(c, t) && !t->start[0];
	}
}
