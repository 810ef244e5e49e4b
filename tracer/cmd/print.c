/* SPDX-License-Identifier: MIT */
#include "cmd/print.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd/commands.h"

#define PAGE_MAX (8 << 20)

int print_on(struct outbuf *out, FILE *to)
{
	int err = outbuf_status(out);

	fwrite(outbuf_str(out), 1, out->len, to);
	outbuf_clear(out);
	bool failed = ferror(to) || fflush(to);
	if (failed && to != stderr && errno != EPIPE)
		fprintf(stderr, "thrtrace: standard output: %s\n", strerror(errno));
	return err || failed ? EXIT_OWN : 0;
}

int print(struct outbuf *out, FILE *to)
{
	int status = print_on(out, to);

	outbuf_release(out);
	return status;
}

unsigned print_columns(int fd)
{
	struct winsize size;

	return isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int print_format(const struct options *o, const char *const *words)
{
	int i = 0;

	while (o->format && words[i] && strcmp(words[i], o->format) != 0)
		i++;
	if (words[i])
		return i;
	fprintf(stderr, "thrtrace: --format=%.64s: here it is one of ", o->format);
	for (i = 0; words[i]; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", words[i]);
	fputc('\n', stderr);
	return -1;
}

int print_page(void (*make)(struct outbuf *out))
{
	struct outbuf out;

	outbuf_init(&out, PAGE_MAX);
	make(&out);
	return print(&out, stdout);
}

static int print_rows(const struct options *o, const struct printed_table *table, enum page_format format)
{
	struct outbuf out, err;
	size_t n = 0;
	int status = 0;

	outbuf_init(&out, PAGE_MAX);
	outbuf_init(&err, PAGE_MAX);
	table->head(&out, format);
	for (int i = 0; i < o->argc; i++) {
		size_t found = table->rows(&out, o->argv[i], format, &err);
		n += found;
		status = found ? status : EXIT_UNKNOWN_WORD;
	}
	if (!n)
		outbuf_clear(&out);
	int failed = print(&out, stdout);
	print(&err, stderr);
	return failed ? failed : status;
}

int print_table(const struct options *o, const struct printed_table *table)
{
	enum page_format format = page_format_by_name(o->format ? o->format : "text");
	struct outbuf out;

	if (format == PAGE_FORMATS) {
		fprintf(stderr, "thrtrace: --format=%s: a table is one of text, json, markdown, man\n", o->format);
		return EXIT_OWN;
	}
	if (o->argc)
		return print_rows(o, table, format);
	outbuf_init(&out, PAGE_MAX);
	table->page(&out, format);
	return print(&out, stdout);
}
