/* SPDX-License-Identifier: MIT */
/*
 * What a CLONE_* word means: the flags as a table, what kind of task results, and for every resource whether it is
 * shared, copied or new.
 *
 * All of it is pure. Everything returned by pointer is static and const. Text goes to a struct outbuf, whose own
 * status tells of failure. A `kernel` is a version as LINUX(6, 18, 0), and 0 means "the newest that is known here".
 * Each row of the flag table names its source (a man page section, or a kernel file and version); the rules of
 * refusal are in verdict.h.
 */
#ifndef THRTRACE_EXPLAIN_H
#define THRTRACE_EXPLAIN_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/outbuf.h>
#include <thrtrace/uapi.h>

#define LINUX(major, minor, patch)                                                                                     \
	((uint32_t)(major) << 16 | (uint32_t)(minor) << 8 | ((uint32_t)(patch) > 255u ? 255u : (uint32_t)(patch)))

/* The calls that take CLONE_* bits: as one (which table applies) and as a set (who knows a flag). */
enum flag_call { ON_CLONE = 1 << 0, ON_CLONE3 = 1 << 1, ON_UNSHARE = 1 << 2, ON_SETNS = 1 << 3 };

enum flag_group {
	FLAG_SHARES,    /* one object for both: a line of the birth block's "shares" */
	FLAG_SETS_UP,   /* something is prepared in or about the new task: "sets up" */
	FLAG_BEHAVES,   /* how creator, parent or tracer behave: "behaves" */
	FLAG_NAMESPACE, /* a new namespace */
	FLAG_OBSOLETE,  /* has no effect any more */
	FLAG_GROUPS
};

/* One row of decode/tables/clone_flags.def, where the columns are explained. */
struct clone_flag {
	uint64_t value;
	const char *name;
	uint32_t since, until;
	unsigned calls; /* set of enum flag_call */
	enum flag_group group;
	const char *set, *clear;
	uint64_t needs, excludes;
	const char *note;
	const char *source;
};

/* ---- the flag table ---- */

const struct clone_flag *clone_flag_rows(size_t *ret_n);
/* The row that gives this one bit its meaning in a call; the living one before the historical. NULL when none does. */
const struct clone_flag *clone_flag_of(uint64_t bit, enum flag_call call);
/* By name: case does not matter, "CLONE_" may be left out. NULL when there is none. */
const struct clone_flag *clone_flag_by_name(const char *name, size_t len);
/* The row whose name is most like this one, or NULL when none is near. */
const struct clone_flag *clone_flag_nearest(const char *name, size_t len);
/* The bits that a call of this kernel accepts as flags (obsolete ones it ignores included). */
uint64_t clone_flags_valid(enum flag_call call, uint32_t kernel);
/* "clone, clone3, unshare" for a set of enum flag_call. */
void flag_calls_format(struct outbuf *out, unsigned calls);
const char *flag_group_name(enum flag_group group);
/* "2.5.49", "6.9". */
void kernel_version_format(struct outbuf *out, uint32_t version);
/* "6.18.44-generic" -> LINUX(6, 18, 44); 0 when it does not start with a version. */
uint32_t kernel_version_parse(const char *release);
/*
 * The same of both texts of uname(2): Debian calls a kernel 6.1.0-50-amd64, and says in its version that it is 6.1.176
 * ("#1 SMP PREEMPT_DYNAMIC Debian 6.1.176-1 (2026-07-02)").
 */
uint32_t kernel_version_of(const char *release, const char *version);

/*
 * Flags as one call names them: "CLONE_VM|CLONE_FS|0x4000000000", "0" for nothing (tables.h's clone_flags_format
 * is this with ON_CLONE3).
 */
void clone_flags_format_for(struct outbuf *out, enum flag_call call, uint64_t flags);
/* The same with the exit signal at the end, as one would write it: "CLONE_VM|CLONE_VFORK|SIGCHLD". */
void clone_word_format(struct outbuf *out, enum flag_call call, uint64_t flags, uint64_t exit_signal);

/* ---- what kind of task ---- */

