/* SPDX-License-Identifier: MIT */
#include "sample/stacks.h"

#include <errno.h>
#include <stdlib.h>

#include <thrtrace/abi.h>
#include <thrtrace/page.h>
#include <thrtrace/proc_text.h>
#include <thrtrace/stack_attached.h>

#include "sample/pages.h"
#include "sample/spans.h"

/* The head of the robust list lies up to ABOVE behind the TLS base, and the record of the stack around that. */
#define AROUND (STACK_RECORD_BELOW + 2 * STACK_RECORD_ABOVE)
#define REACH  (STACK_RECORD_ABOVE - 8)

struct reading {
	struct census *c;
	const struct task_files *f;
	struct spans spans;
	struct pages pages;
	uint64_t main_limit; /* RLIMIT_STACK; 0: none, or not known */
};

/*
 * On x86-64 glibc's record of a thread begins with its own address, which is the TLS base, and has the robust list's
 * head in it. Where it does not, the head lies in the record, too, and tells the stack, not the base.
 */
static void find_record(
	const struct reading *r, const struct census_task *t, struct stack_record *rec, struct birth_facts *b)
{
	const struct abi *native = abi_native();
	uint64_t words[AROUND / 8];
	taddr head = t->robust_head & ~7ULL, from = head - STACK_RECORD_BELOW - STACK_RECORD_ABOVE, near = head;

	if (!native || !r->c->words64 || head < sizeof(words))
		return;
	ssize_t got = task_memory(r->f, from, words, sizeof(words));
	if (got < 0) { /* the record may begin at its mapping's start */
		from = page_down(head, r->f->page);
		got = task_memory(r->f, from, words, sizeof(words));
	}
	if (got <= 0 || from + (taddr)got < head)
		return;
	if (native->tp_points_to_itself) {
		taddr first = head - from > REACH ? head - REACH : from;
		b->tp = stack_record_base(words + (first - from) / 8, (size_t)(head - first) / 8, first);
		b->tp_known = b->tp != 0;
		if (!b->tp_known)
			return;
		near = b->tp;
	}
	taddr low = near - STACK_RECORD_BELOW < from ? from : near - STACK_RECORD_BELOW;
	taddr high = near + STACK_RECORD_ABOVE < from + (taddr)got ? near + STACK_RECORD_ABOVE : from + (taddr)got;
	stack_record_find(rec, words + (low - from) / 8, (size_t)(high - low) / 8, near);
}

/* What was found of one task before its pages are looked at. */
struct found {
	struct stack_record rec;
	struct birth_facts facts;
};

/*
 * The record, else the mapping around the stack pointer: where the stack lies, as a range whose pages are to be
 * asked.
 */
static struct page_range look_for_stack(struct reading *r, const struct census_task *t, struct found *f)
{
	*f = (struct found){ .facts = { .regs_known = t->sp != 0, .sp = t->sp } };
	if (t->robust_head)
		find_record(r, t, &f->rec, &f->facts);
	if (!stack_record_fits(&f->rec, &f->facts, t->tid == r->c->pid))
		f->rec = (struct stack_record){ .found = false };
	taddr probe = stack_attached_probe(&f->facts, &f->rec, t->tid == r->c->pid, r->c->libc);
	struct birth_facts *b = &f->facts;
	b->at_sp_known = probe && spans_find(&r->spans, probe, &b->at_sp);
	b->below_known = b->at_sp_known && b->at_sp.low && spans_find(&r->spans, b->at_sp.low - 1, &b->below_sp);
	return (struct page_range){ f->rec.low, f->rec.found ? f->rec.high : 0 };
}

static void take_stack(struct reading *r, struct census_task *t, struct found *f)
{
	struct stack_area area;

	if (f->rec.found)
		f->facts.madv_guard = pages_guard(&r->pages, f->rec.low, f->rec.high);
	stack_attached_find(&area, &f->facts, &f->rec, r->c->libc);
	if (area.kind == STACK_MAIN && r->main_limit && r->main_limit < area.high)
		area.low = area.high - r->main_limit;
	t->guard = area.guard;
	t->tp = f->facts.tp_known ? f->facts.tp : 0;
	t->musl_top = f->rec.musl_top;
	t->stack_known = area.high != 0;
	if (!t->stack_known)
		return;
	t->stack_low = area.low;
	t->stack_high = area.high;
	t->guard_bytes = area.guard_bytes;
	t->reserved = area.high - area.low;
	taddr mapped = area.kind == STACK_MAIN && f->facts.at_sp_known ? f->facts.at_sp.low : area.low;
	t->touched_known = pages_present(&r->pages, mapped, area.high, &t->touched) == 0;
}

static bool has_stack(const struct census_task *t)
{
	return t->state != 'Z' && t->state != 'X';
}

/* 0 or -ENOMEM. */
static int read_all(struct reading *r)
{
	struct page_range *range = calloc(r->c->n + 1, sizeof(*range));
	struct found *found = calloc(r->c->n + 1, sizeof(*found));
	size_t n = 0;

	for (size_t i = 0; range && found && i < r->c->n; i++) {
		if (has_stack(&r->c->task[i]))
			range[n] = look_for_stack(r, &r->c->task[i], &found[i]);
		n += range[n].high != 0;
	}
	int err = range && found ? pages_scan(&r->pages, r->f, range, n) : -ENOMEM;
	for (size_t i = 0; err != -ENOMEM && i < r->c->n; i++)
		if (has_stack(&r->c->task[i]))
			take_stack(r, &r->c->task[i], &found[i]);
	pages_release(&r->pages);
	free(range);
	free(found);
	return err == -ENOMEM ? err : 0;
}

static uint64_t stack_limit(const struct task_files *f)
{
	char *text = NULL;
	uint64_t limit = 0;

	if (task_files_whole(f, "limits", &text) < 0)
		return 0;
	if (!proc_soft_limit(&limit, text, "Max stack size") || limit == PROC_UNLIMITED)
		limit = 0;
	free(text);
	return limit;
}

static void count_lacks(struct census *c, int err)
{
	for (size_t i = 0; i < c->n; i++) {
		c->lacks[CENSUS_NO_STACK] += has_stack(&c->task[i]) && !c->task[i].stack_known;
		c->lacks[CENSUS_NO_TOUCHED] += c->task[i].stack_known && !c->task[i].touched_known;
	}
	c->why[CENSUS_NO_TOUCHED] = "/proc/PID/pagemap can't be read, which needs the right to trace the process";
	if (err)
		c->why[CENSUS_NO_STACK] = "/proc/PID/maps can't be read, which needs the right to trace the process";
	else if (c->libc == LIBC_GO)
		c->why[CENSUS_NO_STACK] = "Go gives its threads pieces of its heap";
	else
		c->why[CENSUS_NO_STACK] = "no C library's record of the thread, and no mapping of its own, was found";
}

int stacks_read(struct census *c, struct modules *modules, const struct task_files *f)
{
	struct reading r = { .c = c, .f = f, .main_limit = stack_limit(f) };
	int err = spans_read(&r.spans, modules, f);

	int failed = err ? 0 : read_all(&r);
	spans_release(&r.spans);
	count_lacks(c, err);
	return err == -ENOMEM ? err : failed;
}
