/* SPDX-License-Identifier: MIT */
#include "cmd/watch_page.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/screen.h"

#define TEXT_MAX (1U << 20)
#define TAIL_MAX 6 /* lines of verdicts, at most */
#define KEYS     "q quit  space freeze  s sort  g group  / filter  Enter open  Esc back"

void watch_page_init(struct watch_page *p, const struct census_view *view)
{
	*p = (struct watch_page){ .view = *view, .filter = { .like = BY_THREAD }, .came_from = view->by };
}

void watch_page_release(struct watch_page *p)
{
	free(p->group);
	p->group = NULL;
	p->n = 0;
}

/* ---- drawing ---- */

/* Up to n lines of text from that row on: how many. */
static unsigned put_lines(const char *text, unsigned row, unsigned n, enum screen_look look)
{
	unsigned done = 0;

	for (; *text && done < n; done++) {
		size_t len = strcspn(text, "\n");
		screen_line(row + done, text, len, look);
		text += len + (text[len] == '\n');
	}
	return done;
}

static void put_status(const struct watch_page *p, unsigned row)
{
	static const char *const by[] = { [BY_NAME_AND_WAIT] = "name and place",
		[BY_NAME] = "name",
		[BY_STATE] = "state",
		[BY_WAIT] = "place",
		[BY_POLICY] = "policy",
		[BY_ROLE] = "role",
		[BY_START] = "start",
		[BY_THREAD] = "thread" };
	char line[512];
	int len;

	if (p->asking)
		len = snprintf(line, sizeof(line), "name has: %s_", p->filter.name);
	else if (p->said[0])
		len = snprintf(line, sizeof(line), "%s", p->said);
	else
		len = snprintf(line, sizeof(line), "%sby %s, sorted by %s%s%s | " KEYS, p->frozen ? "FROZEN, " : "",
			by[p->view.by], census_column_name(p->view.sort), p->filter.name[0] ? ", name has " : "",
			p->filter.name);
	screen_line(row, line, (size_t)len, LOOK_TITLE);
}

static void choose_visible(struct watch_page *p, unsigned room)
{
	if (p->chosen >= p->n)
		p->chosen = p->n ? p->n - 1 : 0;
	if (p->chosen < p->first)
		p->first = p->chosen;
	if (room && p->chosen >= p->first + room)
		p->first = p->chosen - room + 1;
}

/* The table's title, and the rows for which there is room. */
static void put_table(struct watch_page *p, const struct census *c, unsigned row, unsigned room, struct outbuf *b)
{
	unsigned rows = room > 1 ? room - 1 : 0;

	choose_visible(p, rows);
	size_t n = p->n - p->first < rows ? p->n - p->first : rows;
	outbuf_clear(b);
	census_table(c, &p->view, p->group + p->first, n, b);
	const char *text = outbuf_str(b), *body = strchr(text, '\n');
	put_lines(text, row, 1, LOOK_TITLE);
	put_lines(body ? body + 1 : "", row + 1, (unsigned)n, LOOK_PLAIN);
	size_t at = p->chosen - p->first;
	for (size_t i = 0; body && i < at; i++)
		body = strchr(body + 1, '\n');
	if (body && p->n)
		put_lines(body + 1, row + 1 + (unsigned)at, 1, LOOK_CHOSEN);
}

static void put_thread(
	const struct watch_page *p, const struct census *c, unsigned row, unsigned room, struct outbuf *b)
{
	const struct census_task *t = census_by_tid(c, p->thread);

	outbuf_clear(b);
	if (t)
		census_thread_page(c, t, b);
	else
		outbuf_printf(b, "  thread %d has ended\n", p->thread);
	put_lines(outbuf_str(b), row, room, LOOK_PLAIN);
}

/* Groups of what the filter leaves. */
static int regroup(struct watch_page *p, struct census *part, const struct census *c)
{
	*part = *c;
	part->task = malloc((c->n + 1) * sizeof(*part->task));
	if (!part->task)
		return -ENOMEM;
	memcpy(part->task, c->task, c->n * sizeof(*part->task));
	census_keep(part, &p->filter);
	watch_page_release(p);
	int err = census_groups(part, p->view.by, &p->group, &p->n);
	return err ? err : census_sort(part, &p->view, p->group, p->n);
}

