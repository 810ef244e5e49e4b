/* SPDX-License-Identifier: MIT */
#include "cmd/census_options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/commands.h"
#include "cmd/print.h"

static int refuse_sort(const char *name)
{
	struct outbuf names;

	outbuf_init(&names, 4096);
	census_column_names(&names);
	fprintf(stderr, "thrtrace: --sort=%.64s: columns are %s\n", name, outbuf_str(&names));
	outbuf_release(&names);
	return EXIT_OWN;
}

static int format_of(enum census_format *ret, const struct options *o)
{
	static const char *const names[CENSUS_FORMATS + 1] = { "text", "json", "csv", NULL };
	int i = print_format(o, names);

	if (i < 0)
		return EXIT_OWN;
	*ret = (enum census_format)i;
	return 0;
}

int census_view_of(struct census_view *ret, enum census_format *ret_format, const struct options *o)
{
	const struct census_options *c = &o->census;
	char error[256];

	census_view_init(ret, c->all ? BY_THREAD : (enum census_by)c->by);
	if (c->columns && census_view_columns(ret, c->columns, error)) {
		fprintf(stderr, "thrtrace: --columns: %s\n", error);
		return EXIT_OWN;
	}
	if (c->sort && census_column_by_name(&ret->sort, c->sort, strlen(c->sort)))
		return refuse_sort(c->sort);
	ret->top = c->top > 0 ? (size_t)c->top : 0;
	return format_of(ret_format, o);
}

/* What a thread was made to run tells its role better than its name. */
void census_ask(struct sample *s, const struct census_view *v, bool all)
{
	sample_asleep(s, all || census_view_asks(v, COL_ASLEEP));
	sample_starts(s, all || census_view_asks(v, COL_START) || census_view_asks(v, COL_ROLE));
}

int census_pick(struct picked *ret, const struct options *o)
{
	char error[256];

	if (!o->argc) {
		fprintf(stderr, "thrtrace: of which process? Its number or name follows --snapshot and --watch\n");
		return EXIT_OWN;
	}
	for (int i = 0; i < o->argc; i++) {
		int err = pick_processes(ret, "/proc", o->argv[i], error);
		if (err) {
			fprintf(stderr, "thrtrace: %s\n", err == -ENOMEM ? strerror(ENOMEM) : error);
			return EXIT_OWN;
		}
	}
	return 0;
}

void census_pause(uint64_t ns)
{
	struct timespec ts = { (time_t)(ns / 1000000000U), (long)(ns % 1000000000U) };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
