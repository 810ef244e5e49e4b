/* SPDX-License-Identifier: MIT */
#include "tell/telling.h"

#include <errno.h>
#include <string.h>

int telling_begin(struct telling *t, size_t keep_dead, struct telling_clock clock, uint64_t t0_ns)
{
	notes_init(&t->notes);
	findings_init(&t->findings);
	t->findings.judge = t->judge;
	t->findings.long_join_ns = t->long_join_ns;
	t->clock = clock;
	t->t0_ns = t0_ns;
	t->model = model_new(keep_dead);
	return t->model ? 0 : -ENOMEM;
}

void telling_release(struct telling *t)
{
	notes_release(&t->notes);
	findings_release(&t->findings);
	model_free(t->model);
	t->model = NULL;
}

/* ---- views ---- */

int telling_add_view(struct telling *t, const struct view *v)
{
	if (t->n_views == VIEWS_MAX)
		return -E2BIG;
	t->view[t->n_views++] = *v;
	return 0;
}

void telling_close_views(struct telling *t)
{
	for (size_t i = 0; i < t->n_views; i++) {
		sink_free(t->view[i].sink);
		output_close(&t->view[i].output);
	}
	t->n_views = 0;
}

bool telling_is_eager(const struct telling *t)
{
	for (size_t i = 0; i < t->n_views; i++)
		if (t->view[i].output.eager && !t->view[i].error)
			return true;
	return false;
}

bool telling_is_behind(const struct telling *t)
{
	for (size_t i = 0; i < t->n_views && !t->muted; i++)
		if (!t->view[i].error && t->view[i].output.fd != OUTPUT_KEPT && output_waiting(&t->view[i].output))
			return true;
	return false;
}

bool telling_is_piped(const struct telling *t)
{
	for (size_t i = 0; i < t->n_views; i++)
		if (t->view[i].output.piped && !t->view[i].error)
			return true;
	return false;
}

/* What every view comes to: 0 while one of them can be written, or else the error of the first that could not. */
static int views_status(const struct telling *t)
{
	for (size_t i = 0; i < t->n_views; i++)
		if (!t->view[i].error)
			return 0;
	return t->n_views ? t->view[0].error : 0;
}

bool telling_is_deserted(struct telling *t)
{
	for (size_t i = 0; i < t->n_views; i++)
		if (!t->view[i].error && output_is_deserted(&t->view[i].output))
			t->view[i].error = -EPIPE;
	return views_status(t) != 0;
}

typedef int view_step(struct telling *t, struct view *v, const struct event *ev);

/* One step on each view that can be written; one that fails is left out from then on, and the others go on. */
static int each_view(struct telling *t, view_step *step, const struct event *ev)
{
	for (size_t i = 0; i < t->n_views; i++)
		if (!t->view[i].error)
			t->view[i].error = step(t, &t->view[i], ev);
	return views_status(t);
}

/* ---- telling ---- */

int telling_apply(struct telling *t, struct event *ev)
{
	if (ev->t_ns == 0)
		ev->t_ns = telling_now(t);
	int err = model_apply(t->model, ev);

	progress_at(&t->progress, ev->t_ns, t->model, t->findings.told);
	return err;
}

static bool is_hidden(const struct telling *t, const struct event *ev)
{
	return t->only && (ev->kind == EV_CALL || ev->kind == EV_CALL_BEGIN) && !t->only->shown[ev->u.call.call->id];
}

/* Explanations that no view wants: NULL when one of them wants each. */
static const bool *told_by_all(struct telling *t)
{
	if (t->n_views == 1)
		return t->view[0].sink->told;
	memset(t->told, t->n_views > 0, sizeof(t->told));
	for (size_t i = 0; i < t->n_views; i++) {
		const bool *told = t->view[i].sink->told;
		if (!told)
			return NULL;
		for (size_t id = 0; id < NOTE_IDS; id++)
			t->told[id] &= told[id];
	}
	return t->told;
}

/* Says in the trace itself what is not in it. */
static int show_lost(const struct telling *t, struct view *v, const struct event *next)
{
	struct event ev = {
		.kind = EV_LOST, .seq = next->seq - 1, .t_ns = next->t_ns, .u.lost = { .events = v->lost }
	};

	v->lost = 0;
	return v->sink->ops->event(v->sink, &ev, t->model, &v->output.buf);
}

/* A reader that takes nothing costs it events, and nobody else anything. The last one ends what it has. */
static int show_in(struct telling *t, struct view *v, const struct event *ev)
{
	int err = 0;

	if (ev->kind != EV_SUMMARY && output_is_full(&v->output)) {
		v->lost++;
		v->lost_in_all++;
		return output_maybe_flush(&v->output);
	}
	if (v->lost)
		err = show_lost(t, v, ev);
	if (!err)
		err = v->sink->ops->event(v->sink, ev, t->model, &v->output.buf);
	return err ? err : output_maybe_flush(&v->output);
}

int telling_show(struct telling *t, struct event *ev)
{
	if (t->muted || is_hidden(t, ev))
		return 0;
	ev->seq = ++t->seq;
	findings_ask(&t->findings, ev, t->model);
	t->seq += ev->n_findings;
	t->notes.told = told_by_all(t);
	annotate(ev, t->model, &t->notes);
	return each_view(t, show_in, ev);
}

int telling_tell(struct telling *t, struct event *ev, bool show)
{
	int err = telling_apply(t, ev);

	return err || !show ? err : telling_show(t, ev);
}

static int idle_in(struct telling *t, struct view *v, const struct event *ev)
{
	(void)t;
	(void)ev;
	int err = v->sink->ops->idle ? v->sink->ops->idle(v->sink, &v->output.buf) : 0;

	return err ? err : output_flush(&v->output);
}

int telling_idle(struct telling *t)
{
	if (t->progress.on)
		progress_at(&t->progress, telling_now(t), t->model, t->findings.told);
	return t->muted ? 0 : each_view(t, idle_in, NULL);
}

static int flush_in(struct telling *t, struct view *v, const struct event *ev)
{
	(void)t;
	(void)ev;
	return output_flush(&v->output);
}

int telling_flush_aged(struct telling *t, uint64_t now_ns, uint64_t every_ns)
{
	if (now_ns - t->flushed_ns < every_ns)
		return 0;
	t->flushed_ns = now_ns;
	return t->muted ? 0 : each_view(t, flush_in, NULL);
}

int telling_finish(struct telling *t, uint64_t patience_ns)
{
	progress_clear(&t->progress);
	for (size_t i = 0; i < t->n_views && !t->muted; i++)
		if (!t->view[i].error)
			t->view[i].error = output_finish(&t->view[i].output, patience_ns);
	return t->muted ? 0 : views_status(t);
}
