/* SPDX-License-Identifier: MIT */
/* The rows, and the one place where they are asked. */
#include "findings/findings_impl.h"

#define ERROR    SEVERITY_ERROR
#define WARNING  SEVERITY_WARNING
#define NOTE     SEVERITY_NOTE
#define LINE     FINDING_LINE
#define BLOCK    FINDING_IN_BLOCK
#define ON(kind) (1U << EV_##kind)
static const struct finding_row rows[] = {
#define FINDING(test, id, severity, place, asked, what, why, repair, sources)                                          \
	{ id, severity, place, asked, finding_##test, what, why, repair, sources },
#include "findings/findings.def"
#undef FINDING
};

void findings_ask(struct findings *f, struct event *ev, const struct model *m)
{
	struct inquiry q = { .ev = ev, .m = m, .to = f };

	f->n = 0;
	for (q.row = rows; q.row < rows + ARRAY_SIZE(rows); q.row++)
		if (q.row->asked & 1U << ev->kind)
			q.row->test(&q);
	ev->finding = f->found;
	ev->n_findings = f->n;
	f->told += f->n;
	for (size_t i = 0; i < f->n; i++)
		f->told_of[f->found[i].row->severity]++;
	if (ev->kind == EV_SUMMARY)
		ev->u.summary.findings = f->told;
}

const struct finding_row *finding_row_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}
