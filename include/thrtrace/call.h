/* SPDX-License-Identifier: MIT */
/*
 * A decoded system call: the request as the kernel is about to see it, read once, while the caller is stopped.
 *
 * A struct call is a value: it owns nothing and can be copied. What could not be read, or is odd, sets a bit in
 * `defects`; decoding never fails and never allocates.
 */
#ifndef THRTRACE_CALL_H
#define THRTRACE_CALL_H

#include <thrtrace/abi.h>
#include <thrtrace/base.h>
#include <thrtrace/mem.h>
#include <thrtrace/uapi.h>
#include <thrtrace/outbuf.h>

#define CALL_ARGS         6
#define COMM_LEN          16  /* TASK_COMM_LEN: 15 bytes and the NUL (prctl(2), PR_SET_NAME) */
#define CALL_PATH_MAX     256 /* longest path kept for display */
#define CLONE_SET_TID_MAX 32  /* MAX_PID_NS_LEVEL (include/linux/pid_namespace.h) */

/* How one argument is shown. One row of decode/calls/args.c each. */
enum arg_kind {
	ARG_NONE,          /* no such argument */
	ARG_INT,           /* signed decimal (of the low 32 bits) */
	ARG_LONG,          /* signed decimal, 64 bits */
	ARG_UINT,          /* unsigned decimal, 32 bits */
	ARG_SIZE,          /* unsigned decimal, 64 bits */
	ARG_HEX,           /* 0x..., 64 bits */
	ARG_HEX32,         /* 0x..., low 32 bits */
	ARG_ADDR,          /* pointer: 0x..., or NULL */
	ARG_FD,            /* file descriptor: -1, AT_FDCWD, 3 */
	ARG_TID,           /* task id, decimal */
	ARG_SIGNAL,        /* SIGUSR1, SIGRT_1, 0 */
	ARG_STATUS,        /* exit status, decimal */
	ARG_PROT,          /* PROT_* */
	ARG_MMAP_FLAGS,    /* MAP_* */
	ARG_MMAP_OFFSET,   /* 0 or 0x... */
	ARG_MADVICE,       /* MADV_* */
	ARG_FUTEX_OP,      /* FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME */
	ARG_FUTEX_VAL3,    /* by the operation: a number, FUTEX_BITSET_MATCH_ANY, FUTEX_OP_SET<<28|... */
	ARG_TIMEOUT,       /* struct timespec behind a pointer, from u.futex; NULL */
	ARG_CLONE_FLAGS,   /* clone(2): CLONE_* and the exit signal in the low byte */
	ARG_CLONE_ARGS,    /* clone3(2): the struct, from u.clone */
	ARG_NS_FLAGS,      /* unshare(2), setns(2): CLONE_*, no exit signal */
	ARG_PRCTL_OP,      /* PR_* */
	ARG_PRCTL_ARG2,    /* by the operation: name, PR_SET_VMA_ANON_NAME, a signal, hex */
	ARG_PRCTL_ARG,     /* arguments 3 to 5 of prctl: hex, or the name for PR_SET_VMA */
	ARG_ARCH_PRCTL_OP, /* ARCH_SET_FS, ... */
	ARG_PATH,          /* string, from u.exec */
	ARG_STRINGS,       /* argv or envp: address and count, from u.exec */
	ARG_AT_FLAGS,      /* AT_EMPTY_PATH|AT_SYMLINK_NOFOLLOW */
	ARG_SIGALTSTACK,   /* stack_t behind a pointer, from u.altstack; NULL */
	ARG_CPUSET,        /* CPU mask behind a pointer, from u.sched: [0 2-3] */
	ARG_SCHED_POLICY,  /* SCHED_FIFO|SCHED_RESET_ON_FORK */
	ARG_SCHED_PARAM,   /* {sched_priority=1}, from u.sched */
	ARG_SCHED_ATTR,    /* {sched_policy=..., ...}, from u.sched */
	ARG_PRIO_WHICH,    /* PRIO_PROCESS */
	ARG_PTRACE_OP,     /* PTRACE_TRACEME */
	ARG_PIDFD_FLAGS,   /* PIDFD_NONBLOCK|PIDFD_THREAD */
	ARG_RSEQ_FLAGS,    /* RSEQ_FLAG_* */
	ARG_KINDS
};

/* What a result means, so that it can be shown. */
enum ret_kind { RET_INT, RET_ADDR, RET_TID, RET_FD, RET_NONE /* never returns: exit */ };

