/* SPDX-License-Identifier: MIT */
/* What threads, processes and switches cost here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "measure/measure.h"

#define BUDGET_NS  250000000U /* a row */
#define THREADS    1000       /* whose memory is measured */
#define OUTPUT_MAX (1U << 20)
#define BAR        20

/* "[######              ]  4/14 fork and wait", on a terminal; done == all clears it. */
static void progress(size_t done, size_t all, const char *what)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (done == all) {
		fputs("\r\033[K", stderr);
		return;
	}
	fputs("\r\033[K[", stderr);
	for (size_t i = 0; i < BAR; i++)
		fputc(i < done * BAR / all ? '#' : ' ', stderr);
	fprintf(stderr, "] %2zu/%zu %s", done, all, what);
	fflush(stderr);
}

/* The row of a command, by the first line that it prints. 0, or EXIT_OWN after it has said why not. */
static int ask_command(struct cost *ret, const char *command)
{
	char line[4096] = "";
	FILE *from = popen(command, "re"); /* NOLINT: the user's own words, as a shell has them */
	bool got = from && fgets(line, sizeof(line), from);
	int status = from ? pclose(from) : -1;

	if (got && status == 0 && cost_of_line(ret, line) == 0)
		return 0;
	fprintf(stderr, "thrtrace: --cost-with='%.200s': %s\n", command,
		status == -1   ? "it could not be run" :
			status ? "it failed" :
				 "its first line is no object with name and median_ns");
	return EXIT_OWN;
}

static int measure_all(struct cost *row, size_t *ret_n, struct cost_memory *memory, const struct option_list *with)
{
	size_t all = COSTS + with->n + 1, n = 0;

	for (; n < COSTS; n++) {
		progress(n, all, cost_what((enum cost_id)n));
		if (measure(&row[n], (enum cost_id)n, BUDGET_NS))
			return EXIT_OWN;
	}
	for (size_t i = 0; i < with->n; i++, n++) {
		progress(n, all, with->text[i]);
		if (ask_command(&row[n], with->text[i])) {
			progress(all, all, "");
			return EXIT_OWN;
		}
	}
	progress(n, all, "memory of a thread");
	measure_memory(memory, THREADS);
	progress(all, all, "");
	*ret_n = n;
	return 0;
}

static int show(const struct cost_page *p, bool json)
{
	struct outbuf out;
	int err = 0;

	outbuf_init(&out, OUTPUT_MAX);
	if (json)
		err = cost_json(p, &out);
	else
		cost_text(p, &out);
	int status = print(&out, stdout);
	return err ? EXIT_OWN : status;
}

int cost_cmd(struct options *o)
{
	struct cost *row = calloc(COSTS + o->cost_with.n, sizeof(*row));
	struct utsname u = { .release = "?" };
	struct cost_page p = { .row = row, .kernel = u.release };
	const char *format = o->format ? o->format : "text";
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int status = row ? 0 : EXIT_OWN;

	if (strcmp(format, "text") != 0 && strcmp(format, "json") != 0) {
		fprintf(stderr, "thrtrace: --format=%s: costs are one of text, json\n", format);
		status = EXIT_OWN;
	} else if (o->argc) {
		fprintf(stderr, "thrtrace: --cost measures this machine; '%.64s' is a word too many\n", o->argv[0]);
		status = EXIT_OWN;
	}
	p.cpus = cpus > 0 ? (unsigned)cpus : 1;
	uname(&u);
	if (!status)
		status = measure_all(row, &p.n, &p.memory, &o->cost_with);
	if (!status)
		status = show(&p, strcmp(format, "json") == 0);
	free(row);
	return status;
}
