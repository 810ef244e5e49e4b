/* SPDX-License-Identifier: MIT */
/* Every way in which a C library or runtime gives a thread its stack, and what the model makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "teller.h"

#define BLOCK          0x7f0000000000
#define SIZE           0x801000 /* 8 MiB and a guard page */
#define PAGE           0x1000
#define TOP            (BLOCK + SIZE)
#define TLS            (TOP - 0x940)
#define GUARD_INSTALL  102
#define MAP_ANON_STACK (MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK)
#define RW             (PROT_READ | PROT_WRITE)

static struct vma rw(taddr low, taddr high)
{
	return (struct vma){ .low = low, .high = high, .prot = VMA_READ | VMA_WRITE };
}

static void is(const struct task *t, enum stack_kind kind, taddr low, taddr high, enum guard_kind guard,
	taddr guard_low, uint64_t bytes)
{
	const struct stack_area *s = &t->stack;

	assert_int_equal(s->kind, kind);
	assert_int_equal(s->low, low);
	assert_int_equal(s->high, high);
	assert_int_equal(s->guard, guard);
	assert_int_equal(s->guard_low, guard_low);
	assert_int_equal(s->guard_bytes, bytes);
}

/* glibc 2.26 to 2.41. */
static void prot_none_then_opened(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	struct event *ev = tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_ANON_STACK);
	assert_int_equal(ev->u.call.area_known, AREA_MAYBE);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + PAGE, SIZE - PAGE, RW);
	is(tell_birth(&t, main, 101, &args, NULL), STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_PROT_NONE, BLOCK, PAGE);
	assert_int_equal(t.ev.u.birth.stack_ns, 1000); /* the two calls that made it */
	teller_release(&t);
}

/* glibc 2.42: the guard is no mapping, and neighbouring stacks merge into one. */
static void madvise_guard_in_merged_mappings(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	struct birth_facts facts = {
		.at_sp = rw(BLOCK - 2 * SIZE, TOP + SIZE), .at_sp_known = true, .madv_guard = PAGE
	};
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, RW, MAP_ANON_STACK);
	struct event *ev = tell_call(&t, main, CALL_madvise, 0, BLOCK, PAGE, GUARD_INSTALL);
	assert_int_equal(ev->u.call.area_known, AREA_MAYBE);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_MADVISE, BLOCK, PAGE);
	teller_release(&t);
}

/* The same, and no call was seen: the bounds come from clone3, the end from the mapping. */
static void madvise_guard_unseen(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	struct birth_facts facts = { .at_sp = rw(BLOCK - SIZE, TOP), .at_sp_known = true, .madv_guard = PAGE };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_MADVISE, BLOCK, PAGE);
	assert_int_equal(t.ev.u.birth.stack_ns, 0);
	teller_release(&t);
}

/* glibc before 2.26, and the JVM: mapped open, the guard is made later. */
static void opened_then_guarded(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = PTHREAD_FLAGS, .stack = TOP - 0x1000, .tls = TLS };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, RW, MAP_ANON_STACK);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK, PAGE, PROT_NONE);
	const struct task *old = tell_birth(&t, main, 101, &args, NULL);
	is(old, STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_RUNTIME, BLOCK, PAGE);

	/* The JVM's thread closes a zone at the low end of its own running stack. */
	tell_call(&t, main, CALL_mmap, BLOCK + 0x10000000, 0, SIZE, RW, MAP_ANON_STACK);
	args.stack += 0x10000000;
	const struct task *jvm = tell_birth(&t, main, 102, &args, NULL);
	assert_int_equal(jvm->stack.guard, GUARD_UNKNOWN);
	struct event *ev = tell_call(&t, jvm, CALL_mprotect, 0, BLOCK + 0x10000000, 4 * PAGE, PROT_NONE);
	assert_ptr_equal(ev->u.call.stack_of, jvm);
	is(jvm, STACK_OWN_MAPPING, BLOCK + 0x10000000 + 4 * PAGE, TOP + 0x10000000, GUARD_RUNTIME, BLOCK + 0x10000000,
		4 * PAGE);
	/* And takes it away again: a Java method may use its reserved zone. */
	tell_call(&t, jvm, CALL_mprotect, 0, BLOCK + 0x10000000, 4 * PAGE, RW);
	teller_release(&t);
}

