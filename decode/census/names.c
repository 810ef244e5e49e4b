/* SPDX-License-Identifier: MIT */
/*
 * Patterns of names. The form of a name is what is left when each number in it becomes a mark; names of one form are
 * looked at together, place by place. A number that differs there is {N}. But where several places differ, one with
 * few values is kept: "pool-1-thread-{N}" and "pool-2-thread-{N}" are two pools.
 */
#include <thrtrace/census.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS_MAX ((COMM_LEN + 1) / 2)
#define FEW         4

struct form {
	char text[COMM_LEN]; /* '\1' for a number */
	char number[NUMBERS_MAX][COMM_LEN];
	unsigned n;
	struct census_task *task;
};

static void form_of(struct form *f, struct census_task *t)
{
	size_t out = 0;

	*f = (struct form){ .task = t };
	for (const char *c = t->comm; *c;) {
		size_t digits = strspn(c, "0123456789");
		if (digits) {
			memcpy(f->number[f->n++], c, digits);
			f->text[out++] = '\1';
			c += digits;
		} else {
			f->text[out++] = *c++;
		}
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct form *)a)->text, ((const struct form *)b)->text);
}

/* How many values stand there, counted up to FEW + 1. */
static unsigned values_at(const struct form *f, size_t n, unsigned place)
{
	const char *seen[FEW + 1];
	unsigned found = 0;

	for (size_t i = 0; i < n && found <= FEW; i++) {
		unsigned k = 0;
		while (k < found && strcmp(seen[k], f[i].number[place]) != 0)
			k++;
		if (k == found)
			seen[found++] = f[i].number[place];
	}
	return found;
}

static void write_pattern(const struct form *f, const bool *varies)
{
	char *to = f->task->pattern, *end = to + sizeof(f->task->pattern) - 1;
	unsigned place = 0;

	for (const char *c = f->text; *c && to < end; c++) {
		const char *piece = *c != '\1' ? NULL : varies[place] ? "{N}" : f->number[place];
		size_t len = piece ? strlen(piece) : 1, room = (size_t)(end - to);
		place += *c == '\1';
		memcpy(to, piece ? piece : c, len < room ? len : room);
		to += len < room ? len : room;
	}
	*to = '\0';
}

/* n names of one form. */
static void name_alike(const struct form *f, size_t n)
{
	bool varies[NUMBERS_MAX] = { false };
	unsigned last = 0;

	for (unsigned place = 0; place < f->n; place++) {
		unsigned values = values_at(f, n, place);
		varies[place] = values > 1;
		if (values > 1)
			last = place;
	}
	for (unsigned place = 0; place < last; place++)
		varies[place] = varies[place] && values_at(f, n, place) > FEW;
	for (size_t i = 0; i < n; i++)
		write_pattern(&f[i], varies);
}

int census_names(struct census *c)
{
	struct form *f = c->n ? calloc(c->n, sizeof(*f)) : NULL;

	if (!f)
		return c->n ? -ENOMEM : 0;
	for (size_t i = 0; i < c->n; i++)
		form_of(&f[i], &c->task[i]);
	qsort(f, c->n, sizeof(*f), by_text);
	for (size_t i = 0, end; i < c->n; i = end) {
		for (end = i + 1; end < c->n && by_text(&f[i], &f[end]) == 0;)
			end++;
		name_alike(f + i, end - i);
	}
	free(f);
	return 0;
}
