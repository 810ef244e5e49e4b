/* SPDX-License-Identifier: MIT */
#include "symbols/minidebug.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>

/* What a hostile file may make us spend. */
#define UNPACKED_MAX ((size_t)64 << 20)
/* The least room to begin with. */
#define SMALL       4096
#define DECODER_MAX ((uint64_t)128 << 20)

int minidebug_unpack(const void *data, size_t len, void **ret, size_t *ret_len)
{
	size_t size = len < UNPACKED_MAX / 8 ? len * 8 + SMALL : UNPACKED_MAX;

	for (;; size = size < UNPACKED_MAX / 2 ? size * 2 : UNPACKED_MAX) {
		uint64_t limit = DECODER_MAX;
		size_t in = 0, out = 0;
		uint8_t *buf = malloc(size);
		if (!buf)
			return -ENOMEM;
		lzma_ret got = lzma_stream_buffer_decode(&limit, 0, NULL, data, &in, len, buf, &out, size);
		if (got == LZMA_OK) {
			*ret = buf;
			*ret_len = out;
			return 0;
		}
		free(buf);
		if (got != LZMA_BUF_ERROR || size == UNPACKED_MAX)
			return -EINVAL;
	}
}
