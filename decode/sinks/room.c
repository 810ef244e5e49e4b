/* SPDX-License-Identifier: MIT */
#include "sinks/room.h"

#include <stdlib.h>
#include <string.h>

void *room_for(void *at, size_t *n, size_t size, size_t index)
{
	size_t more = *n ? *n : 64;

	if (index < *n)
		return at;
	while (more <= index)
		more *= 2;
	char *grown = reallocarray(at, more, size);
	if (!grown)
		return NULL;
	memset(grown + *n * size, 0, (more - *n) * size);
	*n = more;
	return grown;
}
