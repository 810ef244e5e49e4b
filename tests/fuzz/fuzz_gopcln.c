/* SPDX-License-Identifier: MIT */
/* Any bytes as Go's table. Input: where the text is and the address, 8 bytes each; the rest is the table. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <thrtrace/gopcln.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const char *text, const uint8_t *table, size_t len)
{
	const uint8_t *at = (const uint8_t *)text;

	if (at < table || at >= table + len || !memchr(at, '\0', len - (size_t)(at - table)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t head[2];
	struct gopcln_func f;

	if (size < sizeof(head))
		return 0;
	memcpy(head, data, sizeof(head));
	data += sizeof(head);
	size -= sizeof(head);
	int err = gopcln_find(data, size, head[0], head[1], &f);
	if (err && err != -ENOENT && err != -EINVAL)
		abort();
	if (err)
		return 0;
	check_inside(f.name, data, size);
	if (f.file)
		check_inside(f.file, data, size);
	if (f.start > head[1] || !f.file != !f.line)
		abort();
	return 0;
}
