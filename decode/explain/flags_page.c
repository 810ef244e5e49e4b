/* SPDX-License-Identifier: MIT */
/* The table of flags and the table of resources, in every format, from the rows that the rest uses too. */
#include <thrtrace/explain_page.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 80, TEXT_COL = 12, WHOSE_COL = 26 };

/* "CLONE_VM, CLONE_SIGHAND" */
static void bits_format(struct outbuf *out, uint64_t bits)
{
	const char *sep = "";

	for (unsigned i = 0; i < 64; i++) {
		const struct clone_flag *row = bits >> i & 1 ? clone_flag_of(UINT64_C(1) << i, ON_CLONE | ON_CLONE3) :
							       NULL;
		if (row) {
			outbuf_printf(out, "%s%s", sep, row->name);
			sep = ", ";
		}
	}
}

static void versions_format(struct outbuf *out, const struct clone_flag *f)
{
	outbuf_puts(out, "since ");
	kernel_version_format(out, f->since);
	if (f->until) {
		outbuf_puts(out, ", until ");
		kernel_version_format(out, f->until);
	}
}

void page_entry(struct outbuf *out, const char *name, const char *text)
{
	if (!text[0])
		return;
	outbuf_printf(out, "  %s", name);
	outbuf_pad(out, TEXT_COL);
	wrap_format(out, text, TEXT_COL, WIDTH);
	outbuf_putc(out, '\n');
}

static void bits_entry(struct outbuf *out, const char *name, uint64_t bits)
{
	struct outbuf text;

	outbuf_init(&text, 1024);
	bits_format(&text, bits);
	page_entry(out, name, outbuf_str(&text));
	outbuf_release(&text);
}

static void flag_text(struct outbuf *out, const struct clone_flag *f)
{
	outbuf_puts(out, f->name);
	outbuf_pad(out, 22);
	outbuf_printf(out, "0x%llx", (unsigned long long)f->value);
	outbuf_pad(out, 36);
	versions_format(out, f);
	outbuf_puts(out, "; ");
	flag_calls_format(out, f->calls);
	outbuf_putc(out, '\n');
	page_entry(out, "group", flag_group_name(f->group));
	page_entry(out, "set", f->set);
	page_entry(out, "not set", f->clear);
	bits_entry(out, "needs", f->needs);
	bits_entry(out, "excludes", f->excludes);
	page_entry(out, "note", f->note);
	page_entry(out, "source", f->source);
	outbuf_putc(out, '\n');
}

static json_t *bits_json(uint64_t bits)
{
	json_t *a = json_array();

	for (unsigned i = 0; i < 64; i++) {
		const struct clone_flag *row = bits >> i & 1 ? clone_flag_of(UINT64_C(1) << i, ON_CLONE | ON_CLONE3) :
							       NULL;
		if (row)
			json_array_append_new(a, json_string(row->name));
	}
	return a;
}

static json_t *version_json(uint32_t version)
{
	struct outbuf text;

	if (!version)
		return json_null();
	outbuf_init(&text, 32);
	kernel_version_format(&text, version);
	json_t *ret = json_string(outbuf_str(&text));
	outbuf_release(&text);
	return ret;
}

static json_t *calls_json(unsigned calls)
{
	json_t *a = json_array();
	struct outbuf text;

	outbuf_init(&text, 32);
	for (unsigned i = 0; i < 4; i++) {
		if (!(calls & 1u << i))
			continue;
		outbuf_clear(&text);
		flag_calls_format(&text, 1u << i);
		json_array_append_new(a, json_string(outbuf_str(&text)));
	}
	outbuf_release(&text);
	return a;
}

static void put_json(struct outbuf *out, json_t *o)
{
	char *line = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	outbuf_puts(out, line ? line : "null");
	outbuf_putc(out, '\n');
	free(line);
}

static void flag_json(struct outbuf *out, const struct clone_flag *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "name", json_string(f->name));
	json_object_set_new(o, "value", json_sprintf("0x%llx", (unsigned long long)f->value));
	json_object_set_new(o, "since", version_json(f->since));
	json_object_set_new(o, "until", version_json(f->until));
	json_object_set_new(o, "calls", calls_json(f->calls));
	json_object_set_new(o, "group", json_string(flag_group_name(f->group)));
	json_object_set_new(o, "set", json_string(f->set));
	json_object_set_new(o, "not_set", json_string(f->clear));
	json_object_set_new(o, "needs", bits_json(f->needs));
	json_object_set_new(o, "excludes", bits_json(f->excludes));
	json_object_set_new(o, "note", f->note[0] ? json_string(f->note) : json_null());
	json_object_set_new(o, "source", json_string(f->source));
	put_json(out, o);
}

