/* SPDX-License-Identifier: MIT */
/* What threads of known runtimes are recognised by, and that nothing less is enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <thrtrace/roles.h>

#define TEXT 128

/* A thread that has all marks of a row. */
struct example {
	char name[TEXT], module[TEXT], symbol[TEXT], called[TEXT];
	struct frame start;
	struct backtrace bt;
	struct role_marks marks;
};

/* Text that the first alternative of a pattern is like, up to `end`. */
static void like_pattern(char text[TEXT], const char *pattern, char end)
{
	size_t n = 0;

	for (; *pattern && *pattern != '|' && *pattern != end; pattern++) {
		assert_true(n + 2 < TEXT);
		text[n++] = (char)(*pattern == '*' ? 'x' : *pattern == '%' ? '7' : *pattern);
	}
	text[n] = '\0';
}

static void make_example(struct example *e, const struct role_row *row)
{
	bool negated = row->through && (row->through[0] == '!' || row->through[0] == '~');

	*e = (struct example){ .name = "some name", .called = "f" };
	if (row->name)
		like_pattern(e->name, row->name, '\0');
	if (row->start) {
		like_pattern(e->module, row->start, ':');
		like_pattern(e->symbol, strchr(row->start, ':') + 1, '\0');
		e->start = (struct frame){ .pc = 1, .module = e->module, .symbol = e->symbol };
		e->marks.start = &e->start;
	}
	bool module = row->through && row->through[0] == '@';
	if (row->through && !negated)
		like_pattern(e->called, row->through + module, '\0');
	e->bt = (struct backtrace){ .n = 2, .frame = { { .pc = 2 }, { .pc = 3 } } };
	*(module ? &e->bt.frame[1].module : &e->bt.frame[1].symbol) = e->called;
	e->marks.bt = &e->bt;
	e->marks.task_flags = row->task_flags;
}

static const struct role_row *recognised(const struct example *e)
{
	struct role_maybe maybe;

	role_birth(&maybe, &e->marks, NULL);
	return role_of(&maybe, e->name);
}

static void rows_are_whole(void **state)
{
	const struct role_row *r;
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		assert_int_equal(role_row_place(r), i);
		for (const char *c = r->id; *c; c++)
			assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) || *c == '-');
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(r->id, role_row_at(j)->id);
		/* A runtime's rows stand together: it is one part of the page. */
		if (i && strcmp(r->runtime, role_row_at(i - 1)->runtime) != 0)
			for (size_t j = 0; j < i; j++)
				assert_string_not_equal(r->runtime, role_row_at(j)->runtime);
		assert_null(strpbrk(r->runtime, " '|")); /* it is a word of the command line */
		assert_true(r->start || r->through || r->task_flags);
		for (const char *at = r->start; at && *at; at += strspn(at, "|")) { /* each alternative has its colon */
			assert_true(strcspn(at, ":") < strcspn(at, "|"));
			at += strcspn(at, "|");
		}
		assert_true(!r->there || r->name || strchr(r->there, '='));
		assert_true(r->label[0] && strlen(r->label) <= 20);
		assert_true(r->what[0] && r->what[strlen(r->what) - 1] != '.');
		assert_true(r->setting[0] && r->setting[strlen(r->setting) - 1] != '.');
		assert_true(strncmp(r->seen, "seen: ", 6) == 0 || strncmp(r->seen, "from its source: ", 17) == 0);
		/* And of which version. */
		assert_non_null(strpbrk(r->seen, "0123456789"));
		for (const char *at = r->name; at && *at; at += strspn(at, "|")) { /* the kernel keeps no more */
			assert_true(strcspn(at, "|") <= 15);
			at += strcspn(at, "|");
		}
	}
}

static void each_row_recognises_its_example(void **state)
{
	const struct role_row *r;
	struct example e;
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		make_example(&e, r);
		const struct role_row *as = recognised(&e);
		if (as != r)
			print_error("%s is taken for %s\n", r->id, as ? as->id : "nothing");
		assert_ptr_equal(as, r);
	}
}

