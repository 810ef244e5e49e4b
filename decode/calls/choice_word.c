/* SPDX-License-Identifier: MIT */
/* The words of -e's sets of calls. */
#include "calls/choice_word.h"

#include <regex.h>
#include <string.h>

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
