/* SPDX-License-Identifier: MIT */
/* Each way in which a kernel keeps perf events away has its sentence, which says what helps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "observe/observe.h"

static const struct {
	int err;
	bool no_ring;
	int paranoid;
	const char *says, *not ; /* what must not be advised: it does not help there */
} rows[] = {
	{ -EACCES, false, 3, "sysctl kernel.perf_event_paranoid=2", "setcap" },
	{ -EACCES, false, 4, "CAP_PERFMON does not help", "setcap" },
	{ -EACCES, false, 2, "setcap cap_perfmon+ep", "sysctl kernel" },
	{ -EACCES, false, -2, "setcap cap_perfmon+ep", NULL }, /* the level can't be read */
	{ -EPERM, false, 2, "--cap-add PERFMON", "RLIMIT_MEMLOCK" },
	{ -EPERM, false, 4, "--cap-add PERFMON", "sysctl" },
	{ -EPERM, true, 2, "RLIMIT_MEMLOCK", "--cap-add" },
	{ -EPERM, true, 4, "kernel.perf_event_mlock_kb", "sysctl" },
	{ -EMFILE, false, 2, "RLIMIT_NOFILE", NULL },
	{ -ENFILE, false, 2, "RLIMIT_NOFILE", NULL },
	{ -ENOSYS, false, -2, "CONFIG_PERF_EVENTS", NULL },
	{ -ENODEV, false, 2, "--light", NULL },
};

static void each_denial_says_what_helps(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *why = observe_denial(rows[i].err, rows[i].no_ring, rows[i].paranoid);
		if (!strstr(why, rows[i].says) || !strstr(why, "--light") || (rows[i].not &&strstr(why, rows[i].not )))
			fail_msg("row %zu: %s", i, why);
		if (strchr(why, '\n'))
			fail_msg("row %zu has a second line", i);
	}
}

/* One that tells of the task, and with calls one for each begin, and one for each return that makes no task. */
static void events_grow_with_cpus_and_calls(void **state)
{
	const struct events e = { .n_rings = 4 };
	struct tracepoints ids = { .enter = { 0 } };
	(void)state;

	assert_int_equal(events_each(&e, NULL), 4);
	assert_int_equal(events_each(&e, &ids), 4);
	for (unsigned i = 0; i < TRACED_CALLS; i++)
		ids.enter[i] = ids.exit[i] = (uint16_t)(i + 1);
	assert_int_equal(events_each(&e, &ids), 4 * 12);
	ids.exit[TRACED_vfork] = 0; /* a machine without that call */
	assert_int_equal(events_each(&e, &ids), 4 * 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_denial_says_what_helps),
		cmocka_unit_test(events_grow_with_cpus_and_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
