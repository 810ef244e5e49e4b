/* SPDX-License-Identifier: MIT */
/* Which ends are asked for a name that no event has told of: over the scripted kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "races.h"

#define THREADS 20
#define FIRST   16 /* as end_facts.c has it */

/* How often a name is asked for in a trace of so many threads, of which one is named by another; 0: none. */
static int all_asked(int threads, uint64_t life_ns, pid_t named)
{
	struct fake *f = fk_new(MODE_FILTER);

	fk_start(f);
	for (pid_t tid = A; tid < A + threads; tid++) {
		makes_thread(f, P, tid);
		fk_pause(f, life_ns);
		thread_ends(f, tid, 0);
	}
	if (named)
		fk_comm(f, named, "by-another");
	assert_int_equal(fk_run(f), 0);
	int n = fk_comms(f);
	fk_free(f);
	return n;
}

/* The same, of the threads alone. */
static int asked(uint64_t life_ns, pid_t named)
{
	return all_asked(THREADS, life_ns, named) - all_asked(0, life_ns, 0);
}

static void long_lives_are_all_asked(void **state)
{
	(void)state;

	assert_int_equal(asked(EV_END_SHORT_NS, 0), THREADS);
}

static void the_first_short_lives_are_asked(void **state)
{
	(void)state;

	assert_int_equal(asked(1, 0), FIRST);
}

static void short_lives_are_asked_once_a_name_was_another(void **state)
{
	(void)state;

	assert_int_equal(asked(1, A + 3), THREADS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_lives_are_all_asked),
		cmocka_unit_test(the_first_short_lives_are_asked),
		cmocka_unit_test(short_lives_are_asked_once_a_name_was_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