static void no_mark_may_be_missing(void **state)
{
	const struct role_row *r;
	struct example e;
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		make_example(&e, r);
		if (r->name) {
			strcpy(e.name, "zz");
			assert_ptr_not_equal(recognised(&e), r);
			make_example(&e, r);
		}
		if (r->task_flags) {
			e.marks.task_flags = 0;
			assert_ptr_not_equal(recognised(&e), r);
			make_example(&e, r);
		}
		if (r->start) {
			e.marks.start = NULL;
			assert_ptr_not_equal(recognised(&e), r);
			make_example(&e, r);
			if (r->start[0] != '*')
				strcpy(e.module, "a.out");
			else
				strcpy(e.symbol, "a_function");
			assert_ptr_not_equal(recognised(&e), r);
			make_example(&e, r);
		}
		if (r->through && r->through[0] != '!' && r->through[0] != '~') {
			strcpy(e.called, "a_function");
			assert_ptr_not_equal(recognised(&e), r);
			e.marks.bt = NULL;
			assert_ptr_not_equal(recognised(&e), r);
		} else if (r->through) {
			like_pattern(e.called, r->through + 1, '\0');
			assert_ptr_not_equal(recognised(&e), r);
		}
	}
}

static void without_its_stack_what_was_not_called_is_not_known(void **state)
{
	const struct role_row *r;
	struct example e;
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		make_example(&e, r);
		e.marks.bt = NULL;
		if (r->through && r->through[0] == '!')
			assert_ptr_not_equal(recognised(&e), r);
		if (r->through && r->through[0] == '~')
			assert_ptr_equal(recognised(&e), r);
	}
}

/* Each example, and each with a mark less, after each other: by the same memo as without one. */
static void what_was_found_before_holds_for_the_same_marks_alone(void **state)
{
	struct role_memo memo = { .len = 0 };
	const struct role_row *r;
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		for (unsigned without = 0; without < 12; without++) {
			struct role_maybe plain, again;
			struct example e;
			make_example(&e, r);
			switch (without / 2) { /* each twice */
			case 1:
				e.marks.start = NULL;
				break;
			case 2:
				e.marks.bt = NULL;
				break;
			case 3:
				e.marks.task_flags = ROLE_PF_IO_WORKER;
				break;
			case 4:
				e.start.symbol = "";
				break;
			case 5:
				e.bt.n = BACKTRACE_MAX; /* too many to be kept, or unknown all but two */
				break;
			}
			role_birth(&plain, &e.marks, NULL);
			role_birth(&again, &e.marks, &memo);
			assert_memory_equal(&plain, &again, sizeof(plain));
		}
	}
	assert_true(memo.len > 0);
}

static void frames_that_need_too_much_room_are_asked_each_time(void **state)
{
	static char name[sizeof((struct role_memo){ 0 }.marks) + 1];
	struct role_memo memo = { .len = 0 };
	struct role_maybe maybe;
	struct frame start = { .pc = 1, .module = name, .symbol = "f" };
	struct role_marks marks = { .start = &start };
	(void)state;

	memset(name, 'm', sizeof(name) - 1);
	role_birth(&maybe, &marks, &memo);
	assert_int_equal(memo.len, 0);
	name[sizeof(name) - 64] = '\0';
	role_birth(&maybe, &marks, &memo);
	assert_true(memo.len > 0);
}

static void a_name_alone_is_no_role(void **state)
{
	const struct role_row *r;
	struct example e;
	const char *const module[] = { "a.out", "libc.so.6", "ld-linux-x86-64.so.2" };
	const struct role_process p = { module, ARRAY_SIZE(module) };
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		make_example(&e, r);
		e.marks = (struct role_marks){ .start = NULL };
		assert_null(recognised(&e));
		e.start = (struct frame){ .pc = 1, .module = "a.out", .symbol = "work" };
		e.bt = (struct backtrace){ .n = 1, .frame = { { .pc = 2, .module = "a.out", .symbol = "main" } } };
		e.marks = (struct role_marks){ .start = &e.start, .bt = &e.bt };
		assert_null(recognised(&e));
		assert_null(role_there(&p, e.name, 0));
	}
}

