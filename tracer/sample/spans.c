/* SPDX-License-Identifier: MIT */
#include "sample/spans.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct span span_of(const struct vma *v)
{
	struct span s = { v->low, v->high, (uint8_t)v->prot, v->inode != 0, SPAN_PLAIN };

	if (v->name[0] == '[')
		s.name = strcmp(v->name, "[stack]") == 0 ? SPAN_STACK : SPAN_OTHER;
	return s;
}

static int add(struct spans *s, size_t *room, const struct vma *v)
{
	if (s->n == *room) {
		*room = *room ? 2 * *room : 256;
		struct span *grown = realloc(s->at, *room * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		s->at = grown;
	}
	s->at[s->n++] = span_of(v);
	return 0;
}

int spans_read(struct spans *ret, struct modules *modules, const struct task_files *f)
{
	char *text = NULL;
	size_t room = 0;
	struct vma v;
	int err = 0;

	*ret = (struct spans){ NULL, 0 };
	modules_clear(modules);
	ssize_t len = task_files_whole(f, "maps", &text);
	if (len < 0)
		return (int)len;
	for (const char *at = text; !err && *at;) {
		ssize_t took = vma_parse(at, (size_t)(text + len - at), &v);
		if (took < 0)
			break;
		at += took;
		err = add(ret, &room, &v);
		if (!err)
			err = modules_add(modules, v.name);
	}
	free(text);
	return err;
}

void spans_release(struct spans *s)
{
	free(s->at);
	*s = (struct spans){ NULL, 0 };
}

bool spans_find(const struct spans *s, taddr addr, struct vma *ret)
{
	static const char *const names[] = { [SPAN_PLAIN] = "", [SPAN_STACK] = "[stack]", [SPAN_OTHER] = "[other]" };
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (s->at[mid].high <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == s->n || s->at[low].low > addr)
		return false;
	const struct span *found = &s->at[low];
	*ret = (struct vma){ .low = found->low, .high = found->high, .prot = found->prot, .inode = found->file };
	snprintf(ret->name, sizeof(ret->name), "%s", names[found->name]);
	return true;
}