int watch_page_draw(struct watch_page *p, const struct census *c)
{
	unsigned rows, columns, at, tail;
	struct census part;
	struct outbuf b, verdicts;
	int err = regroup(p, &part, c);

	if (err)
		return err;
	screen_size(&rows, &columns);
	p->view.width = columns;
	outbuf_init(&b, TEXT_MAX);
	outbuf_init(&verdicts, TEXT_MAX);
	screen_begin();
	census_head(c, &b);
	at = put_lines(outbuf_str(&b), 0, rows, LOOK_PLAIN);
	err = census_tail(c, &p->view, &verdicts);
	tail = rows > at + 10 ? put_lines(outbuf_str(&verdicts), rows, TAIL_MAX, LOOK_MARK) :
				0; /* counted: it is below the screen */
	unsigned room = rows > at + tail + 1 ? rows - at - tail - 1 : 0;
	if (p->thread)
		put_thread(p, c, at, room, &b);
	else
		put_table(p, &part, at, room, &b);
	put_lines(outbuf_str(&verdicts), at + room, tail, LOOK_MARK);
	if (rows)
		put_status(p, rows - 1);
	screen_end();
	/* The groups borrow from the part: what a key asks of the chosen one is kept by itself. */
	if (p->n)
		p->under = *p->group[p->chosen].first;
	census_release(&part);
	outbuf_release(&verdicts);
	outbuf_release(&b);
	return err;
}

/* ---- keys ---- */

static bool type(struct watch_page *p, int key)
{
	size_t len = strlen(p->filter.name);

	if (key == KEY_ENTER_ || key == KEY_ESCAPE_) {
		p->asking = false;
		if (key == KEY_ESCAPE_)
			p->filter.name[0] = '\0';
	} else if (key == KEY_BACK_ && len) {
		p->filter.name[len - 1] = '\0';
	} else if (key >= ' ' && key < 0x7f && len + 1 < sizeof(p->filter.name)) {
		p->filter.name[len] = (char)key;
		p->filter.name[len + 1] = '\0';
	}
	return true;
}

static void group_by(struct watch_page *p, enum census_by by)
{
	enum census_column sort = p->view.sort;

	census_view_init(&p->view, by);
	p->view.sort = sort;
	p->chosen = p->first = 0;
}

/* The next column that is shown and can be sorted by. */
static void sort_by_next(struct watch_page *p)
{
	size_t at = 0;

	while (at < p->view.n_columns && p->view.column[at] != p->view.sort)
		at++;
	p->view.sort = p->view.column[at + 1 < p->view.n_columns ? at + 1 : 0];
	if (p->view.sort == COL_OTHER)
		p->view.sort = p->view.column[0];
	p->chosen = p->first = 0;
}

static void open_chosen(struct watch_page *p)
{
	if (!p->n)
		return;
	if (p->view.by == BY_THREAD) {
		p->thread = p->under.tid;
		return;
	}
	p->came_from = p->view.by;
	p->opened = true;
	census_filter_like(&p->filter, p->view.by, &p->under);
	group_by(p, BY_THREAD);
}

static void go_back(struct watch_page *p)
{
	if (p->thread) {
		p->thread = 0;
	} else if (p->opened) {
		p->opened = false;
		p->filter.like = BY_THREAD;
		group_by(p, p->came_from);
	} else {
		p->filter.name[0] = '\0';
	}
}

static void group_by_next(struct watch_page *p)
{
	p->opened = false;
	p->thread = 0;
	p->filter.like = BY_THREAD;
	group_by(p, p->view.by == BY_THREAD ? BY_NAME_AND_WAIT : (enum census_by)(p->view.by + 1));
}

static void move(struct watch_page *p, int key)
{
	enum { PAGE = 10 };
	size_t last = p->n ? p->n - 1 : 0;

	if (key == KEY_UP_)
		p->chosen -= p->chosen > 0;
	else if (key == KEY_DOWN_)
		p->chosen += p->chosen < last;
	else if (key == KEY_PAGE_UP_)
		p->chosen = p->chosen > PAGE ? p->chosen - PAGE : 0;
	else if (key == KEY_PAGE_DOWN_)
		p->chosen = p->chosen + PAGE < last ? p->chosen + PAGE : last;
	else
		p->chosen = key == KEY_HOME_ ? 0 : last;
}

bool watch_page_key(struct watch_page *p, int key)
{
	if (key == KEY_NONE_)
		return false;
	p->said[0] = '\0';
	if (p->asking && key != KEY_RESIZE_ && key != KEY_LOST_)
		return type(p, key);
	switch (key) {
	case 'q':
	case 'Q':
	case KEY_LOST_:
		p->done = true;
		break;
	case ' ':
		p->frozen = !p->frozen;
		break;
	case 's':
		sort_by_next(p);
		break;
	case 'g':
		group_by_next(p);
		break;
	case '/':
	case 'f':
		p->asking = true;
		break;
	case KEY_ENTER_:
		open_chosen(p);
		break;
	case KEY_ESCAPE_:
	case KEY_BACK_:
		go_back(p);
		break;
	case KEY_UP_:
	case KEY_DOWN_:
	case KEY_PAGE_UP_:
	case KEY_PAGE_DOWN_:
	case KEY_HOME_:
	case KEY_END_:
		move(p, key);
		break;
	case KEY_RESIZE_:
		break;
	default:
		return false;
	}
	return true;
}