static void flag_markdown(struct outbuf *out, const struct clone_flag *f)
{
	outbuf_printf(out, "| `%s` | 0x%llx | ", f->name, (unsigned long long)f->value);
	versions_format(out, f);
	outbuf_puts(out, " | ");
	flag_calls_format(out, f->calls);
	outbuf_printf(out, " | %s | %s | ", f->set, f->clear);
	bits_format(out, f->needs);
	outbuf_puts(out, " | ");
	bits_format(out, f->excludes);
	outbuf_printf(out, " | %s |\n", f->note);
}

void page_roff(struct outbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\')
			outbuf_puts(out, "\\e");
		else if (*text == '-')
			outbuf_puts(out, "\\-");
		else
			outbuf_putc(out, *text);
	}
}

void page_roff_entry(struct outbuf *out, const char *name, const char *text)
{
	if (!text[0])
		return;
	outbuf_printf(out, ".br\n%s: ", name);
	page_roff(out, text);
	outbuf_putc(out, '\n');
}

static void roff_bits(struct outbuf *out, const char *name, uint64_t bits)
{
	struct outbuf text;

	outbuf_init(&text, 1024);
	bits_format(&text, bits);
	page_roff_entry(out, name, outbuf_str(&text));
	outbuf_release(&text);
}

static void flag_man(struct outbuf *out, const struct clone_flag *f)
{
	outbuf_printf(out, ".TP\n.BR %s \" (0x%llx; ", f->name, (unsigned long long)f->value);
	versions_format(out, f);
	outbuf_puts(out, "; ");
	flag_calls_format(out, f->calls);
	outbuf_puts(out, ")\"\n");
	outbuf_puts(out, "Set: ");
	page_roff(out, f->set);
	outbuf_puts(out, ".\n");
	page_roff_entry(out, "Not set", f->clear);
	roff_bits(out, "Needs", f->needs);
	roff_bits(out, "Excludes", f->excludes);
	page_roff_entry(out, "Note", f->note);
	page_roff_entry(out, "Source", f->source);
}

static void resources_man(struct outbuf *out)
{
	size_t n;
	bool tried;
	const struct resource_row *rows = resource_rows(&n);

	for (size_t i = 0; i < n; i++) {
		outbuf_puts(out, ".TP\n.B ");
		page_roff(out, rows[i].title);
		outbuf_puts(out, "\nPer ");
		page_roff(out, rows[i].per);
		outbuf_puts(out, ".\n");
		const char *how = resource_experiment(&rows[i], &tried);
		page_roff_entry(out, "See", rows[i].see);
		page_roff_entry(out, tried ? "Tried by" : "Not tried", how);
		page_roff_entry(out, "Source", rows[i].source);
	}
}

static void man_page(struct outbuf *out, const struct clone_flag *rows, size_t n)
{
	static const char *const titles[FLAG_GROUPS] = {
		"WHAT IS SHARED",
		"WHAT IS SET UP",
		"HOW TASKS BEHAVE",
		"NAMESPACES",
		"OBSOLETE",
	};

	outbuf_puts(out,
		".\\\" SPDX-License-Identifier: MIT\n"
		".\\\" Generated from decode/tables/*.def by \"thrtrace --flags --format=man\": edit the rows.\n"
		".TH THRTRACE-FLAGS 7 \"\" \"thrtrace\" \"Linux threads\"\n"
		".SH NAME\nthrtrace-flags \\- the CLONE_* flags of Linux, and what tasks share\n"
		".SH DESCRIPTION\n"
		"A task (thread or process) is made by\n.BR clone (2),\n.BR clone3 ,\n.BR fork (2)\nor\n.BR vfork "
		"(2).\n"
		"The flags say what it shares with its creator. For one word of flags,\n"
		".B thrtrace \\-\\-explain\n"
		"says what becomes of each resource and whether the kernel accepts it.\n");
	for (unsigned g = 0; g < FLAG_GROUPS; g++) {
		outbuf_printf(out, ".SH %s\n", titles[g]);
		for (size_t i = 0; i < n; i++)
			if (rows[i].group == (enum flag_group)g)
				flag_man(out, &rows[i]);
	}
	outbuf_puts(out, ".SH PER THREAD OR PER PROCESS\nWhose a resource is on Linux, and how to see it.\n");
	resources_man(out);
	outbuf_puts(out,
		".SH SEE ALSO\n.BR thrtrace (1),\n.BR clone (2),\n.BR setns (2),\n.BR unshare (2),\n.BR "
		"namespaces (7),\n"
		".BR pthreads (7)\n");
}