/* musl maps without MAP_STACK. */
static void musl_without_map_stack(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x7d0f00, .stack = TOP - 0x200, .tls = TOP - 0x100 };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + 2 * PAGE, SIZE - 2 * PAGE, RW);
	is(tell_birth(&t, main, 101, &args, NULL), STACK_OWN_MAPPING, BLOCK + 2 * PAGE, TOP, GUARD_PROT_NONE, BLOCK,
		2 * PAGE);
	teller_release(&t);
}

/* A stack, and a page without access below. */
static struct birth_facts above_a_guard(void)
{
	return (struct birth_facts){
		.at_sp = rw(BLOCK + PAGE, TOP),
		.at_sp_known = true,
		.below_sp = { .low = BLOCK, .high = BLOCK + PAGE },
		.below_known = true,
	};
}

static void a_guard_mapping_tells_an_unseen_stack(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x7d0f00, .stack = TOP - 0x200 };
	struct birth_facts facts = above_a_guard();
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_PROT_NONE, BLOCK,
		PAGE);
	teller_release(&t);
}

/* Of one mapping: whoever has the uppermost piece is near its end, as one who has it all would be. */
static void clone_tells_no_pieces_apart(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x3d0f00, .tls = TLS };
	struct birth_facts facts = { .at_sp = rw(BLOCK, BLOCK + 4 * SIZE), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	const struct task *of[4];
	for (int i = 1; i <= 4; i++) {
		args.stack = BLOCK + (taddr)i * SIZE - 0x1000;
		args.tls = args.stack + 0x6c0;
		of[i - 1] = tell_birth(&t, main, 100 + i, &args, &facts);
		is(of[i - 1], STACK_CALLER, 0, 0, GUARD_UNKNOWN, 0, 0);
		assert_non_null(of[i - 1]->stack.unknown);
	}
	/* That the others have ended tells nothing: their pieces are kept for the next ones. */
	for (int i = 0; i < 4; i++)
		tell_end(&t, of[i], END_EXIT, 0);
	is(tell_birth(&t, main, 105, &args, &facts), STACK_CALLER, 0, 0, GUARD_UNKNOWN, 0, 0);
	/* Where there was nobody, it may have it all. */
	facts.at_sp.low = BLOCK + 4 * SIZE;
	facts.at_sp.high = BLOCK + 5 * SIZE;
	args.stack += SIZE;
	args.tls += SIZE;
	is(tell_birth(&t, main, 106, &args, &facts), STACK_CALLER, BLOCK + 4 * SIZE, BLOCK + 5 * SIZE, GUARD_NONE, 0,
		0);
	teller_release(&t);
}

/* A stack without a guard right above one that is cached: the kernel has made one mapping of both. */
static void clone_tells_no_end_towards_a_stack_below(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x7d0f00, .stack = TOP - 0x200 };
	struct birth_facts facts = above_a_guard();
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	const struct task *first = tell_birth(&t, main, 101, &args, &facts);
	is(first, STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_PROT_NONE, BLOCK, PAGE);
	tell_end(&t, first, END_EXIT, 0);
	args.stack = TOP + 0x20000 - 0x200;
	facts.at_sp.high = TOP + 0x20000;
	const struct task *above = tell_birth(&t, main, 102, &args, &facts);
	is(above, STACK_CALLER, 0, 0, GUARD_UNKNOWN, 0, 0);
	assert_non_null(above->stack.unknown);
	/* Another one, where both were: its mapping does not begin where the first one's stack did. */
	tell_end(&t, above, END_EXIT, 0);
	facts.at_sp.low = BLOCK - SIZE;
	facts.below_sp = (struct vma){ .low = BLOCK - SIZE - PAGE, .high = BLOCK - SIZE };
	is(tell_birth(&t, main, 103, &args, &facts), STACK_OWN_MAPPING, BLOCK - SIZE, TOP + 0x20000, GUARD_PROT_NONE,
		BLOCK - SIZE - PAGE, PAGE);
	teller_release(&t);
}

