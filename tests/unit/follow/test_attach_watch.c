/* SPDX-License-Identifier: MIT */
/* A seize that does not come back: who sleeps in it for a second is in an execve's way; who waits for a CPU is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "follow/attach_watch.h"

struct scene {
	char state;
	sem_t asked;
};

static uint64_t much_later(void *ctx)
{
	(void)ctx;
	return 1 + 60 * 1000000000ULL;
}

static ssize_t stat_of(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	struct scene *s = ctx;

	assert_string_equal(name, "stat");
	sem_post(&s->asked);
	return snprintf(buf, n, "%d (thrtrace) %c 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100 0 0", tid, s->state);
}

static struct attach_watch *begin(struct scene *s, struct attach *a, struct kernel *k, char state)
{
	s->state = state;
	sem_init(&s->asked, 0, 0);
	*k = (struct kernel){ .ctx = s, .now_ns = much_later, .read_proc = stat_of };
	a->seizing_ns = 1;
	return attach_watch_new(a, k);
}

static void who_waits_for_a_cpu_is_waited_for(void **state)
{
	static struct attach a;
	struct scene s;
	struct kernel k;
	(void)state;

	struct attach_watch *w = begin(&s, &a, &k, 'R');
	assert_non_null(w);
	for (int i = 0; i < 2; i++) /* it was asked, and asks again */
		while (sem_wait(&s.asked))
			assert_int_equal(errno, EINTR);
	attach_watch_free(w);
}

static void who_sleeps_is_given_up(void **state)
{
	int status;
	(void)state;

	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		static struct attach a;
		struct scene s;
		struct kernel k;
		(void)!freopen("/dev/null", "w", stderr);
		if (!begin(&s, &a, &k, 'S'))
			_exit(2);
		for (;;)
			pause();
	}
	while (waitpid(child, &status, 0) < 0)
		assert_int_equal(errno, EINTR);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_for_a_cpu_is_waited_for),
		cmocka_unit_test(who_sleeps_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
