/* SPDX-License-Identifier: MIT */
/* Names with control characters, terminal escapes and bytes above 127: shown, never passed on to a terminal. */
#include "oddity.h"

static void *worker(void *arg)
{
	prctl(PR_SET_NAME, arg);
	return NULL;
}

int main(void)
{
	static const char *const names[] = {
		"\033[31mred",
		"line\nbreak",
		"tab\there",
		"\303\251t\303\251",
		"\377\376",
		"quote\"back\\",
		"fifteen letters",
		"bell\007",
		"",
		"sixteen letters!",
	};
	static const char *const shown[] = {
		"\\x1b[31mred",
		"line\\x0abreak",
		"tab\\x09here",
		"\\xc3\\xa9t\\xc3\\xa9",
		"\\xff\\xfe",
		"quote\\\"back",
		"fifteen letters",
		"bell\\x07",
		"",
		"sixteen letters",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		pthread_join(start(worker, (void *)(uintptr_t)names[i]), NULL);
		if (strchr(names[i], '"'))
			EXPECT_IF("calls", "1 name task=T%u name~back", i + 1);
		else
			EXPECT_IF("calls", "1 name task=T%u name='%s'", i + 1, shown[i]);
	}
	prctl(PR_SET_NAME, "\033]0;title\007");
	EXPECT_IF("calls", "1 name task=T0 name='\\x1b]0;title\\x07'");
	return 0;
}
