/* SPDX-License-Identifier: MIT */
/*
 * What happened, as the views get it: made where it is seen (tracer/follow/), completed by model_apply(), asked about
 * by findings_ask(), explained by annotate(), shown by a sink.
 *
 * An event owns nothing. Every pointer in it is borrowed and valid until the sink's event() returns.
 */
#ifndef THRTRACE_EVENT_H
#define THRTRACE_EVENT_H

#include <thrtrace/backtrace.h>
#include <thrtrace/base.h>
#include <thrtrace/call.h>
#include <thrtrace/tls.h>
#include <thrtrace/vma.h>

struct stack_area;
struct task;
struct verdict;
struct failure_facts;
struct fault_verdict;
struct finding;

enum ev_kind {
	EV_START, /* the trace begins */
	EV_BIRTH, /* a task is there; always the first event of a task */
	/* a call that may sleep begins (futex); its EV_CALL follows unless the task dies in it */
	EV_CALL_BEGIN,
	EV_CALL, /* a system call, with its result */
	EV_EXEC,
	EV_NAMED,   /* a task's name was set, by itself or another, as a source tells it that sees no calls */
	EV_SIGNAL,  /* a signal is about to be delivered */
	EV_STOPPED, /* group-stop */
	EV_CONTINUED,
	EV_JOIN, /* a wait for a thread's end is over */
	/* what the C library has noted of a thread that has ended before: for the model; no view is shown it */
	EV_NOTED,
	/* a group's first thread has exited; the process lives on, and its EV_END comes with the last thread's */
	EV_EXITING, /* a task has come to its exit stop: it runs no more. For the model; no view is shown it */
	EV_LEADER_EXIT,
	EV_END,     /* always the last event of a task that views are shown, and exactly once */
	EV_ODDITY,  /* what no other event tells of; the views show its findings alone */
	EV_LOST,    /* events that one view was not shown: whoever reads it took nothing for so long */
	EV_SUMMARY, /* the trace is over */
	EV_KINDS
};

/* Tasks, of which the first are known by label. */
#define FEW_TASKS 4
struct few_tasks {
	uint32_t label[FEW_TASKS];
	uint32_t n;
};

enum birth_kind {
	BIRTH_PROGRAM,  /* the program that thrtrace started */
	BIRTH_CALL,     /* clone, clone3, fork or vfork by a traced task */
	BIRTH_ATTACHED, /* was there when thrtrace attached */
	BIRTH_ADOPTED, /* traced, but its creation was not seen: the creator died first, or CLONE_PTRACE made it ours */
	BIRTH_UNTRACED,  /* CLONE_UNTRACED: the kernel reports nothing; known from the call's result alone */
	BIRTH_OBSERVED,  /* told by the kernel after it: who made it, but by which call is not known */
	BIRTH_IO_WORKER, /* made inside the kernel (io_uring): no event, no user code */
};

/* How far down a stack has been used: its lowest page that was ever written or read. */
struct touched {
	taddr lowest;
	bool known;
	bool gone; /* it is no longer mapped: not known */
};

/* Sharing as kcmp(2) sees it. */
enum proof_what { PROOF_VM, PROOF_FILES, PROOF_FS, PROOF_SIGHAND, PROOF_SYSVSEM, PROOF_IO, PROOF_KINDS };
enum proof_answer { PROOF_NOT_ASKED, PROOF_SAME, PROOF_DIFFERENT, PROOF_UNKNOWN };

/* Kinds of namespaces, in the order of /proc/PID/ns. */
enum ns_kind { NS_CGROUP, NS_IPC, NS_MNT, NS_NET, NS_PID, NS_TIME, NS_USER, NS_UTS, NS_KINDS };

enum at_place { AT_NOT_ASKED, AT_MAPPING, AT_NOTHING };

/* Read through the door while creator and child are both stopped, the child before its first instruction. */
struct birth_facts {
	taddr sp, tp, pc; /* the child's registers; valid when regs_known */
	bool regs_known, tp_known;
	taddr creator_sp, creator_tp; /* valid when creator_known */
	bool creator_known;
	struct vma at_sp,
		below_sp; /* the mapping under sp, and the one that ends where it begins; valid when *_known */
	bool at_sp_known, below_known;
	enum at_place at_tp; /* asked for a task that was given a thread pointer, outside of the mapping at_sp */
	taddr madv_at;       /* where the page tables were asked for MADV_GUARD pages; valid when madv_known */
	bool madv_known;
	uint64_t madv_guard;        /* bytes of them from there on; 0 none or unknown */
	uint64_t madv_below;        /* bytes of them that end there, in the same mapping; 0 none or unknown */
	pid_t tid_inside;           /* tid in the child's own pid namespace; 0 when not asked */
	bool pidfd_known;           /* CLONE_PIDFD: */
	int32_t pidfd;              /* the descriptor that the creator got */
	const char *cgroup;         /* CLONE_INTO_CGROUP: the path of the group that it is in; NULL not known */
	uint8_t proof[PROOF_KINDS]; /* enum proof_answer */
	int proof_errno;            /* why PROOF_UNKNOWN */
	enum proof_answer tgid;     /* is it in its creator's thread group? SAME, DIFFERENT */
	uint8_t ns[NS_KINDS]; /* enum proof_answer: its namespace against the one that its creator's children get */
};

