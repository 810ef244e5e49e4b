/* SPDX-License-Identifier: MIT */
#include "text/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Copies of some hundred bytes for each character that is copied. */
#define COPIES_MAX 65536

/* Behind the bracket expression that begins at p: a ] that comes first belongs to it. */
static const char *behind_brackets(const char *p)
{
	p += p[1] == '^' ? 2 : 1;
	if (*p == ']')
		p++;
	while (*p && *p != ']')
		p++;
	return *p ? p + 1 : p;
}

/* The larger number of a {m,n} that begins at p; 1 at the least. */
static uint64_t times(const char *p)
{
	char *end;
	uint64_t low = strtoul(p + 1, &end, 10), high = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;
	uint64_t most = low > high ? low : high;

	return most ? most : 1;
}

bool pattern_is_dear(const char *pattern)
{
	uint64_t copies = 1;

	for (const char *p = pattern; *p && copies <= COPIES_MAX;) {
		if (*p == '[') {
			p = behind_brackets(p);
			continue;
		}
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '+')
			copies *= 2;
		else if (*p == '{')
			copies *= times(p) > COPIES_MAX ? COPIES_MAX + 1 : times(p);
		p++;
	}
	return copies > COPIES_MAX;
}
