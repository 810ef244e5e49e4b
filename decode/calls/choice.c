/* SPDX-License-Identifier: MIT */
#include <thrtrace/choice.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static const struct {
	const char *name;
	unsigned classes;
} sets[] = {
	{ "thread", CLASS_THREAD },
	{ "memory", CLASS_MEMORY },
	{ "process", CLASS_PROCESS },
	{ "sched", CLASS_SCHED },
	{ "creds", CLASS_CREDS },
	{ "namespace", CLASS_NS },
	{ "signal", CLASS_SIGNAL },
};

const char *choice_set_name(size_t i)
{
	return i < ARRAY_SIZE(sets) ? sets[i].name : NULL;
}

static unsigned set_classes(const char *name, size_t len)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
		if (strlen(sets[i].name) == len && memcmp(sets[i].name, name, len) == 0)
			return sets[i].classes;
	return 0;
}

/* Sets or clears the calls that one word names; false when there are none. */
static bool apply_word(struct call_choice *c, const char *word, size_t len, bool value)
{
	if (len == 3 && memcmp(word, "all", 3) == 0) {
		for (unsigned i = 0; i < CALL_IDS; i++)
			c->shown[i] = value;
		return true;
	}
	if (len == 4 && memcmp(word, "none", 4) == 0) {
		for (unsigned i = 0; i < CALL_IDS; i++)
			c->shown[i] = !value;
		return true;
	}
	if (len > 1 && word[0] == '%') {
		unsigned classes = set_classes(word + 1, len - 1);
		for (unsigned i = 0; i < CALL_IDS && classes; i++)
			if (call_row((enum call_id)i)->classes & classes)
				c->shown[i] = value;
		return classes != 0;
	}
	enum call_id id = call_by_name(word, len);
	if (id == CALL_OTHER)
		return false;
	c->shown[id] = value;
	return true;
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
		if (n && !apply_word(c, word, n, negated == without) && !tolerant) {
			snprintf(err, err_size,
				"'%.*s' is not a call or set that thrtrace follows; sets: %%thread %%memory %%process "
				"%%sched %%creds "
				"%%namespace %%signal all none",
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
	if ((key == 6 && memcmp(expression, "inject", 6) == 0) || (key == 5 && memcmp(expression, "fault", 5) == 0))
		return inject_parse(c, value + 1, err, err_size);
	if (value && !(key == 5 && memcmp(expression, "trace", 5) == 0) && !(key == 1 && expression[0] == 't')) {
		snprintf(err, err_size,
			"'%.*s' is not a qualifier; there are trace=SET, signal=all|none and inject=SET:error=ERRNO",
			(int)key, expression);
		return -EINVAL;
	}
	if (strcmp(value ? value + 1 : expression, "all") == 0)
		c->signals = true;
	return parse_trace_set(c, value ? value + 1 : expression, err, err_size);
}
