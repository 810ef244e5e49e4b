/* SPDX-License-Identifier: MIT */
/* The walk up a stack, and the memo of earlier ones. */
#include "unwind/unwind.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unwind/unwind32.h"
#include "unwind/unwind_memo.h"
#include "unwind/unwind_walk.h"

#define PRSTATUS_MAX 512

/* Cache: is there a signal trampoline at pc? The code there does not change within a generation. */
#define FACTS 1024
struct pc_fact {
	uint64_t generation;
	taddr pc;
	bool trampoline;
};

struct unwinder {
	struct cfi *cfi;
	struct memo *memo;
	struct unwind_counts counts;
	struct pc_fact fact[FACTS];
	struct walk walk;
	struct memo_trail trail;
	bool exact[BACKTRACE_MAX]; /* of the frames of the walk: its pc is no return address */
};

struct unwinder *unwinder_new(void)
{
	struct unwinder *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->cfi = cfi_new();
	u->memo = memo_new();
	if (!u->cfi || !u->memo) {
		unwinder_free(u);
		return NULL;
	}
	return u;
}

void unwinder_free(struct unwinder *u)
{
	if (!u)
		return;
	cfi_free(u->cfi);
	memo_free(u->memo);
	free(u);
}

void unwinder_forget(struct unwinder *u)
{
	memo_clear(u->memo);
}

const char *unwind_with(void)
{
	return cfi_name();
}

struct unwind_counts unwind_counts(const struct unwinder *u)
{
	return u->counts;
}

static bool is_trampoline(struct unwinder *u, taddr pc)
{
	uint64_t generation = symbols_space_generation(u->walk.space);
	struct pc_fact *f = &u->fact[(pc ^ pc >> 10) % FACTS];

	if (f->pc != pc || f->generation != generation) {
		f->trampoline = hand_is_trampoline(&u->walk, pc);
		f->pc = pc;
		f->generation = generation;
	}
	return f->trampoline;
}

static void add_frame(struct unwinder *u, struct backtrace *bt)
{
	struct walk *w = &u->walk;
	taddr pc = w->regs.r[unwind_arch.pc];
	struct frame *f = &bt->frame[bt->n];
	bool trampoline = is_trampoline(u, pc);

	*f = (struct frame){ .pc = pc, .signal = trampoline };
	u->exact[bt->n++] = w->exact || trampoline;
}

/*
 * After the walk: reading a file's symbols may take long, and a task that does not rest is gone by then. The walk is
 * up a stack that was kept.
 */
static void name_frames(struct unwinder *u, struct backtrace *bt)
{
	const struct walk *w = &u->walk;

	for (size_t i = 0; i < bt->n; i++) {
		struct frame *f = &bt->frame[i];
		bool trampoline = f->signal;

		symbols_frame(w->space, w->tid, f->pc, u->exact[i], f);
		f->signal = trampoline;
	}
}

/*
 * One step. *moved: whether libunwind's cursor has to be set anew before it steps (cfi_step). false at the outermost
 * frame, and where the walk ends early: bt->stopped then says why.
 */
static bool step(struct unwinder *u, struct backtrace *bt, bool *moved)
{
	struct walk *w = &u->walk;
	const char *why = NULL;
	taddr pc = w->regs.r[unwind_arch.pc], sp = w->regs.r[unwind_arch.sp];
	bool trampoline = bt->n && bt->frame[bt->n - 1].signal;

	w->fp_read = false;
	enum walk_step got = w->sp_about ? WALK_NO_INFO : cfi_step(u->cfi, w, *moved);
	/* libunwind's cursor is at the address as it was found. */
	*moved = got != WALK_STEPPED || w->ret_word != w->regs.r[unwind_arch.pc];
	if (got == WALK_STEPPED)
		w->exact = trampoline;
	if (got == WALK_NO_INFO)
		got = hand_step(w, &why);
	if (got == WALK_STEPPED && w->regs.r[unwind_arch.pc] == 0)
		return false; /* the outermost frame's return address */
	if (got == WALK_STEPPED && w->regs.r[unwind_arch.pc] == pc && w->regs.r[unwind_arch.sp] == sp) {
		bt->stopped = "the frame is its own caller";
		return false;
	}
	if (got == WALK_BROKEN)
		bt->stopped = "the stack can't be read";
	else if (got == WALK_NO_INFO)
		bt->stopped = why;
	return got == WALK_STEPPED;
}

/* A frame pointer, and where it comes from; 0: from the task's register. */
struct fp_source {
	taddr slot;
	uint64_t value;
};

/* The step under way has looked at the frame pointer: a walk that finds another one there may end elsewhere. */
static void depend_on(struct unwinder *u, const struct fp_source *fp)
{
	if (fp->slot)
		memo_trail_add(&u->trail, fp->slot, fp->value, true);
	else
		u->trail.fp_matters = true;
}

/*
 * Most code has no frame pointer: the register holds anything, such as the new thread's own record, and is saved and
 * restored as such. Only one that a step was taken by tells places apart.
 */
