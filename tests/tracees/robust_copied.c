/* SPDX-License-Identifier: MIT */
/*
 * A thread registers a copy of its robust list's head: an empty list's first entry is the head itself, so a walk from
 * the copy goes round there for ever, and nothing is held. stress-ng does so.
 */
#include "oddity.h"

static void *worker(void *arg)
{
	static struct robust_list_head copy;
	struct robust_list_head *head;
	size_t len;

	MUST(syscall(SYS_get_robust_list, 0, &head, &len) == 0);
	copy = *head;
	MUST(syscall(SYS_set_robust_list, &copy, len) == 0);
	return arg;
}

int main(void)
{
	pthread_join(start(worker, NULL), NULL);
	EXPECT("1 end task=T1 how=exit robust_count=null");
	EXPECT("0 finding");
	return 0;
}