/* Sets of calls, as in -e trace=%thread. */
enum call_class {
	CLASS_THREAD = 1 << 0,  /* create, name, TLS, rseq, robust list, join, exit */
	CLASS_MEMORY = 1 << 1,  /* mmap, mprotect, munmap, madvise */
	CLASS_PROCESS = 1 << 2, /* create, exec, exit, kill */
	CLASS_SCHED = 1 << 3,   /* affinity, policy, priority */
	CLASS_CREDS = 1 << 4,   /* the setuid family */
	CLASS_NS = 1 << 5,      /* unshare, setns */
	CLASS_SIGNAL = 1 << 6,  /* tgkill, tkill, sigaltstack */
};

enum call_trait {
	CALL_CREATES = 1 << 0, /* makes a task when it succeeds */
	CALL_EXECS = 1 << 1,
};

struct arg_desc {
	const char *name;
	enum arg_kind kind;
};

/* One row of <thrtrace/syscalls.def>. */
struct call_row {
	const char *name;
	/* asm-generic number (aarch64, riscv64, loongarch64); every number >= 424 is common to all; NR_NONE */
	int16_t common_nr;
	uint16_t classes; /* enum call_class */
	uint16_t traits;  /* enum call_trait */
	enum ret_kind ret;
	struct arg_desc args[CALL_ARGS];
};

/* One enumerator per row, in the order of the table: CALL_clone, CALL_clone3, ... */
enum call_id {
#define SYSCALL(name, ...) CALL_##name,
#include <thrtrace/syscalls.def>
#undef SYSCALL
	CALL_IDS,
	CALL_OTHER = CALL_IDS /* not a call that thrtrace follows */
};

/* Bits of struct call.defects (what was odd about the request). */
enum call_defect {
	CALL_ARGS_UNREAD = 1 << 0,    /* memory behind a pointer could not be read */
	CALL_ARGS_SHORT = 1 << 1,     /* only the first part of it could */
	CALL_SIZE_ODD = 1 << 2,       /* clone3: size is none of the published ones (64, 80, 88) */
	CALL_SIZE_ABSURD = 1 << 3,    /* clone3: size above the machine's largest page: E2BIG */
	CALL_TAIL_SET = 1 << 4,       /* clone3: bytes beyond the known struct are not zero */
	CALL_SET_TID_UNREAD = 1 << 5, /* clone3: the set_tid array could not be read */
	CALL_ARGS_CHANGED = 1 << 6,   /* re-read when the call was over: the memory had changed meanwhile */
	CALL_STRING_CUT = 1 << 7,     /* a string is longer than what is kept */
};
/* What was asked for is not what the kernel has read, or may not be. */
#define CALL_ARGS_DOUBTFUL (CALL_ARGS_UNREAD | CALL_ARGS_CHANGED)

enum clone_via { VIA_NONE, VIA_CLONE, VIA_CLONE3, VIA_FORK, VIA_VFORK };

/* The words of struct user_desc (<asm/ldt.h>); the last one holds its bit fields, lowest first. */
enum desc_word { DESC_ENTRY, DESC_BASE, DESC_LIMIT, DESC_FLAGS };

/* clone, clone3, fork and vfork, brought to one form (struct clone_args of <linux/sched.h>). */
struct call_clone {
	enum clone_via via;
	uint64_t flags;       /* without the exit signal byte; fork: 0, vfork: CLONE_VM|CLONE_VFORK */
	uint64_t exit_signal; /* 64 bits wide: clone3 takes a u64 and refuses what is above 0xff */
	taddr stack;          /* as passed: the top for clone, the lowest byte for clone3 */
	uint64_t stack_size;  /* clone3 only */
	taddr tls, parent_tid, child_tid;
	bool tls_desc;  /* i386: tls is the address of a struct user_desc (set_thread_area(2)) */
	bool desc_read; /* that could be read, and desc holds it (enum desc_word) */
	uint32_t desc[4];
	taddr pidfd;           /* where the pidfd goes: clone3's field; clone(2): parent_tid */
	taddr set_tid;         /* clone3: address of the array */
	uint64_t set_tid_size; /* as passed */
	uint64_t cgroup;
	taddr args_at;      /* clone3: address of the struct */
	uint64_t args_size; /* clone3: its size as passed */
	uint32_t args_read; /* clone3: how many bytes of the known struct were read; fields beyond are 0 */
	uint32_t n_set_tid; /* how many of set_tids were read (<= CLONE_SET_TID_MAX) */
	int32_t set_tids[CLONE_SET_TID_MAX];
};

/* The thread pointer that CLONE_SETTLS asks for; 0 where it could not be read. */
static inline taddr call_clone_tls(const struct call_clone *c)
{
	if (!c->tls_desc)
		return c->tls;
	return c->desc_read ? c->desc[DESC_BASE] : 0;
}
/*
 * The stack pointer that the new task starts with: stack (+ stack_size for clone3), or 0 when it keeps its creator's.
 */
taddr call_clone_sp(const struct call_clone *c);

