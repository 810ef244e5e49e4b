/* SPDX-License-Identifier: MIT */
/*
 * What a thread of a known runtime or library is for: rows of decode/tables/roles.def, recognised by marks. Pure.
 *
 * A role is said only when all marks that its row names agree. Most are known at the birth (where the thread starts,
 * who has called for it), the name comes later: so a task keeps which rows are still possible, and is asked again with
 * each name. Of two rows that agree the one that stands first holds.
 */
#ifndef THRTRACE_ROLES_H
#define THRTRACE_ROLES_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>
#include <thrtrace/outbuf.h>

/* Does such a thread end by itself? */
enum role_ends {
	ROLE_STAYS, /* no: it goes with its process, or when the runtime is shut down */
	ROLE_IDLE,  /* when it has had nothing to do for a while */
	ROLE_DONE,  /* when its work is done */
	ROLE_USED,  /* when its runtime has no use for it any more, or with its process */
	/* when its work is done; and its runtime joins it later, or leaves that to the end of the process */
	ROLE_KEPT,
};

/*
 * A kind of thread. All text is static. A mark is NULL where it is not asked for. Patterns: alternatives stand between
 * '|'; * is any text, % a number.
 */
struct role_row {
	const char *id;      /* "openjdk-gc": for programs; never changes, is never reused */
	const char *runtime; /* "OpenJDK" */
	const char *label;   /* "GC worker": for a column */
	const char *name;    /* of the thread, as the kernel cuts it: 15 bytes */
	const char *start;   /* "MODULE:SYMBOL" of its first routine */
	/*
	 * Functions of which one was on the creator's stack; "@m": one of the module m; "!f": f was not there; "~f": f
	 * was not seen there, which holds where that stack is not known, too.
	 */
	const char *through;
	/*
	 * A module or an executable that, mapped in the process, is mark enough beside the name: for who knows of a
	 * thread no more than /proc says; "module=name" where the name is asked for there alone. NULL: nothing is.
	 */
	const char *there;
	uint32_t task_flags; /* all of these PF_* of the ninth field of /proc/TID/stat; 0: not asked */
	enum role_ends ends;
	const char *what;    /* a sentence without a full stop */
	const char *setting; /* what decides how many there are, and how large their stacks; likewise */
	const char *seen;    /* "seen: node 20.20.2", or "from its source: FILE (VERSION)" */
};

/* What is known of a task at its birth. Unknown: NULL, 0. */
struct role_marks {
	const struct frame *start;
	const struct backtrace *bt; /* the creator's */
	uint32_t task_flags;
};

/* Of PF_*, those that rows ask for: linux/sched.h. Whoever has them runs no code of the program. */
#define ROLE_PF_IO_WORKER   0x10U
#define ROLE_PF_USER_WORKER 0x4000U

/* There are no more rows than that. */
#define ROLES_MAX 256
/* The rows that a task's birth leaves possible: a bit each. */
struct role_maybe {
	uint32_t row[ROLES_MAX / 32];
};

/*
 * The marks that were asked about last, and what they left possible: one place that makes threads makes many. All zero:
 * none yet. Who keeps one owns it; what it keeps are copies.
 */
struct role_memo {
	char marks[1024];
	size_t len; /* 0: there are none, or they need more room */
	struct role_maybe maybe;
};

/* memo: of the same process or of another, NULL: none. It saves time alone. */
void role_birth(struct role_maybe *ret, const struct role_marks *marks, struct role_memo *memo);
/* The row whose marks all agree for a task of this name; NULL. */
const struct role_row *role_of(const struct role_maybe *maybe, const char *name);

/* What /proc says of a process: the names of mapped files without directory, its executable among them. */
struct role_process {
	const char *const *module;
	size_t n;
};
/* The row of a thread of this name and these PF_* flags there; NULL. */
const struct role_row *role_there(const struct role_process *p, const char *name, uint32_t task_flags);

/* "its start routine in libjvm.so and its name". module: that of the start routine, or NULL: there was none to ask. */
void role_by_format(struct outbuf *out, const struct role_row *row, const char *module);
/* "GC worker (OpenJDK)". */
void role_label_format(struct outbuf *out, const struct role_row *row);
/* "ends when idle". */
const char *role_ends_words(enum role_ends ends);

/* Is text like pattern? Of a start mark: its part before, or behind, the colon. */
bool role_pattern(const char *pattern, const char *text);
/* The i-th row; NULL past the last. And the place i of a row. */
const struct role_row *role_row_at(size_t i);
size_t role_row_place(const struct role_row *row);

#endif
