/* SPDX-License-Identifier: MIT */
#include <thrtrace/choice.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/tables.h>

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

/* ---- qualifiers ---- */

static int parse_trace(struct call_choice *c, const char *value, char *err, size_t err_size)
{
	if (strcmp(value, "all") == 0)
		c->signals = ALL_SIGNALS;
	return parse_trace_set(c, value, err, err_size);
}

/* "SIGCHLD", "chld", "17": its number; 0 none. */
static unsigned signal_of(const char *word, size_t len)
{
	char name[16];
	unsigned long n = 0;

	for (size_t i = 0; i < len && i < 3 && word[i] >= '0' && word[i] <= '9'; i++)
		n = n * 10 + (unsigned long)(word[i] - '0');
	if (len && len < 3 && n && n <= 64)
		return (unsigned)n;
	unsigned sig = signal_by_name(word, len);
	if (sig || len > sizeof(name) - 4)
		return sig;
	int n_bytes = snprintf(name, sizeof(name), "SIG%.*s", (int)len, word);
	return signal_by_name(name, (size_t)n_bytes);
}

static int parse_signal(struct call_choice *c, const char *value, char *err, size_t err_size)
{
	const char *list = value + (value[0] == '!');
	uint64_t set = 0;

	if (strcmp(list, "all") == 0)
		set = ALL_SIGNALS;
	for (bool more = set == 0 && strcmp(list, "none") != 0; more;) {
		size_t len = strcspn(list, ",");
		unsigned sig = signal_of(list, len);
		if (!sig) {
			snprintf(err, err_size,
				"signal=%s: '%.*s' is no signal; a list has names or numbers, as "
				"signal=SIGUSR1,SIGCHLD; "
				"there are all and none, too, and ! for all but those that follow",
				value, (int)len, list);
			return -EINVAL;
		}
		set |= UINT64_C(1) << (sig - 1);
		more = list[len] == ',';
		list += len + more;
	}
	c->signals = value[0] == '!' ? ~set : set;
	return 0;
}

static int parse_status(struct call_choice *c, const char *value, char *err, size_t err_size)
{
	c->fails_only = strcmp(value, "failed") == 0;
	c->succeeds_only = strcmp(value, "successful") == 0;
	if (c->fails_only || c->succeeds_only || strcmp(value, "all") == 0)
		return 0;
	snprintf(err, err_size, "status=%s: it is status=successful, status=failed or status=all", value);
	return -EINVAL;
}

static int parse_inject(struct call_choice *c, const char *value, char *err, size_t err_size)
{
	return inject_parse(c, value, 0, err, err_size);
}

static int parse_fault(struct call_choice *c, const char *value, char *err, size_t err_size)
{
	return inject_parse(c, value, ENOSYS, err, err_size);
}

static const struct qualifier {
	const char *name;
	enum choice_about about;
	int (*parse)(struct call_choice *c, const char *value, char *err, size_t err_size);
} qualifiers[] = {
	{ "trace=", CHOICE_OF_CALLS, parse_trace },
	{ "t=", CHOICE_OF_CALLS, parse_trace },
	{ "signal=", CHOICE_OF_SIGNALS, parse_signal },
	{ "status=", CHOICE_OF_RESULTS, parse_status },
	{ "inject=", CHOICE_OF_FAILURES, parse_inject },
	{ "fault=", CHOICE_OF_FAILURES, parse_fault },
};

/* *value: what stands behind it. Without one it is trace=. NULL: of another one. */
static const struct qualifier *qualifier_of(const char *expression, const char **value)
{
	const char *end = strchr(expression, '=');

	*value = end ? end + 1 : expression;
	for (size_t i = 0; end && i < ARRAY_SIZE(qualifiers); i++)
		if (strncmp(expression, qualifiers[i].name, strlen(qualifiers[i].name)) == 0)
			return &qualifiers[i];
	return end ? NULL : &qualifiers[0];
}

enum choice_about choice_about(const char *expression)
{
	const char *value;
	const struct qualifier *q = qualifier_of(expression, &value);

	return q ? q->about : CHOICE_OF_CALLS;
}

int choice_parse(struct call_choice *c, const char *expression, char *err, size_t err_size)
{
	const char *value;
	const struct qualifier *q = qualifier_of(expression, &value);

	if (q)
		return q->parse(c, value, err, err_size);
	snprintf(err, err_size,
		"'%.*s' is not a qualifier; there are trace=SET, status=failed, signal=SET and inject=SET:error=ERRNO",
		(int)(value - 1 - expression), expression);
	return -EINVAL;
}