static void walk_up(struct unwinder *u, struct backtrace *bt)
{
	struct walk *w = &u->walk;
	struct fp_source fp = { 0, w->regs.r[unwind_arch.fp] };
	bool moved = true, stepped;

	memo_trail_begin(&u->trail);
	add_frame(u, bt);
	for (;;) {
		stepped = step(u, bt, &moved);
		if (w->fp_read)
			depend_on(u, &fp);
		if (!stepped)
			break;
		if (bt->n == BACKTRACE_MAX) {
			bt->stopped = "deeper than thrtrace looks";
			break;
		}
		memo_trail_add(&u->trail, w->ret_slot, w->ret_word, false);
		if (w->fp_slot)
			fp = (struct fp_source){ w->fp_slot, w->regs.r[unwind_arch.fp] };
		w->first = false;
		add_frame(u, bt);
	}
}

/* 1: the registers are in *ret32, those of a 32-bit task. */
static int begin(struct unwinder *u, const struct kernel *door, pid_t tid, struct symbols_space *space, bool at_clone,
	struct regs32 *ret32)
{
	struct walk *w = &u->walk;
	uint8_t prstatus[PRSTATUS_MAX];
	ssize_t len = door->regset(door->ctx, tid, NT_PRSTATUS, prstatus, sizeof(prstatus));

	if (len < 0)
		return (int)len;
	w->door = door;
	w->tid = tid;
	w->space = space;
	w->exact = w->first = true;
	w->at_clone = at_clone;
	w->ret_slot = w->fp_slot = 0;
	w->sp_about = false;
	w->number++;
	if (regs32_parse(prstatus, (size_t)len, ret32) == 0)
		return 1;
	return unwind_arch_regs(prstatus, (size_t)len, &w->regs);
}

static struct memo_key key_of(const struct walk *w)
{
	return (struct memo_key){ symbols_space_generation(w->space), w->regs.r[unwind_arch.pc],
		w->regs.r[unwind_arch.sp], w->regs.r[unwind_arch.fp] };
}

/*
 * The words on the stack are the same, but is the code that they point to? dlclose and dlopen put another in its
 * place. *look: the look in which that was last answered.
 */
static bool still_there(struct symbols_space *space, pid_t tid, const struct backtrace *bt, uint32_t *look)
{
	if (*look == symbols_space_looks(space))
		return true;
	uint64_t generation = symbols_space_generation(space);
	taddr low = 0, high = 0; /* looked at already: neighbours in a stack are mostly of one file */

	for (size_t i = 0; i < bt->n; i++) {
		taddr pc = bt->frame[i].pc - 1; /* a return address may be the next function's */
		const struct symbols_range *r = pc >= low && pc < high ? NULL : symbols_range(space, tid, pc);
		if (r) {
			low = r->low;
			high = r->high;
		}
	}
	*look = symbols_space_looks(space);
	return symbols_space_generation(space) == generation;
}

bool unwind_expects(
	struct unwinder *u, const struct kernel *door, pid_t tid, struct symbols_space *space, struct mem_range *ret)
{
	struct regs32 regs32;

	if (begin(u, door, tid, space, true, &regs32) != 0)
		return false;
	struct memo_key key = key_of(&u->walk);
	return memo_expects(u->memo, &key, ret);
}

int unwind_task(struct unwinder *u, const struct kernel *door, pid_t tid, struct symbols_space *space, bool at_clone,
	struct backtrace *ret)
{
	struct walk *w = &u->walk;

	ret->n = 0;
	ret->stopped = NULL;
	struct regs32 regs32;
	int err = begin(u, door, tid, space, at_clone, &regs32);
	if (err == 1) {
		symbols_space_look(space);
		unwind32(w, &regs32, ret);
		u->counts.walked++;
		return 0;
	}
	if (err) {
		ret->stopped = err == -EINVAL ? "a task of another machine type" : "its registers can't be read";
		return err == -EINVAL ? 0 : err;
	}
	struct memo_key key = key_of(w);
	uint32_t *look;
	if (memo_recall(u->memo, &key, door, tid, ret, &look) && still_there(space, tid, ret, look)) {
		u->counts.recognised++;
		return 0;
	}
	symbols_space_look(space);
	ret->n = 0;
	ret->stopped = NULL;
	walk_prefetch(w);
	walk_up(u, ret);
	name_frames(u, ret);
	u->counts.walked++;
	key.generation = symbols_space_generation(space);
	memo_keep(u->memo, &key, &u->trail, ret);
	return 0;
}

#define DEPTH_MAX ((uint64_t)16 << 20)

uint64_t unwind_depth(const struct unwinder *u, const struct kernel *door, pid_t tid, taddr sp, taddr high, taddr pc)
{
	uint64_t word[1024], n = 0, page = kernel_page(door);
	taddr at = (sp + 7) & ~(taddr)7, end = high > at && high - at > DEPTH_MAX ? at + DEPTH_MAX : high;
	ssize_t got;

	/* sp may lie below the stack's end after an overflow: what is not mapped is passed over page by page. */
	while (at < end) {
		size_t want = end - at < sizeof(word) ? end - at : sizeof(word);
		got = door->read_mem(door->ctx, tid, at, word, want);
		if (got > 0 && got < 8)
			got = 0;
		for (ssize_t i = 0; i < got / 8; i++)
			n += (word[i] & ~u->walk.signs) == pc;
		at = got > 0 ? at + ((uint64_t)got & ~(uint64_t)7) : page_down(at, page) + page;
	}
	return n;
}