struct call_exec {
	char path[CALL_PATH_MAX];
	uint32_t argc, envc; /* entries counted, up to CALL_STRINGS_MAX */
	bool argc_more, envc_more;
	bool path_read, argv_read, envp_read; /* false: the memory could not be read (an array: not to its end) */
};
#define CALL_STRINGS_MAX 4096

#define CALL_VMA_NAME_MAX 80 /* ANON_VMA_NAME_MAX_LEN (include/linux/mm_inline.h) */
struct call_name {
	char comm[COMM_LEN]; /* PR_SET_NAME: what the kernel will keep; PR_SET_VMA_ANON_NAME: the first 15 bytes */
	char vma[CALL_VMA_NAME_MAX]; /* PR_SET_VMA_ANON_NAME: all of it */
};

struct call_futex {
	int64_t timeout_sec, timeout_nsec; /* valid unless CALL_ARGS_UNREAD; 0 when the operation has no timeout */
};

struct call_altstack {
	taddr sp;
	uint64_t size;
	int32_t flags;
};

#define CALL_CPUSET_BYTES 128
struct call_sched {
	uint32_t policy; /* sched_setattr */
	int32_t priority;
	int32_t nice;
	uint64_t flags, runtime_ns, deadline_ns, period_ns;
	uint32_t cpuset_len; /* bytes read */
	uint8_t cpuset[CALL_CPUSET_BYTES];
};

struct call {
	enum call_id id;
	uint64_t nr;             /* as the kernel was asked */
	const struct abi *abi;   /* by the call's own architecture (int 0x80 differs from the task's); may be NULL */
	uint64_t arg[CALL_ARGS]; /* raw, zero-extended for 32-bit ABIs */
	uint32_t defects;        /* enum call_defect */
	union {
		struct call_clone clone; /* CALL_CREATES rows */
		struct call_exec exec;   /* execve, execveat */
		struct call_name name;   /* prctl(PR_SET_NAME / PR_SET_VMA) */
		struct call_futex futex;
		struct call_altstack altstack; /* sigaltstack with a non-NULL ss */
		struct call_sched sched;       /* sched_setaffinity, sched_setscheduler, sched_setattr */
	} u;
};

/* NULL for CALL_OTHER. */
const struct call_row *call_row(enum call_id id);
/*
 * What its number is called: "futex", or "futex_time64" for the form that newer 32-bit programs use. NULL for
 * CALL_OTHER.
 */
const char *call_name(const struct call *call);
/* CALL_OTHER when abi is NULL or has no such followed call. */
enum call_id call_by_nr(const struct abi *abi, uint64_t nr);
/* The name of a ptrace(2) operation by which a task gets a tracer (PTRACE_TRACEME, ATTACH, SEIZE), or NULL. */
const char *ptrace_gives_tracer(uint64_t op);
/* CALL_OTHER when no row has this name. */
enum call_id call_by_name(const char *name, size_t len);
/* The number of a call on an architecture, or -1. */
int call_nr(const struct abi *abi, enum call_id id);

void call_decode(
	struct call *ret, const struct abi *abi, uint64_t nr, const uint64_t arg[CALL_ARGS], const struct mem *mem);
/* Re-reads what a clone3 call points to and sets CALL_ARGS_CHANGED when it differs. No-op for other calls. */
void call_recheck(struct call *call, const struct mem *mem);

/* "mmap(NULL, 8392704, PROT_NONE, ...)". Text from the program is escaped: no control byte gets through. */
void call_format(const struct call *call, struct outbuf *out);
/* How many arguments the call shows, and one of them (0-based): its name, and its text as call_format shows it. */
unsigned call_arg_count(const struct call *call);
const char *call_arg_name(const struct call *call, unsigned i);
/* The same argument as a number: mmap's offset in bytes on every architecture, clone's by slot and not by register. */
uint64_t call_arg_value(const struct call *call, unsigned i);
void call_arg_format(const struct call *call, unsigned i, struct outbuf *out);
/* "0x7f...", "0", "-1 EINVAL (Invalid argument)", "? ERESTARTSYS (...)": what strace prints after the equals sign. */
void call_result_format(const struct call *call, int64_t result, struct outbuf *out);
/*
 * An array of strings as strace(1) prints it: ["sh", "-c", "for i in"...], each string cut after 32 bytes, the array
 * after 32 strings. The first is the argv of an execve or execveat that mem has, an address where nothing can be read;
 * the second ends with NULL.
 */
void call_argv_format(const struct call *call, const struct mem *mem, struct outbuf *out);
void call_words_format(char *const *words, struct outbuf *out);
/* Which of such a call's arguments is argv, as call_arg_format counts; envp is the next. */
unsigned call_argv_place(const struct call *call);
/* True when a raw kernel result is an error: -MAX_ERRNO_ to -1. */
static inline bool call_failed(int64_t result)
{
	return result < 0 && result >= -MAX_ERRNO_;
}

#endif
