/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as text of the program, shown and quoted without a control byte; as a mangled name; as a kernel's
 * release.
 */
#include <stdlib.h>
#include <string.h>

#include <thrtrace/explain.h>
#include <thrtrace/tables.h>

#include "symbols/module.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_plain(struct outbuf *out)
{
	if (outbuf_status(out))
		abort();
	for (size_t i = 0; i < out->len; i++)
		if (out->data[i] < ' ' || out->data[i] > '~')
			abort();
	outbuf_clear(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outbuf out;
	char *text;

	if (size > 4096 || (text = malloc(size + 1)) == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	outbuf_init(&out, 1 << 16);
	quote_format(&out, (const char *)data, size);
	check_plain(&out);
	plain_format(&out, text);
	check_plain(&out);
	struct module_symbol symbol = { .name = text };
	if (!module_symbol_shown(&symbol) || (symbol.shown && strlen(symbol.shown) > 2048))
		abort();
	plain_format(&out, module_symbol_shown(&symbol));
	check_plain(&out);
	free(symbol.shown);
	(void)kernel_version_parse(text);
	outbuf_release(&out);
	free(text);
	return 0;
}
