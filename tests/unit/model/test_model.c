/* SPDX-License-Identifier: MIT */
/* Who is who: joins, groups, execve, records of the dead, areas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <thrtrace/abi.h>

#include "teller.h"

#define BLOCK(i)   (0x7f0000000000 + (taddr)(i)*0x10000)
#define TLS(i)     (BLOCK(i) + 0xf000)
#define MUSL_STATE 0x38
#define RW         (PROT_READ | PROT_WRITE)

static const struct task *thread(struct teller *t, const struct task *creator, pid_t tid, unsigned block)
{
	struct call_clone args = pthread_args(BLOCK(block), 0xe000, TLS(block));

	return tell_birth(t, creator, tid, &args, NULL);
}

/* ---- joins ---- */

static void glibc_waits_on_the_tid_word(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1),
			  *b = thread(&t, main, 102, 2);
	assert_ptr_equal(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 101), a);
	assert_int_equal(a->joiner, main->id.serial);
	assert_ptr_equal(tell_wait(&t, b, TLS(1) + 0x2d0, FUTEX_WAIT, 101), a);
	assert_false(model_wait_is_doubtful(main, a, 101));
	assert_false(model_wait_is_doubtful(main, a, 1)); /* the tid, whatever its number */
	/* Private, another operation, another word, its own word: no join. */
	assert_null(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT_PRIVATE, 101));
	assert_null(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAKE, 1));
	assert_null(tell_wait(&t, main, TLS(1), FUTEX_WAIT, 101));
	assert_null(tell_wait(&t, a, TLS(1) + 0x2d0, FUTEX_WAIT, 101));
	teller_release(&t);
}

/* glibc 2.43: joinstate, another word than the tid's, and its value is no tid. */
static void glibc_waits_on_joinstate(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK(1), 0xe000, TLS(1));
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	args.child_tid = TLS(1) + 0x31c;
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = tell_birth(&t, main, 101, &args, NULL);
	assert_ptr_equal(tell_wait(&t, main, TLS(1) + 0x31c, FUTEX_WAIT_BITSET, 2), a);
	assert_null(tell_wait(&t, main, args.parent_tid, FUTEX_WAIT_BITSET, 101));
	/* 2 is joinable, 1 is ending: pthread_detach waits there, too. */
	assert_false(model_wait_is_doubtful(main, a, 2));
	assert_true(model_wait_is_doubtful(main, a, 1));
	teller_release(&t);
}

/* musl's CLEARTID word is its thread-list lock; a joiner waits privately on detach_state. */
static void musl_waits_on_detach_state(void **state)
{
	struct teller t;
	struct call_clone args = {
		.via = VIA_CLONE, .flags = 0x7d0f00, .stack = BLOCK(1), .tls = TLS(1), .child_tid = 0x5000
	};
	(void)state;

	abi_assume(abi_by_name("x86_64"));
	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL), *a = tell_birth(&t, main, 101, &args, NULL);
	assert_ptr_equal(tell_wait(&t, main, TLS(1) + MUSL_STATE, FUTEX_WAIT_PRIVATE, 2), a);
	assert_false(model_wait_is_doubtful(main, a, 2));
	assert_true(model_wait_is_doubtful(main, a, 1));
	assert_null(tell_wait(&t, main, TLS(1) + MUSL_STATE, FUTEX_WAIT_PRIVATE, 3));
	assert_null(tell_wait(&t, main, TLS(1) + MUSL_STATE, FUTEX_WAIT, 2));
	assert_null(tell_wait(&t, main, 0x5000, FUTEX_WAIT, 101));
	teller_release(&t);
	abi_assume(NULL);
}

/* src/internal/pthread_impl.h: there the struct ends at the thread pointer; its tid is the word that clone stores. */
static void musl_keeps_its_record_below_on_aarch64(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE,
		.flags = 0x7d0f00,
		.stack = BLOCK(1),
		.tls = TLS(1),
		.parent_tid = TLS(1) - 168,
		.child_tid = 0x5000 };
	(void)state;

	abi_assume(abi_by_name("aarch64"));
	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL), *a = tell_birth(&t, main, 101, &args, NULL);
	assert_ptr_equal(tell_wait(&t, main, args.parent_tid + 8, FUTEX_WAIT_PRIVATE, 2), a);
	assert_null(tell_wait(&t, main, TLS(1) + MUSL_STATE, FUTEX_WAIT_PRIVATE, 2));
	teller_release(&t);
	abi_assume(NULL);
}

