/* SPDX-License-Identifier: MIT */
#include "cmd/tips.h"

#include <stdio.h>
#include <time.h>

#include <thrtrace/base.h>

static const char *const tips[] = {
#define TIP(text) text,
#include "cmd/tips.def"
#undef TIP
};

const char *tip_at(size_t i)
{
	return i < ARRAY_SIZE(tips) ? tips[i] : NULL;
}

void tip_say(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now);
	fprintf(stderr, "tip: %s\n", tips[(unsigned long)(now.tv_nsec / 1000) % ARRAY_SIZE(tips)]);
}
