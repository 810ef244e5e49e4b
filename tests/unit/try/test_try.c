/* SPDX-License-Identifier: MIT */
/* Every row has an experiment, or a reason why not; and an experiment that breaks is a row, not an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "try/stage.h"
#include "try/try.h"

static void each_row_has_an_experiment_or_a_reason(void **state)
{
	size_t tried = 0;
	(void)state;

	for (size_t i = 0; i < trial_rows(); i++) {
		const char *why, *text = try_text(i, &why);
		if (!text == !why)
			fail_msg("%s: neither is there an experiment nor a reason", trial_key(i));
		tried += text != NULL;
	}
	assert_int_equal(tried, trial_rows() - 1); /* the kernel's stack is nobody's to see */
}

/* ---- experiments that break; the child of the word 0 has memory of its own, and may use what it likes ---- */

static void well(struct stage *s, struct part *p, enum step step)
{
	(void)s;
	if (step == AFTER)
		told(p, SEEN(SHARE_COPIED), "all is well");
}

static void dies(struct stage *s, struct part *p, enum step step)
{
	(void)p;
	if (step == AFTER)
		raw(SYS_kill, s->pid, SIGKILL);
}

static void child_dies(struct stage *s, struct part *p, enum step step)
{
	(void)s;
	if (step == IN_CHILD)
		raw(SYS_kill, raw(SYS_getpid), SIGKILL);
	else if (step == AFTER)
		told(p, SEEN(SHARE_COPIED), "never seen");
}

static void sleeps_on(struct stage *s, struct part *p, enum step step)
{
	(void)s;
	(void)p;
	while (step == AFTER)
		pause();
}

static void says_why(struct stage *s, struct part *p, enum step step)
{
	(void)s;
	if (step == BEFORE)
		cannot(p, "%s", "it is so");
	else
		told(p, SEEN(SHARE_COPIED), "never run");
}

/* What a manager makes of them: the board, and whether it was whole. */
struct result {
	struct board board;
	bool whole;
	int children; /* that are left */
};

static struct result *run(experiment *const *experiments, size_t n)
{
	static const struct flag_word word = { .call = ON_CLONE };
	struct result *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t self = getpid(), pid;

	assert_true(r != MAP_FAILED);
	pid = fork();
	if (pid == 0) {
		stage_manage(self);
		stage_prepare(&r->board, experiments, n);
		r->whole = stage_run(&r->board, &word);
		r->children = waitpid(-1, NULL, __WALL | WNOHANG) >= 0;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return r;
}

static void what_breaks_is_told(void **state)
{
	static const struct {
		experiment *run;
		const char *why;
	} cases[] = { { dies, "the experiment was killed by signal 9" },
		{ child_dies, "the new task did not do its part within three seconds" },
		{ sleeps_on, "the experiment did not end within its time" }, { says_why, "it is so" } };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		experiment *const both[] = { cases[i].run, well };
		struct result *r = run(both, 2);
		assert_string_equal(r->board.part[0].tried.why_not, cases[i].why);
		assert_int_equal(r->board.part[0].tried.seen, 0);
		assert_false(r->children);
		assert_int_equal(r->whole, cases[i].run == says_why);
		if (cases[i].run == says_why) {
			assert_string_equal(r->board.part[1].tried.evidence, "all is well");
		}
		munmap(r, sizeof(*r));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_has_an_experiment_or_a_reason),
		cmocka_unit_test(what_breaks_is_told),
	};

	return raw_works() ? cmocka_run_group_tests(tests, NULL, NULL) : 0;
}