/* The library that makes a program's threads, as far as its file tells. */
enum libc_kind { LIBC_UNKNOWN, LIBC_GLIBC, LIBC_MUSL, LIBC_BIONIC, LIBC_GO };

/* BIRTH_ATTACHED: what can still be read of a task that was there before thrtrace. */
/* What the scheduler has on a task: /proc/TID/schedstat. */
struct task_account {
	uint64_t cpu_ns, wait_ns; /* on a CPU, and runnable without one */
	uint64_t turns;           /* how often it was put on a CPU */
};

struct attached_facts {
	bool age_known;
	uint64_t age_ns; /* since it was made, by the kernel's own account */
	bool cpu_known;
	struct task_account used; /* so far */
	bool robust_known, rseq_known;
	taddr robust_head, rseq; /* what it has registered; 0 none */
	const char *not_stopped; /* why it was not stopped to be asked; NULL: it was */
	bool zombie;             /* it has ended, and is there until the last of its process's threads ends */
	const struct stack_area *stack;
	enum libc_kind libc;
};

struct ev_birth {
	enum birth_kind kind;
	struct call_clone args;     /* BIRTH_CALL, BIRTH_UNTRACED */
	uint32_t defects;           /* of the call (enum call_defect) */
	const struct task *creator; /* NULL when unknown */
	bool creator_guessed;       /* from /proc, not from an event */
	bool observed;              /* told by perf events: nobody was stopped to be asked */
	bool followed;              /* false: left to run untraced (a process without -f, CLONE_UNTRACED) */
	const char *comm;           /* its name, inherited as a rule; NULL: the creator's */
	struct birth_facts facts;
	uint64_t stack_ns;          /* time in the calls that made its stack; 0: none seen (cached, the caller's own) */
	uint64_t call_ns;           /* from the call's start to the creator's event */
	uint64_t first_ns;          /* from the call's start to the child's first stop */
	const struct backtrace *bt; /* the creator's; NULL when not taken */
	const struct start_routine *start; /* NULL when not looked for */
	const struct tls_layout *tls;      /* where the modules' thread-local variables lie; NULL when not read */
	enum tls_self tls_self;
	const struct attached_facts *attached; /* BIRTH_ATTACHED, and NULL else */
	const struct stack_area *stack;        /* BIRTH_OBSERVED: as its source has found it; NULL else */
	const struct task *rival;              /* set by the model: a live thread that runs on the same stack; NULL */
	bool go;                               /* set by the model: the program is one of Go's */
	const struct task *clear_rival;        /* likewise, whose end clears the same word (CLONE_CHILD_CLEARTID) */
	uint32_t like; /* set by the model: label of the first thread of the same kind + 1, or 0: this is the first */
};

/* Where a thread begins to run code of the program. */
struct start_routine {
	bool known;
	const char *unknown; /* why not */
	struct frame at;     /* pc = the routine's first instruction */
	uint64_t arg;
	bool arg_known;
	/*
	 * What a person wants to read: the function that the routine calls (behind std::thread and the like), or, where
	 * that can't be told, the creator's own frame (backtrace_own). pc 0: same as at.
	 */
	struct frame label;
};
/*
 * The frame of st that the thread is going to run: label, unless that is the creator's own, and then at. bt: the
 * creator's backtrace, or NULL.
 */
const struct frame *start_runs(const struct start_routine *st, const struct backtrace *bt);

enum result_kind {
	RESULT_SEEN,     /* a stop showed it */
	RESULT_NOT_SEEN, /* no stop was taken after the call: unknown, never shown as 0 */
	RESULT_NEVER,    /* the call does not return (exit; a task that died inside) */
};

