/* SPDX-License-Identifier: MIT */
/* Memory: what is stored, mapped, allocated and locked; the stack, the thread pointer and what lies behind it. */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <thrtrace/page.h>

#include "try/experiments.h"

void experiment_address_space(struct stage *s, struct part *p, enum step step)
{
	volatile char *word = page_of(s, PAGE_STORE);

	if (step == BEFORE) {
		*word = 1;
	} else if (step == IN_CHILD) {
		p->n[0] = *word;
		*word = 2;
	} else {
		told(p, seen_by(p->n[0] == 1, *word == 2, SHARE_FRESH),
			"the child found 1 and stored 2: here it is %d now", *word);
	}
}

void experiment_maps(struct stage *s, struct part *p, enum step step)
{
	unsigned char in_memory[PAGE / PAGE_BYTES_LEAST];

	if (step == IN_CHILD) {
		p->n[0] = raw(SYS_mincore, (long)page_of(s, PAGE_STORE), PAGE, (long)in_memory) == 0;
		p->n[1] = raw(
			SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	} else if (step == AFTER && p->n[1] < 0) {
		cannot_do(p, "mmap by the child", p->n[1]);
	} else if (step == AFTER) {
		void *there = (void *)p->n[1];
		bool felt = mincore(there, PAGE, in_memory) == 0, filled = felt && in_memory[0] & 1;
		told(p, felt == filled ? seen_by(p->n[0], felt, SHARE_FRESH) : SEEN(SHARE_NONE),
			"the child mapped and filled a page at %p: here %s", there,
			filled       ? "it is, and in memory" :
				felt ? "it is, and not in memory" :
				       "nothing is there");
	}
}

void experiment_heap(struct stage *s, struct part *p, enum step step)
{
	long now = raw(SYS_brk, 0);

	(void)s;
	if (step == BEFORE) {
		p->n[0] = now;
	} else if (step == IN_CHILD) {
		p->n[1] = now;
		p->n[2] = raw(SYS_brk, now + PAGE);
	} else if (p->n[2] != p->n[1] + PAGE) {
		cannot(p,
			"the child's brk did not move: RLIMIT_DATA or RLIMIT_AS forbids it, or a mapping lies behind "
			"it");
	} else {
		told(p, seen_by(p->n[0] == p->n[1], now == p->n[2], SHARE_FRESH),
			"the child moved its break a page up: here it %s", now == p->n[2] ? "moved, too" : "stayed");
	}
}

void experiment_mlock(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE) {
		/* mlock() itself does nothing under AddressSanitizer. */
		long err = raw(SYS_mlock, (long)page_of(s, PAGE_LOCKED), PAGE);
		if (err)
			cannot_do(p, "mlock of 64 KiB", err);
	} else if (step == IN_CHILD) {
		p->n[0] = own_file(s, "thread-self/status", p->text, sizeof(p->text));
		p->n[1] = raw(SYS_munlock, (long)page_of(s, PAGE_LOCKED), PAGE);
	} else {
		char now[PART_TEXT];
		long had = status_field(p->text, "VmLck", 10);
		long read = own_file(s, "thread-self/status", now, sizeof(now));
		if (p->n[0] < 0 || read < 0) {
			cannot_do(p, "/proc/thread-self/status", read < 0 ? read : p->n[0]);
			return;
		}
		long left = status_field(now, "VmLck", 10);
		told(p, seen_by(had > 0, left == 0, SHARE_NONE),
			"a page is locked here: %ld kB for the child; it unlocked the page: here %ld kB are locked",
			had, left);
	}
}

/* ---- stack and thread pointer ---- */

void experiment_stack(struct stage *s, struct part *p, enum step step)
{
	volatile char here = 1;
	uintptr_t at = (uintptr_t)&here;

	if (step == BEFORE) {
		s->no_stack = true; /* with CLONE_VM, that would be worth a crash but for CLONE_VFORK */
		p->n[0] = (long)at;
	} else if (step == IN_CHILD) {
		p->n[1] = (long)at;
		*page_of(s, PAGE_STACK) = 2;
	} else {
		uintptr_t child = (uintptr_t)p->n[1], stack = (uintptr_t)s->stack;
		long apart = p->n[0] - p->n[1];
		bool given = child >= stack && child < stack + PAGES, same = *page_of(s, PAGE_STACK) == 2;
		unsigned near = same ? SEEN(SHARE_PARENT) : SEEN(SHARE_COPIED);
		if (given)
			told(p, SEEN(SHARE_FRESH), "the child's variables lie in the stack given, at %p",
				(void *)child);
		else
			told(p, apart > -PAGE && apart < PAGE ? near : SEEN(SHARE_NONE),
				"the child's variables lie %ld bytes from the creator's, in %s memory", apart,
				same ? "the same" : "its own");
	}
}

void experiment_tls(struct stage *s, struct part *p, enum step step)
{
	if (step == BEFORE && !s->here) {
		cannot(p, "thrtrace does not know the thread pointer of this machine");
	} else if (step == IN_CHILD) {
		p->n[0] = (long)raw_tls();
	} else if (step == AFTER) {
		uintptr_t child = (uintptr_t)p->n[0];
		unsigned seen = child == s->here   ? SEEN(SHARE_PARENT) :
			child == (uintptr_t)s->tls ? SEEN(SHARE_FRESH) :
						     SEEN(SHARE_NONE);
		told(p, seen, "%p in the child%s; %p here", (void *)child,
			seen & SEEN(SHARE_FRESH) ? ", the argument" : "", (void *)s->here);
	}
}

/* errno lies as far from the thread pointer in the child as here. */
void experiment_errno_word(struct stage *s, struct part *p, enum step step)
{
	uintptr_t place = (uintptr_t)&errno;
	volatile int *word;

	if (step == BEFORE) {
		p->n[0] = (long)(place - s->here);
		if (!s->here || p->n[0] > PAGES / 2 - PAGE || p->n[0] < -PAGES / 2)
			cannot(p, "it is not known where errno lies from the thread pointer");
		errno = EAGAIN;
	} else if (step == IN_CHILD) {
		word = (volatile int *)(raw_tls() + (uintptr_t)p->n[0]);
		p->n[1] = (long)word;
		p->n[2] = *word;
		*word = EDOM;
	} else {
		int now = errno;
		bool felt = now == EDOM, moved = (uintptr_t)p->n[1] != place;
		told(p, moved && !felt ? SEEN(SHARE_FRESH) : seen_by(p->n[2] == EAGAIN, felt, SHARE_FRESH),
			"%d here: the child found %ld and stored %d: here it is %d", EAGAIN, p->n[2], EDOM, now);
	}
}

void experiment_registers(struct stage *s, struct part *p, enum step step)
{
	if (step != AFTER)
		return;
	told(p, s->b->kept == KEPT_IN_REGISTER ? SEEN(SHARE_COPIED) : SEEN(SHARE_FRESH),
		"0x%x in a register here: in the child 0x%llx", KEPT_IN_REGISTER, (unsigned long long)s->b->kept);
}
