/* SPDX-License-Identifier: MIT */
/*
 * Who made a thread and what it runs: the symbol cache, the unwinder, and what is known of each traced process's
 * address space (creators.c). creators_tape.c records what another one says, or says it from a record.
 */
#ifndef TRACER_CREATORS_H
#define TRACER_CREATORS_H

#include <thrtrace/event.h>

#include "kernel/kernel.h"

struct creators;

/* A task and the process it belongs to, as this process's /proc numbers them. */
struct task_ids {
	pid_t tid, tgid;
};

/* A thread of glibc's, whose record is asked: its TLS base and the word that the kernel clears; or of musl's. */
struct join_asked {
	taddr tp, cleared;
	taddr musl_state; /* detach_state; 0: of another C library */
};

/* A thread that has run for long, or a moment. */
struct start_asked {
	taddr tp;       /* its TLS base; 0: not known */
	taddr code;     /* where in its C library it is; 0: not known, the library is looked for */
	taddr musl_top; /* of its stack's record (struct stack_record); 0 */
};

struct creators_ops {
	void (*release)(struct creators *c);
	/* NULL: nothing is read from memory. */
	void (*expect)(struct creators *c, struct task_ids creator, pid_t child, const struct call_clone *args);
	void (*backtrace)(struct creators *c, struct task_ids task, bool at_clone, struct backtrace *ret);
	uint64_t (*depth)(struct creators *c, pid_t tid, const struct backtrace *bt, taddr sp, taddr high);
	void (*start)(struct creators *c, struct task_ids child, const struct call_clone *args, taddr tls,
		const struct backtrace *bt, struct start_routine *ret);
	void (*started)(
		struct creators *c, struct task_ids task, const struct start_asked *of, struct start_routine *ret);
	/* NULL: it can't be known. */
	taddr (*base)(struct creators *c, struct task_ids task, taddr robust_head);
	enum end_wait (*waits)(struct creators *c, struct task_ids task);
	/* NULL: nothing is known of records. */
	enum join_note (*noted)(struct creators *c, struct task_ids reader, const struct join_asked *asked);
	/* NULL: nothing is known of variables. */
	const char *(*datum)(struct creators *c, struct task_ids task, taddr addr, uint64_t *ret_offset);
	const struct tls_layout *(*tls)(struct creators *c, struct task_ids task);
	void (*exec)(struct creators *c, pid_t tgid);
	void (*gone)(struct creators *c, pid_t tgid);
};

struct creators {
	const struct creators_ops *ops;
	bool late; /* tasks do not rest while they are asked about, but for what the door keeps of them */
};

/* From the files of the program, and what door tells of its memory. door must outlive it. NULL when out of memory. */
struct creators *creators_new(const struct kernel *door);

static inline void creators_free(struct creators *c)
{
	if (c)
		c->ops->release(c);
}

/*
 * At the event that creator has made child, which has not run yet and shares its memory: what is read of that for the
 * birth, here and elsewhere, is asked for at once.
 */
static inline void creators_expect(
	struct creators *c, struct task_ids creator, pid_t child, const struct call_clone *args)
{
	if (c->ops->expect)
		c->ops->expect(c, creator, child, args);
}

/* The backtrace of a stopped task; at_clone: in a creating call. Always fills *ret as far as it gets. */
static inline void creators_backtrace(struct creators *c, struct task_ids task, bool at_clone, struct backtrace *ret)
{
	c->ops->backtrace(c, task, at_clone, ret);
}

/* How often the recursion that bt begins to show lies on the task's stack, up to its end `high`; 0: none. */
static inline uint64_t creators_depth(struct creators *c, pid_t tid, const struct backtrace *bt, taddr sp, taddr high)
{
	return c->ops->depth(c, tid, bt, sp, high);
}

/* What a new task, stopped before its first instruction, will run. bt: its creator's, or NULL. */
static inline void creators_start(struct creators *c, struct task_ids child, const struct call_clone *args, taddr tls,
	const struct backtrace *bt, struct start_routine *ret)
{
	c->ops->start(c, child, args, tls, bt, ret);
}

/*
 * What a thread that has begun already was started in, from its C library's record near the TLS base; the task need
 * not be stopped.
 */
static inline void creators_started(
	struct creators *c, struct task_ids task, const struct start_asked *of, struct start_routine *ret)
{
	c->ops->started(c, task, of, ret);
}

/*
 * The TLS base of a task that need not be stopped, from the head of its robust list, where the base does not point to
 * itself (struct abi): from glibc's record of the thread. 0: not known.
 */
static inline taddr creators_base(struct creators *c, struct task_ids task, taddr robust_head)
{
	return c->ops->base ? c->ops->base(c, task, robust_head) : 0;
}

/* Which function of the C library a stopped task waits in for a thread's end; WAITS_EITHER where that can't be told. */
static inline enum end_wait creators_waits(struct creators *c, struct task_ids task)
{
	return c->ops->waits(c, task);
}

/*
 * What the C library has noted of a thread's join; reader is stopped, and shares the thread's memory. Of one that has
 * ended, only as long as no newer one has the same record.
 */
static inline enum join_note creators_noted(struct creators *c, struct task_ids reader, const struct join_asked *asked)
{
	return c->ops->noted ? c->ops->noted(c, reader, asked) : JOIN_NOT_KNOWN;
}

/* The variable that lies at addr, a program's or a library's, by its symbol; NULL: none is known. */
static inline const char *creators_datum(struct creators *c, struct task_ids task, taddr addr, uint64_t *ret_offset)
{
	return c->ops->datum ? c->ops->datum(c, task, addr, ret_offset) : NULL;
}

/* Where thread-local variables lie in each thread of this process; kept until it loads or drops code. NULL: unknown. */
static inline const struct tls_layout *creators_tls(struct creators *c, struct task_ids task)
{
	return c->ops->tls(c, task);
}

/* The program of this process was replaced, or the process is gone. */
static inline void creators_exec(struct creators *c, pid_t tgid)
{
	c->ops->exec(c, tgid);
}

static inline void creators_gone(struct creators *c, pid_t tgid)
{
	c->ops->gone(c, tgid);
}

#endif