/* What a wait for a thread's end is part of. */
enum end_wait {
	WAITS_TO_JOIN,
	WAITS_TO_DETACH, /* pthread_detach of a thread that is ending: it waits for the end, and frees what is left */
	WAITS_TO_CREATE, /* pthread_create whose new thread may not start its routine: it waits until that is gone */
	WAITS_EITHER,    /* the first or the second, and nothing tells which */
};

struct ev_call {
	const struct call *call;
	enum result_kind how;
	int64_t result;
	uint64_t took_ns;         /* 0 when not measured */
	uint64_t asleep_ns;       /* resumed, and its result was not seen: how long it was in the call; 0 unknown */
	const struct task *joins; /* EV_CALL_BEGIN/EV_CALL: this wait is for that thread's end; and why it waits: */
	enum end_wait waits;
	const struct task *stack_of; /* the thread whose stack area the call touches, where one is known */
	uint32_t area_known; /* set by the model: the call touches a known or possible stack area (enum area_role) */
	bool startup;        /* set by the model: the first thread's own registration after execve */
	bool resumed;        /* EV_CALL: an EV_CALL_BEGIN went before */
	const struct verdict *verdict; /* why it failed, and the limits' numbers; NULL: it did not, or nobody asked */
	const struct failure_facts *limits;
	const struct task *unstarted; /* it fails within pthread_create, and this thread will not run its routine */
	const struct task *altstack_rival; /* sigaltstack, set by the model: a live thread that has the same; NULL */
	bool own_filter;        /* the caller has thrtrace's seccomp filter, and as far as is known no other */
	bool injected;          /* -e inject: the kernel has not made the call */
	bool fell_back;         /* clone, after the same task's clone3 was refused with ENOSYS */
	const char *argv;       /* execve, execveat: what it hands over (call_argv_format); NULL not read */
	struct touched touched; /* madvise on the caller's own stack: what it had touched before the call */
};

struct ev_exec {
	const char *path;            /* NULL: not seen */
	const struct call *call;     /* NULL: not seen; else the call, what it hands over, and how long it took: */
	const char *argv;            /* as in struct ev_call */
	uint64_t took_ns;            /* 0 not measured */
	const char *comm;            /* the task's name from now on */
	taddr stack_low, stack_high; /* [stack]: the lowest address it may grow to (RLIMIT_STACK), its end; 0 unknown */
	pid_t former_tid;            /* the caller's tid before; equal to the task's when the leader called */
	enum libc_kind libc_kind;
	const char *libc;       /* "glibc 2.36", "musl", "Go", or NULL when unknown */
	struct few_tasks ended; /* set by the model: the other threads of the process, which it has ended */
	bool setid_lost;        /* the file is set-user-ID or set-group-ID, and the task has not got that id */
};

struct ev_named {
	const char *comm;
	const struct task *by; /* whoever set it; NULL unknown */
};

struct ev_signal {
	int sig, code;
	bool fatal;   /* neither handled nor ignored, and its default action ends the process */
	taddr addr;   /* SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP */
	pid_t sender; /* si_pid where code says that a process sent it (SI_USER, SI_TKILL, SI_QUEUE); else 0 */
	const char *sender_comm; /* its name, of a fatal signal; NULL: it is gone, or of another pid namespace */
	bool info_known;
	bool fault;                          /* addr is meaningful */
	const struct backtrace *bt;          /* of a fatal fault; NULL */
	const struct fault_verdict *verdict; /* likewise */
	uint64_t deep; /* how often the recursion that bt begins to show is on the stack; 0: none, or not counted */
};

struct ev_join {
	const struct task *joined;
	bool over; /* the word had changed before the joiner could sleep: the call fails with EAGAIN (futex(2)) */
	uint64_t waited_ns;     /* since the wait began */
	uint64_t after_exit_ns; /* since the joined thread's exit stop; 0 when that was not seen before */
};

/* What the C library's record of a thread says of its join. */
enum join_note {
	JOIN_NOT_KNOWN, /* it has no record whose layout is known, or one that does not say */
	JOIN_OPEN,      /* it may be joined, and nobody has */
	JOIN_NEVER,     /* likewise, when its process ended */
	JOIN_DETACHED,
	JOIN_DONE,  /* it was joined */
	JOIN_FREED, /* its place was given back: it was joined, or detached after its end */
};

struct ev_noted {
	enum join_note note;
	const struct task *by; /* JOIN_DONE: who has joined it; NULL unknown */
	bool late;             /* JOIN_DONE: after it had ended, and so without a wait */
	bool killed;           /* JOIN_NEVER: a signal has ended its process */
};

