/* SPDX-License-Identifier: MIT */
/*
 * The whole trace as one page in one file that needs nothing else: findings, lanes of lives on an axis of time, the
 * table, a page for each thread. Without scripts the findings and the table are there all the same. Written when the
 * trace is over. Its style and its scripts stand in decode/sinks/page/.
 */
#include <thrtrace/sink.h>
#include <thrtrace/tables.h>

#include "sinks/html_data.h"
#include "sinks/html_page.h"
#include "sinks/html_parts.h"

/* Of the script, in this order. */
static const char *const scripts[] = { data_js, lanes_js, moving_js, table_js, thread_js, begin_js };

struct html {
	struct sink s;
	bool begun;
	struct html_data data;
	struct outbuf title; /* the command, or who was attached to; made harmless as text, not yet as HTML */
	struct outbuf about; /* kernel, library, mode; likewise */
};

/* ---- the head ---- */

static void take_start(struct html *h, const struct ev_start *st)
{
	for (size_t i = 0; st->argv && st->argv[i]; i++) {
		outbuf_puts(&h->title, i ? " " : "");
		plain_format(&h->title, st->argv[i]);
	}
	if (!st->argv && st->comm)
		plain_format(&h->title, st->comm);
	for (size_t i = 0; !st->argv && i < st->n_attached; i++)
		outbuf_printf(&h->title, "%s%d", i || st->comm ? " " : "", st->attached[i]);
	outbuf_printf(&h->about, "Linux %s %s", st->kernel, st->arch);
	if (st->libc)
		outbuf_printf(&h->about, ", %s", st->libc);
	outbuf_printf(&h->about, "; thrtrace %s, %s mode", st->version ? st->version : "", st->mode);
}

static void put_head(const struct html *h, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct model_counts c = model_counts(m);

	outbuf_puts(out,
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"script-src 'unsafe-inline'\">\n<title>");
	html_escape(out, outbuf_str(&h->title));
	outbuf_puts(out, " - thrtrace</title>\n<style>\n");
	outbuf_puts(out, palette_css);
	outbuf_puts(out, page_css);
	outbuf_puts(out, "</style>\n</head>\n<body>\n<main>\n<header>\n<h1>");
	html_escape(out, outbuf_str(&h->title));
	outbuf_printf(out, "</h1>\n<p><b>%llu</b> task%s, at most <b>%llu</b> at once, in <b>",
		(unsigned long long)c.births, c.births == 1 ? "" : "s", (unsigned long long)c.peak);
	duration_format(out, ev->t_ns);
	outbuf_puts(out, "</b>");
	if (ev->u.summary.exit_status >= 0)
		outbuf_printf(out, "; exit status <b>%d</b>", ev->u.summary.exit_status);
	outbuf_puts(out, "</p>\n<p>");
	html_escape(out, outbuf_str(&h->about));
	outbuf_puts(out, "</p>\n</header>\n");
}

/* ---- the rest ---- */

static void put_findings(const struct html *h, struct outbuf *out)
{
	const struct html_data *d = &h->data;

	outbuf_puts(out, "<h2>Findings</h2>\n");
	if (!d->findings.n) {
		outbuf_puts(out, "<p class=\"fine\">No findings.</p>\n");
		return;
	}
	outbuf_puts(out, "<ul class=\"findings\">\n");
	outbuf_put(out, outbuf_str(&d->found), d->found.len);
	outbuf_puts(out, "</ul>\n");
	if (d->findings.left_out)
		outbuf_printf(out, "<p>... and %u more</p>\n", d->findings.left_out);
}