/* Two stacks became one mapping, that of the lower one is not known and kept: the upper one is no longer all of it. */
static void clone_tells_no_end_towards_a_stack_that_is_kept(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x7d0f00, .stack = TOP + SIZE - 0x200 };
	struct birth_facts facts = { .at_sp = rw(TOP, TOP + SIZE), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	const struct task *upper = tell_birth(&t, main, 101, &args, &facts);
	is(upper, STACK_CALLER, TOP, TOP + SIZE, GUARD_NONE, 0, 0);
	tell_end(&t, upper, END_EXIT, 0);
	facts.at_sp.low = BLOCK + PAGE;
	facts.below_sp = (struct vma){ .low = BLOCK, .high = BLOCK + PAGE };
	facts.below_known = true;
	args.stack = TOP - 0x200;
	const struct task *lower = tell_birth(&t, main, 102, &args, &facts);
	assert_int_equal(lower->stack.high, 0);
	tell_end(&t, lower, END_EXIT, 0);
	args.stack = TOP + SIZE - 0x200;
	is(tell_birth(&t, main, 103, &args, &facts), STACK_CALLER, 0, 0, GUARD_UNKNOWN, 0, 0);
	teller_release(&t);
}

static void go_gives_a_piece_of_its_heap(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0xd0f00, .stack = 0xc000088000 };
	struct birth_facts facts = { .at_sp = rw(0xc000000000, 0xc000400000), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GO);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_HEAP, 0, 0, GUARD_NONE, 0, 0);
	teller_release(&t);
}

static void the_program_may_supply_it(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, 0x10000, 0);
	struct birth_facts heap = { .at_sp = rw(BLOCK - PAGE, TOP), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	snprintf(heap.at_sp.name, sizeof(heap.at_sp.name), "[heap]");
	const struct task *a = tell_birth(&t, main, 101, &args, &heap);
	is(a, STACK_CALLER, BLOCK, BLOCK + 0x10000, GUARD_NONE, 0, 0);
	args = (struct call_clone){ .via = VIA_CLONE, .flags = PTHREAD_FLAGS, .stack = BLOCK + 0x30000 };
	const struct task *b = tell_birth(&t, main, 102, &args, &heap);
	is(b, STACK_CALLER, 0, 0, GUARD_NONE, 0, 0);
	tell_end(&t, a, END_EXIT, 0);
	tell_end(&t, b, END_EXIT, 0);
	/* A plain mapping without a guard is the program's, too. */
	heap.at_sp = rw(BLOCK + 0x40000, TOP);
	args.stack = TOP - 0x100;
	is(tell_birth(&t, main, 103, &args, &heap), STACK_CALLER, BLOCK + 0x40000, TOP, GUARD_NONE, 0, 0);
	/* Not all of it where it goes on far above the stack pointer: that is some heap. */
	args.stack = BLOCK + 0x50000;
	is(tell_birth(&t, main, 105, &args, &heap), STACK_CALLER, 0, 0, GUARD_UNKNOWN, 0, 0);
	/* And clone3 with a part of a mapping. */
	args = pthread_args(BLOCK + 0x60000, 0x10000, 0);
	const struct task *part = tell_birth(&t, main, 104, &args, &heap);
	assert_int_equal(part->stack.kind, STACK_CALLER);
	assert_int_equal(part->stack.low, BLOCK + 0x60000);
	teller_release(&t);
}

static void nothing_readable_leaves_what_clone3_says(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, 0x10000, 0);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	const struct task *th = tell_birth(&t, main, 101, &args, NULL);
	is(th, STACK_UNKNOWN, BLOCK, BLOCK + 0x10000, GUARD_UNKNOWN, 0, 0);
	assert_non_null(th->stack.unknown);
	args = (struct call_clone){ .via = VIA_CLONE, .flags = PTHREAD_FLAGS, .stack = 0x5000000 };
	is(tell_birth(&t, main, 102, &args, NULL), STACK_UNKNOWN, 0, 0, GUARD_UNKNOWN, 0, 0);
	teller_release(&t);
}

