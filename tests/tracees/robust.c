/* SPDX-License-Identifier: MIT */
/* A thread ends and holds two robust mutexes: the next owner is told, and so is the reader of the trace. */
#include "oddity.h"

static pthread_mutex_t m[2];

static void *worker(void *arg)
{
	MUST(pthread_mutex_lock(&m[0]) == 0 && pthread_mutex_lock(&m[1]) == 0);
	return arg;
}

int main(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&m[0], &attr);
	pthread_mutex_init(&m[1], &attr);
	pthread_join(start(worker, NULL), NULL);
	MUST(pthread_mutex_lock(&m[0]) == EOWNERDEAD);
	MUST(pthread_mutex_lock(&m[1]) == EOWNERDEAD);
	EXPECT("1 end task=T1 how=exit robust_count=2 robust_held~%p", (void *)&m[1]);
	EXPECT("1 end task=T0 robust_count=2");
	EXPECT("2 finding id=robust-held severity=warning text~'in m+0x%zx: 0x'", sizeof(m[0]));
	return 0;
}