static const char lanes[] =
	"<h2>Lives</h2>\n"
	"<div class=\"bar\">\n"
	"<input id=\"find\" type=\"search\" placeholder=\"find a name, routine, tid\" aria-label=\"find\" "
	"spellcheck=\"false\">\n"
	"<span class=\"count\"><span id=\"count\"></span> tasks</span>\n"
	"<span class=\"group\"><button id=\"in\" type=\"button\" title=\"+\">zoom in</button>"
	"<button id=\"out\" type=\"button\" title=\"-\">out</button>"
	"<button id=\"fit\" type=\"button\" title=\"0\">fit</button></span>\n"
	"<button id=\"dense\" type=\"button\" title=\"d\">lane height</button>\n"
	"<button id=\"pack\" type=\"button\" title=\"p\" aria-pressed=\"false\">share lanes</button>\n"
	"</div>\n"
	"<div class=\"stage\" id=\"stage\"><canvas id=\"over\" aria-label=\"how many are alive at once\"></canvas>"
	"<canvas id=\"lanes\" tabindex=\"0\" role=\"img\" aria-label=\"a lane for each task; the table below tells the "
	"same\">"
	"</canvas></div>\n"
	"<ul class=\"legend\">\n"
	"<li><i style=\"background:var(--thread-pale);border-left:3px solid var(--thread)\"></i>thread</li>\n"
	"<li><i style=\"background:var(--process-pale);border-left:3px solid var(--process)\"></i>process</li>\n"
	"<li><i style=\"background:var(--bad-pale);border-left:3px solid var(--bad)\"></i>ended by a signal</li>\n"
	"<li><i class=\"hatch\"></i>waits for a thread's end</li>\n"
	"<li><i class=\"thin\" style=\"background:var(--cpu)\"></i>how much of its life it was on a CPU</li>\n"
	"<li><i class=\"thin\" style=\"background:var(--queue)\"></i>how much it waited for one</li>\n"
	"<li>full arrows: creation; dashed: join</li>\n"
	"</ul>\n"
	"<p class=\"hint\">Drag to move, <kbd>Ctrl</kbd> and wheel to zoom, click for a thread's page. "
	"<kbd>&#8593;</kbd> "
	"<kbd>&#8595;</kbd> from thread to thread, <kbd>&#8592;</kbd> <kbd>&#8594;</kbd> in time, <kbd>+</kbd> "
	"<kbd>-</kbd> "
	"<kbd>0</kbd> zoom, <kbd>d</kbd> lane height, <kbd>p</kbd> one lane for those that never live at once, "
	"<kbd>/</kbd> find, <kbd>Esc</kbd> close.</p>\n"
	"<h2>Threads</h2>\n<div class=\"scroll\" id=\"scroll\"></div>\n";

/* For who runs no scripts: a table that who runs some never makes elements of. */
static void put_plain_table(const struct html *h, struct outbuf *out)
{
	const struct html_data *d = &h->data;

	outbuf_puts(out, "<noscript>\n<h2>Threads</h2>\n<div class=\"scroll whole\"><table>\n<thead>");
	html_row_head(out);
	outbuf_puts(out, "</thead>\n<tbody>\n");
	for (size_t i = 0; i < d->n_tasks; i++)
		if (d->task[i].row_len) {
			outbuf_put(out, outbuf_str(&d->rows) + d->task[i].row, d->task[i].row_len);
			html_row_end(d->task[i].join ? d->task[i].join->text : "", out);
		}
	outbuf_puts(out, "</tbody>\n</table></div>\n</noscript>\n");
}

static int write_page(struct html *h, const struct event *ev, const struct model *m, struct outbuf *out)
{
	put_head(h, ev, m, out);
	put_findings(h, out);
	outbuf_puts(out, "<template id=\"drawn\">\n"); /* kept from who runs no scripts */
	outbuf_puts(out, lanes);
	outbuf_puts(out,
		"</template>\n<aside id=\"page\" hidden aria-label=\"a thread\"></aside>\n"
		"<div id=\"tip\" hidden></div>\n"
		"<script type=\"application/json\" id=\"data\">");
	int err = html_data_finish(&h->data, m);
	if (!err)
		err = html_data_write(&h->data, ev, m, out);
	outbuf_puts(out, "</script>\n<script>\n\"use strict\";\n{\n");
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
		outbuf_puts(out, scripts[i]);
	outbuf_puts(out, "}\n</script>\n");
	put_plain_table(h, out); /* last: what is above it is painted before it has been read */
	outbuf_puts(out, "</main>\n</body>\n</html>\n");
	return err;
}

static int html_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct html *h = (struct html *)s;

	if (!h->begun) {
		html_data_init(&h->data);
		outbuf_init(&h->title, 1 << 16);
		outbuf_init(&h->about, 4096);
	}
	h->begun = true;
	if (ev->kind == EV_START)
		take_start(h, &ev->u.start);
	int err = html_data_take(&h->data, ev);
	return err || ev->kind != EV_SUMMARY ? err : write_page(h, ev, m, out);
}

static void html_release(struct sink *s)
{
	struct html *h = (struct html *)s;

	if (!h->begun)
		return;
	html_data_release(&h->data);
	outbuf_release(&h->title);
	outbuf_release(&h->about);
}

const struct sink_ops sink_html = {
	.name = "html",
	.help = "one page in one file: findings, lanes of lives, a table, a page a thread",
	.document = true,
	.size = sizeof(struct html),
	.event = html_event,
	.release = html_release,
};
