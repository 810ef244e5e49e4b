/* SPDX-License-Identifier: MIT */
/* Findings about what fork, execve and the end of a process make of threads, and of all that were made at a place. */
#include <inttypes.h>

#include <thrtrace/tables.h>

#include "findings/findings_impl.h"

/* ---- fork and execve ---- */

/* "T1, T2 and 3 more" */
static void put_few(struct outbuf *out, const struct few_tasks *few)
{
	for (uint32_t i = 0; i < few->n && i < FEW_TASKS; i++)
		outbuf_printf(out, "%sT%" PRIu32, i ? ", " : "", few->label[i]);
	if (few->n > FEW_TASKS)
		outbuf_printf(out, " and %" PRIu32 " more", few->n - FEW_TASKS);
}

void finding_exec_ends_threads(struct inquiry *q)
{
	const struct few_tasks *few = &q->ev->u.exec.ended;
	struct outbuf text;

	if (!few->n)
		return;
	outbuf_init(&text, 200);
	put_few(&text, few);
	found(q, "its execve has ended %s, wherever %s", outbuf_str(&text), few->n > 1 ? "they were" : "it was");
	outbuf_release(&text);
}

/* Its own execve, or another's: it has the memory of a new program. */
void finding_fork_with_threads(struct inquiry *q)
{
	const struct ev_end *e = &q->ev->u.end;
	const struct task *t = q->ev->task;
	struct outbuf text;

	if (!t->left_behind.n || e->how == END_EXEC || e->how == END_DETACHED || e->how == END_UNSEEN)
		return;
	outbuf_init(&text, 200);
	put_few(&text, &t->left_behind);
	found(q,
		"it ended without an execve, and T%" PRIu32
		" that forked it was not alone: %s %s not in it, and what %s had "
		"locked stayed so",
		t->creator_label, outbuf_str(&text), t->left_behind.n > 1 ? "are" : "is",
		t->left_behind.n > 1 ? "they" : "it");
	outbuf_release(&text);
}

/* ---- all that were made at a place ---- */

/* So many places have a finding each; the others are one together. */
#define PLACES_MAX 4

/* How many that were made there it is about, 0 none; and what is told of them behind "3 threads, made by ...". */
struct of_place {
	uint64_t (*n)(const struct creation *c);
	void (*put)(struct outbuf *out, const struct creation *c);
	bool (*at_least)(const struct creation *c); /* NULL: it is about no more than n */
};

static void put_place(struct outbuf *out, const struct creation *c)
{
	if (!c->made_at.pc)
		return;
	outbuf_puts(out, ", made by ");
	frame_format(out, &c->made_at);
	outbuf_putc(out, ',');
}

static void tell_place(struct inquiry *q, const struct of_place *of, const struct creation *c)
{
	uint64_t n = of->n(c);
	struct outbuf text;

	outbuf_init(&text, 1000);
	outbuf_printf(&text, "%s%" PRIu64 " thread%s", of->at_least && of->at_least(c) ? "at least " : "", n,
		n == 1 ? "" : "s");
	put_place(&text, c);
	of->put(&text, c);
	found(q, "%s", outbuf_str(&text))->creation = c;
	outbuf_release(&text);
}

static void tell_places(struct inquiry *q, const struct of_place *of)
{
	uint64_t places = 0, n = 0;

	for (const struct creation *c = model_next_creation(q->m, NULL); c; c = model_next_creation(q->m, c)) {
		if (!of->n(c))
			continue;
		if (places++ < PLACES_MAX)
			tell_place(q, of, c);
		else
			n += of->n(c);
	}
	if (n)
		found(q, "%" PRIu64 " threads of %" PRIu64 " other places likewise", n, places - PLACES_MAX);
}

static uint64_t n_never_joined(const struct creation *c)
{
	return c->never_joined;
}

static void put_never_joined(struct outbuf *out, const struct creation *c)
{
	outbuf_printf(out, " %s ended, and nobody had joined or detached %s when the process ended",
		c->never_joined == 1 ? "has" : "have", c->never_joined == 1 ? "it" : "them");
	if (!c->never_joined_bytes)
		return;
	outbuf_puts(out, c->never_joined == 1 ? ": its stack, " : ": their stacks, ");
	size_format(out, c->never_joined_bytes);
	outbuf_puts(out, ", stayed mapped until then");
}

void finding_never_joined(struct inquiry *q)
{
	tell_places(q, &(struct of_place){ .n = n_never_joined, .put = put_never_joined });
}

static uint64_t n_alive(const struct creation *c)
{
	return c->alive_at_exit;
}

static void put_alive(struct outbuf *out, const struct creation *c)
{
	outbuf_printf(out, " %s alive, and neither joined nor detached, when another called exit_group",
		c->alive_at_exit == 1 ? "was" : "were");
}

static bool more_alive(const struct creation *c)
{
	return c->alive_at_least;
}

void finding_alive_at_exit(struct inquiry *q)
{
	tell_places(q, &(struct of_place){ .n = n_alive, .put = put_alive, .at_least = more_alive });
}

static uint64_t n_unguarded(const struct creation *c)
{
	return c->unguarded;
}

static void put_unguarded(struct outbuf *out, const struct creation *c)
{
	outbuf_puts(out, c->unguarded == 1 ? " had no guard below its stack" : " had no guard below their stacks");
}

void finding_no_guard(struct inquiry *q)
{
	tell_places(q, &(struct of_place){ .n = n_unguarded, .put = put_unguarded });
}

#define MANY     100
#define SHORT_NS ((uint64_t)2000000)

/* Those whose place is not known have no place in common. */
static uint64_t n_short(const struct creation *c)
{
	return c->made_pc && c->exited >= MANY && c->lived_ns / c->exited < SHORT_NS ? c->exited : 0;
}

static void put_short(struct outbuf *out, const struct creation *c)
{
	outbuf_puts(out, " lived for ");
	duration_format(out, c->lived_ns / c->exited);
	outbuf_puts(out, " on average, traced");
}

static void put_short_and_peak(struct outbuf *out, const struct creation *c)
{
	put_short(out, c);
	outbuf_printf(out, ", at most %" PRIu64 " at once", c->peak);
}

void finding_short_lives(struct inquiry *q)
{
	tell_places(
		q, &(struct of_place){ .n = n_short, .put = model_lacks_ends(q->m) ? put_short : put_short_and_peak });
}
