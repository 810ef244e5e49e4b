/* SPDX-License-Identifier: MIT */
/* Each lesson is run on this kernel, and held to what its row says; and the runner itself. About three seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lessons/lessons.h"

static struct outbuf said[LESSONS][LESSON_WAYS];
static struct lesson_given given[LESSONS];

static int run_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < LESSONS; i++) {
		given[i] = (struct lesson_given){ .row = lesson_at(i), .program = lesson_program((enum lesson_id)i) };
		for (unsigned way = 0; way < LESSON_WAYS; way++) {
			struct outbuf *out = &said[i][way];
			outbuf_init(out, 1 << 14);
			if (lesson_run(out, (enum lesson_id)i, (enum lesson_way)way, &given[i].skipped[way]))
				return -1;
			given[i].said[way] = outbuf_str(out);
			if (given[i].skipped[way])
				printf("%s, %s: %s", given[i].row->name, given[i].row->head[way], given[i].said[way]);
		}
	}
	return 0;
}

static int release_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < LESSONS; i++)
		for (unsigned way = 0; way < LESSON_WAYS; way++)
			outbuf_release(&said[i][way]);
	return 0;
}

static void each_way_prints_what_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < LESSONS; i++)
		for (unsigned way = 0; way < LESSON_WAYS; way++)
			if (!given[i].skipped[way] && strcmp(given[i].said[way], given[i].row->says[way]) != 0)
				fail_msg("%s, %s: it printed\n%sand not\n%s", given[i].row->name,
					given[i].row->head[way], given[i].said[way], given[i].row->says[way]);
}

/* What is expected of one way is not what the other prints: or the lesson would show nothing. */
static void flipped_it_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < LESSONS; i++) {
		struct lesson flipped = *given[i].row;
		struct lesson_given g = given[i];

		if (g.skipped[LESSON_WITH] || g.skipped[LESSON_WITHOUT])
			continue;
		assert_true(lesson_as_told(&g));
		for (unsigned way = 0; way < LESSON_WAYS; way++) {
			flipped = *given[i].row;
			flipped.says[way] = given[i].row->says[1 - way];
			g.row = &flipped;
			if (lesson_as_told(&g))
				fail_msg("%s: both ways print the same", flipped.name);
		}
	}
}

static void lines_fit(const char *text, size_t width, const char *what)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		if (len > width)
			fail_msg("%s: %zu columns: %.*s", what, len, (int)len, text);
		text += len + (text[len] == '\n');
	}
}

/* Where a program prints what its row says, where it prints something else, and where it can't be tried. */
static void page_fits(struct outbuf *out, struct lesson_given g, size_t width)
{
	for (unsigned how = 0; how < 3; how++) {
		if (how > 0)
			g.said[LESSON_WITH] = "otherwise\n";
		g.skipped[LESSON_WITH] = how > 1;
		outbuf_clear(out);
		lesson_page(out, &g, LESSON_TEXT);
		lines_fit(outbuf_str(out), width, g.row->name);
	}
}

static void pages_have_80_columns(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 22);
	lessons_list(&out, LESSON_TEXT, 0);
	lines_fit(outbuf_str(&out), 80, "the list");
	for (size_t i = 0; i < LESSONS; i++) {
		page_fits(&out, given[i], 80);
		for (unsigned way = 0; way < LESSON_WAYS; way++) {
			lines_fit(given[i].row->says[way], LESSON_COLUMNS, given[i].row->name);
			lines_fit(given[i].row->head[way], LESSON_COLUMNS, given[i].row->name);
		}
	}
	assert_int_equal(outbuf_status(&out), 0);
	outbuf_release(&out);
}

/* A program is what it is; all else has room. What both print stands there once each, and what differs has a bar. */
static void pages_fit_a_narrow_terminal(void **state)
{
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 22);
	lessons_list(&out, LESSON_TEXT, 50);
	lines_fit(outbuf_str(&out), 50, "the list");
	for (size_t i = 0; i < LESSONS; i++) {
		struct lesson_given g = given[i];
		g.width = 50;
		g.program = "";
		page_fits(&out, g, 50);
	}
	struct lesson_given g = {
		.row = lesson_at(0), .program = "", .width = 60, .said = { "same\none\n", "same\ntwo\n" }
	};
	outbuf_clear(&out);
	lesson_page(&out, &g, LESSON_TEXT);
	assert_non_null(strstr(outbuf_str(&out), "\n    same\n  | one\n\n  cc -pthread fork.c\n"));
	assert_non_null(strstr(outbuf_str(&out), "\n    same\n  | two\n"));
	assert_int_equal(outbuf_status(&out), 0);
	outbuf_release(&out);
}

