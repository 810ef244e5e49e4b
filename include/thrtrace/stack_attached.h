/* SPDX-License-Identifier: MIT */
/*
 * The stack of a thread whose creation nobody saw: from the record that its C library keeps near the TLS base, else
 * from the mapping around its stack pointer.
 */
#ifndef THRTRACE_STACK_ATTACHED_H
#define THRTRACE_STACK_ATTACHED_H

#include <thrtrace/model.h>

/* struct pthread of glibc and of musl reach no further than this below and above the TLS base. */
#define STACK_RECORD_BELOW 0x900
#define STACK_RECORD_ABOVE 0xa00

/* What a C library noted when it made the thread. */
struct stack_record {
	bool found;
	taddr low, high;      /* the whole block, guard and TLS included */
	uint64_t guard_bytes; /* from low on */
	taddr musl_top;       /* musl: where its stack began; 0 for glibc */
};

/*
 * Looks for the record in n words from around an address of the C library's on that stack: the TLS base, or the head of
 * the robust list. Where in it the fields are changes from version to version; but start, size and guard stand next to
 * each other, and the block contains that address close to its end.
 * *ret->found is false when no place looks like that, or two do and differ.
 */
void stack_record_find(struct stack_record *ret, const uint64_t *words, size_t n, taddr near);

/*
 * Can it be this task's record? A process's first thread runs on the kernel's stack, of which no C library keeps one:
 * what looks like it is something else, unless the task runs there. (The child of a fork by another thread does.)
 */
bool stack_record_fits(const struct stack_record *rec, const struct birth_facts *f, bool first_thread);

/*
 * The TLS base on x86-64, from n words that lie at `at` and hold the thread's robust list head: glibc's record begins
 * with its own address, and has it again two words on (tcbhead_t: tcb, self). 0 when there is no such place, or two.
 */
taddr stack_record_base(const uint64_t *words, size_t n, taddr at);

/* The address whose mapping (f->at_sp), and the one below it, tell about the stack; 0: none can. */
taddr stack_attached_probe(
	const struct birth_facts *f, const struct stack_record *rec, bool first_thread, enum libc_kind libc);
/* The area, as far as it is known. f: sp, tp, at_sp, below_sp, madv_guard (from rec->low on). */
void stack_attached_find(
	struct stack_area *ret, const struct birth_facts *f, const struct stack_record *rec, enum libc_kind libc);

#endif
