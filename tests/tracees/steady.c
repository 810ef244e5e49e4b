/* SPDX-License-Identifier: MIT */
/* Says "ready", then makes one thread after the other, each of which lives for 20 ms, until its input is closed. */
#include <poll.h>

#include "oddity.h"

static void *body(void *arg)
{
	sleep_ms(20);
	return arg;
}

int main(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	unsigned made = 0;

	say("ready");
	while (poll(&input, 1, 0) == 0) {
		pthread_t t;
		MUST(pthread_create(&t, NULL, body, NULL) == 0 && pthread_join(t, NULL) == 0);
		made++;
	}
	printf("made %u\n", made);
	return 0;
}