static void vfork_and_fork_have_none_of_their_own(void **state)
{
	struct teller t;
	struct call_clone vfork = { .via = VIA_VFORK, .flags = CLONE_VM | CLONE_VFORK, .exit_signal = 17 };
	struct call_clone fork = { .via = VIA_FORK, .exit_signal = 17 };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	is(main, STACK_MAIN, 0x7ffc00000000, 0x7ffc00800000, GUARD_KERNEL, 0, 0);
	is(tell_birth(&t, main, 101, &vfork, NULL), STACK_CREATORS, 0, 0, GUARD_UNKNOWN, 0, 0);
	is(tell_birth(&t, main, 102, &fork, NULL), STACK_COPY, 0, 0, GUARD_UNKNOWN, 0, 0);
	teller_release(&t);
}

static void an_io_worker_has_none(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	const struct task *w = model_task_new(t.tell.model, 101, 100, main);
	t.ev = (struct event){ .kind = EV_BIRTH,
		.task = w,
		.u.birth = { .kind = BIRTH_IO_WORKER, .creator = main, .comm = "iou-wrk-100" } };
	tell(&t);
	is(w, STACK_NO_USER, 0, 0, GUARD_NONE, 0, 0);
	assert_true(w->thread);
	teller_release(&t);
}

static void a_stack_is_used_again(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_ANON_STACK);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + PAGE, SIZE - PAGE, RW);
	const struct task *first = tell_birth(&t, main, 101, &args, NULL);
	assert_ptr_equal(model_stack_owner(t.tell.model, main, TLS), first);
	tell_end(&t, first, END_EXIT, 0);
	const struct task *second = tell_birth(&t, main, 101, &args, NULL);
	is(second, STACK_CACHED, BLOCK + PAGE, TOP, GUARD_PROT_NONE, BLOCK, PAGE);
	assert_ptr_equal(model_stack_owner(t.tell.model, main, TLS), second);
	assert_null(t.ev.u.birth.rival);
	/* Two at once on one stack is a mistake. */
	tell_birth(&t, main, 103, &args, NULL);
	assert_ptr_equal(t.ev.u.birth.rival, second);
	teller_release(&t);
}

static const struct task *rival(const struct teller *t)
{
	return t->ev.u.birth.rival;
}

/* Go reserves 64 MiB for its heap, opens them from the low end on by mmap, and gives its threads pieces of them. */
static void a_heaps_reserve_is_no_stack(void **state)
{
	static const enum libc_kind libcs[] = { LIBC_GO, LIBC_UNKNOWN };
	static const enum stack_kind kinds[] = { STACK_HEAP, STACK_CALLER };
	const taddr heap = 0xc000000000, bytes = (taddr)64 << 20;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0xd0f00, .stack = heap + 0x88000 };
	struct birth_facts facts = { .at_sp = rw(heap, heap + bytes), .at_sp_known = true };
	(void)state;

	for (int i = 0; i < 2; i++) {
		struct teller t;
		teller_init(&t, 16, NULL, NULL);
		const struct task *main = tell_program(&t, libcs[i]);
		args.stack = heap + 0x88000;
		tell_call(&t, main, CALL_mmap, (int64_t)heap, 0, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
		if (i == 0) /* else by calls that the filter lets pass */
			tell_call(&t, main, CALL_mmap, (int64_t)heap, heap, bytes, RW,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED);
		const struct task *one = tell_birth(&t, main, 101, &args, &facts);
		assert_int_equal(one->stack.kind, kinds[i]);
		assert_int_equal(one->stack.guard, i == 0 ? GUARD_NONE : GUARD_UNKNOWN);
		args.stack += 0x4000;
		const struct task *two = tell_birth(&t, main, 102, &args, &facts);
		assert_int_equal(two->stack.kind, kinds[i]);
		assert_null(rival(&t));
		tell_birth(&t, main, 103, &args, &facts);
		assert_ptr_equal(
			rival(&t), libcs[i] == LIBC_GO ? NULL : two); /* Go's has left it, and has yet to exit */
		teller_release(&t);
	}
}

