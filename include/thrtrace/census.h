/* SPDX-License-Identifier: MIT */
/*
 * A census: what the threads of a process do, from what /proc says of each at both ends of an interval. Nobody is
 * stopped for it, so its rows are of moments a little apart; what depends on that says so.
 *
 * tracer/sample/ fills struct census; everything here is pure. Rates are of the time between the two readings of the
 * very task; percents are of one CPU, as top(1) has them.
 */
#ifndef THRTRACE_CENSUS_H
#define THRTRACE_CENSUS_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/event.h>
#include <thrtrace/model.h>
#include <thrtrace/outbuf.h>
#include <thrtrace/roles.h>

/* ---- one task ---- */

/* /proc/TID/schedstat, and the two counters of /proc/TID/status. */
struct census_account {
	uint64_t t_ns; /* when it was read; 0: it was not */
	uint64_t cpu_ns, wait_ns, turns;
	uint64_t voluntary, involuntary;
	bool split; /* voluntary and involuntary are known */
};

/* What a thread in futex(2) waits for, as far as the words around its address tell. */
enum lock_kind {
	WAIT_NONE,      /* it waits on no futex */
	WAIT_MUTEX,     /* a mutex, whose owner is noted in it */
	WAIT_PI,        /* the same, with priority inheritance: the kernel's own convention */
	WAIT_WRITTEN,   /* a rwlock that a writer has */
	WAIT_READ,      /* a rwlock that readers have, who are not noted */
	WAIT_BLIND,     /* a mutex or another lock that does not note its owner */
	WAIT_JOIN,      /* the end of a thread */
	WAIT_CONDITION, /* a condition variable of glibc */
	WAIT_SEMAPHORE, /* a semaphore of glibc */
	WAIT_WORD       /* a word that only the runtime understands */
};

struct census_lock {
	enum lock_kind kind;
	taddr at;    /* of the lock itself: a mutex, a rwlock; else of the word */
	pid_t owner; /* the tid of who has it, or whose end is waited for; 0 not known */
	bool timed;  /* the wait ends by itself */
	bool steady; /* looked at again: nothing has changed, and the task has not run between */
};

/* Words around a futex, for census_lock_of: what could be read of [at - LOCK_BELOW, at + LOCK_ABOVE). */
#define LOCK_BELOW 48
#define LOCK_ABOVE 32
struct lock_words {
	unsigned below, above;                  /* bytes that were read below the address, and from it on */
	uint8_t bytes[LOCK_BELOW + LOCK_ABOVE]; /* the word is at LOCK_BELOW */
};

#define CENSUS_TEXT_MAX  64
#define CENSUS_START_MAX 128

struct census_task {
	pid_t tid;
	pid_t tid_inside; /* its number in its own pid namespace: that is what locks note */
	char comm[COMM_LEN];
	char state;                    /* R, S, D, T, t, Z, X, I; 0 not known */
	struct census_account was, is; /* at both ends of the interval */
	int nice, policy, rt_priority, last_cpu;
	uint32_t flags;                 /* PF_* */
	char affinity[CENSUS_TEXT_MAX]; /* "0-1"; "" not known */
	bool call_known;                /* nr, arg: of the call that it sleeps in */
	int64_t nr;                     /* -1: asleep in none */
	uint64_t arg[3];                /* the first three */
	bool fourth;                    /* the fourth is not 0 */
	taddr sp;                       /* 0 not known */
	taddr robust_head;              /* 0 not known */
	char wchan[32];                 /* the kernel's function that it sleeps in; "" not known */
	bool asleep_known;
	uint64_t asleep_ns; /* how long it has slept; valid when asleep_known */
	char file[16];      /* "socket", "pipe", "eventfd", "file": what the descriptor arg[0] is; "" not asked */
	struct census_lock lock;
	bool stack_known, touched_known;
	uint64_t reserved, touched;  /* bytes of its stack: of address space, and present in memory */
	taddr stack_low, stack_high; /* valid when stack_known */
	uint64_t guard_bytes;        /* 0: none, or not known how many */
	taddr musl_top;              /* of musl: where its stack began; 0 not known */
	taddr tp;                    /* the TLS base, as far as the C library's record tells it; 0 not known */
	enum guard_kind guard;
	/* Made by census_names, census_places and census_roles. */
	char pattern[CENSUS_TEXT_MAX];  /* "worker-{N}" */
	char place[CENSUS_TEXT_MAX];    /* "epoll_wait"; "" not known */
	char role[CENSUS_TEXT_MAX];     /* "GC worker (OpenJDK)"; "" not known */
	char start[CENSUS_START_MAX];   /* what it was made to run: "worker at pool.c:31"; "" not asked, or not known */
	const struct role_row *born_as; /* the role that goes with that and its name; NULL */
};