static void every_text_is_there(void **state)
{
	(void)state;
	assert_null(lesson_at(LESSONS));
	assert_true(*lesson_at(0)->chapter);
	for (size_t i = 0; i < LESSONS; i++) {
		const struct lesson *row = lesson_at(i);
		const char *const texts[] = { row->name, row->title, row->intro, row->head[0], row->head[1],
			row->says[0], row->says[1], row->differs, row->remember, row->wrong, row->source };
		for (unsigned t = 0; t < ARRAY_SIZE(texts); t++)
			assert_true(texts[t] && *texts[t]);
		assert_int_equal(lesson_number(row), i + 1);
		assert_int_equal(lesson_find(row->name), i);
		if (strstr(lesson_program((enum lesson_id)i), "SPDX"))
			fail_msg("%s: the line of the licence is printed", row->name);
	}
}

static void a_lesson_is_found_by_its_flag(void **state)
{
	(void)state;
	assert_int_equal(lesson_find("CLONE_FILES"), LESSON_files);
	assert_int_equal(lesson_find("child_cleartid"), LESSON_child_cleartid);
	assert_int_equal(lesson_find("SigHand"), LESSON_sighand);
	assert_int_equal(lesson_find("CLONE_"), LESSONS);
	assert_int_equal(lesson_find(""), LESSONS);
}

/* ---- the runner ---- */

static int hangs(void)
{
	if (fork() == 0)
		for (;;)
			pause();
	puts("on both streams");
	fflush(stdout);
	fputs("and no end of line", stderr);
	for (;;)
		pause();
	return 0;
}

static int leaves_others(void)
{
	for (int i = 0; i < 3; i++)
		if (fork() == 0) {
			fork();
			for (;;)
				pause();
		}
	puts("gone");
	return 3;
}

static int aborts(void)
{
	abort();
}

static int lacks(void)
{
	puts("no such thing");
	return LESSON_SKIPPED;
}

static int floods(void)
{
	for (int i = 0; i < 100000; i++)
		puts("0123456789");
	return 0;
}

static void comes_out(int (*program)(void), const char *wanted, bool skipped)
{
	struct outbuf out;
	bool is_skipped;

	outbuf_init(&out, 4096);
	/* The others end by themselves, on a busy machine too. */
	uint64_t most_ns = program == hangs ? 300000000 : UINT64_C(60000000000);
	assert_int_equal(lesson_run_program(&out, program, most_ns, &is_skipped), 0);
	if (wanted)
		assert_string_equal(outbuf_str(&out), wanted);
	assert_int_equal(is_skipped, skipped);
	outbuf_release(&out);
	assert_int_equal(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	assert_int_equal(errno, ECHILD);
}

static void ends_are_told_in_words_and_nobody_is_left(void **state)
{
	(void)state;
	comes_out(hangs, "on both streams\nand no end of line\n(ended after 300 ms: it hung)\n", false);
	comes_out(leaves_others, "gone\n(exit status 3)\n", false);
	comes_out(aborts, "(killed by SIGABRT)\n", false);
	comes_out(lacks, "no such thing\n(not possible here)\n", true);
	comes_out(floods, NULL, false);
}

static int ready[2];

static int is_ready_and_sleeps(void)
{
	if (write(ready[1], "", 1) == 1)
		for (;;)
			pause();
	return 1;
}

static void a_program_ends_with_whoever_runs_it(void **state)
{
	struct outbuf out;
	bool skipped;
	int status;
	char c;
	(void)state;

	assert_int_equal(pipe(ready), 0);
	pid_t runner = fork();
	if (runner == 0) {
		outbuf_init(&out, 64);
		_exit(lesson_run_program(&out, is_ready_and_sleeps, UINT64_C(60000000000), &skipped));
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	kill(runner, SIGKILL);
	assert_int_equal(waitpid(runner, NULL, 0), runner);
	alarm(20);
	assert_true(waitpid(-1, &status, 0) > 0); /* an orphan, and so a child of this process by now */
	alarm(0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(ready[0]);
	close(ready[1]);
}

static void what_could_not_be_tried_is_not_as_told(void **state)
{
	struct lesson_given g = given[0];
	struct outbuf out;
	(void)state;

	outbuf_init(&out, 1 << 16);
	g.skipped[LESSON_WITH] = true;
	assert_false(lesson_as_told(&g));
	lesson_page(&out, &g, LESSON_TEXT);
	assert_non_null(strstr(outbuf_str(&out), "could not be tried here"));
	g.skipped[LESSON_WITH] = false;
	g.said[LESSON_WITH] = "something else\n";
	outbuf_clear(&out);
	lesson_page(&out, &g, LESSON_TEXT);
	assert_non_null(strstr(outbuf_str(&out), "otherwise than this course has it"));
	outbuf_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_way_prints_what_its_row_says),
		cmocka_unit_test(flipped_it_fails),
		cmocka_unit_test(pages_have_80_columns),
		cmocka_unit_test(pages_fit_a_narrow_terminal),
		cmocka_unit_test(every_text_is_there),
		cmocka_unit_test(a_lesson_is_found_by_its_flag),
		cmocka_unit_test(ends_are_told_in_words_and_nobody_is_left),
		cmocka_unit_test(a_program_ends_with_whoever_runs_it),
		cmocka_unit_test(what_could_not_be_tried_is_not_as_told),
	};

	return cmocka_run_group_tests(tests, run_all, release_all);
}
