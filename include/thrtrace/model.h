/* SPDX-License-Identifier: MIT */
/*
 * Who is who: tasks, thread groups, address spaces and the stacks in them, as told by events.
 *
 * The model is fed by model_apply() only and never asks the kernel. It owns every task, group and space; everybody else
 * gets them to look at (const). A dead task's record is kept until KEEP_DEAD newer ones have
 * died (model_new's keep_dead), so memory does not grow with the number of tasks that ever lived.
 */
#ifndef THRTRACE_MODEL_H
#define THRTRACE_MODEL_H

#include <uthash.h>

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/event.h>
#include <thrtrace/roles.h>

/* How a stack's lower end is protected. */
enum guard_kind {
	GUARD_UNKNOWN,
	GUARD_NONE,      /* looked for, and there is none */
	GUARD_PROT_NONE, /* a mapping without access below the stack (glibc <= 2.41, musl) */
	GUARD_MADVISE,   /* MADV_GUARD_INSTALL: inside the mapping, not visible in /proc/PID/maps (glibc >= 2.42) */
	GUARD_RUNTIME,   /* made PROT_NONE by the program itself after the stack was mapped (old glibc, the JVM) */
	GUARD_READ_ONLY, /* a mapping below that can be read, and not written (SBCL) */
	GUARD_KERNEL,    /* the main thread's: stack_guard_gap below a growing [stack] */
};

/* Where a stack comes from. */
enum stack_kind {
	STACK_UNKNOWN,
	STACK_OWN_MAPPING, /* a mapping of its own, seen being made or recognised by its guard */
	STACK_CACHED,      /* such a mapping, used before by a thread that is gone */
	STACK_CALLER,      /* memory that the program supplied: in another mapping, the heap, a static array */
	STACK_HEAP,        /* a runtime's heap (Go) */
	STACK_MAIN,        /* [stack], made by execve */
	STACK_COPY,        /* fork: a copy of the creator's */
	STACK_CREATORS,    /* the creator's very own (vfork, or CLONE_VM without a stack) */
	STACK_NO_USER,     /* a task that never runs user code */
};

struct stack_area {
	enum stack_kind kind;
	taddr low, high; /* usable range [low, high); 0 where unknown */
	taddr sp;        /* initial stack pointer; 0 where unknown */
	enum guard_kind guard;
	taddr guard_low; /* [guard_low, guard_low + guard_bytes) */
	uint64_t guard_bytes;
	const char *source;  /* what the bounds were deduced from; static text */
	const char *unknown; /* why they are not known; static text or NULL */
	uint64_t touched;    /* bytes ever used, from the top; valid when touched_known */
	bool touched_known;
	bool gone;            /* it was unmapped while its task was there */
	bool again;           /* an ended task's stack lay there, and whether it was unmapped since was not seen */
	uint32_t unmapped_by; /* label + 1 of the task that has unmapped it, as far as that was seen; 0 */
};

/* What an address range of a space is to threads. */
enum area_role {
	AREA_NONE,
	AREA_MAYBE, /* PROT_NONE and anonymous, or MAP_STACK: could become a stack */
	AREA_STACK, /* a task's stack lies in it, or did */
};

struct area {
	taddr low, high;
	enum area_role role;
	taddr usable;        /* lowest byte that mprotect opened; low when mapped with access */
	uint64_t madv_guard; /* bytes guarded by MADV_GUARD_INSTALL from low on */
	taddr runtime_guard; /* end of a guard made later by mprotect(PROT_NONE) from low on; 0 none */
	uint64_t made_ns;    /* time spent in the calls that made it */
	bool made_seen;      /* by a call that was seen, and no mapping found later */
	bool arranged;       /* opened in pieces, by mmap with MAP_FIXED: a heap's reserve, and nobody's stack */
	bool mark;           /* no bounds, only the place below a stack pointer: a stack inside other memory */
	uint32_t owner;      /* serial of the task whose stack it is or was last; 0 none */
	uint32_t used;       /* how many tasks ran on it */
};

struct space; /* an address space (CLONE_VM shares it) */

