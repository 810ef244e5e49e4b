/* SPDX-License-Identifier: MIT */
/* One sentence a followed call: which one, and when none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <thrtrace/verdict.h>

#include "teller.h"

#define BLOCK 0x7f0000000000
#define SIZE  0x10000
#define TLS   (BLOCK + 0xf000)
#define RW    (PROT_READ | PROT_WRITE)

/* The last event has one note, and it says this. */
static void says(const struct teller *t, const char *words)
{
	if (t->ev.n_notes != 1 || !strstr(t->ev.note[0].text, words))
		fail_msg("%zu notes, the first \"%s\", not about \"%s\"", t->ev.n_notes,
			t->ev.n_notes ? t->ev.note[0].text : "", words);
	assert_true(t->ev.note[0].id < NOTE_IDS);
}

static void each_step_of_a_stack(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, 0xe000, TLS);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
	says(&t, "reserves 64 KiB of address space");
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + 4096, SIZE - 4096, RW);
	says(&t, "opens the upper 60 KiB; the page below, 0x7f0000000000, stays PROT_NONE: the guard page");
	const struct task *a = tell_birth(&t, main, 101, &args, NULL);
	assert_int_equal(t.ev.n_notes, 0);
	tell_call(&t, a, CALL_madvise, 0, BLOCK + 4096, 0x8000, MADV_DONTNEED);
	says(&t, "gives the touched stack pages back before exit");
	tell_call(&t, a, CALL_madvise, 0, BLOCK + 4096, 0x8000, MADV_FREE);
	says(&t, "when memory is short");
	tell_call(&t, main, CALL_madvise, 0, BLOCK + 4096, 0x8000, MADV_DONTNEED); /* another's */
	assert_int_equal(t.ev.n_notes, 0);
	tell_call(&t, main, CALL_madvise, 0, BLOCK + 4096, 0x8000, 77);
	assert_int_equal(t.ev.n_notes, 0);
	tell_call(&t, main, CALL_munmap, 0, BLOCK, SIZE);
	says(&t, "the stack of T1 is gone");
	tell_call(&t, main, CALL_munmap, 0, BLOCK, SIZE);
	assert_int_equal(t.ev.n_notes, 0);
	teller_release(&t);
}

static void other_ways_to_a_stack(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	tell_call(&t, main, CALL_mmap, BLOCK, 0, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK);
	says(&t, "maps 64 KiB for a stack");
	tell_call(&t, main, CALL_madvise, 0, BLOCK, 4096, 102);
	says(&t, "guard pages: a store there is SIGSEGV");
	tell_call(&t, main, CALL_madvise, 0, BLOCK, 4096, 103);
	says(&t, "takes the guard away from 4 KiB");
	tell_call(&t, main, CALL_mprotect, 0, BLOCK, 4096, PROT_NONE);
	says(&t, "a guard that the program makes itself");
	tell_call(&t, main, CALL_mprotect, 0, BLOCK, 8192, RW);
	says(&t, "opens 8 KiB of a stack");
	tell_call(&t, main, CALL_mprotect, 0, BLOCK + 8192, SIZE - 8192, RW);
	says(&t, "the 8 KiB below, 0x7f0000000000, stay PROT_NONE: the guard pages");
	tell_call(&t, main, CALL_mprotect, -12, BLOCK, 8192, RW);
	assert_int_equal(t.ev.n_notes, 0);
	teller_release(&t);
}

