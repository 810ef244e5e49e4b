/* SPDX-License-Identifier: MIT */
/* Any words as a command line, and any text as -e's: understood, or refused with a sentence. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include <thrtrace/choice.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512], again[512], err[256] = "";
	char *argv[32] = { "thrtrace" };
	struct call_choice choice;
	struct options o;
	int argc = 1;

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	memcpy(again, text, sizeof(again));
	choice_default(&choice);
	if (choice_parse(&choice, text, err, sizeof(err)) && !err[0])
		abort();
	for (char *save, *w = strtok_r(again, "\n", &save); w && argc < 31; w = strtok_r(NULL, "\n", &save))
		argv[argc++] = w;
	int got = options_parse(&o, argc, argv);
	if (got == -EINVAL && !o.error[0])
		abort();
	if (got == 0 && (o.argc < 0 || o.argv + o.argc > argv + argc))
		abort();
	options_release(&o);
	return 0;
}
