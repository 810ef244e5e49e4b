/* SPDX-License-Identifier: MIT */
/* What becomes of threads at the end of their process, and in the child of a fork: each kind from one place. */
#include "oddity.h"

enum { LEFT = 3, STAY = 2 };

static volatile bool for_ever = true;
static volatile pid_t tid_of[LEFT];

static void *leaves(void *arg)
{
	*(volatile pid_t *)arg = (pid_t)syscall(SYS_gettid);
	return arg;
}

static void *stays(void *arg)
{
	while (for_ever)
		sleep_ms(1000);
	return arg;
}

/* The one place that makes them: no copy of it in a loop. */
__attribute__((noinline)) static pthread_t make(void *(*body)(void *), void *arg)
{
	return start(body, arg);
}

static void fork_and(bool exec)
{
	pid_t child = fork();

	if (child == 0) {
		if (exec)
			execl("/bin/true", "true", (char *)NULL);
		_exit(0);
	}
	MUST(child > 0 && waitpid(child, NULL, 0) == child);
}

int main(void)
{
	volatile pid_t tid;
	pthread_t detached;

	for (int i = 0; i < LEFT; i++)
		make(leaves, (void *)&tid_of[i]);
	for (int i = 0; i < LEFT; i++)
		wait_gone(wait_tid(&tid_of[i]));
	pthread_join(make(leaves, (void *)&tid), NULL);
	for (int i = 0; i < STAY; i++)
		make(stays, NULL);
	detached = make(stays, NULL);
	MUST(pthread_detach(detached) == 0);
	fork_and(false);
	fork_and(true);
	EXPECT("1 finding id=never-joined severity=warning task=null text~'3 threads, made by make at '");
	EXPECT("1 finding id=never-joined text~'%s'", GUARD_LEAST == 65536 ? "24768 KiB" : "24 MiB");
	EXPECT("1 finding id=alive-at-exit severity=note task=null text~'2 threads, made by make at '");
	EXPECT_IF("f", "1 finding id=fork-with-threads severity=note text~'T5, T6, T7 are not in it'");
	EXPECT_IF("nof", "0 finding id=fork-with-threads");
	EXPECT("0 finding id=exec-ends-threads");
	return 0;
}