static const struct {
	enum call_id id;
	uint64_t arg[CALL_ARGS];
	const char *words; /* NULL: silence */
} sentences[] = {
	{ CALL_set_robust_list, { 0x1000, 24 }, "if T0 dies holding a robust mutex" },
	{ CALL_set_robust_list, { 0, 24 }, "has no robust list any more" },
	{ CALL_set_tid_address, { 0x1000 }, "cleared and futex-woken when T0 ends" },
	{ CALL_set_tid_address, { 0 }, "no word will be cleared when T0 ends" },
	{ CALL_rseq, { 0x1000, 32 }, "registers the restartable-sequence area" },
	{ CALL_rseq, { 0x1000, 32, 1 }, "unregisters the restartable-sequence area" },
	{ CALL_arch_prctl, { 0x1002, 1 }, "sets the TLS base" },
	{ CALL_arch_prctl, { 0x1001, 1 }, "sets the gs base" },
	{ CALL_arch_prctl, { 0x1003, 1 }, NULL },
	{ CALL_prctl, { PR_SET_NAME }, "names this one thread" },
	{ CALL_prctl, { 0x53564d41 }, "names the mapping" },
	{ CALL_tgkill, { 100, 100, 32 }, "SIGCANCEL of the C library tells T0" },
	{ CALL_tgkill, { 100, 999, 33 }, "makes task 999 repeat a setuid-like call" },
	{ CALL_tkill, { 100, 10 }, "a signal for T0 alone" },
	{ CALL_sched_setaffinity, { 0 }, "on which CPUs" },
	{ CALL_sched_setscheduler, { 0 }, "the scheduling policy" },
	{ CALL_sched_setattr, { 0 }, "the scheduling policy" },
	{ CALL_setpriority, { 0 }, "a nice value belongs to the thread" },
	{ CALL_setuid, { 1000 }, "the C library's setuid() makes each thread repeat it" },
	{ CALL_setgroups, { 0 }, "the C library's setgroups() makes each thread repeat it" },
	{ CALL_setfsuid, { 1000 }, "the other threads keep theirs" },
	{ CALL_setfsgid, { 1000 }, "the other threads keep theirs" },
	{ CALL_seccomp, { 1, 0, 0x1000 }, "a filter decides over each call of this thread" },
	{ CALL_seccomp, { 1, 1, 0x1000 }, "of its siblings" },
	{ CALL_seccomp, { 2, 0, 0x1000 }, NULL },
	{ CALL_unshare, { 0x400 }, "stops sharing" },
	{ CALL_setns, { 3, 0 }, "moves to another namespace" },
	{ CALL_ptrace, { 0 }, "its parent is to trace it" },
	{ CALL_ptrace, { 0x4206, 100 }, NULL },
	{ CALL_pidfd_open, { 100 }, "a descriptor for a task" },
	{ CALL_futex, { 0x1000, FUTEX_WAKE }, NULL },
	{ CALL_mmap, { 0, 4096, RW, MAP_PRIVATE }, NULL },
	{ CALL_execve, { 0 }, NULL },
};

static void each_call_has_its_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		struct teller t;
		teller_init(&t, 16, NULL, NULL);
		const struct task *main = tell_program(&t, LIBC_GLIBC);
		tell_call_args(&t, main, sentences[i].id, 0, sentences[i].arg);
		if (sentences[i].words)
			says(&t, sentences[i].words);
		else
			assert_int_equal(t.ev.n_notes, 0);
		tell_call_args(&t, main, sentences[i].id, -1, sentences[i].arg); /* what failed had no effect */
		assert_int_equal(t.ev.n_notes, 0);
		teller_release(&t);
	}
}

static void sigaltstack_says_what_it_is_for(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	for (int off = 0; off < 2; off++) {
		t.call = (struct call){
			.id = CALL_sigaltstack, .arg = { 0x1000 }, .u.altstack = { .size = 8192, .flags = off ? 2 : 0 }
		};
		t.ev = (struct event){
			.kind = EV_CALL, .task = main, .u.call = { .call = &t.call, .how = RESULT_SEEN }
		};
		tell(&t);
		says(&t, off ? "on its ordinary stack from now on" : "8 KiB for signal handlers");
	}
	teller_release(&t);
}

static void musl_signals_are_its_own(void **state)
{
	struct teller t;
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_MUSL);
	tell_call(&t, main, CALL_tkill, 0, 100, 32);
	says(&t, "a signal for T0 alone");
	tell_call(&t, main, CALL_tkill, 0, 100, 33);
	says(&t, "pthread_cancel");
	tell_call(&t, main, CALL_tkill, 0, 100, 34);
	says(&t, "repeat a setuid-like call");
	teller_release(&t);
}

