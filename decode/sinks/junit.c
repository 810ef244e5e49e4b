/* SPDX-License-Identifier: MIT */
/*
 * Findings as a report of tests, in the XML that JUnit's ant task began with and that CI systems show. A test case is a
 * finding; one more is the program, which fails by its own status. New errors and warnings are failures; notes,
 * and what the baseline has, pass and tell what they are. All of it stands at the end, for its numbers come first.
 */
#include <inttypes.h>
#include <string.h>

#include <thrtrace/findings.h>
#include <thrtrace/sink.h>
#include <thrtrace/tables.h>

#include "sinks/words.h"
#include "text/fmt.h"

#define CASES_MAX ((size_t)16 << 20)

struct junit {
	struct sink s;
	bool begun;
	char program[256];
	uint64_t wall0_ns;   /* when the trace began; 0: not told */
	struct outbuf cases; /* of findings, as they are written at the end */
	uint64_t n, failures;
};

static struct junit *self(struct sink *s)
{
	return (struct junit *)s;
}

/* Text inside of an element or of an attribute. XML has no way to say most control characters. */
static void put_text(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c == '&')
			outbuf_puts(out, "&amp;");
		else if (c == '<')
			outbuf_puts(out, "&lt;");
		else if (c == '>')
			outbuf_puts(out, "&gt;");
		else if (c == '"')
			outbuf_puts(out, "&quot;");
		else if (c >= 0x20 && c < 0x7f)
			outbuf_putc(out, (char)c);
		else
			outbuf_printf(out, c == '\n' ? "&#10;" : "\\x%02x", c);
	}
}

static void put_attribute(struct outbuf *out, const char *name, const char *text)
{
	outbuf_printf(out, " %s=\"", name);
	put_text(out, text);
	outbuf_putc(out, '"');
}

static void put_time(struct outbuf *out, uint64_t ns)
{
	outbuf_printf(out, " time=\"%" PRIu64 ".%03u\"", ns / 1000000000, (unsigned)(ns % 1000000000 / 1000000));
}

/* ---- a finding ---- */

static void put_account(struct outbuf *out, const struct finding *f)
{
	if (f->task) {
		outbuf_printf(out, "T%" PRIu32 " (tid %d, ", f->task->label, f->task->id.tid);
		char name[COMM_LEN + 1] = "";
		memcpy(name, f->task->comm, COMM_LEN);
		put_text(out, name);
		outbuf_puts(out, "): ");
	}
	put_text(out, f->text);
	outbuf_puts(out, "\nTo repair: ");
	put_text(out, finding_repair(f));
	outbuf_puts(out, "\nSource: ");
	put_text(out, f->row->sources);
	outbuf_putc(out, '\n');
}

static void add_case(struct junit *j, const struct finding *f)
{
	struct outbuf *out = &j->cases, print;
	bool fails = f->row->severity <= SEVERITY_WARNING && f->standing == FINDING_NEW;

	outbuf_init(&print, 4096);
	finding_fingerprint(&print, f);
	outbuf_puts(out, "  <testcase");
	put_attribute(out, "name", outbuf_str(&print));
	outbuf_release(&print);
	outbuf_printf(out, " classname=\"thrtrace.%s\" time=\"0\">\n", f->row->id);
	if (fails) {
		outbuf_puts(out, "    <failure");
		put_attribute(out, "message", f->text);
		outbuf_printf(out, " type=\"%s\">", severity_word(f->row->severity));
		put_account(out, f);
		outbuf_puts(out, "</failure>\n");
	} else {
		outbuf_printf(out, "    <system-out>%s: ",
			f->standing == FINDING_KNOWN ? "the baseline has it" : severity_word(f->row->severity));
		put_account(out, f);
		outbuf_puts(out, "</system-out>\n");
	}
	outbuf_puts(out, "  </testcase>\n");
	j->n++;
	j->failures += fails;
}

/* ---- the report ---- */

static void put_program(const struct junit *j, const struct event *ev, struct outbuf *out)
{
	const struct ev_summary *sum = &ev->u.summary;

	outbuf_puts(out, "  <testcase");
	put_attribute(out, "name", j->program);
	outbuf_puts(out, " classname=\"thrtrace.program\"");
	put_time(out, ev->t_ns);
	if (!sum->exit_signal && sum->exit_status <= 0) {
		outbuf_puts(out, "/>\n");
		return;
	}
	outbuf_puts(out, ">\n    <failure message=\"");
	if (sum->exit_signal) {
		outbuf_puts(out, "killed by ");
		signal_format(out, (unsigned)sum->exit_signal);
	} else {
		outbuf_printf(out, "exit status %d", sum->exit_status);
	}
	outbuf_puts(out, "\" type=\"program\"/>\n  </testcase>\n");
}

static void put_report(const struct junit *j, const struct event *ev, struct outbuf *out)
{
	bool fails = ev->u.summary.exit_signal || ev->u.summary.exit_status > 0;

	outbuf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n <testsuite");
	put_attribute(out, "name", j->program);
	outbuf_printf(out, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\" skipped=\"0\"", j->n + 1,
		j->failures + fails);
	put_time(out, ev->t_ns);
	if (j->wall0_ns) {
		outbuf_puts(out, " timestamp=\"");
		utc_format(out, j->wall0_ns);
		outbuf_putc(out, '"');
	}
	outbuf_puts(out, ">\n");
	put_program(j, ev, out);
	outbuf_put(out, outbuf_str(&j->cases), j->cases.len);
	outbuf_puts(out, " </testsuite>\n</testsuites>\n");
}

static void begin(struct junit *j)
{
	if (j->begun)
		return;
	j->begun = true;
	outbuf_init(&j->cases, CASES_MAX);
	strcpy(j->program, "program");
}

static int junit_event(struct sink *s, const struct event *ev, const struct model *m, struct outbuf *out)
{
	struct junit *j = self(s);
	(void)m;

	begin(j);
	if (ev->kind == EV_START && start_name(&ev->u.start))
		strncpy(j->program, start_name(&ev->u.start), sizeof(j->program) - 1);
	if (ev->kind == EV_START)
		j->wall0_ns = ev->u.start.wall_ns - ev->t_ns;
	for (size_t i = 0; i < ev->n_findings; i++)
		add_case(j, &ev->finding[i]);
	if (ev->kind == EV_SUMMARY)
		put_report(j, ev, out);
	return outbuf_status(&j->cases);
}

static void junit_release(struct sink *s)
{
	if (self(s)->begun)
		outbuf_release(&self(s)->cases);
}

const struct sink_ops sink_junit = {
	.name = "junit",
	.help = "findings for CI systems: a test report of JUnit's form, a case a finding",
	.document = true,
	.size = sizeof(struct junit),
	.event = junit_event,
	.release = junit_release,
};