static void a_java_thread_named_as_the_vms_is_the_programs(void **state)
{
	struct example e = { .name = "GC Thread#0", .start = { .pc = 1, .module = "libjvm.so", .symbol = "x" } };
	(void)state;

	e.marks = (struct role_marks){ .start = &e.start, .bt = &e.bt };
	e.bt = (struct backtrace){ .n = 1, .frame = { { .pc = 2, .symbol = "JVM_StartThread" } } };
	assert_string_equal(recognised(&e)->id, "openjdk-java");
	e.bt.frame[0].symbol = "Threads::create_vm(JavaVMInitArgs*, bool*)";
	assert_string_equal(recognised(&e)->id, "openjdk-gc-worker");
	e.start.module = "libjvm2.so";
	assert_null(recognised(&e));
}

static void proc_alone_is_enough_where_the_module_is_mapped(void **state)
{
	const struct role_row *r;
	char name[TEXT], module[TEXT];
	const char *mapped[] = { "libc.so.6", module };
	const struct role_process p = { mapped, 2 }, without = { mapped, 1 };
	(void)state;

	for (size_t i = 0; (r = role_row_at(i)); i++) {
		if (!r->there)
			continue;
		const char *own = strchr(r->there, '=');
		like_pattern(name, own ? own + 1 : r->name, '\0');
		like_pattern(module, r->there, '=');
		assert_ptr_equal(role_there(&p, name, r->task_flags), r);
		assert_null(role_there(&without, name, r->task_flags));
		assert_null(role_there(&p, "zz", r->task_flags));
	}
	assert_string_equal(role_there(&without, "iou-wrk-4711", ROLE_PF_IO_WORKER)->id, "io-uring-worker");
	assert_null(role_there(&without, "iou-wrk-4711", 0));
}

static void patterns_are_of_the_whole_text(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool like;
	} cases[] = {
		{ "GC Thread#%", "GC Thread#12", true },
		{ "GC Thread#%", "GC Thread#", false },
		{ "GC Thread#%", "GC Thread#1a", false },
		{ "a|b", "b", true },
		{ "a|b", "ab", false },
		{ "a|b", "a|b", false },
		{ "lib*.so*", "libx.so.6", true },
		{ "*ab", "aab", true },
		{ "*%x", "12y3x", true },
		{ "*", "", true },
		{ "a*b*c", "a--b-b--c", true },
		{ "a*b*c", "a--b-b--", false },
		{ "%", "", false },
		{ "", "", false },
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(role_pattern(cases[i].pattern, cases[i].text), cases[i].like);
}

static void what_it_is_recognised_by_is_said(void **state)
{
	static const struct {
		const char *id, *module, *by;
	} cases[] = {
		{ "openjdk-gc-worker", "libjvm.so", "the place of its start routine in libjvm.so and its name" },
		{ "node-uv", "node", "its start routine in node and its creator's stack" },
		{ "python-thread", NULL, "its creator's stack" },
		{ "io-uring-worker", NULL, "the kernel's flags and its name" },
		{ "go-m", "a\nb", "its start routine in a\\nb" },
	};
	struct outbuf out;
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct role_row *r = NULL;
		for (size_t j = 0; (r = role_row_at(j)) && strcmp(r->id, cases[i].id) != 0; j++)
			;
		assert_non_null(r);
		outbuf_init(&out, 256);
		role_by_format(&out, r, cases[i].module);
		assert_string_equal(outbuf_str(&out), cases[i].by);
		outbuf_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(each_row_recognises_its_example),
		cmocka_unit_test(no_mark_may_be_missing),
		cmocka_unit_test(without_its_stack_what_was_not_called_is_not_known),
		cmocka_unit_test(what_was_found_before_holds_for_the_same_marks_alone),
		cmocka_unit_test(frames_that_need_too_much_room_are_asked_each_time),
		cmocka_unit_test(a_name_alone_is_no_role),
		cmocka_unit_test(a_java_thread_named_as_the_vms_is_the_programs),
		cmocka_unit_test(proc_alone_is_enough_where_the_module_is_mapped),
		cmocka_unit_test(patterns_are_of_the_whole_text),
		cmocka_unit_test(what_it_is_recognised_by_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
