/* SPDX-License-Identifier: MIT */
#include "sinks/text_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/tables.h>

#include "sinks/words.h"

/* Beyond this many rows a table is no help to a reader; --format=json has every task. */
#define ROWS_MAX 256
#define CELL     40

enum column {
	COL_T,
	COL_TID,
	COL_PID,
	COL_NAME,
	COL_CREATED,
	COL_STARTS,
	COL_ROLE,
	COL_STACK,
	COL_TOUCHED,
	COL_GUARD,
	COL_LIVED,
	COL_END,
	COL_JOINED,
	COL_CPU, /* from here on: where accounts were asked for */
	COL_WAITED,
	COL_SWITCHES,
	COL_SCHEDULED,
	COL_CPUS,
	COL_LAST_CPU,
	COLUMNS
};

static const char *const titles[COLUMNS] = {
	"T",
	"TID",
	"PID",
	"NAME",
	"CREATED BY",
	"STARTS IN",
	"ROLE",
	"STACK",
	"TOUCHED",
	"GUARD",
	"LIVED",
	"END",
	"JOINED",
	"CPU",
	"WAITED",
	"SWITCHES",
	"SCHEDULED",
	"CPUS",
	"ON",
};

struct row {
	char cell[COLUMNS][CELL];
};

static void set(char cell[CELL], const struct outbuf *b)
{
	snprintf(cell, CELL, "%s", b->len ? outbuf_str(b) : "-");
}

static void created_cell(const struct task *t, struct outbuf *b)
{
	if (t->birth == BIRTH_PROGRAM) {
		outbuf_puts(b, "execve");
		return;
	}
	if (t->birth == BIRTH_ATTACHED) {
		outbuf_puts(b, "(was there)");
		return;
	}
	if (!t->creator)
		return;
	outbuf_printf(b, "T%u", t->creator_label);
	if (!t->made_at.pc)
		return;
	struct frame place = t->made_at;
	place.file = NULL; /* the line is enough */
	outbuf_putc(b, ' ');
	frame_format(b, &place);
	if (t->made_at.file)
		outbuf_printf(b, ":%u", t->made_at.line);
}

static void lived_cell(const struct task *t, struct outbuf *b)
{
	uint64_t end = task_ended_ns(t);

	if (t->followed && end && !t->end.before)
		duration_format(b, end - t->t_born_ns + t->age_ns);
}

static void stack_cells(const struct task *t, struct row *row, struct outbuf *b)
{
	const struct stack_area *s = &t->stack;

	outbuf_clear(b);
	if (s->high)
		size_format(b, s->high - s->low);
	else if (s->kind == STACK_COPY)
		outbuf_puts(b, "copy");
	else if (s->kind == STACK_CREATORS)
		outbuf_puts(b, "creator's");
	else if (s->kind == STACK_HEAP)
		outbuf_puts(b, "heap");
	set(row->cell[COL_STACK], b);
	outbuf_clear(b);
	if (s->touched_known)
		size_format(b, s->touched);
	set(row->cell[COL_TOUCHED], b);
	outbuf_clear(b);
	if (s->guard == GUARD_NONE && s->kind != STACK_NO_USER)
		outbuf_puts(b, "none");
	else if (s->guard_bytes)
		size_format(b, s->guard_bytes);
	set(row->cell[COL_GUARD], b);
}

static void account_cells(const struct ev_end *e, struct row *row, struct outbuf *b)
{
	const struct sched_last *s = &e->sched;

	for (unsigned c = COL_CPU; c < COLUMNS; c++)
		snprintf(row->cell[c], CELL, "-");
	if (!s->known)
		return;
	outbuf_clear(b);
	outbuf_printf(b, "%s, nice %d", policy_word(s->policy), s->nice);
	if (s->rt_priority) {
		outbuf_clear(b);
		outbuf_printf(b, "%s %d", policy_word(s->policy), s->rt_priority);
	}
	set(row->cell[COL_SCHEDULED], b);
	snprintf(row->cell[COL_CPUS], CELL, "%.*s", CELL - 1, s->cpus[0] ? s->cpus : "-");
	snprintf(row->cell[COL_LAST_CPU], CELL, "%d", s->last_cpu);
	if (e->split_known)
		snprintf(row->cell[COL_SWITCHES], CELL, "%" PRIu64 "+%" PRIu64, e->voluntary, e->involuntary);
	if (!e->cpu_known)
		return;
	outbuf_clear(b);
	duration_format(b, e->cpu_ns);
	set(row->cell[COL_CPU], b);
	outbuf_clear(b);
	duration_format(b, e->wait_ns);
	set(row->cell[COL_WAITED], b);
}