/* musl and a stack without a guard: unmapped by its joiner, and mapped again without a call that is seen. */
static void a_guard_that_is_gone_is_not_told(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = 0x7d0f00, .stack = TOP - 0x200, .tls = TOP - 0x100 };
	struct birth_facts facts = {
		.at_sp = rw(BLOCK + PAGE, TOP),
		.at_sp_known = true,
		.below_sp = { .low = BLOCK, .high = BLOCK + PAGE },
		.below_known = true,
	};
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + PAGE, SIZE - PAGE, RW);
	const struct task *one = tell_birth(&t, main, 101, &args, &facts);
	is(one, STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_PROT_NONE, BLOCK, PAGE);
	tell_end(&t, one, END_EXIT, 0);
	facts.below_known = false;
	is(tell_birth(&t, main, 102, &args, &facts), STACK_CALLER, BLOCK + PAGE, TOP, GUARD_NONE, 0, 0);
	teller_release(&t);
}

/* The program's own block, guard's place included, where a thread's stack had been. */
static void an_open_guard_is_none(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	struct birth_facts facts = { .at_sp = rw(BLOCK, TOP), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_ANON_STACK);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + PAGE, SIZE - PAGE, RW);
	tell_end(&t, tell_birth(&t, main, 101, &args, NULL), END_EXIT, 0);
	is(tell_birth(&t, main, 102, &args, &facts), STACK_CALLER, BLOCK, TOP, GUARD_NONE, 0, 0);
	teller_release(&t);
}

static void pieces_of_one_mapping_have_no_rivals(void **state)
{
	const taddr size = 0x10000;
	struct teller t;
	struct birth_facts facts = { .at_sp = rw(BLOCK, TOP), .at_sp_known = true };
	(void)state;

	for (int clone3 = 0; clone3 < 2; clone3++) {
		teller_init(&t, 16, NULL, NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, RW, MAP_ANON_STACK);
		for (int i = 0; i < 4; i++) {
			taddr low = BLOCK + size * (taddr)i;
			struct call_clone args = { .via = VIA_CLONE, .flags = PTHREAD_FLAGS, .stack = low + size };
			if (clone3)
				args = pthread_args(low, size - 0x980, low + size - 0x940);
			const struct task *th = tell_birth(&t, main, 101 + i, &args, &facts);
			assert_null(rival(&t));
			assert_int_equal(th->stack.kind, STACK_CALLER);
			if (clone3)
				assert_int_equal(th->stack.high, low + size);
		}
		teller_release(&t);
	}
}

static void a_live_threads_stack_is_not_reused(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, RW, MAP_ANON_STACK);
	const struct task *one = tell_birth(&t, main, 101, &args, NULL), *two = tell_birth(&t, main, 102, &args, NULL);
	assert_ptr_equal(rival(&t), one);
	assert_int_equal(two->stack.kind, STACK_OWN_MAPPING);
	teller_release(&t);
}

/* SBCL's guard can be read. */
static void what_can_not_be_written_is_a_guard(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK + PAGE, SIZE - PAGE - 0x980, TLS);
	struct birth_facts facts = {
		.at_sp = rw(BLOCK + PAGE, TOP),
		.at_sp_known = true,
		.below_sp = { .low = BLOCK, .high = BLOCK + PAGE, .prot = VMA_READ },
		.below_known = true,
	};
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_OWN_MAPPING, BLOCK + PAGE, TOP, GUARD_READ_ONLY, BLOCK,
		PAGE);
	facts.below_sp.inode = 7; /* a library's constants are no guard of anybody's */
	is(tell_birth(&t, main, 102, &args, &facts), STACK_CALLER, BLOCK + PAGE, TOP, GUARD_NONE, 0, 0);
	teller_release(&t);
}

