/* SPDX-License-Identifier: MIT */
/*
 * Findings as a log of SARIF 2.1.0 (OASIS), which code hosts show beside the source. Its rules are the rows of
 * findings.def. Results are written as they come; what a trace that was cut short has is therefore no whole log.
 */
#include <string.h>

#include <thrtrace/findings.h>
#include <thrtrace/sink.h>

#include "sinks/json_parts.h"
#include "sinks/words.h"
#include "text/fmt.h"

#define SCHEMA_URI "https://json.schemastore.org/sarif-2.1.0.json"

struct sarif {
	struct sink s;
	bool begun, some;          /* the head, a result was written */
	uint64_t wall0_ns;         /* wall clock at the trace's start; 0: not told */
	char program[JS_TEXT_MAX]; /* its file, or the name of the process */
};

static struct sarif *self(struct sink *s)
{
	return (struct sarif *)s;
}

/* { "text": ... } */
static json_t *message(const char *text)
{
	json_t *o = json_object();

	js_put(o, "text", js_text(text, strlen(text)));
	return o;
}

/* ---- the head ---- */

static json_t *rule(const struct finding_row *row)
{
	json_t *o = json_object(), *config = json_object(), *bag = json_object();

	js_put(o, "id", json_string(row->id));
	js_put(o, "shortDescription", message(row->what));
	js_put(o, "fullDescription", message(row->why));
	js_put(o, "help", message(row->repair));
	js_put(config, "level", json_string(severity_word(row->severity)));
	js_put(o, "defaultConfiguration", config);
	js_put(bag, "source", json_string(row->sources));
	js_put(o, "properties", bag);
	return o;
}

static json_t *tool(void)
{
	json_t *o = json_object(), *driver = json_object(), *rules = json_array();

	for (size_t i = 0; finding_row_at(i); i++)
		(void)!json_array_append_new(rules, rule(finding_row_at(i)));
	js_put(driver, "name", json_string("thrtrace"));
	js_put(driver, "semanticVersion", json_string(THRTRACE_VERSION));
	js_put(driver, "rules", rules);
	js_put(o, "driver", driver);
	return o;
}

/* Before whatever comes first: a trace that is over at once has no start. */
static int begin(struct sarif *x, struct outbuf *out)
{
	if (x->begun)
		return 0;
	x->begun = true;
	outbuf_puts(out, "{\"$schema\":\"" SCHEMA_URI "\",\"version\":\"2.1.0\",\"runs\":[{\"tool\":");
	int err = js_write(tool(), out);
	outbuf_puts(out, ",\"columnKind\":\"utf16CodeUnits\",\"results\":[");
	return err;
}

/* ---- a result ---- */

