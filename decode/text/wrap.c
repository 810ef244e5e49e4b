/* SPDX-License-Identifier: MIT */
/* Breaks text into lines. */
#include <thrtrace/explain_page.h>

#include <string.h>

static size_t column(const struct outbuf *b)
{
	size_t start = b->len;

	while (start > 0 && b->data[start - 1] != '\n')
		start--;
	return b->len - start;
}

void wrap_format(struct outbuf *out, const char *text, size_t indent, size_t width)
{
	bool blank = false; /* one is due before the next piece, unless a line ends there */

	for (bool first = true; *text; first = false) {
		size_t len = strcspn(text, " |");
		len += text[len] == '|';
		if (!first && column(out) + blank + len > width) {
			outbuf_putc(out, '\n');
			outbuf_pad(out, indent);
		} else if (blank) {
			outbuf_putc(out, ' ');
		}
		outbuf_put(out, text, len);
		text += len;
		blank = *text == ' ';
		text += strspn(text, " ");
	}
}