enum end_how {
	END_EXIT,       /* exit(2) of this task, or of the last one of a group */
	END_EXIT_GROUP, /* exit_group(2), by this or another thread */
	END_SIGNAL,
	END_EXEC,       /* ended by another thread's execve, or its tid was taken over by it */
	END_DETACHED,   /* thrtrace left it; it lives on */
	END_WITH_OWNER, /* a thread of the kernel's, which nobody reports: gone with who it works for, if not before */
	END_OBSERVED,   /* told by the kernel after it: how it ended is not known (status: see status_known) */
	END_UNSEEN,     /* gone without a report (never traced, or the kernel gave none) */
};

/* A shorter life has no CPU account: reading it would cost as much as the life itself. */
#define EV_END_SHORT_NS 1000000U
/*
 * How often a task was put on a CPU comes with the account; why it left it again costs more to read than that. Below so
 * many times most are the stops of the trace itself.
 */
#define EV_END_SPLIT 16

/* How the kernel scheduled a task at the last. */
struct sched_last {
	bool known;
	int policy, nice, rt_priority, last_cpu;
	char cpus[64]; /* that it might use: "0-3,8"; "" not known */
};

/* What wait(2) says of a process. */
struct process_end {
	bool other; /* than the end of its first thread is; without it the rest is not set */
	int status; /* exit code; where sig is 0 */
	int sig;
};

struct ev_end {
	enum end_how how;
	int status; /* exit code, for EXIT and EXIT_GROUP, and for OBSERVED when */
	bool status_known;
	int sig;
	bool core;
	bool by_other;         /* EXIT_GROUP: another thread called it */
	bool before;           /* it had ended when thrtrace attached: nothing is known of how long it lived */
	bool in_execve;        /* SIGNAL: the first program of a trace ended before its first instruction */
	bool observed;         /* told by perf events: nothing was stopped to be asked */
	bool exit_stop_seen;   /* false: killed without an exit stop; what follows is then unknown */
	const struct task *by; /* who called exit_group or execve, when that is another task */
	uint64_t t_exit_ns;    /* exit stop */
	bool cpu_known;
	bool cpu_spared; /* not asked: its life was too short for it to matter (EV_END_SHORT_NS) */
	uint64_t cpu_ns, wait_ns;
	bool wait_least;  /* wait_ns is that after its birth and after preemptions: after a wake-up it waited, too */
	uint64_t turns;   /* how often it was put on a CPU */
	bool split_known; /* from EV_END_SPLIT turns on, and of each first thread */
	uint64_t voluntary, involuntary; /* ways to leave it */
	struct sched_last sched;         /* where accounts are asked for */
	bool robust_known;
	uint32_t robust_held; /* entries on the robust list */
	bool robust_absent;   /* no list was ever registered */
	bool rseq_known;
	taddr rseq;                /* registered area at its end; 0 none */
	bool robust_more;          /* it has more than were walked */
	taddr robust_first;        /* address of the first lock word, */
	uint32_t robust_word;      /* what stands in it (FUTEX_TID_MASK, FUTEX_WAITERS); 0: not read */
	const char *robust_symbol; /* the variable that it lies in, and how far; NULL: none is known */
	uint64_t robust_offset;
	struct touched touched;
	char comm[COMM_LEN]; /* its name at the last; valid when comm_known */
	bool comm_known;
	bool prctl_seen;      /* a prctl by which it named itself would have been told */
	bool renamed;         /* set by the model: no event has told of that name */
	enum join_note noted; /* at its exit stop */
	bool word_gone;       /* nothing is mapped where its end was to clear a word: there it is not cleared */

	/* Of a first thread that left by exit(2), or was in an exit_group. */
	struct process_end process;
};

/* A FUTEX_WAIT for the tid of a task of the same thread group, on a word that still holds it. */
struct odd_wait {
	taddr addr;         /* what it waits on */
	bool private_futex; /* FUTEX_PRIVATE_FLAG */
	uint32_t label;     /* of the task whose tid is the value waited for */
	bool ended;         /* that one is dead */
	taddr clear_tid;    /* what it registered (CLONE_CHILD_CLEARTID, set_tid_address); 0 none */
	taddr named[2];     /* the words that its creation named for its tid, parent_tid and child_tid; 0 none */
};

/* A request to trace a task that has a tracer: thrtrace. */
struct odd_rival {
	const char *op;   /* "PTRACE_SEIZE" */
	pid_t asker;      /* the process that asks; 0: the event's own task */
	pid_t target;     /* the task it asks for; 0: itself (PTRACE_TRACEME) */
	bool may_be_left; /* other options would leave the target untraced */
};

