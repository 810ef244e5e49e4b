/* SPDX-License-Identifier: MIT */
/* The memory that a walk reads: pages of the stopped task, pieces of files. */
#include "unwind/unwind_walk.h"

#include <errno.h>
#include <string.h>

static struct walk_page *page_of(struct walk *w, taddr addr)
{
	uint64_t number = addr / WALK_PAGE;
	struct walk_page *p = &w->page[number % WALK_PAGES];

	if (p->filled != w->number || p->number != number) {
		ssize_t got = w->door->read_mem(w->door->ctx, w->tid, number * WALK_PAGE, p->data, WALK_PAGE);
		p->len = got > 0 ? (uint32_t)got : 0;
		p->number = number;
		p->filled = w->number;
	}
	return p;
}

/* A search halves its way through a table: the places that it looks at lie at distances of powers of two. */
static size_t slot_of_piece(uint64_t number)
{
	return (size_t)((number * 0x9e3779b97f4a7c15U) >> 32) % WALK_PIECES; /* Fibonacci hashing, Knuth 6.4 */
}

/*
 * The tables that lead up a stack are the same in each walk. They are asked for an address of their own file's code,
 * and where that is no longer mapped as it was, the generation is another one. NULL: addr is no file's.
 */
static struct walk_piece *piece_of(struct walk *w, taddr addr)
{
	uint64_t number = addr / WALK_PIECE, generation = symbols_space_generation(w->space);
	struct walk_piece *p = &w->piece[slot_of_piece(number)];

	if (p->filled == generation && p->number == number)
		return p;
	const struct symbols_range *r = symbols_range(w->space, w->tid, addr);
	if (!r || !r->module || (r->prot & VMA_WRITE))
		return NULL;
	ssize_t got = symbols_file(r, number * WALK_PIECE, p->data, WALK_PIECE);
	if (got <= 0)
		got = w->door->read_mem(w->door->ctx, w->tid, number * WALK_PIECE, p->data, WALK_PIECE);
	p->len = got > 0 ? (uint32_t)got : 0;
	p->number = number;
	p->filled = generation;
	return p;
}

/* How many bytes there are from addr on, at *ret, before it is to be asked again. */
static size_t bytes_at(struct walk *w, taddr addr, const uint8_t **ret)
{
	const struct walk_piece *piece = piece_of(w, addr);
	const struct walk_page *page = piece ? NULL : page_of(w, addr);
	size_t at = addr % (piece ? WALK_PIECE : WALK_PAGE), len = piece ? piece->len : page->len;

	*ret = (piece ? piece->data : page->data) + at;
	return len > at ? len - at : 0;
}

bool walk_read(struct walk *w, taddr addr, void *buf, size_t n)
{
	const uint8_t *bytes;

	for (size_t done = 0, part; done < n; done += part) {
		part = bytes_at(w, addr + done, &bytes);
		part = part < n - done ? part : n - done;
		if (!part)
			return false;
		memcpy((char *)buf + done, bytes, part);
	}
	return true;
}

bool walk_u64(struct walk *w, taddr addr, uint64_t *ret)
{
	return walk_read(w, addr, ret, sizeof(*ret));
}

/* No kernel has smaller address spaces for 64-bit programs, so that no signature begins below (39: Android's). */
#define ADDRESS_BITS_LEAST 36

taddr walk_unsigned(struct walk *w, taddr ret)
{
	uint64_t mask[2];

	if (!unwind_arch.sign_regset)
		return ret;
	if (!w->signs_known && ret >> ADDRESS_BITS_LEAST && !symbols_range(w->space, w->tid, ret - 1)) {
		ssize_t got = w->door->regset(w->door->ctx, w->tid, unwind_arch.sign_regset, mask, sizeof(mask));
		w->signs = got == (ssize_t)sizeof(mask) ? mask[1] : 0;
		w->signs_known = got != -ESRCH;
	}
	return ret & ~w->signs;
}

void walk_prefetch(struct walk *w)
{
	uint8_t buf[3 * WALK_PAGE];
	uint64_t number = w->regs.r[unwind_arch.sp] / WALK_PAGE;
	ssize_t got = w->door->read_mem(w->door->ctx, w->tid, number * WALK_PAGE, buf, sizeof(buf));

	for (size_t i = 0; got > 0 && i * WALK_PAGE < (size_t)got; i++) {
		size_t rest = (size_t)got - i * WALK_PAGE;
		struct walk_page *p = &w->page[(number + i) % WALK_PAGES];
		p->number = number + i;
		p->filled = w->number;
		p->len = rest < WALK_PAGE ? (uint32_t)rest : WALK_PAGE;
		memcpy(p->data, buf + i * WALK_PAGE, p->len);
	}
}
