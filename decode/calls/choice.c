/* SPDX-License-Identifier: MIT */
#include <thrtrace/choice.h>

#include <errno.h>
#include <regex.h>
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

unsigned choice_set_class(size_t i)
{
	return i < ARRAY_SIZE(sets) ? sets[i].classes : 0;
}

static unsigned set_classes(const char *name, size_t len)
{
	for (unsigned i = 0; i < ARRAY_SIZE(sets); i++)
		if (strlen(sets[i].name) == len && memcmp(sets[i].name, name, len) == 0)
			return sets[i].classes;
	return 0;
}

/* "/^clone": the calls whose names fit a regular expression. */
static bool apply_pattern(struct call_choice *c, const char *pattern, size_t len, bool value)
{
	char text[128];
	regex_t like;
	bool fits = false;

	if (len >= sizeof(text))
		return false;
	memcpy(text, pattern, len);
	text[len] = '\0';
	if (regcomp(&like, text, REG_EXTENDED | REG_NOSUB))
		return false;
	for (unsigned i = 0; i < CALL_IDS; i++)
		if (regexec(&like, call_row((enum call_id)i)->name, 0, NULL, 0) == 0) {
			c->shown[i] = value;
			fits = true;
		}
	regfree(&like);
	return fits;
}

/* What %clone and the like name in strace. */
static bool apply_trait(struct call_choice *c, const char *name, size_t len, bool value)
{
	bool creates = len == 5 && memcmp(name, "clone", 5) == 0;

	for (unsigned i = 0; i < CALL_IDS && creates; i++)
		if (call_row((enum call_id)i)->traits & CALL_CREATES)
			c->shown[i] = value;
	return creates;
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
		return classes != 0 || apply_trait(c, word + 1, len - 1, value);
	}
	if (word[0] == '/')
		return apply_pattern(c, word + 1, len - 1, value);
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
	if ((key == 6 && memcmp(expression, "inject", 6) == 0) || (key == 5 && memcmp(expression, "fault", 5) == 0))
		return inject_parse(c, value + 1, err, err_size);
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
