/* SPDX-License-Identifier: MIT */
/* Threads that the kernel makes: over the scripted kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "races.h"

#define NAME "iou-wrk-100"

/* By what name a worker is told that has one of its own once it was looked at so many times. */
static void is_named(unsigned looks, const char *name)
{
	struct fake *f = fk_new(MODE_FILTER);

	fk_start(f);
	fk_io_worker(f, A, NAME, looks);
	fk_pause(f, LATE);
	fk_call(f, P, CALL_exit_group, 0);
	fk_exit_stop(f, P, 0);
	fk_exited(f, P, 0);
	assert_int_equal(fk_run(f), 0);
	const struct task *worker = model_last_by_tid(fk_run_of(f)->tell.model, A);
	assert_non_null(worker);
	assert_int_equal(worker->birth, BIRTH_IO_WORKER);
	assert_string_equal(worker->comm, name);
	fk_free(f);
}

/* It is made with the program's name, and gives itself its own as soon as it has a CPU. */
static void a_worker_is_told_with_its_own_name(void **state)
{
	(void)state;

	is_named(0, NAME);
	is_named(1, NAME);
}

static void one_that_never_had_a_cpu_is_told_in_the_end(void **state)
{
	(void)state;

	is_named(1000, "prog");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_is_told_with_its_own_name),
		cmocka_unit_test(one_that_never_had_a_cpu_is_told_in_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