/* The program has put a guard into its own mapping, and gives clone3 what lies above. */
static void a_guard_below_what_the_program_supplies(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK + 4 * PAGE, SIZE - 4 * PAGE - 0x980, TLS);
	struct birth_facts facts = { .at_sp = rw(BLOCK, TOP),
		.at_sp_known = true,
		.madv_known = true,
		.madv_at = BLOCK + 4 * PAGE,
		.madv_below = 4 * PAGE };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	is(tell_birth(&t, main, 101, &args, &facts), STACK_OWN_MAPPING, BLOCK + 4 * PAGE, TOP, GUARD_MADVISE, BLOCK,
		4 * PAGE);
	teller_release(&t);
}

/* Without calls nobody knows whether the place was unmapped and mapped again. */
static void what_was_not_seen_is_not_called_reused(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, SIZE - 0x980, TLS);
	struct birth_facts facts = {
		.at_sp = rw(BLOCK + PAGE, TOP),
		.at_sp_known = true,
		.below_sp = { .low = BLOCK, .high = BLOCK + PAGE },
		.below_known = true,
	};
	(void)state;

	for (int all = 0; all < 2; all++) {
		teller_init(&t, 16, NULL, NULL);
		t.ev = (struct event){ .kind = EV_START, .u.start.mode = all ? "all" : "light" };
		tell(&t);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		tell_end(&t, tell_birth(&t, main, 101, &args, &facts), END_EXIT, 0);
		const struct task *two = tell_birth(&t, main, 102, &args, &facts);
		assert_int_equal(two->stack.kind, all ? STACK_CACHED : STACK_OWN_MAPPING);
		assert_int_equal(two->stack.again, !all);
		teller_release(&t);
	}
}

/* The block went away unseen, and something else lies there. */
static void the_mapping_overrules_what_calls_told(void **state)
{
	struct teller t;
	struct call_clone args = { .via = VIA_CLONE, .flags = PTHREAD_FLAGS, .stack = TOP - 0x1000 };
	struct birth_facts facts = { .at_sp = rw(TOP - 0x10000, TOP - 0x800), .at_sp_known = true };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_ANON_STACK);
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + PAGE, SIZE - PAGE, RW);
	const struct task *th = tell_birth(&t, main, 101, &args, &facts);
	assert_int_equal(th->stack.low, TOP - 0x10000);
	assert_int_equal(th->stack.high, TOP - 0x800);
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prot_none_then_opened),
		cmocka_unit_test(madvise_guard_in_merged_mappings),
		cmocka_unit_test(madvise_guard_unseen),
		cmocka_unit_test(opened_then_guarded),
		cmocka_unit_test(musl_without_map_stack),
		cmocka_unit_test(a_guard_mapping_tells_an_unseen_stack),
		cmocka_unit_test(clone_tells_no_pieces_apart),
		cmocka_unit_test(clone_tells_no_end_towards_a_stack_below),
		cmocka_unit_test(clone_tells_no_end_towards_a_stack_that_is_kept),
		cmocka_unit_test(go_gives_a_piece_of_its_heap),
		cmocka_unit_test(the_program_may_supply_it),
		cmocka_unit_test(nothing_readable_leaves_what_clone3_says),
		cmocka_unit_test(vfork_and_fork_have_none_of_their_own),
		cmocka_unit_test(an_io_worker_has_none),
		cmocka_unit_test(a_stack_is_used_again),
		cmocka_unit_test(the_mapping_overrules_what_calls_told),
		cmocka_unit_test(a_heaps_reserve_is_no_stack),
		cmocka_unit_test(a_guard_that_is_gone_is_not_told),
		cmocka_unit_test(an_open_guard_is_none),
		cmocka_unit_test(pieces_of_one_mapping_have_no_rivals),
		cmocka_unit_test(a_live_threads_stack_is_not_reused),
		cmocka_unit_test(what_can_not_be_written_is_a_guard),
		cmocka_unit_test(a_guard_below_what_the_program_supplies),
		cmocka_unit_test(what_was_not_seen_is_not_called_reused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