static void go_has_no_word(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0xd0f00, .stack = BLOCK(1), .tls = TLS(1) };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GO), *a = tell_birth(&t, main, 101, &args, NULL);
	assert_int_equal(a->clear_key, 0);
	assert_null(tell_wait(&t, main, 0, FUTEX_WAIT, 101));
	teller_release(&t);
}

static void a_reused_word_is_the_newest_threads(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1),
			  *b = thread(&t, main, 102, 1);
	assert_ptr_equal(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT, 102), b);
	tell_end(&t, b, END_EXIT, 0);
	assert_ptr_equal(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT, 101), a);
	tell_end(&t, a, END_EXIT, 0);
	assert_null(tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT, 101));
	teller_release(&t);
}

static void set_tid_address_moves_the_word(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1);
	assert_true(tell_call(&t, main, CALL_set_tid_address, 100, 0x6000)->u.call.startup ==
		false); /* a thread was made before */
	tell_call(&t, a, CALL_set_tid_address, 101, 0x7000);
	assert_ptr_equal(tell_wait(&t, main, 0x7000, FUTEX_WAIT, 101), a);
	assert_ptr_equal(tell_wait(&t, a, 0x6000, FUTEX_WAIT, 100), main);
	teller_release(&t);
}

/* Where two live threads have one word; musl's threads all have. */
static void a_word_of_two_threads_is_noticed(void **state)
{
	static const enum libc_kind libcs[] = { LIBC_UNKNOWN, LIBC_MUSL };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(libcs); i++) {
		struct teller t;
		struct call_clone args = {
			.via = VIA_CLONE, .flags = 0x3d0f00, .stack = BLOCK(1), .child_tid = 0x5000
		};
		teller_init(&t, 16, NULL, NULL);
		const struct task *main = tell_program(&t, libcs[i]);
		const struct task *a = tell_birth(&t, main, 101, &args, NULL);
		assert_null(t.ev.u.birth.clear_rival);
		args.stack = BLOCK(2);
		tell_birth(&t, main, 102, &args, NULL);
		assert_ptr_equal(t.ev.u.birth.clear_rival, libcs[i] == LIBC_MUSL ? NULL : a);
		teller_release(&t);
	}
}

/* One that has come to its exit stop does not count: its word will be cleared before anybody can use it again. */
static void a_word_of_an_ending_thread_is_free(void **state)
{
	const struct call_clone fork = { .via = VIA_CLONE, .exit_signal = 17 };
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1);
	t.ev = (struct event){ .kind = EV_EXITING, .task = a };
	tell(&t);
	thread(&t, main, 102, 1);
	assert_null(t.ev.u.birth.clear_rival);
	thread(&t, main, 103, 1);
	assert_non_null(t.ev.u.birth.clear_rival);
	model_ends_missing(t.tell.model); /* nor does one that may have ended */
	thread(&t, main, 104, 1);
	assert_null(t.ev.u.birth.clear_rival);
	assert_int_equal(tell_birth(&t, main, 105, &fork, NULL)->left_behind.n, 0);
	teller_release(&t);
}

static const struct task *sets_altstack(struct teller *t, const struct task *task, taddr sp, int32_t flags)
{
	t->call = (struct call){ .id = CALL_sigaltstack, .arg = { 1 }, .u.altstack = { sp, 8192, flags } };
	t->ev = (struct event){
		.kind = EV_CALL, .task = task, .u.call = { .call = &t->call, .how = RESULT_SEEN, .result = 0 }
	};
	tell(t);
	return t->ev.u.call.altstack_rival;
}

