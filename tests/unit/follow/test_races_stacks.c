/* SPDX-License-Identifier: MIT */
/* What is told of a stack whose place is taken by another, in every order that a kernel may choose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "fakekernel.h"
#include "fakemem.h"

#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_THREAD)
#define RW     (PROT_READ | PROT_WRITE)
#define LOW    ((taddr)0x70000000)
#define SIZE   ((taddr)0x21000)
#define SP     (LOW + SIZE - 0x100)

enum { P = PROGRAM, A, B };

static void maps_stack(struct fake *f, pid_t tid)
{
	fk_call(f, tid, CALL_mmap, 0, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, (uint64_t)-1, 0);
	fk_return(f, tid, (int64_t)LOW);
	fk_pause(f, 1);
}

static void makes_thread(struct fake *f, pid_t tid, pid_t child)
{
	fk_clone(f, tid, THREAD, SP);
	fk_created(f, tid, PTRACE_EVENT_CLONE, child, P);
	fk_trap(f, child);
	fk_pause(f, 1);
}

static struct fake *begin(void)
{
	struct fake *f = fk_new(MODE_FILTER);

	fk_vma(f, LOW, LOW + SIZE, VMA_READ | VMA_WRITE);
	fk_start(f);
	maps_stack(f, P);
	makes_thread(f, P, A);
	return f;
}

/* The task of the serial number; a run has few, and all are on record after it. */
static const struct task *task(struct fake *f, uint32_t serial)
{
	const struct task *t = model_by_serial(fk_run_of(f)->tell.model, serial);

	assert_non_null(t);
	return t;
}

static void ends(struct fake *f, pid_t tid)
{
	fk_exits(f, tid, 0);
	fk_exited(f, tid, 0);
	fk_pause(f, 1);
}

static void touched_is_told_of_a_stack_that_is_there(void **state)
{
	struct fake *f = begin();
	(void)state;

	ends(f, A);
	assert_int_equal(fk_run(f), 0);
	assert_true(task(f, 2)->stack.touched_known);
	assert_int_equal(task(f, 2)->stack.touched, 4096); /* as the scripted kernel says of every stack */
	fk_free(f);
}

/* A detached thread of musl has unmapped its stack and is about to end, when another mapping gets the place. */
static void touched_is_unknown_once_the_place_is_taken(void **state)
{
	struct fake *f = begin();
	(void)state;

	maps_stack(f, P);
	ends(f, A);
	assert_int_equal(fk_run(f), 0);
	assert_false(task(f, 2)->stack.touched_known);
	fk_free(f);
}

static void the_next_thread_there_is_no_rival(void **state)
{
	struct fake *f = begin();
	(void)state;

	maps_stack(f, P);
	makes_thread(f, P, B);
	ends(f, A);
	ends(f, B);
	assert_int_equal(fk_run(f), 0);
	assert_false(task(f, 2)->stack.touched_known);
	assert_true(task(f, 3)->stack.touched_known);
	assert_int_equal(task(f, 3)->stack.kind, STACK_OWN_MAPPING);
	/* That each has no thread-local storage of its own, and nothing else. */
	assert_int_equal(fk_run_of(f)->tell.findings.told, 2);
	fk_free(f);
}

/* Where each call is seen, it is known whose munmap it was. */
static void who_unmaps_a_live_threads_stack_is_kept(void **state)
{
	struct fake *f = fk_new(MODE_ALL);
	(void)state;

	fk_vma(f, LOW, LOW + SIZE, VMA_READ | VMA_WRITE);
	fk_start(f);
	maps_stack(f, P);
	makes_thread(f, P, A);
	fk_call(f, P, CALL_munmap, LOW - 0x1000, SIZE + 0x2000);
	fk_return(f, P, 0);
	fk_pause(f, 1);
	ends(f, A);
	assert_int_equal(fk_run(f), 0);
	assert_int_equal(task(f, 2)->stack.unmapped_by, 1);
	assert_true(task(f, 2)->stack.gone);
	assert_false(task(f, 2)->stack.touched_known);
	assert_int_equal(task(f, 1)->stack.unmapped_by, 0);
	fk_free(f);
}

/*
 * A dynamic linker makes room for a library and unmaps what is too much of it, unseen in filter mode: a stack's top
 * may come to lie there.
 */
static void a_stack_after_another_mapping(uint64_t flags)
{
	struct fake *f = fk_new(MODE_FILTER);

	fk_vma(f, LOW, LOW + SIZE, VMA_READ | VMA_WRITE);
	fk_start(f);
	fk_call(f, P, CALL_mmap, 0, 0x100000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0);
	fk_return(f, P, (int64_t)(LOW + SIZE - 0x1000));
	fk_call(f, P, CALL_mmap, 0, SIZE, PROT_NONE, flags, (uint64_t)-1, 0);
	fk_return(f, P, (int64_t)LOW);
	fk_call(f, P, CALL_mprotect, LOW, SIZE, RW);
	fk_return(f, P, 0);
	makes_thread(f, P, A);
	ends(f, A);
	assert_int_equal(fk_run(f), 0);
	const char *mmap = strstr(fk_story(f), "mmap");
	assert_non_null(mmap);
	assert_null(strstr(mmap + 1, "mmap"));
	fk_free(f);
}

static void what_lay_there_before_the_stack_is_not_told_as_part_of_it(void **state)
{
	(void)state;
	a_stack_after_another_mapping(MAP_PRIVATE | MAP_ANONYMOUS);
	a_stack_after_another_mapping(MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK); /* which is shown at once */
}

/* Runtimes free a thread's alternate stack in its last moments, and the next one may get that memory. */
static void who_leaves_has_no_alternate_stack(void **state)
{
	static const struct {
		uint64_t sp;
		int32_t flags;
		uint64_t size;
	} altstack = { 0x5000, 0, 8192 };
	(void)state;

	for (int leaves = 0; leaves < 2; leaves++) {
		struct fake *f = begin();
		fakemem_add(fk_memory(f), 0x6000, &altstack, sizeof(altstack));
		fk_call(f, A, CALL_sigaltstack, 0x6000, 0);
		fk_return(f, A, 0);
		fk_call(f, P, CALL_sigaltstack, 0x6000, 0);
		fk_return(f, P, 0);
		if (!leaves) /* else it has come to its exit meanwhile, and that has yet to be reported */
			fk_pause(f, 1);
		ends(f, A);
		ends(f, P);
		assert_int_equal(fk_run(f), 0);
		assert_true((strstr(fk_story(f), "T0 call sigaltstack = 0, as T1") != NULL) == !leaves);
		fk_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touched_is_told_of_a_stack_that_is_there),
		cmocka_unit_test(touched_is_unknown_once_the_place_is_taken),
		cmocka_unit_test(the_next_thread_there_is_no_rival),
		cmocka_unit_test(who_unmaps_a_live_threads_stack_is_kept),
		cmocka_unit_test(what_lay_there_before_the_stack_is_not_told_as_part_of_it),
		cmocka_unit_test(who_leaves_has_no_alternate_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
