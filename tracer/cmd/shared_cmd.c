/* SPDX-License-Identifier: MIT */
/* What two tasks share. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/commands.h"
#include "cmd/print.h"
#include "kernel/shared_facts.h"

int shared_cmd(struct options *o)
{
	static const char *const formats[] = { "text", "json", NULL };
	int format = print_format(o, formats);
	struct shared_facts f;
	struct outbuf out;
	pid_t tid[2], gone = 0;

	if (format < 0)
		return EXIT_OWN;
	for (int i = 0; i < 2; i++) {
		char *end = NULL;
		long v = i < o->argc ? strtol(o->argv[i], &end, 10) : 0;
		if (v < 1 || v > INT32_MAX || *end || o->argc != 2) {
			fprintf(stderr, "thrtrace: --shared: two numbers of tasks follow it\n");
			return EXIT_OWN;
		}
		tid[i] = (pid_t)v;
	}
	if (shared_facts_read(&f, tid, &gone)) {
		fprintf(stderr, "thrtrace: there is no task %d\n", gone);
		return EXIT_OWN;
	}
	outbuf_init(&out, 65536);
	int err = 0;
	if (format)
		err = shared_json(&f, &out);
	else
		shared_text(&f, &out);
	int status = print(&out, stdout);
	return err ? EXIT_OWN : status;
}