/* Threads that can't go on. */
enum blocked_how {
	BLOCKED_CIRCLE,     /* each waits for what the next has */
	BLOCKED_OWNER_GONE, /* it waits for a lock whose owner is no thread of the process any more */
	BLOCKED_AT_EXIT,    /* an exit_group ends it, and it has a lock that another waits for */
	BLOCKED_SIGNAL,     /* a signal of the C library's own is pending for it, and it blocks that */
};
#define BLOCKED_LINKS 8

struct odd_blocked {
	enum blocked_how how;
	struct blocked_link {
		const struct task *who;
		const char *what;   /* it waits for: "mutex", "rwlock", "end"; static */
		taddr at;           /* of that; 0: an end */
		uint64_t asleep_ns; /* how long it has waited; 0 not known */
	} link[BLOCKED_LINKS];
	/* Of the circle, whose links past BLOCKED_LINKS are left out; else 1. [1] waits, or calls (BLOCKED_SIGNAL) */
	size_t n;
	pid_t owner;              /* BLOCKED_OWNER_GONE: the number that the lock notes */
	const struct task *ended; /* the task that had it; NULL: before thrtrace came */
	int sig;
};

/* Records of the kernel's that found no place in their ring. */
struct odd_loss {
	uint64_t records;
};

/* A task has got a number, and another waits for the end of the one that had it before. */
struct odd_reused {
	uint32_t former, waiter; /* labels */
	taddr addr;              /* what the waiter sleeps on */
};

/* A task has other user or group ids than another thread of its process. */
struct odd_creds {
	const char *call; /* by which it has got them; static */
	uint32_t other;   /* label of the other */
};

enum oddity {
	ODD_WAIT,
	ODD_RIVAL,
	ODD_BLOCKED,
	ODD_LOST,
	ODD_REUSED,
	ODD_CREDS,
	ODD_DARK,       /* from here on perf events tell nothing of the task, which lives */
	ODD_LEAK_CHECK, /* it ends its program, since LeakSanitizer could not trace the threads */
};

struct ev_oddity {
	enum oddity kind;
	struct odd_wait wait;   /* ODD_WAIT */
	struct odd_rival rival; /* ODD_RIVAL */
	struct odd_blocked blocked;
	struct odd_loss lost; /* ODD_LOST */
	struct odd_reused reused;
	struct odd_creds creds;
};

/* The execve by which thrtrace has started a program. */
struct program_start {
	const char *path; /* NULL: there was none, or it has not come to its end, or it is not known */
	taddr env_at;     /* the environment, */
	uint64_t n_env;   /* of so many variables */
};

struct ev_start {
	char *const *argv; /* NULL-terminated; NULL when attached */
	struct program_start program;
	const pid_t *attached; /* tgids */
	size_t n_attached;
	size_t n_threads;    /* of them, when attached */
	const char *comm;    /* name of the process when attached to one; NULL */
	const char *version; /* thrtrace's */
	const char *libc;    /* of the program, or NULL */
	const char *kernel;  /* "6.18" */
	const char *arch;
	const char *mode; /* "filter", "all", "light" */
	const char *features;
	uint64_t wall_ns;    /* Unix time of this event */
	uint64_t page_bytes; /* of the machine; 0: 4096 */
};

struct ev_summary {
	int exit_status; /* as thrtrace will exit; -1 when attached */
	int exit_signal;
	uint64_t stops; /* how often a task was stopped: what tracing cost */
	/* Set by findings_ask(): those that were told; of them, those that the baseline has; and those left out. */
	uint64_t findings, known, ignored;
};

struct ev_lost {
	uint64_t events; /* how many, in a row */
};

/* One line of explanation. */
struct note {
	uint16_t id;      /* which explanation it is: one that was read once need not be read again; 0: always shown */
	const char *text; /* may hold newlines: continuation lines */
};
#define NOTES_MAX 4

struct event {
	enum ev_kind kind;
	uint64_t seq;            /* its findings have the numbers that follow */
	uint64_t t_ns;           /* when it happened, which for a held call is before it is shown */
	const struct task *task; /* whom it is about; NULL for EV_START, EV_LOST and EV_SUMMARY */
	struct note note[NOTES_MAX];
	size_t n_notes;
	const struct finding *finding; /* n_findings of them: set by findings_ask() */
	size_t n_findings;
	union {
		struct ev_start start;
		struct ev_birth birth;
		struct ev_call call;
		struct ev_exec exec;
		struct ev_named named;
		struct ev_signal signal;
		struct ev_join join;
		struct ev_noted noted;
		struct ev_end end;
		struct ev_oddity oddity;
		struct ev_summary summary;
		struct ev_lost lost;
	} u;
};

#endif