struct group {
	pid_t tgid;
	uint32_t serial;
	struct space *space;
	uint32_t live, total, peak; /* threads: alive, ever, most at once */
	bool exec_done;
	struct few_tasks ended_by_exec; /* threads that an execve under way has ended */
	bool stopped;                   /* in group-stop */
	bool to_stop;                   /* a signal that stops was delivered to it since it last went on */
	bool went_on;                   /* it was in group-stop, and SIGCONT ended that */
	bool started;                   /* the program itself runs: it has made its first task, or named itself */
	UT_hash_handle hh;              /* by tgid */
};

enum task_life { TASK_LIVE, TASK_EXITING, TASK_DEAD };

struct task {
	struct task_id id;
	uint32_t label; /* T0, T1, ...: never changes, never reused */
	pid_t tgid;
	struct group *group; /* NULL once dead */
	uint32_t creator;    /* serial, 0 unknown */
	uint32_t creator_label;
	char comm[COMM_LEN];
	bool named; /* comm was set by a prctl that was seen */
	enum birth_kind birth;
	bool thread; /* shares its creator's thread group */
	bool followed;
	struct call_clone born;
	struct stack_area stack;
	taddr tls; /* TLS base from the registers or the flags */
	bool tls_known;
	taddr clear_tid; /* 0 none */
	taddr robust_head;
	bool robust_set;
	taddr rseq;     /* registered area; 0 none */
	taddr altstack; /* the lowest byte of its alternate signal stack; 0 none seen */
	int pdeath_sig; /* it gets this signal when its parent ends (PR_SET_PDEATHSIG); 0 none seen */
	uint64_t t_born_ns, t_exit_ns, t_end_ns;
	uint64_t age_ns; /* BIRTH_ATTACHED: how long it had lived at t_born_ns; 0 when that is not known */
	bool before_known;
	struct task_account before; /* BIRTH_ATTACHED: what it had used by then */
	pid_t tid_inside;           /* its number in its own pid namespace; 0 when that is thrtrace's, or not asked */
	enum task_life life;
	struct ev_end end; /* valid when DEAD (by and other pointers are NULL) */
	uint32_t joiner;   /* serial of the task that waits, or waited, for its end; 0 none seen */
	uint32_t joiner_label;
	bool joined;          /* the wait is over, or it has ended without one: late */
	bool joined_late;     /* after it had ended */
	enum join_note noted; /* of a thread that has ended: what its C library has noted, at the last look */
	bool start_refused;   /* its creator asked in vain for its policy, priority or CPUs: it may never start */
	uint64_t join_after_ns;
	struct few_tasks left_behind; /* threads of its creator's process at its fork, which it does not have */
	uint64_t join_begin_ns;       /* when this task itself began to wait for the one that it joins */
	struct frame at;              /* what it runs (start_runs), for the table; pc 0 unknown */
	const char *start_in;         /* the module of its start routine; NULL unknown */
	struct role_maybe roles;      /* of a thread: what its birth leaves possible */
	const struct role_row *role;  /* what it is for, by its marks so far; NULL unknown */
	struct creation *creation;    /* NULL: nobody made it by a call */
	struct frame made_at;         /* backtrace_maker of its creator; pc 0 unknown */
	uint32_t end_by_label;        /* label + 1 of who called exit_group or execve; 0: itself, or unknown */
	taddr clear_key;              /* the word that a joiner waits on; 0 none known */
	UT_hash_handle hh;            /* by serial: every record */
	UT_hash_handle hh_tid;        /* by tid: live tasks in one table, the last dead one of each tid in another */
	UT_hash_handle hh_clear;      /* by clear_key in its space: live tasks only */
	UT_hash_handle hh_alt;        /* by altstack in its space: one of those that have it */
	struct task *next_dead;       /* dead ones, oldest first */
};

/* When a dead task ran last: its exit stop, or, where none was seen, when its end was told. */
static inline uint64_t task_ended_ns(const struct task *t)
{
	return t->t_exit_ns ? t->t_exit_ns : t->t_end_ns;
}

/* What a task that was let go, and lives on, has used while it was watched; false when that is not known. */
bool task_window(const struct task *t, struct task_account *ret);

/*
 * Threads and processes that were made at the same place and run the same routine: what --summary lists. Kept for the
 * whole trace; places beyond CREATIONS_MAX share one record, whose frames are empty.
 */
