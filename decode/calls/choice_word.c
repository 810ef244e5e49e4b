/* SPDX-License-Identifier: MIT */
/* The words of -e's sets of calls. */
#include "calls/choice_word.h"

#include <regex.h>
#include <string.h>

#include "text/pattern.h"

static const struct {
	const char *name;
	unsigned classes, traits; /* a call is in it that has one of these */
} sets[] = {
	{ "thread", CLASS_THREAD, 0 },
	{ "memory", CLASS_MEMORY, 0 },
	{ "process", CLASS_PROCESS, 0 },
	{ "sched", CLASS_SCHED, 0 },
	{ "creds", CLASS_CREDS, 0 },
	{ "namespace", CLASS_NS, 0 },
	{ "signal", CLASS_SIGNAL, 0 },
	{ "clone", 0, CALL_CREATES },
};

const char *choice_set_name(size_t i)
{
	return i < ARRAY_SIZE(sets) ? sets[i].name : NULL;
}

bool choice_set_has(size_t i, enum call_id id)
{
	const struct call_row *row = call_row(id);

	return (row->classes & sets[i].classes) || (row->traits & sets[i].traits);
}

static bool apply_set(struct call_choice *c, const char *name, size_t len, bool value)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(sets) && (strlen(sets[i].name) != len || memcmp(sets[i].name, name, len) != 0))
		i++;
	for (unsigned id = 0; id < CALL_IDS && i < ARRAY_SIZE(sets); id++)
		if (choice_set_has(i, (enum call_id)id))
			c->shown[id] = value;
	return i < ARRAY_SIZE(sets);
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
	if (pattern_is_dear(text) || regcomp(&like, text, REG_EXTENDED | REG_NOSUB))
		return false;
	for (unsigned i = 0; i < CALL_IDS; i++)
		if (regexec(&like, call_row((enum call_id)i)->name, 0, NULL, 0) == 0) {
			c->shown[i] = value;
			fits = true;
		}
	regfree(&like);
	return fits;
}

bool choice_word(struct call_choice *c, const char *word, size_t len, bool value)
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
	if (len > 1 && word[0] == '%')
		return apply_set(c, word + 1, len - 1, value);
	if (word[0] == '/')
		return apply_pattern(c, word + 1, len - 1, value);
	enum call_id id = call_by_name(word, len);
	if (id == CALL_OTHER)
		return false;
	c->shown[id] = value;
	return true;
}