static void an_alternate_stack_of_two_threads_is_noticed(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1),
			  *b = thread(&t, main, 102, 2);
	assert_null(sets_altstack(&t, a, 0x5000, 0));
	assert_null(sets_altstack(&t, a, 0x5000, 0));
	assert_ptr_equal(sets_altstack(&t, b, 0x5000, 0), a);
	assert_null(sets_altstack(&t, b, 0, SS_DISABLE_));
	assert_null(sets_altstack(&t, main, 0x6000, 0));
	assert_null(sets_altstack(&t, a, 0, SS_DISABLE_));
	assert_null(sets_altstack(&t, b, 0x5000, 0));
	tell_end(&t, b, END_EXIT, 0); /* without SS_DISABLE */
	assert_null(sets_altstack(&t, a, 0x5000, 0));
	teller_release(&t);
}

static void a_join_tells_how_long(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1);
	tell_wait(&t, main, TLS(1) + 0x2d0, FUTEX_WAIT, 101);
	t.ev = (struct event){ .kind = EV_EXITING, .task = a };
	tell(&t);
	assert_int_equal(a->t_exit_ns, t.t_ns);
	t.ev = (struct event){ .kind = EV_JOIN, .task = main, .u.join.joined = a };
	tell(&t);
	assert_int_equal(t.ev.u.join.waited_ns, 2000);
	assert_int_equal(t.ev.u.join.after_exit_ns, 1000);
	assert_true(a->joined);
	assert_int_equal(a->joiner_label, 0);
	teller_release(&t);
}

/* ---- registrations ---- */

static void registrations_are_kept_when_they_succeed(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	assert_true(tell_call(&t, main, CALL_set_robust_list, 0, 0x8000, 24)->u.call.startup);
	assert_int_equal(main->robust_head, 0x8000);
	tell_call(&t, main, CALL_set_robust_list, -22, 0x9000, 24);
	assert_int_equal(main->robust_head, 0x8000);
	assert_true(tell_call(&t, main, CALL_rseq, 0, 0xa000, 32)->u.call.startup);
	assert_int_equal(main->rseq, 0xa000);
	tell_call(&t, main, CALL_rseq, 0, 0xa000, 32, 1);
	assert_int_equal(main->rseq, 0);
	tell_call(&t, main, CALL_arch_prctl, 0, 0x1002, 0xb000);
	assert_int_equal(main->tls, 0xb000);
	t.call = (struct call){ .id = CALL_prctl, .arg = { PR_SET_NAME }, .u.name.comm = "worker" };
	t.ev = (struct event){ .kind = EV_CALL, .task = main, .u.call = { .call = &t.call, .how = RESULT_SEEN } };
	tell(&t);
	assert_string_equal(main->comm, "worker");
	teller_release(&t);
}

/* ---- groups, execve, the dead ---- */

static void execve_leaves_one_task_with_the_leaders_tid(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1),
			  *b = thread(&t, main, 102, 2);
	tell_call(&t, a, CALL_set_robust_list, 0, 0x8000, 24);
	tell_end(&t, b, END_EXEC, 0);
	tell_end(&t, main, END_EXEC, 0);
	t.ev = (struct event){ .kind = EV_EXEC,
		.task = a,
		.u.exec = { .path = "/x", .comm = "x", .former_tid = 101, .libc_kind = LIBC_MUSL } };
	tell(&t);
	assert_int_equal(a->id.tid, 100);
	assert_int_equal(a->label, 1);
	assert_false(a->thread || a->robust_set || a->tls_known);
	assert_ptr_equal(model_by_tid(t.tell.model, 100), a);
	assert_null(model_by_tid(t.tell.model, 101));
	assert_int_equal(model_libc(t.tell.model, a), LIBC_MUSL);
	assert_int_equal(a->stack.kind, STACK_MAIN);
	assert_int_equal(a->group->live, 1);
	teller_release(&t);
}

/* An end that is told after the execve of its process must not touch the old space. */
static void an_end_may_come_after_execve(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = thread(&t, main, 101, 1),
			  *b = thread(&t, main, 102, 2);
	t.ev = (struct event){ .kind = EV_EXEC, .task = main, .u.exec = { .path = "/x", .former_tid = 100 } };
	tell(&t);
	tell_end(&t, a, END_EXEC, 0);
	tell_end(&t, b, END_EXEC, 0);
	assert_null(a->group);
	assert_int_equal(main->group->live, 1);
	teller_release(&t);
}

