/* SPDX-License-Identifier: MIT */
/* Processes and threads that end before anybody can look at them: the first instruction is exit. */
#include "../live/rawclone.h"
#include "oddity.h"

#define ROUNDS 100

#ifdef RAWCLONE
static void *spawner(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		MUST(raw_clone(SYS_clone, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, 0, 0, 0, 0,
			     SYS_exit) > 0);
		long pid = raw_clone(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0, SYS_exit);
		MUST(pid > 0 && status_of((pid_t)pid) == 0);
	}
	return arg;
}

int main(void)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		t[i] = start(spawner, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	EXPECT("%d birth kind=thread", 3 + 3 * ROUNDS);
	EXPECT("%d birth", 4 + 6 * ROUNDS);
	EXPECT_IF("f", "%d end", 4 + 6 * ROUNDS);
	return 0;
}
#else
int main(void)
{
	skip("no raw clone for this architecture");
}
#endif
