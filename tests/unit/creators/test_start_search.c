/* SPDX-License-Identifier: MIT */
/* A new thread's function, in memory that the test has laid out: one mapping of code, one of data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "creators/start_search.h"
#include "symbols/symbols.h"

#define CODE  UINT64_C(0x400000)
#define DATA  UINT64_C(0x800000)
#define BYTES 0x4000
#define FN    (CODE + 0x100)
#define OTHER (CODE + 0x200)

static uint64_t data[BYTES / 8];

static int two_mappings(void *ctx, pid_t tid, taddr addr, bool next, struct vma *ret)
{
	static const struct vma all[] = {
		{ .low = CODE, .high = CODE + BYTES, .prot = VMA_READ | VMA_EXEC },
		{ .low = DATA, .high = DATA + BYTES, .prot = VMA_READ | VMA_WRITE },
	};
	(void)ctx, (void)tid;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (addr < all[i].high && (next || addr >= all[i].low)) {
			*ret = all[i];
			return 0;
		}
	return -ENOENT;
}

static ssize_t data_only(void *ctx, pid_t tid, taddr at, void *buf, size_t n)
{
	(void)ctx, (void)tid;
	if (at < DATA || at >= DATA + BYTES)
		return -EFAULT;
	size_t left = (size_t)(DATA + BYTES - at);
	memcpy(buf, (char *)data + (at - DATA), n < left ? n : left);
	return (ssize_t)(n < left ? n : left);
}

static ssize_t no_proc(void *ctx, pid_t tid, const char *name, char *buf, size_t n)
{
	(void)ctx, (void)tid, (void)name, (void)buf, (void)n;
	return -ENOENT;
}

static uint64_t no_time(void *ctx)
{
	(void)ctx;
	return 1;
}

static const struct kernel door = {
	.vma = two_mappings, .read_mem = data_only, .read_proc = no_proc, .now_ns = no_time
};

struct fixture {
	struct symbols *symbols;
	struct symbols_space *space;
	struct start_hints hints;
	struct start_routine ret;
	struct start_search s;
};

static int begin(void **state)
{
	static struct fixture f;

	memset(data, 0, sizeof(data));
	f = (struct fixture){ .symbols = symbols_new() };
	assert_non_null(f.symbols);
	f.space = symbols_space_new(f.symbols, &door);
	assert_non_null(f.space);
	f.hints = (struct start_hints){ .tid = 7, .own_stack = true, .settls = true, .tls = DATA + 0x1000 };
	f.s = (struct start_search){ .space = f.space, .h = &f.hints, .ret = &f.ret };
	*state = &f;
	return 0;
}

static int end(void **state)
{
	struct fixture *f = *state;

	symbols_space_free(f->space);
	symbols_free(f->symbols);
	return 0;
}

static void put(taddr at, uint64_t word)
{
	data[(at - DATA) / 8] = word;
}

static void found(const struct fixture *f, taddr fn, uint64_t arg)
{
	assert_true(f->ret.known);
	assert_int_equal(f->ret.at.pc, fn);
	assert_true(f->ret.arg_known);
	assert_int_equal(f->ret.arg, arg);
}

static void a_function_is_code(void **state)
{
	struct fixture *f = *state;

	assert_false(search_call(&f->s, DATA + 8, 5, f->hints.tls));
	assert_false(search_call(&f->s, 0, 5, f->hints.tls));
	assert_false(f->ret.known);
	assert_true(search_call(&f->s, FN, 5, f->hints.tls));
	found(f, FN, 5);
}

/* The argument is glibc's struct pthread: the caller's function stands in there, the only pointer to code at birth. */
static void pthread_creates_function_is_in_its_record(void **state)
{
	struct fixture *f = *state;

	put(f->hints.tls + 0x640, OTHER);
	put(f->hints.tls + 0x648, 42);
	assert_true(search_call(&f->s, FN, f->hints.tls, f->hints.tls));
	found(f, OTHER, 42);
}

static void a_record_with_two_functions_or_none_is_not_guessed_at(void **state)
{
	struct fixture *f = *state;

	assert_false(search_call(&f->s, FN, f->hints.tls, f->hints.tls));
	assert_string_equal(f->ret.unknown, "struct pthread holds no code pointer");
	f->ret.unknown = NULL;
	put(f->hints.tls + 0x10, FN);
	put(f->hints.tls + 0x640, OTHER);
	assert_false(search_call(&f->s, FN, f->hints.tls, f->hints.tls));
	assert_string_equal(f->ret.unknown, "struct pthread holds several code pointers");
	assert_false(f->ret.known);
}

/* Without CLONE_SETTLS nobody has made a struct pthread: the argument is whatever the caller has passed. */
static void without_a_thread_structure_the_argument_is_an_argument(void **state)
{
	struct fixture *f = *state;

	f->hints.settls = false;
	assert_true(search_call(&f->s, FN, f->hints.tls, f->hints.tls));
	found(f, FN, f->hints.tls);
}

static void musls_arguments_lie_on_the_new_stack(void **state)
{
	struct fixture *f = *state;
	taddr sp = DATA + 0x2000;

	put(sp + 0x20, OTHER);
	put(sp + 0x28, 43);
	assert_true(search_musl(&f->s, FN, sp + 0x20, sp));
	found(f, OTHER, 43);
	/* Too far above the stack pointer for struct start_args: an argument of somebody's own. */
	put(sp + 0x200, OTHER);
	assert_true(search_musl(&f->s, FN, sp + 0x200, sp));
	found(f, FN, sp + 0x200);
	assert_false(search_musl(&f->s, DATA, 0, sp));
}

static void the_first_reason_is_kept(void **state)
{
	struct fixture *f = *state;

	assert_false(search_unknown(&f->s, "one"));
	assert_false(search_unknown(&f->s, "two"));
	assert_string_equal(f->ret.unknown, "one");
}

static void a_task_on_its_creators_stack_goes_on_there(void **state)
{
	struct fixture *f = *state;

	f->hints.own_stack = false;
	start_routine_find(f->space, &f->hints, NULL, &f->ret);
	assert_false(f->ret.known);
	assert_string_equal(f->ret.unknown, "it goes on where its creator is");
	f->hints.own_stack = true; /* its code is in no file */
	f->hints.regs.r[unwind_arch.pc] = FN;
	start_routine_find(f->space, &f->hints, NULL, &f->ret);
	assert_string_equal(f->ret.unknown, "the file that it begins in is not known: it may be gone already");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_function_is_code, begin, end),
		cmocka_unit_test_setup_teardown(pthread_creates_function_is_in_its_record, begin, end),
		cmocka_unit_test_setup_teardown(a_record_with_two_functions_or_none_is_not_guessed_at, begin, end),
		cmocka_unit_test_setup_teardown(without_a_thread_structure_the_argument_is_an_argument, begin, end),
		cmocka_unit_test_setup_teardown(musls_arguments_lie_on_the_new_stack, begin, end),
		cmocka_unit_test_setup_teardown(the_first_reason_is_kept, begin, end),
		cmocka_unit_test_setup_teardown(a_task_on_its_creators_stack_goes_on_there, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