/* Bytes that a URI may have as they are, RFC 3986: unreserved ones, and what parts a path. */
static json_t *uri(const char *path)
{
	static const char fine[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
	struct outbuf b;

	outbuf_init(&b, 8192);
	if (path[0] == '/')
		outbuf_puts(&b, "file://");
	for (; *path; path++)
		outbuf_printf(&b, strchr(fine, *path) ? "%c" : "%%%02X", (unsigned char)*path);
	json_t *s = json_string(outbuf_str(&b));
	outbuf_release(&b);
	return s;
}

/* Where somebody would look first: where it happened, else what the thread runs, else who made it. NULL: not known. */
static const struct frame *place_of(const struct event *ev, const struct finding *f)
{
	const struct backtrace *bt = ev->kind == EV_SIGNAL ? ev->u.signal.bt :
		ev->kind == EV_BIRTH                       ? ev->u.birth.bt :
							     NULL;
	const struct frame *own = bt ? backtrace_own(bt) : NULL;

	if (own)
		return own;
	if (f->creation)
		return f->creation->made_at.pc ? &f->creation->made_at : NULL;
	if (f->task && f->task->at.pc)
		return &f->task->at;
	return f->task && f->task->made_at.pc ? &f->task->made_at : NULL;
}

static json_t *physical(const struct sarif *x, const struct frame *at)
{
	json_t *o = json_object(), *artifact = json_object();
	bool lines = at && at->file;

	js_put(artifact, "uri", uri(lines ? at->file : x->program));
	js_put(o, "artifactLocation", artifact);
	if (lines && at->line) {
		json_t *region = json_object();
		js_put(region, "startLine", json_integer(at->line));
		js_put(o, "region", region);
	}
	return o;
}

static json_t *locations(const struct sarif *x, const struct frame *at)
{
	json_t *list = json_array(), *o = json_object();

	js_put(o, "physicalLocation", physical(x, at));
	if (at && at->symbol) {
		json_t *functions = json_array(), *function = json_object();
		js_put(function, "name", js_string(at->symbol));
		js_put(function, "kind", json_string("function"));
		(void)!json_array_append_new(functions, function);
		js_put(o, "logicalLocations", functions);
	}
	(void)!json_array_append_new(list, o);
	return list;
}

/* The baseline has it. */
static json_t *suppressions(void)
{
	json_t *list = json_array(), *o = json_object();

	js_put(o, "kind", json_string("external"));
	js_put(o, "justification", json_string("the baseline has it"));
	(void)!json_array_append_new(list, o);
	return list;
}

static json_t *bag(const struct event *ev, const struct finding *f)
{
	json_t *o = json_object();

	js_put(o, "t_ns", js_number(ev->t_ns));
	js_put(o, "repair", json_string(finding_repair(f)));
	if (f->task) {
		js_put(o, "task", js_label(f->task->label));
		js_put(o, "tid", json_integer(f->task->id.tid));
		js_put(o, "tgid", json_integer(f->task->tgid));
	}
	return o;
}

static int write_result(struct sarif *x, const struct event *ev, const struct finding *f, struct outbuf *out)
{
	json_t *o = json_object(), *prints = json_object();
	const struct frame *at = place_of(ev, f);

	js_put(o, "ruleId", json_string(f->row->id));
	js_put(o, "ruleIndex", js_number(finding_row_place(f->row)));
	js_put(o, "level", json_string(severity_word(f->row->severity)));
	js_put(o, "message", message(f->text));
	if (at || x->program[0])
		js_put(o, "locations", locations(x, at));
	js_put(prints, "thrtrace/v1", js_fingerprint(f));
	js_put(o, "partialFingerprints", prints);
	if (f->standing == FINDING_KNOWN)
		js_put(o, "suppressions", suppressions());
	js_put(o, "properties", bag(ev, f));
	outbuf_puts(out, x->some ? ",\n" : "\n");
	x->some = true;
	return js_write(o, out);
}

/* ---- the end ---- */

static json_t *moment(uint64_t unix_ns)
{
	struct outbuf b;

	outbuf_init(&b, 64);
	utc_format(&b, unix_ns);
	outbuf_putc(&b, 'Z');
	json_t *text = json_string(outbuf_str(&b));
	outbuf_release(&b);
	return text;
}

static int finish(const struct sarif *x, const struct event *ev, struct outbuf *out)
{
	const struct ev_summary *sum = &ev->u.summary;
	json_t *list = json_array(), *o = json_object();

	js_put(o, "executionSuccessful", json_true()); /* thrtrace's: it has told all that it saw */
	if (x->wall0_ns) {
		js_put(o, "startTimeUtc", moment(x->wall0_ns));
		js_put(o, "endTimeUtc", moment(x->wall0_ns + ev->t_ns));
	}
	if (sum->exit_status >= 0)
		js_put(o, "exitCode", json_integer(sum->exit_status));
	if (sum->exit_signal) {
		json_t *name = js_signal(sum->exit_signal);
		js_put(o, "exitSignalNumber", json_integer(sum->exit_signal));
		if (name)
			js_put(o, "exitSignalName", name);
	}
	(void)!json_array_append_new(list, o);
	outbuf_puts(out, "\n],\"invocations\":");
	int err = js_write(list, out);
	outbuf_puts(out, "}]}\n");
	return err;
}

static int sarif_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct sarif *x = self(s);
	int err = begin(x, out);
	(void)m;

	if (ev->kind == EV_START && start_name(&ev->u.start))
		strncpy(x->program, start_name(&ev->u.start), sizeof(x->program) - 1);
	if (ev->kind == EV_START)
		x->wall0_ns = ev->u.start.wall_ns - ev->t_ns;
	for (size_t i = 0; !err && i < ev->n_findings; i++)
		err = write_result(x, ev, &ev->finding[i], out);
	return err || ev->kind != EV_SUMMARY ? err : finish(x, ev, out);
}

const struct sink_ops sink_sarif = {
	.name = "sarif",
	.help = "findings for code hosts: SARIF 2.1.0, with the rules of --findings",
	.document = true,
	.size = sizeof(struct sarif),
	.event = sarif_event,
};