/* ---- text of /proc/PID/task/TID/ ---- */

/* Each takes what it finds; false when the text is no such file's. text ends in NUL. */
bool census_take_stat(struct census_task *t, const char *text);
bool census_take_status(struct census_task *t, struct census_account *a, const char *text);
bool census_take_schedstat(struct census_account *a, const char *text);
bool census_take_syscall(struct census_task *t, const char *text);
void census_take_wchan(struct census_task *t, const char *text);
/*
 * Of /proc/TID/sched (kernel/sched/debug.c): when the task's time on a CPU was counted last; of one that sleeps, when
 * it went to sleep. By the scheduler's clock of the CPU that it was on, which leaves out what interrupts and a
 * hypervisor take, so that each CPU's differs.
 */
bool census_take_sched(uint64_t *ret_ns, const char *text);
/* The target of /proc/PID/fd/N: "socket:[4711]". */
void census_take_file(struct census_task *t, const char *target);

/* ---- a process ---- */

/* What is the machine's, or the process's cgroup's. */
struct census_machine {
	unsigned cpus;     /* online */
	uint64_t quota_ns; /* of each period, by cpu.max; 0 none */
	uint64_t period_ns;
	uint64_t throttled[2];  /* how often, at both ends of the interval; UINT64_MAX not known */
	uint64_t base_slice_ns; /* EEVDF's; 0 not known */
	uint64_t kernel_stack;  /* bytes of a task's; 0 not known */
	uint64_t switch_ns;     /* what a switch costs here, as --cost measures it; 0 not measured */
};

/* What could not be had of some tasks, and why. Each is told once. */
enum census_lack {
	CENSUS_NO_ACCOUNT,
	CENSUS_NO_SPLIT,
	CENSUS_NO_CALL,
	CENSUS_NO_STACK,
	CENSUS_NO_TOUCHED,
	CENSUS_NO_START, /* where it was asked for */
	CENSUS_LACKS
};

struct census {
	pid_t pid;
	char comm[COMM_LEN];
	enum libc_kind libc;
	bool words64; /* a 64-bit process of thrtrace's own architecture: calls and locks can be understood */
	uint64_t begin_ns, end_ns;
	uint64_t vm, resident; /* bytes */
	struct census_machine machine;
	struct census_task *task; /* those that were there at the end, by tid; owned */
	size_t n;
	size_t born, ended;            /* within the interval */
	size_t lacks[CENSUS_LACKS];    /* of how many tasks */
	const char *why[CENSUS_LACKS]; /* static text */
};

void census_release(struct census *c);

/* Gives each task its pattern: digits that differ among names of one form become {N}. 0 or -ENOMEM. */
int census_names(struct census *c) THR_MUST_CHECK;
/* Gives each task its place. */
void census_places(struct census *c);
/* Gives each task its role, as far as its name and what is mapped tell. */
void census_roles(struct census *c, const struct role_process *p);

/* ---- who waits for whom ---- */

