/* SPDX-License-Identifier: MIT */
/* The explaining commands by themselves, for their tests and for generating the manual page. */
#include <stdio.h>
#include <string.h>

#include "../../tracer/explain_cmd.h"

enum { OUT_MAX = 1 << 26 };

int main(int argc, char **argv)
{
	struct explain_options o = { 0 };
	struct outbuf out, err;
	const char *words[64];
	char command = 'e';
	int status = 0;

	for (int i = 1; i < argc; i++) {
		const char *a = argv[i];
		if (strncmp(a, "--format=", 9) == 0)
			o.format = page_format_by_name(a + 9);
		else if (strncmp(a, "--call=", 7) == 0)
			o.call = a + 7;
		else if (strcmp(a, "--privileged") == 0)
			o.who = FOR_PRIVILEGED;
		else if (strcmp(a, "--unprivileged") == 0)
			o.who = FOR_UNPRIVILEGED;
		else if (strcmp(a, "--flags") == 0)
			command = 'f';
		else if (strcmp(a, "--resources") == 0)
			command = 'r';
		else if (strcmp(a, "--explain") != 0 && o.n_words < ARRAY_SIZE(words))
			words[o.n_words++] = a;
	}
	o.words = words;
	outbuf_init(&out, OUT_MAX);
	outbuf_init(&err, OUT_MAX);
	if (command == 'f')
		flags_page(&out, o.format);
	else if (command == 'r')
		resources_page(&out, o.format);
	else
		status = explain_cmd(&o, &out, &err);
	fwrite(outbuf_str(&out), 1, out.len, stdout);
	fwrite(outbuf_str(&err), 1, err.len, stderr);
	outbuf_release(&out);
	outbuf_release(&err);
	return status;
}
