/* SPDX-License-Identifier: MIT */
/*
 * Why the kernel refuses a call: its checks as a table of rules, in the order in which it makes them.
 *
 * One engine serves both questions. Asked before (--explain, tests), it says what will happen; asked after a failed
 * call, with the errno that came back, it says which rule or limit it was. It is pure: all it knows of the caller
 * and of the machine is in the facts, where "unknown" is a value, and an unknown never makes it say yes.
 *
 * The rules describe Linux 5.3 (the oldest that thrtrace runs on) up to 7.1; a fix that a stable release took over
 * from a later kernel is not seen. Everything returned by pointer is static and const, except where noted.
 */
#ifndef THRTRACE_VERDICT_H
#define THRTRACE_VERDICT_H

#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/explain.h>
#include <thrtrace/outbuf.h>

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

static inline enum fact fact_of(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

/* In records, too: new ones come last. */
enum verdict_call {
	VC_CLONE,
	VC_CLONE3,
	VC_FORK,
	VC_VFORK,
	VC_UNSHARE,
	VC_SETNS,
	VC_MMAP,
	VC_MPROTECT,
	VC_SETSCHEDULER, /* sched_setscheduler, sched_setattr */
	VC_SETAFFINITY,
	VC_SETPRIORITY,
	VC_CALLS
};

/* What the rules ask about the task that calls. */
struct caller_facts {
	uint32_t kernel;        /* LINUX(6, 18, 44); 0: like the newest known */
	uint32_t audit_arch;    /* AUDIT_ARCH_* of the call; 0: unknown */
	uint64_t page_bytes;    /* of the machine; 0: 4096 */
	uint64_t user_end;      /* first address past user space (TASK_SIZE_MAX); 0: unknown */
	enum fact sys_admin;    /* CAP_SYS_ADMIN over its own user namespace */
	enum fact restore;      /* CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN over the owner of its pid namespace */
	enum fact nproc_exempt; /* real uid 0 of the initial user namespace, or a capability there */
	enum fact pid_ns_init;  /* it is pid 1 of its pid namespace */
	enum fact pid_children_elsewhere;  /* its children go to another pid namespace than its own (unshare, setns) */
	enum fact time_children_elsewhere; /* likewise the time namespace */
	enum fact threads;                 /* its thread group has more than one task */
	enum fact sighand_shared;          /* another process shares its signal handlers (CLONE_SIGHAND) */
	enum fact mm_shared;               /* another process shares its address space */
	enum fact fs_shared;               /* another task shares its working directory (CLONE_FS) */
	enum fact chrooted;                /* its root is not that of its mount namespace */
	enum fact ids_unmapped;            /* its effective uid or gid has no name in its user namespace */
	enum fact userns_forbidden;        /* a distribution's sysctl forbids unprivileged user namespaces */
	enum fact deadline;                /* SCHED_DEADLINE without SCHED_RESET_ON_FORK */
	enum fact seccomp_filter;          /* a seccomp filter is in force, other than thrtrace's own */
	enum fact sys_nice;                /* CAP_SYS_NICE over the initial user namespace */
	enum fact pid_ns_dying;            /* the init of the namespace for its children is gone */
	uint64_t ns_missing;               /* CLONE_NEW* that this kernel was built without */
	uint64_t ns_forbidden;             /* CLONE_NEW* whose user.max_*_namespaces is 0 here */
	int pid_ns_level;                  /* 0: the initial one; -1: unknown */
	int pid_max;                       /* of its pid namespace; 0: unknown */
};

/* What stands behind a descriptor of the caller. */
struct fd_facts {
	enum fact open;
	uint32_t flags;         /* as it was opened: O_* */
	enum fact is_namespace; /* it is one of a namespace; and then */
	uint64_t kind;          /* which: CLONE_NEW*, 0 unknown */
	enum fact own;          /* it is the one that the caller is in */
	enum fact pidfd;
};

/* The arguments of mmap, and of mprotect as far as it has them. */
struct map_args {
	bool known;
	taddr addr;
	uint32_t prot, flags;
	uint64_t offset; /* bytes */
};

/* What sched_setscheduler and sched_setattr ask for. */
struct sched_args {
	bool known;
	uint32_t policy; /* SCHED_*, without SCHED_RESET_ON_FORK */
	int32_t priority;
};

/* What the rules ask about memory and descriptors that the arguments name. All zero: taken as good. */
struct argument_facts {
	enum fact pidfd_unwritable; /* nothing can be stored where the pidfd goes */
	enum fact set_tid_in_use;   /* the wanted tid exists (in the outermost namespace named) */
	enum fact cgroup_bad;       /* the cgroup descriptor is none, or no version 2 cgroup */
	bool nobody_execs;          /* every execve is seen, and none is under way */
	uint64_t bytes;             /* mmap, mprotect: the length */
	enum fact writable; /* mmap, mprotect: PROT_WRITE of a private mapping: counts as data, and is charged */
	struct map_args map;
	enum fact unmapped; /* mprotect: nothing is mapped in a part of the range */
	struct fd_facts fd; /* setns, mmap: the descriptor */
	struct sched_args sched;
};

/* ---- limits ---- */

enum limit_id {
	LIMIT_NPROC,       /* RLIMIT_NPROC against the tasks of the real uid */
	LIMIT_THREADS_MAX, /* kernel.threads-max */
	LIMIT_PID_MAX,     /* kernel.pid_max of the pid namespace */
	LIMIT_PIDS_CGROUP, /* pids.max of one cgroup */
	LIMIT_AS,          /* RLIMIT_AS, bytes */
	LIMIT_DATA,        /* RLIMIT_DATA, bytes */
	LIMIT_MAP_COUNT,   /* vm.max_map_count */
	LIMIT_COMMIT,      /* CommitLimit, with vm.overcommit_memory 2; bytes */
	LIMIT_NOFILE,      /* RLIMIT_NOFILE */
	LIMIT_RTPRIO,      /* RLIMIT_RTPRIO; current is 0 */
	LIMIT_NICE,        /* RLIMIT_NICE: 20 less the lowest nice value; current is 0 */
	LIMIT_IDS
};

#define LIMIT_NONE UINT64_MAX /* struct limit.max: unlimited */
enum { LIMIT_SCOPE_LEN = 160, LIMIT_REASON_LEN = 80, LIMITS_MAX = 40 };

struct limit {
	enum limit_id id;
	char scope[LIMIT_SCOPE_LEN]; /* "uid 1000", "cgroup /app.slice", "pid namespace 4026531836", "" */
	uint64_t current, max;
	bool current_known, max_known;
	char unknown[LIMIT_REASON_LEN]; /* why one of them is not known; "" */
	uint64_t events;                /* LIMIT_PIDS_CGROUP: how often this cgroup refused (pids.events) */
	bool events_known;
	enum fact refused_now; /* that counter grew since the snapshot: exact proof */
	bool needs_memory;     /* bytes, to be shown as a size */
	/* Set by verdict_of: the limit that was hit. */
	bool hit;
};

/* All that was read about a task after its call failed. A value. */
struct failure_facts {
	struct caller_facts who;
	uint32_t uid;        /* real uid; UINT32_MAX: unknown */
	int seccomp_mode;    /* 0 none, 1 strict, 2 filter; -1 unknown */
	int seccomp_filters; /* how many, thrtrace's own among them; -1 unknown (before Linux 5.9) */
	struct fd_facts fd;  /* of the descriptor that was asked about */
	int no_new_privs;    /* 0, 1; -1 unknown */
	int overcommit;      /* vm.overcommit_memory; -1 unknown */
	size_t n_limits;
	struct limit limits[LIMITS_MAX];
};

/* "RLIMIT_NPROC", "kernel.threads-max", "pids.max", ...: the `name` of a limit in the JSON. */
const char *limit_name(enum limit_id id);
/* "RLIMIT_NPROC (uid 1000) 340 of 4096"; says what is unknown and why. */
void limit_format(struct outbuf *out, const struct limit *limit);

/* ---- verdict ---- */

struct verdict_query {
	enum verdict_call call;
	const struct call_clone *clone;    /* clone, clone3, fork, vfork */
	uint64_t flags;                    /* unshare, setns */
	uint32_t defects;                  /* enum call_defect of the call */
	const struct caller_facts *who;    /* never NULL */
	const struct argument_facts *args; /* NULL: taken as good */
	struct failure_facts *limits;      /* NULL: plentiful. verdict_of sets the hit of its limits */
	int err;                           /* 0: foretell. Else the errno that came back, positive: say why */
};

enum { VERDICT_WHY_LEN = 768, VERDICT_REPAIR_LEN = 384 };

struct verdict {
	int err;          /* 0: accepted; else the errno, positive */
	const char *rule; /* short id: "thread-needs-sighand"; NULL when accepted; "unknown" when no rule explains it */
	const char *source;        /* man page section or kernel file; NULL when accepted */
	bool certain;              /* false: the facts allow it, yet could not prove it; `why` says so */
	const char *unless;        /* foretelling: the first rule that an unknown fact could make refuse; NULL: none */
	char why[VERDICT_WHY_LEN]; /* sentences, "" when accepted */
	char repair[VERDICT_REPAIR_LEN]; /* what to do; "" when there is nothing to say */
};

void verdict_of(struct verdict *ret, const struct verdict_query *query);
/* The limits that were not hit, as a sentence: "The other limits: RLIMIT_NPROC (uid 1000) 340 of 4096, ...". */
void other_limits_format(struct outbuf *out, const struct failure_facts *facts);
/* The rules, for tests and documentation: NULL past the end. `source` may be NULL. */
const char *verdict_rule_at(size_t i, int *ret_err, const char **ret_source);
/* "clone3" for VC_CLONE3. */
const char *verdict_call_name(enum verdict_call call);

#endif
