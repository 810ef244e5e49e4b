/* SPDX-License-Identifier: MIT */
#include "emit.h"

#include <thrtrace/annotate.h>

int emit(struct run *r, struct event *ev, bool show)
{
	struct notes notes;

	if (ev->t_ns == 0)
		ev->t_ns = r->k->now_ns(r->k->ctx);
	ev->t_ns -= r->t0_ns;
	int err = model_apply(r->model, ev);
	if (err || !show)
		return err;
	ev->seq = ++r->seq;
	notes_init(&notes);
	annotate(ev, r->model, &notes);
	err = r->sink->ops->event(r->sink, ev, r->model, &r->output.buf);
	notes_release(&notes);
	if (!err)
		err = output_maybe_flush(&r->output);
	return err;
}

int emit_idle(struct run *r)
{
	int err = r->sink->ops->idle ? r->sink->ops->idle(r->sink, &r->output.buf) : 0;

	return err ? err : output_flush(&r->output);
}
