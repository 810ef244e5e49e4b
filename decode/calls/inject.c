/* SPDX-License-Identifier: MIT */
/* Calls that are made to fail: -e inject=SET:error=ERRNO[:when=...], as strace has it. */
#include <thrtrace/choice.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <thrtrace/tables.h>

#include "calls/choice_word.h"

#define ERRNO_MOST 4095

bool inject_hits(const struct call_inject *i, uint32_t nth)
{
	return nth >= i->first && nth <= i->last && (nth - i->first) % i->step == 0;
}

/* Its number, or its name; 0: it is none. */
static int error_of(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (!*end && number > 0 && number <= ERRNO_MOST)
		return (int)number;
	for (int e = 1; e <= ERRNO_MOST; e++)
		if (errno_name(e) && strcasecmp(errno_name(e), text) == 0)
			return e;
	return 0;
}

static bool number(const char **at, uint32_t *ret)
{
	char *end;
	unsigned long value = **at >= '0' && **at <= '9' ? strtoul(*at, &end, 10) : 0;

	if (!value || value > UINT16_MAX)
		return false;
	*at = end;
	*ret = (uint32_t)value;
	return true;
}

/* FIRST[..LAST][+[STEP]] */
static bool parse_when(struct call_inject *i, const char *at)
{
	if (!number(&at, &i->first))
		return false;
	i->last = i->first;
	i->step = 1;
	bool ranged = strncmp(at, "..", 2) == 0;
	if (ranged) {
		at += 2;
		if (!number(&at, &i->last) || i->last < i->first)
			return false;
	}
	if (*at == '+') {
		at++;
		if (!ranged)
			i->last = UINT32_MAX;
		if (*at && !number(&at, &i->step))
			return false;
	}
	return *at == '\0';
}

/* One word behind the set. */
static int parse_word(struct call_inject *i, const char *word, size_t len, char *err, size_t err_size)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*s", (int)len, word);
	if (strncmp(text, "error=", 6) == 0) {
		i->error = error_of(text + 6);
		if (i->error)
			return 0;
		snprintf(err, err_size, "'%s' is no errno: EAGAIN, or a number from 1 to %d", text + 6, ERRNO_MOST);
	} else if (strncmp(text, "when=", 5) == 0) {
		if (parse_when(i, text + 5))
			return 0;
		snprintf(err, err_size, "'%s': when= takes FIRST[..LAST][+[STEP]], numbers from 1 to %d", text,
			UINT16_MAX);
	} else {
		snprintf(err, err_size, "'%s': of inject there are error=ERRNO and when=FIRST[..LAST][+[STEP]]", text);
	}
	return -EINVAL;
}

/* In the place of an earlier one for the same call. */
static bool add(struct call_choice *c, const struct call_inject *i)
{
	unsigned at = 0;

	while (at < c->n_injects && c->inject[at].id != i->id)
		at++;
	if (at == INJECTS_MAX)
		return false;
	c->inject[at] = *i;
	c->n_injects += at == c->n_injects;
	c->shown[i->id] = true;
	return true;
}

static bool ends_a_task(enum call_id id)
{
	return id == CALL_exit || id == CALL_exit_group;
}

/* set: up to its ':'. */
static int add_set(struct call_choice *c, struct call_inject with, const char *set, char *err, size_t err_size)
{
	while (*set && *set != ':') {
		size_t len = strcspn(set, ",:");
		struct call_choice named = { .by_rule = false };
		bool known = len && choice_word(&named, set, len, true);
		for (unsigned i = 0; i < CALL_IDS && known; i++) {
			with.id = (enum call_id)i;
			if (!named.shown[i] || ends_a_task(with.id))
				continue;
			if (!add(c, &with)) {
				snprintf(err, err_size, "at most %d calls can be made to fail", INJECTS_MAX);
				return -EINVAL;
			}
		}
		if (!known || ends_a_task(call_by_name(set, len))) {
			snprintf(err, err_size, "'%.*s' is not a call or set that thrtrace follows and can make fail",
				(int)len, set);
			return -EINVAL;
		}
		set += len;
		set += *set == ',';
	}
	return 0;
}

int inject_parse(struct call_choice *c, const char *text, int error, char *err, size_t err_size)
{
	struct call_inject with = { .error = error, .first = 1, .last = UINT32_MAX, .step = 1 };

	for (const char *word = strchr(text, ':'); word; word = strchr(word, ':')) {
		word++;
		int bad = parse_word(&with, word, strcspn(word, ":"), err, err_size);
		if (bad)
			return bad;
	}
	if (!with.error || *text == ':') {
		snprintf(err, err_size,
			"inject=%s: it takes CALL[,...]:error=ERRNO, as in inject=clone3:error=EAGAIN:when=3", text);
		return -EINVAL;
	}
	struct call_choice with_it = *c;
	int bad = add_set(&with_it, with, text, err, err_size);
	if (!bad)
		*c = with_it;
	return bad;
}