enum task_sort {
	TASK_SORT_THREAD,       /* "a POSIX thread" */
	TASK_SORT_GO_M,         /* the flags of Go's runtime: a thread without the words that pthread_join needs */
	TASK_SORT_ODD_THREAD,   /* "an unusual thread: ..." */
	TASK_SORT_PROCESS,      /* "a process, as by fork" */
	TASK_SORT_VFORK,        /* "a vfork or posix_spawn child" */
	TASK_SORT_NAMESPACE,    /* "a process in namespaces of its own: ..." */
	TASK_SORT_LINUXTHREADS, /* "a LinuxThreads-style task": shares all, yet is a process */
	TASK_SORT_ODD,          /* "an unusual process: ..." */
	TASK_SORTS
};

/* `flags` without the exit signal byte, as in struct call_clone. */
enum task_sort task_sort_of(uint64_t flags);
/* The birth event's `kind`: "thread", "process", "vfork". */
const char *task_sort_kind(enum task_sort sort);
/* `what`, without article: "POSIX thread", "process", "vfork child". */
const char *task_sort_name(enum task_sort sort);
/* A noun phrase with its article, saying also what is unusual: "a POSIX thread", "an unusual process: it shares ...".
 */
void task_sort_format(struct outbuf *out, uint64_t flags);
/*
 * The same for a task whose call had these defects: where the arguments are in doubt, only what the kernel has
 * proved. go: the program is one of Go's; flags alone do not tell who made a thread.
 */
void task_made_format(struct outbuf *out, uint64_t flags, uint32_t defects, bool go);

/* ---- what a call does besides ---- */

/* The flags that unshare takes besides where these are given, without these (kernel/fork.c, ksys_unshare). */
uint64_t unshare_implies(uint64_t flags);

/* ---- resources ---- */

enum share_state {
	SHARE_SHARED, /* one object for both */
	SHARE_COPIED, /* a copy of the creator's, each its own from then on */
	SHARE_FRESH,  /* a new one that starts empty or at its default */
	SHARE_PARENT, /* the creator's own value goes on being used */
	SHARE_NONE,   /* the new task has none */
	SHARE_STATES
};

struct resource_row {
	const char *key;   /* JSON name: "address_space" */
	const char *title; /* "address space" */
	const char *per;   /* "thread" or "process", and what people get wrong about it */
	const char *see;   /* how to see it: a /proc file, a call */
	const char *source;
};

/* How --try tries one (<thrtrace/experiments.def>): what is done; where it is not tried, why. */
const char *resource_experiment(const struct resource_row *row, bool *ret_tried);
/* Rows of decode/tables/resources.def, in the order in which they are shown. */
const struct resource_row *resource_rows(size_t *ret_n);

struct resource_share {
	enum share_state state;
	const char *text; /* what that means here */
};

/* What becomes of one resource (an index into resource_rows) in the task that clone or clone3 makes with these flags.
 */
struct resource_share resource_share(size_t row, uint64_t flags);
/* "shared", "copied", "fresh", "parent", "none": as in the JSON. */
const char *share_state_name(enum share_state state);

/* ---- words ---- */

enum { WORD_ERROR_LEN = 160 };

/* A word as a person or a program writes it, taken apart. */
struct flag_word {
	enum flag_call call;  /* as asked, or clone3 where a bit needs it, else clone */
	uint64_t word;        /* the number one would write: flags | exit signal */
	uint64_t flags;       /* without the exit signal */
	uint64_t exit_signal; /* 0 to 255; always 0 for unshare and setns */
	uint64_t unknown;     /* bits of flags that no row of this call names */
	bool call_given;
};

/*
 * Parses "0x3d0f00", "vm|fs,SIGCHLD", "CLONE_VM CLONE_VFORK 17": numbers (hex, octal with a leading 0, decimal) and
 * names joined by | , + or blanks. call 0 means "the one that fits". A number's low byte is the exit signal, except
 * that 0x80 of it is CLONE_NEWTIME for clone3 and unshare and setns (which take no exit signal).
 * Returns 0, or -EINVAL with a sentence in err that says what is wrong and names the nearest flag.
 */
int flag_word_parse(
	struct flag_word *ret, const char *text, size_t len, unsigned call, char err[WORD_ERROR_LEN]) THR_MUST_CHECK;

#endif
