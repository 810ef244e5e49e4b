/* SPDX-License-Identifier: MIT */
/* Threads named like markup: a page about them shows the names, and is not changed by them. */
#include "oddity.h"

static void *worker(void *arg)
{
	prctl(PR_SET_NAME, arg);
	return NULL;
}

int main(void)
{
	static const char *const names[] = { "</script><b>", "<!--<script>", "\"'><img src=", "&lt;&amp;",
		"</noscript><i>" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		pthread_join(start(worker, (void *)(uintptr_t)names[i]), NULL);
	return 0;
}
