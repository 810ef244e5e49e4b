/* SPDX-License-Identifier: MIT */
/* The views that show the whole trace at once: the tree, the graph, the table. */
#include "teller.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define BLOCK 0x7f0000000000

static const struct task *thread(struct teller *t, const struct task *creator, pid_t tid)
{
	taddr low = BLOCK + (taddr)(tid - 100) * 0x200000;
	struct call_clone args = pthread_args(low, 0x100000, low + 0xff000);

	return tell_birth(t, creator, tid, &args, NULL);
}

static void rename_to(struct teller *t, const struct task *task, const char *name)
{
	t->ev = (struct event){ .kind = EV_NAMED, .task = task, .u.named = { .comm = name } };
	tell(t);
}

static void over(struct teller *t)
{
	t->ev = (struct event){ .kind = EV_SUMMARY };
	tell(t);
}

static void wants(struct teller *t, const char *words)
{
	if (!strstr(outbuf_str(teller_out(t)), words))
		fail_msg("nothing about \"%s\" in:\n%s", words, outbuf_str(teller_out(t)));
}

static void lacks(struct teller *t, const char *words)
{
	if (strstr(outbuf_str(teller_out(t)), words))
		fail_msg("\"%s\" is in:\n%s", words, outbuf_str(teller_out(t)));
}

/* Two helpers that have a worker each, one that has none, and one that a signal ends. */
static void story(struct teller *t)
{
	const struct task *main = tell_program(t, LIBC_GLIBC), *task[6];

	for (pid_t i = 0; i < 4; i++)
		task[i] = thread(t, main, 101 + i);
	task[4] = thread(t, task[0], 105);
	task[5] = thread(t, task[1], 106);
	rename_to(t, task[3], "a\"b,\\\n");
	for (unsigned i = 0; i < 6; i++)
		tell_end(t, task[i], i == 3 ? END_SIGNAL : END_EXIT, i == 3 ? 11 : 0);
	tell_end(t, main, END_SIGNAL, 11);
	over(t);
}

static void a_tree_counts_what_is_alike_to_the_leaves(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 1, "tree", NULL); /* the model forgets at once */
	story(&t);
	assert_string_equal(outbuf_str(teller_out(&t)),
		"prog 100 (T0): SIGSEGV\n"
		"|-{prog} x2, 101 to 102 (T1 to T2): exit(0)\n"
		"| `-{prog}: exit(0)\n"
		"|-{prog} 103 (T3): exit(0)\n"
		"`-{a\"b,\\\\\\n} 104 (T4): SIGSEGV\n");
	teller_release(&t);
}

static void a_graph_has_one_node_for_those_alike(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 1, "dot", NULL);
	story(&t);
	wants(&t, "\tT1 [shape=ellipse peripheries=2 label=\"prog x2\\nT1 to T2\\nexit(0)\"];\n");
	wants(&t, "label=\"a\\\"b,\\\\\\\\\\\\n\\nT4, tid 104\\nSIGSEGV\"]");
	wants(&t, "\tT0 -> T1;\n");
	wants(&t, "\tT1 -> T5;\n");
	lacks(&t, "T2 [");
	lacks(&t, "T6");
	teller_release(&t);
}

static void a_chain_is_drawn_to_its_end(void **state)
{
	enum { LONG = 3000 };
	struct teller t;
	(void)state;

	teller_init(&t, 64, "tree", NULL);
	const struct task *at = tell_program(&t, LIBC_GLIBC);
	for (pid_t i = 0; i < LONG; i++)
		at = thread(&t, at, 101 + i);
	tell_end(&t, at, END_EXIT, 7);
	over(&t);
	wants(&t, " 3100 (T3000): exit(7)\n");
	wants(&t, " 3099 (T2999): alive\n");
	teller_release(&t);
}

static void a_table_quotes_what_must_be(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 1, "csv", NULL);
	story(&t);
	wants(&t, "task,tid,pid,name,");
	wants(&t, "\nT4,104,100,\"a\"\"b,\\\\\\n\",thread,T0,");
	wants(&t, ",signal,,SIGSEGV,,");
	lacks(&t, "\r");
	teller_release(&t);
}

static void a_trace_of_nothing_is_nothing(void **state)
{
	static const char *const views[] = { "tree", "dot", "csv" };
	static const char *const begin[] = { "", "digraph threads {\n", "task,tid," };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(views); i++) {
		struct teller t;
		teller_init(&t, 1, views[i], NULL);
		over(&t);
		assert_memory_equal(outbuf_str(teller_out(&t)), begin[i], strlen(begin[i]));
		assert_true(begin[i][0] || !teller_out(&t)->len);
		teller_release(&t);
	}
}

/* Two numbers, a path and a descriptor: no two births have these alike. */
static void a_birth_has_what_it_was_given(void **state)
{
	static const struct birth_facts facts = { .pidfd_known = true, .pidfd = 5, .cgroup = "/a\n/b" };
	const struct call_clone args = { .via = VIA_CLONE3,
		.flags = 0x200001000, /* CLONE_PIDFD, CLONE_INTO_CGROUP */
		.pidfd = 0x77,
		.cgroup = 4,
		.n_set_tid = 2,
		.set_tids = { 9, 10 } };
	static const struct {
		const char *view, *has[4];
	} rows[] = {
		{ "text",
			{ "the pidfd is 5, stored at 0x77\n", "the control group /a\\n/b, whose descriptor is 4\n",
				"set_tid      9 was asked for in its own pid namespace, and 10 in the one around it\n",
				"\n   pidfd        5\n   cgroup       /a\\n/b\n" } },
		{ "json", { "\"pidfd_number\":5", "\"cgroup_path\":\"/a", "\"set_tid\":[9,10]", "" } },
	};
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
		struct teller t;
		teller_init(&t, 16, rows[i].view, NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		tell_birth(&t, main, 201, &args, &facts);
		tell_birth(&t, main, 202, &args, &facts);
		for (unsigned j = 0; j < ARRAY_SIZE(rows[i].has); j++)
			wants(&t, rows[i].has[j]);
		teller_release(&t);
	}
}

/* Columns without a place on the terminal stand below the others, each under its title. */
static void a_wide_row_is_two(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, "text", &(struct sink_config){ .width = 60 });
	story(&t);
	wants(&t, "STACK  TOUCHED\n      GUARD  LIVED");
	wants(&t, "1 MiB  -\n      -      7 us   exit(0)");
	teller_release(&t);
}

/* A call that has begun is shown when something else happens: in lines of the terminal's width, too. */
static void what_has_begun_is_folded(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, "text", &(struct sink_config){ .width = 40 });
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101);
	tell_wait(&t, main, a->clear_tid, 0x109, 101);
	(void)!telling_idle(&t.tell);
	wants(&t, "T0 100  futex(0x7f00002ff2d0,\n           FUTEX_WAIT_BITSET|\n");
	wants(&t, "0) ...\n         | ");
	wants(&t, "== T0 (pid 100) runs \"/bin/prog\", glibc\n   2.36: ");
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_counts_what_is_alike_to_the_leaves),
		cmocka_unit_test(a_graph_has_one_node_for_those_alike),
		cmocka_unit_test(a_chain_is_drawn_to_its_end),
		cmocka_unit_test(a_table_quotes_what_must_be),
		cmocka_unit_test(a_trace_of_nothing_is_nothing),
		cmocka_unit_test(a_birth_has_what_it_was_given),
		cmocka_unit_test(a_wide_row_is_two),
		cmocka_unit_test(what_has_begun_is_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
