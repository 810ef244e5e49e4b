/* SPDX-License-Identifier: MIT */
/* The rows, and the one place where they are asked. */
#include "findings/findings_impl.h"

#include <string.h>

#define ERROR     SEVERITY_ERROR
#define WARNING   SEVERITY_WARNING
#define NOTE      SEVERITY_NOTE
#define LINE      FINDING_LINE
#define BLOCK     FINDING_IN_BLOCK
#define ON(kind)  (1U << EV_##kind)
#define BY(way)   (1U << WAY_##way)
#define PART(way) (1U << (WAY_##way + FINDING_WAYS))
static const struct finding_row rows[] = {
#define FINDING(test, id, severity, place, asked, ways, what, why, repair, sources)                                    \
	{ id, severity, place, asked, ways, finding_##test, what, why, repair, sources },
#include "findings/findings.def"
#undef FINDING
};

_Static_assert(ARRAY_SIZE(rows) <= FINDING_KINDS_MAX, "FINDING_KINDS_MAX is too small");

/* Leaves out what is ignored, and counts the rest. Texts stay where they are: each is pointed to. */
static void settle(struct findings *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct finding *one = &f->found[i];
		if (f->judge.judge)
			one->standing = f->judge.judge(f->judge.ctx, one);
		if (one->standing == FINDING_IGNORED) {
			f->ignored++;
			continue;
		}
		f->told++;
		if (one->standing == FINDING_KNOWN)
			f->known++;
		else
			f->new_of[one->row - rows]++;
		f->found[kept++] = *one;
	}
	f->n = kept;
}

void findings_ask(struct findings *f, struct event *ev, const struct model *m)
{
	struct inquiry q = { .ev = ev, .m = m, .to = f };

	f->n = 0;
	bool asked_for = ev->kind == EV_CALL && ev->u.call.injected; /* so it is no finding */
	for (q.row = rows; q.row < rows + ARRAY_SIZE(rows); q.row++)
		if (!asked_for && (q.row->asked & 1U << ev->kind))
			q.row->test(&q);
	settle(f);
	ev->finding = f->found;
	ev->n_findings = f->n;
	if (ev->kind == EV_SUMMARY) {
		ev->u.summary.findings = f->told;
		ev->u.summary.known = f->known;
		ev->u.summary.ignored = f->ignored;
	}
}

const struct finding_row *finding_row_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

size_t finding_row_place(const struct finding_row *row)
{
	return (size_t)(row - rows);
}

const struct finding_row *finding_row_of(const char *id, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strlen(rows[i].id) == len && memcmp(rows[i].id, id, len) == 0)
			return &rows[i];
	return NULL;
}