/* Go and bionic have no such signals, and nobody who repeats a call; of an unknown library nothing is claimed. */
static void what_no_library_is_known_to_do_is_not_claimed(void **state)
{
	static const enum libc_kind kinds[] = { LIBC_UNKNOWN, LIBC_GO, LIBC_BIONIC };
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct teller t;
		teller_init(&t, 16, NULL, NULL);
		const struct task *main = tell_program(&t, kinds[i]);
		tell_call(&t, main, CALL_tkill, 0, 100, 33);
		says(&t, "a signal for T0 alone");
		tell_call(&t, main, CALL_setuid, 0, 1000);
		says(&t, "the other threads keep theirs");
		teller_release(&t);
	}
}

static void a_join_is_explained_once_when_it_begins(void **state)
{
	struct teller t;
	struct call_clone args = pthread_args(BLOCK, 0xe000, TLS);
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC), *a = tell_birth(&t, main, 101, &args, NULL);
	tell_wait(&t, main, TLS + 0x2d0, FUTEX_WAIT, 101);
	says(&t, "T0 sleeps until T1's tid word is cleared");
	struct call call = t.call;
	t.ev = (struct event){
		.kind = EV_CALL_BEGIN, .task = main, .u.call = { .call = &call, .joins = a, .waits = WAITS_TO_DETACH }
	};
	tell(&t);
	says(&t, "pthread_detach of a thread that is ending, and no join: T0 sleeps until T1's tid word is cleared");
	/* The end may be told before the wait for it. */
	t.ev = (struct event){ .kind = EV_END, .task = a, .u.end = { .how = END_EXIT } };
	tell(&t);
	t.ev = (struct event){ .kind = EV_CALL_BEGIN, .task = main, .u.call = { .call = &call, .joins = a } };
	tell(&t);
	says(&t, "T0 sleeps until T1's tid word is cleared");
	t.ev = (struct event){ .kind = EV_CALL,
		.task = main,
		.u.call = { .call = &call, .joins = a, .resumed = true, .how = RESULT_SEEN } };
	tell(&t);
	assert_int_equal(t.ev.n_notes, 0);
	teller_release(&t);
}

static void what_failed_is_not_explained(void **state)
{
	struct teller t;
	struct verdict why = { .why = "pids.max is reached", .repair = "raise it" };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	t.call = (struct call){ .id = CALL_clone3 };
	t.ev = (struct event){ .kind = EV_CALL,
		.task = main,
		.u.call = { .call = &t.call, .how = RESULT_SEEN, .result = -11, .verdict = &why } };
	tell(&t);
	assert_int_equal(t.ev.n_notes, 0);
	t.call = (struct call){ .id = CALL_clone };
	t.ev.u.call = (struct ev_call){ .call = &t.call, .how = RESULT_SEEN, .result = 101, .fell_back = true };
	tell(&t);
	says(&t, "falls back to clone");
	teller_release(&t);
}

static void a_fault_is_told_with_its_frames(void **state)
{
	struct teller t;
	static struct backtrace bt = { .frame = { { .pc = 1, .symbol = "deep" },
					       { .pc = 2, .module = "libx.so", .module_offset = 16 } },
		.n = 2,
		.stopped = "no unwind information" };
	(void)state;

	teller_init(&t, 16, NULL, NULL);
	const struct task *main = tell_program(&t, LIBC_GLIBC);
	t.ev = (struct event){ .kind = EV_SIGNAL, .task = main, .u.signal = { .sig = 11, .fatal = true, .bt = &bt } };
	tell(&t);
	says(&t, "deep < libx.so+0x10 ..., and no further: no unwind information");
	teller_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_step_of_a_stack),
		cmocka_unit_test(other_ways_to_a_stack),
		cmocka_unit_test(each_call_has_its_sentence),
		cmocka_unit_test(sigaltstack_says_what_it_is_for),
		cmocka_unit_test(musl_signals_are_its_own),
		cmocka_unit_test(what_no_library_is_known_to_do_is_not_claimed),
		cmocka_unit_test(a_join_is_explained_once_when_it_begins),
		cmocka_unit_test(what_failed_is_not_explained),
		cmocka_unit_test(a_fault_is_told_with_its_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
