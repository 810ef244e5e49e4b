/* SPDX-License-Identifier: MIT */
#include "tell/emit.h"

#include <thrtrace/annotate.h>

int emit_apply(struct run *r, struct event *ev)
{
	if (ev->t_ns == 0)
		ev->t_ns = r->k->now_ns(r->k->ctx);
	ev->t_ns -= r->t0_ns;
	return model_apply(r->model, ev);
}

static bool is_hidden(const struct run *r, const struct event *ev)
{
	return r->view && (ev->kind == EV_CALL || ev->kind == EV_CALL_BEGIN) && !r->view->shown[ev->u.call.call->id];
}

int emit_show(struct run *r, struct event *ev)
{
	if (r->muted || is_hidden(r, ev))
		return 0;
	ev->seq = ++r->seq;
	r->notes.told = r->sink->told;
	annotate(ev, r->model, &r->notes);
	r->findings += event_findings(ev);
	int err = r->sink->ops->event(r->sink, ev, r->model, &r->output.buf);
	return err ? err : output_maybe_flush(&r->output);
}

int emit(struct run *r, struct event *ev, bool show)
{
	int err = emit_apply(r, ev);

	return err || !show ? err : emit_show(r, ev);
}

int emit_idle(struct run *r)
{
	if (r->muted)
		return 0;
	int err = r->sink->ops->idle ? r->sink->ops->idle(r->sink, &r->output.buf) : 0;

	return err ? err : output_flush(&r->output);
}