static void fill(struct row *row, const struct task *t)
{
	struct outbuf b;

	outbuf_init(&b, 256);
	snprintf(row->cell[COL_T], CELL, "T%u", t->label);
	snprintf(row->cell[COL_TID], CELL, "%d", t->id.tid);
	snprintf(row->cell[COL_PID], CELL, "%d", t->tgid);
	quote_format(&b, t->comm, strnlen(t->comm, COMM_LEN));
	if (b.len >= 2) /* without the quotes: a column needs none */
		snprintf(row->cell[COL_NAME], CELL, "%.*s", (int)(b.len - 2 < CELL - 1 ? b.len - 2 : CELL - 1),
			outbuf_str(&b) + 1);
	outbuf_clear(&b);
	created_cell(t, &b);
	set(row->cell[COL_CREATED], &b);
	outbuf_clear(&b);
	if (t->start_refused)
		outbuf_puts(&b, "(never ran)");
	else if (t->at.pc)
		task_runs_format(&b, t);
	set(row->cell[COL_STARTS], &b);
	outbuf_clear(&b);
	if (t->role)
		role_label_format(&b, t->role);
	set(row->cell[COL_ROLE], &b);
	stack_cells(t, row, &b);
	outbuf_clear(&b);
	lived_cell(t, &b);
	set(row->cell[COL_LIVED], &b);
	outbuf_clear(&b);
	task_end_format(&b, t);
	set(row->cell[COL_END], &b);
	outbuf_clear(&b);
	join_format(&b, t);
	set(row->cell[COL_JOINED], &b);
	account_cells(&t->end, row, &b);
	outbuf_release(&b);
}

/* Rows are no lines of the plain trace: those begin with a letter. */
#define INDENT 2

/* How the cells of a table's lines are laid out. */
struct layout {
	size_t width[COLUMNS]; /* 0: that column is left out */
	size_t terminal;       /* its columns; 0: as many as are needed */
};

/* Where a line is wider than the terminal, its last columns stand below, each under its title, as the others do. */
static void line(const char *const *cells, unsigned n, const struct layout *l, struct outbuf *out)
{
	size_t col = INDENT, below = INDENT + l->width[0] + 2;

	for (unsigned c = 0; c < n; c++) {
		if (!l->width[c])
			continue;
		if (l->terminal && col > below && col + l->width[c] > l->terminal) {
			outbuf_putc(out, '\n');
			col = below;
		}
		outbuf_pad(out, col);
		outbuf_puts(out, cells[c]);
		col += l->width[c] + 2;
	}
	outbuf_putc(out, '\n');
}

static void row_line(const struct row *row, const struct layout *l, struct outbuf *out)
{
	const char *cells[COLUMNS];

	for (unsigned c = 0; c < COLUMNS; c++)
		cells[c] = row->cell[c];
	line(cells, COLUMNS, l, out);
}

static void widen(size_t *width, const char *cell)
{
	size_t n = strlen(cell);

	if (n > *width)
		*width = n;
}

/* It was there before thrtrace, and still is: its row at the beginning has said all. */
static bool is_unchanged(const struct task *t)
{
	return t->birth == BIRTH_ATTACHED && t->life == TASK_DEAD && t->end.how == END_DETACHED;
}

/* The first task after this serial that the table has a row for; NULL. */
static const struct task *next_listed(const struct model *m, bool all, uint32_t after)
{
	const struct task *t = model_next(m, after);

	while (t && !all && is_unchanged(t))
		t = model_next(m, t->id.serial);
	return t;
}

static void more_line(const struct model *m, bool all, uint64_t rows, struct outbuf *out)
{
	struct model_counts c = model_counts(m);
	uint64_t unchanged = 0;

	for (const struct task *t = model_next(m, 0); t; t = model_next(m, t->id.serial))
		unchanged += !all && is_unchanged(t);
	if (c.births <= rows + unchanged)
		return;
	outbuf_printf(out, "  ... and %" PRIu64 " more; ", c.births - rows - unchanged);
	if (c.there)
		outbuf_printf(out, "%" PRIu64 " were there, ", c.there);
	outbuf_printf(out, "%" PRIu64 " born, %" PRIu64 " ended, ", c.births - c.there, c.ends - c.left);
	if (c.left)
		outbuf_printf(out, "%" PRIu64 " left to themselves, ", c.left);
	outbuf_printf(out, "at most %" PRIu64 " at once; --format=json tells of each\n", c.peak);
}

