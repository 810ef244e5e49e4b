/* SPDX-License-Identifier: MIT */
/* Between the files of the unwinder: the walk up one stack, its memory, and the two ways to take a step. */
#ifndef TRACER_UNWIND_WALK_H
#define TRACER_UNWIND_WALK_H

#include "symbols/symbols.h"
#include "unwind/unwind.h"
#include "unwind/unwind_arch.h"

/* What is read of a stack at once; no page of the kernel is smaller. */
#define WALK_PAGE  4096
#define WALK_PAGES 32
/* A walk reads little of a file at one place, but at many: libjvm's search table is bisected over a dozen pages. */
#define WALK_PIECE  512
#define WALK_PIECES 512

/* Pages of the stopped task, valid for one walk. */
struct walk_page {
	uint64_t number; /* address / WALK_PAGE */
	uint64_t filled; /* the number of the walk that read it */
	uint32_t len;    /* bytes that are there */
	uint8_t data[WALK_PAGE];
};

/* Pieces of files that are mapped without write access, valid for a generation. */
struct walk_piece {
	uint64_t number; /* address / WALK_PIECE */
	uint64_t filled; /* the generation of the space for which it was read */
	uint32_t len;
	uint8_t data[WALK_PIECE];
};

struct walk {
	const struct kernel *door;
	pid_t tid;
	struct symbols_space *space;
	struct unwind_regs regs; /* of the current frame */
	bool exact;              /* regs' pc is where the frame goes on, and no return address behind a call */
	bool first;
	bool at_clone;
	taddr ret_slot;  /* where the last step found the pc; 0 unknown */
	taddr ret_word;  /* what it found there: the pc, and a signature where return addresses have one */
	taddr fp_slot;   /* where it found the frame pointer; 0: it did not change */
	bool sp_about;   /* sp is no more than a bound: frames are known by their frame pointers from here on */
	bool fp_read;    /* the step under way has looked at the frame pointer */
	uint64_t number; /* of this walk: pages that an earlier one has read are stale */
	uint64_t signs;  /* bits of a code pointer that are a signature (pointer authentication) */
	bool signs_known;
	struct walk_page page[WALK_PAGES];
	struct walk_piece piece[WALK_PIECES];
};

/* Exactly n bytes at addr. */
bool walk_read(struct walk *w, taddr addr, void *buf, size_t n);
bool walk_u64(struct walk *w, taddr addr, uint64_t *ret);
/*
 * A return address without its signature. Which bits that are is the kernel's choice, and the same for all tasks: it is
 * asked when an address leads nowhere as it stands.
 */
taddr walk_unsigned(struct walk *w, taddr ret);
/* A stack mostly lies in a few pages from sp on: one read instead of several. */
void walk_prefetch(struct walk *w);

enum walk_step {
	WALK_STEPPED, /* regs are the caller's */
	WALK_END,     /* it was the outermost frame */
	WALK_NO_INFO, /* this way there is no step */
	WALK_BROKEN,  /* there is, and it leads nowhere: memory can't be read */
};

/* By the machine's and the compilers' conventions. *ret_why: static text, for WALK_NO_INFO. */
enum walk_step hand_step(struct walk *w, const char **ret_why);
/* Does pc lie on a signal trampoline? */
bool hand_is_trampoline(struct walk *w, taddr pc);

/* By call frame information. */
struct cfi;
struct cfi *cfi_new(void);
void cfi_free(struct cfi *c);
const char *cfi_name(void);
/*
 * One step of libunwind. moved: something else than libunwind's last step has set w->regs, so that its cursor begins
 * anew there; false: the cursor is still at w->regs and may continue.
 */
enum walk_step cfi_step(struct cfi *c, struct walk *w, bool moved);

#endif