void flags_head(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MARKDOWN)
		outbuf_puts(out,
			"| Flag | Value | Linux | Calls | Set | Not set | Needs | Excludes | Note |\n"
			"|---|---|---|---|---|---|---|---|---|\n");
}

void flags_row(struct outbuf *out, const struct clone_flag *row, enum page_format format)
{
	if (format == PAGE_JSON)
		flag_json(out, row);
	else if (format == PAGE_MARKDOWN)
		flag_markdown(out, row);
	else if (format == PAGE_MAN)
		flag_man(out, row);
	else
		flag_text(out, row);
}

void flags_page(struct outbuf *out, enum page_format format)
{
	size_t n;
	const struct clone_flag *rows = clone_flag_rows(&n);

	if (format == PAGE_MAN) {
		man_page(out, rows, n);
		return;
	}
	flags_head(out, format);
	for (size_t i = 0; i < n; i++)
		flags_row(out, &rows[i], format);
}

static void resource_json(struct outbuf *out, const struct resource_row *r)
{
	bool tried;
	const char *how = resource_experiment(r, &tried);
	json_t *o = json_object();

	json_object_set_new(o, "resource", json_string(r->key));
	json_object_set_new(o, "title", json_string(r->title));
	json_object_set_new(o, "per", json_stringn(r->per, strcspn(r->per, " :(,")));
	json_object_set_new(o, "note", json_string(r->per));
	json_object_set_new(o, "see", json_string(r->see));
	json_object_set_new(o, tried ? "tried_by" : "not_tried", json_string(how));
	json_object_set_new(o, "source", json_string(r->source));
	put_json(out, o);
}

static void resource_text(struct outbuf *out, const struct resource_row *r)
{
	bool tried;
	const char *how = resource_experiment(r, &tried);

	outbuf_puts(out, r->title);
	outbuf_pad(out, WHOSE_COL);
	wrap_format(out, r->per, WHOSE_COL, WIDTH);
	outbuf_putc(out, '\n');
	outbuf_pad(out, WHOSE_COL);
	outbuf_puts(out, "see ");
	wrap_format(out, r->see, WHOSE_COL + 4, WIDTH);
	outbuf_putc(out, '\n');
	outbuf_pad(out, WHOSE_COL);
	outbuf_puts(out, tried ? "tried by " : "not tried: ");
	wrap_format(out, how, WHOSE_COL + 4, WIDTH);
	outbuf_putc(out, '\n');
}

void resources_head(struct outbuf *out, enum page_format format)
{
	if (format == PAGE_MARKDOWN)
		outbuf_puts(out, "| Resource | Per | How to see it | Tried by | Source |\n|---|---|---|---|---|\n");
	else if (format != PAGE_JSON)
		outbuf_puts(out, "RESOURCE                  PER\n");
}

void resources_row(struct outbuf *out, const struct resource_row *row, enum page_format format)
{
	bool tried;
	const char *how = resource_experiment(row, &tried);

	if (format == PAGE_JSON)
		resource_json(out, row);
	else if (format == PAGE_MARKDOWN)
		outbuf_printf(out, "| %s | %s | %s | %s%s | %s |\n", row->title, row->per, row->see,
			tried ? "" : "not: ", how, row->source);
	else
		resource_text(out, row);
}

void resources_page(struct outbuf *out, enum page_format format)
{
	size_t n;
	const struct resource_row *rows = resource_rows(&n);

	resources_head(out, format);
	for (size_t i = 0; i < n; i++)
		resources_row(out, &rows[i], format);
}
