/* SPDX-License-Identifier: MIT */
#include "cmd/print.h"

#include "cmd/commands.h"

#define PAGE_MAX (8 << 20)

int print(struct outbuf *out, FILE *to)
{
	fwrite(outbuf_str(out), 1, out->len, to);
	int err = outbuf_status(out);
	outbuf_release(out);
	return err || fflush(to) ? EXIT_OWN : 0;
}

int print_page(void (*make)(struct outbuf *out))
{
	struct outbuf out;

	outbuf_init(&out, PAGE_MAX);
	make(&out);
	return print(&out, stdout);
}

int print_table(const struct options *o, void (*make)(struct outbuf *out, enum page_format format))
{
	enum page_format format = page_format_by_name(o->format ? o->format : "text");
	struct outbuf out;

	if (format == PAGE_FORMATS) {
		fprintf(stderr, "thrtrace: --format=%s: a table is one of text, json, markdown, man\n", o->format);
		return EXIT_OWN;
	}
	outbuf_init(&out, PAGE_MAX);
	make(&out, format);
	return print(&out, stdout);
}