void text_table(const struct model *m, bool all, unsigned terminal, struct outbuf *out)
{
	struct layout l = { .terminal = terminal };
	size_t shown = 0;
	const struct task *t = next_listed(m, all, 0);
	bool pids = false, roles = false, accounts = false;
	struct row row;

	if (!t)
		return;
	pid_t tgid = t->tgid;
	for (unsigned c = 0; c < COLUMNS; c++)
		l.width[c] = strlen(titles[c]);
	for (const struct task *u = t; u && shown < ROWS_MAX; u = next_listed(m, all, u->id.serial), shown++) {
		pids |= u->tgid != tgid;
		roles |= u->role != NULL;
		accounts |= u->end.sched.known;
		fill(&row, u);
		for (unsigned c = 0; c < COLUMNS; c++)
			widen(&l.width[c], row.cell[c]);
	}
	size_t rows = 0;
	if (!pids)
		l.width[COL_PID] = 0;
	if (!roles)
		l.width[COL_ROLE] = 0;
	for (unsigned c = COL_CPU; c < COLUMNS && !accounts; c++)
		l.width[c] = 0;
	if (pids)
		outbuf_puts(out, "THREADS\n");
	else
		outbuf_printf(out, "THREADS of %d\n", tgid);
	line(titles, COLUMNS, &l, out);
	for (; t && rows < ROWS_MAX; t = next_listed(m, all, t->id.serial), rows++) {
		fill(&row, t);
		row_line(&row, &l, out);
	}
	more_line(m, all, rows, out);
}

/* ---- creators ---- */

enum creator_column { CRE_MADE, CRE_ONCE, CRE_RATE, CRE_STACK, CRE_BY, CRE_STARTS, CREATOR_COLUMNS };
_Static_assert((int)CREATOR_COLUMNS <= (int)COLUMNS, "a layout has room for either table");

static const char *const creator_titles[CREATOR_COLUMNS] = { "MADE", "AT ONCE", "PER SECOND", "STACK BYTES",
	"CREATED IN", "STARTS IN" };

struct creator_row {
	char cell[CREATOR_COLUMNS][2 * CELL];
};

static void place_cell(char cell[2 * CELL], const struct frame *f)
{
	struct outbuf b;

	outbuf_init(&b, 512);
	if (f->pc)
		frame_format(&b, f);
	else
		outbuf_puts(&b, "unknown");
	snprintf(cell, 2 * CELL, "%s", outbuf_str(&b));
	outbuf_release(&b);
}

static void fill_creator(struct creator_row *row, const struct creation *c)
{
	struct outbuf b;
	double seconds = (double)(c->last_ns - c->first_ns) / 1e9;

	snprintf(row->cell[CRE_MADE], sizeof(row->cell[0]), "%llu", (unsigned long long)c->made);
	snprintf(row->cell[CRE_ONCE], sizeof(row->cell[0]), "%llu", (unsigned long long)c->peak);
	if (c->made > 1 && seconds > 0)
		snprintf(row->cell[CRE_RATE], sizeof(row->cell[0]), "%.0f", (double)(c->made - 1) / seconds);
	else
		snprintf(row->cell[CRE_RATE], sizeof(row->cell[0]), "-");
	outbuf_init(&b, 64);
	size_format(&b, c->stack_bytes);
	snprintf(row->cell[CRE_STACK], sizeof(row->cell[0]), "%s", outbuf_str(&b));
	outbuf_release(&b);
	place_cell(row->cell[CRE_BY], &c->made_at);
	place_cell(row->cell[CRE_STARTS], &c->start);
}

void text_creators(const struct model *m, unsigned terminal, struct outbuf *out)
{
	struct layout l = { .terminal = terminal };
	size_t shown = 0;
	struct creator_row row;

	for (unsigned c = 0; c < CREATOR_COLUMNS; c++)
		l.width[c] = strlen(creator_titles[c]);
	for (const struct creation *k = model_next_creation(m, NULL); k && shown < ROWS_MAX;
		k = model_next_creation(m, k), shown++) {
		fill_creator(&row, k);
		for (unsigned c = 0; c < CREATOR_COLUMNS; c++)
			widen(&l.width[c], row.cell[c]);
	}
	if (!shown)
		return;
	outbuf_puts(out, "CREATORS\n");
	line(creator_titles, CREATOR_COLUMNS, &l, out);
	shown = 0;
	for (const struct creation *k = model_next_creation(m, NULL); k && shown < ROWS_MAX;
		k = model_next_creation(m, k), shown++) {
		const char *cells[CREATOR_COLUMNS];
		fill_creator(&row, k);
		for (unsigned c = 0; c < CREATOR_COLUMNS; c++)
			cells[c] = row.cell[c];
		line(cells, CREATOR_COLUMNS, &l, out);
	}
}

void text_counts(const struct ev_summary *e, unsigned detached, struct outbuf *out)
{
	uint64_t n = e->findings;

	if (detached)
		outbuf_printf(out, "%u thread%s let go: %s on\n", detached, detached == 1 ? "" : "s",
			detached == 1 ? "it goes" : "they go");
	if (n)
		outbuf_printf(out, "%" PRIu64 " finding%s, marked !! above\n", n, n == 1 ? "" : "s");
	else
		outbuf_puts(out, "no findings\n");
	if (e->known)
		outbuf_printf(out, "%" PRIu64 " of them in the baseline\n", e->known);
	if (e->ignored)
		outbuf_printf(out, "%" PRIu64 " left out, as --ignore has it\n", e->ignored);
}