static void clone_vm_without_thread_shares_the_space(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_VFORK, .flags = CLONE_VM | CLONE_VFORK, .exit_signal = 17 };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *child = tell_birth(&t, main, 101, &args, NULL);
	tell_call(&t, child, CALL_mmap, (int64_t)BLOCK(1), 0, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_non_null(model_area(t.tell.model, main, BLOCK(1)));
	t.ev = (struct event){ .kind = EV_EXEC, .task = child, .u.exec = { .path = "/x", .former_tid = 101 } };
	tell(&t);
	assert_null(model_area(t.tell.model, child, BLOCK(1)));
	assert_non_null(model_area(t.tell.model, main, BLOCK(1)));
	tell_end(&t, main, END_EXIT, 0);
	tell_end(&t, child, END_EXIT, 0);
	teller_release(&t);
}

/* Its former owner's end was never told: the new process is another group all the same. */
static void a_reused_tgid_is_another_group(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_FORK, .exit_signal = 17 };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *old = tell_birth(&t, main, 101, &args, NULL);
	const struct task *new = tell_birth(&t, main, 101, &args, NULL);
	assert_ptr_not_equal(old->group, new->group);
	assert_ptr_equal(model_by_tid(t.tell.model, 101), new);
	assert_int_equal(new->group->live, 1);
	struct call_clone thread_args = pthread_args(BLOCK(1), 0xe000, TLS(1));
	assert_ptr_equal(tell_birth(&t, new, 102, &thread_args, NULL)->group, new->group);
	tell_end(&t, old, END_UNSEEN, 0);
	assert_ptr_equal(model_by_tid(t.tell.model, 101), new);
	teller_release(&t);
}