/*
 * What t waits for in futex(2), by the words around that address. Owners are looked for among c's tasks; an owner
 * that is none of them is not believed. Sources: glibc's struct_mutex.h, struct_rwlock.h, pthread_cond_t (2.25 to
 * 2.40, and from 2.41 on), internaltypes.h (semaphores); musl's pthread_impl.h.
 */
void census_lock_of(
	struct census_lock *ret, const struct census *c, const struct census_task *t, const struct lock_words *words);
/* t is in a futex wait, on the word at *ret. */
bool census_waits_on(const struct census *c, const struct census_task *t, taddr *ret);
/* The first argument of t's call is a descriptor, and what it is makes a difference. */
bool census_asks_file(const struct census *c, const struct census_task *t);
/* The task that the lock's owner is, or NULL. */
const struct census_task *census_owner(const struct census *c, const struct census_task *t);
/* The task of this number in its own pid namespace, or NULL. Before c's tasks are sorted by tid: none. */
const struct census_task *census_by_inside(const struct census *c, pid_t tid_inside);
const struct census_task *census_by_tid(const struct census *c, pid_t tid);

/*
 * Calls cycle for each circle of tasks that wait for locks of each other, all of them steady and none of them timed.
 */
typedef void census_cycle(void *ctx, const struct census_task *const *task, size_t n);
/* 0 or -ENOMEM. */
int census_deadlocks(const struct census *c, census_cycle *cycle, void *ctx) THR_MUST_CHECK;

/* ---- groups ---- */

enum census_by {
	BY_NAME_AND_WAIT, /* of one pattern and in one place */
	BY_NAME,
	BY_STATE,
	BY_WAIT,
	BY_POLICY,
	BY_ROLE,  /* what they are for */
	BY_START, /* what they were made to run */
	BY_THREAD /* each thread is one */
};

#define CENSUS_LETTERS "RSDTtXZPI"

/* Sums over tasks. Numbers of a range are lowest and highest. */
struct census_group {
	const struct census_task *first; /* gives what is the same for all */
	size_t n;
	uint32_t states[sizeof(CENSUS_LETTERS)]; /* how many in each; the last: in another */
	double cpu, queue;                       /* percent: on a CPU, ready for one; now */
	double voluntary, involuntary;           /* switches a second; now */
	uint64_t cpu_ns;                         /* since their births */
	uint64_t reserved, touched;
	uint64_t asleep_ns[2]; /* valid with any_asleep */
	bool any_asleep;
	bool any_account, any_split, any_stack, any_touched;
	bool names_differ, places_differ, roles_differ, affinities_differ, policies_differ, guards_differ,
		starts_differ;
	int nice[2], last_cpu[2], rt_priority[2];
};

/* Rates of one task within the interval; false when it was not there all the time, or there is no account. */
struct census_rates {
	double cpu, queue, voluntary, involuntary;
	bool split;
};
bool census_rates_of(const struct census_task *t, struct census_rates *ret);

/* *ret: *ret_n groups, to be freed. 0 or -ENOMEM. */
int census_groups(const struct census *c, enum census_by by, struct census_group **ret, size_t *ret_n) THR_MUST_CHECK;
void census_add_group(struct census_group *sum, const struct census_group *g);
/* The sum of all tasks. */
struct census_group census_total(const struct census *c);

/* ---- how it is shown ---- */

enum census_kind {
	CENSUS_COUNT, /* a whole number */
	CENSUS_RATE,  /* one with a part behind the point */
	CENSUS_BYTES,
	CENSUS_SECONDS, /* of nanoseconds */
	CENSUS_SPAN,    /* lowest and highest, of nanoseconds */
	CENSUS_RANGE,   /* lowest and highest */
	CENSUS_TEXT,
	CENSUS_STATES,
	CENSUS_NOTE /* a text made of several values */
};

enum census_column {
#define COLUMN(id, ...) COL_##id,
#include <thrtrace/census_columns.def>
#undef COLUMN
	CENSUS_COLUMNS
};

