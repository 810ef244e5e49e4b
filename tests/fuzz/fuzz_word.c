/* SPDX-License-Identifier: MIT */
/* Any bytes as a flag word: it parses or complains, and what parses is explained without trouble. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/explain_page.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned calls[] = { 0, ON_CLONE, ON_CLONE3, ON_UNSHARE, ON_SETNS };
	struct explain_query q = { .who_text = "a process" };
	char err[WORD_ERROR_LEN];
	struct outbuf out;

	if (size == 0)
		return 0;
	unsigned call = calls[data[0] % ARRAY_SIZE(calls)];
	q.who.pid_ns_level = -1;
	if (flag_word_parse(&q.word, (const char *)data + 1, size - 1, call, err) < 0) {
		for (size_t i = 0; i < strlen(err); i++)
			if (err[i] < ' ' || err[i] > '~')
				abort();
		return 0;
	}
	outbuf_init(&out, 1 << 16);
	explain_page(&out, &q, size & 1 ? PAGE_TEXT : PAGE_JSON);
	if (outbuf_status(&out))
		abort();
	outbuf_release(&out);
	return 0;
}