static void the_dead_are_remembered_for_a_while(void **state)
{
	struct teller t;
	uint32_t serial[6];
	(void)state;

	teller_init(&t, 3, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	for (unsigned i = 0; i < 6; i++) {
		const struct task *th = thread(&t, main, (pid_t)(101 + i), i);
		assert_int_equal(th->label, i + 1); /* never used again */
		serial[i] = th->id.serial;
		tell_end(&t, th, END_EXIT, (int)i);
	}
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(model_by_serial(t.tell.model, serial[i]) != NULL, i >= 3);
	struct model_counts c = model_counts(t.tell.model);
	assert_int_equal(c.births, 7);
	assert_int_equal(c.ends, 6);
	assert_int_equal(c.live, 1);
	assert_int_equal(c.peak, 2);
	assert_int_equal(c.threads, 6);
	unsigned n = 0;
	for (const struct task *th = model_next(t.tell.model, 0); th; th = model_next(t.tell.model, th->id.serial))
		n++;
	assert_int_equal(n, 4);
	teller_release(&t);
}

static void the_last_of_a_tid_is_found_while_it_is_remembered(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 2, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *first = thread(&t, main, 101, 1);
	assert_ptr_equal(model_last_by_tid(t.tell.model, 101), first);
	tell_end(&t, first, END_EXIT, 0);
	assert_ptr_equal(model_last_by_tid(t.tell.model, 101), first);
	const struct task *second = thread(&t, main, 101, 2);
	assert_ptr_equal(model_last_by_tid(t.tell.model, 101), second);
	tell_end(&t, second, END_EXIT, 0);
	assert_ptr_equal(model_last_by_tid(t.tell.model, 101), second);
	/* The first is forgotten, and takes nothing of the second's along. */
	tell_end(&t, thread(&t, main, 102, 3), END_EXIT, 0);
	assert_ptr_equal(model_last_by_tid(t.tell.model, 101), second);
	tell_end(&t, thread(&t, main, 103, 4), END_EXIT, 0);
	assert_null(model_last_by_tid(t.tell.model, 101));
	assert_non_null(model_last_by_tid(t.tell.model, 102));
	teller_release(&t);
}

/* Who ended a task is told with its end, however long dead: the record is read after the model has applied the end. */
static void who_ended_it_is_not_forgotten_meanwhile(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 2, "text", NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *ender = thread(&t, main, 101, 0);
	uint32_t serial = ender->id.serial;
	tell_end(&t, ender, END_EXIT_GROUP, 3);
	for (pid_t tid = 102; tid < 110; tid++) {
		t.ev = (struct event){ .kind = EV_END,
			.task = thread(&t, main, tid, 0),
			.u.end = { .how = END_EXIT_GROUP, .by_other = true, .by = ender } };
		tell(&t);
		assert_ptr_equal(model_by_serial(t.tell.model, serial), ender);
	}
	assert_non_null(strstr(outbuf_str(teller_out(&t)), "by T1"));
	for (pid_t tid = 110; tid < 113; tid++)
		tell_end(&t, thread(&t, main, tid, 0), END_EXIT, 0);
	assert_null(model_by_serial(t.tell.model, serial)); /* and no longer than others */
	teller_release(&t);
}

static void a_thread_of_the_same_kind_is_like_the_first(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	thread(&t, main, 101, 1);
	assert_int_equal(t.ev.u.birth.like, 0);
	thread(&t, main, 102, 2);
	assert_int_equal(t.ev.u.birth.like, 2); /* T1, and one */
	struct call_clone args = { .via = VIA_FORK, .exit_signal = 17 };
	tell_birth(&t, main, 103, &args, NULL);
	assert_int_equal(t.ev.u.birth.like, 0);
	teller_release(&t);
}

/* ---- areas ---- */

static void lengths_are_rounded_up_to_the_machines_pages(void **state)
{
	static const uint64_t told[] = { 0, 4096, 0x4000, 0x10000 };
	(void)state;

	for (unsigned i = 0; i < ARRAY_SIZE(told); i++) {
		uint64_t page = told[i] ? told[i] : 4096;
		struct teller t;
		teller_init(&t, 16, NULL, NULL);
		t.ev = (struct event){ .kind = EV_START, .u.start = { .page_bytes = told[i] } };
		tell(&t);
		assert_int_equal(model_page(t.tell.model), page);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(4), 0, page + 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
		const struct area *a = model_area(t.tell.model, main, BLOCK(4));
		assert_non_null(a);
		assert_int_equal(a->high - a->low, 2 * page);
		tell_call(&t, main, CALL_mprotect, 0, BLOCK(4), 1, RW);
		tell_call(&t, main, CALL_mprotect, 0, BLOCK(4), 1, PROT_NONE);
		assert_int_equal(model_area(t.tell.model, main, BLOCK(4))->runtime_guard, BLOCK(4) + page);
		teller_release(&t);
	}
}

static void areas_come_and_go(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(1), 0, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_non_null(model_area(t.tell.model, main, BLOCK(1) + 0xffff));
	assert_null(model_area(t.tell.model, main, BLOCK(1) + 0x10000));
	assert_null(model_area(t.tell.model, main, UINT64_MAX));
	/* A file, memory with access and no MAP_STACK, a failed call: no candidates. */
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(3), 0, 0x10000, PROT_NONE, MAP_PRIVATE);
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(5), 0, 0x10000, RW, MAP_PRIVATE | MAP_ANONYMOUS);
	tell_call(&t, main, CALL_mmap, -12, 0, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_null(model_area(t.tell.model, main, BLOCK(3)));
	assert_null(model_area(t.tell.model, main, BLOCK(5)));
	/* Something else is mapped over it. */
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(1) + 0x8000, 0, 0x1000, RW, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_null(model_area(t.tell.model, main, BLOCK(1)));
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(1), 0, 0x10000, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
	/* A runtime arranges things inside by MAP_FIXED: it stays one. */
	struct event *ev = tell_call(
		&t, main, CALL_mmap, (int64_t)BLOCK(1), BLOCK(1), 0x1000, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
	assert_int_equal(ev->u.call.area_known, AREA_MAYBE);
	assert_non_null(model_area(t.tell.model, main, BLOCK(1)));
	tell_call(&t, main, CALL_munmap, 0, BLOCK(1), 0x10000);
	assert_null(model_area(t.tell.model, main, BLOCK(1)));
	/* Sizes that wrap around are no areas. */
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(1), 0, UINT64_MAX, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	tell_call(&t, main, CALL_mprotect, 0, UINT64_MAX - 10, 4096, RW);
	tell_call(&t, main, CALL_madvise, 0, UINT64_MAX - 10, 4096, MADV_DONTNEED);
	tell_call(&t, main, CALL_munmap, 0, UINT64_MAX - 10, UINT64_MAX);
	teller_release(&t);
}

/* Candidates are bounded; a stack in use is no candidate and stays. */
static void the_eldest_candidate_makes_room(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	for (unsigned i = 0; i < 600; i++) {
		tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(i), 0, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
		if (i == 0) {
			tell_call(&t, main, CALL_mprotect, 0, BLOCK(0) + 0x1000, 0xf000, RW);
			thread(&t, main, 101, 0);
		}
	}
	assert_non_null(model_area(t.tell.model, main, BLOCK(0)));
	assert_null(model_area(t.tell.model, main, BLOCK(1)));
	assert_null(model_area(t.tell.model, main, BLOCK(300)));
	assert_non_null(model_area(t.tell.model, main, BLOCK(400)));
	assert_non_null(model_area(t.tell.model, main, BLOCK(599)));
	teller_release(&t);
}

static void what_was_touched_is_known_before_it_is_given_back(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, (int64_t)BLOCK(1), 0, 0x10000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK(1) + 0x1000, 0xf000, RW);
	const struct task *a = thread(&t, main, 101, 1);
	t.call = (struct call){ .id = CALL_madvise, .arg = { BLOCK(1) + 0x1000, 0xc000, MADV_DONTNEED } };
	t.ev = (struct event){ .kind = EV_CALL,
		.task = a,
		.u.call = { .call = &t.call,
			.how = RESULT_SEEN,
			.touched = { .known = true, .lowest = BLOCK(1) + 0xc000 } } };
	tell(&t);
	assert_int_equal(a->stack.touched, 0x4000);
	t.ev = (struct event){
		.kind = EV_END, .task = a, .u.end.touched = { .known = true, .lowest = BLOCK(1) + 0xe000 }
	};
	tell(&t);
	assert_int_equal(a->stack.touched, 0x4000); /* what is left at the end is less */
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(glibc_waits_on_the_tid_word),
		cmocka_unit_test(glibc_waits_on_joinstate),
		cmocka_unit_test(musl_waits_on_detach_state),
		cmocka_unit_test(musl_keeps_its_record_below_on_aarch64),
		cmocka_unit_test(go_has_no_word),
		cmocka_unit_test(a_reused_word_is_the_newest_threads),
		cmocka_unit_test(set_tid_address_moves_the_word),
		cmocka_unit_test(a_join_tells_how_long),
		cmocka_unit_test(a_word_of_two_threads_is_noticed),
		cmocka_unit_test(a_word_of_an_ending_thread_is_free),
		cmocka_unit_test(an_alternate_stack_of_two_threads_is_noticed),
		cmocka_unit_test(registrations_are_kept_when_they_succeed),
		cmocka_unit_test(execve_leaves_one_task_with_the_leaders_tid),
		cmocka_unit_test(an_end_may_come_after_execve),
		cmocka_unit_test(clone_vm_without_thread_shares_the_space),
		cmocka_unit_test(a_reused_tgid_is_another_group),
		cmocka_unit_test(the_dead_are_remembered_for_a_while),
		cmocka_unit_test(the_last_of_a_tid_is_found_while_it_is_remembered),
		cmocka_unit_test(who_ended_it_is_not_forgotten_meanwhile),
		cmocka_unit_test(a_thread_of_the_same_kind_is_like_the_first),
		cmocka_unit_test(lengths_are_rounded_up_to_the_machines_pages),
		cmocka_unit_test(areas_come_and_go),
		cmocka_unit_test(the_eldest_candidate_makes_room),
		cmocka_unit_test(what_was_touched_is_known_before_it_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
