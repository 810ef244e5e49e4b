/* SPDX-License-Identifier: MIT */
/*
 * Where an experiment takes place: a process of its own (the stage) that makes one task (the child), under a manager
 * that ends and buries both.
 *
 * An experiment is a function that is called three times: by the stage before there is a child, by the child, and by
 * the stage after the child has done its part; with CLONE_VFORK the child is gone by then. In the child it may use only
 * raw() and own_*(): the child may have the stage's memory, stack or thread pointer. What it finds goes to *p, which
 * both see whatever the word says. Those that don't disturb each other have a child together. Every signal that can be
 * blocked is blocked in both.
 *
 * Where the stage may end by what the child does, the experiment sets p->may_end_stage before there is a child: it is
 * called by the manager, too, when the stage has ended and nothing was told.
 */
#ifndef TRACER_TRY_STAGE_H
#define TRACER_TRY_STAGE_H

#include <limits.h>
#include <stdatomic.h>

#include <thrtrace/trial.h>

#include "try/raw.h"

/* STAGE_ENDED: in the manager; of *s only b, word, flags and end are set. */
enum step { BEFORE, IN_CHILD, AFTER, STAGE_ENDED };
enum { CHILD_STATUS = 7 }; /* with which the child ends */
/* PAGE: as large as a kernel's page can be, so that each is made of whole ones. */
enum { PARTS_MAX = 80, PART_NUMBERS = 16, PART_TEXT = 4096, PAGE = 64 << 10, PAGES = 16 * PAGE };

struct stage;
struct part;
typedef void experiment(struct stage *s, struct part *p, enum step step);

/* One experiment of those that have a child together, and what comes of it. */
struct part {
	experiment *run;
	volatile long n[PART_NUMBERS]; /* what step tells step; zero at first */
	char text[PART_TEXT];
	bool may_end_stage;
	struct tried tried;
};

/* Memory of manager, stage and child, whatever is shared. */
struct board {
	_Atomic uint32_t back;                        /* the creator has come back from the call */
	_Atomic uint32_t done;                        /* the child has done its part */
	_Atomic uint32_t release;                     /* it may end */
	_Atomic int32_t child;                        /* its tid, as manager and stage number it */
	_Atomic int32_t parent_tid, child_tid, pidfd; /* where the call stores them */
	bool late;                                    /* the child has not done its part in time */
	uint64_t kept;                                /* in a register of the child */
	_Atomic int32_t buried;                       /* whom the manager has waited for last, but for the stage */
	_Atomic int32_t semaphore;                    /* 1 more than its id: the manager removes it; 0: there is none */
	char group[PATH_MAX];                         /* a control group that the manager removes; "": there is none */
	int refused;                                  /* the errno of the word; 0: it was not */
	size_t parts;
	struct part part[PARTS_MAX];
};

struct stage {
	struct board *b;
	const struct flag_word *word;
	uint64_t flags;    /* of the call that makes the child */
	int proc;          /* /proc, also where the child has other mounts; as a path only */
	int cgroup;        /* with CLONE_INTO_CGROUP: a directory, the stage's own at first; else -1 */
	char *memory;      /* PAGES bytes, private to the stage; zero */
	char *stack, *tls; /* for the child, PAGES bytes each; the thread pointer is in the middle */
	bool no_stack;     /* with CLONE_VFORK: the child is given none */
	uintptr_t here;    /* the thread pointer of the stage */
	long answer;       /* to the call */
	int pid;           /* of the stage */
	int end;           /* of the stage: its wait status */
};

/* Pages of s->memory, and whose each is. */
enum page { PAGE_STORE, PAGE_LOCKED, PAGE_RSEQ, PAGE_RSEQ_CHILD, PAGE_STACK, PAGE_ALTSTACK = 8 };

static inline char *page_of(const struct stage *s, enum page page)
{
	return s->memory + page * PAGE;
}

/* ---- for an experiment in the stage ---- */

/* What was seen: a set of SEEN(), and in which words. */
void told(struct part *p, unsigned seen, const char *fmt, ...) THR_PRINTF(3, 4);
/* It can't be tried, because. */
void cannot(struct part *p, const char *fmt, ...) THR_PRINTF(2, 3);
/* The same: this failed, with an errno, be it negative or not. */
void cannot_do(struct part *p, const char *what, long err);
/*
 * The usual set. had: the child began with what its creator had; felt: what the child changed the creator felt. none:
 * what it is called where neither is so.
 */
unsigned seen_by(bool had, bool felt, enum share_state none);
/* Before there is a child that end_child is to end: false where its exit signal would end or stop the stage. */
bool may_end_child(struct stage *s, struct part *p);
/* As in /proc/PID/stat; 'X': it is gone, or nearly so. */
char child_state(const struct stage *s);
/* The child has ended: it is gone, or to be waited for. */
bool child_ended(const struct stage *s);
/* Lets the child end, and waits for that; a few seconds at most. */
bool end_child(struct stage *s);
/* Waits for a child that ends by itself, as long. */
bool await_child_end(struct stage *s);
/* When the first has ended: one more by the same call, which has taken its step IN_CHILD. False: there is none. */
bool another_child(struct stage *s);
/* A field of the text of a status file. -1: there is none. */
long status_field(const char *text, const char *name, int base);

/* ---- for an experiment in the child as well ---- */

/* For a child that does not come back from its step: it has done its part. */
void part_done(struct stage *s);

/* A file of the caller under /proc ("thread-self/status"): bytes, or a negative errno. A NUL is put behind them. */
long own_file(const struct stage *s, const char *path, char *buf, size_t size);
/* Where such a link leads. */
long own_link(const struct stage *s, const char *path, char *buf, size_t size);

/* ---- for who manages stages ---- */

/*
 * Makes the calling process, a child of parent, one that manages stages: no terminal, no files, no core dumps, and it
 * dies with its parent. It ends with _exit.
 */
void stage_manage(int parent);
/* What a stage does: it is a new process, and never returns. */
_Noreturn void stage_play(struct board *b, const struct flag_word *w);
/* Makes the board one for these experiments. */
void stage_prepare(struct board *b, experiment *const *run, size_t n);
/*
 * Runs them for the word, with one child. What came of each stands in its part, of the word in b->refused. All that was
 * made is gone then. False: it was no success: a part has no result, since the stage died or was late.
 */
bool stage_run(struct board *b, const struct flag_word *w);

#endif