struct creation {
	taddr made_pc, start_pc; /* 0 unknown */
	struct frame made_at, start;
	uint64_t made, live, peak;
	uint64_t first_ns, last_ns; /* of its births */
	uint64_t exited, lived_ns;  /* threads that have ended by themselves, and how long they lived in all */
	uint64_t never_joined,
		never_joined_bytes; /* JOIN_NEVER, but by a signal; of their own stacks, guards included */
	uint64_t alive_at_exit;     /* joinable, and ended by another's exit_group */
	bool alive_at_least;        /* there may have been more: some died so that it was not to be read */
	uint64_t unguarded;         /* threads that had no guard to the end, on a stack whose making was seen */
	uint64_t stack_bytes;       /* of all its stacks, guards included, however many at once */
	UT_hash_handle hh;          /* by (made_pc, start_pc) */
};
#define CREATIONS_MAX 1024

struct model;

struct model *model_new(size_t keep_dead);
void model_free(struct model *m);

/* Updates the model and completes what the event leaves to it. 0 or -ENOMEM. */
int model_apply(struct model *m, struct event *ev) THR_MUST_CHECK;

/*
 * Makes the record of a new task, to be named in an EV_BIRTH. Its serial and label are given here; creator may be
 * NULL. NULL when out of memory.
 */
const struct task *model_task_new(struct model *m, pid_t tid, pid_t tgid, const struct task *creator);
/*
 * Keeps the next n labels for tasks that are known to be there, but are told of in another order than they were born
 * in. The serial of the first, which model_task_new_as takes, and those that follow it.
 */
uint32_t model_reserve(struct model *m, size_t n);
const struct task *model_task_new_as(struct model *m, uint32_t serial, pid_t tid, pid_t tgid);
/* The live task with this tid, or NULL. */
const struct task *model_by_tid(const struct model *m, pid_t tid);
/*
 * The task that has this tid, or else the last of those on record that had it and are dead; NULL. That one may be of
 * another thread group: whoever asks about a group compares tgid.
 */
const struct task *model_last_by_tid(const struct model *m, pid_t tid);
/* The last of those on record that had it and are dead, whoever has it now; NULL. */
const struct task *model_dead_by_tid(const struct model *m, pid_t tid);
/* Any record, dead ones included while they are kept; NULL when forgotten. */
const struct task *model_by_serial(const struct model *m, uint32_t serial);
/* The area of the task's space that contains addr, or NULL. */
const struct area *model_area(const struct model *m, const struct task *t, taddr addr);
/* The thread whose end a futex wait on addr waits for, or NULL; op and val as in futex(2). */
const struct task *model_joined_by_wait(
	const struct model *m, const struct task *t, taddr addr, uint32_t op, uint32_t val);
/*
 * Such a wait for on's end, at this value of the word, may be another than a join (enum end_wait): its frames have to
 * be asked.
 */
bool model_wait_is_doubtful(const struct task *waiter, const struct task *on, uint32_t val);
/* The live or dead task whose stack or guard contains addr, in t's space; NULL. */
const struct task *model_stack_owner(const struct model *m, const struct task *t, taddr addr);
/* What libc the task's program uses: set by EV_EXEC. */
enum libc_kind model_libc(const struct model *m, const struct task *t);

struct model_counts {
	uint64_t births, ends, live, peak, threads;
	uint64_t there; /* of the births: those that were there before thrtrace */
	uint64_t left;  /* of the ends: those that were let go, or not followed */
};
/* From now on a task without an end may have ended all the same: what tells of ends has been lost in part. */
void model_ends_missing(struct model *m);
bool model_lacks_ends(const struct model *m);
/* Bytes of a page, as EV_START has told; 4096 before. */
uint64_t model_page(const struct model *m);
struct model_counts model_counts(const struct model *m);
/* The places of creation, in order of first use: NULL for the first, then the last got. NULL at the end. */
const struct creation *model_next_creation(const struct model *m, const struct creation *after);
/*
 * Tasks in order of birth, dead ones included while kept: call with 0 first, then with the serial last got. NULL at
 * the end.
 */
const struct task *model_next(const struct model *m, uint32_t after_serial);

#endif