struct census_view {
	enum census_by by;
	enum census_column sort;
	size_t top;                                /* rows; the rest is summed up in one more. 0: all */
	unsigned width;                            /* of a line; 0: no limit */
	enum census_column column[CENSUS_COLUMNS]; /* in their order */
	size_t n_columns;
};

/* by, sort and columns of nothing that was asked for: the usual ones, and with BY_ROLE and BY_START that. */
void census_view_init(struct census_view *v, enum census_by by);
/* "count,name,cpu": 0, or -EINVAL with a sentence in error. */
int census_view_columns(struct census_view *v, const char *names, char error[256]) THR_MUST_CHECK;
/* It is shown, sorted by, or what makes the groups. */
bool census_view_asks(const struct census_view *v, enum census_column col);
int census_column_by_name(enum census_column *ret, const char *name, size_t len) THR_MUST_CHECK;
/* "pid,count,...": of all columns. */
void census_column_names(struct outbuf *out);

/* "cpu". */
const char *census_column_name(enum census_column col);

/* Puts groups into the order of v. 0 or -ENOMEM. */
int census_sort(
	const struct census *c, const struct census_view *v, struct census_group *group, size_t n) THR_MUST_CHECK;

/* What of a census is kept: who has a name with that in it, and who is like one of a group. */
struct census_filter {
	char name[COMM_LEN]; /* "" all */
	enum census_by like; /* BY_THREAD: all */
	char pattern[CENSUS_TEXT_MAX], place[CENSUS_TEXT_MAX], role[CENSUS_TEXT_MAX], start[CENSUS_START_MAX];
	char state;
	int policy;
};
/* The tasks of groups by `by` that t is in. */
void census_filter_like(struct census_filter *f, enum census_by by, const struct census_task *t);
void census_keep(struct census *c, const struct census_filter *f);

/* The parts of the text: what stands above the table; titles and rows; what stands below. */
void census_head(const struct census *c, struct outbuf *out);
void census_table(const struct census *c, const struct census_view *v, const struct census_group *group, size_t n,
	struct outbuf *out);
int census_tail(const struct census *c, const struct census_view *v, struct outbuf *out) THR_MUST_CHECK;
/* All of one thread, a line a column. */
void census_thread_page(const struct census *c, const struct census_task *t, struct outbuf *out);

/* Each appends what it shows of one process. 0 or -ENOMEM; out's status is the caller's to look at. */
int census_text(const struct census *c, const struct census_view *v, struct outbuf *out) THR_MUST_CHECK;
int census_json(const struct census *c, const struct census_view *v, struct outbuf *out) THR_MUST_CHECK;
/* head: the line of names first. */
int census_csv(const struct census *c, const struct census_view *v, bool head, struct outbuf *out) THR_MUST_CHECK;

/* ---- many looks ---- */

/* Averages over looks at one process. {0} begins; census_tally_release ends. */
struct tally_row;
struct census_tally {
	struct tally_row *row;
	size_t n, room;
	unsigned looks;
	uint64_t begin_ns, end_ns;
	enum census_by by; /* of the last look */
};
void census_tally_release(struct census_tally *t);
/* by: any but BY_THREAD. 0 or -ENOMEM. */
int census_tally_add(struct census_tally *t, const struct census *c, enum census_by by) THR_MUST_CHECK;
/* Rows, the most active first; c: the last of the looks. top: at most so many; 0: all. Json: 0 or -ENOMEM. */
void census_tally_text(struct census_tally *t, const struct census *c, size_t top, struct outbuf *out);
int census_tally_json(struct census_tally *t, const struct census *c, size_t top, struct outbuf *out) THR_MUST_CHECK;

/* ---- verdicts ---- */

/* What is to be said of a process, a sentence with its numbers each. id: for programs. */
typedef void census_verdict(void *ctx, const char *id, const char *text);
/* 0 or -ENOMEM. */
int census_verdicts(const struct census *c, census_verdict *say, void *ctx) THR_MUST_CHECK;

#endif
