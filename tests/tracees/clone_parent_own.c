/* SPDX-License-Identifier: MIT */
/* CLONE_PARENT by the program itself: the child's parent is whoever started the program. */
#include "rawtask.h"

static int body(void *arg)
{
	(void)arg;
	return 3;
}

int main(void)
{
	char *stack = map(65536, PROT_READ | PROT_WRITE, 0);
	pid_t tid = clone(body, stack + 65536, CLONE_PARENT | SIGCHLD, NULL);

	MUST(tid > 0);
	MUST(waitpid(-1, NULL, 0) == -1 && errno == ECHILD);
	char task[16];
	snprintf(task, sizeof(task), "%d", tid);
	while (!strchr("ZX", state_of(task)))
		sleep_ms(1);
	EXPECT("1 birth task=T1 parent=T0 kind=process flags~CLONE_PARENT tid=%d", tid);
	EXPECT_IF("f", "1 end task=T1 status=3");
	return 0;
}
