/* SPDX-License-Identifier: MIT */
#include "sample/modules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int modules_add(struct modules *m, const char *path)
{
	static const char deleted[] = " (deleted)";
	const char *base = path[0] == '/' ? strrchr(path, '/') + 1 : "";
	size_t len = strlen(base), mark = sizeof(deleted) - 1;

	if (len > mark && strcmp(base + len - mark, deleted) == 0)
		len -= mark;
	const char *last = m->n ? m->name[m->n - 1] : "";
	if (!len || m->n == MODULES_MAX || (strncmp(last, base, len) == 0 && !last[len]))
		return 0;
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		char **grown = realloc(m->name, room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		m->name = grown;
		m->room = room;
	}
	m->name[m->n] = strndup(base, len);
	if (!m->name[m->n])
		return -ENOMEM;
	m->n++;
	return 0;
}

void modules_clear(struct modules *m)
{
	while (m->n)
		free(m->name[--m->n]);
	free(m->name);
	*m = (struct modules){ .name = NULL };
}
