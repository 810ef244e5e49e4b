/* SPDX-License-Identifier: MIT */
#include <thrtrace/choice.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "calls/choice_word.h"

void choice_default(struct call_choice *c)
{
	*c = (struct call_choice){ .by_rule = true };
	for (unsigned i = 0; i < CALL_IDS; i++)
		c->shown[i] = true;
}

bool choice_same_calls(const struct call_choice *a, const struct call_choice *b)
{
	return a->by_rule == b->by_rule && memcmp(a->shown, b->shown, sizeof(a->shown)) == 0;
}

static int parse_trace_set(struct call_choice *c, const char *list, char *err, size_t err_size)
{
	bool negated = list[0] == '!';

	if (negated)
		list++;
	c->by_rule = false;
	for (unsigned i = 0; i < CALL_IDS; i++)
		c->shown[i] = negated;
	while (*list) {
		size_t len = strcspn(list, ",");
		const char *word = list;
		size_t n = len;
		bool tolerant = word[0] == '?', without = false;
		if (tolerant)
			word++, n--;
		if (n && word[0] == '!')
			word++, n--, without = true;
		if (n && !choice_word(c, word, n, negated == without) && !tolerant) {
			snprintf(err, err_size,
				"'%.*s' is not a call or set that thrtrace follows; sets: %%thread %%memory %%process "
				"%%sched %%creds %%namespace %%signal %%clone all none, /REGEX; --list-calls has all",
				(int)n, word);
			return -EINVAL;
		}
		list += len;
		list += *list == ',';
	}
	return 0;
}

int choice_parse(struct call_choice *c, const char *expression, char *err, size_t err_size)
{
	const char *value = strchr(expression, '=');
	size_t key = value ? (size_t)(value - expression) : 0;

	if (key == 6 && memcmp(expression, "signal", 6) == 0) {
		if (strcmp(value + 1, "all") && strcmp(value + 1, "none")) {
			snprintf(err, err_size, "signal=%s: it is signal=all or signal=none", value + 1);
			return -EINVAL;
		}
		c->signals = value[1] == 'a';
		return 0;
	}
	if (key == 6 && memcmp(expression, "status", 6) == 0) {
		c->fails_only = strcmp(value + 1, "failed") == 0;
		c->succeeds_only = strcmp(value + 1, "successful") == 0;
		if (c->fails_only || c->succeeds_only || strcmp(value + 1, "all") == 0)
			return 0;
		snprintf(err, err_size, "status=%s: it is status=successful, status=failed or status=all", value + 1);
		return -EINVAL;
	}
	if (key == 6 && memcmp(expression, "inject", 6) == 0)
		return inject_parse(c, value + 1, 0, err, err_size);
	if (key == 5 && memcmp(expression, "fault", 5) == 0)
		return inject_parse(c, value + 1, ENOSYS, err, err_size);
	if (value && !(key == 5 && memcmp(expression, "trace", 5) == 0) && !(key == 1 && expression[0] == 't')) {
		snprintf(err, err_size,
			"'%.*s' is not a qualifier; there are trace=SET, status=failed, signal=all and "
			"inject=SET:error=ERRNO",
			(int)key, expression);
		return -EINVAL;
	}
	if (strcmp(value ? value + 1 : expression, "all") == 0)
		c->signals = true;
	return parse_trace_set(c, value ? value + 1 : expression, err, err_size);
}
