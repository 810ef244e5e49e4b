/* SPDX-License-Identifier: MIT */
#include "sinks/text_block.h"

#include <string.h>

#define KEY_COLUMN  3
#define TEXT_COLUMN 16

void text_key(struct outbuf *out, const char *name)
{
	static const char blanks[TEXT_COLUMN + 1] = "                ";
	size_t len = strlen(name), reached = KEY_COLUMN + len;

	outbuf_put(out, blanks, KEY_COLUMN);
	outbuf_put(out, name, len);
	if (reached < TEXT_COLUMN)
		outbuf_put(out, blanks, TEXT_COLUMN - reached);
}
